/** A thousand nodes: how they come, what it costs to keep them while nothing happens, what one look at them costs, how they go. */
import { setTimeout as pause } from 'node:timers/promises';
import { startGauge } from './gauge.ts';
import type { PeerCounters } from './peer-api.ts';
import { pollBench } from './poll.bench.ts';
import { listed, reads, since, total, type Requests } from './requests.ts';
import type { Scale } from './scale.ts';
import { Stage } from './stage.ts';
import { exactly, mebibytes, seconds, type Row, type Section } from './table.ts';
import { delayRow, kubernetesWrites, restingWritesRow, usageRows } from './usage-rows.ts';

const MINUTE = 60_000;
/** No write for so long: things have settled. Longer than the poll interval of the master. */
const QUIET_MS = 20_000;

export async function fleetBench({ nodes, windowMs }: Scale): Promise<Section[]> {
  const stage = await Stage.start({ clouds: 2, instances: nodes, spawnDelayMs: 1_000, bootDelayMs: [1_000, 3_000] });
  try {
    const setting = `${nodes} nodes of 1 core on two clouds, settings of production`;
    const growth = await grow(stage, nodes);
    const steady = await steadyState(stage, nodes, windowMs);
    const poll = await pollBench(stage.access, nodes);
    const shrinkage = await shrink(stage, nodes);
    return [
      { title: `A fleet of ${nodes} nodes comes`, setting, rows: growth },
      { title: `Steady state with ${nodes} nodes`, setting, rows: steady },
      {
        title: `One poll of a master with ${nodes} nodes`,
        setting: 'over SSH, the sandbox answers from another process',
        rows: poll,
      },
      { title: `The fleet goes`, setting: 'spec.replicas patched to 0', rows: shrinkage },
    ];
  } finally {
    await stage.stop();
  }
}

async function grow(stage: Stage, nodes: number): Promise<Row[]> {
  const gauge = await startGauge(stage.operator);
  const appliedAt = Date.now();
  await stage.applyPool({ minNodes: nodes, maxNodes: nodes, template: { flavors: ['m1.small'] } });
  await stage.until(`${nodes} creates`, 2 * MINUTE, ({ creates }) => creates >= nodes);
  const joinedAt = await stage.until(`${nodes} joined`, 3 * MINUTE, ({ joined }) => joined >= nodes);
  const usage = await gauge.stop();
  const settledAt = await stage.untilQuiet(QUIET_MS, 2 * MINUTE);
  const truth = await stage.peers.call('truth');
  const { firstCreateAt = Number.NaN, lastCreateAt = Number.NaN } = truth;
  const written = kubernetesWrites(usage);
  const { creatingPlans } = stage.operator.log;
  const made = `${truth.creates}, ${truth.twins}`;
  return [
    {
      what: 'apply to the first create accepted',
      value: seconds(firstCreateAt - appliedAt),
      how: 'clouds and master were read before',
    },
    {
      what: 'apply to the last create accepted',
      value: seconds(lastCreateAt - appliedAt),
      how: `${perSecond(truth.creates, lastCreateAt - firstCreateAt)} POSTs per second, most ${truth.busiestSecond}`,
    },
    {
      what: 'apply to all joined',
      value: seconds(joinedAt - appliedAt),
      how: 'spawn 1 s, boot 1 to 3 s, token requests asked for every 5 s',
    },
    {
      what: 'last join to the last write',
      value: seconds(Math.max(0, settledAt - joinedAt)),
      how: `then nothing was written for ${QUIET_MS / 1000} s`,
    },
    {
      what: 'plans that created',
      value: String(creatingPlans),
      ...exactly(String(creatingPlans), '1'),
      how: 'log of the operator',
    },
    {
      what: 'servers created, twins',
      value: made,
      ...exactly(made, `${nodes}, 0`),
      how: 'counted by the sandbox',
    },
    { what: 'Kubernetes writes per node', value: (total(written) / nodes).toFixed(1), how: listed(written) },
    ...usageRows(usage),
  ];
}

