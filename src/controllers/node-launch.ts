/** Makes the server of a node, exactly once: the record first, then one POST, then what came of it. */
import { createHash } from 'node:crypto';
import { EhosError } from '../base/errors.ts';
import {
  keyOf,
  NODES,
  type EhosCloud,
  type EhosNode,
  type EhosNodePool,
  type EhosNodeStatus,
} from '../api/resources.ts';
import type { CloudBackend, ResolvedTemplate, VmRequest } from '../cloud/backend.ts';
import { figuresOf } from '../domain/headroom.ts';
import type { VmOrigin } from '../domain/snapshots.ts';
import { isGivenUp } from '../domain/node-states.ts';
import { mergeTemplate } from '../domain/templates.ts';
import { toTime } from '../domain/times.ts';
import { be, count } from '../domain/words.ts';
import type { CloudSession } from './cloud-session.ts';
import type { Context } from './context.ts';
import type { Surroundings } from './node-surroundings.ts';
import { writeStatus } from './objects.ts';
import { workerData } from './worker-data.ts';

export type LaunchOutcome =
  | { kind: 'Launched'; id: string }
  /** The cloud certainly made nothing. */
  | { kind: 'Refused'; node: EhosNode; error: unknown }
  /** The cloud was not asked: the node could not be prepared, or is not wanted any more. */
  | { kind: 'NotAsked'; node: EhosNode; error: unknown }
  /** A server may have been made. */
  | { kind: 'Unknown'; error: unknown };

export class Launcher {
  readonly #launching = new Set<string>();

  constructor(private readonly context: Context) {}

  isLaunching(uid: string): boolean {
    return this.#launching.has(uid);
  }

  /** Waits for its turn in the cloud, then creates. Rejects when the request could not be recorded: then nothing was asked for. */
  async launch(
    node: EhosNode,
    place: Surroundings,
    cloud: CloudSession,
    backend: CloudBackend,
  ): Promise<LaunchOutcome> {
    const uid = node.metadata.uid ?? '';
    this.#launching.add(uid);
    try {
      return await cloud.creates.run(async () => await this.#create(node, place, cloud, backend));
    } finally {
      this.#launching.delete(uid);
    }
  }

  async #create(
    node: EhosNode,
    place: Surroundings,
    cloud: CloudSession,
    backend: CloudBackend,
  ): Promise<LaunchOutcome> {
    const { context } = this;
    let request: Omit<VmRequest, 'serverGroupId'>;
    try {
      request = await this.#request(node, place, cloud, backend);
    } catch (error) {
      return { kind: 'NotAsked', node, error };
    }
    let serverGroupId: string | undefined;
    try {
      serverGroupId = await this.#serverGroup(request, place, cloud, backend);
    } catch (error) {
      // that a cloud gives no group says nothing of others
      return { kind: 'Refused', node, error };
    }
    // it may have waited long for its turn: what is there now counts
    const now = context.stores.nodes.get(keyOf(node)) ?? node;
    if (now.metadata.deletionTimestamp !== undefined || now.status?.drainRequested !== undefined)
      return {
        kind: 'NotAsked',
        node: now,
        error: new EhosError('Conflict', 'the node is to be removed before it was launched'),
      };
    // what another process has recorded meanwhile is in the version that is written upon below: that write would not conflict
    if (now.status?.requested !== undefined)
      throw new EhosError('Conflict', 'its server was asked for by another process of the operator');
    const surplus = this.#surplus(now, place.pool) ?? this.#beyondLimits(now, place.cloudObject, cloud);
    if (surplus !== undefined) return { kind: 'NotAsked', node: now, error: new EhosError('Conflict', surplus) };
    const requested: EhosNodeStatus = { ...now.status, phase: 'Launching', requested: toTime(context.clock.now()) };
    const recorded = await writeStatus(context, NODES, now, requested);
    let id: string;
    try {
      ({ id } = await backend.create({ ...request, serverGroupId }, context.signal));
    } catch (error) {
      // it may be its server group that is gone
      if (place.pool) cloud.groups.forget(place.pool);
      if (error instanceof EhosError && !error.maybeDone) return { kind: 'Refused', node: recorded, error };
      return { kind: 'Unknown', error };
    }
    const { namespace = '', name } = node.metadata;
    const launched: EhosNodeStatus = {
      serverID: id,
      launched: toTime(context.clock.now()),
      phase: 'Booting',
      vmState: 'Booting',
      nodeState: 'Starting',
    };
    // unconditional: these fields are ours alone, and a lost id would have to be found again by its tag
    context.remember(
      NODES,
      await context.client.patchStatus(NODES, namespace, name, { status: launched }, context.signal),
    );
    return { kind: 'Launched', id };
  }

