import { expect } from 'chai';
import type { Figures } from '../../../src/controllers/figures.ts';
import { createMetrics } from '../../../src/server/metrics.ts';

const nothing: Figures = {
  leader: false,
  nodes: [],
  jobs: [],
  decisions: [],
  orphans: [],
  queues: new Map(),
  calls: [],
};

describe('metrics', () => {
  let figures = nothing;
  const metrics = createMetrics(() => figures);
  /** The samples of one metric, without help and type. */
  const samples = async (name: string): Promise<string[]> =>
    (await metrics.text()).split('\n').filter((line) => line.startsWith(`${name}{`) || line.startsWith(`${name} `));

  afterEach(() => {
    figures = nothing;
  });

  it('has the content type that Prometheus reads', () =>
    expect(metrics.contentType).to.match(/^text\/plain; version=0\.0\.4/));

  it('keeps hostile labels on their line', async () => {
    const pool = 'a"} 1\nehos_nodes{pool="b\\';
    figures = { ...nothing, nodes: [{ namespace: 'x\ny', pool, phase: 'Ready', count: 3 }] };
    expect(await samples('ehos_nodes')).to.deep.equal([
      'ehos_nodes{namespace="x\\ny",pool="a\\"} 1\\nehos_nodes{pool=\\"b\\\\",phase="Ready"} 3',
    ]);
  });

  for (const [name, change, expected] of [
    [
      'ehos_nodes',
      { nodes: [{ namespace: 'default', pool: 'p', phase: 'Ready', count: 3 }] },
      'ehos_nodes{namespace="default",pool="p",phase="Ready"} 3',
    ],
    [
      'ehos_jobs',
      { jobs: [{ namespace: 'default', pool: 'p', state: 'idle', count: 12 }] },
      'ehos_jobs{namespace="default",pool="p",state="idle"} 12',
    ],
    [
      'ehos_decisions_total',
      { decisions: [{ namespace: 'default', pool: 'p', reason: 'ScaleUp', count: 4 }] },
      'ehos_decisions_total{namespace="default",pool="p",reason="ScaleUp"} 4',
    ],
    [
      'ehos_orphans',
      { orphans: [{ cloud: 'default/cloud-a', state: 'braked', count: 12 }] },
      'ehos_orphans{cloud="default/cloud-a",state="braked"} 12',
    ],
    ['ehos_queue_depth', { queues: new Map([['node', 7]]) }, 'ehos_queue_depth{queue="node"} 7'],
    [
      'ehos_calls',
      { calls: [{ peer: 'default/cloud-a', call: 'compute GET servers', count: 9 }] },
      'ehos_calls{peer="default/cloud-a",call="compute GET servers"} 9',
    ],
  ] as const)
    it(`${name} has a sample for each of its figures`, async () => {
      figures = { ...nothing, ...(change as Partial<Figures>) };
      expect(await samples(name)).to.deep.equal([expected]);
    });

  it('forgets what is no more: a pool that was deleted has no samples', async () => {
    figures = { ...nothing, nodes: [{ namespace: 'default', pool: 'gone', phase: 'Ready', count: 1 }] };
    expect(await samples('ehos_nodes')).to.have.length(1);
    figures = nothing;
    expect(await samples('ehos_nodes')).to.deep.equal([]);
  });

  it('escapes what users named', async () => {
    figures = { ...nothing, calls: [{ peer: 'a"b\\c\nd', call: 'x', count: 1 }] };
    expect(await samples('ehos_calls')).to.deep.equal(['ehos_calls{peer="a\\"b\\\\c\\nd",call="x"} 1']);
  });

  it('tells the help of each metric', async () => {
    const text = await metrics.text();
    for (const name of [
      'ehos_nodes',
      'ehos_jobs',
      'ehos_decisions_total',
      'ehos_orphans',
      'ehos_queue_depth',
      'ehos_calls',
    ])
      expect(text).to.match(new RegExp(`^# HELP ${name} \\S.*\\.$`, 'm'));
  });

  it('has those of the process, which show a leak', async () => {
    const text = await metrics.text();
    for (const name of ['process_resident_memory_bytes', 'nodejs_eventloop_lag_seconds'])
      expect(text).to.match(new RegExp(`^${name} `, 'm'));
  });

  it('of two operators in one process do not meet', async () => {
    const other = createMetrics(() => ({ ...nothing, queues: new Map([['other', 1]]) }));
    expect(await other.text()).to.include('ehos_queue_depth{queue="other"} 1');
    expect(await samples('ehos_queue_depth')).to.deep.equal([]);
  });
});
