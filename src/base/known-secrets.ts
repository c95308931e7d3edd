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

/** From now on `secret` is shown nowhere; of several lines, neither is one of them. */
export function rememberSecret(secret: string): void {
  const lines = secret.split(/\r?\n/).map((line) => line.trim());
  if (lines.length === 1) remember(lines[0] ?? '', SHORTEST);
  else for (const line of lines) if (!line.startsWith('-----')) remember(line, SHORTEST_LINE);
}

function remember(secret: string, shortest: number): void {
  if (secret.length < shortest) return;
  known.delete(secret);
  known.add(secret);
  for (const oldest of known) {
    if (known.size <= MOST) break;
    known.delete(oldest);
  }
}

export function withoutKnownSecrets(text: string, instead: string): string {
  let out = text;
  for (const secret of known) if (out.includes(secret)) out = out.replaceAll(secret, () => instead);
  return out;
}
