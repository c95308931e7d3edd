import { expect } from 'chai';
import type { EhosCloud, EhosNodePool } from '../../../src/api/resources.ts';
import { planFleet } from '../../../src/domain/fleet.ts';
import { planInputsOf, type CloudSight, type FleetSight, type PoolSight } from '../../../src/domain/fleet-sight.ts';
import type { PlanInput } from '../../../src/domain/plan-types.ts';
import type { Flavor, JobGroup } from '../../../src/domain/snapshots.ts';
import { node, nodes, NOW, situation } from './planning.ts';

const GIB_KIB = 1024 * 1024;
const medium: Flavor = { id: '3', name: 'm1.medium', cores: 2, memory: 4096, disk: 40 * GIB_KIB, gpus: 0 };
const gpu: Flavor = { ...medium, id: '9', name: 'g1', gpus: 1 };

type Spec = Partial<EhosNodePool['spec']>;

function poolSight(name: string, spec: Spec = {}, more: Partial<PoolSight> = {}): PoolSight {
  const pool: EhosNodePool = {
    metadata: { name },
    spec: {
      masterRef: { name: 'm' },
      maxNodes: 5,
      clouds: [{ name: 'a' }],
      template: { flavors: ['m1.medium'] },
      ...spec,
    },
  };
  const clouds = pool.spec.clouds.map((entry) => ({
    name: entry.name,
    problem: undefined,
    image: { id: 'image-1', minRam: 0, minDisk: 0 },
    rests: new Map<string, never>(),
  }));
  return { pool, clouds, nodes: [], claimed: 0, recentCreates: [], roundRobin: 0, seed: 1, phantoms: [], ...more };
}

function cloudSight(spec: Partial<EhosCloud['spec']> = {}, more: Partial<CloudSight> = {}): CloudSight {
  return {
    object: { metadata: { name: 'a' }, spec: { openstack: { identityRef: { name: 's', cloudName: 'c' } }, ...spec } },
    flavors: new Map([medium, gpu].map((flavor) => [flavor.name, flavor])),
    serverGroupMembers: -1,
    figures: {},
    seen: [],
    ...more,
  };
}

const job = (count: number, pool?: string, more: Partial<JobGroup> = {}): JobGroup => ({
  pool,
  state: 'Idle',
  count,
  cpus: 1,
  memory: 512,
  disk: 1024,
  gpus: 0,
  ...more,
});

function sight(pools: PoolSight[], queue: JobGroup[] | undefined, more: Partial<FleetSight> = {}): FleetSight {
  const masters = [{ name: 'm', queue, problem: queue ? undefined : 'no answer for 2m' }];
  return { now: NOW, clouds: [cloudSight()], masters, pools, ...more };
}

function inputOf(one: PoolSight, more: Partial<FleetSight> = {}, queue: JobGroup[] = []): PlanInput {
  const input = planInputsOf(sight([one], queue, more))[0];
  if (!input) throw new Error('no input');
  return input;
}

const jobsOf = (all: PlanInput[]): (number | undefined)[] =>
  all.map(({ demand }) => demand?.reduce((n, { count }) => n + count, 0));

describe('what pools are planned from: jobs', () => {
  const a = poolSight('a', { jobs: { default: true } });
  const b = poolSight('b');
  const rows: [what: string, pools: PoolSight[], queue: JobGroup[] | undefined, expected: (number | undefined)[]][] = [
    ['each pool its own, the default those that name none', [a, b], [job(3), job(5, 'b'), job(7, 'x')], [3, 5]],
    [
      'a pool that is being deleted serves none',
      [{ ...a, pool: { ...a.pool, metadata: { name: 'a', deletionTimestamp: 'now' } } }, b],
      [job(3), job(5, 'b')],
      [0, 5],
    ],
    [
      'jobs whose slot is claimed already do not count',
      [{ ...a, claimed: 2, nodes: nodes(1, 'Busy') }, b],
      [job(3), job(5, 'b')],
      [1, 5],
    ],
    [
      'slots are not claimed for jobs that no node could hold',
      [{ ...a, claimed: 2, nodes: nodes(1, 'Busy') }, b],
      [job(1), job(3, 'a', { memory: 1024 * 1024 }), job(5, 'b')],
      [3, 5],
    ],
    [
      'running and held ones do not count',
      [a, b],
      [job(3, 'a', { state: 'Running' }), job(5, 'b', { state: 'Held' })],
      [0, 0],
    ],
    ['not known', [a, b], undefined, [undefined, undefined]],
  ];
  for (const [what, pools, queue, expected] of rows) {
    it(what, () => expect(jobsOf(planInputsOf(sight(pools, queue)))).to.deep.equal(expected));
  }

  it('says why they are not known', () => {
    expect(planInputsOf(sight([a], undefined))[0]?.demandMissing).to.equal('no answer for 2m');
    expect(inputOf(a, { masters: [] }).demandMissing).to.equal('there is no master "m"');
  });
});

