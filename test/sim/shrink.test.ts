import { expect } from 'chai';
import { Counts } from './counts.ts';
import type { Fault, Site } from './faults.ts';
import { scenarioOf } from './generate.ts';
import type { Violation } from './invariants.ts';
import type { Scenario } from './scenario.ts';
import { shrink } from './shrink.ts';
import type { Outcome } from './simulation.ts';

const SITE: Site = { peer: 'kube', name: 'kube LIST ehosnodes', mutates: false, repeatable: true, watch: false };
const FAULT: Fault = { kind: 'unreachable' };

/** A stand-in for a run: it fails when `fails` says so of the scenario. */
function running(
  fails: (scenario: Scenario) => Violation['invariant'] | undefined,
): (scenario: Scenario) => Promise<Outcome> {
  return (scenario) => {
    const counts = new Counts();
    const fired =
      scenario.faults ?? Array.from({ length: 20 }, (_, i) => ({ site: SITE.name, call: i + 1, fault: FAULT }));
    for (const { call } of fired) counts.fired.push({ site: SITE.name, call, fault: FAULT });
    const invariant = fails({ ...scenario, faults: counts.fired });
    const violation = invariant && { invariant, message: 'so it is', atMs: 0 };
    return Promise.resolve({ violation, simMs: 0, counts, trace: [] });
  };
}

const seedWith = (wanted: (scenario: Scenario) => boolean): Scenario => {
  for (let seed = 1; ; seed++) if (wanted(scenarioOf(seed))) return scenarioOf(seed);
};

describe('shrink', () => {
  const full = seedWith(
    ({ happenings, jobs, pools }) => happenings.length >= 4 && jobs.length >= 3 && pools.length === 2,
  );

  it('keeps only what the failure needs', async () => {
    const run = running(({ faults = [], happenings }) => {
      const calls = faults.map(({ call }) => call);
      return calls.includes(3) && calls.includes(17) && happenings.length >= 1 ? 'twin' : undefined;
    });
    const { scenario } = await shrink(full, await run(full), run);
    expect(scenario.faults?.map(({ call }) => call)).to.deep.equal([3, 17]);
    expect(scenario.happenings).to.have.length(1);
    expect(scenario.jobs).to.have.length(0);
    expect(scenario.pools).to.have.length(1);
  });

  it('does not end with another failure', async () => {
    const run = running(({ jobs, happenings }) =>
      jobs.length >= 2 ? 'orphan' : happenings.length > 0 ? 'twin' : undefined,
    );
    const { scenario } = await shrink(full, await run(full), run);
    expect((await run(scenario)).violation?.invariant).to.equal('orphan');
    expect(scenario.jobs).to.have.length(2);
  });

  it('makes no more runs than it may', async () => {
    let runs = 0;
    const inner = running(() => 'twin');
    const run = (scenario: Scenario): Promise<Outcome> => {
      runs++;
      return inner(scenario);
    };
    const failed = await inner(full);
    await shrink(full, failed, run, 7);
    expect(runs).to.be.at.most(7);
  });
});
