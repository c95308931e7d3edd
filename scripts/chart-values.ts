/** What values.yaml of the chart says: each key with its comment and its default. The form that is read here is the one that is written there. */

export interface ChartValue {
  /** Keys from the top. */
  path: string[];
  /** The comment above it, as one line; empty when there is none. */
  comment: string;
}

/** A key that other keys or a list may follow; keys in flow style belong to their value. */
const KEY = /^( *)([A-Za-z]\w*):(?: |$)/;

/** All keys in their order, those of nested maps after the map. Lines that begin a list's item are no keys. */
export function chartValues(text: string): ChartValue[] {
  const values: ChartValue[] = [];
  const open: { indent: number; key: string }[] = [];
  let comment: string[] = [];
  for (const line of text.split('\n')) {
    const said = /^ *# ?(.*)$/.exec(line)?.[1];
    const [, spaces = '', key] = KEY.exec(line) ?? [];
    if (said !== undefined) comment.push(said);
    else if (key === undefined) comment = [];
    else {
      while ((open.at(-1)?.indent ?? -1) >= spaces.length) open.pop();
      open.push({ indent: spaces.length, key });
      values.push({ path: open.map((level) => level.key), comment: comment.join(' ') });
      comment = [];
    }
  }
  return values;
}
