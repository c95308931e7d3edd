/** A drain is asked for by deleting the EhosNode: its finalizer holds it until the server is gone. */
import { DO_NOT_DISRUPT, NODES, type EhosNode } from '../../api/resources.ts';
import { sleep, systemClock } from '../../base/clock.ts';
import { errorClassOf } from '../../base/errors.ts';
import { formatDuration } from '../../base/duration.ts';
import { oneLine } from '../../base/text.ts';
import { isSet } from '../../domain/plan-input.ts';
import { inCluster, listAll, notFound, type Cluster } from '../connect.ts';
import type { DrainOptions } from '../drain.ts';

/** Exit code for what was refused, or is not gone in time. */
const NOT_DONE = 2;
const LOOK_EVERY_MS = 2_000;

export async function drainNodes(names: readonly string[], options: DrainOptions): Promise<void> {
  await inCluster(options, async (cluster) => {
    const nodes = await listAll<EhosNode>(cluster.client, NODES, cluster.namespace);
    const wanted = names.map((name) => {
      const node = nodes.find(({ metadata }) => metadata.name === name);
      if (!node)
        throw notFound(
          'EhosNode',
          name,
          cluster.namespace,
          nodes.map(({ metadata }) => metadata.name),
        );
      return node;
    });
    const asked: EhosNode[] = [];
    for (const node of wanted) if (await ask(cluster, node)) asked.push(node);
    if (options.wait === true || options.timeout !== undefined) await gone(cluster, asked, options.timeout ?? Infinity);
  });
}

/** Why a node cannot be drained; undefined when it can. */
function refusalOf({ metadata, status }: EhosNode): string | undefined {
  const { name } = metadata;
  if (isSet({ metadata }, DO_NOT_DISRUPT))
    return `it is protected (${DO_NOT_DISRUPT}): ehos protect ${name} --off, then drain it`;
  if (status?.phase === 'Lost')
    return `HTCondor does not hear of it, so nobody can tell whether jobs run there. The operator gives it up by itself after a time; if it is gone for sure, kubectl delete ehosnode ${name}`;
  return undefined;
}

/** True when the node is on its way out. */
async function ask({ client }: Cluster, node: EhosNode): Promise<boolean> {
  const { name, namespace = '', uid, deletionTimestamp } = node.metadata;
  if (deletionTimestamp !== undefined) {
    say(`${name} is being drained already: ${whereItStands(node)}`);
    return true;
  }
  const refusal = refusalOf(node);
  if (refusal !== undefined) {
    process.stderr.write(`ehos: ${name} is not drained: ${oneLine(refusal)}\n`);
    process.exitCode = NOT_DONE;
    return false;
  }
  await client.delete(NODES, namespace, name, { uid });
  say(`${name} is drained, and deleted when it is idle`);
  return true;
}

/** What a node that leaves waits for. */
function whereItStands({ status = {} }: EhosNode): string {
  const drained = status.conditions?.find(({ type }) => type === 'Drained');
  const waits = drained && drained.status !== 'True' ? drained.message : undefined;
  return [status.phase ?? 'Pending', waits, status.fault]
    .filter((part) => part !== undefined && part !== '')
    .join(': ');
}

async function gone({ client }: Cluster, nodes: readonly EhosNode[], timeoutMs: number): Promise<void> {
  const end = systemClock.now() + timeoutMs;
  for (const { metadata } of nodes) {
    const { name, namespace = '', uid } = metadata;
    let told = '';
    for (;;) {
      const now = await current(client, namespace, name);
      // a node of the same name is another one
      if (now?.metadata.uid !== uid) break;
      const stands = now ? whereItStands(now) : '';
      if (stands !== told) say(`${name}: ${stands}`);
      told = stands;
      if (systemClock.now() >= end) {
        process.stderr.write(
          `ehos: ${name} is not gone within ${formatDuration(timeoutMs)}: ${oneLine(stands)}. It goes on leaving.\n`,
        );
        process.exitCode = NOT_DONE;
        return;
      }
      await sleep(systemClock, Math.min(LOOK_EVERY_MS, Math.max(0, end - systemClock.now())));
    }
    say(`${name} is gone`);
  }
}

async function current(client: Cluster['client'], namespace: string, name: string): Promise<EhosNode | undefined> {
  try {
    return await client.get<EhosNode>(NODES, namespace, name);
  } catch (error) {
    if (errorClassOf(error) === 'NotFound') return undefined;
    throw error;
  }
}

function say(text: string): void {
  process.stdout.write(`${oneLine(text)}\n`);
}
