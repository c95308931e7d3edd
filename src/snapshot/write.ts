/** A sight as the content of a file: what a person would not have to write is left out, and so is everything secret. */
import { RESOURCES } from '../domain/amounts.ts';
import type { Canary } from '../domain/breakers.ts';
import type { CloudSight, MasterSight, PoolCloudSight, PoolSight } from '../domain/fleet-sight.ts';
import type { Phantom, PlanNode, Rest } from '../domain/plan-types.ts';
import type { Flavor, JobGroup, Shape } from '../domain/snapshots.ts';
import type { SeenFlavor } from '../domain/yields.ts';
import { expectedFree, expectedTotal, rootVolumeOf } from './defaults.ts';
import {
  API_VERSION,
  DEFAULT_REQUEST,
  KIND,
  SUSPENDED,
  type CloudEntry,
  type FlavorEntry,
  type JobGroupEntry,
  type MasterEntry,
  type NodeEntry,
  type PhantomEntry,
  type PoolCloudEntry,
  type PoolEntry,
  type RememberedEntry,
  type RestEntry,
  type SeenEntry,
  type ShapeEntry,
  type Snapshot,
  type SnapshotFile,
} from './file.ts';
import { publicAnnotations, publicCloudSpec, publicPoolSpec, words } from './secrets.ts';

/** Largest number of the form; the latest time that RFC 3339 can write. */
const MOST = 1e15;
const LATEST = Date.UTC(9999, 11, 31);

export function fileOf({ namespace, version, sight }: Snapshot): SnapshotFile {
  const clouds = new Map(sight.clouds.map((cloud) => [cloud.object.metadata.name, cloud]));
  const byPool = <T>(entry: (pool: PoolSight) => T | undefined): Record<string, T> =>
    Object.fromEntries(
      sight.pools.flatMap((pool) => {
        const made = entry(pool);
        return made === undefined ? [] : [[pool.pool.metadata.name, made]];
      }),
    );
  return {
    apiVersion: API_VERSION,
    kind: KIND,
    takenAt: timeText(sight.now),
    ...(version === undefined ? {} : { version }),
    namespace,
    clouds: sight.clouds.map(cloudEntry),
    masters: sight.masters.map(masterEntry),
    pools: sight.pools.map(poolEntry),
    nodes: byPool((pool) => nonEmpty(pool.nodes.map((node) => nodeEntry(node, pool, clouds)))),
    remembered: byPool((pool) => rememberedEntry(pool, clouds)),
  };
}

function cloudEntry({ object, flavors, figures, serverGroupMembers, seen }: CloudSight): CloudEntry {
  const quota: NonNullable<CloudEntry['quota']> = {};
  const ours: NonNullable<CloudEntry['ours']> = {};
  for (const what of RESOURCES) {
    const figure = (by: 'quota' | 'limit') => figures[what]?.find((one) => one.by === by);
    const [whole, own] = [figure('quota'), figure('limit')];
    if (whole) quota[what] = { limit: whole.limit < 0 ? -1 : number(whole.limit), used: number(whole.used) };
    if (own) ours[what] = number(own.used);
  }
  const spec = publicCloudSpec(object.spec);
  return {
    name: object.metadata.name,
    ...(Object.keys(spec).length > 0 && { spec }),
    ...(flavors && { flavors: [...flavors.values()].filter(isPossible).map(flavorEntry) }),
    ...(Object.keys(quota).length > 0 && { quota }),
    ...(Object.keys(ours).length > 0 && { ours }),
    ...(serverGroupMembers >= 0 && { serverGroupMembers }),
    ...(seen.length > 0 && { seen: seen.map(seenEntry) }),
  };
}

/** Nova makes no other. */
function isPossible({ cores, memory }: Flavor): boolean {
  return cores >= 1 && memory > 0;
}

function flavorEntry({ name, id, cores, memory, disk, gpus }: Flavor): FlavorEntry {
  return {
    name,
    ...(id !== name && { id }),
    cores,
    memory,
    ...(disk > 0 && { disk: number(disk) }),
    ...(gpus > 0 && { gpus }),
  };
}

function seenEntry({ flavor, image, cores, memory, disk, bootSeconds }: SeenFlavor): SeenEntry {
  return { flavor, image, cores, memory, disk, ...(bootSeconds !== undefined && { bootSeconds }) };
}

function masterEntry({ name, queue, problem }: MasterSight): MasterEntry {
  return {
    name,
    ...(queue && { queue: queue.map(jobGroupEntry) }),
    ...(problem !== undefined && { problem: words(problem) }),
  };
}

function jobGroupEntry({ count, pool, state, ...shape }: JobGroup): JobGroupEntry {
  return {
    count: number(count),
    ...requestEntry(shape),
    ...(pool !== undefined && { pool: pool.slice(0, 1024) }),
    ...(state !== 'Idle' && { state }),
  };
}

function requestEntry(shape: Shape): ShapeEntry {
  const { cpus, memory, disk, gpus } = shapeEntry(shape);
  return {
    cpus,
    memory,
    ...(disk !== DEFAULT_REQUEST.disk && { disk }),
    ...(gpus !== DEFAULT_REQUEST.gpus && { gpus }),
  };
}

