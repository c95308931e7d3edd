/** The course of a run: a storm, then calm, in which all must come right, then everything is deleted, and must be gone. */
import { CLOUDS, MASTERS, POOLS } from '../../src/api/resources.ts';
import { Admin } from './admin.ts';
import { NAMESPACE } from './resources.ts';
import type { Simulation } from './simulation.ts';

const MINUTE = 60_000;

/** How long everything may take to come right once nothing goes wrong any more, and to be gone once it was deleted, ms. */
const CALM_MOST = 180 * MINUTE;
const TEARDOWN_MOST = 180 * MINUTE;

type Phase = 'storm' | 'calm' | 'teardown' | 'over';

export class Course {
  phase: Phase = 'storm';
  #since: number;
  readonly #startedAt: number;
  readonly #admin: Admin;

  constructor(
    private readonly sim: Simulation,
    /** Instead of `CALM_MOST`. */
    private readonly calmMost = CALM_MOST,
  ) {
    this.#startedAt = sim.clock.now();
    this.#since = this.#startedAt;
    this.#admin = new Admin(sim);
  }

  /** Takes a look at everything, and goes on to what comes next when it is time. */
  look(): void {
    const { invariants, clock } = this.sim;
    invariants.sweep(this.phase !== 'storm');
    // while the storm lasts nobody can tell what is so
    if (this.phase !== 'storm') this.#admin.look();
    const inPhase = clock.now() - this.#since;
    if (this.phase === 'storm') {
      if (clock.now() - this.#startedAt >= this.sim.scenario.stormMs) this.#calm();
    } else if (this.phase === 'calm') {
      if (this.#isDone()) this.#tearDown();
      else if (inPhase > this.calmMost) invariants.fail('not-converged', this.#unfinished());
    } else if (this.phase === 'teardown') {
      const left = this.#left();
      if (left.length === 0) this.#enter('over');
      else if (inPhase > TEARDOWN_MOST) invariants.fail('left-over', left.join(', '));
    }
  }

  #enter(phase: Phase): void {
    this.sim.trace.note('world', `--- ${phase}`);
    this.phase = phase;
    this.#since = this.sim.clock.now();
  }

  #calm(): void {
    this.#enter('calm');
    this.sim.heal();
  }

  #isDone(): boolean {
    const { happenings, peers, operators, scenario } = this.sim;
    if (!happenings.complete || operators.count === 0) return false;
    return scenario.deletedWhileBusy || peers.pool.jobs().length === 0;
  }

  #unfinished(): string {
    const jobs = this.sim.peers.pool.jobs();
    const some = jobs.slice(0, 3).map(({ id, status }) => `${id} ${status}`);
    return `${jobs.length} jobs are not done: ${some.join(', ')}`;
  }

  #tearDown(): void {
    this.#enter('teardown');
    const { scenario, peers, clock } = this.sim;
    const names = { pools: scenario.pools, clouds: scenario.clouds, masters: [{ name: 'master' }] };
    const types = { pools: POOLS, clouds: CLOUDS, masters: MASTERS };
    let at = 0;
    for (const { kind, afterMs } of scenario.teardown) {
      at += afterMs;
      clock.after(at, () => {
        for (const { name } of names[kind])
          this.sim.tell(`kubectl delete ${kind} ${name}`, peers.admin.delete(types[kind], NAMESPACE, name));
      });
    }
  }

  #left(): string[] {
    const { kube } = this.sim.peers;
    const objects = ['ehosnodepools', 'ehosclouds', 'ehosmasters'].flatMap((plural) =>
      kube.objects(plural).map(({ kind, metadata }) => `${kind} ${metadata.name}`),
    );
    return [...objects, ...this.sim.invariants.leftOvers()];
  }
}
