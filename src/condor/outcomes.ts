/** What became of jobs on which machine lately: answers of `condor_history` and `condor_q`. Asked only where something looks odd. */
import type { ScriptStep } from '../base/remote-script.ts';
import type { MachineOutcomes } from '../domain/black-holes.ts';
import { parseAds, type Ad } from './classad.ts';
import * as commands from './commands.ts';
import type { Answers } from './round-trip.ts';

/** A job that ended sooner did no work worth speaking of, seconds. */
const AT_ONCE = 15;
/** Starts of one job that came to nothing; more of the same job say no more. */
const MOST_OF_ONE = 10;
const COMPLETED = 4;

/** One round trip. By machine. `since`: seconds of the master's clock. Both answers or nothing: half of it would be no comparison. */
export async function outcomes(
  seconds: number,
  run: (steps: ScriptStep[]) => Promise<Answers>,
): Promise<Map<string, MachineOutcomes>> {
  const now = Number((await run([commands.queryTime('time')])).output('time').trim());
  const since = Math.floor(now) - seconds;
  const answers = await run([commands.queryHistory('history', since), commands.queryFailing('failing', since)]);
  const machines = new Map<string, MachineOutcomes>();
  const count = (ad: Ad, what: keyof MachineOutcomes, n: number): void => {
    const host = ad.text('LastRemoteHost');
    const machine = host?.slice(host.indexOf('@') + 1).toLowerCase();
    if (machine === undefined || machine === '') return;
    const known = machines.get(machine) ?? { bad: 0, good: 0 };
    machines.set(machine, { ...known, [what]: known[what] + n });
  };
  for (const ad of parseAds(answers.output('history'))) {
    const what = judged(ad);
    if (what) count(ad, what, 1);
  }
  for (const ad of parseAds(answers.output('failing'))) count(ad, 'bad', failedStarts(ad));
  return machines;
}

/** A job that was removed by its owner says nothing. One that failed after it had worked for a while may be to blame itself. */
function judged(ad: Ad): keyof MachineOutcomes | undefined {
  if (ad.number('JobStatus') !== COMPLETED) return undefined;
  const well = ad.get('ExitBySignal') !== true && ad.number('ExitCode') === 0;
  if (well) return 'good';
  return (ad.number('RemoteWallClockTime') ?? Infinity) <= AT_ONCE ? 'bad' : undefined;
}

/** Its starter began and the job did not, or it was held (measured: NumShadowStarts counts each attempt, NumJobStarts only those that ran). */
function failedStarts(ad: Ad): number {
  const failed = (ad.number('NumShadowStarts') ?? 0) - (ad.number('NumJobStarts') ?? 0);
  return Math.min(MOST_OF_ONE, Math.max(1, failed));
}
