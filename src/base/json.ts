/**
 * JSON of a peer. The length of a text says little of what comes of it: 32 MiB of `{},{},...` are ten million objects and take a gigabyte, and
 * brackets in brackets end the stack of whatever walks through them. Both are refused before they are parsed.
 */

/** Services nest less than 20 deep: managedFields of a Kubernetes object are the deepest. */
const MAX_DEPTH = 100;
/** The largest page that is asked for, 1000 servers with all they have, holds 100,000. */
const MAX_VALUES = 2_000_000;

/** The value. Throws a plain Error with one short line when the text is no JSON, nests too deep or holds too many values. */
export function parseJson(text: string): unknown {
  requireModest(text);
  try {
    return JSON.parse(text) as unknown;
  } catch {
    // what node says repeats a piece of the text
    throw new Error(`not JSON, or cut short (${text.length} characters)`);
  }
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COMMA = 0x2c;
const OPENS = [0x5b, 0x7b] as const;
const CLOSES = [0x5d, 0x7d] as const;

function requireModest(text: string): void {
  let depth = 0;
  let values = 1;
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === QUOTE) at = endOfString(text, at);
    else if (code === COMMA) values++;
    else if (code === OPENS[0] || code === OPENS[1]) {
      depth++;
      values++;
      if (depth > MAX_DEPTH) throw new Error(`JSON that nests deeper than ${MAX_DEPTH}`);
    } else if (code === CLOSES[0] || code === CLOSES[1]) depth--;
    if (values > MAX_VALUES) throw new Error(`JSON of more than ${MAX_VALUES} values`);
  }
}

/** The closing quotation mark of the string that opens at `from`; the end of the text where there is none. */
function endOfString(text: string, from: number): number {
  for (let at = text.indexOf('"', from + 1); at !== -1; at = text.indexOf('"', at + 1)) {
    let escapes = 0;
    while (text.charCodeAt(at - 1 - escapes) === BACKSLASH) escapes++;
    if (escapes % 2 === 0) return at;
  }
  return text.length;
}
