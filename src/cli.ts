#!/usr/bin/env node
/** The `ehos` command. */
import { Command, InvalidArgumentError, Option } from 'commander';
import { EhosError, messageOf } from './base/errors.ts';
import { createLogger, type LogLevel } from './base/log.ts';
import { findConfigSource } from './kube/config.ts';
import { startOperator } from './main.ts';
import { VERSION } from './version.ts';

interface CommonOptions {
  logLevel: LogLevel;
  logFormat: 'json' | 'text';
}

interface RunCommandOptions extends CommonOptions {
  kubeconfig?: string;
  namespace?: string;
  metricsHost: string;
  metricsPort: number;
  cloudSyncInterval: number;
  nodeUpdateInterval: number;
  createConcurrency: number;
}

interface DemoCommandOptions {
  keep?: boolean;
  seed: number;
  jobs: number;
  port: number;
  verbose?: boolean;
}

/** A parser for whole numbers within bounds, for commander. */
function whole(from: number, to: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (Number.isInteger(value) && value >= from && value <= to) return value;
    throw new InvalidArgumentError(`it must be a whole number from ${from} to ${to}.`);
  };
}

const program = new Command('ehos')
  .description('EHOS: turns queued HTCondor jobs into OpenStack servers, and idle servers back into nothing.')
  .version(VERSION)
  .showHelpAfterError();

program
  .command('run')
  .description('Run the operator until SIGINT or SIGTERM.')
  .addOption(new Option('--kubeconfig <file>', "which cluster; else KUBECONFIG, the pod's own account, ~/.kube/config"))
  .addOption(new Option('-n, --namespace <name>', 'serve this namespace only (default: all)'))
  .addOption(
    new Option('--log-level <level>', 'least level to log')
      .choices(['debug', 'info', 'warn', 'error'])
      .default('info')
      .env('EHOS_LOG_LEVEL'),
  )
  .addOption(
    new Option('--log-format <format>', 'form of log lines')
      .choices(['json', 'text'])
      .default('json')
      .env('EHOS_LOG_FORMAT'),
  )
  .addOption(new Option('--metrics-host <address>', 'where /healthz, /readyz and /metrics listen').default('0.0.0.0'))
  .addOption(
    new Option('--metrics-port <port>', 'their port; 0 takes a free one').default(8080).argParser(whole(0, 65535)),
  )
  .addOption(
    new Option('--cloud-sync-interval <seconds>', 'between two listings of a quiet cloud')
      .default(60)
      .argParser(whole(5, 3600)),
  )
  .addOption(
    new Option('--node-update-interval <seconds>', 'how often a node reports; it is Lost after three')
      .default(60)
      .argParser(whole(5, 3600)),
  )
  .addOption(
    new Option('--create-concurrency <n>', 'creates under way at a time in one cloud')
      .default(8)
      .argParser(whole(1, 64)),
  )
  .action(async (options: RunCommandOptions) => await runOperator(options));

program
  .command('demo')
  .description('Show the whole loop on this machine, against the embedded sandbox (no real cloud, no real HTCondor).')
  .option('--keep', 'stay up afterwards, and print the KUBECONFIG to use')
  .addOption(new Option('--seed <n>', 'seed of everything random').default(1).argParser(whole(0, 2 ** 31)))
  .addOption(new Option('--jobs <n>', 'jobs to queue').default(60).argParser(whole(1, 100_000)))
  .addOption(
    new Option('--port <port>', "port of the sandbox's Kubernetes API; 0 takes a free one")
      .default(0)
      .argParser(whole(0, 65535)),
  )
  .option('--verbose', "show the operator's log as well")
  .action(async (options: DemoCommandOptions) => {
    // the sandbox is a bundle of its own, absent from the image
    const { runDemo } = await import('./sandbox/demo/demo.ts');
    process.exitCode = await runDemo(
      { ...options, keep: options.keep ?? false, verbose: options.verbose ?? false },
      startOperator,
    );
  });

async function runOperator(options: RunCommandOptions): Promise<void> {
  const log = createLogger({ level: options.logLevel, format: options.logFormat });
  const running = await startOperator({
    config: findConfigSource(options.kubeconfig, process.env),
    namespace: options.namespace,
    log,
    http: { host: options.metricsHost, port: options.metricsPort },
    settings: {
      cloudSyncInterval: options.cloudSyncInterval * 1000,
      nodeUpdateInterval: options.nodeUpdateInterval,
      createConcurrency: options.createConcurrency,
    },
  });
  await new Promise<void>((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => resolve());
  });
  log.info('stopping');
  await running.stop();
}

try {
  await program.parseAsync();
} catch (error) {
  // what the user can mend is a sentence; anything else is a fault of ours and shows where
  process.stderr.write(
    error instanceof EhosError
      ? `ehos: ${messageOf(error)}\n`
      : `ehos: ${error instanceof Error ? (error.stack ?? '') : String(error)}\n`,
  );
  process.exitCode = 1;
}
