/** Draining: what condor_drain is asked for, and what its answers prove. */
import { EhosError } from '../base/errors.ts';
import type { ScriptStep, StepResult } from '../base/remote-script.ts';
import { parseAds } from './classad.ts';
import * as commands from './commands.ts';
import type { DrainOutcome } from './master.ts';
import type { Answers } from './round-trip.ts';

/**
 * What condor_drain's answer proves. The codes are the startd's own (measured with 23.9.6):
 * 10003 the check was false, so a job runs there; 10001 it drains already.
 */
export function drainOutcome(step: StepResult): DrainOutcome {
  if (step.code === 0) return { kind: 'Drained' };
  const message = `${step.stdout} ${step.stderr}`.replace(/\s+/g, ' ').trim() || `exit code ${step.code}`;
  const code = /error code (\d+)/.exec(message)?.[1];
  if (code === '10003') return { kind: 'Busy', message };
  if (code === '10001') return { kind: 'AlreadyDraining' };
  return { kind: 'Failed', message };
}

/**
 * `slot1@host.domain`, as the ad has it. Without an `@` the tool takes it for a host name; a leading dash would be an option.
 */
export function isSlotName(name: string): boolean {
  return name.length <= 512 && /^[A-Za-z0-9_][\w.:@-]*@[\w.:@-]+$/.test(name);
}

/**
 * One round trip: which jobs run there, then their end. A startd that drains takes no second drain (measured: 10001), so the one that waits
 * for its jobs is called off first; a job that comes in between is ended as well, and is one of a node that must take none.
 */
export async function vacate(
  { slotName, reason }: { slotName: string; reason: string },
  run: (steps: ScriptStep[]) => Promise<Answers>,
): Promise<{ jobs: string[] }> {
  const answers = await run([
    commands.queryJobsOn('jobs', slotName),
    commands.cancelDrain('cancel-drain', slotName),
    commands.evict('evict', slotName, reason),
  ]);
  const outcome = drainOutcome(answers.of('evict'));
  if (outcome.kind !== 'Drained') {
    const message = 'message' in outcome ? outcome.message : 'it drains already';
    throw new EhosError('Transient', `vacate ${slotName}: ${message}`);
  }
  return { jobs: jobsIn(answers.of('jobs')) };
}

/** Only for words: where they cannot be read there are none to name. */
function jobsIn({ code, stdout }: StepResult): string[] {
  if (code !== 0) return [];
  try {
    return parseAds(stdout).flatMap((ad) => {
      const [job] = /^\d{1,9}\.\d{1,9}$/.exec(ad.text('JobId') ?? '') ?? [];
      const owner = /^[\w.@+-]{1,64}$/.exec(ad.text('RemoteOwner') ?? '')?.[0];
      return job === undefined ? [] : [owner === undefined ? job : `${job} of ${owner}`];
    });
  } catch {
    return [];
  }
}
