/** Ten thousand busy nodes and a million queued jobs: what the operator costs while nothing happens, and how fast it is there after a start. */
import { setTimeout as pause } from 'node:timers/promises';
import { startGauge, type Usage } from './gauge.ts';
import type { JobBatch, PeerCounters } from './peer-api.ts';
import { listed, since, total, type Requests } from './requests.ts';
import type { Scale } from './scale.ts';
import { Stage } from './stage.ts';
import { below, exactly, mebibytes, seconds, type Row, type Section } from './table.ts';
import { delayRow, restingWritesRow } from './usage-rows.ts';

const MINUTE = 60_000;
const MEBIBYTE = 1024 * 1024;
/** One pool for each: its nodes are of this flavor. Cores, and what one of its running jobs takes of them. */
const FLAVORS = [
  { flavor: 'm1.small', cores: 1, jobCores: 1 },
  { flavor: 'm1.medium', cores: 2, jobCores: 1 },
  { flavor: 'm1.large', cores: 4, jobCores: 2 },
  { flavor: 'm1.xlarge', cores: 8, jobCores: 2 },
];
/** Of all nodes; the last cloud has what is left. With round thousands in one cloud Nova links to one page more, an empty one. */
const SHARES = { 'cloud-a': 0.44, 'cloud-b': 0.33, 'cloud-c': 0.23 };
const PAGE = 1000;
const SHAPES = 1000;
/** No write for so long: things have settled. */
const QUIET_MS = 10_000;
/** The collector of the sandbox hears so late of what happens on a node, ms; more than that. */
const REPORTED_MS = 3_000;
const DAY = 24 * 3600;

const poolOf = (index: number): string => `pool-${(index % FLAVORS.length) + 1}`;

export async function largeFleetBench({ largeNodes: nodes, largeJobs: jobs, windowMs }: Scale): Promise<Section[]> {
  const clouds = Object.keys(SHARES).length;
  const stage = await Stage.start({ clouds, instances: nodes, spawnDelayMs: 500, bootDelayMs: [500, 1_000] });
  try {
    const perCloud = await prepare(stage, nodes, jobs);
    const start = await startRows(stage, nodes);
    const rest = await restRows(stage, nodes, perCloud, windowMs);
    const fleet = `${nodes} busy nodes in ${FLAVORS.length} pools on ${clouds} clouds`;
    const setting = `${fleet}, ${jobs} idle jobs in ${SHAPES} shapes, settings of production`;
    return [
      { title: `The operator starts with ${nodes} nodes`, setting, rows: start },
      { title: `${nodes} nodes at rest`, setting, rows: rest },
    ];
  } finally {
    await stage.stop();
  }
}

/** The operator makes a few nodes of each kind, which the peers then multiply; it is stopped afterwards. Returns nodes by cloud. */
async function prepare(stage: Stage, nodes: number, jobs: number): Promise<Record<string, number>> {
  const clouds = Object.keys(SHARES).length;
  const pilots = FLAVORS.length * clouds;
  const flavors = FLAVORS.map(({ flavor }) => flavor);
  for (const [i, { flavor }] of FLAVORS.entries()) {
    const template = { flavors: [flavor, ...flavors.filter((other) => other !== flavor)] };
    await stage.applyPool({ minNodes: clouds, maxNodes: clouds, jobs: { default: false }, template }, poolOf(i));
  }
  await stage.until(`${pilots} joined`, MINUTE, ({ joined }) => joined === pilots);
  await stage.peers.call(
    'submit',
    FLAVORS.map(({ cores, jobCores }, i) => ({
      pool: poolOf(i),
      cpus: jobCores,
      memory: 512,
      seconds: DAY,
      count: (cores / jobCores) * Math.ceil(nodes / FLAVORS.length + clouds),
    })),
  );
  await stage.until(`${pilots} busy`, 2 * MINUTE, ({ busy }) => busy === pilots);
  await stage.stopOperator();
  const perCloud = Object.fromEntries(Object.entries(SHARES).map(([name, share]) => [name, Math.round(share * nodes)]));
  perCloud['cloud-a'] = (perCloud['cloud-a'] ?? 0) - 1;
  const perPool = await stage.peers.call('multiply', perCloud);
  // one node is missing, so that the first plan shows
  for (const [pool, count] of Object.entries(perPool))
    await stage.patchPool({ minNodes: 0, maxNodes: pool === poolOf(0) ? count + 1 : count }, pool);
  await stage.peers.call('submit', shapes(jobs));
  await pause(REPORTED_MS);
  return perCloud;
}

/** So many idle jobs, evenly over the pools, each cluster of another shape. All fit into some flavor. */
function shapes(jobs: number): JobBatch[] {
  return Array.from({ length: SHAPES }, (_, i) => {
    const n = Math.floor(i / FLAVORS.length);
    return { pool: poolOf(i), cpus: 1 + (n % 8), memory: 256 + 50 * n, seconds: DAY, count: Math.round(jobs / SHAPES) };
  });
}

