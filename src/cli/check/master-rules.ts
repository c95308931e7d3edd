/** What docs/preparing-a-master.md asks of a master, as rules over its answers; "part" is the number of a line's comment there. */
import { methodOf } from '../../controllers/master-controller.ts';
import type { EhosMaster } from '../../api/resources.ts';
import { formatDuration, parseDuration } from '../../base/duration.ts';
import type { MasterFacts } from '../../condor/master.ts';
import type { Findings } from './line.ts';

/** Values that are looked at; one that is not defined has HTCondor's default. */
export const VARIABLES = [
  'AUTH_SSL_SERVER_CERTFILE',
  'SEC_DEFAULT_AUTHENTICATION_METHODS',
  'SEC_TOKEN_REQUEST_LIMITS',
  'SEC_ISSUED_TOKEN_EXPIRATION',
  'SEC_ENABLE_REMOTE_ADMINISTRATION',
  'ALLOW_ADVERTISE_STARTD',
  'ALLOW_ADVERTISE_MASTER',
  'JOB_DEFAULT_LEASE_DURATION',
] as const;

/** Levels of authorization at the collector, and what the operator does with each. */
export const PERMISSIONS = [
  { level: 'READ', for: 'reads the pool', part: 'ALLOW_READ' },
  { level: 'ADMINISTRATOR', for: 'drains nodes and approves token requests', part: 'part 5' },
  { level: 'ADVERTISE_STARTD', for: 'drops the ads of deleted nodes', part: 'part 4' },
  { level: 'ADVERTISE_MASTER', for: 'drops the ads of deleted nodes', part: 'part 4' },
] as const;

export interface MasterAnswers {
  config: ReadonlyMap<string, string>;
  permissions: ReadonlyMap<string, { allowed: boolean; identity: string | undefined; words: string }>;
  /** The master's clock before ours, ms. */
  clockAheadMs: number;
}

const PAGE = 'docs/preparing-a-master.md';

export function judgeMaster(answers: MasterAnswers, master: EhosMaster, facts: MasterFacts, findings: Findings): void {
  judgePermissions(answers, findings);
  judgeJoining(answers.config, master, facts, findings);
  judgeAdvertising(answers.config, findings);
  judgeLease(answers.config.get('JOB_DEFAULT_LEASE_DURATION'), findings);
  judgeAddress(master, findings);
  judgeClock(answers.clockAheadMs, findings);
}

function judgePermissions({ permissions, config }: MasterAnswers, findings: Findings): void {
  for (const { level, for: purpose, part } of PERMISSIONS) {
    const answer = permissions.get(level);
    const what = `may ${level}`;
    if (answer?.allowed === true) findings.ok(what, `${answer.identity ?? 'the account'} ${purpose}`);
    else
      findings.fail(
        what,
        `the collector denies it, and without it nobody ${purpose}: ${answer?.words ?? 'no answer'}`,
        `${PAGE}, ${part}`,
      );
  }
  // the collector hands the right to drain out with it (HTCondor manual, SEC_ENABLE_REMOTE_ADMINISTRATION); on by default
  if (/^(false|0|no)$/i.test(config.get('SEC_ENABLE_REMOTE_ADMINISTRATION') ?? ''))
    findings.fail(
      'draining',
      'SEC_ENABLE_REMOTE_ADMINISTRATION is off: no node can be drained',
      'remove that line from the configuration of the collector',
    );
}

/** How nodes get in, by the method of their credentials. */
function judgeJoining(
  config: MasterAnswers['config'],
  master: EhosMaster,
  facts: MasterFacts,
  findings: Findings,
): void {
  const method = methodOf(master);
  if (method === 'SecretRef') {
    findings.ok('joining', 'nodes bring the token of a Secret');
    return;
  }
  const methods = config.get('SEC_DEFAULT_AUTHENTICATION_METHODS');
  if (method === 'Approve') judgeSsl(config, methods, facts, findings);
  const limits = config.get('SEC_TOKEN_REQUEST_LIMITS');
  if (limits === undefined)
    findings.warn(
      'token limits',
      'SEC_TOKEN_REQUEST_LIMITS is not set: the collector itself does not limit what is asked for',
      `${PAGE}, part 3`,
    );
  else judgeLimits(limits, findings);
  judgeLifetime(config.get('SEC_ISSUED_TOKEN_EXPIRATION'), master, findings);
}

