import { EhosError } from '../base/errors.ts';
import type { OpenStack, Server } from '../openstack/sdk.ts';

/** Faults read in one observation: more wait for the next, so that a hundred failed servers do not make a hundred calls at once. */
const READS_AT_ONCE = 8;

/**
 * Why servers are in ERROR. Nova's lists do not say it, only the answer about one server does (observed): each failed server is
 * asked for once, and again only after it has changed.
 */
export class Faults {
  readonly #os: OpenStack;
  #known = new Map<string, { updatedAt: number | undefined; fault: Server['fault'] }>();

  constructor(os: OpenStack) {
    this.#os = os;
  }

  /** The same servers, those in ERROR with their fault as far as it could be read. */
  async fill(servers: Server[], signal?: AbortSignal): Promise<Server[]> {
    const failed = servers.filter((server) => server.status === 'ERROR' && server.fault === undefined);
    const ids = new Set(failed.map((server) => server.id));
    this.#known = new Map([...this.#known].filter(([id]) => ids.has(id)));
    const unread = failed.filter((server) => {
      const known = this.#known.get(server.id);
      return !known || known.updatedAt !== server.updatedAt;
    });
    await Promise.all(unread.slice(0, READS_AT_ONCE).map((server) => this.#read(server, signal)));
    return servers.map((server) => {
      const fault = server.fault ?? this.#known.get(server.id)?.fault;
      return fault === undefined ? server : { ...server, fault };
    });
  }

  async #read(server: Server, signal: AbortSignal | undefined): Promise<void> {
    try {
      const { fault } = await this.#os.compute.getServer(server.id, { signal });
      this.#known.set(server.id, { updatedAt: server.updatedAt, fault });
    } catch (error) {
      // the listing is complete without it, and the next one asks again
      if (!(error instanceof EhosError)) throw error;
    }
  }
}
