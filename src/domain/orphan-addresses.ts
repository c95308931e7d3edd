/** Floating IPs that were allocated for a node which is gone: the one thing of a node that the cloud does not take away with its server. */
import type { OrphanSettings, Sighting } from './orphans.ts';

/** A floating IP that carries our mark. */
export interface NodeAddress {
  id: string;
  address: string;
  /** Namespace and id of the node that it was allocated for. */
  namespace: string;
  nodeUid: string;
  /** A port has it: it is in use, whatever is known of its node. */
  inUse: boolean;
}

export interface AddressSight {
  now: number;
  namespace: string;
  addresses: readonly NodeAddress[];
  /** Ids of all nodes of the namespace, read from the API server after the addresses. */
  known: ReadonlySet<string>;
  before: ReadonlyMap<string, Sighting>;
  settings: OrphanSettings;
}

/** Those to release now, and those seen without a node. Nothing runs on an address, so there is no brake. */
export function decideAddresses(sight: AddressSight): { release: NodeAddress[]; sightings: Map<string, Sighting> } {
  const { now, before, settings } = sight;
  const sightings = new Map<string, Sighting>();
  const release: NodeAddress[] = [];
  for (const one of sight.addresses) {
    if (one.namespace !== sight.namespace || one.inUse || sight.known.has(one.nodeUid)) continue;
    const sighting = { since: before.get(one.id)?.since ?? now, scans: (before.get(one.id)?.scans ?? 0) + 1 };
    sightings.set(one.id, sighting);
    if (now - sighting.since >= settings.grace && sighting.scans >= settings.scans) release.push(one);
  }
  return { release, sightings };
}
