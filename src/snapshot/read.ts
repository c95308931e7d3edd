/** The content of a file as a sight, or everything that is wrong with it. */
import { parseDuration } from '../base/duration.ts';
import type { EhosCloudSpec, EhosNodePool } from '../api/resources.ts';
import { RESOURCES, type Amounts } from '../domain/amounts.ts';
import type { CloudSight, MasterSight, PoolCloudSight, PoolSight } from '../domain/fleet-sight.ts';
import type { Figures } from '../domain/headroom.ts';
import { placeOf, type Phantom, type PlanNode } from '../domain/plan-types.ts';
import { NOTHING } from '../domain/shapes.ts';
import type { Flavor, JobGroup } from '../domain/snapshots.ts';
import { kibibytes, limitOf, mebibytes, shapeOf } from './amount.ts';
import { expectedFree, expectedTotal, rootVolumeOf, takenOf } from './defaults.ts';
import {
  ABSENT_CLOUD,
  API_VERSION,
  DEFAULT_REQUEST,
  SOME_IMAGE,
  SUSPENDED,
  UNKNOWN_QUEUE,
  UNSEEN_CLOUD,
  type CloudEntry,
  type JobGroupEntry,
  type MasterEntry,
  type NodeEntry,
  type PhantomEntry,
  type PoolCloudEntry,
  type PoolEntry,
  type RememberedEntry,
  type Snapshot,
  type SnapshotFile,
} from './file.ts';
import { parseText } from './parse.ts';
import { pathWords } from './problems.ts';
import { namesOf, validate } from './validate.ts';

/** How many of its problems a refusal names. */
const MOST_PROBLEMS = 20;

/** A snapshot need not say how a cloud is reached. */
const UNREACHED: EhosCloudSpec = { openstack: { identityRef: { name: 'none', cloudName: 'none' } } };

export type ReadResult = { snapshot: Snapshot } | { problems: string[] };

/** `now`: when it was taken, where the file does not say. */
export function readSnapshot(text: string, now: number): ReadResult {
  const parsed = parseText(text);
  if ('problems' in parsed) return { problems: shortened(parsed.problems) };
  const checked = validate(parsed.value);
  if ('file' in checked) return { snapshot: snapshotOf(checked.file, now) };
  const found = checked.problems.map(({ path, words }) => ({
    line: parsed.lineOf(path),
    words: `${pathWords(path)}: ${words}`,
  }));
  const inOrder = found.sort((a, b) => (a.line ?? 0) - (b.line ?? 0));
  return {
    problems: shortened(inOrder.map(({ line, words }) => (line === undefined ? words : `line ${line}: ${words}`))),
  };
}

function shortened(problems: string[]): string[] {
  const more = problems.length - MOST_PROBLEMS;
  return more > 0 ? [...problems.slice(0, MOST_PROBLEMS), `and ${more} more`] : problems;
}

function snapshotOf(file: SnapshotFile, now: number): Snapshot {
  const takenAt = file.takenAt === undefined ? now : Date.parse(file.takenAt);
  const entries = file.clouds ?? [];
  const flavors = entries.map((entry) => ({ entry, name: entry.name, flavors: flavorsOf(entry), seen: seenOf(entry) }));
  const pools = file.pools.map((entry) => {
    const remembered = ofPool(file.remembered, entry.metadata.name) ?? {};
    const pool = poolOf(entry);
    const clouds = poolClouds(pool, remembered, entries);
    const nodes = (ofPool(file.nodes, entry.metadata.name) ?? []).flatMap((node) => {
      const cloud = flavors.find(({ name }) => name === node.cloud);
      const image = clouds.find(({ name }) => name === node.cloud)?.image?.id;
      const total = shapeOf(node.total ?? {}, expectedTotal(node.flavor, cloud, image, rootVolumeOf(pool)));
      return nodesOf(node, total, takenAt);
    });
    return poolSight(pool, clouds, nodes, remembered);
  });
  const taken = takenOf(
    flavors,
    pools.map(({ pool, nodes }) => ({ nodes, pool })),
  );
  return {
    namespace: file.namespace ?? pools[0]?.pool.metadata.namespace ?? 'default',
    version: file.version,
    sight: {
      now: takenAt,
      clouds: flavors.map(({ entry, name, flavors: known, seen }): CloudSight => ({
        object: { metadata: { name }, spec: { ...UNREACHED, ...entry.spec } },
        flavors: known,
        serverGroupMembers: entry.serverGroupMembers ?? -1,
        figures: figuresOf(entry, taken.get(name)),
        seen,
      })),
      masters: (file.masters ?? []).map(masterOf),
      pools,
    },
  };
}

function flavorsOf({ flavors }: CloudEntry): Map<string, Flavor> | undefined {
  return (
    flavors &&
    new Map(
      flavors.map(({ name, id = name, cores, memory, disk = 0, gpus = 0 }) => [
        name,
        { id, name, cores, memory: mebibytes(memory), disk: kibibytes(disk), gpus },
      ]),
    )
  );
}

function seenOf({ seen = [] }: CloudEntry): CloudSight['seen'] {
  return seen.map(({ image = SOME_IMAGE, memory, disk, ...rest }) => ({
    ...rest,
    image,
    memory: mebibytes(memory),
    disk: kibibytes(disk),
  }));
}

