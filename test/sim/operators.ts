/** The processes of the operator: the real one, on the simulated machine. It is started again whenever it has ended. */
import { messageOf } from '../../src/base/errors.ts';
import type { RemoteShell } from '../../src/base/remote-shell.ts';
import { TimedGate } from '../../src/base/write-gate.ts';
import { OpenStackBackend } from '../../src/cloud/openstack.ts';
import { CondorMasterClient } from '../../src/condor/client.ts';
import type { Factories, Settings } from '../../src/controllers/context.ts';
import { Operator } from '../../src/controllers/operator.ts';
import { RestKubeClient, type RestKubeClientOptions } from '../../src/kube/client.ts';
import { LeaderElection } from '../../src/kube/leader-election.ts';
import type { HttpRequest } from '../../src/openstack/http.ts';
import type { SimClock } from './clock.ts';
import { SimCloudTransport } from './peers/cloud-transport.ts';
import { SimCondorShell } from './peers/condor-shell.ts';
import { SimKubeTransport } from './peers/kube-transport.ts';
import { Wire, type WireObserver } from './peers/wire.ts';
import type { Peers } from './peers/world.ts';
import { Process, ProcessClock } from './process.ts';
import { randomOf } from './seeds.ts';
import type { Trace } from './trace.ts';

export interface OperatorsOptions {
  seed: number;
  clock: SimClock;
  peers: Peers;
  trace: Trace;
  wire: Omit<WireObserver, 'crash'>;
  settings: Partial<Settings>;
  /** Told of what is about to be done in the operator's name. */
  onCloud: (request: HttpRequest) => void;
  onScript: (script: string) => void;
  /** The operator itself says that something is wrong with it. */
  onError: (text: string) => void;
  /** They elect a leader; otherwise each acts. */
  elects: boolean;
  onTwoLeaders: (names: string) => void;
}

/** A container that ends is started again after so long at first, ms (kubelet: 10 s, doubled up to 5 min; a new pod at once). */
const RESTART_MS = 5_000;
/** A pod that is told to end and does not is killed after this, ms. */
const GRACE_MS = 30_000;

interface Running {
  process: Process;
  operator: Operator;
  client: RestKubeClient;
  gate: TimedGate | undefined;
  election: LeaderElection | undefined;
  /** Another is started when it ends. */
  supervised: boolean;
}

export class Operators {
  /** How far the machine's clock is off. */
  readonly machine = { offsetMs: 0 };
  starts = 0;
  readonly #options: OperatorsOptions;
  readonly #running = new Set<Running>();

  constructor(options: OperatorsOptions) {
    this.#options = options;
  }

  get count(): number {
    return this.#running.size;
  }

  /** The ones that run, oldest first. */
  all(): readonly Operator[] {
    return [...this.#running].map(({ operator }) => operator);
  }

  /** One more; the returned function kills this one. */
  start(supervised = true): () => void {
    const { seed, clock, peers, trace, settings, onCloud, onScript, onError, onTwoLeaders } = this.#options;
    const name = `op-${++this.starts}`;
    const process = new Process(name);
    const random = randomOf(seed, 'operator', this.starts);
    const wire = new Wire(clock, randomOf(seed, 'wire', this.starts), process, {
      ...this.#options.wire,
      crash: (dying, site, { when, restartAfterMs }) => {
        trace.note(name, `dies ${when} ${site.name}`);
        this.#end(dying, restartAfterMs);
      },
    });
    const own = new ProcessClock(clock, process, this.machine);
    const log = trace.log(name, onError);
    const common = { clock: own, random, log, userAgent: 'ehos-operator/sim' };
    const connect = (more: Partial<RestKubeClientOptions>): RestKubeClient =>
      new RestKubeClient({ ...common, ...more, access: { transport: new SimKubeTransport(peers.kube, wire) } });
    const steady = { now: () => clock.now(), after: (ms: number, fn: () => void) => own.after(ms, fn) };
    const gate = this.#options.elects ? new TimedGate(steady) : undefined;
    const behind = gate && { gate };
    const client = connect({ ...behind });
    const factories: Factories = {
      cloud: ({ cloudsYaml, cloudName, cacert, region, clusterUid }) =>
        new OpenStackBackend({
          ...{ cloudsYaml, cloudName, cacert, region, clusterUid },
          ...{ clock: own, random, transport: new SimCloudTransport(peers.openstack, wire, onCloud), ...behind },
        }),
      master: () =>
        new CondorMasterClient(gatedShell(new SimCondorShell(peers.pool, wire, onScript), gate), { clock: own }),
    };
    const operator = new Operator({ client, clock: own, random, log, factories, settings });
    const ends = (why: string): void => {
      trace.note(name, `ends: ${why}`);
      this.#end(process, RESTART_MS);
    };
    const election =
      gate &&
      new LeaderElection({
        ...{ ...common, steady, gate, client: connect({ timeoutMs: 5_000 }), identity: name, scope: undefined },
        ...{ namespace: 'default', name: 'ehos-operator', release: 'ehos' },
        onElected: () => {
          trace.note(name, 'leads');
          const leaders = [...this.#running].filter((one) => one.gate?.isOpen);
          if (leaders.length > 1) onTwoLeaders(leaders.map((one) => one.process.name).join(', '));
          operator.takeOver().catch((error: unknown) => trace.note(name, `began nothing: ${messageOf(error)}`));
        },
        // main() ends at once, too
        onLost: ends,
      });
    this.#running.add({ process, operator, client, gate, election, supervised });
    trace.note(name, 'starts');
    const started = election ? operator.prepare().then(() => election.start()) : operator.start();
    started.catch((error: unknown) => {
      // main() says so and ends, too
      if (process.alive) ends(messageOf(error));
    });
    return () => this.#end(process, RESTART_MS);
  }

  /** Ends the supervised one as kubelet does: it may finish what it does, and is killed if that takes too long. */
  stop(): void {
    const { clock, trace } = this.#options;
    const running = [...this.#running].find(({ supervised }) => supervised);
    if (!running) return;
    const { process, operator, client, election } = running;
    trace.note(process.name, 'is told to end');
    const end = (): void => this.#end(process, 0);
    clock.after(GRACE_MS, end);
    operator
      .stop()
      .then(async () => await election?.stop())
      .then(async () => await client.close())
      .then(end, end);
  }

  /** Kills the supervised one. */
  crash(): void {
    const running = [...this.#running].find(({ supervised }) => supervised);
    if (running) this.#end(running.process, RESTART_MS);
  }

  /** Nothing runs any more, and nothing is started. */
  endAll(): void {
    for (const running of [...this.#running]) {
      running.supervised = false;
      this.#end(running.process, 0);
    }
  }

  #end(process: Process, restartAfterMs: number): void {
    const running = [...this.#running].find((one) => one.process === process);
    if (!running) return;
    this.#running.delete(running);
    process.end();
    if (running.supervised) this.#options.clock.after(restartAfterMs, () => this.start());
  }
}

/** As SshConnection does it. */
function gatedShell(shell: RemoteShell, gate: TimedGate | undefined): RemoteShell {
  if (!gate) return shell;
  return {
    run: async (command, options) => {
      gate.pass('a command');
      return await shell.run(command, options);
    },
    close: () => shell.close(),
  };
}
