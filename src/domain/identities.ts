/**
 * Which startd speaks for which node, and which of them is not to be believed. A node's token vouches for its identity alone: all else in an ad,
 * its name and EhosNodeId among it, is written by whoever holds the token, which is root on that node, or a job where the token is in the user
 * data. What is doubtful is never proof of idleness nor room for jobs, and never makes another node look gone.
 */
import type { Startd } from './snapshots.ts';

/** A node as its record knows it. */
export interface KnownNode {
  uid: string;
  /** As its startd was last seen. */
  slotName: string | undefined;
}

export interface Doubt {
  reason: 'SharedIdentity' | 'ClaimsOtherNode' | 'ClaimsOtherName' | 'NodeIsGone';
  /** One sentence. */
  message: string;
}

export interface Identified {
  /** What is believed of each node, by its uid. */
  byNode: Map<string, Startd>;
  doubts: Doubt[];
  /** Nodes whose slot's name another one uses: that they are not listed says nothing, since the collector keeps one ad for a name (measured). */
  hidden: Map<string, string>;
}

export interface IdentityRules {
  /** The uid in an identity that the collector has authenticated; undefined where all nodes share one token: then an ad's own claim counts. */
  uidOf: ((identity: string | undefined) => string | undefined) | undefined;
  known: readonly KnownNode[];
  /** When the records of nodes that are no more were removed, by uid. */
  gone: ReadonlyMap<string, number>;
}

/** An ad that comes in so long after its node was removed was not under way any more, ms. */
const UNDER_WAY = 5 * 60_000;
/** Names in one sentence. */
const MOST_NAMED = 5;

export function identify(startds: readonly Startd[], { uidOf, known, gone }: IdentityRules): Identified {
  const owners = new Map(known.flatMap(({ uid, slotName }) => (slotName === undefined ? [] : [[slotName, uid]])));
  const found: Identified = { byNode: new Map(), doubts: [], hidden: new Map() };
  const claims = new Map<string, Startd[]>();
  for (const startd of startds) {
    const uid = uidOf ? uidOf(startd.identity) : startd.nodeId;
    if (uid === undefined) continue;
    const removedAt = gone.get(uid);
    if (removedAt !== undefined && startd.lastHeardFrom > removedAt + UNDER_WAY)
      found.doubts.push({ reason: 'NodeIsGone', message: `${startd.name} speaks as node ${uid}, which was removed` });
    const doubt = doubtOf(startd, uid, owners);
    if (doubt) found.doubts.push(doubt);
    const owner = owners.get(startd.name);
    if (owner !== undefined && owner !== uid) found.hidden.set(owner, `its name ${startd.name} is used by node ${uid}`);
    claims.set(uid, [...(claims.get(uid) ?? []), doubt ? asBusy(startd) : startd]);
  }
  for (const [uid, of] of claims) {
    const one = together(of);
    if (one) found.byNode.set(uid, one);
    if (of.length > 1) found.doubts.push({ reason: 'SharedIdentity', message: sharedWords(uid, of) });
  }
  return found;
}

function doubtOf({ name, nodeId }: Startd, uid: string, owners: ReadonlyMap<string, string>): Doubt | undefined {
  if (nodeId !== undefined && nodeId !== uid)
    return { reason: 'ClaimsOtherNode', message: `${name} is authenticated as node ${uid} and claims to be ${nodeId}` };
  const owner = owners.get(name);
  if (owner !== undefined && owner !== uid)
    return { reason: 'ClaimsOtherName', message: `node ${uid} advertises the name ${name}, which is that of ${owner}` };
  return undefined;
}

function sharedWords(uid: string, startds: readonly Startd[]): string {
  const names = startds.map(({ name }) => name).sort();
  const more = names.length > MOST_NAMED ? ` and ${names.length - MOST_NAMED} more` : '';
  return `${startds.length} startds speak as node ${uid}: ${names.slice(0, MOST_NAMED).join(', ')}${more}`;
}

const NOTHING = { cpus: 0, memory: 0, disk: 0, gpus: 0 };

/** Present, running who knows what. */
function asBusy(startd: Startd): Startd {
  const dynamicSlots = Math.max(1, startd.dynamicSlots);
  return { ...startd, dynamicSlots, free: NOTHING, idleSince: undefined, slotsChangedAt: undefined, accepts: false };
}

/**
 * Several startds that speak for one node: it runs what any of them runs, has no room, and is drained only when all are. The one that stands for
 * them is one that runs something, or else one that is not drained yet, so that each is asked in its turn.
 */
function together(startds: readonly Startd[]): Startd | undefined {
  const inOrder = startds.toSorted((a, b) => rank(a) - rank(b) || (a.name < b.name ? -1 : 1));
  const [first] = inOrder;
  if (!first || inOrder.length === 1) return first;
  const dynamicSlots = inOrder.reduce((sum, startd) => sum + startd.dynamicSlots, 0);
  return {
    ...first,
    dynamicSlots,
    children: inOrder.flatMap(({ children }) => children),
    free: NOTHING,
    accepts: false,
    idleSince: dynamicSlots > 0 ? undefined : latest(inOrder.map(({ idleSince }) => idleSince)),
    slotsChangedAt: latest(inOrder.map(({ slotsChangedAt }) => slotsChangedAt)),
    draining: inOrder.every(({ draining }) => draining),
    lastHeardFrom: Math.max(...inOrder.map(({ lastHeardFrom }) => lastHeardFrom)),
  };
}

function rank({ dynamicSlots, draining }: Startd): number {
  if (dynamicSlots > 0) return 0;
  return draining ? 2 : 1;
}

/** Undefined as soon as one is not known. */
function latest(times: readonly (number | undefined)[]): number | undefined {
  return times.includes(undefined) ? undefined : Math.max(...times.map((time) => time ?? 0));
}
