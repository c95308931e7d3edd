/** A namespace with clouds, a master and all controllers on it; what the peers answer is for the test to say. */
import {
  CLOUDS,
  FINALIZER,
  MASTERS,
  NODES,
  POOLS,
  type EhosNode,
  type EhosNodePool,
  type EhosNodeStatus,
} from '../../../src/api/resources.ts';
import type { CloudBackend, ResolvedTemplate } from '../../../src/cloud/backend.ts';
import type { CondorMaster } from '../../../src/condor/master.ts';
import { CloudController } from '../../../src/controllers/cloud-controller.ts';
import type { Requeue } from '../../../src/controllers/context.ts';
import { FleetController } from '../../../src/controllers/fleet-controller.ts';
import { MasterController } from '../../../src/controllers/master-controller.ts';
import { NodeController } from '../../../src/controllers/node-controller.ts';
import { templateHash } from '../../../src/controllers/node-launch.ts';
import type { CloudSnapshot, JobGroup, MasterSnapshot, Quota } from '../../../src/domain/snapshots.ts';
import { backend, cloudSnapshot, condor, ehosCloud, ehosMaster, ehosPool, Fixture, masterSnapshot } from './fixture.ts';

export const TEMPLATE: ResolvedTemplate = {
  imageId: 'image-1',
  imageName: 'worker',
  minRam: 0,
  minDisk: 0,
  networkIds: [],
  securityGroups: [],
  keyName: undefined,
  availabilityZones: [],
  rootVolume: undefined,
  serverGroupPolicy: undefined,
  metadata: {},
};

export class Stage {
  readonly fixture = new Fixture();
  clouds = new CloudController(this.fixture.context);
  masters = new MasterController(this.fixture.context);
  fleet = new FleetController(this.fixture.context, this.clouds, this.masters);
  nodes = new NodeController(this.fixture.context, this.clouds, this.masters);
  /** What is different from a cloud in which all is well, for all clouds alike. */
  backend: Partial<CloudBackend> = {};
  listing: Partial<CloudSnapshot> = {};
  /** Enough for all. */
  quota: CloudSnapshot['quota'] = { instances: quota(100), cores: quota(1000), memory: quota(1_000_000) };
  condor: Partial<CondorMaster> = {};
  reading: Partial<MasterSnapshot> = {};

  /** Clouds of these names, a master, and no pool. */
  static async set(clouds: readonly string[] = ['cloud-a']): Promise<Stage> {
    const stage = new Stage();
    const { fixture } = stage;
    fixture.cloud = () => {
      const base = backend({
        observe: () =>
          Promise.resolve(cloudSnapshot({ observedAt: fixture.clock.now(), quota: stage.quota, ...stage.listing })),
        resolve: ({ availabilityZones, rootVolume, serverGroupPolicy }) =>
          Promise.resolve({ ...TEMPLATE, availabilityZones, rootVolume, serverGroupPolicy }),
      });
      // looked up at each call: a test changes it while the controllers hold on to the backend
      return new Proxy(base, { get: (all, name) => ({ ...all, ...stage.backend })[name as keyof CloudBackend] });
    };
    fixture.master = () => {
      const base = condor({
        poll: () => Promise.resolve(masterSnapshot({ observedAt: fixture.clock.now(), ...stage.reading })),
      });
      return new Proxy(base, { get: (all, name) => ({ ...all, ...stage.condor })[name as keyof CondorMaster] });
    };
    fixture.secret('openstack', { 'clouds.yaml': 'x' });
    fixture.secret('ssh', { 'ssh-privatekey': 'key', known_hosts: 'hosts' });
    for (const name of clouds) fixture.kube.put(CLOUDS, ehosCloud({}, { name }));
    fixture.kube.put(MASTERS, ehosMaster());
    await stage.look();
    return stage;
  }

  /** All peers are read, if it is time. */
  async look(): Promise<void> {
    const { stores } = this.fixture.context;
    for (const { metadata } of stores.clouds.list()) await this.clouds.reconcile(`ns/${metadata.name}`);
    await this.masters.reconcile('ns/master');
  }