describe('what pools are planned from: clouds', () => {
  const flavorOf = (input: PlanInput): PlanInput['clouds'][number]['flavors'][number] | undefined =>
    input.clouds[0]?.flavors[0];

  it('flavors in the order of the pool, with what their nodes are expected to give', () => {
    const input = inputOf(poolSight('p', { template: { flavors: ['g1', 'm1.medium', 'm9.huge'] } }));
    expect(
      input.clouds[0]?.flavors.map(({ name, learned, yields }) => [name, learned, yields.memory, yields.gpus]),
    ).to.deep.equal([
      ['g1', false, 3859, 1],
      ['m1.medium', false, 3859, 0],
    ]);
    expect(input.clouds[0]?.unknownFlavors).to.deep.equal(['m9.huge']);
  });

  const seen = [{ flavor: 'm1.medium', image: 'image-1', cores: 2, memory: 3800, disk: 38_000_000, bootSeconds: 90 }];

  it('I29: what nodes with this image have shown, though none is there any more', () => {
    const input = inputOf(poolSight('p'), { clouds: [cloudSight({}, { seen })] });
    expect(flavorOf(input)).to.deep.include({
      learned: true,
      yields: { cpus: 2, memory: 3800, disk: 38_000_000, gpus: 0 },
      bootTime: 90_000,
    });
  });

  it('not what nodes with another image have shown', () => {
    const other = seen.map((one) => ({ ...one, image: 'image-0' }));
    expect(flavorOf(inputOf(poolSight('p'), { clouds: [cloudSight({}, { seen: other })] }))?.learned).to.equal(false);
  });

  const images: [minRam: number, minDisk: number, rootVolume: number | undefined, unfit: string | undefined][] = [
    [4096, 40, undefined, undefined],
    [4097, 0, undefined, 'it needs 4097 MiB of memory, the flavor has 4096'],
    [0, 41, undefined, 'it needs 41 GiB of disk, the flavor has 40'],
    [0, 41, 50, undefined],
  ];
  for (const [minRam, minDisk, size, unfit] of images) {
    it(`an image of ${minRam} MiB and ${minDisk} GiB${size ? ` on a volume of ${size} GiB` : ''}: ${unfit ?? 'fits'}`, () => {
      const one = poolSight('p', { template: { flavors: ['m1.medium'], ...(size ? { rootVolume: { size } } : {}) } });
      const clouds = [
        { name: 'a', problem: undefined, image: { id: 'i', minRam, minDisk }, rests: new Map<string, never>() },
      ];
      expect(flavorOf(inputOf({ ...one, clouds }))?.unfit).to.equal(unfit);
    });
  }

  const groups: [what: string, policy: boolean, most: number, there: number, room: number][] = [
    ['no group', false, 3, 2, Infinity],
    ['no limit', true, -1, 2, Infinity],
    ['3 members, 2 nodes there', true, 3, 2, 1],
    ['3 members, 4 nodes there', true, 3, 4, 0],
  ];
  for (const [what, policy, serverGroupMembers, there, room] of groups) {
    it(`server group: ${what}: ${room} more`, () => {
      const template = { flavors: ['m1.medium'], ...(policy ? { serverGroupPolicy: 'anti-affinity' as const } : {}) };
      const all = [...nodes(there, 'Busy'), node('elsewhere', 'Busy', { cloud: 'b' })];
      const input = inputOf(poolSight('p', { template }, { nodes: all }), {
        clouds: [cloudSight({}, { serverGroupMembers })],
      });
      expect(input.clouds[0]?.groupRoom).to.equal(room);
    });
  }

  it('a cloud that was not seen has no flavors, no unknown ones, and no room', () => {
    const input = inputOf(poolSight('p'), { clouds: [cloudSight({}, { flavors: undefined })] });
    expect(input.clouds[0]).to.deep.include({ flavors: [], unknownFlavors: [] });
    expect(input.clouds[0]?.headroom.instances).to.equal(0);
  });

  it('a cloud that does not exist is no reason to fail', () => {
    expect(inputOf(poolSight('p'), { clouds: [] }).clouds[0]).to.deep.include({ name: 'a', flavors: [] });
  });

  const weights: [entry: number | undefined, cloud: number | undefined, expected: number][] = [
    [undefined, undefined, 50],
    [undefined, 10, 10],
    [80, 10, 80],
  ];
  for (const [entry, cloudWeight, expected] of weights) {
    it(`weight ${entry} of the pool over ${cloudWeight} of the cloud: ${expected}`, () => {
      const one = poolSight('p', { clouds: [{ name: 'a', ...(entry ? { weight: entry } : {}) }] });
      const input = inputOf(one, { clouds: [cloudSight(cloudWeight ? { weight: cloudWeight } : {})] });
      expect(input.clouds[0]?.weight).to.equal(expected);
    });
  }
});

describe('what pools are planned from: the pool', () => {
  it('what is left out has its default', () => {
    expect(inputOf(poolSight('p')).pool).to.deep.equal({
      ...situation().pool,
      name: 'p',
      maxNodes: 5,
      allocation: 'RoundRobin',
    });
  });

  it('what is given counts', () => {
    const spec: Spec = {
      minNodes: 1,
      spareNodes: 2,
      replicas: 3,
      mode: 'Observe',
      allocation: 'LeastWaste',
      scaleUp: { maxBooting: 4, maxPerMinute: 5 },
      scaleDown: { consolidateAfter: '1h30m' },
      disruption: { budgets: [{ nodes: '10%' }, { nodes: '3' }] },
    };
    expect(inputOf(poolSight('p', spec)).pool).to.deep.include({
      minNodes: 1,
      spareNodes: 2,
      replicas: 3,
      mode: 'Observe',
      allocation: 'LeastWaste',
      maxBooting: 4,
      maxPerMinute: 5,
      consolidateAfter: 90 * 60_000,
      budgets: ['10%', '3'],
    });
  });

  it('the same sight gives the same plan, and pools share the quota of a cloud', () => {
    const figures = { cores: [{ limit: 12, used: 4, by: 'quota' as const }] };
    const pools = [poolSight('x'), poolSight('y')];
    const all = sight(pools, [job(9, 'x'), job(9, 'y')], { clouds: [cloudSight({}, { figures })] });
    const plans = planFleet(planInputsOf(all));
    expect(plans.map(({ creates }) => creates.length)).to.deep.equal([2, 2]);
    expect(planFleet(planInputsOf(structuredClone(all)))).to.deep.equal(plans);
  });
});
