/** Keeps a session for each EhosMaster: connects, polls queue and slots in one round trip, lets booting nodes join. */
import { createHash } from 'node:crypto';
import { EhosError, messageOf } from '../base/errors.ts';
import { parseDuration } from '../base/duration.ts';
import { keyOf, MASTERS, nodeIdOf, SECRETS, splitKey, type EhosMaster, type EhosNode } from '../api/resources.ts';
import type { CondorMaster } from '../condor/master.ts';
import type { MasterSnapshot } from '../domain/snapshots.ts';
import { AdInvalidator } from './ad-invalidator.ts';
import { Approver } from './approver.ts';
import { BlackHoleWatch } from './black-hole-watch.ts';
import { AT_ONCE, type Context, type MasterAccess, type Requeue } from './context.ts';
import { hear } from './hearing.ts';
import { MasterSession } from './master-session.ts';
import { masterStatus } from './master-status.ts';
import { ensureFinalizer, readKey, removeFinalizer, writeStatus, type Reading } from './objects.ts';
import { dueIn, paced } from './pace.ts';
import { MENDED_INTERVAL, problemOf } from './problem.ts';

/** Secrets are read again this often, so that a renewed key is taken up without a restart. */
const CREDENTIALS_INTERVAL = 60_000;
/** The master is asked this often for its version and certificates, which an upgrade changes and new nodes are given. */
const FACTS_INTERVAL = 10 * 60_000;
const LONGEST_RETRY = 60_000;

export class MasterController {
  readonly #sessions = new Map<string, MasterSession>();
  readonly #approver: Approver;
  readonly #blackHoles: BlackHoleWatch;

  constructor(private readonly context: Context) {
    this.#approver = new Approver(context);
    this.#blackHoles = new BlackHoleWatch(context);
  }

  /** The session of a master; undefined until it was first looked at. */
  session(key: string): MasterSession | undefined {
    return this.#sessions.get(key);
  }

  async reconcile(key: string): Promise<Requeue> {
    const { context } = this;
    const master = context.stores.masters.get(key);
    if (!master) {
      this.#sessions.get(key)?.close();
      this.#sessions.delete(key);
      this.#blackHoles.forget(key);
      this.#wakePools(key);
      return undefined;
    }
    const nodes = context.stores.nodes.list().filter((node) => servedBy(node, master));
    if (master.metadata.deletionTimestamp !== undefined && nodes.length === 0) {
      await removeFinalizer(context, MASTERS, master);
      return undefined;
    }
    const held =
      master.metadata.deletionTimestamp === undefined ? await ensureFinalizer(context, MASTERS, master) : master;
    return await this.#look(key, held, nodes);
  }

