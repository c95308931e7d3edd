/** The server group of a pool in each of its clouds: made when its first node is launched, removed with the pool. */
import type { EhosNodePool } from '../api/resources.ts';
import type { Clock } from '../base/clock.ts';
import type { CloudBackend } from '../cloud/backend.ts';

/** How long a group that was found is taken to be there, ms. */
const KNOWN_FOR = 5 * 60_000;

/** Group names are not unique in a project; the uid of the pool makes this one so. */
export function serverGroupName(pool: EhosNodePool): string {
  return `ehos-${pool.metadata.uid ?? pool.metadata.name}`;
}

export class ServerGroups {
  readonly #known = new Map<string, { id: Promise<string>; since: number }>();

  constructor(private readonly clock: Clock) {}

  /** The id of the pool's group. Launches side by side ask once: two of them would make two groups. */
  async idFor(backend: CloudBackend, pool: EhosNodePool, policy: string, signal: AbortSignal): Promise<string> {
    const name = serverGroupName(pool);
    const key = `${name} ${policy}`;
    const known = this.#known.get(key);
    if (known && this.clock.now() - known.since < KNOWN_FOR) return await known.id;
    const id = backend.ensureServerGroup(name, policy, signal).then((group) => group.id);
    this.#known.set(key, { id, since: this.clock.now() });
    try {
      return await id;
    } catch (error) {
      this.#known.delete(key);
      throw error;
    }
  }

  /** After the cloud has refused it, or it was removed. */
  forget(pool: EhosNodePool): void {
    const name = serverGroupName(pool);
    for (const key of this.#known.keys()) if (key.startsWith(`${name} `)) this.#known.delete(key);
  }
}
