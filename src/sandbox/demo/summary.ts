/** The end of the demo: what must be equal is compared, and counted against the sandbox's own truth. */
import type { Sandbox } from '../sandbox.ts';
import type { Observer } from './observer.ts';
import type { RunningProgram } from './program.ts';

export interface SummaryInput {
  observer: Observer;
  sandbox: Sandbox;
  operator: RunningProgram;
  submitted: number;
}

export function summarize({ observer, sandbox, operator, submitted }: SummaryInput): { ok: boolean; text: string } {
  const history = sandbox.pool.history();
  const once = history.filter((record) => record.starts === 1).length;
  const deleted = sandbox.openstack.events.filter((event) => event.type === 'gone').length;
  const created = sandbox.openstack.events.filter((event) => event.type === 'requested').length;
  const left = sandbox.openstack.servers().length;
  const { calls, commands } = operator.operator.figures();
  const sum = (counts: readonly { count: number }[]): number => counts.reduce((total, { count }) => total + count, 0);
  const rows: [what: string, found: string, ok: boolean][] = [
    ['jobs submitted = completed', `${submitted} = ${history.length}`, history.length === submitted],
    ['each started exactly once', `${once} of ${history.length}`, once === submitted],
    ['servers created = deleted', `${created} = ${deleted}`, created === deleted && created > 0],
    ['servers left', String(left), left === 0],
    ['most nodes at a time', String(observer.peak), observer.peak > 0],
    // a single node is in a single cloud
    ['clouds used', [...observer.clouds].sort().join(', '), observer.clouds.size === Math.min(2, created)],
    ['time to first job', `${observer.firstJob?.toFixed(1) ?? '-'} s`, observer.firstJob !== undefined],
    ['time to last job', `${observer.lastJob?.toFixed(1) ?? '-'} s`, observer.lastJob !== undefined],
    ['calls to OpenStack', String(sum(calls.filter(({ kind }) => kind !== 'kubernetes'))), true],
    ['commands to HTCondor', String(sum(commands)), true],
  ];
  const ok = rows.every((row) => row[2]);
  const text = [
    '',
    'summary',
    ...rows.map(([what, found, good]) => `  ${what.padEnd(28)} ${found}${good ? '' : '   <-- WRONG'}`),
    ok ? 'all is as it should be' : 'something is wrong: see the marked lines',
  ].join('\n');
  return { ok, text };
}
