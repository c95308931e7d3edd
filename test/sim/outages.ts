/** Peers that cannot be reached for a while. */
import type { Peer } from './faults.ts';

export type Outage = 'refused' | 'silent';

export class Outages {
  readonly #now = new Map<Peer, Outage[]>();

  of(peer: Peer): Outage | undefined {
    return this.#now.get(peer)?.[0];
  }

  /** The returned function ends it. */
  begin(peer: Peer, how: Outage): () => void {
    this.#now.set(peer, [...(this.#now.get(peer) ?? []), how]);
    return () => {
      const left = this.#now.get(peer) ?? [];
      const at = left.indexOf(how);
      this.#now.set(peer, at < 0 ? left : left.toSpliced(at, 1));
    };
  }
}
