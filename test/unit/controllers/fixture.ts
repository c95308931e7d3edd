/** A context whose Kubernetes is in memory, whose time is stepped, and whose peers are what the test makes of them. */
import { ManualClock } from '../../../src/base/clock.ts';
import { silentLog } from '../../../src/base/log.ts';
import { seededRandom } from '../../../src/base/random.ts';
import {
  CLOUDS,
  MASTERS,
  NODES,
  POOLS,
  SECRETS,
  type EhosCloud,
  type EhosMaster,
  type EhosNodePool,
} from '../../../src/api/resources.ts';
import type { CloudBackend } from '../../../src/cloud/backend.ts';
import type { CondorMaster, MasterFacts } from '../../../src/condor/master.ts';
import {
  defaultSettings,
  type CloudAccess,
  type Context,
  type MasterAccess,
} from '../../../src/controllers/context.ts';
import { defaultLifecycleSettings } from '../../../src/domain/lifecycle-types.ts';
import type { CloudSnapshot, MasterSnapshot, Startd, Vm } from '../../../src/domain/snapshots.ts';
import { MemoryKube } from './memory-kube.ts';

export const base64 = (text: string): string => Buffer.from(text).toString('base64');

export interface Told {
  object: string;
  type: string;
  reason: string;
  note: string;
}

export class Fixture {
  readonly kube = new MemoryKube();
  readonly clock = new ManualClock();
  readonly random = seededRandom(1);
  readonly events: Told[] = [];
  /** `pool ns/a`, in their order. */
  readonly wakes: string[] = [];
  readonly madeClouds: CloudAccess[] = [];
  readonly madeMasters: MasterAccess[] = [];
  cloud: (access: CloudAccess) => CloudBackend = () => backend();
  master: (access: MasterAccess) => CondorMaster = () => condor();

  readonly context: Context = {
    client: this.kube,
    clock: this.clock,
    random: this.random,
    log: silentLog,
    events: {
      event: (object, type, reason, note) => this.events.push({ object: object.metadata.name, type, reason, note }),
    },
    settings: { ...defaultSettings, lifecycle: { ...defaultLifecycleSettings } },
    clusterUid: 'cluster',
    stores: {
      clouds: this.kube.store(CLOUDS),
      masters: this.kube.store(MASTERS),
      pools: this.kube.store(POOLS),
      nodes: this.kube.store(NODES),
    },
    remember: () => undefined,
    wake: {
      cloud: (key) => this.wakes.push(`cloud ${key}`),
      master: (key) => this.wakes.push(`master ${key}`),
      pool: (key, afterMs) => this.wakes.push(`pool ${key}${afterMs === 0 ? ' at once' : ''}`),
      node: (key) => this.wakes.push(`node ${key}`),
    },
    factories: {
      cloud: (access) => {
        this.madeClouds.push(access);
        return this.cloud(access);
      },
      master: (access) => {
        this.madeMasters.push(access);
        return this.master(access);
      },
    },
    signal: new AbortController().signal,
  };

  secret(name: string, data: Record<string, string>, labels: Record<string, string> = {}): void {
    const encoded = Object.fromEntries(Object.entries(data).map(([key, value]) => [key, base64(value)]));
    this.kube.put(SECRETS, { metadata: { name, labels }, data: encoded } as never);
  }
}

export function ehosCloud(change: Partial<EhosCloud['spec']> = {}, metadata: object = {}): EhosCloud {
  const openstack = { identityRef: { name: 'openstack', cloudName: 'c' } };
  return { metadata: { name: 'cloud-a', namespace: 'ns', generation: 1, ...metadata }, spec: { openstack, ...change } };
}

export function ehosMaster(change: Partial<EhosMaster['spec']> = {}, metadata: object = {}): EhosMaster {
  const ssh = {
    host: 'master.example',
    user: 'ehos',
    privateKeyRef: { name: 'ssh' },
    knownHostsRef: { name: 'ssh' },
  };
  const spec = { ssh, condor: { host: 'master.example' }, pollInterval: '15s', ...change };
  return { metadata: { name: 'master', namespace: 'ns', generation: 1, ...metadata }, spec };
}

