/** A log that counts instead of writing: how often a pool was planned with consequences, and what went wrong. */
import type { Log } from '../../src/base/log.ts';

/** How `whatWords` of src/domain/journal.ts begins the decision of such a plan. */
const CREATING = 'create ';

export class CountingLog implements Log {
  /** Message -> how often. Decisions of pools are among the infos, one for each plan that created or removed. */
  readonly infos: Map<string, number>;
  readonly problems: Map<string, number>;
  /** When a plan first created nodes, ms since the epoch. */
  firstCreatingPlanAt: number | undefined;

  constructor(from?: CountingLog) {
    this.infos = from?.infos ?? new Map<string, number>();
    this.problems = from?.problems ?? new Map<string, number>();
  }

  debug(): void {
    // not counted: nobody reads it
  }

  info(message: string): void {
    if (message.startsWith(CREATING)) this.firstCreatingPlanAt ??= Date.now();
    this.infos.set(message, (this.infos.get(message) ?? 0) + 1);
  }

  warn(message: string): void {
    this.problems.set(message, (this.problems.get(message) ?? 0) + 1);
  }

  error(message: string): void {
    this.warn(message);
  }

  child(): Log {
    return new CountingLog(this);
  }

  /** Plans so far that created nodes. */
  get creatingPlans(): number {
    return [...this.infos].filter(([message]) => message.startsWith(CREATING)).reduce((sum, [, n]) => sum + n, 0);
  }
}
