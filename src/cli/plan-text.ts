/** What `ehos plan` says, for people. */
import { formatDuration } from '../base/duration.ts';
import { RESOURCES, type Resource } from '../domain/amounts.ts';
import { memoryWords, shapeWords } from '../domain/words.ts';
import { columns, type Column } from './columns.ts';
import type { CloudReport, PlanReport, PoolReport } from './plan-report.ts';

const N: Column = { title: 'N', right: true };
const CREATES: readonly Column[] = [N, { title: 'FLAVOR' }, { title: 'CLOUD' }, { title: 'ZONE' }, { title: 'REASON' }];
const NODES: readonly Column[] = [{ title: 'NODE' }, { title: 'REASON' }];
const HOPELESS: readonly Column[] = [N, { title: 'JOBS OF' }, { title: 'REASON' }, { title: 'REMEDY' }];
const PHANTOMS: readonly Column[] = [
  N,
  { title: 'JOBS OF' },
  { title: 'UNTIL' },
  { title: 'REFUSED BY' },
  { title: 'HTCONDOR SAYS' },
];
const JOURNAL: readonly Column[] = [{ title: 'ABOUT' }, { title: 'WHAT' }];
const UNMATCHED: readonly Column[] = [N, { title: 'MASTER' }, { title: 'POOL' }];
const CLOUDS: readonly Column[] = [
  { title: 'CLOUD' },
  { title: 'RESOURCE' },
  { title: 'USED', right: true },
  { title: 'AFTER', right: true },
  { title: 'LIMIT', right: true },
  { title: 'BY' },
];

export function planText(report: PlanReport): string {
  const sections = [
    `${report.pools.length === 1 ? 'plan' : 'plans'} for namespace ${report.namespace} at ${report.takenAt}`,
    ...report.pools.map(poolText),
    ...table('clouds', CLOUDS, report.clouds.flatMap(cloudRows)),
    ...table(
      'idle jobs that no pool serves',
      UNMATCHED,
      report.unmatchedJobs.map(({ master, pool, jobs }) => [jobs, master, pool ?? '(they name none)']),
    ),
  ];
  return `${sections.join('\n\n')}\n`;
}

function poolText(pool: PoolReport): string {
  const facts: [string, string][] = [
    ['what', pool.what],
    ['why', pool.why],
    ['nodes', `${pool.nodes}, wanted ${pool.desiredNodes}`],
  ];
  if (pool.limited) facts.push(['limit', `${pool.limited.reason}: ${pool.limited.message}`]);
  if (pool.recheckAfter !== null) facts.push(['again', `in ${formatDuration(pool.recheckAfter * 1000)}`]);
  const head = [`pool ${pool.name}${pool.mode === 'Active' ? '' : ` (${pool.mode})`}`];
  const lines = [...head, ...facts.map(([name, value]) => `  ${name.padEnd(7)}${value}`)].join('\n');
  const parts = [
    ...table(
      'create',
      CREATES,
      pool.creates.map(({ count, flavor, cloud, zone, reason }) => [count, flavor, cloud, zone ?? '-', reason]),
    ),
    ...table(
      'call back',
      NODES,
      pool.recalls.map(({ node, reason }) => [node, reason]),
    ),
    ...table(
      'remove',
      NODES,
      pool.removals.map(({ node, reason }) => [node, reason]),
    ),
    ...table(
      'cannot be run',
      HOPELESS,
      pool.unsatisfiable.map((group) => [group.count, shapeWords(group), group.reason, group.remedy]),
    ),
    ...table('do not count for now', PHANTOMS, pool.phantoms.map(phantomRow)),
    ...table(
      'journal',
      JOURNAL,
      pool.journal.map(({ kind, message }) => [kind, message]),
    ),
  ];
  return [lines, ...parts.map(indented)].join('\n\n');
}

function phantomRow(phantom: PoolReport['phantoms'][number]): (string | number)[] {
  const { count, until, refusedBy, example } = phantom;
  const says = example ? `${example.job}: ${example.analysis}` : '-';
  return [count, shapeWords(phantom), until, refusedBy.join(', ') || '-', says];
}

function cloudRows({ name, resources }: CloudReport): (string | number)[][] {
  const rows = RESOURCES.flatMap((what) =>
    (resources[what] ?? []).map(({ by, limit, used, after }) => {
      const words = (n: number): string => amountWords(what, n);
      return [
        name,
        what,
        words(used),
        words(after),
        limit === null ? 'none' : words(limit),
        by === 'quota' ? 'quota' : 'spec.limits',
      ];
    }),
  );
  return rows.length > 0 ? rows : [[name, '-', '-', '-', 'none', '-']];
}

function amountWords(what: Resource, n: number): string {
  return what === 'memory' ? memoryWords(n) : what === 'gigabytes' ? `${n} GiB` : String(n);
}

/** Nothing for a table without rows. */
function table(title: string, heads: readonly Column[], rows: readonly (readonly (string | number)[])[]): string[] {
  return rows.length === 0 ? [] : [[title, ...columns(heads, rows).map((line) => `  ${line}`)].join('\n')];
}

function indented(text: string): string {
  return text.replace(/^/gm, '  ');
}
