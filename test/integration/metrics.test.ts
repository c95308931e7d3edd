/** What the operator tells of itself, against what the sandbox knows. */
import { expect } from 'chai';
import { createMetrics, type Metrics } from '../../src/server/metrics.ts';
import { FLEET_METRICS } from '../../src/server/fleet-metrics.ts';
import { PROCESS_METRICS } from '../../src/server/process-metrics.ts';
import { Samples } from '../bench/samples.ts';
import { Harness, NAMESPACE, pool } from './harness.ts';

/** Nothing of the kind is there in a pool that works. */
const QUIET = ['ehos_cloud_credential_expiry_timestamp_seconds'];

describe('the metrics of an operator at work', function () {
  this.timeout(180_000);
  let harness: Harness;
  let metrics: Metrics;
  before(async () => {
    harness = await Harness.start();
    metrics = createMetrics(() => harness.operator.operator.figures());
    await harness.applyPeers();
    await harness.apply(pool({ clouds: [{ name: 'cloud-a' }] }));
    harness.sandbox.pool.submit({ cpus: 1, memory: 512, disk: 1024, runSeconds: 30 }, 6);
    await harness.until('all jobs are done', 600, () => harness.sandbox.pool.history().length >= 6);
    await harness.until('a node is being deleted', 300, async () => {
      const samples = await read();
      return samples.all('ehos_oldest_deletion_start_time_seconds').length > 0;
    });
    seen = await read();
    await harness.allNodesGone();
    atTheEnd = await read();
  });
  after(async () => await harness.close());

  let seen: Samples;
  let atTheEnd: Samples;
  const read = async (): Promise<Samples> => {
    const samples = new Samples(await metrics.text());
    for (const { name, type } of [...FLEET_METRICS, ...PROCESS_METRICS])
      if (samples.all(type === 'histogram' ? `${name}_count` : name).length > 0) told.add(name);
    return samples;
  };
  const told = new Set<string>();
  /** Sum of the samples that have these labels. */
  const sum = (name: string, wanted: Record<string, string>): number =>
    atTheEnd
      .all(name)
      .filter(({ labels }) => Object.entries(wanted).every(([label, value]) => labels[label] === value))
      .reduce((total, { value }) => total + value, 0);

  it('have a sample of each', () => {
    const missing = [...FLEET_METRICS, ...PROCESS_METRICS].map(({ name }) => name).filter((name) => !told.has(name));
    expect(missing.filter((name) => !QUIET.includes(name))).to.deep.equal([]);
  });

  it('count as many creates as the cloud was asked for', () => {
    const creates = { service: 'compute', cloud: 'cloud-a', request: 'POST servers' };
    expect(sum('ehos_api_requests_total', creates)).to.equal(
      harness.sandbox.openstack.calls().get('compute POST servers'),
    );
  });

  it('time each node that has joined, and each that was drained', () => {
    const { events } = harness.sandbox.openstack;
    const nodes = events.filter(({ type }) => type === 'requested').length;
    expect(nodes).to.be.greaterThan(0);
    const ofPool = { namespace: NAMESPACE, pool: 'pool-a', cloud: 'cloud-a' };
    expect(sum('ehos_time_to_join_seconds_count', ofPool)).to.equal(nodes);
    expect(sum('ehos_drain_duration_seconds_count', ofPool)).to.equal(nodes);
    // the sandbox's servers boot in 5 to 10 s
    expect(sum('ehos_time_to_boot_seconds_sum', ofPool) / nodes).to.be.within(3, 60);
  });

  it('time requests of each service and commands of each kind, as often as they count them', () => {
    for (const service of ['kubernetes', 'compute', 'identity', 'image', 'network'])
      expect(sum('ehos_api_request_duration_seconds_count', { service }), service).to.equal(
        sum('ehos_api_requests_total', { service }),
      );
    for (const command of ['poll', 'probe', 'drain', 'approve'])
      expect(sum('ehos_condor_command_duration_seconds_count', { command, outcome: 'ok' }), command).to.be.greaterThan(
        0,
      );
  });

  it('say that all is well', () => {
    for (const kind of ['EhosCloud', 'EhosMaster', 'EhosNodePool'])
      expect(sum('ehos_condition', { kind, type: 'Ready', status: 'True' }), kind).to.be.greaterThan(0);
    expect(sum('ehos_condition', { type: 'Ready', status: 'False' })).to.equal(0);
    expect(sum('ehos_leader', {})).to.equal(1);
  });

  it('have the quota that the cloud gives', () => {
    const used = seen.all('ehos_cloud_quota_used').filter(({ labels }) => labels.resource === 'instances');
    expect(used.map(({ labels }) => labels.cloud).sort()).to.deep.equal(['cloud-a', 'cloud-b']);
    expect(sum('ehos_cloud_quota_limit', { cloud: 'cloud-a', resource: 'cores' })).to.be.greaterThan(0);
  });
});
