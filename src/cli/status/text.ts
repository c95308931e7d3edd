/** What `ehos status` says, for people. */
import { memoryWords } from '../../domain/words.ts';
import { ago } from '../age.ts';
import { columns, type Column } from '../columns.ts';
import type { Paint } from '../style.ts';
import { picture } from './picture.ts';
import type { CloudLine, MasterLine, PoolLine, StatusReport } from './report.ts';

const right = (title: string): Column => ({ title, right: true });
const MASTERS = [
  { title: 'MASTER' },
  right('IDLE'),
  right('RUNNING'),
  right('HELD'),
  right('UNSERVED'),
  { title: 'HTCONDOR' },
  { title: 'READY' },
];
const POOLS = [
  { title: 'POOL' },
  right('NODES'),
  right('WANTED'),
  right('MAX'),
  right('BUSY'),
  right('IDLE'),
  right('STARTING'),
  right('DRAINING'),
  right('LOST'),
  right('QUEUED'),
  { title: 'MODE' },
  { title: 'READY' },
];
const CLOUDS = [
  { title: 'CLOUD' },
  right('NODES'),
  right('OTHERS'),
  { title: 'SERVERS' },
  { title: 'CORES' },
  { title: 'MEMORY' },
  { title: 'READY' },
];

export function statusText(report: StatusReport, paint: Paint): string {
  const { masters, pools, clouds, takenAt, historyProblem } = report;
  const several = new Set([...masters, ...pools, ...clouds].map(({ namespace }) => namespace)).size > 1;
  const name = (line: { namespace: string; name: string }): string =>
    several ? `${line.namespace}/${line.name}` : line.name;
  const now = Date.parse(takenAt);
  const sections = [
    ...table(MASTERS, masters, (line) => masterRow(line, name(line)), paint),
    ...table(POOLS, pools, (line) => poolRow(line, name(line)), paint),
    ...pools.map((pool) => poolWords(pool, report, now, name(pool), paint)),
    ...table(CLOUDS, clouds, (line) => cloudRow(line, name(line)), paint),
    ...problems([...masters, ...clouds], name, paint),
    ...(historyProblem === undefined ? [] : [paint('dim', `no picture of the last hour: ${historyProblem}`)]),
  ];
  if (pools.length === 0) sections.unshift('there is no EhosNodePool: ehos init writes one, ehos check checks it');
  return `${sections.join('\n\n')}\n`;
}

function table<T>(
  heads: readonly Column[],
  lines: readonly T[],
  row: (line: T) => (string | number)[],
  paint: Paint,
): string[] {
  if (lines.length === 0) return [];
  const [head = '', ...rows] = columns(heads, lines.map(row));
  return [[paint('bold', head), ...rows].join('\n')];
}

function masterRow(
  { idle, running, held, unmatched, condorVersion, ready }: MasterLine,
  name: string,
): (string | number)[] {
  return [name, idle, running, held, unmatched, condorVersion ?? '-', ready];
}

function poolRow({ nodes, jobs, mode, ready }: PoolLine, name: string): (string | number)[] {
  const { total, desired, max, busy, idle, starting, draining, lost } = nodes;
  return [name, total, desired, max, busy, idle, starting, draining, lost, jobs.idle, mode, ready];
}

function cloudRow({ nodes, foreign, quota, ready, suspended }: CloudLine, name: string): (string | number)[] {
  const plain = (n: number): string => String(n);
  return [
    name,
    nodes,
    foreign,
    share(quota.instances, plain),
    share(quota.cores, plain),
    share(quota.memory, memoryWords),
    suspended ? `${ready}, suspended` : ready,
  ];
}

/** A negative limit, or none, is no limit. */
function share(quota: { used?: number; limit?: number } | undefined, words: (n: number) => string): string {
  if (quota?.used === undefined) return '-';
  const { used, limit = -1 } = quota;
  return limit < 0 ? words(used) : `${words(used)} of ${words(limit)}`;
}

function poolWords(pool: PoolLine, report: StatusReport, now: number, name: string, paint: Paint): string {
  const { jobs, what, why, when, limited, problem } = pool;
  const lines = [
    paint('bold', `pool ${name}`),
    ...(what === undefined ? [] : [`  ${what} (${ago(when, now)})`]),
    ...(why === undefined ? [] : [`  why: ${why}`]),
    ...(limited === undefined ? [] : [paint('yellow', `  limited: ${limited}`)]),
    ...(problem === undefined ? [] : [paint('red', `  ${problem}`)]),
    ...(jobs.unsatisfiable > 0
      ? [paint('yellow', `  ${jobs.unsatisfiable} idle jobs that no node could run: ehos why ${pool.name}`)]
      : []),
    ...(jobs.phantom > 0
      ? [`  ${jobs.phantom} idle jobs that HTCondor does not start do not count for now: ehos why ${pool.name}`]
      : []),
    ...picture(report.history ?? [], `${pool.namespace}/${pool.name}`, now).map((row) => `  ${row}`),
  ];
  return lines.join('\n');
}

function problems(
  lines: readonly (MasterLine | CloudLine)[],
  name: (line: MasterLine | CloudLine) => string,
  paint: Paint,
): string[] {
  const wrong = lines.filter(({ problem }) => problem !== undefined);
  return wrong.length === 0
    ? []
    : [wrong.map((line) => paint('red', `${name(line)}: ${line.problem ?? ''}`)).join('\n')];
}