function shapeEntry({ cpus, memory, disk, gpus }: Shape): Required<ShapeEntry> & Shape {
  return { cpus: number(cpus), memory: number(memory), disk: number(disk), gpus: number(gpus) };
}

function poolEntry({ pool }: PoolSight): PoolEntry {
  const { name, deletionTimestamp, annotations } = pool.metadata;
  const kept = publicAnnotations(annotations);
  return {
    apiVersion: API_VERSION,
    kind: 'EhosNodePool',
    metadata: {
      name,
      ...(deletionTimestamp !== undefined && { deletionTimestamp }),
      ...(kept && { annotations: kept }),
    },
    spec: publicPoolSpec(pool.spec),
  };
}

function nodeEntry(
  node: PlanNode,
  { pool, clouds: here }: PoolSight,
  clouds: ReadonlyMap<string, CloudSight>,
): NodeEntry {
  const { name, cloud, flavor, zone, state, free, total, createdAt, idleSince } = node;
  const image = here.find((one) => one.name === cloud)?.image?.id;
  const expected = expectedTotal(flavor, clouds.get(cloud), image, rootVolumeOf(pool));
  return {
    name,
    cloud,
    flavor,
    ...(zone !== undefined && { zone }),
    state,
    ...(!isSame(free, expectedFree(node, total)) && { free: shapeEntry(free) }),
    ...(!isSame(total, expected) && { total: shapeEntry(total) }),
    createdAt: timeText(createdAt),
    ...(idleSince !== undefined && { idleSince: timeText(idleSince) }),
    ...(node.deleteFirst && { deleteFirst: true }),
    ...(node.doNotDisrupt && { doNotDisrupt: true }),
    ...(node.recallable && { recallable: true }),
    ...(node.outdated !== undefined && { outdated: words(node.outdated) }),
    ...(node.released === true && { released: true }),
  };
}

function rememberedEntry(
  { claimed, recentCreates, roundRobin, seed, phantoms, unproven, oneAtATime, blind, clouds: here }: PoolSight,
  clouds: ReadonlyMap<string, CloudSight>,
): RememberedEntry {
  const entries = nonEmpty(here.flatMap((one) => poolCloudEntry(one, clouds.get(one.name)) ?? []));
  return {
    ...(claimed > 0 && { claimed }),
    ...(recentCreates.length > 0 && { recentCreates: recentCreates.map(timeText) }),
    ...(roundRobin > 0 && { roundRobin }),
    seed,
    ...(phantoms.length > 0 && { phantoms: phantoms.map(phantomEntry) }),
    ...(unproven === true && { unproven }),
    ...(oneAtATime !== undefined && { oneAtATime: words(oneAtATime) }),
    ...(blind === true && { blind }),
    ...(entries && { clouds: entries }),
  };
}

/** undefined: there is nothing to say. */
function poolCloudEntry(
  { name, problem, image, rests, canary }: PoolCloudSight,
  cloud: CloudSight | undefined,
): PoolCloudEntry | undefined {
  // what the file shows by itself must end when it is edited there
  const shown = problem === SUSPENDED && cloud?.object.spec.suspend === true;
  const entry: PoolCloudEntry = {
    name,
    ...(problem !== undefined && !shown && { problem: words(problem) }),
    ...(image && { image }),
    ...(rests.size > 0 && { rests: [...rests.values()].map(restEntry) }),
    ...(canary && { canary: canaryEntry(canary) }),
  };
  return Object.keys(entry).length === 1 ? undefined : entry;
}

function restEntry({ zone, flavor, reason, until }: Rest): RestEntry {
  return { ...(zone !== undefined && { zone }), flavor, reason: words(reason), until: timeText(until) };
}

function canaryEntry({ room, reason, until }: Canary): NonNullable<PoolCloudEntry['canary']> {
  return { room, reason: words(reason), ...(until !== undefined && { until: timeText(until) }) };
}

function phantomEntry({ count, since, until, tries, retrying, refusedBy, example, ...shape }: Phantom): PhantomEntry {
  return {
    count,
    ...requestEntry(shape),
    since: timeText(since),
    until: timeText(until),
    tries,
    ...(retrying && { retrying }),
    ...(refusedBy.length > 0 && { refusedBy }),
    ...(example && { example: { job: example.job, analysis: words(example.analysis) } }),
  };
}

function isSame(a: Shape, b: Shape): boolean {
  return a.cpus === b.cpus && a.memory === b.memory && a.disk === b.disk && a.gpus === b.gpus;
}

function nonEmpty<T>(items: T[]): T[] | undefined {
  return items.length === 0 ? undefined : items;
}

/** Queues and ads hold what their users wrote: what is negative or no number asks for nothing (as in `asRequested`). */
function number(value: number): number {
  return Number.isNaN(value) ? 0 : Math.min(MOST, Math.max(0, value));
}

function timeText(ms: number): string {
  return new Date(Number.isNaN(ms) ? 0 : Math.min(LATEST, Math.max(0, ms))).toISOString();
}
