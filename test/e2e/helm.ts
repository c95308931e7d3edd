/** A release of the chart, through real helm, and its pods. */
import { LEASES, readLease, type Lease } from '../../src/kube/lease.ts';
import { RestKubeClient } from '../../src/kube/client.ts';
import { clusterAccess } from '../../src/kube/config.ts';
import { systemClock } from '../../src/base/clock.ts';
import { silentLog } from '../../src/base/log.ts';
import { systemRandom } from '../../src/base/random.ts';
import { kubeconfig, kubectl, must } from './rigs.ts';
import { until } from './until.ts';

export interface Pod {
  name: string;
  uid: string;
  node: string;
  /** Of the pod. */
  address: string;
  ready: boolean;
  restarts: number;
  image: string;
}

export interface Leadership {
  /** Name of its pod; undefined: nobody leads. */
  pod: string | undefined;
  /** Since when, ms since 1970 by the leader's clock, which is this machine's. */
  since: number;
}

interface PodObject {
  metadata: { name: string; uid: string; deletionTimestamp?: string };
  spec: { nodeName?: string; containers: { image: string }[] };
  status: {
    podIP?: string;
    conditions?: { type: string; status: string }[];
    containerStatuses?: { restartCount: number }[];
  };
}

const LEASE = 'ehos-operator';
export const RELEASE = 'ehos';
export const NAMESPACE = 'ehos-system';
const SELECTOR = 'app.kubernetes.io/component=operator';

export async function helm(...args: string[]): Promise<string> {
  return await helmIn(NAMESPACE, ...args);
}

export async function helmIn(namespace: string, ...args: string[]): Promise<string> {
  return await must('helm', ['--namespace', namespace, ...args], { env: { KUBECONFIG: kubeconfig } });
}

/** Pods of a release that are not on their way out. */
export async function pods(namespace = NAMESPACE): Promise<Pod[]> {
  const text = await kubectl(['-n', namespace, 'get', 'pods', '-l', SELECTOR, '-o', 'json']);
  return (JSON.parse(text) as { items: PodObject[] }).items
    .filter(({ metadata }) => metadata.deletionTimestamp === undefined)
    .map(({ metadata: { name, uid }, spec, status }) => ({
      name,
      uid,
      node: spec.nodeName ?? '',
      address: status.podIP ?? '',
      ready: status.conditions?.some(({ type, status: is }) => type === 'Ready' && is === 'True') ?? false,
      restarts: status.containerStatuses?.[0]?.restartCount ?? 0,
      image: spec.containers[0]?.image ?? '',
    }));
}

export async function podNamed(name: string): Promise<Pod> {
  const found = (await pods()).find((pod) => pod.name === name);
  if (found === undefined) throw new Error(`there is no pod ${name}`);
  return found;
}

/** Until no pod of the release is left, not even one that is ending: Helm does not wait for these. */
export async function untilGone(): Promise<void> {
  const isGone = async (): Promise<boolean> =>
    (await kubectl(['-n', NAMESPACE, 'get', 'pods', '-l', SELECTOR, '-o', 'name'])).trim() === '';
  await until('the pods of the release are gone', 60_000, isGone, 500);
}

/** Until so many pods are ready, and all that are there. */
export async function untilReady(count: number, timeoutMs = 90_000): Promise<void> {
  const isReady = async (): Promise<boolean> => {
    const found = await pods();
    return found.length === count && found.every(({ ready }) => ready);
  };
  await until(`${count} pods are ready`, timeoutMs, isReady, 500);
}

let client: RestKubeClient | undefined;

async function leadership(): Promise<Leadership> {
  client ??= new RestKubeClient({
    access: clusterAccess({ files: [kubeconfig] }, systemClock),
    clock: systemClock,
    random: systemRandom,
    log: silentLog,
    userAgent: 'ehos-e2e',
  });
  const lease = await client.get<Lease>(LEASES, NAMESPACE, LEASE);
  const { acquireTime } = lease.spec ?? {};
  // identities are the pod's name and a part that each process makes anew
  const pod = readLease(lease).holder?.replace(/_[0-9a-f]+$/, '');
  return { pod, since: Date.parse(String(acquireTime)) };
}

/** The pod that leads; waits until there is one. */
export async function leader(): Promise<Pod> {
  let found: Pod | undefined;
  const isThere = async (): Promise<boolean> => {
    const { pod } = await leadership();
    found = (await pods()).find(({ name }) => name === pod);
    return found !== undefined;
  };
  await until('a pod leads', 30_000, isThere, 500);
  if (found === undefined) throw new Error('no pod leads');
  return found;
}

export interface Takeover {
  /** From just before the act until another pod has the Lease. */
  seconds: number;
  from: string;
  to: string;
}

/** Does something to the leader, and waits for its successor. */
export async function takeover(timeoutMs: number, act: (before: Pod) => Promise<unknown>): Promise<Takeover> {
  const before = await leader();
  const began = Date.now();
  await act(before);
  let after: Leadership = { pod: undefined, since: 0 };
  const isTaken = async (): Promise<boolean> => {
    after = await leadership();
    return after.pod !== undefined && after.since > began;
  };
  await until('somebody else leads', timeoutMs, isTaken, 100);
  return { seconds: (after.since - began) / 1000, from: before.name, to: after.pod ?? '' };
}

/** What a pod serves; throws when it does not. */
export async function fromPod({ address }: Pod, path: string): Promise<string> {
  return await (await fetch(`http://${address}:8080${path}`, { signal: AbortSignal.timeout(5_000) })).text();
}