  /** So much time passes, and all peers are read again. */
  async pass(ms: number): Promise<void> {
    await this.fixture.clock.advance(ms);
    await this.look();
  }

  /** Looks at a node as the queue does: again at once where that is asked for. */
  async lookAtNode(name: string): Promise<Requeue> {
    for (;;) {
      const requeue = await this.nodes.reconcile(`ns/${name}`);
      if (requeue?.afterMs !== 0) return requeue;
    }
  }

  async plan(): Promise<Requeue> {
    return await this.fleet.reconcile('ns');
  }

  /** As after a restart of the operator: what it knew of pools is gone. */
  restartFleet(): void {
    this.fleet = new FleetController(this.fixture.context, this.clouds, this.masters);
  }

  /** The same for what it knew of masters, and of all that looks at them. */
  restartMasters(): void {
    this.masters = new MasterController(this.fixture.context);
    this.nodes = new NodeController(this.fixture.context, this.clouds, this.masters);
    this.restartFleet();
  }

  /** As after a restart of the operator: what it knew of anything is gone. */
  restartAll(): void {
    this.clouds = new CloudController(this.fixture.context);
    this.restartMasters();
  }

  putPool(spec: Partial<EhosNodePool['spec']> = {}, metadata: Partial<EhosNodePool['metadata']> = {}): EhosNodePool {
    const { name = 'pool-a' } = metadata;
    return this.fixture.kube.put(POOLS, ehosPool(spec, { uid: `uid-${name}`, ...metadata }));
  }

  pool(name = 'pool-a'): EhosNodePool {
    return this.fixture.kube.find(POOLS, name) as EhosNodePool;
  }

  /** A record as its pool makes it. */
  putNode(
    name: string,
    status: EhosNodeStatus | undefined,
    { spec = {}, metadata = {} }: { spec?: Partial<EhosNode['spec']>; metadata?: object } = {},
  ): EhosNode {
    const poolName = spec.poolRef?.name ?? 'pool-a';
    const flavor = spec.flavor ?? 'm1.small';
    return this.fixture.kube.put<EhosNode>(NODES, {
      metadata: { name, uid: `uid-${name}`, finalizers: [FINALIZER], ...metadata },
      spec: {
        poolRef: { name: poolName },
        cloudRef: { name: 'cloud-a' },
        masterRef: { name: 'master' },
        flavor,
        image: TEMPLATE.imageId,
        templateHash: templateHash(this.pool(poolName), templateOf(this.pool(poolName)), flavor),
        ...spec,
      },
      ...(status ? { status } : {}),
    });
  }

  node(name: string): EhosNode | undefined {
    return this.fixture.kube.find(NODES, name) as EhosNode | undefined;
  }

  /** Records of a pool, or of all. */
  records(pool?: string): EhosNode[] {
    return this.fixture.context.stores.nodes
      .list()
      .filter(({ spec }) => pool === undefined || spec.poolRef.name === pool);
  }

  /** `Ready True Ready`. */
  condition(type: string, pool = 'pool-a'): string | undefined {
    const found = this.pool(pool).status?.conditions?.find((condition) => condition.type === type);
    return found && `${found.status} ${found.reason}: ${found.message}`;
  }

  told(): string[] {
    return this.fixture.events.map(({ object, reason }) => `${object} ${reason}`);
  }
}

function templateOf({ spec: { template } }: EhosNodePool): ResolvedTemplate {
  const { availabilityZones = [], rootVolume, serverGroupPolicy } = template ?? {};
  return { ...TEMPLATE, availabilityZones, rootVolume, serverGroupPolicy };
}

/** Idle jobs of one core. */
export function idle(count: number, pool?: string, more: Partial<JobGroup> = {}): JobGroup {
  return { cpus: 1, memory: 512, disk: 1024, gpus: 0, state: 'Idle', count, pool, ...more };
}

export function quota(limit: number, used = 0): Quota {
  return { limit, used };
}
