import { expect } from 'chai';
import { readFileSync } from 'node:fs';
import { createMetrics } from '../../../src/server/metrics.ts';
import { FLEET_METRICS } from '../../../src/server/fleet-metrics.ts';
import { PROCESS_METRICS } from '../../../src/server/process-metrics.ts';
import { VERSION } from '../../../src/version.ts';
import { everything, NOTHING } from './figures-fixture.ts';

const ALL = [...FLEET_METRICS, ...PROCESS_METRICS];

describe('metrics', () => {
  let figures = NOTHING;
  const metrics = createMetrics(() => figures);
  /** The samples of one metric, without help and type. */
  const samples = async (name: string): Promise<string[]> =>
    (await metrics.text()).split('\n').filter((line) => line.startsWith(`${name}{`) || line.startsWith(`${name} `));

  beforeEach(() => {
    figures = everything();
  });

  it('have two labels that Prometheus gives to its targets as well, and docs/metrics.md says how to scrape them', () => {
    // what discovery by a ServiceMonitor sets (Prometheus operator, generated scrape configuration)
    const targets = ['namespace', 'service', 'pod', 'container', 'endpoint', 'job', 'instance', 'node'];
    const ours = new Set(ALL.flatMap<string>(({ labels }) => labels));
    expect(targets.filter((label) => ours.has(label))).to.deep.equal(['namespace', 'service']);
    const page = readFileSync(new URL('../../../docs/metrics.md', import.meta.url), 'utf8');
    expect(page).to.include('`honorLabels: true`').and.include('`exported_namespace` and `exported_service`');
  });

  it('have the content type that Prometheus reads', () =>
    expect(metrics.contentType).to.match(/^text\/plain; version=0\.0\.4/));

  for (const [name, ...expected] of [
    ['ehos_nodes', 'ehos_nodes{namespace="ns",pool="p",cloud="c",phase="Ready"} 3'],
    ['ehos_node_cores', 'ehos_node_cores{namespace="ns",pool="p",cloud="c",phase="Ready"} 12'],
    ['ehos_node_memory_bytes', 'ehos_node_memory_bytes{namespace="ns",pool="p",cloud="c",phase="Ready"} 1073741824'],
    ['ehos_jobs', 'ehos_jobs{namespace="ns",pool="p",state="idle"} 12'],
    ['ehos_pool_info', 'ehos_pool_info{namespace="ns",pool="p",mode="Active",reason="Quota"} 1'],
    ['ehos_decisions_total', 'ehos_decisions_total{namespace="ns",pool="p",reason="ScaleUp"} 4'],
    ['ehos_boot_breaker_open', 'ehos_boot_breaker_open{namespace="ns",pool="p",cloud="c"} 1'],
    ['ehos_oldest_drain_start_time_seconds', 'ehos_oldest_drain_start_time_seconds{namespace="ns",pool="p"} 1'],
    ['ehos_orphans', 'ehos_orphans{namespace="ns",cloud="c",state="braked"} 12'],
    ['ehos_orphan_acts_total', 'ehos_orphan_acts_total{namespace="ns",cloud="c",act="adopted"} 5'],
    [
      'ehos_cloud_quota_limit',
      'ehos_cloud_quota_limit{namespace="ns",cloud="c",resource="cores",unit="core"} 100',
      'ehos_cloud_quota_limit{namespace="ns",cloud="c",resource="memory",unit="byte"} +Inf',
    ],
    [
      'ehos_cloud_quota_used',
      'ehos_cloud_quota_used{namespace="ns",cloud="c",resource="cores",unit="core"} 40',
      'ehos_cloud_quota_used{namespace="ns",cloud="c",resource="memory",unit="byte"} 2097152',
    ],
    [
      'ehos_condition',
      'ehos_condition{kind="EhosCloud",namespace="ns",name="c",type="Ready",status="True"} 0',
      'ehos_condition{kind="EhosCloud",namespace="ns",name="c",type="Ready",status="False"} 1',
      'ehos_condition{kind="EhosCloud",namespace="ns",name="c",type="Ready",status="Unknown"} 0',
    ],
    ['ehos_queue_depth', 'ehos_queue_depth{queue="node"} 7'],
    ['ehos_queue_longest_run_seconds', 'ehos_queue_longest_run_seconds{queue="node"} 1.5'],
    ['ehos_reconcile_errors_total', 'ehos_reconcile_errors_total{queue="node"} 2'],
    [
      'ehos_api_requests_total',
      'ehos_api_requests_total{service="compute",namespace="ns",cloud="c",request="GET servers",code="200"} 1',
    ],
    [
      'ehos_condor_commands_total',
      'ehos_condor_commands_total{namespace="ns",master="m",command="poll",outcome="ok"} 1',
    ],
    ['ehos_build_info', `ehos_build_info{version="${VERSION}",node_version="${process.version}"} 1`],
    [
      'ehos_time_to_join_seconds_bucket',
      'ehos_time_to_join_seconds_bucket{namespace="ns",pool="p",cloud="c",le="1"} 1',
      'ehos_time_to_join_seconds_bucket{namespace="ns",pool="p",cloud="c",le="10"} 2',
      'ehos_time_to_join_seconds_bucket{namespace="ns",pool="p",cloud="c",le="+Inf"} 3',
    ],
    ['ehos_time_to_join_seconds_sum', 'ehos_time_to_join_seconds_sum{namespace="ns",pool="p",cloud="c"} 55.5'],
    ['ehos_time_to_join_seconds_count', 'ehos_time_to_join_seconds_count{namespace="ns",pool="p",cloud="c"} 3'],
  ] as const)
    it(`tell ${name}`, async () => expect(await samples(name)).to.deep.equal(expected));

  for (const { name, type, labels } of ALL)
    it(`tell ${name} with help, type and each of its labels`, async () => {
      const text = await metrics.text();
      expect(text).to.match(new RegExp(`^# HELP ${name} \\S.*\\.$`, 'm'));
      expect(text).to.include(`\n# TYPE ${name} ${type}\n`);
      const lines = await samples(type === 'histogram' ? `${name}_count` : name);
      expect(lines, 'the fixture has everything').to.not.have.length(0);
      for (const line of lines)
        expect([...line.matchAll(/(\w+)="/g)].map(([, label]) => label)).to.deep.equal([...labels]);
    });

  for (const { name, type } of ALL)
    it(`name ${name} as Prometheus does: a counter is a total, and nothing else is`, () => {
      expect(name).to.match(/^ehos_[a-z]+(_[a-z]+)*$/);
      expect(name.endsWith('_total')).to.equal(type === 'counter');
      if (type === 'histogram') expect(name).to.match(/_seconds$/);
    });

  it('of each name are told once', () => expect(new Set(ALL.map(({ name }) => name)).size).to.equal(ALL.length));

  it('leave out a label that is empty: Prometheus would not set its own in its place', async () => {
    const [call] = figures.calls;
    figures = {
      ...NOTHING,
      calls: [{ kind: 'kubernetes', request: 'get namespaces', code: '200', count: call?.count ?? 0 }],
    };
    expect(await samples('ehos_api_requests_total')).to.deep.equal([
      'ehos_api_requests_total{service="kubernetes",request="get namespaces",code="200"} 1',
    ]);
  });

  it('keep hostile labels on their line', async () => {
    const pool = 'a"} 1\nehos_nodes{pool="b\\';
    figures = { ...NOTHING, jobs: [{ namespace: 'x\ny', pool, state: 'idle', count: 3 }] };
    expect(await samples('ehos_jobs')).to.deep.equal([
      'ehos_jobs{namespace="x\\ny",pool="a\\"} 1\\nehos_nodes{pool=\\"b\\\\",state="idle"} 3',
    ]);
  });

  it('forget what is no more: a pool that was deleted has no samples', async () => {
    expect(await samples('ehos_nodes')).to.have.length(1);
    figures = NOTHING;
    expect(await samples('ehos_nodes')).to.deep.equal([]);
  });

  it('of the fleet are told by the one that acts only', async () => {
    expect(await samples('ehos_leader')).to.deep.equal(['ehos_leader 1']);
    figures = { ...everything(), leader: false };
    expect(await samples('ehos_leader')).to.deep.equal(['ehos_leader 0']);
    expect(await samples('ehos_nodes')).to.deep.equal([]);
    expect(await samples('ehos_queue_depth')).to.have.length(1);
  });

  it('have those of the process, which show a leak', async () => {
    const text = await metrics.text();
    for (const name of ['process_resident_memory_bytes', 'nodejs_eventloop_lag_seconds'])
      expect(text).to.match(new RegExp(`^${name} `, 'm'));
    expect(text).to.not.include('nodejs_active_handles_total');
  });

  it('of two operators in one process do not meet', async () => {
    const other = createMetrics(() => NOTHING);
    expect(await other.text()).to.not.include('ehos_queue_depth{');
    expect(await samples('ehos_queue_depth')).to.have.length(1);
  });
});
