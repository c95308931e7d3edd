/** Figures of one pool in one cloud, with a sample of everything. */
import { CallMeter } from '../../../src/base/call-meter.ts';
import { Histogram } from '../../../src/base/histogram.ts';
import type { Figures } from '../../../src/controllers/figures.ts';

export const NOTHING: Figures = {
  leader: true,
  nodes: [],
  leaving: [],
  jobs: [],
  pools: [],
  decisions: [],
  boots: [],
  clouds: [],
  quotas: [],
  orphans: [],
  orphanActs: [],
  masters: [],
  conditions: [],
  queues: new Map(),
  calls: [],
  callTimes: [],
  commands: [],
  commandTimes: [],
  steps: [],
};

function histogramOf(...values: number[]): Histogram {
  const histogram = new Histogram([1, 10]);
  for (const value of values) histogram.observe(value);
  return histogram;
}

export function everything(): Figures {
  const [pool, cloud, master] = [
    { namespace: 'ns', pool: 'p' },
    { namespace: 'ns', cloud: 'c' },
    { namespace: 'ns', master: 'm' },
  ];
  const calls = new CallMeter();
  calls.observe({ kind: 'compute', request: 'GET servers' }, '200', 0.5);
  const commands = new CallMeter();
  commands.observe({ kind: 'poll', request: 'poll' }, 'ok', 2);
  const times = histogramOf(0.5, 5, 50);
  return {
    leader: true,
    nodes: [{ ...pool, cloud: 'c', phase: 'Ready', count: 3, cores: 12, memory: 1024 }],
    leaving: [{ ...pool, drainingSince: 1_000, deletingSince: 2_000 }],
    jobs: [{ ...pool, state: 'idle', count: 12 }],
    pools: [{ ...pool, desired: 4, most: 10, mode: 'Active', reason: 'Quota' }],
    decisions: [{ ...pool, reason: 'ScaleUp', count: 4 }],
    boots: [{ ...pool, cloud: 'c', failures: 3, open: true }],
    clouds: [{ ...cloud, syncedAt: 3_000, credentialExpiresAt: 4_000, resting: 1, foreign: 2 }],
    quotas: [
      { ...cloud, resource: 'cores', limit: 100, used: 40 },
      { ...cloud, resource: 'memory', limit: -1, used: 2 },
    ],
    orphans: [{ ...cloud, state: 'braked', count: 12 }],
    orphanActs: [{ ...cloud, act: 'adopted', count: 5 }],
    masters: [{ ...master, syncedAt: 5_000, unmatched: 6 }],
    conditions: [{ kind: 'EhosCloud', namespace: 'ns', name: 'c', type: 'Ready', status: 'False' }],
    queues: new Map([
      ['node', { depth: 7, delayed: 8, running: 1, processed: 9, failures: 2, longestRunMs: 1_500, times }],
    ]),
    calls: [...calls.counts()].map((one) => ({ ...cloud, ...one })),
    callTimes: [...calls.times()].map((one) => ({ ...cloud, ...one })),
    commands: [...commands.counts()].map((one) => ({ ...master, ...one })),
    commandTimes: [...commands.times()].map((one) => ({ ...master, ...one })),
    steps: [{ ...pool, cloud: 'c', boot: times, join: times, capacity: times, drain: times }],
  };
}
