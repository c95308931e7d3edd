/** What the operator holds of one cloud between two looks: connection, last listing, cooldowns, creates under way. */
import type { CloudBackend } from '../cloud/backend.ts';
import type { Breaker } from '../domain/breakers.ts';
import { Cooldowns } from '../domain/cooldown.ts';
import { isFresh } from '../domain/freshness.ts';
import type { CloudView } from '../domain/lifecycle-types.ts';
import type { CloudSnapshot, Vm } from '../domain/snapshots.ts';
import type { Clock } from '../base/clock.ts';
import type { Random } from '../base/random.ts';
import type { OrphanReport } from './orphan-status.ts';
import type { Problem } from './problem.ts';
import { Semaphore } from './semaphore.ts';
import { ServerGroups } from './server-groups.ts';

export class CloudSession {
  backend: CloudBackend | undefined;
  /** Of the credentials that `backend` was made from, and of those that were tried last. */
  fingerprint: string | undefined;
  tried: string | undefined;
  /** Of the object at the last attempt. */
  revision: string | undefined;
  /** Where `backend` leads. */
  projectId: string | undefined;
  credentialsReadAt = -Infinity;
  credentialExpiresAt: number | undefined;
  snapshot: CloudSnapshot | undefined;
  /** Why the last look failed. */
  problem: Problem | undefined;
  lastAttemptAt = -Infinity;
  /** How much longer than usual the peer asked to be left alone since, ms. */
  retryAfter = 0;
  /** The last listing, ms. */
  tookMs = 0;
  failures = 0;
  /** The last look for servers without a record; undefined before the first. */
  orphans: OrphanReport | undefined;
  readonly cooldowns: Cooldowns;
  readonly creates: Semaphore;
  readonly groups: ServerGroups;
  /** What the last servers of a pool came to, by the pool's uid; see boot-watch.ts. */
  readonly boots = new Map<string, Breaker | undefined>();
  #vmsByNode = new Map<string, Vm[]>();

  constructor(random: Random, clock: Clock, createConcurrency: number) {
    this.cooldowns = new Cooldowns(random);
    this.creates = new Semaphore(createConcurrency);
    this.groups = new ServerGroups(clock);
  }

  /** Takes a new listing in; returns the uids of the nodes whose servers look different in it. */
  observe(snapshot: CloudSnapshot): Set<string> {
    const before = this.#vmsByNode;
    const after = new Map<string, Vm[]>();
    for (const vm of snapshot.vms) {
      if (vm.nodeUid === undefined) continue;
      const known = after.get(vm.nodeUid);
      if (known) known.push(vm);
      else after.set(vm.nodeUid, [vm]);
    }
    this.snapshot = snapshot;
    this.#vmsByNode = after;
    const changed = new Set<string>();
    for (const uid of new Set([...before.keys(), ...after.keys()]))
      if (JSON.stringify(before.get(uid)) !== JSON.stringify(after.get(uid))) changed.add(uid);
    return changed;
  }

  isFresh(now: number, interval: number): boolean {
    return isFresh(this.snapshot?.observedAt, now, interval);
  }

  /** The cloud's view of one node. */
  view(nodeUid: string, now: number, interval: number): CloudView {
    return {
      fresh: this.isFresh(now, interval),
      observedAt: this.snapshot?.observedAt,
      vms: this.#vmsByNode.get(nodeUid) ?? [],
      problem: this.problem && `the cloud cannot be listed: ${this.problem.message}`,
    };
  }

  /** From now on this backend is used; calls that run on the old one end with it. */
  async use(backend: CloudBackend, fingerprint: string): Promise<void> {
    const old = this.backend;
    this.backend = backend;
    this.fingerprint = fingerprint;
    await old?.close();
  }

  async close(): Promise<void> {
    await this.backend?.close();
    this.backend = undefined;
    this.fingerprint = undefined;
  }
}
