/** The operator as a process: it runs until it is told to end. */
import { createLogger } from '../base/log.ts';
import { defaultOrphanSettings } from '../domain/orphans.ts';
import { findConfigSource } from '../kube/config.ts';
import { startOperator } from '../main.ts';
import type { RunCommandOptions } from './run.ts';

export async function runOperator(options: RunCommandOptions): Promise<void> {
  const log = createLogger({ level: options.logLevel, format: options.logFormat });
  const signalled = new Promise<void>((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => resolve());
  });
  const starting = startOperator({
    config: findConfigSource(options.kubeconfig, process.env),
    namespace: options.namespace,
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
  await signalled;
  log.info('stopping');
  await running.stop();
}