function judgeSsl(
  config: MasterAnswers['config'],
  methods: string | undefined,
  facts: MasterFacts,
  findings: Findings,
): void {
  const file = config.get('AUTH_SSL_SERVER_CERTFILE');
  if (facts.caCertificate === undefined)
    findings.fail(
      'certificate',
      `nodes could not tell the master from an impostor: ${file === undefined ? 'AUTH_SSL_SERVER_CERTFILE is not set' : `no authority is known that signed ${file}`}`,
      `${PAGE}, part 1`,
    );
  else
    findings.ok(
      'certificate',
      `${file ?? 'a certificate'} of the pool's own authority, for ${facts.certificateName ?? 'no name'}`,
    );
  if (methods !== undefined && !/\bSSL\b/i.test(methods))
    findings.fail(
      'SSL',
      `SEC_DEFAULT_AUTHENTICATION_METHODS is "${methods}": a new node cannot connect to ask for its token`,
      `${PAGE}, part 2`,
    );
  else findings.ok('SSL', 'a node without a token can connect to ask for one');
}

const NEEDED_SCOPES = ['ADVERTISE_STARTD', 'ADVERTISE_MASTER'];

function judgeLimits(limits: string, findings: Findings): void {
  const scopes = limits.split(/[\s,]+/).filter((scope) => scope !== '');
  const missing = NEEDED_SCOPES.filter((scope) => !scopes.includes(scope));
  const more = scopes.filter((scope) => !NEEDED_SCOPES.includes(scope));
  if (missing.length > 0)
    findings.fail(
      'token limits',
      `SEC_TOKEN_REQUEST_LIMITS lacks ${missing.join(', ')}: no node would be let in`,
      `${PAGE}, part 3`,
    );
  else if (more.length > 0)
    findings.warn(
      'token limits',
      `SEC_TOKEN_REQUEST_LIMITS also has ${more.join(', ')}, which no node needs`,
      `${PAGE}, part 3`,
    );
  else findings.ok('token limits', limits);
}

const DEFAULT_LIFETIME = '720h';

function judgeLifetime(expiration: string | undefined, master: EhosMaster, findings: Findings): void {
  const seconds = Number(expiration);
  if (expiration === undefined || !Number.isFinite(seconds) || seconds < 0) return;
  const wanted = parseDuration(master.spec.nodeCredentials?.lifetime ?? DEFAULT_LIFETIME) / 1000;
  if (seconds < wanted)
    findings.fail(
      'token lifetime',
      `the collector ends tokens after ${formatDuration(seconds * 1000)}, and nodes are to have them for ${formatDuration(wanted * 1000)}`,
      `raise SEC_ISSUED_TOKEN_EXPIRATION (${PAGE}, part 3), or lower spec.nodeCredentials.lifetime`,
    );
  else findings.ok('token lifetime', `up to ${formatDuration(seconds * 1000)}`);
}

/** One address behind the slash matches every address: measured with 23.9.6. */
const SINGLE_ADDRESS = /\/(?:\d{1,3}\.){3}\d{1,3}(?:\/32|\/255\.255\.255\.255)?(?=[\s,]|$)/;

function judgeAdvertising(config: MasterAnswers['config'], findings: Findings): void {
  for (const name of ['ALLOW_ADVERTISE_STARTD', 'ALLOW_ADVERTISE_MASTER']) {
    const value = config.get(name) ?? '';
    const single = SINGLE_ADDRESS.exec(value)?.[0];
    if (single !== undefined)
      findings.warn(
        name,
        `"${single}" is one single address, which HTCondor takes for every address`,
        `give a network of /31 or larger: ${PAGE}, part 4`,
      );
    else if (value !== '' && !value.includes('ehos-node-'))
      findings.warn(
        name,
        'it does not name ehos-node-*: nodes get in only if another entry covers them',
        `${PAGE}, part 4`,
      );
  }
}

/** Twice what the page proposes. */
const LONG_LEASE = 1200;

function judgeLease(value: string | undefined, findings: Findings): void {
  const seconds = Number(value);
  if (value === undefined || !Number.isFinite(seconds)) return;
  if (seconds > LONG_LEASE)
    findings.warn(
      'job lease',
      `${seconds} s: a job whose node vanishes is queued again no earlier`,
      `JOB_DEFAULT_LEASE_DURATION = 600: ${PAGE}, part 6`,
    );
  else findings.ok('job lease', `${seconds} s`);
}

function judgeAddress({ spec: { condor } }: EhosMaster, findings: Findings): void {
  if (/^(localhost|127\.|::1$)/.test(condor.host))
    findings.warn(
      'address for nodes',
      `spec.condor.host is ${condor.host}: on a node that is the node itself`,
      'give the address of the master as nodes see it',
    );
  else
    findings.ok(
      'address for nodes',
      `${condor.host}:${condor.port ?? 9618}; whether nodes reach it, only nodes can tell`,
    );
}

const MOST_SKEW_MS = 60_000;

function judgeClock(aheadMs: number, findings: Findings): void {
  if (Math.abs(aheadMs) < MOST_SKEW_MS) {
    findings.ok('clock', 'the same as here');
    return;
  }
  const words = `${formatDuration(Math.abs(aheadMs))} ${aheadMs > 0 ? 'ahead of' : 'behind'} ours`;
  findings.warn('clock', words, 'run an NTP client on both machines: tokens are valid from and to a time');
}