async function startRows(stage: Stage, nodes: number): Promise<Row[]> {
  const before = await stage.peers.call('truth');
  const peers = await stage.peers.call('usage');
  const operator = await stage.startOperator();
  const readyAt = Date.now();
  await stage.until('the first plan', MINUTE, () => operator.log.firstCreatingPlanAt !== undefined);
  const plannedAt = (operator.log.firstCreatingPlanAt ?? Number.NaN) - operator.startedAt;
  const peersAfter = await stage.peers.call('usage');
  const { rss } = operator.memory();
  await stage.until(`${nodes} joined and busy`, 2 * MINUTE, ({ joined, busy }) => joined === nodes && busy === nodes);
  await stage.untilQuiet(QUIET_MS, MINUTE);
  const { peak } = operator.memory();
  const written = await stage.writes();
  const truth = await stage.peers.call('truth');
  const made = `${truth.creates - before.creates}, ${operator.log.creatingPlans}`;
  const records = written.get('patchStatus ehosnodes') ?? 0;
  return [
    {
      what: 'start to all resources listed',
      value: seconds(readyAt - operator.startedAt),
      how: `/readyz answers 200; the start of Node included`,
    },
    {
      what: 'start to the first plan',
      value: seconds(plannedAt),
      ...below(plannedAt, 5_000, '5 s'),
      how: `the one that makes the node that is missing; the peers' process used ${(peersAfter.cpuSeconds - peers.cpuSeconds).toFixed(1)} s of CPU meanwhile`,
    },
    { what: 'nodes made, in plans', value: made, ...exactly(made, '1, 1'), how: 'counted by sandbox and log' },
    {
      what: 'records of nodes written until all is quiet',
      value: String(records),
      ...below(records, 20, '20'),
      how: `those of the new node; all writes: ${listed(written)}`,
    },
    {
      what: 'RSS after the first plan',
      value: mebibytes(rss),
      how: `until all was quiet the most was ${mebibytes(peak)}`,
    },
  ];
}

async function restRows(
  stage: Stage,
  nodes: number,
  perCloud: Record<string, number>,
  windowMs: number,
): Promise<Row[]> {
  const counters = await stage.peers.call('counters');
  const gauge = await startGauge(stage.operator);
  await pause(windowMs);
  const usage = await gauge.stop();
  const now = await stage.peers.call('counters');
  const truth = await stage.peers.call('truth');
  const { rss, peak } = stage.operator.memory();
  const joined = `${truth.joined}, ${truth.everLost}`;
  const { problems } = stage.operator.log;
  return [
    { what: 'RSS', value: mebibytes(rss), ...below(rss, 256 * MEBIBYTE, '256 MiB'), how: 'VmRSS of /proc' },
    {
      what: 'RSS, the most since the start',
      value: mebibytes(peak),
      ...below(peak, 256 * MEBIBYTE, '256 MiB'),
      how: `VmHWM of /proc; heap at the end ${mebibytes(usage.heap)}, garbage included`,
    },
    restingWritesRow(usage),
    ...listRows(usage, perCloud),
    ...pollRows(counters, now),
    {
      what: 'CPU per minute',
      value: `${((usage.cpuSeconds / usage.seconds) * 60).toFixed(1)} s`,
      how: `${usage.cpuSeconds.toFixed(1)} s in ${usage.seconds.toFixed(0)} s, all threads of the operator; garbage collection held its loop up for ${usage.gcSeconds.toFixed(1)} s`,
    },
    delayRow(usage),
    {
      what: 'nodes joined, lost',
      value: joined,
      ...exactly(joined, `${nodes}, 0`),
      how: `${truth.startds} startds in the collector, ${truth.idleJobs} idle jobs`,
    },
    {
      what: 'warnings in the log',
      value: String(total(problems)),
      ...exactly(String(total(problems)), '0'),
      how: listed(problems) || 'none, since the start',
    },
  ];
}

function listRows({ calls }: Usage, perCloud: Record<string, number>): Row[] {
  return Object.entries(perCloud).map(([cloud, nodes]) => {
    const made = calls.get(`default/${cloud}`) ?? new Map<string, number>();
    const lists = made.get('compute GET servers') ?? 0;
    const polls = made.get('compute GET limits') ?? 0;
    const value = String(lists / polls);
    return {
      what: `list calls per poll of ${cloud}`,
      value,
      ...exactly(value, String(Math.ceil(nodes / PAGE))),
      how: `${polls} polls of ${nodes} servers: ${listed(made)}`,
    };
  });
}

function pollRows(before: PeerCounters, after: PeerCounters): Row[] {
  const tools: Requests = since(new Map(Object.entries(before.tools)), new Map(Object.entries(after.tools)));
  const commands = after.commands - before.commands;
  const polls = tools.get('date') ?? 0;
  const value = String(commands / polls);
  return [
    {
      what: 'condor commands per poll',
      value,
      ...exactly(value, '1'),
      how: `${polls} polls, each one SSH round trip; in them ${listed(tools)}`,
    },
  ];
}
