import { expect } from 'chai';
import fc from 'fast-check';
import { planReport } from '../../../src/cli/plan-report.ts';
import { planText } from '../../../src/cli/plan-text.ts';
import { readSnapshot } from '../../../src/snapshot/read.ts';
import { fileOf } from '../../../src/snapshot/write.ts';
import { NOW, snapshotOf, spoiled } from './least.ts';
import { sights } from './sights.ts';

describe('planning from a snapshot', () => {
  describe('takes what can be planned soundly, though it looks strange:', () => {
    for (const [what, change, why] of [
      ['10^9 jobs', { 'masters.0.queue.0.count': 1e9 }, /1000000000 idle jobs/],
      ['a request larger than anything', { 'masters.0.queue.0.memory': 1e15 }, /cannot be run by any node/],
      [
        'a cloud that is not there',
        { 'pools.0.spec.clouds': [{ name: 'west' }] },
        /west: the snapshot has no such cloud/,
      ],
      [
        'a cloud without flavors',
        { 'clouds.0.flavors': undefined },
        /east: the snapshot does not say which flavors it has/,
      ],
      ['a suspended cloud', { 'clouds.0.spec': { suspend: true } }, /east: it is suspended/],
      ['a master that is not there', { masters: undefined }, /the queue is not known: there is no master "main"/],
      [
        'a queue that is not known',
        { 'masters.0.queue': undefined },
        /the queue is not known: the snapshot does not say what/,
      ],
      ['an empty queue', { 'masters.0.queue': [] }, /no idle jobs/],
      ['a flavor that no cloud has', { 'pools.0.spec.template.flavors': ['huge'] }, /cannot be run by any node/],
      ['no limit, written as -1', { 'clouds.0.quota.cores.limit': -1 }, /3 idle jobs .* need 3 cores/],
      ['no limit, written as unlimited', { 'clouds.0.quota.cores.limit': 'unlimited' }, /3 idle jobs .* need 3 cores/],
      ['fractions of a core', { 'masters.0.queue.0.cpus': 0.5 }, /3 idle jobs of 1 core 128 MiB need 3 cores/],
      ['a node of a flavor that is gone', { 'nodes.general.0.flavor': 'old' }, /3 idle jobs .* need 3 cores/],
    ] as const)
      it(what, () => {
        const { pools } = planReport(snapshotOf(spoiled(change)));
        expect(pools[0]?.why).to.match(why);
      });
  });

  it('never throws and never plans above a limit, whatever stands in a field', () => {
    const strange = fc.constantFrom<unknown>(
      null,
      -1,
      0,
      1e9,
      1e308,
      '',
      'x',
      '8Gi',
      '-1',
      true,
      [],
      {},
      [null],
      { a: 1 },
      '2026-01-31T12:00:00Z',
    );
    fc.assert(
      fc.property(sights, strange, fc.nat(), (sight, value, n) => {
        const file: unknown = JSON.parse(JSON.stringify(fileOf({ namespace: 'a', version: undefined, sight })));
        const places = placesIn(file);
        const place = places[n % places.length];
        if (place) place.within[place.key] = value;
        const read = readSnapshot(JSON.stringify(file), NOW);
        if ('problems' in read) {
          for (const problem of read.problems) expect(problem).to.match(/^[^\n]{10,}$/);
          return;
        }
        const report = planReport(read.snapshot);
        expect(planText(report)).to.not.match(/undefined|NaN|Infinity/);
        for (const { name, mode, nodes, creates } of report.pools) {
          const made = creates.reduce((sum, { count }) => sum + count, 0);
          const max =
            read.snapshot.sight.pools.find(({ pool }) => pool.metadata.name === name)?.pool.spec.maxNodes ?? 0;
          if (made > 0) expect(nodes + made, mode).to.be.at.most(max);
        }
      }),
      { numRuns: 1500, seed: 20260131 },
    );
  }).timeout(60_000);
});

/** Every field and item of a value. */
function placesIn(value: unknown): { within: Record<string, unknown>; key: string }[] {
  if (typeof value !== 'object' || value === null) return [];
  const within = value as Record<string, unknown>;
  return Object.entries(within).flatMap(([key, item]) => [{ within, key }, ...placesIn(item)]);
}
