/** Replicas that contend for a Lease, on a clock that the test moves. */
import { ManualClock, type Clock } from '../../../src/base/clock.ts';
import { silentLog, type LogFields } from '../../../src/base/log.ts';
import { TimedGate } from '../../../src/base/write-gate.ts';
import { LeaderElection, type LeaderElectionOptions } from '../../../src/kube/leader-election.ts';
import { LeaseServer, LeaseWire } from './lease-server.ts';

export interface Replica {
  election: LeaderElection;
  gate: TimedGate;
  wire: LeaseWire;
  /** What happened to it, in order. */
  told: string[];
  warned: string[];
}

class ElectionStage {
  readonly clock = new ManualClock();
  readonly server = new LeaseServer();
  readonly #replicas: Replica[] = [];

  /** `skewMs`: how far its idea of the time of day is off. */
  replica(identity: string, options: Partial<LeaderElectionOptions> & { skewMs?: number } = {}): Replica {
    const { skewMs = 0, ...rest } = options;
    const { clock } = this;
    const wire = new LeaseWire(this.server);
    const wall: Clock = { now: () => clock.now() + skewMs, after: (ms, fn) => clock.after(ms, fn) };
    const gate = new TimedGate(clock);
    const told: string[] = [];
    const warned: string[] = [];
    const warn = (_: string, { reason }: LogFields = {}): void => void warned.push(String(reason));
    const log = { ...silentLog, warn };
    const election = new LeaderElection({
      client: wire,
      clock: wall,
      steady: clock,
      random: { next: () => 0.5 },
      log: { ...log, child: () => log },
      identity,
      namespace: 'ehos-system',
      name: 'ehos-operator',
      release: 'ehos',
      scope: undefined,
      gate,
      onElected: () => told.push('elected'),
      onLost: (reason) => told.push(`lost: ${reason}`),
      ...rest,
    });
    const made = { election, gate, wire, told, warned };
    this.#replicas.push(made);
    election.start();
    return made;
  }

  /** As SIGKILL: nothing of it is heard any more. */
  kill({ wire }: Replica): void {
    wire.silent = true;
    wire.deaf = true;
  }

  async pass(ms: number): Promise<void> {
    await this.clock.advance(ms);
  }

  async end(): Promise<void> {
    for (const { wire } of this.#replicas) wire.silent = false;
    const stopping = Promise.all(this.#replicas.map(async ({ election }) => await election.stop()));
    await this.pass(60_000);
    await stopping;
  }
}

/** The acts of the stage that is set, by short names. */
interface Acts {
  readonly server: LeaseServer;
  replica: ElectionStage['replica'];
  kill: ElectionStage['kill'];
  pass: ElectionStage['pass'];
}

/** To be called in a suite: each of its tests has a stage of its own. */
export function stageForEach(): Acts {
  let stage: ElectionStage;
  beforeEach(() => (stage = new ElectionStage()));
  afterEach(async () => await stage.end());
  return {
    get server() {
      return stage.server;
    },
    replica: (identity, options) => stage.replica(identity, options),
    kill: (one) => stage.kill(one),
    pass: async (ms) => await stage.pass(ms),
  };
}
