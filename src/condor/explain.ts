/** Why a job waits, in HTCondor's own words. */
import { EhosError, messageOf } from '../base/errors.ts';
import type { ScriptStep } from '../base/remote-script.ts';
import { analyseJob, queryGroups, queryRejection } from './commands.ts';
import type { ExplainedJobs } from './master.ts';
import { oldestIdle } from './queue.ts';
import { reasonOf } from './reasons.ts';
import type { Answers } from './round-trip.ts';

/** Two round trips: which job, then what is said of it. Rejects when the queue cannot be read. */
export async function explain(
  jobs: ExplainedJobs,
  schedds: string[],
  run: (steps: ScriptStep[]) => Promise<Answers>,
): Promise<{ job: string; reason: string } | undefined> {
  const all = [undefined, ...new Set(schedds)];
  const queues = await run(all.map((schedd, i) => queryGroups(`queue-${i}`, schedd)));
  const found = all
    .map((schedd, i) => ({ schedd, job: jobIn(queues.output(`queue-${i}`), jobs) }))
    .find(({ job }) => job !== undefined);
  if (found?.job === undefined) return undefined;
  const { job, schedd } = found;
  const answers = await run([queryRejection('rejection', job, schedd), analyseJob('analysis', job, schedd)]);
  const reason = reasonOf(answers.of('rejection'), answers.of('analysis'));
  return reason === undefined ? undefined : { job, reason };
}

function jobIn(output: string, jobs: ExplainedJobs): string | undefined {
  try {
    return oldestIdle(output, jobs);
  } catch (error) {
    throw new EhosError('Transient', `the queue cannot be read: ${messageOf(error)}`, { cause: error });
  }
}
