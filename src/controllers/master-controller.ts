/** Keeps a session for each EhosMaster: connects, polls queue and slots in one round trip, lets booting nodes join. */
import { createHash } from 'node:crypto';
import { EhosError, messageOf } from '../base/errors.ts';
import { parseDuration } from '../base/duration.ts';
import { keyOf, MASTERS, SECRETS, splitKey, type EhosMaster, type EhosNode } from '../api/resources.ts';
import type { CondorMaster } from '../condor/master.ts';
import { Approver } from './approver.ts';
import type { Context, MasterAccess, Requeue } from './context.ts';
import { MasterSession } from './master-session.ts';
import { masterStatus } from './master-status.ts';
import { ensureFinalizer, readKey, removeFinalizer, writeStatus } from './objects.ts';

const CREDENTIALS_INTERVAL = 60_000;
const LONGEST_RETRY = 60_000;

export class MasterController {
  readonly #sessions = new Map<string, MasterSession>();
  readonly #approver: Approver;

  constructor(private readonly context: Context) {
    this.#approver = new Approver(context);
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
    const session = this.#sessions.get(key) ?? new MasterSession();
    this.#sessions.set(key, session);
    const due = session.lastAttemptAt + this.#interval(session, master, nodes) - context.clock.now();
    if (due <= 0) await this.#poll(key, session, master, nodes);
    const pools = context.stores.pools.list();
    await writeStatus(context, MASTERS, master, masterStatus(master, session, pools, context.clock.now()));
    const next = session.lastAttemptAt + this.#interval(session, master, nodes) - context.clock.now();
    return { afterMs: Math.max(500, next) };
  }

  #interval(session: MasterSession, master: EhosMaster, nodes: EhosNode[]): number {
    const interval = pollIntervalOf(master);
    if (session.fingerprint !== undefined && !session.fingerprint.startsWith(`${master.metadata.generation ?? 0}:`))
      return 0;
    if (session.failures > 0) return Math.min(LONGEST_RETRY, Math.max(interval, 2_000 * 2 ** (session.failures - 1)));
    const lively = nodes.some((node) => isJoining(node) || isLeaving(node));
    return lively ? Math.min(interval, this.context.settings.joinPollInterval) : interval;
  }

  async #poll(key: string, session: MasterSession, master: EhosMaster, nodes: EhosNode[]): Promise<void> {
    const { context } = this;
    session.lastAttemptAt = context.clock.now();
    try {
      const condor = await this.#connect(key, session, master);
      const approves = methodOf(master) === 'Approve';
      const tokenRequests = approves && nodes.some(isJoining);
      const schedds = master.spec.condor.schedds ?? [];
      const snapshot = await condor.poll({ schedds, tokenRequests }, context.signal);
      const lostAfter = context.settings.lifecycle.lostAfter;
      const joinedBefore = nodes.filter(isJoining).length;
      const changed = session.observe(snapshot, methodOf(master) !== 'SecretRef', lostAfter);
      session.problem =
        snapshot.errors.length > 0 ? { message: snapshot.errors.join('; '), connected: true } : undefined;
      session.failures = 0;
      this.#wakeNodes(key, changed);
      this.#wakePools(key);
      if (snapshot.tokenRequests) await this.#approver.approve(master, session, snapshot.tokenRequests, nodes);
      const appeared = nodes.filter((node) => isJoining(node) && session.startds.has(node.metadata.uid ?? '')).length;
      // a new startd does not start a negotiation cycle by itself: measured, up to 60 s are saved
      if (joinedBefore > 0 && appeared > 0) await condor.reschedule(context.signal);
    } catch (error) {
      session.failures += 1;
      session.problem = { message: messageOf(error), connected: false };
      context.log.warn('master cannot be read', { master: key, error });
      context.events.event(master, 'Warning', 'PollFailed', messageOf(error));
      this.#wakePools(key);
    }
  }

  async #connect(key: string, session: MasterSession, master: EhosMaster): Promise<CondorMaster> {
    const { context } = this;
    const now = context.clock.now();
    const generation = `${master.metadata.generation ?? 0}:`;
    const young = now - session.credentialsReadAt < CREDENTIALS_INTERVAL && session.failures === 0;
    if (session.condor && session.facts && young && session.fingerprint?.startsWith(generation)) return session.condor;

    const access = await readAccess(context, master);
    session.credentialsReadAt = now;
    const fingerprint = generation + createHash('sha256').update(JSON.stringify(access)).digest('hex');
    if (!session.condor || session.fingerprint !== fingerprint) {
      session.close();
      session.condor = context.factories.master(access, key);
      session.fingerprint = fingerprint;
    }
    session.facts ??= await session.condor.probe(context.signal);
    return session.condor;
  }

  #wakeNodes(key: string, uids: Set<string>): void {
    if (uids.size === 0) return;
    const { namespace, name } = splitKey(key);
    for (const node of this.context.stores.nodes.list())
      if (node.metadata.namespace === namespace && node.spec.masterRef.name === name)
        if (uids.has(node.metadata.uid ?? '') || isLeaving(node)) this.context.wake.node(keyOf(node));
  }

  #wakePools(key: string): void {
    const { namespace, name } = splitKey(key);
    for (const pool of this.context.stores.pools.list())
      if (pool.metadata.namespace === namespace && pool.spec.masterRef.name === name)
        this.context.wake.pool(keyOf(pool));
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

async function readAccess(context: Context, master: EhosMaster): Promise<MasterAccess> {
  const { ssh } = master.spec;
  const namespace = master.metadata.namespace ?? '';
  const key = { key: 'ssh-privatekey', ...ssh.privateKeyRef };
  const { text: privateKey } = await readKey(context, SECRETS, namespace, key, 'spec.ssh.privateKeyRef');
  const hostKeys = await readHostKeys(context, master);
  return { host: ssh.host, port: ssh.port ?? 22, user: ssh.user, privateKey, hostKeys };
}

async function readHostKeys(context: Context, master: EhosMaster): Promise<MasterAccess['hostKeys']> {
  const { hostKey, knownHostsRef } = master.spec.ssh;
  if (hostKey !== undefined) return { publicKey: hostKey };
  if (knownHostsRef === undefined)
    throw new EhosError('Invalid', 'spec.ssh: give either knownHostsRef or hostKey', { field: 'spec.ssh' });
  const reference = { key: 'known_hosts', ...knownHostsRef };
  const { text } = await readKey(
    context,
    SECRETS,
    master.metadata.namespace ?? '',
    reference,
    'spec.ssh.knownHostsRef',
  );
  return { knownHosts: text };
}
