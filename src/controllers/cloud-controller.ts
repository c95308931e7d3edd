/** Keeps a session for each EhosCloud: authenticates, lists, reports quota and inventory. */
import { createHash } from 'node:crypto';
import { EhosError } from '../base/errors.ts';
import { CLOUDS, keyOf, nodeIdOf, splitKey, type EhosCloud, type EhosNode } from '../api/resources.ts';
import type { CloudBackend } from '../cloud/backend.ts';
import { AT_ONCE, type CloudAccess, type Context, type Requeue } from './context.ts';
import { be, count } from '../domain/words.ts';
import { CloudSession } from './cloud-session.ts';
import { cloudStatus, isRefused } from './cloud-status.ts';
import { ensureFinalizer, readSecret, removeFinalizer, writeStatus, type Reading } from './objects.ts';
import { OrphanCollector } from './orphan-collector.ts';
import { dueIn, paced } from './pace.ts';
import { MENDED_INTERVAL, problemOf, retryAfterOf } from './problem.ts';
import { areGroupsGone } from './server-group-removal.ts';

/** Secrets are read again this often, so that a renewed credential is taken up without a restart. */
const CREDENTIALS_INTERVAL = 60_000;
const LONGEST_RETRY = 5 * 60_000;

export class CloudController {
  readonly #sessions = new Map<string, CloudSession>();
  readonly #orphans: OrphanCollector;

  constructor(private readonly context: Context) {
    this.#orphans = new OrphanCollector(context);
  }

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
      this.#orphans.forget(key);
      this.#wakePools(key);
      return undefined;
    }
    const nodes = context.stores.nodes.list().filter((node) => refersTo(node, cloud));
    const isLeft = cloud.metadata.deletionTimestamp !== undefined && nodes.length === 0 && this.#isEmpty(key);
    if (isLeft && (await areGroupsGone(context, cloud, this.#sessions.get(key)))) {
      await removeFinalizer(context, CLOUDS, cloud);
      return undefined;
    }
    const held = cloud.metadata.deletionTimestamp === undefined ? await ensureFinalizer(context, CLOUDS, cloud) : cloud;
    return await this.#look(key, held, nodes);
  }

  async close(): Promise<void> {
    await Promise.all([...this.#sessions.values()].map(async (session) => await session.close()));
  }

  async #look(key: string, cloud: EhosCloud, nodes: EhosNode[]): Promise<Requeue> {
    const { context } = this;
    const session = this.#sessions.get(key) ?? this.#open(key);
    const due = dueIn(session, this.#interval(session, cloud, nodes), context.clock.now());
    if (due <= 0 || (await this.#isMended(session, cloud))) await this.#sync(key, session, cloud, nodes);
    const status = cloudStatus(cloud, session, { nodes, orphans: context.settings.orphans }, context.clock.now());
    await writeStatus(context, CLOUDS, cloud, status);
    // listing may have changed what is under way
    const next = dueIn(session, this.#interval(session, cloud, nodes), context.clock.now());
    return { afterMs: Math.max(500, session.problem ? Math.min(next, MENDED_INTERVAL) : next) };
  }

  /** Looked at once, as far as it can be reached, and without a server that is still to get its record back. */
  #isEmpty(key: string): boolean {
    const session = this.#sessions.get(key);
    if (!session?.snapshot) return session?.problem !== undefined;
    const { waiting = [], braked } = session.orphans ?? {};
    return waiting.length === 0 && braked === undefined;
  }

  #open(key: string): CloudSession {
    const session = new CloudSession(this.context.random, this.context.clock, this.context.settings.createConcurrency);
    this.#sessions.set(key, session);
    return session;
  }

  /** Between two listings, ms: short while servers come or go, growing while the cloud fails; none once the spec has changed. */
  #interval(session: CloudSession, cloud: EhosCloud, nodes: EhosNode[]): number {
    const { cloudSyncInterval, cloudBusyInterval } = this.context.settings;
    if (session.revision !== revisionOf(cloud)) return 0;
    if (session.failures > 0) return Math.min(LONGEST_RETRY, cloudBusyInterval * 2 ** session.failures);
    return nodes.some(isUnderWay) ? paced(cloudBusyInterval, session.tookMs, cloudSyncInterval) : cloudSyncInterval;
  }

  /** Are the credentials others than those that failed? */
  async #isMended(session: CloudSession, cloud: EhosCloud): Promise<boolean> {
    if (!session.problem) return false;
    try {
      return fingerprintOf(await readAccess(this.context, cloud)) !== session.tried;
    } catch {
      // why they cannot be read is told at the next attempt
      return false;
    }
  }

  async #sync(key: string, session: CloudSession, cloud: EhosCloud, nodes: EhosNode[]): Promise<void> {
    const { context } = this;
    session.lastAttemptAt = context.clock.now();
    session.retryAfter = 0;
    const isFirst = session.snapshot === undefined;
    const isAnew = isFirst || session.problem !== undefined;
    let connected = false;
    try {
      const backend = await this.#connect(key, session, cloud, nodes);
      connected = true;
      const beganAt = context.clock.now();
      const changed = session.observe(await backend.observe(context.signal, { volumes: this.#usesVolumes(cloud) }));
      session.tookMs = context.clock.now() - beganAt;
      session.problem = undefined;
      session.failures = 0;
      this.#wakeNodes(key, changed, isAnew);
      await this.#orphans.look(cloud, session, backend);
    } catch (error) {
      session.failures += 1;
      session.problem = problemOf(error, connected);
      session.retryAfter = retryAfterOf(error);
      const { message } = session.problem;
      context.log.warn('cloud cannot be listed', { cloud: key, error });
      context.events.event(
        cloud,
        'Warning',
        isRefused(session.problem) ? 'AuthenticationFailed' : 'SyncFailed',
        message,
      );
    }
    this.#wakePools(key, isFirst ? AT_ONCE : undefined);
  }

  /** The backend, made anew when the credentials have changed. While the new ones fail the old one still serves deletions. */
  async #connect(key: string, session: CloudSession, cloud: EhosCloud, nodes: EhosNode[]): Promise<CloudBackend> {
    const { context } = this;
    const now = context.clock.now();
    const revision = revisionOf(cloud);
    const young = now - session.credentialsReadAt < CREDENTIALS_INTERVAL && session.failures === 0;
    const current = young && session.revision === revision;
    session.revision = revision;
    if (session.backend && current) return session.backend;
    try {
      return await this.#reconnect(key, session, cloud, nodes);
    } catch (error) {
      // the Secret may have been deleted together with the cloud, whose servers must go all the same
      if (session.backend && cloud.metadata.deletionTimestamp !== undefined) return session.backend;
      throw error;
    }
  }

  async #reconnect(key: string, session: CloudSession, cloud: EhosCloud, nodes: EhosNode[]): Promise<CloudBackend> {
    const { context } = this;
    session.tried = undefined;
    const access = await readAccess(context, cloud);
    session.credentialsReadAt = context.clock.now();
    const fingerprint = fingerprintOf(access);
    session.tried = fingerprint;
    if (session.backend && session.fingerprint === fingerprint) return session.backend;

    const backend = context.factories.cloud(access, key);
    try {
      const { projectId, credentialExpiresAt } = await backend.connect(context.signal);
      requireSameProject(session.projectId, projectId, nodes.length);
      session.projectId = projectId;
      session.credentialExpiresAt = credentialExpiresAt;
    } catch (error) {
      await backend.close();
      throw error;
    }
    await session.use(backend, fingerprint);
    return backend;
  }

  /** Only then is the quota of volumes of interest. */
  #usesVolumes(cloud: EhosCloud): boolean {
    return this.context.stores.pools.list().some(({ metadata, spec: { template, clouds } }) => {
      const entry = clouds.find(({ name }) => name === cloud.metadata.name);
      const volume = template?.rootVolume ?? entry?.scratchVolume ?? template?.scratchVolume;
      return metadata.namespace === cloud.metadata.namespace && entry !== undefined && volume !== undefined;
    });
  }

  /** `all`: what became of a server while nobody looked is in no list of changes. */
  #wakeNodes(key: string, uids: Set<string>, all: boolean): void {
    if (uids.size === 0 && !all) return;
    const { namespace, name } = splitKey(key);
    for (const node of this.context.stores.nodes.list())
      if (node.metadata.namespace === namespace && node.spec.cloudRef.name === name) {
        const waiting = node.status?.deleted !== undefined || node.status?.serverID === undefined;
        if (all || waiting || uids.has(nodeIdOf(node))) this.context.wake.node(keyOf(node));
      }
  }

  #wakePools(key: string, afterMs?: number): void {
    const { namespace, name } = splitKey(key);
    for (const pool of this.context.stores.pools.list())
      if (pool.metadata.namespace === namespace && pool.spec.clouds.some((entry) => entry.name === name))
        this.context.wake.pool(keyOf(pool), afterMs);
  }
}

