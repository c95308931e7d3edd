/** The main job: from no node at all, queued jobs of three shapes get real nodes and run. */
import { checkHistory, marked, submitAll, totalOf, type Jobs } from './jobs.ts';
import type { Report } from './report.ts';
import { MINUTE, type Stage } from './stage.ts';
import { jobStates } from './truth.ts';

/** 60 jobs, 110 cores. */
const JOBS: Jobs[] = [
  { count: 30, cpus: 1, memory: 512, seconds: 20 },
  { count: 20, cpus: 2, memory: 1024, seconds: 20 },
  { count: 10, cpus: 4, memory: 2048, seconds: 20 },
];
const MARK = 'main';

export async function mainJob(stage: Stage): Promise<void> {
  const { report, pool } = stage;
  const total = totalOf(JOBS);
  const submitted = performance.now();
  await report.step(`submit ${total} jobs of three shapes`, async () => await submitAll(pool, MARK, JOBS));
  const clouds = await report.step('every job runs to its end', async () => await watchJobs(stage, submitted));
  await checkHistory(report, 'jobs of three shapes', MARK, total);
  report.check('nodes on both clouds', clouds.size === 2, [...clouds].sort().join(', '));
}

/** Returns the clouds on which there were nodes. */
async function watchJobs({ report, cluster, operator }: Stage, submitted: number): Promise<Set<string>> {
  const clouds = new Set<string>();
  let peak = 0;
  const marks = new Map<string, number>();
  const mark = (what: string): void => {
    if (!marks.has(what)) marks.set(what, (performance.now() - submitted) / 1000);
  };
  let shown = '';
  await operator.until('all jobs leave the queue', 10 * MINUTE, async () => {
    const states = await jobStates(marked(MARK));
    const list = await cluster.nodes();
    peak = Math.max(peak, list.length);
    for (const node of list) clouds.add(node.spec.cloudRef.name);
    if (list.some((node) => node.status?.requested !== undefined)) mark('first server asked for');
    if (list.some((node) => node.status?.joined !== undefined)) mark('first node joined');
    if (states.includes('2')) mark('first job runs');
    if (states.length === 0) mark('last job ended');
    const phases = list.map((node) => node.status?.phase ?? 'Pending').sort();
    const line = `${states.filter((s) => s === '1').length} idle, ${states.filter((s) => s === '2').length} running; nodes: ${phases.join(' ')}`;
    if (line !== shown) report.say(`  ${line}`);
    shown = line;
    return states.length === 0;
  });
  tellTimes(report, marks, peak);
  return clouds;
}

function tellTimes(report: Report, marks: ReadonlyMap<string, number>, peak: number): void {
  report.section(
    [
      '## Times from submit',
      '',
      '| what | seconds |',
      '|---|---|',
      ...[...marks].map(([what, s]) => `| ${what} | ${s.toFixed(1)} |`),
      '',
      `Most nodes at a time: ${peak}.`,
      '',
    ].join('\n'),
  );
}
