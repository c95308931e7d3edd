/** Thirty days with up to 500 nodes: a load that follows the hours of the day, a restart every hour, things going wrong now and then. */
import { DirectKubeTransport } from './peers/kube-transport.ts';
import { happeningsOf } from './generate-happenings.ts';
import type { Batch, Happening, Scenario } from './scenario.ts';
import { Draw, randomOf } from './seeds.ts';
import { Simulation, type Outcome } from './simulation.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

const MAX_NODES = 500;
/** Cores that are asked for at night and at the height of the day; each node has one. */
const LOAD = { least: 30, most: 470 };
const SUBMIT_EVERY = 30 * MINUTE;
const JOB_HOURS = { least: 0.5, most: 4 };
/** Of a project. */
const DELETED_KEPT = 100;

export interface Day {
  day: number;
  /** Most at any look of the day. */
  mostNodes: number;
  nodes: number;
  servers: number;
  jobsDone: number;
  /** MiB, after a full collection where there is one. */
  heap: number;
  rss: number;
}

/** `onDay` is called at the end of each day. */
export async function soak(seed: number, days: number, onDay: (day: Day) => void): Promise<Outcome> {
  let [day, done, mostNodes] = [0, 0, 0];
  const simulation = new Simulation(soakScenario(seed, days), {
    // a master and clouds that are read this often cost a fraction of what they do in production
    settings: { cloudSyncInterval: 10 * MINUTE, nodeUpdateInterval: 300 },
    sweepEvery: 10 * MINUTE,
    calmMost: 2 * JOB_HOURS.most * HOUR,
    onSweep: (sim, elapsed) => {
      done += forgetThePast(sim);
      mostNodes = Math.max(mostNodes, sizes(sim).nodes);
      if (elapsed < (day + 1) * DAY || day >= days) return;
      day++;
      checkLedger(sim);
      onDay({ day, mostNodes, jobsDone: done, ...sizes(sim), ...memory() });
      mostNodes = 0;
    },
  });
  return await simulation.run();
}

function soakScenario(seed: number, days: number): Scenario {
  const draw = new Draw(randomOf(seed, 'soak'));
  const stormMs = days * DAY;
  const restarts = Array.from({ length: days * 24 }, (_, hour): Happening => ({
    at: hour * HOUR + draw.whole(0, HOUR),
    kind: draw.chance(0.5) ? 'operator-restarts' : 'operator-crashes',
  }));
  const others = Array.from({ length: days }, (_, day) =>
    happeningsOf(draw, DAY).map((happening) => ({ ...happening, at: happening.at + day * DAY })),
  ).flat();
  const lasting = others.filter(({ kind }) => !['pool-deleted', 'second-operator', 'clock-step'].includes(kind));
  return {
    seed,
    clouds: [
      {
        name: 'cloud-a',
        instances: MAX_NODES + 20,
        cores: MAX_NODES + 20,
        limitCores: undefined,
        spawnDelayMs: 20_000,
        foreign: 3,
      },
    ],
    pools: [
      {
        name: 'pool-a',
        clouds: ['cloud-a'],
        flavors: ['m1.small'],
        maxNodes: MAX_NODES,
        minNodes: 0,
        spareNodes: 2,
        serves: 'unnamed',
        allocation: 'FillFirst',
        consolidateAfterSeconds: 900,
        bootTimeoutSeconds: 900,
        rootVolume: false,
        floatingIp: false,
      },
    ],
    jobs: loadOf(draw, days),
    happenings: [...restarts, ...lasting],
    foreignStartds: 1,
    pollIntervalSeconds: 600,
    busyIntervalSeconds: 180,
    stormMs,
    rates: { crash: 0.000_02, network: 0.000_5, refusal: 0.000_5, watch: 0.05 },
    deletedWhileBusy: false,
    teardown: [
      { kind: 'pools', afterMs: 0 },
      { kind: 'clouds', afterMs: MINUTE },
      { kind: 'masters', afterMs: MINUTE },
    ],
  };
}

function loadOf(draw: Draw, days: number): Batch[] {
  const meanMs = ((JOB_HOURS.least + JOB_HOURS.most) / 2) * HOUR;
  return Array.from({ length: (days * DAY) / SUBMIT_EVERY }, (_, i) => {
    const at = i * SUBMIT_EVERY;
    const height = (1 - Math.cos((2 * Math.PI * (at % DAY)) / DAY)) / 2;
    const wanted = LOAD.least + (LOAD.most - LOAD.least) * height;
    const count = Math.round((wanted * SUBMIT_EVERY * (0.7 + 0.6 * draw.whole(0, 100) * 0.01)) / meanMs);
    const hours = JOB_HOURS.least + (JOB_HOURS.most - JOB_HOURS.least) * draw.whole(0, 100) * 0.01;
    return {
      at,
      count: Math.max(1, count),
      cpus: 1,
      memory: 512,
      runSeconds: Math.round(hours * 3600),
      pool: undefined,
    };
  });
}

/** What real peers forget as well: events after an hour, deleted servers when they are archived, the history of jobs when it is rotated. Returns how many jobs it held. */
function forgetThePast({ peers }: Simulation): number {
  for (const { deletedServers } of peers.openstack.projects)
    deletedServers.splice(0, Math.max(0, deletedServers.length - DELETED_KEPT));
  const events = '/apis/events.k8s.io/v1/namespaces/default/events';
  void new DirectKubeTransport(peers.kube).send({ method: 'DELETE', path: events, timeoutMs: 0 });
  return peers.pool.rotateHistory();
}

/** Each record that names a server has it, and each server of ours has a record; what is on its way at this moment left out. */
function checkLedger({ peers, invariants }: Simulation): void {
  const records = peers.kube.objects('ehosnodes');
  const known = new Set(records.map(({ metadata }) => metadata.uid ?? ''));
  for (const project of peers.openstack.projects)
    for (const { name, tags, taskState } of invariants.ours(project)) {
      const uid = tags.find((tag) => tag.startsWith('ehos-node-'))?.slice('ehos-node-'.length) ?? '';
      if (!known.has(uid) && taskState !== 'deleting')
        invariants.fail('orphan', `server ${name} has no record at the end of the day`);
    }
}

function sizes({ peers, invariants }: Simulation): { nodes: number; servers: number } {
  const servers = peers.openstack.projects.reduce((sum, project) => sum + invariants.ours(project).length, 0);
  return { nodes: peers.kube.objects('ehosnodes').length, servers };
}

function memory(): { heap: number; rss: number } {
  (globalThis as { gc?: () => void }).gc?.();
  const { heapUsed, rss } = process.memoryUsage();
  return { heap: Math.round(heapUsed / 2 ** 20), rss: Math.round(rss / 2 ** 20) };
}
