/** Sights as the operator gathers them, of every kind. */
import fc from 'fast-check';
import type { EhosNodePoolSpec, EhosCloudSpec } from '../../../src/api/resources.ts';
import { formatMemory } from '../../../src/base/quantity.ts';
import type {
  CloudSight,
  FleetSight,
  MasterSight,
  PoolCloudSight,
  PoolSight,
} from '../../../src/domain/fleet-sight.ts';
import type { Figures } from '../../../src/domain/headroom.ts';
import { placeOf, type Phantom, type PlanNode, type Rest } from '../../../src/domain/plan-types.ts';
import type { Flavor, JobGroup, Shape } from '../../../src/domain/snapshots.ts';

const NOW = Date.UTC(2026, 0, 31, 12);
const GIB = 1024;
const GIB_DISK = 1024 * 1024;
const IMAGES = ['image-1', 'image-2'];

const FLAVORS: Flavor[] = [
  { id: '1', name: 'm1.small', cores: 1, memory: 2 * GIB, disk: 20 * GIB_DISK, gpus: 0 },
  { id: '2', name: 'm1.large', cores: 4, memory: 8 * GIB, disk: 0, gpus: 0 },
  { id: 'r1.large', name: 'r1.large', cores: 4, memory: 32 * GIB, disk: 80 * GIB_DISK, gpus: 0 },
  { id: '4', name: 'g1: "big"', cores: 8, memory: 30_001, disk: 80 * GIB_DISK, gpus: 2 },
];
const CLOUDS = ['east', 'west', 'north.1'];
const ZONES = [undefined, 'nova', 'az-2'];
const NAMES = FLAVORS.map(({ name }) => name);
const WORDS = ['no valid host was found', 'HTTP 503: "busy"; try later', '- [x]: {y} #z', 'true', '12', 'é ü 漢'];

