/**
 * The one table that maps what a service answered to what can be done about it. Rows are tried from top to bottom.
 * Every error answer captured from real services is a row of its unit test.
 */
import { EhosError, type ErrorClass } from '../base/errors.ts';
import type { ServiceName } from './cloud-config.ts';
import { readError } from './error-text.ts';
import type { HttpAnswer, HttpFailure, HttpMethod } from './http.ts';

/** What was asked, for the message. */
export interface Asked {
  service: ServiceName;
  method: HttpMethod;
  /** Below the endpoint, without query. */
  path: string;
}

interface Row {
  service?: ServiceName;
  status?: number | readonly [number, number];
  path?: RegExp;
  /** Matches `kind: text` of the answer, see SaidError. */
  said?: RegExp;
  class: ErrorClass;
  /** The part of the request that is wrong, in the API's word. */
  field?: string;
}

const TABLE: readonly Row[] = [
  // Keystone says 404 for an unknown application credential, 401 for all else that is wrong with credentials
  { service: 'identity', path: /^\/auth\/tokens$/, status: 401, class: 'Auth' },
  { service: 'identity', path: /^\/auth\/tokens$/, status: 404, said: /^error: Could not find/, class: 'Auth' },
  // the session turns this into an outage when Keystone accepts the same credentials again, or cannot be asked
  { status: 401, class: 'Auth' },

  // 400: what can never work, except three that depend on the state of the cloud
  { status: 400, said: /marker \[?[\w-]+\]? (?:could )?not (?:be )?found/i, class: 'NotFound', field: 'marker' },
  // an image that is still being saved or imported
  { service: 'compute', status: 400, said: /Image \S+ is not active/, class: 'Transient', field: 'imageRef' },
  // a zone whose hosts are all down or disabled; one that does not exist is found when the template is looked up
  {
    service: 'compute',
    status: 400,
    said: /availability zone is not available/,
    class: 'NoCapacity',
    field: 'availability_zone',
  },
  {
    service: 'compute',
    status: 400,
    said: /Flavor's (?:memory|disk) is (?:too small|smaller)/,
    class: 'Invalid',
    field: 'flavorRef',
  },
  { service: 'compute', status: 400, said: /Volume is smaller than/, class: 'Invalid', field: 'volume_size' },
  { service: 'compute', status: 400, said: /Flavor \S+ could not be found/, class: 'Invalid', field: 'flavorRef' },
  {
    service: 'compute',
    status: 400,
    said: /requested image|Image \S+ could not be found/,
    class: 'Invalid',
    field: 'imageRef',
  },
  {
    service: 'compute',
    status: 400,
    said: /Network \S+ (?:could not be|is not) found/,
    class: 'Invalid',
    field: 'networks',
  },
  { service: 'compute', status: 400, said: /Invalid key_name/, class: 'Invalid', field: 'key_name' },
  { service: 'compute', status: 400, said: /security_group/, class: 'Invalid', field: 'security_groups' },
  { service: 'compute', status: 400, said: /Instance group \S+ could not be found/, class: 'Invalid', field: 'group' },
  {
    service: 'compute',
    status: 400,
    said: /Volume type \S+ could not be found/,
    class: 'Invalid',
    field: 'volume_type',
  },
  {
    service: 'compute',
    path: /^\/os-server-groups$/,
    status: 400,
    said: /field\/attribute (?:policy|0)\b/,
    class: 'Invalid',
    field: 'policy',
  },
  { service: 'compute', status: 400, said: /field\/attribute user_data\b/, class: 'Invalid', field: 'user_data' },
  { service: 'compute', status: 400, said: /field\/attribute metadata\b/, class: 'Invalid', field: 'metadata' },
  // a volume that is still in use
  { service: 'volume', status: 400, said: /Invalid volume: Volume status must be/, class: 'Conflict' },
  { status: 400, class: 'Invalid' },

  // 403 is policy, or a quota of Nova, or a limit that no quota raises
  { service: 'compute', status: 403, said: /number of metadata items exceeds/, class: 'Invalid', field: 'metadata' },
  { service: 'compute', status: 403, said: /flavors with zero disk/, class: 'Invalid', field: 'flavorRef' },
  { status: 403, said: /quota|exceed/i, class: 'Quota' },
  { status: 403, class: 'Auth' },

  // 404 means "gone" only in the service's own words: a proxy's or a router's page says nothing about the object
  { service: 'compute', status: 404, said: /^itemNotFound: /, class: 'NotFound' },
  { service: 'volume', status: 404, said: /^itemNotFound: /, class: 'NotFound' },
  {
    service: 'network',
    status: 404,
    said: /^ExternalGatewayForFloatingIPNotFound: /,
    class: 'Invalid',
    field: 'floating_network_id',
  },
  { service: 'network', status: 404, said: /^\w*NotFound\w*: /, class: 'NotFound' },
  { service: 'identity', status: 404, said: /^error: /, class: 'NotFound' },
  { service: 'image', status: 404, said: /image/i, class: 'NotFound' },
  { status: 404, class: 'Transient' },

  // a microversion beyond the server's: after a downgrade, or from one of several API hosts in an upgrade
  { status: 406, class: 'Transient' },
  { status: 408, class: 'Timeout' },

  { service: 'network', status: 409, said: /^OverQuota: |quota exceeded/i, class: 'Quota' },
  { service: 'network', status: 409, said: /^IpAddressGenerationFailure|No more IP addresses/, class: 'NoCapacity' },
  {
    service: 'compute',
    status: 409,
    said: /Multiple security_group matches/,
    class: 'Invalid',
    field: 'security_groups',
  },
  { service: 'compute', status: 409, said: /Multiple possible networks/, class: 'Invalid', field: 'networks' },
  { status: 409, class: 'Conflict' },

  // If-Match: another has changed it since it was read
  { service: 'network', status: 412, class: 'Conflict' },
  // Cinder's quotas; a rate limit of older Novas looks alike but names none
  { status: 413, said: /quota|exceed/i, class: 'Quota' },
  { status: 413, said: /^overLimit: /, class: 'RateLimited' },
  { status: 429, class: 'RateLimited' },
  { status: [400, 499], class: 'Invalid' },
  { status: 504, class: 'Timeout' },
];

