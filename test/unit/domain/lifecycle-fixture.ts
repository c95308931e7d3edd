/** A node and its surroundings for tests of the life cycle: healthy unless a test says otherwise. */
import type { EhosNode, EhosNodeStatus } from '../../../src/api/resources.ts';
import { defaultLifecycleSettings, type NodeObservation } from '../../../src/domain/lifecycle-types.ts';
import type { Startd, Vm } from '../../../src/domain/snapshots.ts';
import { toTime } from '../../../src/domain/times.ts';

export const NOW = Date.UTC(2026, 10, 24, 12, 0, 0);
export const SECOND = 1_000;
export const MINUTE = 60_000;
export const ago = (ms: number): string => toTime(NOW - ms);

export function vm(overrides: Partial<Vm> = {}): Vm {
  return {
    id: 'server-1',
    name: 'pool-a-x7k2p',
    nodeUid: 'uid-1',
    state: 'Active',
    deleting: false,
    addresses: ['10.20.0.5'],
    flavor: 'm1.small',
    zone: 'nova',
    createdAt: NOW - 10 * MINUTE,
    fault: undefined,
    ...overrides,
  };
}

export function startd(overrides: Partial<Startd> = {}): Startd {
  return {
    name: 'slot1@pool-a-x7k2p.novalocal',
    machine: 'pool-a-x7k2p.novalocal',
    nodeId: 'uid-1',
    pool: 'pool-a',
    identity: 'ehos-node-uid-1@ehos.rig',
    state: 'Unclaimed',
    activity: 'Idle',
    total: { cpus: 2, memory: 3900, disk: 20_000_000, gpus: 0 },
    free: { cpus: 2, memory: 3900, disk: 20_000_000, gpus: 0 },
    dynamicSlots: 0,
    children: [],
    idleSince: NOW - 2 * MINUTE,
    slotsChangedAt: NOW - 2 * MINUTE,
    accepts: true,
    draining: false,
    drainReason: undefined,
    lastHeardFrom: NOW - 5 * SECOND,
    startedAt: NOW - 9 * MINUTE,
    ...overrides,
  };
}

export const busy = (jobs: number): Partial<Startd> => ({
  dynamicSlots: jobs,
  children: Array.from({ length: jobs }, () => ({ state: 'Claimed', activity: 'Busy' })),
  free: { cpus: 0, memory: 100, disk: 100, gpus: 0 },
  idleSince: undefined,
});

export const drained: Partial<Startd> = {
  state: 'Drained',
  activity: 'Idle',
  draining: true,
  accepts: false,
  drainReason: 'ehos: test',
};

/** A node in the pool, idle. */
export const readyStatus: EhosNodeStatus = {
  serverID: 'server-1',
  requested: ago(10 * MINUTE),
  launched: ago(10 * MINUTE),
  booted: ago(9 * MINUTE),
  joined: ago(8 * MINUTE),
  idleSince: ago(2 * MINUTE),
  vmState: 'Active',
  nodeState: 'Idle',
  slotName: 'slot1@pool-a-x7k2p.novalocal',
  addresses: ['10.20.0.5'],
  cores: 2,
  memory: 3900,
  disk: 20_000_000,
};

export const bootingStatus: EhosNodeStatus = {
  serverID: 'server-1',
  requested: ago(2 * MINUTE),
  launched: ago(2 * MINUTE),
};

export function node(status: EhosNodeStatus | undefined, metadata: Partial<EhosNode['metadata']> = {}): EhosNode {
  return {
    metadata: { name: 'pool-a-x7k2p', namespace: 'default', uid: 'uid-1', generation: 1, ...metadata },
    spec: {
      poolRef: { name: 'pool-a' },
      cloudRef: { name: 'cloud-a' },
      masterRef: { name: 'master' },
      flavor: 'm1.small',
      image: 'image-1',
      templateHash: 'abc',
    },
    ...(status === undefined ? {} : { status }),
  };
}

interface Overrides extends Partial<Omit<NodeObservation, 'cloud' | 'master'>> {
  cloud?: Partial<NodeObservation['cloud']>;
  master?: Partial<NodeObservation['master']>;
}

export function seen(status: EhosNodeStatus | undefined, overrides: Overrides = {}): NodeObservation {
  const { cloud, master, ...rest } = overrides;
  return {
    now: NOW,
    node: node(status),
    cloud: {
      fresh: true,
      observedAt: NOW - SECOND,
      vms: status?.serverID === undefined ? [] : [vm()],
      problem: undefined,
      ...cloud,
    },
    master: {
      fresh: true,
      observedAt: NOW - SECOND,
      collectorWarm: true,
      startd: status?.joined === undefined ? undefined : startd(),
      problem: undefined,
      massLost: undefined,
      ...master,
    },
    launching: false,
    joinNeedsApproval: true,
    hold: undefined,
    mustLeave: undefined,
    gracePeriod: undefined,
    drainProblem: undefined,
    deleteProblem: undefined,
    confirmedAt: NOW,
    doubt: undefined,
    settings: defaultLifecycleSettings,
    ...rest,
  };
}

/** The status without one of its fields. */
export function without(status: EhosNodeStatus, field: keyof EhosNodeStatus): EhosNodeStatus {
  return Object.fromEntries(Object.entries(status).filter(([name]) => name !== field));
}
