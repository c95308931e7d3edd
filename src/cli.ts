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

/** An option that takes a whole number within bounds, which its help names. */
function whole(flags: string, description: string, [from, to]: readonly [number, number], standard: number): Option {
  return new Option(flags, `${description} (${from} to ${to})`).default(standard).argParser((text) => {
    const value = Number(text);
    if (/^\d+$/.test(text) && value >= from && value <= to) return value;
    throw new InvalidArgumentError(`It must be a whole number from ${from} to ${to}.`);
  });
}

/** An empty name would mean all namespaces. */
function namespace(text: string): string {
  if (/^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/.test(text)) return text;
  throw new InvalidArgumentError('It must be the name of a namespace: small letters, digits and dashes, 63 at most.');
}

const program = new Command('ehos')
  .description('EHOS: turns queued HTCondor jobs into OpenStack servers, and idle servers back into nothing.')
  .version(VERSION)
  .showHelpAfterError();

program
  .command('run')
  .description('Run the operator until SIGINT or SIGTERM.')
  .addOption(new Option('--kubeconfig <file>', "which cluster; else KUBECONFIG, the pod's own account, ~/.kube/config"))
  .addOption(new Option('-n, --namespace <name>', 'serve this namespace only (default: all)').argParser(namespace))
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
  .addOption(whole('--metrics-port <port>', 'their port; 0 takes a free one', [0, 65_535], 8080))
  .addOption(whole('--cloud-sync-interval <seconds>', 'between two listings of a quiet cloud', [5, 3600], 60))
  .addOption(whole('--node-update-interval <seconds>', 'how often a node reports; Lost after three', [5, 3600], 60))
  .addOption(whole('--create-concurrency <n>', 'creates under way at a time in one cloud', [1, 64], 8))
  .action(async (options: RunCommandOptions) => await runOperator(options));

program
  .command('demo')
  .description('Show the whole loop on this machine, against the embedded sandbox (no real cloud, no real HTCondor).')
  .option('--keep', 'stay up afterwards, and print the KUBECONFIG to use')
  .addOption(whole('--seed <n>', 'seed of everything random', [0, 2 ** 31], 1))
  .addOption(whole('--jobs <n>', 'jobs to queue', [1, 100_000], 60))
  .addOption(whole('--port <port>', "port of the sandbox's Kubernetes API; 0 takes a free one", [0, 65_535], 0))
  .option('--verbose', "show the operator's log as well")
  .action(async (options: DemoCommandOptions) => {
    const { runDemo } = await loadDemo();
    const { keep = false, verbose = false } = options;
    process.exitCode = await runDemo({ ...options, keep, verbose }, startOperator);
  });

/** The sandbox is a bundle of its own, absent from the image. */
async function loadDemo(): Promise<typeof import('./sandbox/demo/demo.ts')> {
  try {
    return await import('./sandbox/demo/demo.ts');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ERR_MODULE_NOT_FOUND') throw error;
    throw new EhosError(
      'Invalid',
      'demo: the sandbox is not installed here; use a checkout of the project: make demo',
      {
        cause: error,
      },
    );
  }
}

async function runOperator(options: RunCommandOptions): Promise<void> {
  const log = createLogger({ level: options.logLevel, format: options.logFormat });
  const signalled = new Promise<void>((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => resolve());
  });
  const starting = startOperator({
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
  const running = await Promise.race([starting, signalled]);
  // it has done nothing yet, and may wait for the API for long; as process 1 of a container nothing else would end it
  if (!running) process.exit(0);
  await signalled;
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
