/** What is told of pools, nodes, clouds and masters: by the replica that acts, and by no other. The source of docs/metrics.md. */
import type { Figures } from '../controllers/figures.ts';
import type { Metric, Sample } from './exposition.ts';

const POOL = ['namespace', 'pool'] as const;
const CLOUD = ['namespace', 'cloud'] as const;
const PLACE = [...POOL, 'cloud'] as const;
const MASTER = ['namespace', 'master'] as const;
const MIB = 1024 ** 2;
const GIB = 1024 ** 3;

const STATUSES = ['True', 'False', 'Unknown'];

/** Resources of a quota, with the unit in which they are told and what one of them is in that unit. */
const QUOTA: Record<string, { unit: string; factor: number }> = {
  instances: { unit: 'integer', factor: 1 },
  cores: { unit: 'core', factor: 1 },
  memory: { unit: 'byte', factor: MIB },
  volumes: { unit: 'integer', factor: 1 },
  gigabytes: { unit: 'byte', factor: GIB },
};

/** Nothing is told of a time that is not known. */
function seconds(labels: readonly string[], ms: number | undefined): Sample[] {
  return ms === undefined ? [] : [[labels, ms / 1000]];
}

function quota(figures: Figures, of: 'limit' | 'used'): Sample[] {
  return figures.quotas.map((one) => {
    const { unit, factor } = QUOTA[one.resource] ?? { unit: 'integer', factor: 1 };
    const value = of === 'limit' && one.limit < 0 ? Infinity : one[of] * factor;
    return [[one.namespace, one.cloud, one.resource === 'gigabytes' ? 'volume-storage' : one.resource, unit], value];
  });
}

const pools: Metric<Figures>[] = [
  {
    name: 'ehos_jobs',
    type: 'gauge',
    help: 'Jobs of a pool as last read, by state: idle, running, held; of the idle ones unsatisfiable (no node could run them) and phantom (HTCondor does not start them although room is free).',
    labels: [...POOL, 'state'],
    samples: ({ jobs }) => jobs.map(({ namespace, pool, state, count }) => [[namespace, pool, state], count]),
  },
  {
    name: 'ehos_pool_desired_nodes',
    type: 'gauge',
    help: 'How many nodes the pool should have by its last plan, before quota and pace.',
    labels: POOL,
    samples: (figures) =>
      figures.pools.flatMap(({ namespace, pool, desired }) =>
        desired === undefined ? [] : [[[namespace, pool], desired] as const],
      ),
  },
  {
    name: 'ehos_pool_max_nodes',
    type: 'gauge',
    help: 'spec.maxNodes of the pool.',
    labels: POOL,
    samples: (figures) => figures.pools.map(({ namespace, pool, most }) => [[namespace, pool], most]),
  },
  {
    name: 'ehos_pool_info',
    type: 'gauge',
    help: '1 for the mode of the pool and the reason of its last decision.',
    labels: [...POOL, 'mode', 'reason'],
    samples: (figures) =>
      figures.pools.map(({ namespace, pool, mode, reason }) => [[namespace, pool, mode, reason ?? ''], 1]),
  },
  {
    name: 'ehos_decisions_total',
    type: 'counter',
    help: 'Plans of a pool, by the reason that decided.',
    labels: [...POOL, 'reason'],
    samples: ({ decisions }) =>
      decisions.map(({ namespace, pool, reason, count }) => [[namespace, pool, reason], count]),
  },
  {
    name: 'ehos_boot_failures',
    type: 'gauge',
    help: 'Servers of a pool in a cloud that did not join, in a row: 0 as soon as one joins.',
    labels: PLACE,
    samples: ({ boots }) => boots.map(({ namespace, pool, cloud, failures }) => [[namespace, pool, cloud], failures]),
  },
  {
    name: 'ehos_boot_breaker_open',
    type: 'gauge',
    help: '1 while servers of the pool are made one at a time in a cloud, because the last ones did not join.',
    labels: PLACE,
    samples: ({ boots }) => boots.map(({ namespace, pool, cloud, open }) => [[namespace, pool, cloud], open ? 1 : 0]),
  },
];

const nodes: Metric<Figures>[] = [
  {
    name: 'ehos_nodes',
    type: 'gauge',
    help: 'EhosNodes by pool, cloud and phase. BlackHole: a node that would be Ready, on which jobs fail at once.',
    labels: [...PLACE, 'phase'],
    samples: (figures) =>
      figures.nodes.map(({ namespace, pool, cloud, phase, count }) => [[namespace, pool, cloud, phase], count]),
  },
  {
    name: 'ehos_node_cores',
    type: 'gauge',
    help: 'Cores that the startds of nodes offer, by pool, cloud and phase of the node.',
    labels: [...PLACE, 'phase'],
    samples: (figures) =>
      figures.nodes.map(({ namespace, pool, cloud, phase, cores }) => [[namespace, pool, cloud, phase], cores]),
  },
  {
    name: 'ehos_node_memory_bytes',
    type: 'gauge',
    help: 'Memory that the startds of nodes offer, by pool, cloud and phase of the node.',
    labels: [...PLACE, 'phase'],
    samples: (figures) =>
      figures.nodes.map(({ namespace, pool, cloud, phase, memory }) => [[namespace, pool, cloud, phase], memory * MIB]),
  },
  {
    name: 'ehos_oldest_drain_start_time_seconds',
    type: 'gauge',
    help: 'When the removal of the node was decided that has been draining for longest, as Unix time.',
    labels: POOL,
    samples: ({ leaving }) =>
      leaving.flatMap(({ namespace, pool, drainingSince }) => seconds([namespace, pool], drainingSince)),
  },
  {
    name: 'ehos_oldest_deletion_start_time_seconds',
    type: 'gauge',
    help: 'When the cloud was first asked to delete the server that is being deleted for longest, as Unix time.',
    labels: POOL,
    samples: ({ leaving }) =>
      leaving.flatMap(({ namespace, pool, deletingSince }) => seconds([namespace, pool], deletingSince)),
  },
  {
    name: 'ehos_time_to_boot_seconds',
    type: 'histogram',
    help: 'From the create that the cloud accepted to a server that runs.',
    labels: PLACE,
    samples: ({ steps }) => steps.map(({ namespace, pool, cloud, boot }) => [[namespace, pool, cloud], boot]),
  },
  {
    name: 'ehos_time_to_join_seconds',
    type: 'histogram',
    help: 'From the request for a server to its startd in the pool.',
    labels: PLACE,
    samples: ({ steps }) => steps.map(({ namespace, pool, cloud, join }) => [[namespace, pool, cloud], join]),
  },
  {
    name: 'ehos_time_to_capacity_seconds',
    type: 'histogram',
    help: 'From the decision to make a node to its startd in the pool. The decision follows the queue within a poll of the master.',
    labels: PLACE,
    samples: ({ steps }) => steps.map(({ namespace, pool, cloud, capacity }) => [[namespace, pool, cloud], capacity]),
  },
  {
    name: 'ehos_drain_duration_seconds',
    type: 'histogram',
    help: 'From the decision to remove a node to the proof that it runs nothing.',
    labels: PLACE,
    samples: ({ steps }) => steps.map(({ namespace, pool, cloud, drain }) => [[namespace, pool, cloud], drain]),
  },
];

