/** The same in plain words. */
import { count } from '../../domain/words.ts';
import { ago } from '../age.ts';
import { columns } from '../columns.ts';
import type { Paint } from '../style.ts';
import type { WhyReport } from './report.ts';

export function whyText(report: WhyReport, now: number, paint: Paint): string {
  const { lastDecision, hindrances, unsatisfiable, phantoms, nodeNotes, recentChanges, conditions, events } = report;
  const sections = [
    headText(report, paint),
    lastDecision
      ? `Last decision, ${ago(lastDecision.when, now)}:\n  ${lastDecision.what}\n  because ${lastDecision.why}`
      : 'Nothing was decided yet.',
    ...section('In the way:', hindrances, paint),
    ...section(
      'Jobs that no node could run:',
      unsatisfiable.map(
        (group) =>
          `${count(group.count, 'job')} of ${group.jobs}: ${group.reason}${group.remedy === '' ? '' : `. Remedy: ${group.remedy}`}`,
      ),
      paint,
    ),
    ...section(
      'Jobs that do not count for now:',
      phantoms.map((group) => `${count(group.count, 'job')} of ${group.jobs}, until ${group.until}: ${group.why}`),
      paint,
    ),
    ...section(
      'Nodes:',
      nodeNotes.map(({ node, note }) => `${node} ${note}`),
      paint,
    ),
    ...section(
      'Done lately:',
      recentChanges.map(({ what, why, when }) => `${ago(when, now)}: ${what}, because ${why}`),
      paint,
    ),
    ...table(
      'Conditions:',
      ['TYPE', 'STATUS', 'SINCE', 'REASON', 'MESSAGE'],
      conditions.map((one) => [one.type, one.status, ago(one.lastTransitionTime, now), one.reason, one.message]),
      paint,
    ),
    ...table(
      'Events:',
      ['WHEN', 'ABOUT', 'REASON', 'TIMES', 'MESSAGE'],
      events.map((one) => [ago(one.time, now), one.about, one.reason, one.times, one.message]),
      paint,
    ),
  ];
  return `${sections.join('\n\n')}\n`;
}

function headText({ pool, namespace, mode, nodes, jobs }: WhyReport, paint: Paint): string {
  const { total, desired, min, max } = nodes;
  const size = `${count(total, 'node')}, ${desired} wanted, between ${min} and ${max}`;
  const queue = `${count(jobs.idle, 'job')} idle, ${jobs.running} running, ${jobs.held} held`;
  return `${paint('bold', `pool ${pool} in namespace ${namespace}`)} (${mode}): ${size}; ${queue}`;
}

function section(title: string, lines: readonly string[], paint: Paint): string[] {
  return lines.length === 0 ? [] : [[paint('bold', title), ...lines.map((line) => `  - ${line}`)].join('\n')];
}

function table(title: string, heads: readonly string[], rows: readonly (string | number)[][], paint: Paint): string[] {
  if (rows.length === 0) return [];
  const lines = columns(
    heads.map((head) => ({ title: head })),
    rows,
  );
  return [[paint('bold', title), ...lines.map((line) => `  ${line}`)].join('\n')];
}
