/** Wiring only: builds the parts from their configuration, starts and stops them. */
import { systemClock, type Clock } from './base/clock.ts';
import { keepHeapSmall } from './base/heap.ts';
import type { AdjustableLog, Log } from './base/log.ts';
import { systemRandom, type Random } from './base/random.ts';
import { SpanTracer } from './base/tracer.ts';
import { OpenStackBackend } from './cloud/openstack.ts';
import { CondorMasterClient } from './condor/client.ts';
import type { Factories, Settings } from './controllers/context.ts';
import { Meters } from './controllers/meters.ts';
import { Operator } from './controllers/operator.ts';
import type { Readiness } from './controllers/readiness.ts';
import { RestKubeClient } from './kube/client.ts';
import { clusterAccess, type ConfigSource } from './kube/config.ts';
import { OtlpExporter } from './server/otlp.ts';
import { startServers, type Addresses, type RunningServers } from './server/servers.ts';
import { SshConnection } from './ssh/connection.ts';
import { VERSION } from './version.ts';

export interface RunOptions {
  /** Which cluster, and as whom. */
  config: ConfigSource;
  /** Only this namespace; undefined: all. */
  namespace: string | undefined;
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

export interface RunningOperator {
  operator: Operator;
  client: RestKubeClient;
  http: RunningServers | undefined;
  stop(): Promise<void>;
}

export async function startOperator(options: RunOptions): Promise<RunningOperator> {
  const { log, clock = systemClock, random = systemRandom } = options;
  const access = clusterAccess(options.config, clock);
  const exporter = options.traces && new OtlpExporter({ endpoint: options.traces.endpoint, clock, log });
  const { share = 0 } = options.traces ?? {};
  const meters = new Meters(
    exporter && new SpanTracer({ clock, random: systemRandom, share, onEnd: (span) => exporter.add(span) }),
  );
  const userAgent = `ehos-operator/${VERSION}`;
  const client = new RestKubeClient({ access, clock, random, log, userAgent, meter: meters.kubernetes });
  const operator = new Operator({
    client,
    clock,
    random,
    log,
    namespace: options.namespace,
    factories: factories(clock, random, log, meters),
    meters,
    settings: options.settings ?? {},
  });
  const readiness = (): Readiness => {
    const missing = operator.missing();
    return { ready: operator.leads && missing.length === 0, role: 'alone', missing };
  };
  const http = options.http && (await startServers(options.http, { ...options.http, operator, readiness, clock }));
  const stop = async (): Promise<void> => {
    await operator.stop();
    await http?.close();
    await exporter?.stop();
    await client.close();
  };
  try {
    await operator.start();
    // not before: while it grows to what it needs, each full collection would be in vain
    keepHeapSmall();
  } catch (error) {
    await stop();
    throw error;
  }
  return { operator, client, http, stop };
}

/** Real clouds and masters. */
function factories(clock: Clock, random: Random, log: Log, meters: Meters): Factories {
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
        { clock, random, log: log.child({ master: name }), settings: { maxBackoffMs: 30_000 } },
      );
      return new CondorMasterClient(shell, { clock, meter: meters.master(name) });
    },
  };
}
