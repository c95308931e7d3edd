/**
 * Makes any value fit for a log record: bounded, free of cycles, errors spelled out with their causes, and without secrets.
 * Secrets are found twice: by the key they stand under, and by their own form wherever they stand.
 */
import { EhosError, messageOf } from './errors.ts';

export const REDACTED = '[redacted]';

const MAX_TEXT = 4096;
const MAX_ITEMS = 50;
const MAX_DEPTH = 6;
const MAX_CAUSES = 6;
const MAX_FRAMES = 12;

/** Words that make a key secret, in its form without case and separators: `X-Auth-Token` is `xauthtoken`. */
const SECRET_WORDS =
  /passw|passphrase|adminpass|secret|token|credential|authorization|cookie|privatekey|userdata|kubeconfig|cloudsyaml|apikey/;
/** Keys that name such a word and speak about the thing without holding it: `secretRef`, `tokenRequests`, `credentialExpiresAt`. */
const HARMLESS_ENDINGS =
  /(ref|name|names|namespace|count|requests|method|lifetime|lifetimeseconds|expiresat|expiry|bytes|length|resourceversion)$/;

/** True when what stands under `key` must not be printed. A key with a secret word is secret unless it is known to be harmless. */
export function isSecretKey(key: string): boolean {
  const plain = key.toLowerCase().replace(/[^a-z0-9]/g, '');
  return SECRET_WORDS.test(plain) && !HARMLESS_ENDINGS.test(plain);
}

/** Forms of secrets in running text. Each either replaces all of its match, or keeps group 1, which says what was there. */
const SECRET_FORMS: RegExp[] = [
  // a private key block; one that was cut off ends with the text
  /()-----BEGIN [A-Z0-9 ]*PRIVATE KEY-----[\s\S]*?(?:-----END [A-Z0-9 ]*PRIVATE KEY-----|$)/g,
  // JSON Web Tokens, HTCondor's IDTOKENS among them: "eyJ" is the base64 of {"
  /()\beyJ[\w-]{8,}(?:\.[\w-]*){0,2}/g,
  // Keystone's Fernet tokens begin with the version byte 0x80 and the high bytes of a time stamp
  /()\bgAAAA[\w-]{20,}={0,2}/g,
  // HTTP headers whose values are several words
  /(\b(?:proxy-)?authorization["']?\s*[:=]\s*["']?)[^\r\n"']+/gi,
  /(\b(?:set-)?cookie["']?\s*[:=]\s*["']?)[^\r\n"']+/gi,
  /(\b(?:bearer|basic)\s+)[\w+/=.~-]{8,}/gi,
  // key: value, key=value and "key": "value"; repetitions are bounded, so that no text takes quadratic time
  /(\b[\w-]{0,64}(?:password|passwd|passphrase|adminpass|secret|token|user_data)["']?\s*[:=]\s*)(?!\[redacted\])(?:"(?:[^"\\]|\\.)*"?|'[^']*'?|[^\s,;&})\]"']+)/gi,
  // user:password@host in a URL
  /(\b[a-z][a-z0-9+.-]{0,20}:\/\/[^\s/:@]{0,256}:)[^\s/@]+(?=@)/gi,
];

/** The text without secrets, and no longer than `limit` characters. */
export function redactText(text: string, limit = MAX_TEXT): string {
  let out = text;
  // before cutting: half a token is no longer recognised, and is still half a token
  for (const form of SECRET_FORMS) out = out.replace(form, `$1${REDACTED}`);
  return out.length > limit ? `${out.slice(0, limit)}... (${out.length} characters)` : out;
}

/** Any value as plain JSON data without secrets. Never throws. */
export function redact(value: unknown): unknown {
  return plain(value, 0, new Set());
}

function plain(value: unknown, depth: number, above: Set<object>): unknown {
  switch (typeof value) {
    case 'string':
      return redactText(value);
    case 'number':
      return Number.isFinite(value) ? value : String(value);
    case 'bigint':
    case 'symbol':
      return String(value);
    case 'function':
      return '[function]';
    case 'object':
      break;
    default:
      return value;
  }
  if (value === null) return null;
  if (above.has(value)) return '[circular]';
  if (depth >= MAX_DEPTH) return '[too deep]';
  above.add(value);
  try {
    return plainObject(value, depth, above);
  } catch {
    // a getter or a proxy that throws must not take the record with it
    return '[unreadable]';
  } finally {
    above.delete(value);
  }
}

function plainObject(value: object, depth: number, above: Set<object>): unknown {
  if (value instanceof Error) return plainError(value, depth, above);
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? 'Invalid Date' : value.toISOString();
  if (ArrayBuffer.isView(value)) return `[${value.byteLength} bytes]`;
  if (value instanceof URL) return redactText(value.href);
  if (Array.isArray(value) || value instanceof Set) {
    const items = [...(value as Iterable<unknown>)];
    const shown = items.slice(0, MAX_ITEMS).map((item) => plain(item, depth + 1, above));
    return items.length > MAX_ITEMS ? [...shown, `... ${items.length - MAX_ITEMS} more`] : shown;
  }
  const entries: [string, unknown][] =
    value instanceof Map
      ? [...(value as Map<unknown, unknown>)].map(([key, item]) => [String(key), item])
      : Object.entries(value);
  const shown = entries
    .slice(0, MAX_ITEMS)
    .map(([key, item]): [string, unknown] => [key.slice(0, 128), secretAware(key, item, depth, above)]);
  if (entries.length > MAX_ITEMS) shown.push(['...', `${entries.length - MAX_ITEMS} more`]);
  // fromEntries defines properties: a key "__proto__" stays a key
  return Object.fromEntries(shown);
}

function secretAware(key: string, value: unknown, depth: number, above: Set<object>): unknown {
  const isSecret = isSecretKey(key) && value !== undefined && value !== null && typeof value !== 'boolean';
  return isSecret ? REDACTED : plain(value, depth + 1, above);
}

/** An error with what one needs to act on it; causes follow as a list, nearest first. */
function plainError(error: Error, depth: number, above: Set<object>): Record<string, unknown> {
  const out = describe(error);
  const causes: Record<string, unknown>[] = [];
  const seen = new Set<unknown>([error]);
  for (let cause = error.cause; cause !== undefined && causes.length < MAX_CAUSES && !seen.has(cause);) {
    seen.add(cause);
    causes.push(cause instanceof Error ? describe(cause) : { message: redactText(messageOf(cause)) });
    cause = cause instanceof Error ? cause.cause : undefined;
  }
  if (causes.length > 0) out.causes = causes;
  if (error instanceof AggregateError) out.errors = plain(error.errors, depth + 1, above);
  // an EhosError says by itself what happened; of anything else one wants to know where it came from
  if (!(error instanceof EhosError) && error.stack !== undefined) out.stack = framesOf(error.stack);
  return out;
}

function describe(error: Error): Record<string, unknown> {
  const out: Record<string, unknown> = { type: error.name, message: redactText(error.message) };
  const code = (error as { code?: unknown }).code;
  if (typeof code === 'string' || typeof code === 'number') out.code = code;
  if (error instanceof EhosError) {
    out.class = error.errorClass;
    for (const key of ['field', 'status', 'requestId', 'retryAfterMs'] as const) {
      if (error[key] !== undefined) out[key] = error[key];
    }
    if (error.maybeDone) out.maybeDone = true;
  }
  return out;
}

/** The frames only: the head of a stack repeats the message. */
function framesOf(stack: string): string[] {
  return stack
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line.startsWith('at '))
    .slice(0, MAX_FRAMES)
    .map((line) => line.slice(3, 300));
}
