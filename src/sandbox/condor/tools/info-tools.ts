/** condor_version(1), condor_config_val(1), condor_ping(1), and the few standard commands that the operator uses. */
import { CONDOR_PLATFORM, CONDOR_VERSION, VERSION } from '../pool/version.ts';
import type { CondorPool } from '../pool/pool.ts';
import { failed, hang, ok, pause, type Tool } from './tool.ts';
import { identityOf } from './token-tools.ts';

export const condorVersion: Tool = (_argv, { version }) =>
  ok(`${version === undefined ? CONDOR_VERSION : CONDOR_VERSION.replaceAll(VERSION, version)}\n${CONDOR_PLATFORM}\n`);

/** Where a collector of Debian's package keeps the certificates that it makes at its first start. */
const FILES: Readonly<Record<string, (pool: CondorPool) => string>> = {
  '/etc/condor/trust_domain_ca.pem': ({ settings }) => settings.certificates.authority,
  '/etc/condor/hostcert.pem': ({ settings }) => settings.certificates.server,
};

const VARIABLES: Readonly<Record<string, (pool: CondorPool) => string | number>> = {
  AUTH_SSL_SERVER_CERTFILE: () => '/etc/condor/hostcert.pem',
  CLASSAD_LIFETIME: ({ settings }) => settings.adLifetimeSeconds,
  COLLECTOR_HOST: ({ settings }) => `${settings.collector.host}:${settings.collector.port}`,
  CONDOR_HOST: ({ settings }) => settings.collector.host,
  FULL_HOSTNAME: ({ settings }) => settings.hostname,
  HOSTNAME: ({ settings }) => settings.hostname.split('.')[0] ?? '',
  JOB_DEFAULT_LEASE_DURATION: ({ settings }) => settings.leaseSeconds,
  LOCAL_DIR: () => '/var',
  NEGOTIATOR_INTERVAL: ({ settings }) => settings.negotiatorIntervalSeconds,
  TRUST_DOMAIN: ({ settings }) => settings.trustDomain,
  TRUST_DOMAIN_CAFILE: () => '/etc/condor/trust_domain_ca.pem',
  UID_DOMAIN: ({ settings }) => settings.trustDomain,
};

/** Values go to standard output, what is not defined to standard error; rc 1 if anything is not (measured). */
export const condorConfigVal: Tool = (argv, { pool }) => {
  const names = argv.filter((word) => !word.startsWith('-'));
  const limits = new Map(
    Object.entries(pool.settings.concurrencyLimits).map(([name, limit]) => [`${name.toUpperCase()}_LIMIT`, limit]),
  );
  const values = names.map((name) => {
    const upper = name.toUpperCase();
    return { name, value: limits.get(upper) ?? VARIABLES[upper]?.(pool) };
  });
  const missing = values.filter(({ value }) => value === undefined);
  return {
    code: missing.length > 0 ? 1 : 0,
    stdout: values.flatMap(({ value }) => (value === undefined ? [] : [`${value}\n`])).join(''),
    stderr: missing.map(({ name }) => `Not defined: ${name}\n`).join(''),
  };
};

export const condorPing: Tool = (argv, context) => {
  const { pool, account } = context;
  if (pool.collectorState === 'Down') return failed('ADMINISTRATOR failed!\nSECMAN:2011:Connection closed.\n');
  if (pool.collectorState === 'Hung') return hang(context);
  const instruction = argv.at(-1) ?? 'READ';
  const identity = identityOf(context);
  // on standard output, unlike the errors of other tools (seen on 23.9.6)
  if (instruction === 'ADMINISTRATOR' && !account.administrator) {
    const stdout = `${instruction} failed!\nSECMAN:2010:Received "DENIED" from server for user ${identity} using method FS.\n`;
    return { code: 1, stdout, stderr: '' };
  }
  if (!argv.includes('-verbose'))
    return ok(`${instruction} command using (AES, AES, and FS) succeeded as ${identity} to local collector.\n`);
  const facts = {
    Destination: 'local collector',
    'Remote Version': CONDOR_VERSION,
    'Local  Version': CONDOR_VERSION,
    Instruction: instruction,
    Encryption: 'AES',
    Integrity: 'AES',
    'Authenticated using': 'FS',
    'All authentication methods': 'FS,TOKEN,SSL',
    'Remote Mapping': identity,
    Authorized: 'TRUE',
  };
  return ok(
    `${Object.entries(facts)
      .map(([name, value]) => `${`${name}:`.padEnd(28)} ${value}\n`)
      .join('')}\n`,
  );
};

export const cat: Tool = async (argv, { pool, noCondor }, stdin) => {
  if (argv.length === 0) return ok(await stdin());
  const read = argv.map((path) => ({ path, content: noCondor ? undefined : FILES[path]?.(pool) }));
  const missing = read.filter(({ content }) => content === undefined);
  return {
    code: missing.length > 0 ? 1 : 0,
    stdout: read.map(({ content }) => content ?? '').join(''),
    stderr: missing.map(({ path }) => `cat: ${path}: No such file or directory\n`).join(''),
  };
};

/** Formats of strftime that anybody asks for here. */
export const date: Tool = (argv, { pool }) => {
  const now = pool.clock.now();
  return ok(argv[0] === '+%s' ? `${Math.floor(now / 1000)}\n` : `${new Date(now).toUTCString()}\n`);
};

/** Of printf only the escapes for line breaks. */
export const printf: Tool = (argv) => ok((argv[0] ?? '').replaceAll('\\n', '\n'));

export const sleep: Tool = async (argv, context) =>
  (await pause(context, Number(argv[0]) * 1000)) ? ok('') : failed('', 143);

export const echo: Tool = (argv) => ok(`${argv.join(' ')}\n`);
