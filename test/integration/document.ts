/** What a document tells its reader to type. */
import { readFileSync } from 'node:fs';

export interface Block {
  /** `sh`, `yaml`, or nothing. */
  language: string;
  text: string;
  /** The heading above it. */
  section: string;
}

const ROOT = new URL('../../', import.meta.url);

export function blocksOf(path: string): Block[] {
  const text = readFileSync(new URL(path, ROOT), 'utf8');
  const blocks: Block[] = [];
  let section = '';
  for (const match of text.matchAll(/^#{2,4} +(.+)$|^( *)```(\w*)\n([\s\S]*?)^\2```$/gm)) {
    const [, heading, indent = '', language = '', inside = ''] = match;
    if (heading !== undefined) section = heading;
    // in a list it is indented, and not what is typed
    else blocks.push({ language, text: inside.replaceAll(new RegExp(`^${indent}`, 'gm'), ''), section });
  }
  return blocks;
}

/** One for each line, those that go on in the next one put together; without the comments. */
export function commandsOf(text: string): string[] {
  return text
    .replace(/\\\n\s*/g, '')
    .split('\n')
    .map((line) => line.replace(/(^|\s+)#.*$/, ''))
    .filter((line) => line !== '');
}

/** Commands in the tables of a document, by what they begin with. */
export function commandsInTables(path: string, program: string): string[] {
  const rows = readFileSync(new URL(path, ROOT), 'utf8').match(/^\|.*\|$/gm) ?? [];
  return rows
    .flatMap((row) => [...row.matchAll(/`([^`]+)`/g)].flatMap(([, code = '']) => code))
    .filter((code) => code.startsWith(`${program} `));
}

/** Other words for those that cannot be so here. Throws where they do not stand in the document: it has changed, and this has not. */
export function reworded(text: string, words: readonly (readonly [from: string, to: string])[]): string {
  return words.reduce((changed, [from, to]) => {
    if (!changed.includes(from)) throw new Error(`"${from}" does not stand in:\n${changed}`);
    return changed.replaceAll(from, to);
  }, text);
}
