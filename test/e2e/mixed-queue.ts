/**
 * A mixed queue of five shapes: two that no flavor can run, one whose Requirements no node fulfils, two that can be run. Nothing is made for
 * the first three, all of the others run, and status says why. One idle node stands from the beginning: only on that evidence can jobs
 * be told that HTCondor refuses.
 */
import { conditionOf } from './cluster.ts';
import { checkHistory, marked, submitAll, totalOf, unmarked, type Jobs } from './jobs.ts';
import { checkSnapshot } from './snapshot.ts';
import { MINUTE, type Stage } from './stage.ts';
import { jobStates, novaTime, serverNames, serversMadeSince } from './truth.ts';
import { checkWhy } from './why.ts';

/** Few enough to fit on the smallest node: whether they ask for nodes is not in question, but whether they are found out. */
const PHANTOM: Jobs = {
  count: 2,
  cpus: 1,
  memory: 256,
  seconds: 10,
  lines: ['requirements = (TARGET.HasUnobtainium =?= true)'],
};
const HOPELESS: Jobs[] = [
  { count: 3, cpus: 64, memory: 1024, seconds: 10 },
  { count: 2, cpus: 1, memory: 1024 * 1024, seconds: 10 },
];
/**
 * 40 cores, for so long that the node that stands cannot run them all before others come. The large ones are submitted first, so that
 * HTCondor starts them first: the other way round it spreads the small ones over the new nodes, and the large ones need another node
 * than those that were planned (seen: 8 cores free on one node, 4 of them missing for the third job of 4 cores).
 */
const SATISFIABLE: Jobs[] = [
  { count: 6, cpus: 4, memory: 4096, seconds: 60 },
  { count: 16, cpus: 1, memory: 700, seconds: 60 },
];
/** Jobs of nobody: this pool does not exist. */
const MISSPELT = 'pool-aa';
const MARK = 'satisfiable';

export async function mixedQueue(stage: Stage): Promise<void> {
  const { report, cluster, pool } = stage;
  const node = await report.step('minNodes 1: one idle node stays', async () => await oneIdleNode(stage));
  const since = novaTime();
  await report.step(
    'jobs whose Requirements no node fulfils: HTCondor refuses them, and they stop counting',
    async () => {
      await submitAll(pool, 'phantom', [PHANTOM]);
      await refused(stage);
    },
  );
  await report.step('jobs that no flavor can run, and one that names a pool that does not exist', async () => {
    await submitAll(pool, 'hopeless', HOPELESS);
    await submitAll(MISSPELT, 'nobody', [{ count: 1, cpus: 1, memory: 128, seconds: 10 }]);
    await givenUp(stage);
  });
  await checkWhy(stage, { phantom: PHANTOM, hopeless: HOPELESS, misspelt: MISSPELT });
  const planned = await report.step('mode Observe: jobs that can be run are only planned for', async () => {
    await cluster.patchPool(pool, { mode: 'Observe' });
    await submitAll(pool, MARK, SATISFIABLE);
    return await checkSnapshot(stage);
  });
  await nothingMade(stage, since, node);
  await report.step('mode Active: every job that can be run runs to its end', async () => {
    await cluster.patchPool(pool, { mode: 'Active' });
    await allRun(stage);
  });
  await checkHistory(report, 'satisfiable jobs', MARK, totalOf(SATISFIABLE));
  const made = await serversMadeSince(since);
  report.check(
    'as many servers were made for them as were planned for',
    planned > 0 && made.length === planned,
    `${made.length} made, ${planned} planned`,
  );
  await report.step('the pool shrinks to minNodes although the others still wait', async () => await shrinks(stage));
  await othersWait(stage);
}

async function oneIdleNode({ cluster, operator, pool }: Stage): Promise<string> {
  await cluster.patchPool(pool, { minNodes: 1 });
  let name = '';
  await operator.until('one idle node is left', 8 * MINUTE, async () => {
    const nodes = await cluster.nodes();
    name = nodes[0]?.metadata.name ?? '';
    return nodes.length === 1 && nodes[0]?.status?.nodeState === 'Idle' && nodes[0].status.drainRequested === undefined;
  });
  return name;
}

/** Three negotiation cycles and a minute at least, then HTCondor is asked for its own words. */
async function refused({ cluster, operator, pool }: Stage): Promise<void> {
  await operator.until('condition PhantomJobs is true, with an example', 5 * MINUTE, async () => {
    const object = await cluster.pool(pool);
    const explained = object.status?.jobs?.phantom?.some(({ analysis }) => analysis !== undefined) ?? false;
    return conditionOf(object, 'PhantomJobs').status === 'True' && explained;
  });
}

/** All are told apart, and some more polls of the master change nothing. */
async function givenUp({ cluster, operator, pool }: Stage): Promise<void> {
  await operator.until('all hopeless shapes are told', 2 * MINUTE, async () => {
    const { status } = await cluster.pool(pool);
    const { status: served } = conditionOf(await cluster.masterObject(), 'JobsServed');
    return status?.jobs?.unsatisfiable?.length === HOPELESS.length && served === 'False';
  });
  const polls = async (): Promise<number> =>
    await operator.metric('ehos_condor_commands_total', `namespace="${cluster.namespace}",master="master"`);
  const before = await polls();
  await operator.until('the master was read five more times', 2 * MINUTE, async () => (await polls()) >= before + 5);
}

async function nothingMade({ report, cluster }: Stage, since: string, node: string): Promise<void> {
  const made = await serversMadeSince(since);
  report.check(
    'nothing boots for jobs that cannot be run: servers made, those deleted since among them',
    made.length === 0,
    made.join(', ') || 'none',
  );
  const names = (await cluster.nodes()).map(({ metadata }) => metadata.name);
  report.check('the one node stands alone', names.length === 1 && names[0] === node, names.join(', '));
  const servers = await serverNames();
  report.check('and so does its server', servers.length === 1 && servers[0] === node, servers.join(', '));
}

async function allRun({ report, cluster, operator }: Stage): Promise<void> {
  let shown = '';
  await operator.until('the jobs that can be run leave the queue', 10 * MINUTE, async () => {
    const states = await jobStates(marked(MARK));
    const phases = (await cluster.nodes()).map((node) => node.status?.phase ?? 'Pending').sort();
    const running = states.filter((state) => state === '2').length;
    const line = `  ${states.length - running} idle, ${running} running; nodes: ${phases.join(' ')}`;
    if (line !== shown) report.say(line);
    shown = line;
    return states.length === 0;
  });
}

async function shrinks({ cluster, operator, pool }: Stage): Promise<void> {
  await operator.until('one node is left, and so it stays', 8 * MINUTE, async () => {
    const { status } = await cluster.pool(pool);
    const settled = status?.lastDecision?.what === 'nothing to do' && status.idle === 1;
    return settled && (await cluster.nodes()).length === 1 && (await serverNames()).length === 1;
  });
}

async function othersWait({ report, cluster, pool }: Stage): Promise<void> {
  const states = await jobStates(unmarked(MARK));
  const total = totalOf([PHANTOM, ...HOPELESS]) + 1;
  const idle = states.filter((state) => state === '1').length;
  report.check('the others still wait', idle === total && states.length === total, `${idle} idle of ${total}`);
  const { why = '' } = (await cluster.pool(pool)).status?.lastDecision ?? {};
  report.check('status says why one node stays', why.includes('1 idle node is kept by minNodes 1'), why);
}
