/** Strings that somebody hostile would choose, and what must never be seen of them. */
import fc from 'fast-check';

/** Pieces of which each has ended badly somewhere: shells, terminals, log readers, JSON, YAML, HTML, prototypes. */
const PIECES = [
  '$(touch /tmp/x)',
  '`id`',
  '; rm -rf /',
  "'",
  '"',
  '\\',
  '\n',
  '\r\n',
  '\0',
  '\t',
  '\x1b[2J',
  '\x1b]0;title\x07',
  '\x9b31m',
  '\u202e',
  '\u2066',
  '\u200b',
  '\ufeff',
  '\u2028',
  '\u2029',
  '\ud800',
  '\udc00',
  '\x7f',
  '#EHOS x',
  '\n#RC 0\n',
  '\n#EHOS-DONE\n',
  '__proto__',
  'constructor',
  '{{7*7}}',
  '%s%n',
  '../../etc/passwd',
  '<script>',
  '/Expr(error)/',
  'naïve ☃ 𝒳',
  '&&',
  '|',
  '*',
];

export const hostileText: fc.Arbitrary<string> = fc
  .array(fc.oneof(fc.constantFrom(...PIECES), fc.string({ maxLength: 12, unit: 'binary' })), { maxLength: 8 })
  .map((parts) => parts.join(''));

/** A megabyte of it. */
export function megabyteOf(piece: string): string {
  return piece.repeat(Math.ceil((1024 * 1024) / piece.length));
}

/** What a terminal acts upon, what ends a line for any reader, and what changes the direction of the text around it. */
export const UNPRINTABLE = /[\p{Cc}\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]/u;
