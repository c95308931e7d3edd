/** What the operator holds of one master between two polls. */
import { nodeIdentity } from '../api/resources.ts';
import type { Random } from '../base/random.ts';
import type { CondorMaster, MasterFacts } from '../condor/master.ts';
import type { AdInvalidator } from './ad-invalidator.ts';
import { Cooldowns } from '../domain/cooldown.ts';
import { isCollectorWarm, isFresh } from '../domain/freshness.ts';
import { identify, type Doubt, type KnownNode } from '../domain/identities.ts';
import type { MasterView } from '../domain/lifecycle-types.ts';
import { massLostWords, type MassLost } from '../domain/mass-lost.ts';
import type { MasterSnapshot, Startd } from '../domain/snapshots.ts';
import type { Problem } from './problem.ts';

/** Removed nodes that are remembered. */
const MOST_GONE = 10_000;

export class MasterSession {
  condor: CondorMaster | undefined;
  /** Made and dropped with `condor`. */
  ads: AdInvalidator | undefined;
  facts: MasterFacts | undefined;
  factsReadAt = -Infinity;
  /** Of the access that `condor` was made from, and of the one that was tried last. */
  fingerprint: string | undefined;
  tried: string | undefined;
  /** Of the object at the last attempt. */
  revision: string | undefined;
  credentialsReadAt = -Infinity;
  /** The last reading; its parts may be undefined. */
  snapshot: MasterSnapshot | undefined;
  /** When the slots, and the queue, were last read. */
  startdsAt: number | undefined;
  jobsAt: number | undefined;
  problem: Problem | undefined;
  lastAttemptAt = -Infinity;
  /** How much longer than usual the peer asked to be left alone since, ms. */
  retryAfter = 0;
  /** The last reading, ms. */
  tookMs = 0;
  failures = 0;
  /** Slots of our nodes, by the node's uid. */
  startds = new Map<string, Startd>();
  /** Pools whose nodes could not be prepared lately, by name: a token was not given. */
  readonly cooldowns: Cooldowns;
  /** So many nodes are silent that it says nothing of one of them. */
  massLost: MassLost | undefined;
  /** `massLost` is known: before the first reading the status of the master says what it was. */
  hears = false;
  /** Startds of the last reading that are not believed. */
  doubts: Doubt[] = [];
  #hidden = new Map<string, string>();
  #known = new Set<string>();
  readonly #gone = new Map<string, number>();
  #signatures = new Map<string, string>();

  constructor(random: Random) {
    this.cooldowns = new Cooldowns(random);
  }

  /**
   * Takes a reading in; parts that failed leave what was known before, with its age. Returns the uids of nodes that look different.
   * `trustIdentity`: a node is known by what the collector authenticated; otherwise (one token for all) by what its ad claims.
   * `known`: the nodes of the master, by their records.
   */
  observe(
    snapshot: MasterSnapshot,
    trustIdentity: boolean,
    lostAfter: number,
    known: readonly KnownNode[] = [],
  ): Set<string> {
    this.snapshot = snapshot;
    if (snapshot.jobs) this.jobsAt = snapshot.observedAt;
    if (!snapshot.startds) return new Set();
    this.startdsAt = snapshot.observedAt;
    this.#remember(known, snapshot.observedAt);
    const uidOf = trustIdentity ? (identity?: string) => this.#authenticated(identity) : undefined;
    const { byNode, doubts, hidden } = identify(snapshot.startds, { uidOf, known, gone: this.#gone });
    this.startds = byNode;
    this.doubts = doubts;
    this.#hidden = hidden;
    return this.#changes(snapshot.observedAt, lostAfter);
  }

  /** Notes which nodes are no more: who goes on speaking for one of them holds its token. */
  #remember(known: readonly KnownNode[], now: number): void {
    const uids = new Set(known.map(({ uid }) => uid));
    for (const uid of this.#known) if (!uids.has(uid)) this.#gone.set(uid, now);
    for (const uid of uids) this.#gone.delete(uid);
    for (const oldest of this.#gone.keys()) {
      if (this.#gone.size <= MOST_GONE) break;
      this.#gone.delete(oldest);
    }
    this.#known = uids;
  }

  /** The node of an identity; none before it is known whose identities the collector vouches for. */
  #authenticated(identity: string | undefined): string | undefined {
    if (!this.facts || identity === undefined) return undefined;
    const [prefix, suffix] = [nodeIdentity(''), `@${this.facts.trustDomain}`];
    const ours = identity.startsWith(prefix) && identity.endsWith(suffix);
    return ours ? identity.slice(prefix.length, -suffix.length) : undefined;
  }

  #changes(now: number, lostAfter: number): Set<string> {
    const before = this.#signatures;
    const after = new Map<string, string>();
    for (const [uid, startd] of this.startds) {
      const { name, state, activity, total, dynamicSlots, children, draining, lastHeardFrom } = startd;
      const silent = now - lastHeardFrom > lostAfter;
      after.set(uid, JSON.stringify([name, state, activity, total, dynamicSlots, children, draining, silent]));
    }
    this.#signatures = after;
    const changed = new Set<string>();
    for (const uid of new Set([...before.keys(), ...after.keys()]))
      if (before.get(uid) !== after.get(uid)) changed.add(uid);
    return changed;
  }

  /** Both queue and slots are young enough to rely on. */
  isFresh(now: number, pollInterval: number): boolean {
    return isFresh(this.jobsAt, now, pollInterval) && isFresh(this.startdsAt, now, pollInterval);
  }

  /** The last attempt to read queue and slots has read them. */
  isCurrent(): boolean {
    const at = this.snapshot?.observedAt;
    return this.failures === 0 && at !== undefined && this.jobsAt === at && this.startdsAt === at;
  }

  /** HTCondor's view of one node. */
  view(nodeUid: string, now: number, pollInterval: number, updateInterval: number): MasterView {
    const hidden = this.#hidden.get(nodeUid);
    return {
      fresh: hidden === undefined && isFresh(this.startdsAt, now, pollInterval),
      observedAt: this.startdsAt,
      collectorWarm: isCollectorWarm(this.snapshot?.collectorStartedAt, now, updateInterval),
      startd: this.startds.get(nodeUid),
      problem: hidden ?? (this.problem && `the master cannot be read: ${this.problem.message}`),
      massLost: this.massLost && !this.massLost.confirmed ? massLostWords(this.massLost) : undefined,
    };
  }

  close(): void {
    this.condor?.close();
    this.condor = undefined;
    this.ads = undefined;
    this.facts = undefined;
    this.fingerprint = undefined;
  }
}
