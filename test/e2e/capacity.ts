/**
 * Time to capacity on the real peers: 200 one-core jobs and no server, until 25 servers of eight cores have joined; the operator against
 * a script that knows what is needed and makes the same servers, as many at a time, in the same run. Both in turn, twice.
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { seconds, type Row, type Section } from '../bench/table.ts';
import { operatorRound, prepareOperator } from './capacity-operator.ts';
import { scriptRound } from './capacity-script.ts';
import { closeWorld, CORES, JOBS, openWorld, PARALLEL, POLL_SECONDS, SERVERS, type Round } from './capacity-world.ts';
import { checkMachine, dirs, isUp, NotSetUp, startFresh, stopAll } from './rigs.ts';

const GOAL = 1.1;
const TITLE = 'Time to capacity on the real peers';
const SETTING = `${JOBS} one-core jobs, ${SERVERS} servers of ${CORES} cores; real HTCondor, Nova, Neutron, Keystone, Glance, cloud-init and kube-apiserver on this machine, servers that share its cores; the same image, network, key, token and form of user data for both, ${PARALLEL} creates at a time; the operator reads the queue every ${POLL_SECONDS} s (pollInterval; 15 s by default, which the plan may come later)`;

/** What stands in the way of a measurement is its only row. Peers that do not run are started empty, and stopped afterwards. */
export async function capacityBench(): Promise<Section> {
  const obstacle = whyNot();
  if (obstacle !== undefined) return notMeasured(obstacle);
  const running = await isUp();
  try {
    if (!running) await startFresh();
    return await measure();
  } catch (error) {
    if (error instanceof NotSetUp) return notMeasured(error.message);
    throw error;
  } finally {
    if (!running) await stopAll();
  }
}

function whyNot(): string | undefined {
  try {
    checkMachine();
  } catch (error) {
    return (error as Error).message;
  }
  const parts = [
    join(dirs.RIG, 'root/.rig-installed'),
    join(dirs.RIG_BASE, 'golden/done'),
    join(dirs.RIG_CLOUD, 'image/.rig-image'),
    join(dirs.RIG_KUBE, 'bin/kube-apiserver'),
  ];
  return parts.every((part) => existsSync(part)) ? undefined : 'the real peers are not installed: run make e2e once';
}

function notMeasured(why: string): Section {
  return {
    title: TITLE,
    setting: SETTING,
    rows: [{ what: 'operator against script', value: `not measured: ${why}`, goal: `≤ ${GOAL} x`, how: '' }],
  };
}

async function measure(): Promise<Section> {
  const world = await openWorld();
  try {
    await prepareOperator(world);
    const script: Round[] = [];
    const operator: Round[] = [];
    for (let i = 0; i < 2; i++) {
      script.push(told('script', await scriptRound(world)));
      operator.push(told('operator', await operatorRound(world)));
    }
    return { title: TITLE, setting: SETTING, rows: rowsOf(script, operator) };
  } finally {
    await closeWorld(world);
  }
}

/** A round takes minutes. */
function told(who: string, round: Round): Round {
  console.error(`capacity: ${who}: ${SERVERS} servers have joined after ${seconds(round.lastJoin)}`);
  return round;
}

function rowsOf(script: readonly Round[], operator: readonly Round[]): Row[] {
  const ratio = mean(operator) / mean(script);
  return [
    {
      what: 'script',
      value: each(script, ({ lastJoin }) => lastJoin),
      how: `from its first POST until ${SERVERS} startds are in the collector, two rounds`,
    },
    {
      what: 'operator',
      value: each(operator, ({ lastJoin }) => lastJoin),
      how: `from the end of condor_submit until ${SERVERS} startds are in the collector, two rounds`,
    },
    {
      what: 'operator against script',
      value: `${ratio.toFixed(2)} x`,
      goal: `≤ ${GOAL} x`,
      reached: ratio <= GOAL,
      how: 'means of the rounds, which alternate; the collector is looked at once a second',
    },
    ...phaseRows('script, from its first POST', script),
    ...phaseRows('operator, from condor_submit', operator),
    {
      what: "operator's own CPU",
      value: each(operator, ({ cpu = Number.NaN }) => cpu),
      how: 'in each round, from submit to the last join',
    },
  ];
}

function phaseRows(who: string, rounds: readonly Round[]): Row[] {
  const phase = (name: string, of: (round: Round) => number | undefined): Row[] =>
    rounds.every((round) => of(round) === undefined)
      ? []
      : [{ what: `${who}: ${name}`, value: each(rounds, (round) => of(round) ?? Number.NaN), how: '' }];
  return [
    ...phase('plan', ({ planned }) => planned),
    ...phase('first POST', ({ firstPost }) => firstPost),
    ...phase('last POST answered', ({ lastPost }) => lastPost),
    ...phase('first join', ({ firstJoin }) => firstJoin),
  ];
}

function each(rounds: readonly Round[], of: (round: Round) => number): string {
  return rounds.map((round) => seconds(of(round))).join(', ');
}

function mean(rounds: readonly Round[]): number {
  return rounds.reduce((sum, { lastJoin }) => sum + lastJoin, 0) / rounds.length;
}
