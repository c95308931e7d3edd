/**
 * What may go into a node's configuration. All of it ends up in files where a line break, a quote or a trailing backslash would begin
 * something new; so each value must have its own known form, and is refused otherwise.
 */
import { isIP } from 'node:net';
import { EhosError } from '../base/errors.ts';
import type { WorkerConfig } from './user-data.ts';

const FORMS = {
  uid: { pattern: /^[A-Za-z0-9-]{1,64}$/, words: 'letters, digits and dashes' },
  pool: { pattern: /^[a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?$/, words: 'the name of a Kubernetes object' },
  host: { pattern: /^[A-Za-z0-9:]([A-Za-z0-9.:-]{0,251}[A-Za-z0-9])?$/, words: 'a host name or an address' },
  token: { pattern: /^[\w-]+\.[\w-]+\.[\w-]+$/, words: 'an IDTOKEN on one line' },
  pem: {
    pattern: /^(-----BEGIN CERTIFICATE-----\n([A-Za-z0-9+/=]{1,76}\n)+-----END CERTIFICATE-----\n)+$/,
    words: 'one or more certificates in PEM form',
  },
  attribute: { pattern: /^[A-Za-z_]\w{0,127}$/, words: 'the name of a ClassAd attribute' },
  // a backslash at the end would join the next line to this one (HTCondor manual, "Configuration file macros")
  expression: {
    pattern: /^(?!\s*$)[^\p{Cc}\u2028\u2029]*[^\p{Cc}\u2028\u2029\\]$/u,
    words: 'a ClassAd expression on one line',
  },
} satisfies Record<string, { pattern: RegExp; words: string }>;

/** Attributes and settings that are the operator's own: a pool that changed one would lose its nodes, or their proof of being idle. */
const RESERVED = new Set(
  [
    'DAEMON_LIST',
    'CONDOR_HOST',
    'COLLECTOR_HOST',
    'START',
    'EhosNodeId',
    'EhosPool',
    'STARTD_ATTRS',
    'MASTER_ATTRS',
    'MAXJOBRETIREMENTTIME',
    'UPDATE_INTERVAL',
    'MASTER_UPDATE_INTERVAL',
    'NUM_SLOTS_TYPE_1',
    'SLOT_TYPE_1',
    'SLOT_TYPE_1_PARTITIONABLE',
    'AUTH_SSL_CLIENT_CAFILE',
    'SEC_CLIENT_AUTHENTICATION_METHODS',
  ].map((name) => name.toLowerCase()),
);

/** Throws `Invalid` naming the field; the token never gets into the message. */
export function requireSound(config: WorkerConfig): void {
  requireForm('uid', 'nodeUid', config.nodeUid);
  requireForm('pool', 'pool', config.pool);
  requireForm('host', 'spec.condor.host', config.collector.host);
  requireWhole('spec.condor.port', config.collector.port, 1, 65_535);
  if (config.collector.alias !== undefined)
    requireForm('host', "name in the master's certificate", config.collector.alias);
  requireForm('host', "the master's TRUST_DOMAIN", config.trustDomain);
  requireWhole('update interval', config.updateIntervalSeconds, 1, 3600);
  requireCredentials(config.credentials);
  if (config.credentials.method === 'Approve') requireVerifiable(config.collector);
  requireAttributes(config.startdAttributes);
}

function requireCredentials(credentials: WorkerConfig['credentials']): void {
  if (credentials.method === 'Token') {
    // not "token: ...", behind which whatever redacts texts would take the words for the token itself
    if (!FORMS.token.pattern.test(credentials.token.trim()))
      throw new EhosError('Invalid', `the token must be ${FORMS.token.words}`, { field: 'token' });
    return;
  }
  if (!FORMS.pem.pattern.test(normalizePem(credentials.caCertificate)))
    throw invalid("the master's certificate authority", `must be ${FORMS.pem.words}`);
  requireWhole('spec.nodeCredentials.lifetime', credentials.lifetimeSeconds, 1, Number.MAX_SAFE_INTEGER);
}

/** A node that asks for its token compares the name in the master's certificate with the one that it was given. */
function requireVerifiable({ host, alias }: WorkerConfig['collector']): void {
  if (alias === undefined)
    throw invalid('spec.condor.host', 'nodes could not verify the master, since its certificate has no name');
  if (isIP(host) === 0 && alias.toLowerCase() !== host.toLowerCase())
    throw invalid(
      'spec.condor.host',
      `"${host}" is not the name in the master's certificate, so that nodes would refuse it: give its address, or "${alias}", or make a certificate for this name`,
    );
}

function requireAttributes(attributes: Record<string, string>): void {
  const seen = new Set<string>();
  for (const [name, expression] of Object.entries(attributes)) {
    requireForm('attribute', 'template.startdAttributes', name);
    const field = `template.startdAttributes.${name}`;
    const lower = name.toLowerCase();
    if (RESERVED.has(lower)) throw invalid(field, 'is set by the operator itself');
    if (seen.has(lower)) throw invalid(field, 'is given twice: attribute names know no case');
    seen.add(lower);
    requireForm('expression', field, expression);
  }
}

/** Unix line ends, one at the end, no blank lines. */
export function normalizePem(pem: string): string {
  const lines = pem.split(/\r?\n/).map((line) => line.trim());
  return `${lines.filter((line) => line !== '').join('\n')}\n`;
}

function requireForm(form: keyof typeof FORMS, field: string, value: string): void {
  const { pattern, words } = FORMS[form];
  if (!pattern.test(value)) throw invalid(field, `${JSON.stringify(value.slice(0, 80))} is not ${words}`);
}

function requireWhole(field: string, value: number, least: number, most: number): void {
  if (!Number.isSafeInteger(value) || value < least || value > most)
    throw invalid(field, `${value} is not a whole number from ${least} to ${most}`);
}

function invalid(field: string, message: string): EhosError {
  return new EhosError('Invalid', `${field}: ${message}`, { field });
}