/** After these a change may have been made all the same (facts of an outage: 500 with Neutron down, 504 of a proxy, ...). */
const MAYBE_DONE = [408, 500, 502, 503, 504];

/** The error that an answer with a status of 300 or more is. */
export function answerError(asked: Asked, answer: HttpAnswer): EhosError {
  const said = readError(answer.header('content-type'), answer.body);
  const line = `${said.kind}: ${said.text}`;
  const row = TABLE.find((candidate) => matches(candidate, asked, answer.status, line));
  const location = answer.status < 400 ? answer.header('location') : undefined;
  const text = location === undefined ? said.text : `redirected to ${location.replace(/[?#].*$/, '')}`;
  return new EhosError(
    row?.class ?? 'Transient',
    `${titleOf(asked)}: ${answer.status}${text === '' ? '' : ` ${text}`}`,
    {
      status: answer.status,
      ...(row?.field === undefined ? {} : { field: row.field }),
      ...optional('requestId', requestIdOf(answer)),
      ...optional('retryAfterMs', retryAfterMs(answer)),
      maybeDone: changesSomething(asked) && MAYBE_DONE.includes(answer.status),
    },
  );
}

/** The error that the absence of an answer is. */
export function failureError(asked: Asked, failure: HttpFailure): EhosError {
  const classes: Record<HttpFailure['kind'], ErrorClass> = {
    unreachable: 'Transient',
    // a certificate authority that is missing in the Secret or a certificate that ran out: looked at again, slowly
    untrusted: 'Auth',
    refused: 'Transient',
    lost: 'Transient',
    timeout: 'Timeout',
    aborted: 'Transient',
    tooLarge: 'Transient',
  };
  const sent = !['unreachable', 'untrusted', 'refused'].includes(failure.kind);
  return new EhosError(classes[failure.kind], `${titleOf(asked)}: ${failure.message}`, {
    maybeDone: changesSomething(asked) && sent,
    cause: failure,
  });
}

/** A token too many does no harm; and the call that needed the token was not made. */
function changesSomething(asked: Asked): boolean {
  return asked.method !== 'GET' && asked.service !== 'identity';
}

/** `compute POST /servers`. */
export function titleOf(asked: Asked): string {
  return `${asked.service} ${asked.method} ${asked.path}`;
}

/** The id under which the service's own log knows the call; Glance's 401 alone has none. */
export function requestIdOf(answer: HttpAnswer): string | undefined {
  return answer.header('x-openstack-request-id') ?? answer.header('x-compute-request-id');
}

/**
 * Faults of servers in ERROR: the only place where Nova says why a build failed (texts observed, or Nova's exception.py; members see
 * no details). After several attempts the text of the last one is at the end.
 */
const FAULTS: readonly { text: RegExp; class: ErrorClass }[] = [
  { text: /No valid host was found|Insufficient compute resources/i, class: 'NoCapacity' },
  { text: /PCI device request .* failed|instance group policy was violated/i, class: 'NoCapacity' },
  { text: /No more IP addresses|No fixed IP addresses available/i, class: 'NoCapacity' },
  { text: /quota|LimitExceeded|Maximum number of \w+ (?:allowed|exceeded)/i, class: 'Quota' },
];

/** What a server's fault means: `NoCapacity`, `Quota`, else `Transient` (a host failed; another try may end elsewhere). */
export function faultClass(message: string): ErrorClass {
  return FAULTS.find((row) => row.text.test(message))?.class ?? 'Transient';
}

function matches(row: Row, asked: Asked, status: number, line: string): boolean {
  if (row.service !== undefined && row.service !== asked.service) return false;
  if (row.path !== undefined && !row.path.test(asked.path)) return false;
  if (row.said !== undefined && !row.said.test(line)) return false;
  if (row.status === undefined) return true;
  return typeof row.status === 'number' ? row.status === status : status >= row.status[0] && status <= row.status[1];
}

/** Seconds only: OpenStack services do not send the date form (RFC 9110, 10.2.3). */
function retryAfterMs(answer: HttpAnswer): number | undefined {
  const seconds = answer.header('retry-after');
  return seconds !== undefined && /^\d{1,6}$/.test(seconds) ? Number(seconds) * 1000 : undefined;
}

function optional<K extends string, V>(key: K, value: V | undefined): Partial<Record<K, V>> {
  return value === undefined ? {} : ({ [key]: value } as Record<K, V>);
}
