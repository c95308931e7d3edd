import { expect } from 'chai';
import fc from 'fast-check';
import { planInputsOf, type FleetSight } from '../../../src/domain/fleet-sight.ts';
import { planFleet } from '../../../src/domain/fleet.ts';
import type { Plan } from '../../../src/domain/plan-types.ts';
import type { Snapshot } from '../../../src/snapshot/file.ts';
import { readSnapshot } from '../../../src/snapshot/read.ts';
import { toJson, toYaml } from '../../../src/snapshot/render.ts';
import { fileOf } from '../../../src/snapshot/write.ts';
import { sights } from './sights.ts';

const plansOf = (sight: FleetSight): Plan[] => planFleet(planInputsOf(sight));

/** What the planner is given, with lists for maps, which chai compares as texts. */
const inputsOf = (sight: FleetSight): unknown[] =>
  planInputsOf(sight).map((input) => ({
    ...input,
    clouds: input.clouds.map((cloud) => ({ ...cloud, rests: [...cloud.rests] })),
  }));

function read(text: string): Snapshot {
  const result = readSnapshot(text, 0);
  if ('problems' in result) throw new Error(`${result.problems.join('\n')}\n${text}`);
  return result.snapshot;
}

describe('a snapshot file', function () {
  this.timeout(60_000);
  for (const [form, render, numRuns] of [
    ['YAML', toYaml, 60],
    ['JSON', toJson, 400],
  ] as const)
    it(`as ${form} gives the same plans as the sight that it was made of`, () => {
      fc.assert(
        fc.property(sights, (sight) => {
          const text = render(fileOf({ namespace: 'science', version: '1.2.3', sight }));
          const { namespace, version, sight: again } = read(text);
          expect({ namespace, version, now: again.now }).to.deep.equal({
            namespace: 'science',
            version: '1.2.3',
            now: sight.now,
          });
          expect(inputsOf(again)).to.deep.equal(inputsOf(sight));
          expect(plansOf(again)).to.deep.equal(plansOf(sight));
        }),
        { numRuns, seed: 20260131 },
      );
    });

  it('is tried with sights that lead to plans of every kind', () => {
    const plans = fc.sample(sights, { numRuns: 400, seed: 20260131 }).flatMap(plansOf);
    const reasons = new Set(plans.map(({ decision }) => decision.reason));
    expect([...reasons]).to.include.members([
      'ScaleUp',
      'ScaleDown',
      'Enough',
      'Paused',
      'QueueUnknown',
      'Quota',
      'CloudUnavailable',
    ]);
    for (const field of ['creates', 'recalls', 'removals', 'unsatisfiable'] as const)
      expect(plans.filter((plan) => plan[field].length > 0).length, field).to.be.greaterThan(10);
    const kinds = new Set(plans.flatMap(({ journal }) => journal.map(({ kind }) => kind)));
    expect([...kinds]).to.include.members(['Rest', 'Phantom', 'Cloud']);
  });

  it('read and written again is the same file', () => {
    fc.assert(
      fc.property(sights, (sight) => {
        const once = toYaml(fileOf(read(toYaml(fileOf({ namespace: 'a', version: undefined, sight })))));
        expect(toYaml(fileOf(read(once)))).to.equal(once);
      }),
      { numRuns: 50, seed: 20260131 },
    );
  });

  it('holds no secret, whatever the pools say', () => {
    fc.assert(
      fc.property(sights, (sight) => {
        const text = toYaml(fileOf({ namespace: 'a', version: undefined, sight }));
        expect(text).not.to.match(/verysecret|of-kubectl|uid-of/);
      }),
      { numRuns: 50, seed: 20260131 },
    );
  });
});
