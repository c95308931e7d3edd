/** One run of a scenario: the peers, the operator's processes, and all that goes wrong between them. */
import { messageOf } from '../../src/base/errors.ts';
import type { Settings } from '../../src/controllers/context.ts';
import { defaultLifecycleSettings } from '../../src/domain/lifecycle-types.ts';
import { SimClock } from './clock.ts';
import { Counts } from './counts.ts';
import { Course } from './course.ts';
import { ListedFaults, noFaults, type FaultSource } from './faults.ts';
import { Happenings } from './happenings/happenings.ts';
import { Invariants, type Violation } from './invariants.ts';
import { Operators } from './operators.ts';
import { Outages } from './outages.ts';
import { CloudAdmin } from './peers/cloud-admin.ts';
import { makePeers, type Peers } from './peers/world.ts';
import { RandomFaults } from './random-faults.ts';
import { cloudsSecret, sandboxCloud } from './resources.ts';
import type { Scenario } from './scenario.ts';
import { randomOf } from './seeds.ts';
import { setTheStage } from './stage.ts';
import { Trace } from './trace.ts';

const SECOND = 1_000;
const MINUTE = 60 * SECOND;

/** Everything is looked at that often, ms. */
const SWEEP_EVERY = 30 * SECOND;
/** A job whose machine is lost is given back after so long, seconds; in HTCondor 2400. The operator gives a lost machine up after more than that. */
const LEASE_SECONDS = 300;
const LOST_TIMEOUT = 20 * MINUTE;
/** How long after its end a second operator may still have done more than one alone would. */
const CROWD_LINGERS = 30 * MINUTE;

export interface SimulationOptions {
  /** Writes down what happens. */
  trace?: boolean;
  settings?: Partial<Settings>;
  /** Everything is looked at that often, ms. */
  sweepEvery?: number;
  /** How long everything may take to come right once nothing goes wrong any more, ms. */
  calmMost?: number;
  /** Called with each such look. */
  onSweep?: (simulation: Simulation, elapsedMs: number) => void;
}

export interface Outcome {
  violation: (Violation & { atMs: number }) | undefined;
  simMs: number;
  counts: Counts;
  trace: readonly string[];
}

export class Simulation {
  readonly clock: SimClock;
  readonly peers: Peers;
  readonly invariants: Invariants;
  readonly operators: Operators;
  readonly outages = new Outages();
  readonly cloudAdmin: CloudAdmin;
  readonly happenings: Happenings;
  readonly trace: Trace;
  readonly #counts = new Counts();
  readonly #course: Course;
  readonly #startedAt: number;
  #faults: FaultSource;

  constructor(
    readonly scenario: Scenario,
    private readonly options: SimulationOptions = {},
  ) {
    const { seed } = scenario;
    this.clock = new SimClock(randomOf(seed, 'ties'));
    this.#startedAt = this.clock.now();
    this.trace = new Trace(this.clock, options.trace ?? false);
    this.peers = makePeers({
      clock: this.clock,
      random: randomOf(seed, 'peers'),
      clouds: scenario.clouds.map(sandboxCloud),
      pool: { leaseSeconds: LEASE_SECONDS },
      onDoom: (name) => this.invariants.doomed.add(name),
    });
    this.invariants = new Invariants(this.clock, this.peers);
    this.#faults = scenario.faults ? new ListedFaults(scenario.faults) : new RandomFaults(seed, scenario.rates);
    this.operators = new Operators({
      seed,
      clock: this.clock,
      peers: this.peers,
      trace: this.trace,
      settings: {
        lifecycle: { ...defaultLifecycleSettings, lostTimeout: LOST_TIMEOUT },
        cloudBusyInterval: scenario.busyIntervalSeconds * SECOND,
        joinPollInterval: scenario.busyIntervalSeconds * SECOND,
        ...options.settings,
      },
      wire: {
        begin: (site) => {
          const fault = this.#counts.call(site, (call) => this.#faults.faultOf(site, call));
          if (fault) this.trace.note('wire', `${site.name}: ${JSON.stringify(fault)}`);
          return fault;
        },
        after: (site) => this.invariants.afterCall(site),
        outage: (peer) => this.outages.of(peer),
        watching: (stream, fault) => {
          if (fault && 'ms' in fault) this.clock.after(fault.ms, () => stream.break(fault.kind));
        },
      },
      onCloud: (request) => this.invariants.beforeCloud(request),
      onScript: (script) => this.invariants.beforeScript(script),
      onError: (text) => this.invariants.fail('operator-error', text),
      elects: (scenario.replicas ?? 1) > 1,
      onTwoLeaders: (names) => this.invariants.fail('two-leaders', names),
    });
    this.cloudAdmin = new CloudAdmin(
      this.peers.openstack,
      () => cloudsSecret(this.peers.openstack).stringData['clouds.yaml'] ?? '',
      { clock: this.clock, random: randomOf(seed, 'cloud-admin') },
      (what, doing) => this.tell(what, doing),
    );
    this.happenings = new Happenings(this);
    this.#course = new Course(this, options.calmMost);
  }