export function ehosPool(change: Partial<EhosNodePool['spec']> = {}, metadata: object = {}): EhosNodePool {
  return {
    metadata: { name: 'pool-a', namespace: 'ns', generation: 1, uid: 'uid-pool-a', ...metadata },
    spec: {
      masterRef: { name: 'master' },
      maxNodes: 10,
      clouds: [{ name: 'cloud-a' }],
      template: { flavors: ['m1.small'] },
      ...change,
    },
  };
}

export function cloudSnapshot(change: Partial<CloudSnapshot> = {}): CloudSnapshot {
  const flavor = { id: '2', name: 'm1.small', cores: 1, memory: 2048, disk: 20 * 1024 * 1024, gpus: 0 };
  const quota = { limit: 10, used: 0 };
  return {
    observedAt: 0,
    vms: [],
    foreignInstances: 0,
    quota: { instances: quota, cores: quota, memory: quota },
    flavors: new Map([[flavor.name, flavor]]),
    serverGroupMembers: -1,
    ...change,
  };
}

export function masterSnapshot(change: Partial<MasterSnapshot> = {}): MasterSnapshot {
  return {
    observedAt: 0,
    jobs: [],
    startds: [],
    tokenRequests: undefined,
    collectorStartedAt: 0,
    negotiation: undefined,
    errors: [],
    ...change,
  };
}

export function vm(change: Partial<Vm> = {}): Vm {
  return {
    id: 'server-1',
    name: 'pool-a-x',
    nodeUid: 'uid-1',
    state: 'Active',
    deleting: false,
    addresses: ['10.20.0.5'],
    flavor: 'm1.small',
    zone: 'nova',
    createdAt: 0,
    fault: undefined,
    ...change,
  };
}

export function startd(change: Partial<Startd> = {}): Startd {
  const shape = { cpus: 4, memory: 4000, disk: 1000, gpus: 0 };
  return {
    name: 'slot1@node-1',
    machine: 'node-1',
    nodeId: 'uid-1',
    pool: 'pool-a',
    identity: 'ehos-node-uid-1@pool.example',
    state: 'Unclaimed',
    activity: 'Idle',
    total: shape,
    free: shape,
    dynamicSlots: 0,
    children: [],
    idleSince: 0,
    slotsChangedAt: 0,
    accepts: true,
    draining: false,
    drainReason: undefined,
    lastHeardFrom: 0,
    startedAt: 0,
    ...change,
  };
}

const unused = (): Promise<never> => Promise.reject(new Error('not used'));

/** A cloud in which all is well, and nothing is asked for that the test does not give. */
export function backend(change: Partial<CloudBackend> = {}): CloudBackend {
  return {
    connect: () => Promise.resolve({ projectId: 'project-1', credentialExpiresAt: undefined }),
    observe: () => Promise.resolve(cloudSnapshot()),
    resolve: unused,
    create: unused,
    ensureServerGroup: unused,
    deleteServerGroups: () => Promise.resolve(),
    findByNode: unused,
    get: unused,
    delete: unused,
    console: unused,
    giveAddress: unused,
    remains: () => Promise.resolve([]),
    clear: unused,
    addresses: () => Promise.resolve([]),
    releaseAddress: unused,
    calls: () => new Map(),
    close: () => Promise.resolve(),
    ...change,
  };
}

/** Form of a certificate, content of none. */
const CA = `-----BEGIN CERTIFICATE-----\n${'A'.repeat(64)}\n-----END CERTIFICATE-----\n`;

export const facts: MasterFacts = {
  version: '23.9.6',
  trustDomain: 'pool.example',
  caCertificate: CA,
  certificateName: 'master.example',
  negotiatorInterval: 60,
};

export function condor(change: Partial<CondorMaster> = {}): CondorMaster {
  return {
    probe: () => Promise.resolve(facts),
    poll: () => Promise.resolve(masterSnapshot()),
    drainIfIdle: unused,
    cordon: unused,
    vacate: unused,
    outcomes: unused,
    cancelDrain: unused,
    lastHeard: () => Promise.resolve({ heardAt: undefined, drained: false, collectorStartedAt: 0 }),
    invalidateAds: unused,
    approveTokenRequests: unused,
    obtainToken: unused,
    reschedule: unused,
    explain: () => Promise.resolve(undefined),
    commands: () => 0,
    close: () => undefined,
    ...change,
  };
}
