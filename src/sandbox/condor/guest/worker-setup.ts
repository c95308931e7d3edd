/** From what cloud-init wrote on a guest to what its HTCondor will do: the startd's configuration and the way of its token. */
import { compileExpression } from '../pool/expression.ts';
import { parseExpression } from '../pool/expression-parser.ts';
import { Expression, plainAd, type AdValue } from '../pool/classad.ts';
import { CondorConfig } from './condor-config.ts';
import type { CloudInitPlan, WrittenFile } from './user-data.ts';

/** How `condor_token_request` is called by the join script. */
export interface TokenCall {
  identity: string;
  authorizations: string[] | undefined;
  /** Seconds. */
  lifetime: number | undefined;
}

export interface WorkerSetup {
  /** Address of the collector and the name that its certificate must show. */
  collector: { host: string; port: number; alias: string };
  caCertificate: string | undefined;
  credentials: { kind: 'Token'; token: string } | { kind: 'Request'; call: TokenCall };
  attributes: Record<string, AdValue>;
  start: string | undefined;
  updateIntervalSeconds: number;
  maxRetirementSeconds: number;
  /** NUM_CPUS, and MEMORY in MiB, where they are set. */
  cpus: number | undefined;
  memory: number | undefined;
  advertisesMaster: boolean;
}

/** Files in the order in which HTCondor reads them. */
const CONFIG_FILE = /^\/etc\/condor\/(?:condor_config(?:\.local)?$|config\.d\/)/;
const TOKEN_FILE = /^\/etc\/condor\/tokens\.d\/[^/]+$/;

/** The error says, in one line, why the guest will never join. */
export function workerSetup(plan: CloudInitPlan): WorkerSetup | { error: string } {
  const config = new CondorConfig();
  const files = plan.files.filter(({ path }) => CONFIG_FILE.test(path)).sort((a, b) => (a.path < b.path ? -1 : 1));
  if (files.length === 0) return { error: 'condor_master: no configuration for a worker in /etc/condor/config.d' };
  for (const { content } of files) config.read(content);

  const daemons = config.list('DAEMON_LIST');
  if (daemons.length > 0 && !daemons.includes('STARTD'))
    return { error: `condor_master: DAEMON_LIST is ${daemons.join(', ')}: no STARTD` };
  const collector = collectorOf(config);
  if (!collector)
    return {
      error: `condor_startd: COLLECTOR_HOST is not an address: ${config.get('COLLECTOR_HOST') ?? '(not defined)'}`,
    };
  const credentials = credentialsOf(plan);
  if (!credentials)
    return { error: 'condor_startd: no token in /etc/condor/tokens.d and no condor_token_request in the user data' };
  const caPath = config.get('AUTH_SSL_CLIENT_CAFILE');
  return {
    collector,
    caCertificate: plan.files.find(({ path }) => path === caPath)?.content,
    credentials,
    attributes: startdAttributes(config),
    start: config.get('START'),
    updateIntervalSeconds: number(config, 'UPDATE_INTERVAL') ?? 300,
    // HTCondor's default: a graceful drain kills at once (measured)
    maxRetirementSeconds: number(config, 'MAXJOBRETIREMENTTIME') ?? 0,
    cpus: number(config, 'NUM_CPUS'),
    memory: number(config, 'MEMORY'),
    advertisesMaster: daemons.length === 0 || daemons.includes('MASTER'),
  };
}

/** `host`, `host:port`, or `<host:port?alias=name>`. */
function collectorOf(config: CondorConfig): WorkerSetup['collector'] | undefined {
  const text = config.get('COLLECTOR_HOST') ?? config.get('CONDOR_HOST');
  const match = /^<?(\[[^\]]+\]|[^:?<>\s]+)(?::(\d+))?(?:\?([^>]*))?>?$/.exec(text ?? '');
  if (!match) return undefined;
  const [, host = '', port, parameters] = match;
  const alias = new URLSearchParams(parameters ?? '').get('alias') ?? host;
  return { host: host.replace(/^\[|\]$/g, ''), port: Number(port ?? 9618), alias };
}

function credentialsOf(plan: CloudInitPlan): WorkerSetup['credentials'] | undefined {
  const token = plan.files.find(({ path, content }) => TOKEN_FILE.test(path) && content.trim() !== '');
  if (token) return { kind: 'Token', token: token.content.trim() };
  for (const text of executed(plan)) {
    const call = findTokenCall(text);
    if (call) return { kind: 'Request', call };
  }
  return undefined;
}

/** Everything that is run: script parts, runcmd, and files that these call by their path. */
function executed(plan: CloudInitPlan): string[] {
  const direct = [...plan.scripts, ...plan.commands];
  const called = (file: WrittenFile): boolean => direct.some((text) => text.includes(file.path));
  return [...direct, ...plan.files.filter(called).map(({ content }) => content)];
}

/** Reads the options of a `condor_token_request` in a shell script; plain assignments before it are followed. */
function findTokenCall(script: string): TokenCall | undefined {
  const joined = script.replace(/\\\n/g, ' ');
  const call = /(?:^|[\s;&|(/"'])condor_token_request\s([^\n;&|]*)/m.exec(joined)?.[1];
  if (call === undefined) return undefined;
  const variables = new Map(
    [...joined.matchAll(/^\s*(?:export\s+|readonly\s+)?([A-Za-z_]\w*)=(?:"([^"]*)"|'([^']*)'|(\S*))/gm)].map(
      (match) => [match[1] ?? '', match[2] ?? match[3] ?? match[4] ?? ''],
    ),
  );
  const words = [...call.matchAll(/"([^"]*)"|'([^']*)'|(\S+)/g)].map((match) => match[1] ?? match[2] ?? match[3] ?? '');
  const expanded = words.map((word) => word.replace(/\$\{?(\w+)\}?/g, (_, name: string) => variables.get(name) ?? ''));
  const after = (option: string): string[] => expanded.filter((_, i) => expanded[i - 1] === option);
  const authorizations = after('-authz');
  return {
    identity: after('-identity')[0] ?? '',
    authorizations: authorizations.length > 0 ? authorizations : undefined,
    lifetime: after('-lifetime').map(Number)[0],
  };
}

function startdAttributes(config: CondorConfig): Record<string, AdValue> {
  const names = [...config.list('STARTD_ATTRS'), ...config.list('STARTD_EXPRS')];
  return Object.fromEntries(
    names.flatMap((name) => {
      const text = config.get(name);
      return text === undefined ? [] : [[name, literalOrExpression(text)]];
    }),
  );
}

function literalOrExpression(text: string): AdValue {
  try {
    const node = parseExpression(text);
    return node.kind === 'literal' && node.value !== undefined ? node.value : new Expression(text);
  } catch {
    return new Expression(text);
  }
}

function number(config: CondorConfig, name: string): number | undefined {
  const text = config.get(name);
  if (text === undefined) return undefined;
  try {
    const value = compileExpression(text)({ my: plainAd({}) });
    return typeof value === 'number' ? value : undefined;
  } catch {
    return undefined;
  }
}