  /**
   * Why the pool must not have this node as well. Its record was within maxNodes when it was planned; but the API may have taken it late,
   * after another was made in its place, and another process of the operator may have planned too.
   */
  #surplus({ metadata }: EhosNode, pool: EhosNodePool | undefined): string | undefined {
    if (!pool) return undefined;
    const asked = this.context.stores.nodes
      .list()
      .filter((other) => other.spec.poolRef.name === pool.metadata.name && other.status?.requested !== undefined)
      .filter((other) => !isGivenUp(other))
      .filter((other) => other.metadata.namespace === metadata.namespace && other.metadata.uid !== metadata.uid).length;
    return asked < pool.spec.maxNodes
      ? undefined
      : `${count(asked, 'server')} of its pool ${be(asked)} as many as maxNodes allows`;
  }

  /** The same for our own limits of its cloud, counted as the plan counts them, but only what was asked for. */
  #beyondLimits(node: EhosNode, cloud: EhosCloud | undefined, { snapshot }: CloudSession): string | undefined {
    const flavor = snapshot?.flavors.get(node.spec.flavor);
    if (!cloud?.spec.limits || !snapshot || !flavor) return undefined;
    const tenants = this.context.stores.nodes
      .list()
      .filter(({ spec, status }) => spec.cloudRef.name === cloud.metadata.name && status?.requested !== undefined)
      .filter(({ metadata: { namespace, uid } }) => namespace === cloud.metadata.namespace && uid !== node.metadata.uid)
      .map((other) => ({ node: other, rootVolumeGiB: undefined, scratchVolumeGiB: undefined }));
    const figures = figuresOf(cloud, snapshot, tenants);
    const wants = { instances: 1, cores: flavor.cores, memory: flavor.memory };
    for (const what of ['instances', 'cores', 'memory'] as const) {
      const own = figures[what]?.find(({ by }) => by === 'limit');
      if (own && own.used + wants[what] > own.limit)
        return `with it ${own.used + wants[what]} of limits.${what} ${own.limit} of its cloud would be taken`;
    }
    return undefined;
  }

  async #request(
    node: EhosNode,
    place: Surroundings,
    cloud: CloudSession,
    backend: CloudBackend,
  ): Promise<Omit<VmRequest, 'serverGroupId'>> {
    const { pool } = place;
    const cloudObject = this.context.stores.clouds.get(`${node.metadata.namespace ?? ''}/${node.spec.cloudRef.name}`);
    const entry = pool?.spec.clouds.find((candidate) => candidate.name === node.spec.cloudRef.name);
    if (!pool || !entry || !cloudObject) throw new EhosError('Conflict', 'its pool does not use this cloud any more');
    if (cloudObject.spec.suspend === true) throw new EhosError('Conflict', 'the cloud is suspended');
    const flavor = cloud.snapshot?.flavors.get(node.spec.flavor);
    if (!flavor) throw new EhosError('NotFound', `the cloud has no flavor "${node.spec.flavor}" any more`);
    const template = await backend.resolve(mergeTemplate(pool, entry, cloudObject), this.context.signal);
    return {
      name: node.metadata.name,
      nodeUid: node.metadata.uid ?? '',
      origin: originOf(node),
      flavorId: flavor.id,
      template,
      availabilityZone: node.spec.availabilityZone,
      userData: await workerData(this.context, node.metadata.uid ?? '', { ...place, pool }),
    };
  }

  async #serverGroup(
    { template: { serverGroupPolicy: policy } }: Pick<VmRequest, 'template'>,
    { pool }: Surroundings,
    cloud: CloudSession,
    backend: CloudBackend,
  ): Promise<string | undefined> {
    if (policy === undefined || !pool) return undefined;
    return await cloud.groups.idFor(backend, pool, policy, this.context.signal);
  }
}

/** What the server itself knows of its record, in case that is lost. */
function originOf({ metadata, spec }: EhosNode): VmOrigin {
  return {
    namespace: metadata.namespace ?? '',
    pool: spec.poolRef.name,
    cloud: spec.cloudRef.name,
    master: spec.masterRef.name,
    image: spec.image,
    templateHash: spec.templateHash,
  };
}

/** A hash of all that a node is made from: what differs is another kind of node. */
export function templateHash(pool: EhosNodePool, template: ResolvedTemplate, flavor: string): string {
  const { userData = null, startdAttributes = null } = pool.spec.template ?? {};
  // what the image needs and how it is called can be changed on the same image, and a zone more or less makes no other node
  const made = {
    ...template,
    minRam: undefined,
    minDisk: undefined,
    imageName: undefined,
    availabilityZones: undefined,
  };
  const text = JSON.stringify([made, flavor, userData, startdAttributes, pool.spec.jobs?.default ?? false]);
  return createHash('sha256').update(text).digest('hex').slice(0, 16);
}
