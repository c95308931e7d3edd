/** When each alert fires and when it does not: series as promtool writes them, a sample a minute. */

export interface AlertCase {
  alert: string;
  /** Series -> values in promtool's notation: `0x10` is eleven samples of 0, `0+5x10` grows by 5. */
  series: Record<string, string>;
  /** When it must not fire yet, though its cause is there. */
  quietAt?: string;
  firesAt: string;
  labels: Record<string, string>;
  description: string;
}

const POOL = 'namespace="science",pool="general"';
const CLOUD = 'namespace="science",cloud="alpha"';
const NODES = `${POOL},cloud="alpha"`;
const OF_POOL = { namespace: 'science', pool: 'general' };
const OF_CLOUD = { namespace: 'science', cloud: 'alpha' };

function condition(kind: string, name: string, type: string, status: string): string {
  return `ehos_condition{kind="${kind}",namespace="science",name="${name}",type="${type}",status="${status}"}`;
}

export const ALERT_CASES: readonly AlertCase[] = [
  {
    alert: 'EhosOperatorDown',
    series: { 'ehos_build_info{version="1"}': '1x10 stale' },
    quietAt: '10m',
    firesAt: '20m',
    labels: { severity: 'critical' },
    description:
      'Prometheus has had no sample of any EHOS operator for 5 minutes. Nodes that run go on; none is made or removed.',
  },
  {
    alert: 'EhosNoLeader',
    series: {
      'ehos_leader{job="ehos",namespace="ehos-system",pod="a"}': '1 0x20',
      'ehos_leader{job="ehos",namespace="ehos-system",pod="b"}': '0x20',
    },
    quietAt: '0m',
    firesAt: '3m',
    labels: { severity: 'critical', job: 'ehos', namespace: 'ehos-system' },
    description: 'All replicas of ehos-system/ehos stand by. Nodes that run go on; none is made or removed.',
  },
  {
    alert: 'EhosTwoLeaders',
    series: {
      'ehos_leader{job="ehos",namespace="ehos-system",pod="a"}': '1x20',
      'ehos_leader{job="ehos",namespace="ehos-system",pod="b"}': '0x5 1x10',
    },
    quietAt: '5m',
    firesAt: '8m',
    labels: { severity: 'critical', job: 'ehos', namespace: 'ehos-system' },
    description: '2 replicas of ehos-system/ehos act at the same time.',
  },
  {
    alert: 'EhosReconcileErrors',
    series: {
      'ehos_reconciles_total{queue="cloud"}': '0+10x60',
      'ehos_reconcile_errors_total{queue="cloud"}': '0+8x60',
    },
    quietAt: '10m',
    firesAt: '40m',
    labels: { severity: 'warning', queue: 'cloud' },
    description: '80% of the looks at objects of queue cloud have failed for 15 minutes.',
  },
  {
    alert: 'EhosReconcileStuck',
    series: { 'ehos_queue_longest_run_seconds{queue="node"}': '0+60x60' },
    quietAt: '15m',
    firesAt: '30m',
    labels: { severity: 'warning', queue: 'node' },
    description: 'The EHOS operator has been at one object of queue node for 30m 0s.',
  },
  {
    alert: 'EhosKubernetesApiErrors',
    series: {
      'ehos_api_requests_total{job="ehos",namespace="ehos-system",service="kubernetes",code="200"}': '0+6x40',
      'ehos_api_requests_total{job="ehos",namespace="ehos-system",service="kubernetes",code="503"}': '0+4x40',
      'ehos_api_requests_total{job="ehos",namespace="ehos-system",service="compute",code="503"}': '0+400x40',
    },
    quietAt: '5m',
    firesAt: '30m',
    labels: { severity: 'warning', job: 'ehos', namespace: 'ehos-system' },
    description:
      '40% of the requests of ehos-system/ehos to the Kubernetes API have failed or were refused for 10 minutes.',
  },
  {
    alert: 'EhosCloudNotReady',
    series: {
      [condition('EhosCloud', 'alpha', 'Ready', 'False')]: '0x5 1x30',
      [condition('EhosCloud', 'beta', 'Ready', 'False')]: '0x35',
    },
    quietAt: '12m',
    firesAt: '20m',
    labels: { severity: 'warning', namespace: 'science', name: 'alpha' },
    description: 'EhosCloud science/alpha has not been Ready for 10 minutes. No node is made there.',
  },
  {
    alert: 'EhosCloudAuthenticationFailed',
    series: { [condition('EhosCloud', 'alpha', 'Authenticated', 'False')]: '1x10' },
    quietAt: '1m',
    firesAt: '5m',
    labels: { severity: 'critical', namespace: 'science', name: 'alpha' },
    description: 'EhosCloud science/alpha refuses the credentials. Its servers can neither be listed nor deleted.',
  },
  {
    alert: 'EhosCloudCredentialExpires',
    // promtool's time begins at 0: ten days and twenty minutes, and sixty days
    series: {
      [`ehos_cloud_credential_expiry_timestamp_seconds{${CLOUD}}`]: '865200x30',
      'ehos_cloud_credential_expiry_timestamp_seconds{namespace="science",cloud="beta"}': '5184000x30',
    },
    firesAt: '20m',
    labels: { severity: 'warning', ...OF_CLOUD },
    description: 'The credential of EhosCloud science/alpha ends in 10d 0h 0m 0s.',
  },
  {
    alert: 'EhosCloudQuotaExhausted',
    series: {
      [`ehos_cloud_quota_used{${CLOUD},resource="cores",unit="core"}`]: '100x100',
      [`ehos_cloud_quota_limit{${CLOUD},resource="cores",unit="core"}`]: '100x100',
      [`ehos_cloud_quota_used{${CLOUD},resource="volumes",unit="integer"}`]: '0x100',
      [`ehos_cloud_quota_limit{${CLOUD},resource="volumes",unit="integer"}`]: '0x100',
      [`ehos_cloud_quota_used{${CLOUD},resource="memory",unit="byte"}`]: '5x100',
      [`ehos_cloud_quota_limit{${CLOUD},resource="memory",unit="byte"}`]: 'Inf '.repeat(100).trim(),
    },
    quietAt: '50m',
    firesAt: '70m',
    labels: { severity: 'info', ...OF_CLOUD, resource: 'cores' },
    description: 'Quota cores of EhosCloud science/alpha has been used up for an hour.',
  },
  {
    alert: 'EhosOrphansBraked',
    series: {
      [`ehos_orphans{${CLOUD},state="braked"}`]: '0 12x10',
      [`ehos_orphans{${CLOUD},state="waiting"}`]: '5x10',
    },
    quietAt: '0m',
    firesAt: '5m',
    labels: { severity: 'critical', ...OF_CLOUD },
    description:
      '12 servers of EhosCloud science/alpha have neither EhosNode nor pool: too many at once to be removed without a word from you.',
  },
  {
    alert: 'EhosMasterNotConnected',
    series: { [condition('EhosMaster', 'condor', 'Connected', 'False')]: '0 0 1x20' },
    quietAt: '3m',
    firesAt: '10m',
    labels: { severity: 'critical', namespace: 'science', name: 'condor' },
    description: 'EhosMaster science/condor has not been connected for 5 minutes. Its pools neither grow nor shrink.',
  },
  {
    alert: 'EhosMasterStale',
    series: { 'ehos_master_last_sync_timestamp_seconds{namespace="science",master="condor"}': '0x60' },
    quietAt: '9m',
    firesAt: '15m',
    labels: { severity: 'warning', namespace: 'science', master: 'condor' },
    description: 'The last reading of EhosMaster science/condor is 15m 0s old.',
  },
  {
    alert: 'EhosMassSilence',
    series: { [condition('EhosMaster', 'condor', 'NodesHeard', 'False')]: '1x10' },
    quietAt: '1m',
    firesAt: '5m',
    labels: { severity: 'critical', namespace: 'science', name: 'condor' },
    description:
      'Many nodes of EhosMaster science/condor fell silent at once. None is given up, and new ones are made one at a time.',
  },
  {
    alert: 'EhosJobsWaitWithoutProgress',
    series: {
      [`ehos_jobs{${POOL},state="idle"}`]: '10x60',
      [`ehos_jobs{${POOL},state="unsatisfiable"}`]: '2x60',
      [`ehos_jobs{${POOL},state="phantom"}`]: '1x60',
      [`ehos_jobs{${POOL},state="running"}`]: '3x5 0x55',
      [`ehos_pool_info{${POOL},mode="Active",reason="Quota"}`]: '1x60',
      // jobs that no node can run are another matter, and so are those of a pool that works, or is paused
      'ehos_pool_info{namespace="science",pool="hopeless",mode="Active",reason="Enough"}': '1x60',
      'ehos_pool_info{namespace="science",pool="works",mode="Active",reason="Enough"}': '1x60',
      'ehos_pool_info{namespace="science",pool="paused",mode="Paused",reason="Paused"}': '1x60',
      'ehos_jobs{namespace="science",pool="paused",state="idle"}': '4x60',
      'ehos_jobs{namespace="science",pool="paused",state="unsatisfiable"}': '0x60',
      'ehos_jobs{namespace="science",pool="paused",state="phantom"}': '0x60',
      'ehos_jobs{namespace="science",pool="hopeless",state="idle"}': '4x60',
      'ehos_jobs{namespace="science",pool="hopeless",state="unsatisfiable"}': '4x60',
      'ehos_jobs{namespace="science",pool="hopeless",state="phantom"}': '0x60',
      'ehos_jobs{namespace="science",pool="works",state="idle"}': '4x60',
      'ehos_jobs{namespace="science",pool="works",state="unsatisfiable"}': '0x60',
      'ehos_jobs{namespace="science",pool="works",state="phantom"}': '0x60',
      'ehos_jobs{namespace="science",pool="works",state="running"}': '9x60',
    },
    quietAt: '30m',
    firesAt: '45m',
    labels: { severity: 'warning', ...OF_POOL },
    description:
      '7 jobs of EhosNodePool science/general wait that its nodes could run, and none has run for 30 minutes.',
  },
  {
    alert: 'EhosUnsatisfiableJobs',
    series: { [`ehos_jobs{${POOL},state="unsatisfiable"}`]: '4x60' },
    quietAt: '10m',
    firesAt: '20m',
    labels: { severity: 'warning', ...OF_POOL },
    description: '4 jobs of EhosNodePool science/general can be run by no node that the pool may make.',
  },
  {
    alert: 'EhosNodesDoNotJoin',
    series: { [`ehos_boot_breaker_open{${NODES}}`]: '0 1x20' },
    quietAt: '3m',
    firesAt: '10m',
    labels: { severity: 'warning', ...OF_POOL, cloud: 'alpha' },
    description:
      'The last servers of EhosNodePool science/general in EhosCloud alpha did not join the pool. New ones are made one at a time.',
  },
  {
    alert: 'EhosBlackHole',
    series: { [`ehos_nodes{${NODES},phase="BlackHole"}`]: '1x20', [`ehos_nodes{${NODES},phase="Ready"}`]: '9x20' },
    quietAt: '3m',
    firesAt: '10m',
    labels: { severity: 'warning', ...OF_POOL, cloud: 'alpha' },
    description:
      'On 1 nodes of EhosNodePool science/general in EhosCloud alpha jobs fail as soon as they start. They take no more jobs.',
  },
  {
    alert: 'EhosNodesLost',
    series: { [`ehos_nodes{${NODES},phase="Lost"}`]: '2x30' },
    quietAt: '10m',
    firesAt: '20m',
    labels: { severity: 'warning', ...OF_POOL, cloud: 'alpha' },
    description: '2 nodes of EhosNodePool science/general in EhosCloud alpha have not been heard of for 15 minutes.',
  },
  {
    alert: 'EhosDrainLasts',
    series: { [`ehos_oldest_drain_start_time_seconds{${POOL}}`]: '0x1600' },
    quietAt: '1439m',
    firesAt: '1500m',
    labels: { severity: 'info', ...OF_POOL },
    description: 'A node of EhosNodePool science/general has been draining for 1d 1h 0m 0s.',
  },
  {
    alert: 'EhosDeletionLasts',
    series: { [`ehos_oldest_deletion_start_time_seconds{${POOL}}`]: '0x60' },
    quietAt: '30m',
    firesAt: '40m',
    labels: { severity: 'warning', ...OF_POOL },
    description: 'A server of EhosNodePool science/general was to be deleted 40m 0s ago and is still there.',
  },
];
