/** Text that others chose, made fit for one line of a log, a terminal or a status field. */

/**
 * Controls (line breaks, NUL, the escapes that drive a terminal: C0, DEL and C1), marks that are not seen or turn the direction of what
 * follows (Unicode category Cf), separators of lines, and halves of surrogate pairs, which are no characters and which JSON of others refuses.
 */
const UNPRINTABLE = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]+/gu;

/** One line, without anything that a terminal or a reader of lines would act upon. */
export function oneLine(text: string): string {
  return text.replace(UNPRINTABLE, ' ').replace(/\s+/g, ' ').trim();
}

/** At most `most` UTF-16 units, never half a character at the end. */
export function cut(text: string, most: number): string {
  return text.length <= most ? text : text.slice(0, most).replace(/[\uD800-\uDBFF]$/, '');
}

/** JSON that stays on its line and shows what is in it: the same value, with everything unprintable as an escape. */
export function printableJson(json: string): string {
  return json.replace(UNPRINTABLE, (run) =>
    Array.from({ length: run.length }, (_, i) => `\\u${run.charCodeAt(i).toString(16).padStart(4, '0')}`).join(''),
  );
}