const clouds: Metric<Figures>[] = [
  {
    name: 'ehos_cloud_quota_limit',
    type: 'gauge',
    help: 'Quota of the project by resource; +Inf where there is none.',
    labels: [...CLOUD, 'resource', 'unit'],
    samples: (figures) => quota(figures, 'limit'),
  },
  {
    name: 'ehos_cloud_quota_used',
    type: 'gauge',
    help: 'What of the quota is used, by us and by others.',
    labels: [...CLOUD, 'resource', 'unit'],
    samples: (figures) => quota(figures, 'used'),
  },
  {
    name: 'ehos_cloud_foreign_servers',
    type: 'gauge',
    help: 'Servers in the project that are not ours.',
    labels: CLOUD,
    samples: (figures) =>
      figures.clouds.flatMap(({ namespace, cloud, foreign }) =>
        foreign === undefined ? [] : [[[namespace, cloud], foreign] as const],
      ),
  },
  {
    name: 'ehos_cloud_last_sync_timestamp_seconds',
    type: 'gauge',
    help: 'When the last complete listing of the cloud began, as Unix time.',
    labels: CLOUD,
    samples: (figures) =>
      figures.clouds.flatMap(({ namespace, cloud, syncedAt }) => seconds([namespace, cloud], syncedAt)),
  },
  {
    name: 'ehos_cloud_credential_expiry_timestamp_seconds',
    type: 'gauge',
    help: 'When the credential ends, as Unix time; only where the cloud says so.',
    labels: CLOUD,
    samples: (figures) =>
      figures.clouds.flatMap(({ namespace, cloud, credentialExpiresAt }) =>
        seconds([namespace, cloud], credentialExpiresAt),
      ),
  },
  {
    name: 'ehos_cloud_resting_places',
    type: 'gauge',
    help: 'Flavors (in their zone) that get no new servers for a while, because a create failed there.',
    labels: CLOUD,
    samples: (figures) => figures.clouds.map(({ namespace, cloud, resting }) => [[namespace, cloud], resting]),
  },
  {
    name: 'ehos_orphans',
    type: 'gauge',
    help: 'Servers of ours without an EhosNode: waiting (taken back after the grace time), braked (too many at once: an admin decides), untold (they do not say whose they are).',
    labels: [...CLOUD, 'state'],
    samples: ({ orphans }) => orphans.map(({ namespace, cloud, state, count }) => [[namespace, cloud, state], count]),
  },
  {
    name: 'ehos_orphan_acts_total',
    type: 'counter',
    help: 'What was done about servers without an EhosNode: adopted (record made anew), released (to be drained and removed), address-released (floating IPs).',
    labels: [...CLOUD, 'act'],
    samples: ({ orphanActs }) => orphanActs.map(({ namespace, cloud, act, count }) => [[namespace, cloud, act], count]),
  },
];

const others: Metric<Figures>[] = [
  {
    name: 'ehos_master_last_sync_timestamp_seconds',
    type: 'gauge',
    help: 'When the last reading of the master began, as Unix time.',
    labels: MASTER,
    samples: ({ masters }) =>
      masters.flatMap(({ namespace, master, syncedAt }) => seconds([namespace, master], syncedAt)),
  },
  {
    name: 'ehos_master_unmatched_jobs',
    type: 'gauge',
    help: 'Idle jobs of the master that no pool serves.',
    labels: MASTER,
    samples: ({ masters }) =>
      masters.flatMap(({ namespace, master, unmatched }) =>
        unmatched === undefined ? [] : [[[namespace, master], unmatched] as const],
      ),
  },
  {
    name: 'ehos_condition',
    type: 'gauge',
    help: '1 for the status (True, False, Unknown) that a condition of an EhosCloud, EhosMaster or EhosNodePool has, 0 for the others.',
    labels: ['kind', 'namespace', 'name', 'type', 'status'],
    samples: ({ conditions }) =>
      conditions.flatMap(({ kind, namespace, name, type, status }) =>
        STATUSES.map((one): Sample => [[kind, namespace, name, type, one], one === status ? 1 : 0]),
      ),
  },
];

export const FLEET_METRICS: readonly Metric<Figures>[] = [...pools, ...nodes, ...clouds, ...others];
