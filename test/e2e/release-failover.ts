/** The leader dies, is told to end, freezes, and loses its machine: another replica goes on, and never do two act. */
import { fromPod, NAMESPACE, leader, podNamed, takeover, untilReady, type Pod } from './helm.ts';
import { nodeNamed, revive, SECOND } from './kube-nodes.ts';
import { kubectl } from './rigs.ts';
import type { ReleaseStage } from './release-stage.ts';
import { until } from './until.ts';

/** Goals, seconds. */
const AFTER_SIGKILL = 20;
const AFTER_SIGTERM = 2;
const PATIENCE_MS = 60_000;

const inNamespace = ({ name }: Pod): string => `${NAMESPACE}/${name}`;
const deletePod = async ({ name }: Pod): Promise<unknown> =>
  await kubectl(['-n', NAMESPACE, 'delete', 'pod', name, '--wait=false']);

export async function failOvers(stage: ReleaseStage): Promise<void> {
  await failOver(stage, 'the leader is told to end (SIGTERM)', AFTER_SIGTERM, deletePod);
  await failOver(stage, 'the leader is killed (SIGKILL)', AFTER_SIGKILL, async (pod) => {
    await nodeNamed(pod.node).rig('kill-pod', inNamespace(pod));
  });
  const frozen = await failOver(stage, 'the leader freezes (SIGSTOP)', AFTER_SIGKILL, async (pod) => {
    await nodeNamed(pod.node).rig('pause-pod', inNamespace(pod));
  });
  await thaw(stage, frozen);
  await leadOn(SECOND.name);
  await failOver(stage, "the leader's node loses power", AFTER_SIGKILL, async () => {
    await SECOND.rig('kill-node');
  });
  await stage.report.step('the node comes back', async () => {
    await revive(SECOND);
    await untilReady(2);
  });
}

/** Returns who led before. */
async function failOver(
  stage: ReleaseStage,
  what: string,
  goal: number,
  act: (leader: Pod) => Promise<unknown>,
): Promise<string> {
  const { report } = stage;
  await untilReady(2);
  await stage.keepLogs();
  await stage.moreJobs();
  const { seconds, from, to } = await report.step(what, async () => await takeover(PATIENCE_MS, act));
  report.check(
    `${what}: another leads within ${goal} s`,
    seconds < goal,
    `${from} -> ${to} after ${seconds.toFixed(1)} s`,
  );
  await report.step('what was queued meanwhile is served', async () => await stage.untilServed());
  await stage.checkUntouched(what);
  return from;
}

/** The frozen one wakes up, and must find out before it does anything that it leads no more. */
async function thaw({ report }: ReleaseStage, name: string): Promise<void> {
  const frozen = await podNamed(name);
  const successor = await leader();
  await nodeNamed(frozen.node).rig('cont-pod', inNamespace(frozen));
  let found = '';
  const hasSteppedDown = async (): Promise<boolean> => {
    const { restarts } = await podNamed(name);
    if (restarts > frozen.restarts) found = 'it ended, and was started again';
    else if ((await fromPod(frozen, '/metrics').catch(() => '')).includes('\nehos_leader 0')) found = 'it stands by';
    return found !== '';
  };
  await until('the thawed leader steps down', PATIENCE_MS, hasSteppedDown, 500);
  await untilReady(2);
  const now = await leader();
  report.check(
    'thawed, it does not lead, and its successor still does',
    now.name === successor.name,
    `${found}; ${now.name} leads`,
  );
}

/** Lets leaders end until one on that node leads. */
async function leadOn(node: string): Promise<void> {
  for (let i = 0; i < 6; i++) {
    await untilReady(2);
    if ((await leader()).node === node) return;
    await takeover(PATIENCE_MS, deletePod);
  }
  throw new Error(`no pod on ${node} leads after six changes`);
}
