/** A scenario from a seed. */
import { happeningsOf } from './generate-happenings.ts';
import type { Batch, CloudPlan, Happening, PoolPlan, Rates, Scenario, TemplateExtras } from './scenario.ts';
import { Draw, randomOf } from './seeds.ts';

const MINUTE = 60_000;

const FLAVORS = [['m1.small'], ['m1.medium'], ['m1.small', 'm1.large'], ['m1.medium', 'm1.large', 'm1.xlarge']];
/** Share of the runs with leader election: its renewals are many timers. */
const REPLICATED = 0.1;
/** Share of the runs with what few sites have. */
const EXTRAS = 0.2;
const ALLOCATIONS = ['RoundRobin', 'FillFirst', 'Random', 'Weighted', 'LeastWaste'];

export function scenarioOf(seed: number): Scenario {
  const draw = new Draw(randomOf(seed, 'scenario'));
  const stormMs = draw.whole(3, 9) * MINUTE;
  const clouds = cloudsOf(draw);
  const pools = poolsOf(draw, clouds);
  const plain: Scenario = {
    seed,
    clouds,
    pools,
    jobs: jobsOf(draw, pools, stormMs),
    happenings: happeningsOf(new Draw(randomOf(seed, 'happenings')), stormMs),
    // from numbers of its own, so that what else a seed means stays as it was
    ...(new Draw(randomOf(seed, 'replicas')).chance(REPLICATED) && { replicas: 2 }),
    foreignStartds: draw.whole(0, 1),
    pollIntervalSeconds: draw.one([15, 30, 30]),
    busyIntervalSeconds: draw.one([10, 20, 30]),
    stormMs,
    rates: ratesOf(draw),
    deletedWhileBusy: draw.chance(0.2),
    teardown: teardownOf(draw),
  };
  const extras = new Draw(randomOf(seed, 'extras'));
  return extras.chance(EXTRAS) ? withExtras(plain, extras) : plain;
}

/** What few sites have: server groups, addresses that are taken, named zones and types, empty volumes, tokens that are asked for on the master. */
function withExtras(plain: Scenario, draw: Draw): Scenario {
  const pools = plain.pools.map((pool): PoolPlan => {
    const extras: TemplateExtras = {
      ...(draw.chance(0.5) && { serverGroup: true }),
      ...(draw.chance(0.5) && !pool.floatingIp && { takesAddresses: true }),
      ...(draw.chance(0.5) && { named: true }),
      ...(draw.chance(0.5) && { scratchVolume: true }),
    };
    return { ...pool, rootVolume: pool.rootVolume || draw.chance(0.3), extras };
  });
  const stays: Happening = {
    kind: 'volumes-stay',
    at: draw.whole(0, plain.stormMs),
    forMs: draw.span(MINUTE, 10 * MINUTE),
  };
  return {
    ...plain,
    pools,
    happenings: [...plain.happenings, ...(draw.chance(0.6) ? [stays] : [])].sort((a, b) => a.at - b.at),
    ...(draw.chance(0.3) && { credentials: 'TokenRequest' }),
  };
}

function cloudsOf(draw: Draw): CloudPlan[] {
  return Array.from({ length: draw.chance(0.3) ? 2 : 1 }, (_, i) => ({
    name: `cloud-${'ab'.charAt(i)}`,
    instances: draw.whole(5, 14),
    cores: draw.whole(6, 40),
    limitCores: draw.chance(0.3) ? draw.whole(4, 16) : undefined,
    spawnDelayMs: draw.span(2_000, 30_000),
    foreign: draw.whole(0, 2),
  }));
}

function poolsOf(draw: Draw, clouds: readonly CloudPlan[]): PoolPlan[] {
  const alone = draw.chance(0.7);
  return Array.from({ length: alone ? 1 : 2 }, (_, i) => {
    const maxNodes = draw.whole(1, 5);
    return {
      name: `pool-${'ab'.charAt(i)}`,
      clouds: draw.chance(0.5) ? clouds.map(({ name }) => name) : [draw.one(clouds).name],
      flavors: draw.one(FLAVORS),
      maxNodes,
      // of two pools on a small quota one could hold for ever what the other needs
      minNodes: alone && draw.chance(0.2) ? draw.whole(0, maxNodes) : 0,
      spareNodes: alone && draw.chance(0.15) ? 1 : 0,
      serves: i === 0 ? 'unnamed' : 'named',
      allocation: draw.one(ALLOCATIONS),
      consolidateAfterSeconds: draw.whole(20, 120),
      bootTimeoutSeconds: draw.whole(120, 300),
      rootVolume: draw.chance(0.15),
      floatingIp: draw.chance(0.15),
    };
  });
}

function jobsOf(draw: Draw, pools: readonly PoolPlan[], stormMs: number): Batch[] {
  return Array.from({ length: draw.whole(1, 5) }, () => ({
    at: draw.whole(0, stormMs * 0.8),
    count: draw.whole(1, 8),
    // every flavor has one core: such jobs can always run, whatever rests
    cpus: 1,
    memory: draw.one([128, 256, 512]),
    runSeconds: Math.round(draw.span(10_000, 180_000) / 1000),
    pool: draw.chance(0.6) ? undefined : draw.one(pools).name,
  }));
}

/** Calm seas, one kind of trouble, or all of it. */
function ratesOf(draw: Draw): Rates {
  const level = (): number => draw.one([0, 0, 0.003, 0.01, 0.04]);
  return {
    crash: draw.one([0, 0.002, 0.005, 0.02]),
    network: level(),
    refusal: level(),
    watch: draw.one([0, 0.1, 0.5]),
  };
}

function teardownOf(draw: Draw): Scenario['teardown'] {
  const kinds: Scenario['teardown'][number]['kind'][] = ['pools', 'clouds', 'masters'];
  if (draw.chance(0.5)) kinds.sort(() => (draw.chance(0.5) ? 1 : -1));
  return kinds.map((kind) => ({ kind, afterMs: draw.chance(0.5) ? draw.whole(0, 2_000) : draw.span(5_000, 100_000) }));
}
