/** `ehos run`: the operator. */
import { Command, Option } from 'commander';
import type { LogLevel } from '../base/log.ts';
import { kubeconfigOption, LEASE_NAME } from './cluster.ts';
import { httpUrl, namespace, namespaces, objectName, whole } from './options.ts';

export interface RunCommandOptions {
  kubeconfig?: string;
  namespace?: string;
  namespaces?: string[];
  leaderElect?: boolean;
  leaseName: string;
  leaseNamespace?: string;
  release: string;
  identity?: string;
  logLevel: LogLevel;
  logFormat: 'json' | 'text';
  metricsHost: string;
  metricsPort: number;
  adminHost: string;
  adminPort: number;
  otlpEndpoint?: string;
  traceShare: number;
  cloudSyncInterval: number;
  nodeUpdateInterval: number;
  createConcurrency: number;
  orphanGrace: number;
  orphanBrakeNumber: number;
  orphanBrakeShare: number;
}

export function runCommand(): Command {
  return new Command('run')
    .description('Run the operator until SIGINT or SIGTERM.')
    .addOption(kubeconfigOption())
    .addOption(new Option('-n, --namespace <name>', 'serve this namespace only (default: all)').argParser(namespace))
    .addOption(
      new Option('--namespaces <names>', 'serve these namespaces only, with commas between')
        .argParser(namespaces)
        .conflicts('namespace'),
    )
    .addOption(new Option('--leader-elect', "act only while holding a Lease (default: with the pod's own account)"))
    .addOption(new Option('--no-leader-elect', 'act at once, whoever else does'))
    .addOption(
      new Option('--lease-name <name>', 'the Lease; installations see each other by this name')
        .argParser(objectName)
        .default(LEASE_NAME),
    )
    .addOption(
      new Option(
        '--lease-namespace <name>',
        "where it is (default: that of the pod, or of the kubeconfig's context)",
      ).argParser(namespace),
    )
    .addOption(
      new Option('--release <name>', 'of which installation this is a replica').argParser(objectName).default('ehos'),
    )
    .addOption(
      new Option(
        '--identity <name>',
        'this replica in the Lease, before a random suffix (default: the name of the host)',
      ).argParser(objectName),
    )
    .addOption(
      new Option('--log-level <level>', 'least level to log; PUT /loglevel changes it at run time')
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
    .addOption(
      new Option(
        '--admin-host <address>',
        'where /snapshot, /history and /loglevel listen, which have no login: reach it by kubectl port-forward',
      ).default('127.0.0.1'),
    )
    .addOption(whole('--admin-port <port>', 'their port; 0 takes a free one', [0, 65_535], 8081))
    .addOption(
      new Option('--otlp-endpoint <url>', 'where to send traces, by OTLP over HTTP (default: nowhere)')
        .argParser(httpUrl)
        .env('OTEL_EXPORTER_OTLP_ENDPOINT'),
    )
    .addOption(whole('--trace-share <percent>', 'of the traces are sent', [1, 100], 100))
    .addOption(whole('--cloud-sync-interval <seconds>', 'between two listings of a quiet cloud', [5, 3600], 60))
    .addOption(whole('--node-update-interval <seconds>', 'how often a node reports; Lost after three', [5, 3600], 60))
    .addOption(whole('--create-concurrency <n>', 'creates under way at a time in one cloud', [1, 64], 8))
    .addOption(
      whole(
        '--orphan-grace <seconds>',
        'how long a server must have had no record before it is taken back',
        [60, 86_400],
        600,
      ),
    )
    .addOption(whole('--orphan-brake-number <n>', 'so many orphans of a cloud may go at once', [0, 1000], 3))
    .addOption(whole('--orphan-brake-share <percent>', 'or such a share of our servers there', [0, 100], 10))
    .action(async (options: RunCommandOptions) => {
      // what the other commands need not wait for
      const { runOperator } = await import('./operator.ts');
      await runOperator(options);
    });
}
