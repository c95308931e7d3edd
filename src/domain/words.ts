/** Numbers as the texts of decisions say them: whole, with their unit, and the same for the same situation. */
import type { Demand } from './plan-types.ts';
import type { Shape } from './snapshots.ts';

const MIB_PER_GIB = 1024;
const KIB_PER_GIB = 1024 * 1024;
/** Shapes that one sentence names; the rest is counted. */
const NAMED_SHAPES = 4;
const NAMED_NODES = 5;

/** `1 core`, `4 cores`. */
export function count(n: number, noun: string, plural = `${noun}s`): string {
  return `${n} ${n === 1 ? noun : plural}`;
}

/** `512 MiB`, `2 GiB`: the shortest exact form. */
export function memoryWords(mib: number): string {
  return mib >= MIB_PER_GIB && mib % MIB_PER_GIB === 0 ? `${mib / MIB_PER_GIB} GiB` : `${Math.round(mib)} MiB`;
}

/** `20 GiB`, `1.5 GiB`, for KiB. */
export function diskWords(kib: number): string {
  return `${Math.round((kib / KIB_PER_GIB) * 10) / 10} GiB`;
}

/** `4 cores 2 GiB`, and GPUs and disk where there are any worth naming. */
export function shapeWords(shape: Shape): string {
  const parts = [count(shape.cpus, 'core'), memoryWords(shape.memory)];
  if (shape.gpus > 0) parts.push(count(shape.gpus, 'GPU'));
  if (shape.disk >= KIB_PER_GIB) parts.push(`${diskWords(shape.disk)} disk`);
  return parts.join(' ');
}

/** How many jobs, and what they ask for in words. */
export interface NamedGroup {
  words: string;
  count: number;
}

function named({ count: n, ...shape }: Demand): NamedGroup {
  return { words: shapeWords(shape), count: n };
}

/** `8 of 1 core 512 MiB, 4 of 4 cores 2 GiB`: the most numerous first, shapes that read alike together. */
export function groupWords(groups: readonly Demand[]): string {
  return namedGroupWords(byWords(groups.map(named)));
}

function byWords(groups: readonly NamedGroup[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const { words, count: n } of groups) counts.set(words, (counts.get(words) ?? 0) + n);
  return counts;
}

function namedGroupWords(counts: ReadonlyMap<string, number>): string {
  const sorted = [...counts].sort(([a, m], [b, n]) => n - m || (a < b ? -1 : 1));
  const told = sorted.slice(0, NAMED_SHAPES).map(([words, n]) => `${n} of ${words}`);
  const others = sorted.slice(NAMED_SHAPES);
  if (others.length > 0) {
    const jobs = others.reduce((sum, [, n]) => sum + n, 0);
    told.push(`${jobs} of ${count(others.length, 'other shape')}`);
  }
  return told.join(', ');
}

/** `12 idle jobs (8 of 1 core 512 MiB, 4 of 4 cores 2 GiB)`; all alike: `4 jobs of 1 core 512 MiB`. */
export function jobsWords(groups: readonly Demand[], adjective = 'idle '): string {
  return namedJobsWords(groups.map(named), adjective);
}

/** The same where the words for each shape are known already. */
export function namedJobsWords(groups: readonly NamedGroup[], adjective: string): string {
  const counts = byWords(groups);
  let total = 0;
  for (const n of counts.values()) total += n;
  const jobs = count(total, `${adjective}job`);
  return counts.size === 1 ? `${jobs} of ${[...counts.keys()].join()}` : `${jobs} (${namedGroupWords(counts)})`;
}

/** `a, b and 3 more`. */
export function namesWords(names: readonly string[]): string {
  const named = names.slice(0, NAMED_NODES).join(', ');
  return names.length > NAMED_NODES ? `${named} and ${names.length - NAMED_NODES} more` : named;
}

/** `is` or `are`. */
export function be(n: number): string {
  return n === 1 ? 'is' : 'are';
}

/** Names that others chose, without what a terminal or a log would act upon. */
export function printable(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, '?');
}