function figuresOf({ spec, quota = {}, ours = {} }: CloudEntry, taken: Amounts | undefined): Figures {
  const { limits = {} } = spec ?? {};
  const own: Record<string, number | string | undefined> = { ...limits };
  const figures: Figures = {};
  for (const what of RESOURCES) {
    const [entry, limit, nodes] = [quota[what], own[what], taken?.[what] ?? 0];
    const all = [
      ...(entry ? [{ limit: limitOf(entry.limit), used: mebibytes(entry.used ?? nodes), by: 'quota' as const }] : []),
      ...(limit === undefined
        ? []
        : [{ limit: mebibytes(limit), used: mebibytes(ours[what] ?? nodes), by: 'limit' as const }]),
    ];
    if (all.length > 0) figures[what] = all;
  }
  return figures;
}

function masterOf({ name, queue, problem }: MasterEntry): MasterSight {
  return { name, queue: queue?.map(jobGroupOf), problem: problem ?? (queue ? undefined : UNKNOWN_QUEUE) };
}

function jobGroupOf({ count = 1, pool, state = 'Idle', ...shape }: JobGroupEntry): JobGroup {
  return { ...shapeOf(shape, DEFAULT_REQUEST), pool, state, count };
}

function poolOf({ metadata, spec }: PoolEntry): EhosNodePool {
  return { apiVersion: API_VERSION, kind: 'EhosNodePool', metadata, spec };
}

function poolSight(
  pool: EhosNodePool,
  clouds: PoolCloudSight[],
  nodes: PlanNode[],
  remembered: RememberedEntry,
): PoolSight {
  return {
    pool,
    clouds,
    nodes,
    claimed: remembered.claimed ?? 0,
    recentCreates: (remembered.recentCreates ?? []).map((time) => Date.parse(time)),
    roundRobin: remembered.roundRobin ?? 0,
    seed: remembered.seed ?? 1,
    phantoms: (remembered.phantoms ?? []).map(phantomOf),
    ...(remembered.unproven === true && { unproven: true }),
    ...(remembered.oneAtATime !== undefined && { oneAtATime: remembered.oneAtATime }),
    ...(remembered.blind === true && { blind: true }),
  };
}

function poolClouds(
  pool: EhosNodePool,
  { clouds = [] }: RememberedEntry,
  all: readonly CloudEntry[],
): PoolCloudSight[] {
  return pool.spec.clouds.map(({ name }): PoolCloudSight => {
    const known: PoolCloudEntry = clouds.find((one) => one.name === name) ?? { name };
    const { image = { id: SOME_IMAGE }, rests = [], canary } = known;
    return {
      name,
      problem: known.problem ?? shownProblem(all.find((one) => one.name === name)),
      image: { minRam: 0, minDisk: 0, ...image },
      ...(canary && {
        canary: { ...canary, until: canary.until === undefined ? undefined : Date.parse(canary.until) },
      }),
      rests: new Map(
        rests.map(({ zone, flavor, reason, until }) => [
          placeOf(zone, flavor),
          { zone, flavor, reason, until: Date.parse(until) },
        ]),
      ),
    };
  });
}

/** What stands against a cloud for all to see. */
function shownProblem(cloud: CloudEntry | undefined): string | undefined {
  if (!cloud) return ABSENT_CLOUD;
  if (cloud.spec?.suspend === true) return SUSPENDED;
  return cloud.flavors ? undefined : UNSEEN_CLOUD;
}

function nodesOf(entry: NodeEntry, total: PlanNode['total'], takenAt: number): PlanNode[] {
  const { name, count, cloud, flavor, zone, state, recallable = false, createdAt } = entry;
  const free = entry.free ? shapeOf(entry.free, NOTHING) : expectedFree({ state, recallable }, total);
  return namesOf(name, count).map((one) => ({
    name: one,
    cloud,
    flavor,
    zone,
    state,
    free,
    total,
    createdAt: createdAt === undefined ? takenAt : Date.parse(createdAt),
    idleSince: idleSinceOf(entry, takenAt),
    deleteFirst: entry.deleteFirst ?? false,
    doNotDisrupt: entry.doNotDisrupt ?? false,
    recallable,
    ...(entry.outdated !== undefined && { outdated: entry.outdated }),
    ...(entry.released === true && { released: true }),
  }));
}

function idleSinceOf({ idleSince, idleFor }: NodeEntry, takenAt: number): number | undefined {
  if (idleFor !== undefined) return takenAt - parseDuration(idleFor);
  return idleSince === undefined ? undefined : Date.parse(idleSince);
}

/** Pools may be named like what every object has: `constructor`. */
function ofPool<T>(entries: Record<string, T> | undefined, pool: string): T | undefined {
  return entries && Object.hasOwn(entries, pool) ? entries[pool] : undefined;
}

function phantomOf(entry: PhantomEntry): Phantom {
  const { count, since, until, tries = 1, retrying = false, refusedBy = [], example } = entry;
  return {
    ...shapeOf(entry, DEFAULT_REQUEST),
    count,
    since: Date.parse(since),
    until: Date.parse(until),
    tries,
    retrying,
    refusedBy,
    ...(example && { example }),
  };
}