  async run(): Promise<Outcome> {
    const onRejection = (error: unknown): void =>
      this.invariants.fail('operator-error', `unhandled: ${messageOf(error)}`);
    process.on('unhandledRejection', onRejection);
    try {
      return await this.#run();
    } finally {
      process.off('unhandledRejection', onRejection);
    }
  }

  async #run(): Promise<Outcome> {
    setTheStage(this);
    this.#expect();
    for (let i = 0; i < (this.scenario.replicas ?? 1); i++) this.operators.start();
    let nextSweep = this.#startedAt;
    await this.clock.runUntil(Infinity, () => {
      this.invariants.afterStep();
      if (this.clock.now() >= nextSweep) {
        nextSweep = this.clock.now() + (this.options.sweepEvery ?? SWEEP_EVERY);
        this.#course.look();
        this.options.onSweep?.(this, this.clock.now() - this.#startedAt);
      }
      return this.#course.phase === 'over' || this.invariants.violation !== undefined;
    });
    const { violation } = this.invariants;
    const simMs = this.clock.now() - this.#startedAt;
    if (violation) this.#tellAll(violation);
    this.operators.endAll();
    this.peers.end();
    return {
      violation: violation && { ...violation, atMs: simMs },
      simMs,
      counts: this.#counts,
      trace: this.trace.lines,
    };
  }

  /** What there is, beside what is wrong with it. */
  #tellAll({ invariant, message }: Violation): void {
    const { kube, openstack, pool } = this.peers;
    this.trace.note('VIOLATION', `${invariant}: ${message}`);
    for (const plural of ['ehosclouds', 'ehosmasters', 'ehosnodepools', 'ehosnodes'])
      for (const { kind, metadata, status } of kube.objects(plural))
        this.trace.note(
          'state',
          `${kind} ${metadata.name} ${metadata.deletionTimestamp ?? ''} ${JSON.stringify(status)}`,
        );
    for (const { name, status, taskState, tags } of openstack.servers())
      this.trace.note('state', `server ${name} ${status} ${taskState ?? ''} ${tags.join(' ')}`);
    for (const { spec, state, slots, draining } of pool.collector.startds.values())
      this.trace.note(
        'state',
        `startd ${spec.machine} ${state}, ${slots.size} jobs${draining ? `, draining: ${draining.reason ?? ''}` : ''}`,
      );
  }

  /** What will happen, until the storm is over. */
  #expect(): void {
    for (const happening of this.scenario.happenings)
      this.clock.after(happening.at, () => {
        if (this.#course.phase !== 'storm') return;
        this.trace.note('world', JSON.stringify(happening));
        this.#counts.happening(happening.kind);
        this.happenings.happen(happening);
      });
  }

  /** Nothing goes wrong by chance any more, and what was wrong is right. Listed faults are few, and meant. */
  heal(): void {
    if (!this.scenario.faults) this.#faults = noFaults;
    this.happenings.heal();
  }

  /** What somebody else does: told in the trace, and no error of it is one of ours. */
  tell(what: string, doing: Promise<unknown>): void {
    doing.then(
      () => this.trace.note('world', what),
      (error: unknown) => this.trace.note('world', `${what}: ${messageOf(error)}`),
    );
  }

  /** A second operator for a while, before it is killed. */
  secondOperator(): () => void {
    this.invariants.crowd = 2;
    const kill = this.operators.start(false);
    return () => {
      kill();
      this.clock.after(CROWD_LINGERS, () => (this.invariants.crowd = 1));
    };
  }
}
