/** The operator as a process: it runs until it is told to end, or must not go on. */
import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import { createLogger } from '../base/log.ts';
import { defaultOrphanSettings } from '../domain/orphans.ts';
import { findConfigSource, type ConfigSource } from '../kube/config.ts';
import { startOperator, type ElectionOptions } from '../main.ts';
import type { RunCommandOptions } from './run.ts';

/** EX_TEMPFAIL of sysexits.h: nothing is wrong with it, and a new process can go on. */
const LOST_LEADERSHIP = 75;

export async function runOperator(options: RunCommandOptions): Promise<void> {
  const log = createLogger({ level: options.logLevel, format: options.logFormat });
  const signalled = new Promise<void>((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => resolve());
  });
  const config = findConfigSource(options.kubeconfig, process.env);
  const election = electionOf(options, config);
  const starting = startOperator({
    config,
    instance: nameOf(options),
    namespaces: options.namespace === undefined ? options.namespaces : [options.namespace],
    ...(election && { election }),
    log,
    http: {
      metrics: { host: options.metricsHost, port: options.metricsPort },
      admin: { host: options.adminHost, port: options.adminPort },
      log,
    },
    traces:
      options.otlpEndpoint === undefined
        ? undefined
        : { endpoint: options.otlpEndpoint, share: options.traceShare / 100 },
    settings: {
      cloudSyncInterval: options.cloudSyncInterval * 1000,
      nodeUpdateInterval: options.nodeUpdateInterval,
      createConcurrency: options.createConcurrency,
      orphans: {
        ...defaultOrphanSettings,
        grace: options.orphanGrace * 1000,
        brakeNumber: options.orphanBrakeNumber,
        brakeShare: options.orphanBrakeShare / 100,
      },
    },
  });
  const running = await Promise.race([starting, signalled]);
  // it has done nothing yet, and may wait for the API for long; as process 1 of a container nothing else would end it
  if (!running) process.exit(0);
  const lost = await Promise.race([running.lost, signalled]);
  // at once: what is still being written ends with its connections, and nothing else can begin
  if (lost !== undefined) process.exit(LOST_LEADERSHIP);
  log.info('stopping');
  await running.stop();
}

/** Where it runs as a pod there may be others; whoever starts it by hand says so himself. */
function electionOf(options: RunCommandOptions, config: ConfigSource): ElectionOptions | undefined {
  if (!(options.leaderElect ?? 'inCluster' in config)) return undefined;
  const { leaseNamespace: namespace, leaseName: name, release } = options;
  return { namespace, name, release, identity: `${nameOf(options)}_${randomUUID().slice(0, 8)}` };
}

/** Of this replica; a pod's host has the name of the pod. */
function nameOf({ identity = hostname() }: RunCommandOptions): string {
  return identity;
}