  close(): void {
    for (const session of this.#sessions.values()) session.close();
  }

  async #look(key: string, master: EhosMaster, nodes: EhosNode[]): Promise<Requeue> {
    const { context } = this;
    const session = this.#sessions.get(key) ?? new MasterSession(context.random);
    this.#sessions.set(key, session);
    const due = dueIn(session, this.#interval(session, master, nodes), context.clock.now());
    if (due <= 0 || (await this.#isMended(session, master))) await this.#poll(key, session, master, nodes);
    const pools = context.stores.pools.list();
    await writeStatus(context, MASTERS, master, masterStatus(master, session, pools, context.clock.now()));
    const next = dueIn(session, this.#interval(session, master, nodes), context.clock.now());
    return { afterMs: Math.max(500, session.problem ? Math.min(next, MENDED_INTERVAL) : next) };
  }

  /** Between two polls, ms: short while nodes come or go, growing while the master fails; none once the spec has changed. */
  #interval(session: MasterSession, master: EhosMaster, nodes: EhosNode[]): number {
    const interval = pollIntervalOf(master);
    if (session.revision !== revisionOf(master)) return 0;
    if (session.failures > 0) return Math.min(LONGEST_RETRY, Math.max(interval, 2_000 * 2 ** (session.failures - 1)));
    const lively = nodes.some((node) => isJoining(node) || isLeaving(node));
    return lively
      ? paced(Math.min(interval, this.context.settings.joinPollInterval), session.tookMs, interval)
      : interval;
  }

  /** Is the access another one than the one that failed? A fault in a part of the answer has nothing to do with it. */
  async #isMended(session: MasterSession, master: EhosMaster): Promise<boolean> {
    if (!session.problem || session.problem.connected) return false;
    try {
      return fingerprintOf(await readAccess(this.context, master)) !== session.tried;
    } catch {
      // why it cannot be read is told at the next attempt
      return false;
    }
  }

  async #poll(key: string, session: MasterSession, master: EhosMaster, nodes: EhosNode[]): Promise<void> {
    const { context } = this;
    session.lastAttemptAt = context.clock.now();
    const isFirst = session.snapshot === undefined;
    // a part that cannot be read again and again is no reason to look at every node each time
    const isAnew = session.startdsAt === undefined || session.problem?.connected === false;
    let condor: CondorMaster;
    let snapshot: MasterSnapshot;
    try {
      condor = await this.#connect(key, session, master);
      const tokenRequests = methodOf(master) === 'Approve' && nodes.some(isJoining);
      const beganAt = context.clock.now();
      snapshot = await condor.poll({ schedds: master.spec.condor.schedds ?? [], tokenRequests }, context.signal);
      session.tookMs = context.clock.now() - beganAt;
    } catch (error) {
      session.failures += 1;
      session.problem = problemOf(error, false);
      context.log.warn('master cannot be read', { master: key, error });
      context.events.event(master, 'Warning', 'PollFailed', session.problem.message);
      this.#wakePools(key);
      return;
    }
    const { errors } = snapshot;
    session.failures = 0;
    session.problem =
      errors.length > 0 ? { message: errors.join('; '), errorClass: 'Transient', connected: true } : undefined;
    const known = nodes.map((node) => ({ uid: nodeIdOf(node), slotName: node.status?.slotName }));
    const { lostAfter } = context.settings.lifecycle;
    const changed = session.observe(snapshot, methodOf(master) !== 'SecretRef', lostAfter, known);
    for (const { reason, message } of session.doubts) context.events.event(master, 'Warning', reason, message);
    hear(context, master, session, nodes);
    this.#wakePools(key, isFirst ? AT_ONCE : undefined);
    this.#wakeNodes(key, changed, isAnew);
    await this.#letJoin(master, session, condor, snapshot, nodes);
    await this.#blackHoles.observe(master, session, nodes);
  }

  /** What fails here is tried again at the next poll; the reading stands. */
  async #letJoin(
    master: EhosMaster,
    session: MasterSession,
    condor: CondorMaster,
    snapshot: MasterSnapshot,
    nodes: EhosNode[],
  ): Promise<void> {
    const { context } = this;
    try {
      if (snapshot.tokenRequests) await this.#approver.approve(master, session, snapshot.tokenRequests, nodes);
      // a new startd does not start a negotiation cycle by itself: measured, up to 60 s are saved
      const appeared = nodes.some((node) => isJoining(node) && session.startds.has(nodeIdOf(node)));
      if (appeared) await condor.reschedule(context.signal);
    } catch (error) {
      context.log.warn('nodes could not be let in', { master: keyOf(master), error });
      context.events.event(master, 'Warning', 'JoinFailed', messageOf(error));
    }
  }

