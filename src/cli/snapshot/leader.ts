/** The snapshot of the replica that leads: who stands by refuses, so that all are asked. */
import { EhosError, messageOf } from '../../base/errors.ts';
import type { SnapshotFile } from '../../snapshot/file.ts';
import type { Cluster } from '../connect.ts';
import { askForAdmin, operatorPods, type OperatorPod } from '../operator-pods.ts';
import { MOST_ANSWER_BYTES, PATIENCE_MS, snapshotIn } from './answer.ts';

/** Of one that leads: pools are in several namespaces, or in none such. */
const SAID_BY_LEADERS = [400, 404];

type Answer = { pod: OperatorPod } & ({ file: SnapshotFile } | { error: unknown });

/** `path`: of the snapshot, with its namespace. Rejects with EhosError. */
export async function snapshotOfLeader(cluster: Cluster, selector: string, path: string): Promise<SnapshotFile> {
  const pods = await operatorPods(cluster, selector);
  if (pods.length === 0)
    throw new EhosError(
      'NotFound',
      `no pod has the labels ${selector}, or you may not list pods: see --selector, or give --url`,
    );
  return chosen(await Promise.all(pods.map(async (pod) => await answerOf(cluster, pod, path))));
}

async function answerOf(cluster: Cluster, pod: OperatorPod, path: string): Promise<Answer> {
  try {
    const bounds = { patienceMs: PATIENCE_MS, mostBytes: MOST_ANSWER_BYTES };
    const file = snapshotIn(await askForAdmin(cluster, pod, { what: 'snapshot', path }, bounds));
    if (!file) throw new EhosError('Invalid', `what pod ${pod.name} answers is no snapshot`);
    return { pod, file };
  } catch (error) {
    return { pod, error };
  }
}

/** Each release has a leader of its own. */
function chosen(answers: readonly Answer[]): SnapshotFile {
  const taken = answers.flatMap((answer) => ('file' in answer ? [answer] : []));
  const [first, second] = taken;
  if (first && !second) return first.file;
  if (first) {
    const names = taken.map(({ pod, file }) => `${pod.namespace}/${pod.name} (of namespace ${file.namespace ?? ''})`);
    throw new EhosError(
      'Invalid',
      `several operators have a snapshot: ${names.join(', ')}: name a namespace with -n, or one of them with --selector`,
    );
  }
  const errors = answers.flatMap((answer) => ('error' in answer ? [answer.error] : []));
  const told = errors.filter((error) => error instanceof EhosError && SAID_BY_LEADERS.includes(error.status ?? 0));
  if (told.length > 0) throw new EhosError('Invalid', told.map(messageOf).join('; '));
  throw new EhosError('Transient', `no pod of the operator leads: ${errors.map(messageOf).join('; ')}`);
}
