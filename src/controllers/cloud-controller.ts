/** Keeps a session for each EhosCloud: authenticates, lists, reports quota and inventory. */
import { createHash } from 'node:crypto';
import { EhosError, errorClassOf, messageOf } from '../base/errors.ts';
import { jitter } from '../base/random.ts';
import { CLOUDS, keyOf, splitKey, type EhosCloud, type EhosNode } from '../api/resources.ts';
import type { Requeue, Context } from './context.ts';
import { CloudSession } from './cloud-session.ts';
import { cloudStatus } from './cloud-status.ts';
import { ensureFinalizer, readSecret, removeFinalizer, writeStatus } from './objects.ts';

/** Secrets are read again this often, so that a renewed credential is taken up without a restart. */
const CREDENTIALS_INTERVAL = 60_000;
const LONGEST_RETRY = 5 * 60_000;

export class CloudController {
  readonly #sessions = new Map<string, CloudSession>();

  constructor(private readonly context: Context) {}

  /** The session of a cloud; undefined until it was first looked at. */
  session(key: string): CloudSession | undefined {
    return this.#sessions.get(key);
  }

  async reconcile(key: string): Promise<Requeue> {
    const { context } = this;
    const cloud = context.stores.clouds.get(key);
    if (!cloud) {
      await this.#sessions.get(key)?.close();
      this.#sessions.delete(key);
      this.#wakePools(key);
      return undefined;
    }
    const nodes = context.stores.nodes.list().filter((node) => refersTo(node, cloud));
    if (cloud.metadata.deletionTimestamp !== undefined && nodes.length === 0) {
      await removeFinalizer(context, CLOUDS, cloud);
      return undefined;
    }
    const held =
      cloud.metadata.deletionTimestamp === undefined ? await ensureFinalizer(context, CLOUDS, cloud) : cloud;
    return await this.#look(key, held, nodes);
  }

  async close(): Promise<void> {
    await Promise.all([...this.#sessions.values()].map(async (session) => await session.close()));
  }

  async #look(key: string, cloud: EhosCloud, nodes: EhosNode[]): Promise<Requeue> {
    const { context } = this;
    const session = this.#sessions.get(key) ?? this.#open(key);
    const interval = this.#interval(session, cloud, nodes);
    const due = session.lastAttemptAt + interval - context.clock.now();
    if (due <= 0) await this.#sync(key, session, cloud);
    const known = new Set(context.stores.nodes.list().map((node) => node.metadata.uid ?? ''));
    const status = cloudStatus(cloud, session, known, context.clock.now());
    await writeStatus(context, CLOUDS, cloud, status);
    // listing may have changed what is under way
    const next = session.lastAttemptAt + this.#interval(session, cloud, nodes) - context.clock.now();
    return { afterMs: Math.max(500, next) };
  }

  #open(key: string): CloudSession {
    const session = new CloudSession(this.context.random, this.context.settings.createConcurrency);
    this.#sessions.set(key, session);
    return session;
  }

  /** Between two listings, ms: short while servers come or go, growing while the cloud fails. */
  #interval(session: CloudSession, cloud: EhosCloud, nodes: EhosNode[]): number {
    const { cloudSyncInterval, cloudBusyInterval } = this.context.settings;
    if (session.failures > 0) return Math.min(LONGEST_RETRY, cloudBusyInterval * 2 ** session.failures);
    if (session.fingerprint !== undefined && !session.fingerprint.startsWith(`${cloud.metadata.generation ?? 0}:`)) return 0;
    return nodes.some(isUnderWay) ? cloudBusyInterval : cloudSyncInterval;
  }

  async #sync(key: string, session: CloudSession, cloud: EhosCloud): Promise<void> {
    const { context } = this;
    session.lastAttemptAt = context.clock.now();
    try {
      const backend = await this.#connect(key, session, cloud);
      const changed = session.observe(await backend.observe(context.signal));
      session.problem = undefined;
      session.failures = 0;
      this.#wakeNodes(key, changed);
      this.#wakePools(key);
    } catch (error) {
      session.failures += 1;
      const auth = errorClassOf(error) === 'Auth' || errorClassOf(error) === 'Invalid';
      session.problem = { message: messageOf(error), auth };
      const wait = error instanceof EhosError ? (error.retryAfterMs ?? 0) : 0;
      session.lastAttemptAt += jitter(context.random, wait, 0);
      context.log.warn('cloud cannot be listed', { cloud: key, error });
      context.events.event(cloud, 'Warning', auth ? 'AuthenticationFailed' : 'SyncFailed', messageOf(error));
      this.#wakePools(key);
    }
  }

  /** The backend, made anew when the credential or the spec has changed. */
  async #connect(key: string, session: CloudSession, cloud: EhosCloud): Promise<NonNullable<CloudSession['backend']>> {
    const { context } = this;
    const now = context.clock.now();
    const generation = `${cloud.metadata.generation ?? 0}:`;
    const young = now - session.credentialsReadAt < CREDENTIALS_INTERVAL && session.failures === 0;
    if (session.backend && young && session.fingerprint?.startsWith(generation)) return session.backend;

    const { identityRef, region } = cloud.spec.openstack;
    const field = 'spec.openstack.identityRef.name';
    const { data } = await readSecret(context, splitKey(key).namespace, identityRef.name, field);
    session.credentialsReadAt = now;
    const cloudsYaml = data.get('clouds.yaml');
    if (cloudsYaml === undefined) {
      const keys = [...data.keys()].join(', ') || 'none';
      throw new EhosError('Invalid', `${field}: Secret "${identityRef.name}" has no key "clouds.yaml"; its keys: ${keys}`, { field });
    }
    const access = { cloudsYaml, cloudName: identityRef.cloudName, cacert: data.get('cacert'), region, clusterUid: context.clusterUid };
    const fingerprint = generation + createHash('sha256').update(JSON.stringify(access)).digest('hex');
    if (session.backend && session.fingerprint === fingerprint) return session.backend;

    await session.close();
    const backend = context.factories.cloud(access, key);
    try {
      const { credentialExpiresAt } = await backend.connect(context.signal);
      session.credentialExpiresAt = credentialExpiresAt;
    } catch (error) {
      await backend.close();
      throw error;
    }
    session.backend = backend;
    session.fingerprint = fingerprint;
    return backend;
  }

  #wakeNodes(key: string, uids: Set<string>): void {
    if (uids.size === 0) return;
    const { namespace, name } = splitKey(key);
    for (const node of this.context.stores.nodes.list())
      if (node.metadata.namespace === namespace && node.spec.cloudRef.name === name) {
        const waiting = node.status?.deleted !== undefined || node.status?.serverID === undefined;
        if (waiting || uids.has(node.metadata.uid ?? '')) this.context.wake.node(keyOf(node));
      }
  }

  #wakePools(key: string): void {
    const { namespace, name } = splitKey(key);
    for (const pool of this.context.stores.pools.list())
      if (pool.metadata.namespace === namespace && pool.spec.clouds.some((entry) => entry.name === name))
        this.context.wake.pool(keyOf(pool));
  }
}

function refersTo(node: EhosNode, cloud: EhosCloud): boolean {
  return node.metadata.namespace === cloud.metadata.namespace && node.spec.cloudRef.name === cloud.metadata.name;
}

/** Something about its server is about to change. */
export function isUnderWay(node: EhosNode): boolean {
  const { status } = node;
  return (
    status?.booted === undefined || status.deleted !== undefined || status.lostSince !== undefined || status.vmState === 'Error'
  );
}

