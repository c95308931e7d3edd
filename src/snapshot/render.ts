/**
 * A snapshot file as text. As YAML by hand: a library takes seconds for 10,000 nodes, during which an operator
 * stands still.
 */
import { printableJson } from '../base/text.ts';
import type { SnapshotFile } from './file.ts';

/** Lines that hold more are unpleasant to edit and are broken up: items of a list, and what follows a key. */
const WIDTH = { item: 200, key: 80 } as const;
/** Texts that need no quotes, in no version of YAML: words, names of hosts and flavors, times. */
const PLAIN = /^(?:[A-Za-z][\w./-]*|\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z|(?:\d+[hms])+|\d+[MGT]i)$/;
const RESERVED = /^(?:true|false|null|yes|no|on|off|y|n)$/i;

export function toJson(file: SnapshotFile): string {
  return `${printableLines(JSON.stringify(file, null, 2))}\n`;
}

/** What is alike stands in lines of one item each: `- { count: 100, cpus: 1, memory: 512 }`. */
export function toYaml(file: SnapshotFile): string {
  return `${blockMap(file, '')}\n`;
}

function blockMap(value: object, indent: string): string {
  return entriesOf(value)
    .map(([key, item]) => `${scalar(key)}:${below(item, `${indent}  `)}`)
    .join(`\n${indent}`);
}

/** What follows a key. */
function below(value: unknown, indent: string): string {
  if (isLeaf(value)) return ` ${flow(value)}`;
  if (Object.values(value as object).every(isLeaf)) {
    const line = flow(value);
    if (line.length <= WIDTH.key) return ` ${line}`;
  }
  if (Array.isArray(value)) return value.map((item) => `\n${indent}- ${itemText(item, `${indent}  `)}`).join('');
  return `\n${indent}${blockMap(value as object, indent)}`;
}

function itemText(value: unknown, indent: string): string {
  if (isFlat(value)) {
    const line = flow(value);
    if (line.length <= WIDTH.item) return line;
  }
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? blockMap(value, indent) : flow(value);
}

/** Scalars, and what is empty. */
function isLeaf(value: unknown): boolean {
  return typeof value !== 'object' || value === null || Object.keys(value).length === 0;
}

/** Of scalars, and of lists and maps of scalars. */
function isFlat(value: unknown): boolean {
  if (isLeaf(value)) return true;
  return Object.values(value as object).every((item) => isLeaf(item) || Object.values(item as object).every(isLeaf));
}

function flow(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(flow).join(', ')}]`;
  if (typeof value !== 'object' || value === null) return scalar(value);
  const entries = entriesOf(value);
  return entries.length === 0
    ? '{}'
    : `{ ${entries.map(([key, item]) => `${scalar(key)}: ${flow(item)}`).join(', ')} }`;
}

/** Quoted texts as in JSON, which YAML takes as they are. */
function scalar(value: unknown): string {
  return typeof value === 'string' && PLAIN.test(value) && !RESERVED.test(value)
    ? value
    : printableJson(JSON.stringify(value));
}

/** JSON over several lines, each of which drives no terminal. */
function printableLines(json: string): string {
  return json.split('\n').map(printableJson).join('\n');
}

function entriesOf(value: object): [string, unknown][] {
  return Object.entries(value).filter(([, item]) => item !== undefined);
}
