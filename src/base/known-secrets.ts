/**
 * The secrets that this process was given. They are known by their value, whatever form they have and wherever they turn up: in the words of
 * a peer that repeats what it was sent, or of a library that prints its options.
 * One memory for the process: a log, an error or an event that had to be handed the list could be made without it.
 */

/** Shorter ones are words of daily use, and would tear holes into every message. */
const SHORTEST = 8;
/** Lines of a private key, say; a short line of a text is no secret by itself. */
const SHORTEST_LINE = 16;
/** Beyond it the oldest are forgotten: a token is renewed every hour for months. */
const MOST = 500;

const known = new Set<string>();

/**
 * The known secrets by their first two characters. Texts are searched all the time, most of them short and without any secret: one look-up
 * for each of their characters costs a fraction of one search for each secret.
 */
const heads = new Map<number, string[]>();

/** From now on `secret` is shown nowhere; of several lines, neither is one of them. */
export function rememberSecret(secret: string): void {
  const lines = secret.split(/\r?\n/).map((line) => line.trim());
  if (lines.length === 1) remember(lines[0] ?? '', SHORTEST);
  else for (const line of lines) if (!line.startsWith('-----')) remember(line, SHORTEST_LINE);
}

function remember(secret: string, shortest: number): void {
  if (secret.length < shortest) return;
  const isNew = !known.delete(secret);
  known.add(secret);
  if (!isNew) return;
  const head = headAt(secret, 0);
  // the longest first: one secret may be the beginning of another
  heads.set(
    head,
    [...(heads.get(head) ?? []), secret].sort((a, b) => b.length - a.length),
  );
  for (const oldest of known) {
    if (known.size <= MOST) break;
    forget(oldest);
  }
}

function forget(secret: string): void {
  known.delete(secret);
  const head = headAt(secret, 0);
  const others = (heads.get(head) ?? []).filter((one) => one !== secret);
  if (others.length === 0) heads.delete(head);
  else heads.set(head, others);
}

export function withoutKnownSecrets(text: string, instead: string): string {
  let out = '';
  let copied = 0;
  for (let at = 0; at + SHORTEST <= text.length; at++) {
    const secret = heads.get(headAt(text, at))?.find((one) => text.startsWith(one, at));
    if (secret === undefined) continue;
    out += text.slice(copied, at) + instead;
    copied = at + secret.length;
    at = copied - 1;
  }
  return copied === 0 ? text : out + text.slice(copied);
}

const headAt = (text: string, at: number): number => (text.charCodeAt(at) << 16) | text.charCodeAt(at + 1);
