/** Wiring only: builds the parts from their configuration, starts and stops them. */
import { steadyClock, systemClock, type Clock } from './base/clock.ts';
import { EhosError } from './base/errors.ts';
import { keepHeapSmall } from './base/heap.ts';
import type { AdjustableLog, Log } from './base/log.ts';
import { systemRandom, type Random } from './base/random.ts';
import { SpanTracer } from './base/tracer.ts';
import { TimedGate, type WriteGate } from './base/write-gate.ts';
import { OpenStackBackend } from './cloud/openstack.ts';
import { CondorMasterClient } from './condor/client.ts';
import type { Factories, Settings } from './controllers/context.ts';
import { Meters } from './controllers/meters.ts';
import { Operator } from './controllers/operator.ts';
import type { Readiness } from './controllers/readiness.ts';
import { RestKubeClient } from './kube/client.ts';
import { clusterAccess, type ClusterAccess, type ConfigSource } from './kube/config.ts';
import { DEFAULT_TIMES, LeaderElection } from './kube/leader-election.ts';
import { OtlpExporter } from './server/otlp.ts';
import { startServers, type Addresses, type RunningServers } from './server/servers.ts';
import { SshConnection } from './ssh/connection.ts';
import { VERSION } from './version.ts';

export interface RunOptions {
  /** Which cluster, and as whom. */
  config: ConfigSource;
  /** Which of several replicas this is, told in events: the name of the pod. */
  instance?: string;
  /** Only these namespaces; undefined: all. */
  namespaces: readonly string[] | undefined;
  /** Replicas agree on one that acts; absent: this one is alone. */
  election?: ElectionOptions;
  log: Log;
  /** Where to serve health and metrics, and what an admin asks; undefined: nowhere. */
  http: (Addresses & { log: AdjustableLog }) | undefined;
  /** Where to send traces, and which share of them; undefined: nowhere. */
  traces?: { endpoint: string; share: number } | undefined;
  settings?: Partial<Settings>;
  /** For tests and the sandbox; the system's own otherwise. */
  clock?: Clock;
  random?: Random;
}

export interface ElectionOptions {
  /** Where the Lease is; undefined: in the namespace of the pod's account, or of the kubeconfig's context. */
  namespace: string | undefined;
  name: string;
  /** Name of the installation: another one that serves the same namespaces does not act beside it. */
  release: string;
  /** Of this process alone. */
  identity: string;
}

export interface RunningOperator {
  operator: Operator;
  client: RestKubeClient;
  http: RunningServers | undefined;
  readiness(): Readiness;
  /** Resolves with the reason when it led and must not any more: nothing is sent from then on, and only a new process can go on. */
  lost: Promise<string>;
  /** Ends it in order; who leads lets the next one begin at once. */
  stop(): Promise<void>;
}

/** Resolves when all resources were listed. One that is alone acts from then on, the others when they are elected. */
export async function startOperator(options: RunOptions): Promise<RunningOperator> {
  const { log, clock = systemClock, random = systemRandom } = options;
  const access = clusterAccess(options.config, clock);
  const steady = options.clock ?? steadyClock;
  const gate = options.election && new TimedGate(steady);
  const exporter = options.traces && new OtlpExporter({ endpoint: options.traces.endpoint, clock, log });
  const { share = 0 } = options.traces ?? {};
  const meters = new Meters(
    exporter && new SpanTracer({ clock, random: systemRandom, share, onEnd: (span) => exporter.add(span) }),
  );
  const client = new RestKubeClient({
    access,
    clock,
    random,
    log,
    userAgent: USER_AGENT,
    gate,
    meter: meters.kubernetes,
  });
  const operator = new Operator({
    client,
    clock,
    random,
    log,
    instance: options.instance,
    namespaces: options.namespaces,
    factories: factories({ clock, random, log, gate, meters }),
    meters,
    settings: options.settings ?? {},
  });
  const campaign = gate && startable(options, { access, steady, gate, operator });
  const readiness = (): Readiness => readinessOf(operator, campaign?.election);
  const http = options.http && (await startServers(options.http, { ...options.http, operator, readiness, clock }));
  const stop = async (): Promise<void> => {
    // the Lease is let go when nothing is under way any more
    await operator.stop();
    await campaign?.stop();
    await http?.close();
    await exporter?.stop();
    await client.close();
  };
  try {
    await operator.prepare();
    // not before: while it grows to what it needs, each full collection would be in vain
    keepHeapSmall();
    if (campaign) campaign.election.start();
    else operator.lead();
  } catch (error) {
    await stop();
    throw error;
  }
  const lost = campaign?.lost ?? new Promise<string>(() => undefined);
  return { operator, client, http, readiness, lost, stop };
}

