/**
 * Texts without secrets. They are found three times: by the key they stand under, by their own form wherever they stand, and by their value
 * where this process was given it.
 */
import { withoutKnownSecrets } from './known-secrets.ts';
import { cut } from './text.ts';

export const REDACTED = '[redacted]';

const MAX_TEXT = 4096;
/** What stands further back than this is not looked at, and not shown: a text of megabytes would take seconds. */
const MAX_LOOKED_AT = 64 * 1024;
/** Forgotten at the end of what is looked at: half a secret is not recognised by its form. */
const MAX_HALF = 512;

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

const WORDS = '(?:password|passwd|passphrase|adminpass|secret|token|user_data)';
const VALUE = String.raw`(?!\[redacted\])(?:"(?:[^"\\]|\\.)*"?|'[^']*'?|[^\s,;&})\]"']+)`;

/**
 * Forms of secrets in running text that nothing else has. Each either replaces all of its match, or keeps group 1, which says what was there.
 * Repetitions are bounded, so that no text takes quadratic time.
 */
const SURE_FORMS: RegExp[] = [
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
  // "key": "value" and key=value
  new RegExp(`(\\b[\\w-]{0,64}${WORDS}(?:["']\\s*[:=]|=)\\s*)${VALUE}`, 'gi'),
  // user:password@host in a URL
  /(\b[a-z][a-z0-9+.-]{0,20}:\/\/[^\s/:@]{0,256}:)[^\s/@]+(?=@)/gi,
];

/** `key: value`, which a sentence may also be that begins with the name of something: `cloud-secret: there is no such image`. */
const LIKELY_FORM = new RegExp(`(\\b[\\w-]{0,64}${WORDS}\\s*[:=]\\s*)${VALUE}`, 'gi');

/** Every form above has one of these in it: a text without any is looked at once, and not ten times. */
const HINTS = new RegExp(`-----BEGIN|eyJ|gAAAA|authorization|cookie|bearer|basic|${WORDS}|://`, 'i');

/** The text without secrets, and no longer than `limit` characters. For logs, and for the words of a peer. */
export function redactText(text: string, limit = MAX_TEXT): string {
  return redacted(text, [...SURE_FORMS, LIKELY_FORM], limit);
}

/** The same for sentences of ours, in which a name with a colon behind it is no key. */
export function redactSentence(text: string, limit = MAX_TEXT): string {
  return redacted(text, SURE_FORMS, limit);
}

function redacted(text: string, forms: readonly RegExp[], limit: number): string {
  // before cutting: half a token is no longer recognised, and is still half a token
  let out = withoutKnownSecrets(text.length > MAX_LOOKED_AT ? cut(text, MAX_LOOKED_AT) : text, REDACTED);
  if (HINTS.test(out)) for (const form of forms) out = out.replace(form, `$1${REDACTED}`);
  if (text.length <= MAX_LOOKED_AT && out.length <= limit) return out;
  const shown = text.length > MAX_LOOKED_AT ? Math.min(limit, Math.max(0, out.length - MAX_HALF)) : limit;
  return `${cut(out, shown)}... (${text.length} characters)`;
}
