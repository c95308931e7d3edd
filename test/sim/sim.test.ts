/** The operator on simulated time: seeds that have failed once, and some more of the others. `make sim` runs as many as one wants. */
import { expect } from 'chai';
import { readCorpus } from './corpus.ts';
import { scenarioOf } from './generate.ts';
import type { Scenario } from './scenario.ts';
import { shrink } from './shrink.ts';
import { Simulation, type Outcome } from './simulation.ts';

const SEEDS = 300;
const AT_A_TIME = 25;
/** A failure is told as short as it can be made in so many runs. */
const SHRINKING_RUNS = 60;

const run = async (scenario: Scenario, trace = false): Promise<Outcome> =>
  await new Simulation(scenario, { trace }).run();

async function told(scenario: Scenario, outcome: Outcome, again: string): Promise<string> {
  const { scenario: small } = await shrink(scenario, outcome, run, SHRINKING_RUNS);
  const { trace } = await run(small, true);
  return [
    `${outcome.violation?.invariant ?? ''}: ${outcome.violation?.message ?? ''}`,
    ...trace,
    `again: ${again}`,
  ].join('\n');
}

describe('the operator on simulated time', function () {
  this.timeout(600_000);

  describe('what has failed once', () => {
    for (const { name, scenario } of readCorpus())
      it(name, async () => {
        const outcome = await run(scenario);
        if (outcome.violation) expect.fail(await told(scenario, outcome, 'make sim SEEDS=0'));
      });
  });

  describe('keeps its promises', () => {
    for (let from = 1; from <= SEEDS; from += AT_A_TIME)
      it(`seeds ${from} to ${from + AT_A_TIME - 1}`, async () => {
        for (let seed = from; seed < from + AT_A_TIME; seed++) {
          const scenario = scenarioOf(seed);
          const outcome = await run(scenario);
          if (outcome.violation) expect.fail(await told(scenario, outcome, `make sim SEED=${seed}`));
        }
      });
  });

  it('a seed gives the same run every time', async () => {
    const [first, second] = [await run(scenarioOf(12), true), await run(scenarioOf(12), true)];
    expect(first.trace.length).to.be.greaterThan(20);
    expect(second.trace).to.deep.equal(first.trace);
    expect([...second.counts.sites]).to.deep.equal([...first.counts.sites]);
  });

  it('the faults of a run, listed, give the same run without its rates', async () => {
    const scenario = scenarioOf(2);
    const first = await run(scenario, true);
    const rates = { crash: 0, network: 0, refusal: 0, watch: 0 };
    const second = await run({ ...scenario, rates, faults: first.counts.fired }, true);
    expect(first.counts.fired.length).to.be.greaterThan(5);
    expect(second.trace).to.deep.equal(first.trace);
  });
});