const USER_AGENT = `ehos-operator/${VERSION}`;

interface Campaign {
  election: LeaderElection;
  lost: Promise<string>;
  stop(): Promise<void>;
}

/** An election that makes the operator act when it is won, and ends it when the Lease is lost. */
function startable(
  options: RunOptions & { election?: ElectionOptions },
  parts: { access: ClusterAccess; steady: Clock; gate: TimedGate; operator: Operator },
): Campaign | undefined {
  const { log, clock = systemClock, random = systemRandom, election: wanted, namespaces } = options;
  const { access, steady, gate, operator } = parts;
  if (!wanted) return undefined;
  const timeoutMs = DEFAULT_TIMES.renewDeadlineMs / 2;
  const client = new RestKubeClient({ access, clock, random, log, userAgent: USER_AGENT, timeoutMs });
  let lose: (reason: string) => void = () => undefined;
  const lost = new Promise<string>((resolve) => (lose = resolve));
  const election = new LeaderElection({
    ...wanted,
    ...{ client, clock, steady, random, log, gate },
    scope: namespaces,
    namespace: wanted.namespace ?? access.namespace ?? noNamespace(),
    onElected: () => {
      operator.takeOver().catch((error: unknown) => log.warn('elected, and ended before it began', { error }));
    },
    onLost: (reason) => {
      log.error('leadership was lost: nothing is done any more', { reason });
      operator.stop().catch((error: unknown) => log.error('the operator did not end in order', { error }));
      lose(reason);
    },
  });
  const stop = async (): Promise<void> => {
    await election.stop();
    await client.close();
  };
  return { election, lost, stop };
}

function noNamespace(): never {
  const message =
    '--lease-namespace: the kubeconfig names no namespace: say where the Lease is to be, or give --no-leader-elect';
  throw new EhosError('Invalid', message, { field: 'lease-namespace' });
}

function readinessOf(operator: Operator, election: LeaderElection | undefined): Readiness {
  const missing = operator.missing();
  const role = !election ? 'alone' : operator.leads ? 'leader' : 'standby';
  if (missing.length === 0 && role === 'standby' && election?.problem !== undefined) missing.push(election.problem);
  return { ready: missing.length === 0 && (role !== 'alone' || operator.leads), role, missing };
}

interface FactoryParts {
  clock: Clock;
  random: Random;
  log: Log;
  gate: WriteGate | undefined;
  meters: Meters;
}

/** Real clouds and masters. */
function factories({ clock, random, log, gate, meters }: FactoryParts): Factories {
  return {
    cloud: ({ cloudsYaml, cloudName, cacert, region, clusterUid }, name) =>
      new OpenStackBackend({
        cloudsYaml,
        cloudName,
        ...(cacert === undefined ? {} : { cacert }),
        ...(region === undefined ? {} : { region }),
        clusterUid,
        clock,
        random,
        log: log.child({ cloud: name }),
        gate,
        meter: meters.cloud(name),
      }),
    master: ({ host, port, user, privateKey, hostKeys }, name) => {
      const source =
        'publicKey' in hostKeys
          ? ({ kind: 'HostKey', line: hostKeys.publicKey } as const)
          : ({ kind: 'KnownHosts', text: hostKeys.knownHosts } as const);
      const shell = new SshConnection(
        { host, port, user, privateKey, hostKeys: source },
        // shorter than the controller's longest pause, so that each of its tries really is one
        { clock, random, log: log.child({ master: name }), settings: { maxBackoffMs: 30_000 }, gate },
      );
      return new CondorMasterClient(shell, { clock, meter: meters.master(name) });
    },
  };
}
