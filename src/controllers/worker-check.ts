/** Can nodes of a pool be prepared at all? Asked before any is planned, so that no record is made for nothing. */
import { EhosError } from '../base/errors.ts';
import { keyOf, type EhosMaster, type EhosNodePool } from '../api/resources.ts';
import type { Context } from './context.ts';
import type { MasterSession } from './master-session.ts';
import { problemOf, type Problem } from './problem.ts';
import { checkWorkerData } from './worker-data.ts';

/** How long user data that were found to be right are taken to be so, ms: ConfigMaps and Secrets may change. */
const CHECK_INTERVAL = 5_000;

export class WorkerCheck {
  /** Pool -> when its nodes' data were last found to be right, from what, and a hash of what they were made from. */
  readonly #checked = new Map<string, { at: number; from: string; made: string }>();

  constructor(private readonly context: Context) {}

  /** Undefined when nothing stands against it, or when it cannot be told because the master is not known. */
  async problem(
    pool: EhosNodePool,
    master: EhosMaster | undefined,
    masterSession: MasterSession | undefined,
  ): Promise<Problem | undefined> {
    if (!master || !masterSession?.facts) return undefined;
    const now = this.context.clock.now();
    const rest = masterSession.cooldowns.rests(now).get(pool.metadata.name);
    if (master.metadata.deletionTimestamp !== undefined)
      return transient(`EhosMaster "${master.metadata.name}" is being deleted`);
    if (rest && rest.until > now) return transient(`nodes could not be prepared: ${rest.reason}`);
    const { facts } = masterSession;
    const from = JSON.stringify([pool.metadata.uid, pool.metadata.generation, master.metadata.generation, facts]);
    const checked = this.#checked.get(keyOf(pool));
    if (checked?.from === from && now - checked.at < CHECK_INTERVAL) return undefined;
    try {
      const made = await checkWorkerData(this.context, { pool, master, masterSession }, checked?.made);
      this.#checked.set(keyOf(pool), { at: now, from, made });
      return undefined;
    } catch (error) {
      this.#checked.delete(keyOf(pool));
      const problem = problemOf(error, true);
      return { ...problem, message: placeOf(error, master) + problem.message };
    }
  }

  forget(poolKey: string): void {
    this.#checked.delete(poolKey);
  }
}

function transient(message: string): Problem {
  return { message, errorClass: 'Transient', connected: true };
}

/** Whose field is wrong: the pool's own, named from the template on, or one of its master. */
function placeOf(error: unknown, master: EhosMaster): string {
  const field = error instanceof EhosError ? (error.field ?? '') : '';
  if (field.startsWith('template.')) return 'spec.';
  return /^spec\.(condor|nodeCredentials)\b/.test(field) ? `EhosMaster "${master.metadata.name}": ` : '';
}
