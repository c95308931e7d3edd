/**
 * Servers of ours that no EhosNode knows, and what is done about each. Nothing is decided but on a complete listing of the cloud and, read
 * later than that, a complete list of the EhosNodes by the API server itself; and only of a server that was without a record several times
 * in a row, for some time. None is deleted from here: a server is given a record again, and the ordinary life of a node keeps or drains it.
 * Where its pool is gone as well the record is let go at once, which leads to the server's deletion: there a brake stops what is too much.
 */
import type { Vm, VmOrigin } from './snapshots.ts';

export interface OrphanSettings {
  /** How long a server must have been without a record, ms; counted anew after a restart. */
  grace: number;
  /** In how many looks in a row, at least. */
  scans: number;
  /** More than so many servers of a cloud are not let go at once ... */
  brakeNumber: number;
  /** ... if they are more than this share of our servers there. */
  brakeShare: number;
}

export const defaultOrphanSettings: OrphanSettings = { grace: 10 * 60_000, scans: 3, brakeNumber: 3, brakeShare: 0.1 };

/** Since when, and how often, a server was seen without a record. */
export interface Sighting {
  since: number;
  scans: number;
}

export interface OrphanSight {
  /** When the list of records was complete, ms. */
  now: number;
  /** The cloud that was listed, and our servers in it. */
  cloud: { namespace: string; name: string };
  vms: readonly Vm[];
  /** Ids of all nodes of the namespace, see `nodeIdOf`. */
  known: ReadonlySet<string>;
  /** Names of the pools of this namespace; pools that are being deleted are still there. */
  pools: ReadonlySet<string>;
  /** `namespace/name` of all clouds. */
  clouds: ReadonlySet<string>;
  before: ReadonlyMap<string, Sighting>;
  /** How many servers were let go here within the last hour: a slow mass deletion is one, too. */
  lately: number;
  /** What an admin has confirmed, see `confirmationOf`. */
  confirmed: string | undefined;
  /** A short fingerprint of a text. */
  digest: (text: string) => string;
  settings: OrphanSettings;
}

/** A node whose record is lost: all servers with its tag. */
export interface Orphan {
  nodeUid: string;
  origin: VmOrigin;
  vms: Vm[];
}

export interface OrphanDecision {
  sightings: Map<string, Sighting>;
  /** Given a record again: their pool is there. */
  adopt: Orphan[];
  /** Given a record that is to be removed at once: their pool is gone. */
  release: Orphan[];
  /** Not yet long enough without a record. */
  waiting: Vm[];
  /** What the brake holds back; `confirmation` is what an admin has to say to let it go. */
  braked: { orphans: Orphan[]; of: number; confirmation: string } | undefined;
  /** Of which nobody can tell whose they are; not touched. */
  untold: Vm[];
  /** Of a namespace or a cloud that no EhosCloud stands for; not touched. */
  elsewhere: Vm[];
}

export function decideOrphans(sight: OrphanSight): OrphanDecision {
  const decision: OrphanDecision = {
    sightings: new Map(),
    adopt: [],
    release: [],
    waiting: [],
    braked: undefined,
    untold: [],
    elsewhere: [],
  };
  const ripe = new Map<string, Orphan>();
  for (const vm of sight.vms) {
    // one that the cloud is deleting already has nothing to be adopted for
    if (vm.deleting || (vm.nodeUid !== undefined && sight.known.has(vm.nodeUid))) continue;
    sort(vm, sight, decision, ripe);
  }
  const gone: Orphan[] = [];
  for (const orphan of ripe.values())
    if (sight.pools.has(orphan.origin.pool)) decision.adopt.push(orphan);
    else gone.push(orphan);
  brake(gone, sight, decision);
  return decision;
}

function sort(vm: Vm, sight: OrphanSight, decision: OrphanDecision, ripe: Map<string, Orphan>): void {
  const { nodeUid, origin } = vm;
  if (nodeUid === undefined || origin === undefined) {
    decision.untold.push(vm);
    return;
  }
  const whose = `${origin.namespace}/${origin.cloud}`;
  const here = `${sight.cloud.namespace}/${sight.cloud.name}`;
  if (whose !== here) {
    // several EhosClouds may lead to one project: the one that made it looks after it, another of its namespace only when that is gone
    if (sight.clouds.has(whose)) return;
    if (origin.namespace !== sight.cloud.namespace) {
      decision.elsewhere.push(vm);
      return;
    }
  }
  const before = sight.before.get(vm.id);
  const sighting = { since: before?.since ?? sight.now, scans: (before?.scans ?? 0) + 1 };
  decision.sightings.set(vm.id, sighting);
  const { grace, scans } = sight.settings;
  if (sight.now - sighting.since < grace || sighting.scans < scans) {
    decision.waiting.push(vm);
    return;
  }
  const orphan = ripe.get(nodeUid);
  if (orphan) orphan.vms.push(vm);
  else ripe.set(nodeUid, { nodeUid, origin, vms: [vm] });
}

/** Many that are to go at once are rather a mistake of the observer than that many lost records. */
function brake(gone: Orphan[], sight: OrphanSight, decision: OrphanDecision): void {
  const { brakeNumber, brakeShare } = sight.settings;
  const of = sight.vms.length;
  const atOnce = gone.length + sight.lately;
  const confirmation = confirmationOf(gone, sight.digest);
  const tooMany = atOnce > brakeNumber && atOnce > brakeShare * of;
  if (gone.length === 0) return;
  if (tooMany && sight.confirmed !== confirmation) decision.braked = { orphans: gone, of, confirmation };
  else decision.release.push(...gone);
}

/** Says exactly which servers are meant: their number and a digest of their ids. Other ones need another confirmation. */
export function confirmationOf(orphans: readonly Orphan[], digest: OrphanSight['digest']): string {
  const ids = orphans.flatMap(({ vms }) => vms.map(({ id }) => id)).sort();
  return `${ids.length}-${digest(ids.join('\n'))}`;
}
