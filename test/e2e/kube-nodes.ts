/** Two real Kubernetes nodes for the pods of a release: kubelet, kube-proxy, containerd, a scheduler and DNS (rigs/kube-node). */
import { join } from 'node:path';
import { cache, dirs, kubectl, NotSetUp, rigWith } from './rigs.ts';

/** Their kubelets say sooner that they live, and start what has crashed again at once. */
const KUBELET = 'nodeLeaseDurationSeconds: 8\ncrashLoopBackOff: {maxContainerRestartPeriod: 2s}';

export class KubeNode {
  readonly name: string;
  readonly #env: NodeJS.ProcessEnv;

  constructor(name: string, env: NodeJS.ProcessEnv) {
    this.name = name;
    this.#env = { ...env, RIG_KUBE_NODE_NAME: name, RIG_KUBE_NODE_KUBELET: KUBELET };
  }

  async rig(...args: string[]): Promise<string> {
    return await rigWith(this.#env, 'kube-node', ...args);
  }
}

/** The API server is reached through the first one, from both: with it a real cluster would lose its control plane. */
const FIRST = new KubeNode('rig-node', {});
/** The one that may be lost. */
export const SECOND = new KubeNode('rig-node2', {
  RIG_KUBE_NODE: join(cache, 'kube-node2'),
  RIG_KUBE_NODE_BIN: join(dirs.RIG_KUBE_NODE, 'bin'),
  RIG_KUBE_NODE_NET: '10.77.2',
  RIG_KUBE_NODE_SCHEDULER: 'no',
});
const NODES = [FIRST, SECOND];

export const nodeNamed = (name: string): KubeNode => {
  const found = NODES.find((node) => node.name === name);
  if (found === undefined) throw new Error(`there is no node ${name}`);
  return found;
};

export async function startNodes(): Promise<void> {
  try {
    for (const node of NODES) await node.rig('start');
  } catch (error) {
    throw new NotSetUp((error as Error).message);
  }
  await throughFirst();
}

/** After a power cut. */
export async function revive(node: KubeNode): Promise<void> {
  await node.rig('start');
  await throughFirst();
}

/** Each node offers itself as a way to the API server: without this, half of all connections would be lost with the second one. */
async function throughFirst(): Promise<void> {
  await kubectl(['-n', 'default', 'delete', 'endpointslice', `kubernetes-${SECOND.name}`, '--ignore-not-found']);
}

/** The nodes' state goes with the control plane's: before that is emptied. */
export async function resetNodes(): Promise<void> {
  for (const node of NODES) await node.rig('reset');
}

export async function stopNodes(): Promise<void> {
  await Promise.allSettled(NODES.map(async (node) => await node.rig('stop')));
}

export async function destroyNodes(): Promise<void> {
  for (const node of [...NODES].reverse()) await node.rig('destroy');
}

export async function loadImage(archive: string): Promise<void> {
  await Promise.all(NODES.map(async (node) => await node.rig('image-load', archive)));
}

/** Another name for an image that is there. */
export async function tagImage(from: string, to: string): Promise<void> {
  for (const node of NODES) await node.rig('exec', 'ctr', '-n', 'k8s.io', 'images', 'tag', '--force', from, to);
}
