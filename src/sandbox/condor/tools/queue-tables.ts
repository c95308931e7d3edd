/** condor_q's tables for people (forms measured; times in UTC). */
import { textOf, type Ad } from '../pool/classad.ts';
import { JobStatus, type Cluster } from '../pool/jobs.ts';
import type { CondorPool } from '../pool/pool.ts';
import { dateAndTime, dayAndTime, duration } from './columns.ts';

const LETTERS: Readonly<Record<number, string>> = { 1: 'I', 2: 'R', 3: 'X', 4: 'C', 5: 'H' };

export function queueHeader(pool: CondorPool): string {
  const { hostname, collector } = pool.settings;
  return `\n\n-- Schedd: ${hostname} : <${collector.host}:${collector.port}?... @ ${dateAndTime(pool.clock.now())}\n`;
}

/** One line a cluster. The HOLD column is left out while something runs and nothing is held (measured). */
export function batchTable(clusters: readonly Cluster[]): string {
  const held =
    clusters.length === 0 ||
    clusters.some(({ counts }) => (counts[JobStatus.Held] ?? 0) > 0 || (counts[JobStatus.Running] ?? 0) === 0);
  const owner = Math.max(5, ...clusters.map(({ shape }) => shape.owner.length));
  const batch = clusters.length === 0 ? 14 : Math.max(12, ...clusters.map(({ id }) => `ID: ${id}`.length));
  const head = `${'OWNER'.padEnd(owner)} ${'BATCH_NAME'.padEnd(batch)} ${'SUBMITTED'.padStart(11)}`;
  const count = (value: number): string => (value === 0 ? '_' : String(value)).padStart(7);
  const lines = clusters.map(({ id, shape, counts, queuedAt, submitted, next, present }) => {
    const done = Math.max(0, next - present);
    const numbers = [
      done,
      counts[JobStatus.Running],
      counts[JobStatus.Idle],
      ...(held ? [counts[JobStatus.Held]] : []),
      submitted,
    ];
    const name = `${shape.owner.padEnd(owner)} ${`ID: ${id}`.padEnd(batch)} ${dayAndTime(queuedAt)}`;
    return `${name}${numbers.map((number) => count(number ?? 0)).join('')} ${idRange(id, next)}\n`;
  });
  return `${head}   DONE   RUN    IDLE ${held ? '  HOLD ' : ''} TOTAL JOB_IDS\n${lines.join('')}\n`;
}

export function jobTable(jobs: readonly Ad[], columns: 'all' | 'hold' | 'run', now: number): string {
  const head = {
    all: ' ID      OWNER            SUBMITTED     RUN_TIME ST PRI SIZE CMD',
    hold: ' ID      OWNER          HELD_SINCE  HOLD_REASON',
    run: ' ID      OWNER            SUBMITTED     RUN_TIME HOST(S)',
  }[columns];
  const lines = jobs.map((ad) => {
    const id = `${textOf(ad, 'ClusterId').padStart(4)}.${textOf(ad, 'ProcId').padEnd(3)}`;
    const submitted = dayAndTime(Number(ad.get('QDate')) * 1000);
    const start = `${id} ${textOf(ad, 'Owner').padEnd(14)} ${submitted}`;
    if (columns === 'hold') return `${start} ${textOf(ad, 'HoldReason')}\n`;
    const startedAt = ad.get('JobCurrentStartDate');
    const ran = duration(typeof startedAt === 'number' ? now / 1000 - startedAt : 0).padStart(12);
    if (columns === 'run') return `${start} ${ran} ${textOf(ad, 'RemoteHost')}\n`;
    return `${start} ${ran} ${LETTERS[Number(ad.get('JobStatus'))] ?? '?'}  0    0.0 sleep ${textOf(ad, 'Args')}\n`;
  });
  return `${head}\n${lines.join('')}${columns === 'run' ? '' : '\n'}`;
}

/** Lines of totals; a space ends each but the last (measured). */
export function queueTotals(query: readonly Cluster[], all: readonly Cluster[], user: string | undefined): string {
  const own = user === undefined ? [] : [`Total for ${user}: ${totals(query)} \n`];
  return [`Total for query: ${totals(query)} \n`, ...own, `Total for all users: ${totals(all)}\n\n`].join('');
}

function totals(clusters: readonly Cluster[]): string {
  const sum = (status: JobStatus): number => clusters.reduce((total, { counts }) => total + (counts[status] ?? 0), 0);
  const states = [
    `${sum(JobStatus.Completed)} completed`,
    `${sum(JobStatus.Removed)} removed`,
    `${sum(JobStatus.Idle)} idle`,
    `${sum(JobStatus.Running)} running`,
    `${sum(JobStatus.Held)} held`,
    '0 suspended',
  ];
  return `${clusters.reduce((total, { present }) => total + present, 0)} jobs; ${states.join(', ')}`;
}

function idRange(id: number, next: number): string {
  return next <= 1 ? `${id}.0` : `${id}.0-${next - 1}`;
}