  /** The client, made anew when the access has changed; what the master is gets read again from time to time and after failures. */
  async #connect(key: string, session: MasterSession, master: EhosMaster): Promise<CondorMaster> {
    const { context } = this;
    const now = context.clock.now();
    const revision = revisionOf(master);
    const well = session.failures === 0 && session.revision === revision;
    session.revision = revision;
    const young = well && now - session.credentialsReadAt < CREDENTIALS_INTERVAL;
    // the Secrets may have been deleted together with the master, whose nodes must be drained all the same
    const leaving = master.metadata.deletionTimestamp !== undefined;
    if (!session.condor || !(young || leaving)) {
      session.tried = undefined;
      const access = await readAccess(context, master);
      session.credentialsReadAt = now;
      const fingerprint = fingerprintOf(access);
      session.tried = fingerprint;
      if (!session.condor || session.fingerprint !== fingerprint) {
        session.close();
        session.condor = context.factories.master(access, key);
        session.ads = new AdInvalidator(session.condor, context.clock, context.signal);
        session.fingerprint = fingerprint;
      }
    }
    if (!session.facts || !well || now - session.factsReadAt >= FACTS_INTERVAL) {
      session.facts = await session.condor.probe(context.signal);
      session.factsReadAt = now;
    }
    return session.condor;
  }

  /** `all`: what became of a node while nobody looked is in no list of changes. */
  #wakeNodes(key: string, uids: Set<string>, all: boolean): void {
    if (uids.size === 0 && !all) return;
    const { namespace, name } = splitKey(key);
    for (const node of this.context.stores.nodes.list())
      if (node.metadata.namespace === namespace && node.spec.masterRef.name === name)
        if (all || uids.has(nodeIdOf(node)) || isLeaving(node)) this.context.wake.node(keyOf(node));
  }

  #wakePools(key: string, afterMs?: number): void {
    const { namespace, name } = splitKey(key);
    for (const pool of this.context.stores.pools.list())
      if (pool.metadata.namespace === namespace && pool.spec.masterRef.name === name)
        this.context.wake.pool(keyOf(pool), afterMs);
  }
}

export function pollIntervalOf(master: EhosMaster): number {
  return parseDuration(master.spec.pollInterval ?? '15s', 'spec.pollInterval');
}

export function methodOf(master: EhosMaster): 'Approve' | 'TokenRequest' | 'SecretRef' {
  return master.spec.nodeCredentials?.method ?? 'Approve';
}

function servedBy(node: EhosNode, master: EhosMaster): boolean {
  return node.metadata.namespace === master.metadata.namespace && node.spec.masterRef.name === master.metadata.name;
}

function isJoining({ status }: EhosNode): boolean {
  return status?.serverID !== undefined && status.joined === undefined && status.deleted === undefined;
}

function isLeaving({ status }: EhosNode): boolean {
  return status?.drainRequested !== undefined && status.deleted === undefined;
}

function revisionOf({ metadata: { uid = '', generation = 0 } }: EhosMaster): string {
  return `${uid}/${generation}`;
}

function fingerprintOf(access: MasterAccess): string {
  return createHash('sha256').update(JSON.stringify(access)).digest('hex');
}

/** How to log in to a master. Rejects with `Invalid`, naming the field, when its Secrets do not say. */
export async function readAccess(context: Reading, master: EhosMaster): Promise<MasterAccess> {
  const { ssh } = master.spec;
  const namespace = master.metadata.namespace ?? '';
  const key = { key: 'ssh-privatekey', ...ssh.privateKeyRef };
  const privateKey = (await readKey(context, SECRETS, namespace, key, 'spec.ssh.privateKeyRef')).toString('utf8');
  const hostKeys = await readHostKeys(context, master);
  return { host: ssh.host, port: ssh.port ?? 22, user: ssh.user, privateKey, hostKeys };
}

async function readHostKeys(context: Reading, master: EhosMaster): Promise<MasterAccess['hostKeys']> {
  const { hostKey, knownHostsRef } = master.spec.ssh;
  if (hostKey !== undefined) return { publicKey: hostKey };
  if (knownHostsRef === undefined)
    throw new EhosError('Invalid', 'spec.ssh: give either knownHostsRef or hostKey', { field: 'spec.ssh' });
  const reference = { key: 'known_hosts', ...knownHostsRef };
  const knownHosts = await readKey(
    context,
    SECRETS,
    master.metadata.namespace ?? '',
    reference,
    'spec.ssh.knownHostsRef',
  );
  return { knownHosts: knownHosts.toString('utf8') };
}