const maybe = <T>(arb: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> => fc.option(arb, { nil: undefined });
const rarely = <T>(arb: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> =>
  fc.oneof({ arbitrary: fc.constant(undefined), weight: 6 }, { arbitrary: arb, weight: 1 });
const time = fc.integer({ min: -3_600_000, max: 3_600_000 }).map((ms) => NOW + ms);
const words = fc.constantFrom(...WORDS);

/** What jobs often ask for, and what is often given up. */
const COMMON: Shape[] = [
  { cpus: 1, memory: 512, disk: 1024, gpus: 0 },
  { cpus: 2, memory: 3 * GIB, disk: 1024, gpus: 0 },
  { cpus: 1, memory: 2 * GIB, disk: 10 * GIB_DISK, gpus: 1 },
];

const anyShape: fc.Arbitrary<Shape> = fc.record({
  cpus: fc.constantFrom(1, 1, 2, 3, 4, 8, 20),
  memory: fc.constantFrom(0, 512, 1000, 3 * GIB, 7000, 30_000, 40 * GIB),
  disk: fc.constantFrom(0, 1024, 1024, 10 * GIB_DISK, 100 * GIB_DISK),
  gpus: fc.constantFrom(0, 0, 0, 1),
});

const shape = fc.oneof({ arbitrary: fc.constantFrom(...COMMON), weight: 2 }, { arbitrary: anyShape, weight: 1 });

/** Rarely more than the limit is in use. */
const figures = (most: number, own: number | undefined): fc.Arbitrary<Figures['cores']> => {
  const share = fc.constantFrom(0, 0.1, 0.5, 0.9, 1.1);
  const used = (limit: number, part: number): number => Math.floor((limit < 0 ? most : limit) * part);
  return fc
    .tuple(maybe(fc.oneof(fc.integer({ min: 0, max: most }), fc.constant(-1))), share, share)
    .map(([limit, theirs, ours]) => {
      const all = [
        ...(limit === undefined ? [] : [{ limit, used: used(limit, theirs), by: 'quota' as const }]),
        ...(own === undefined ? [] : [{ limit: own, used: used(own, ours), by: 'limit' as const }]),
      ];
      return all.length > 0 ? all : undefined;
    });
};

const limits = fc.record(
  {
    instances: fc.integer({ min: 0, max: 30 }),
    cores: fc.integer({ min: 0, max: 60 }),
    memory: fc.integer({ min: 0, max: 200 }).map((gib) => gib * GIB),
  },
  { requiredKeys: [] },
);

const seen = fc.uniqueArray(
  fc.record({
    flavor: fc.constantFrom(...NAMES),
    image: fc.constantFrom(...IMAGES),
    cores: fc.integer({ min: 1, max: 8 }),
    memory: fc.integer({ min: 500, max: 30_000 }),
    disk: fc.integer({ min: 0, max: 80 * GIB_DISK }),
  }),
  { selector: ({ flavor, image }) => `${flavor}/${image}`, maxLength: 3 },
);

const cloud = (name: string): fc.Arbitrary<CloudSight> =>
  limits
    .chain((own) =>
      fc.record({
        own: fc.constant(own),
        flavors: fc.option(fc.subarray(FLAVORS), { nil: undefined, freq: 8 }),
        suspend: rarely(fc.boolean()),
        weight: maybe(fc.integer({ min: 1, max: 100 })),
        zones: maybe(fc.subarray(['nova', 'az-2'])),
        serverGroupMembers: fc.constantFrom(-1, -1, 3),
        seen,
        instances: figures(30, own.instances),
        cores: figures(100, own.cores),
        memory: figures(300_000, own.memory),
        volumes: figures(20, undefined),
        gigabytes: figures(1000, undefined),
      }),
    )
    .map((made): CloudSight => {
      const spec: EhosCloudSpec = {
        openstack: { identityRef: { name: `${name}-clouds`, cloudName: name } },
        ...(made.suspend !== undefined && { suspend: made.suspend }),
        ...(made.weight !== undefined && { weight: made.weight }),
        ...(made.zones && { defaults: { availabilityZones: made.zones } }),
        limits: {
          ...(made.own.instances !== undefined && { instances: made.own.instances }),
          ...(made.own.cores !== undefined && { cores: made.own.cores }),
          ...(made.own.memory !== undefined && { memory: formatMemory(made.own.memory) }),
        },
      };
      const all: Figures = {};
      for (const what of ['instances', 'cores', 'memory', 'volumes', 'gigabytes'] as const) {
        const one = made[what];
        if (made.flavors && one) all[what] = one;
      }
      return {
        object: { metadata: { name }, spec },
        flavors: made.flavors && new Map(made.flavors.map((flavor) => [flavor.name, flavor])),
        serverGroupMembers: made.serverGroupMembers,
        figures: all,
        seen: made.seen,
      };
    });

const jobGroup: fc.Arbitrary<JobGroup> = fc
  .record({
    shape,
    count: fc.constantFrom(0, 1, 3, 10, 60, 1e9),
    pool: fc.constantFrom(undefined, 'general', 'GENERAL', 'big-memory', 'nowhere: at "all"', ''),
    state: fc.constantFrom<JobGroup['state']>('Idle', 'Idle', 'Idle', 'Running', 'Held'),
  })
  .map(({ shape: asked, ...rest }) => ({ ...asked, ...rest }));

const master: fc.Arbitrary<MasterSight> = fc
  .tuple(fc.option(fc.array(jobGroup, { minLength: 3, maxLength: 8 }), { nil: undefined, freq: 6 }), words)
  .map(([queue, problem]) => ({ name: 'main', queue, problem: queue ? undefined : problem }));

const poolSpec: fc.Arbitrary<EhosNodePoolSpec> = fc
  .record({
    maxNodes: fc.constantFrom(0, 3, 10, 20, 40),
    minNodes: fc.integer({ min: 0, max: 5 }),
    spareNodes: maybe(fc.integer({ min: 0, max: 3 })),
    replicas: rarely(fc.integer({ min: 0, max: 6 })),
    mode: fc.constantFrom(undefined, 'Active', undefined, 'Observe', 'Active', 'Paused'),
    allocation: fc.constantFrom(undefined, 'RoundRobin', 'FillFirst', 'Random', 'Weighted', 'LeastWaste'),
    clouds: fc.oneof(
      { arbitrary: fc.subarray(CLOUDS, { minLength: 1 }), weight: 4 },
      { arbitrary: fc.constant<string[]>(['east', 'gone']), weight: 1 },
    ),
    flavors: fc.subarray([...NAMES, 'unknown'], { minLength: 2 }),
    consolidateAfter: fc.constantFrom(undefined, '1s', '5m', '1h30m'),
    budget: fc.constantFrom(undefined, '0', '10%', '5'),
    expireAfter: rarely(fc.constant('12h')),
    maxBooting: maybe(fc.integer({ min: 1, max: 10 })),
    rootVolume: rarely(fc.integer({ min: 10, max: 100 })),
    serverGroupPolicy: fc.constantFrom(undefined, undefined, 'anti-affinity'),
    isDefault: fc.constantFrom(true, true, false),
  })
  .map((made): EhosNodePoolSpec => {
    const most = (n: number): number => Math.min(n, made.maxNodes);
    return {
      masterRef: { name: 'main' },
      jobs: { default: made.isDefault },
      maxNodes: made.maxNodes,
      minNodes: most(made.minNodes),
      ...(made.spareNodes !== undefined && { spareNodes: most(made.spareNodes) }),
      ...(made.replicas !== undefined && { replicas: most(made.replicas) }),
      ...(made.mode && { mode: made.mode }),
      ...(made.allocation && { allocation: made.allocation }),
      clouds: made.clouds.map((name) => ({ name })),
      template: {
        flavors: made.flavors,
        ...(made.rootVolume !== undefined && { rootVolume: { size: made.rootVolume } }),
        ...(made.serverGroupPolicy && { serverGroupPolicy: 'anti-affinity' as const }),
        userData: { inline: '#!/bin/sh\nexport PASSWORD=verysecret\n' },
      },
      ...(made.maxBooting !== undefined && { scaleUp: { maxBooting: made.maxBooting } }),
      ...(made.consolidateAfter !== undefined && { scaleDown: { consolidateAfter: made.consolidateAfter } }),
      disruption: {
        ...(made.budget !== undefined && { budgets: [{ nodes: made.budget }] }),
        ...(made.expireAfter !== undefined && { expireAfter: made.expireAfter, terminationGracePeriod: '24h' }),
      },
    };
  });

const node: fc.Arbitrary<Omit<PlanNode, 'name'>> = fc
  .record({
    cloud: fc.constantFrom(...CLOUDS),
    flavor: fc.constantFrom(...NAMES, 'unknown'),
    zone: fc.constantFrom(...ZONES),
    state: fc.constantFrom<PlanNode['state']>('Starting', 'Idle', 'Idle', 'Busy', 'Blocked', 'Leaving', 'Lost'),
    free: fc.oneof(shape, fc.constant({ cpus: 0, memory: 0, disk: 0, gpus: 0 })),
    total: shape,
    createdAt: time,
    idleSince: maybe(time),
    deleteFirst: fc.boolean(),
    doNotDisrupt: fc.boolean(),
    recallable: fc.boolean(),
    outdated: rarely(words),
    released: rarely(fc.constant(true)),
  })
  .map(({ outdated, released, ...all }) => ({
    ...all,
    ...(outdated !== undefined && { outdated }),
    ...(released && { released }),
  }));

const rest: fc.Arbitrary<Rest> = fc.record({
  zone: fc.constantFrom(...ZONES),
  flavor: fc.constantFrom(...NAMES),
  reason: words,
  until: time,
});

const phantom: fc.Arbitrary<Phantom> = fc
  .record({
    shape,
    count: fc.integer({ min: 1, max: 30 }),
    since: time,
    until: time,
    tries: fc.integer({ min: 1, max: 5 }),
    retrying: fc.boolean(),
    refusedBy: fc.subarray(['m1.small on east', 'm1.large on west']),
    example: maybe(words.map((analysis) => ({ job: '12.0', analysis }))),
  })
  .map(({ shape: asked, example, ...more }) => ({ ...asked, ...more, ...(example && { example }) }));

const poolCloud = (name: string, known: CloudSight | undefined): fc.Arbitrary<PoolCloudSight> =>
  fc
    .record({
      problem: rarely(words),
      image: maybe(
        fc.record({
          id: fc.constantFrom(...IMAGES),
          minRam: fc.constantFrom(0, 4000),
          minDisk: fc.constantFrom(0, 40),
        }),
      ),
      rests: fc.array(rest, { maxLength: 2 }),
      canary: rarely(fc.record({ room: fc.constantFrom(0, 1), reason: words, until: maybe(time) })),
    })
    .map(({ problem, image, rests, canary }) => ({
      ...(canary && { canary }),
      name,
      problem: problemOf(name, known) ?? problem,
      image,
      rests: new Map(rests.map((one) => [placeOf(one.zone, one.flavor), one])),
    }));

/** As the operator says it. */
function problemOf(name: string, known: CloudSight | undefined): string | undefined {
  if (!known) return `spec.clouds: there is no EhosCloud "${name}" in this namespace; waiting for it`;
  if (known.object.spec.suspend === true) return 'it is suspended';
  return known.flavors ? undefined : 'it has not been listed lately';
}

const pool = (name: string, clouds: readonly CloudSight[]): fc.Arbitrary<PoolSight> =>
  poolSpec.chain((spec) =>
    fc
      .record({
        clouds: fc.tuple(
          ...spec.clouds.map((entry) =>
            poolCloud(
              entry.name,
              clouds.find(({ object }) => object.metadata.name === entry.name),
            ),
          ),
        ),
        nodes: fc.array(node, { maxLength: 8 }),
        claimed: fc.integer({ min: 0, max: 4 }),
        recentCreates: fc.array(time, { maxLength: 3 }),
        roundRobin: fc.integer({ min: 0, max: 3 }),
        seed: fc.integer({ min: 0, max: 2 ** 32 - 1 }),
        phantoms: fc.array(phantom, { maxLength: 2 }),
        unproven: rarely(fc.constant(true)),
        oneAtATime: rarely(words),
        blind: rarely(fc.constant(true)),
        deleting: rarely(fc.constant('2026-01-31T11:59:00Z')),
        doNotDisrupt: fc.constantFrom(undefined, 'true', 'false'),
      })
      .map(({ nodes, deleting, doNotDisrupt, unproven, oneAtATime, blind, ...rest_ }): PoolSight => ({
        ...rest_,
        ...(unproven && { unproven }),
        ...(oneAtATime !== undefined && { oneAtATime }),
        ...(blind && { blind }),
        nodes: nodes.map((one, i) => ({ name: `${name}-${i}`, ...one })),
        pool: {
          apiVersion: 'ehos.io/v1alpha1',
          kind: 'EhosNodePool',
          metadata: {
            name,
            namespace: 'science',
            uid: `uid-of-${name}`,
            ...(deleting !== undefined && { deletionTimestamp: deleting }),
            annotations: {
              'kubectl.kubernetes.io/last-applied-configuration': '{"secret":"of-kubectl"}',
              ...(doNotDisrupt !== undefined && { 'ehos.io/do-not-disrupt': doNotDisrupt }),
            },
          },
          spec,
        },
      })),
  );

export const sights: fc.Arbitrary<FleetSight> = fc
  .tuple(
    fc.tuple(...CLOUDS.map(cloud)),
    fc.oneof({ arbitrary: fc.constant(CLOUDS), weight: 3 }, { arbitrary: fc.subarray(CLOUDS), weight: 1 }),
    master,
  )
  .chain(([clouds, there, one]) => {
    const known = clouds.filter(({ object }) => there.includes(object.metadata.name));
    return fc.record({
      now: fc.constant(NOW),
      clouds: fc.constant(known),
      masters: fc.constantFrom([one], [one], [one], [one], [one], [one], []),
      pools: fc
        .tuple(pool('general', known), pool('big-memory', known), pool('constructor', known))
        .chain((all) => fc.subarray(all, { minLength: 1 })),
    });
  });
