/** What `ehos check` says, for people. */
import type { Paint, Style } from '../style.ts';
import { count, type Line, type Result } from './line.ts';
import type { CheckReport } from './run.ts';

const STYLES: Record<Result, Style> = { OK: 'green', WARN: 'yellow', FAIL: 'red', SKIP: 'dim' };

export function checkText({ lines }: CheckReport, paint: Paint): string {
  const groups = new Map<string, Line[]>();
  for (const line of lines) groups.set(line.about, [...(groups.get(line.about) ?? []), line]);
  const width = Math.max(0, ...lines.map(({ what }) => what.length));
  const sections = [...groups].map(([about, inside]) =>
    [paint('bold', about), ...inside.map((line) => lineText(line, width, paint))].join('\n'),
  );
  return `${[...sections, summary(lines, paint)].join('\n\n')}\n`;
}

function lineText({ what, result, found, remedy }: Line, width: number, paint: Paint): string {
  const line = `  ${paint(STYLES[result], result.padEnd(4))}  ${what.padEnd(width)}  ${found}`;
  return remedy === undefined ? line : `${line}\n${' '.repeat(width + 10)}remedy: ${remedy}`;
}

function summary(lines: readonly Line[], paint: Paint): string {
  const counts = (['OK', 'WARN', 'FAIL', 'SKIP'] as const).map((result) => [result, count(lines, result)] as const);
  const words = counts.filter(([, n]) => n > 0).map(([result, n]) => `${n} ${result}`);
  const failed = count(lines, 'FAIL') > 0;
  return paint(failed ? 'red' : 'green', words.join(', '));
}
