/** Jobs of one part of the scenario, told from all others by a mark in their ads. */
import type { Report } from './report.ts';
import { submit } from './rigs.ts';
import { pastJobs } from './truth.ts';

export interface Jobs {
  count: number;
  cpus: number;
  /** MiB. */
  memory: number;
  seconds: number;
  /** Further lines of the submit description. */
  lines?: string[];
}

/** HTCondor's history remembers the jobs of earlier runs. */
const markOf = (mark: string): string => `${mark}-${process.pid}`;

/** Constraint of the jobs with this mark. */
export const marked = (mark: string): string => `EhosE2e == "${markOf(mark)}"`;

/** Constraint of all jobs without it. */
export const unmarked = (mark: string): string => `EhosE2e != "${markOf(mark)}"`;

export const totalOf = (batches: readonly Jobs[]): number => batches.reduce((sum, { count }) => sum + count, 0);

export async function submitAll(pool: string, mark: string, batches: readonly Jobs[]): Promise<void> {
  for (const { count, cpus, memory, seconds, lines = [] } of batches)
    await submit(count, cpus, memory, seconds, `+EhosPool = "${pool}"`, `+EhosE2e = "${markOf(mark)}"`, ...lines);
}

/** Every one completed, at the first start: HTCondor's own history says so. */
export async function checkHistory(report: Report, what: string, mark: string, total: number): Promise<void> {
  const jobs = await pastJobs(marked(mark));
  const completed = jobs.filter(({ status }) => status === '4').length;
  report.check(`${what}: completed`, completed === total && jobs.length === total, `${completed} of ${total}`);
  const once = jobs.filter(({ starts }) => starts === '1').length;
  report.check(`${what}: started exactly once, by HTCondor's own history`, once === total, `${once} of ${jobs.length}`);
  const well = jobs.filter(({ exitCode }) => exitCode === '0').length;
  report.check(`${what}: exit code 0`, well === total, `${well} of ${jobs.length}`);
}