/** How to log in to a cloud. Rejects with `Invalid`, naming the field, when its Secret does not say. */
export async function readAccess(
  context: Reading & Pick<Context, 'clusterUid'>,
  cloud: EhosCloud,
): Promise<CloudAccess> {
  const { identityRef, region } = cloud.spec.openstack;
  const field = 'spec.openstack.identityRef.name';
  const data = await readSecret(context, cloud.metadata.namespace ?? '', identityRef.name, field);
  const cloudsYaml = data.get('clouds.yaml');
  if (cloudsYaml === undefined) {
    const keys = [...data.keys()].sort().join(', ') || 'none';
    const message = `${field}: Secret "${identityRef.name}" has no key "clouds.yaml"; its keys: ${keys}`;
    throw new EhosError('Invalid', message, { field });
  }
  const { clusterUid } = context;
  return { cloudsYaml, cloudName: identityRef.cloudName, cacert: data.get('cacert'), region, clusterUid };
}

function fingerprintOf(access: CloudAccess): string {
  return createHash('sha256').update(JSON.stringify(access)).digest('hex');
}

function revisionOf({ metadata: { uid = '', generation = 0 } }: EhosCloud): string {
  return `${uid}/${generation}`;
}

/** In another project none of the servers would be listed: they would be taken for gone, and live on without a record. */
function requireSameProject(before: string | undefined, now: string, nodes: number): void {
  if (before === undefined || before === now || nodes === 0) return;
  const field = 'spec.openstack.identityRef';
  const message = `${field}: the credentials are for project ${now}, and ${count(nodes, 'node')} of this cloud ${be(nodes)} in project ${before}: give credentials for that one, or let its nodes go first`;
  throw new EhosError('Invalid', message, { field });
}

function refersTo(node: EhosNode, cloud: EhosCloud): boolean {
  return node.metadata.namespace === cloud.metadata.namespace && node.spec.cloudRef.name === cloud.metadata.name;
}

/** Something about its server is about to change. */
function isUnderWay(node: EhosNode): boolean {
  const { status } = node;
  return (
    status?.booted === undefined ||
    status.deleted !== undefined ||
    status.lostSince !== undefined ||
    status.vmState === 'Error'
  );
}
