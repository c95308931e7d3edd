import { expect } from 'chai';
import type { EhosCloud, EhosNode, EhosNodePool } from '../../../../src/api/resources.ts';
import { nodeLine, nodesText } from '../../../../src/cli/nodes/report.ts';
import { whyReport, type Around, type KubeEvent } from '../../../../src/cli/why/report.ts';
import { whyText } from '../../../../src/cli/why/text.ts';
import { plain } from '../../../../src/cli/style.ts';

const NOW = Date.parse('2026-01-01T12:00:00Z');
const at = (minutesAgo: number): string => new Date(NOW - minutesAgo * 60_000).toISOString();
const POOL: EhosNodePool = {
  metadata: { name: 'general', namespace: 'science' },
  spec: { masterRef: { name: 'main' }, maxNodes: 10, mode: 'Observe', clouds: [{ name: 'east' }, { name: 'west' }] },
  status: {
    nodes: 1,
    boots: [{ cloud: 'east', flavor: 'm1.small', template: 't', failures: 3, until: at(-5), reason: 'no startd' }],
    jobs: {
      idle: 7,
      phantom: [
        {
          count: 3,
          cpus: 1,
          memory: 512,
          since: at(9),
          until: at(-9),
          refusedBy: ['n-1'],
          example: '5.0',
          analysis: 'Requirements',
        },
      ],
    },
    recentChanges: [{ what: 'create 1 node', why: '1 idle job', when: at(30) }],
    conditions: [],
  },
};
const CLOUD: EhosCloud = {
  metadata: { name: 'east', namespace: 'science' },
  spec: { openstack: { identityRef: { name: 's', cloudName: 'c' } }, suspend: true },
};
const NODE: EhosNode = {
  metadata: {
    name: 'general-1',
    namespace: 'science',
    creationTimestamp: at(90),
    annotations: { 'ehos.io/do-not-disrupt': 'true' },
  },
  spec: {
    poolRef: { name: 'general' },
    cloudRef: { name: 'east' },
    masterRef: { name: 'main' },
    flavor: 'm1.small',
    image: 'i',
    templateHash: 'h',
  },
  status: { phase: 'Lost', vmState: 'Active', nodeState: 'Lost', cores: 1, memory: 2048, fault: 'No valid host' },
};
const event = (name: string, more: Partial<KubeEvent>): KubeEvent => ({
  metadata: { name },
  type: 'Warning',
  reason: name,
  message: 'm',
  involvedObject: { kind: 'EhosNodePool', name: 'general' },
  ...more,
});

describe('ehos why', () => {
  const around: Around = {
    pool: POOL,
    nodes: [NODE],
    clouds: [CLOUD],
    master: undefined,
    events: [
      event('Old', { lastTimestamp: at(60), count: 4 }),
      event('New', { lastTimestamp: null, eventTime: at(50), series: { count: 9, lastObservedTime: at(1) } }),
    ],
  };
  const report = whyReport(around);

  it('names all that stands in the way', () =>
    expect(report.hindrances).to.deep.equal([
      'mode is Observe: everything is planned, and nothing is done',
      'there is no EhosMaster "main" in this namespace',
      'cloud east is suspended: it takes no new nodes',
      'there is no EhosCloud "west" in this namespace',
      `m1.small in east rests until ${at(-5)}: 3 nodes did not come up (no startd)`,
    ]));

  it('tells what HTCondor says of jobs that do not count', () =>
    expect(report.phantoms[0]?.why).to.equal(
      'HTCondor started none of them although there was room on n-1; of job 5.0 it says: Requirements',
    ));

  it('tells of nodes with something to tell, and of events, the latest first', () => {
    expect(report.nodeNotes).to.deep.equal([
      { node: 'general-1', note: 'No valid host; HTCondor does not hear of it; is protected (ehos.io/do-not-disrupt)' },
    ]);
    expect(report.events.map(({ reason, times, time }) => [reason, times, time])).to.deep.equal([
      ['New', 9, at(1)],
      ['Old', 4, at(60)],
    ]);
  });

  it('says it in plain words', () => {
    const text = whyText(report, NOW, plain);
    expect(text).to.match(
      /^pool general in namespace science \(Observe\): 1 node, 0 wanted, between 0 and 10; 7 jobs idle, 0 running/,
    );
    expect(text).to.include('Nothing was decided yet.');
    expect(text).to.include('Done lately:\n  - 30m ago: create 1 node, because 1 idle job\n');
    expect(text).to.match(/\n {2}1m ago +EhosNodePool general +New +9 +m\n/);
  });

  it('knows a pool that nobody has looked at', () => {
    const { metadata, spec } = POOL;
    expect(whyReport({ ...around, pool: { metadata, spec } }).hindrances[0]).to.match(
      /no operator has looked at it yet/,
    );
  });
});

describe('ehos nodes', () => {
  it('has a line for each, with both its states, what marks it, and its fault', () => {
    const text = nodesText([nodeLine(NODE)], NOW);
    expect(text).to.match(/^NAME +POOL +PHASE +SERVER +STARTD +IDLE +CLOUD +FLAVOR +CORES +MEMORY +AGE +NOTES\n/);
    expect(text).to.match(
      /\ngeneral-1 +general +Lost +Active +Lost +- +east +m1\.small +1 +2 GiB +1h30m +protected; No valid host\n$/,
    );
  });

  it('that was just made has no states yet', () => {
    const { metadata, spec } = NODE;
    expect(nodeLine({ metadata, spec })).to.deep.include({ phase: 'Pending', vmState: 'Unknown', nodeState: '-' });
    expect(nodesText([], NOW)).to.equal('there is no node\n');
  });
});