async function steadyState(stage: Stage, nodes: number, windowMs: number): Promise<Row[]> {
  const counters = await stage.peers.call('counters');
  const peersBefore = await stage.peers.call('usage');
  const gauge = await startGauge(stage.operator);
  await pause(windowMs);
  const usage = await gauge.stop();
  const [now, peers, truth] = [
    await stage.peers.call('counters'),
    await stage.peers.call('usage'),
    await stage.peers.call('truth'),
  ];
  const minutes = usage.seconds / 60;
  const perMinute = (n: number): string => (n / minutes).toFixed(1);
  const openstack = added(counters.openstack, now.openstack);
  const tools = added(counters.tools, now.tools);
  const read = reads(usage.calls.get('kubernetes') ?? new Map<string, number>());
  const { rss, peak } = stage.operator.memory();
  const joined = `${truth.joined}, ${truth.everLost}`;
  return [
    {
      what: 'cloud calls per minute',
      value: perMinute(total(openstack)),
      how: `${listed(openstack)} in ${usage.seconds.toFixed(0)} s`,
    },
    {
      what: 'condor commands per minute',
      value: perMinute(now.commands - counters.commands),
      how: `SSH round trips, one a poll of 15 s; in them ${listed(tools)}`,
    },
    restingWritesRow(usage),
    { what: 'Kubernetes reads per minute', value: perMinute(total(read)), how: listed(read) || 'none' },
    {
      what: 'CPU per minute',
      value: `${(usage.cpuSeconds / minutes).toFixed(2)} s`,
      how: `operator only; the peers' process used ${((peers.cpuSeconds - peersBefore.cpuSeconds) / minutes).toFixed(1)} s`,
    },
    delayRow(usage),
    { what: 'RSS', value: mebibytes(rss), how: `the most was ${mebibytes(peak)}` },
    {
      what: 'nodes joined, lost',
      value: joined,
      ...exactly(joined, `${nodes}, 0`),
      how: `${truth.startds} startds in the collector`,
    },
  ];
}

async function shrink(stage: Stage, nodes: number): Promise<Row[]> {
  const gauge = await startGauge(stage.operator);
  const counters = await stage.peers.call('counters');
  const patchedAt = Date.now();
  await stage.patchPool({ replicas: 0 });
  const serversAt = await stage.until('no server is left', 3 * MINUTE, ({ servers }) => servers === 0);
  const recordsAt = await stage.until('no record is left', MINUTE, ({ records }) => records === 0);
  const usage = await gauge.stop();
  const now = await stage.peers.call('counters');
  const truth = await stage.peers.call('truth');
  const written = kubernetesWrites(usage);
  const openstack = added(counters.openstack, now.openstack);
  const harm = `${truth.creates - nodes}, ${truth.killed}`;
  const { problems } = stage.operator.log;
  return [
    {
      what: 'patch to no server left',
      value: seconds(serversAt - patchedAt),
      how: 'each drained with proof, then deleted',
    },
    {
      what: 'patch to no record left',
      value: seconds(recordsAt - patchedAt),
      how: `${truth.startds} startds left in the collector`,
    },
    {
      what: 'condor commands',
      value: String(now.commands - counters.commands),
      how: listed(added(counters.tools, now.tools)),
    },
    { what: 'cloud calls', value: String(total(openstack)), how: listed(openstack) },
    { what: 'Kubernetes writes per node', value: (total(written) / nodes).toFixed(1), how: listed(written) },
    {
      what: 'creates meanwhile, jobs killed',
      value: harm,
      ...exactly(harm, '0, 0'),
      how: 'counted by the sandbox',
    },
    ...usageRows(usage),
    {
      what: 'warnings in the log',
      value: String(total(problems)),
      ...exactly(String(total(problems)), '0'),
      how: listed(problems) || 'none, from start to end',
    },
  ];
}

const added = (before: PeerCounters['openstack'], after: PeerCounters['openstack']): Requests =>
  since(new Map(Object.entries(before)), new Map(Object.entries(after)));

const perSecond = (n: number, ms: number): string => ((n - 1) / (ms / 1000)).toFixed(0);
