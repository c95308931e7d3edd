import type { StepResult } from '../base/remote-script.ts';
import type { DrainOutcome } from './master.ts';

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
