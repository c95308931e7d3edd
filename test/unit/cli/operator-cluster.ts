/** A cluster with pods of the operator, as commands see it: what they answer on their ports for admins is for the test to say. */
import type { Cluster } from '../../../src/cli/connect.ts';
import type { Bounds } from '../../../src/cli/port-forward.ts';
import { RawApi } from '../../../src/cli/raw-api.ts';

/** A body, or how asking fails. */
export type PodAnswer = string | Error;

export interface Asked {
  pod: string;
  port: number;
  path: string;
  bounds: Bounds | undefined;
}

interface PodOptions {
  args?: string[];
  ports?: { name: string; containerPort: number }[];
}

const PORTS = [
  { name: 'http', containerPort: 8080 },
  { name: 'admin', containerPort: 8081 },
];

export const pod = (name: string, { args = [], ports = PORTS }: PodOptions = {}): object => ({
  metadata: { name, namespace: 'ehos-system', labels: { 'app.kubernetes.io/instance': 'ehos' } },
  spec: { serviceAccountName: 'ehos-operator', containers: [{ args, ports }] },
});

const refused = (): Promise<never> => Promise.reject(new Error('asked otherwise than at the port for admins'));

/** By the names of the pods. `pods`: other than the ordinary ones of these names. */
export function operatorCluster(
  answers: Readonly<Record<string, PodAnswer>>,
  pods: readonly object[] = Object.keys(answers).map((name) => pod(name)),
): Cluster & { asked: Asked[] } {
  const asked: Asked[] = [];
  const page = { items: pods, resourceVersion: '1', continueToken: undefined };
  return {
    asked,
    client: { list: () => Promise.resolve(page) } as unknown as Cluster['client'],
    raw: new RawApi({ send: refused, open: refused, close: () => Promise.resolve() }, 'test', 1_000),
    server: 'https://kubernetes.example',
    namespace: 'default',
    fromPod: ({ namespace, name, port }, path, bounds) => {
      asked.push({ pod: `${namespace}/${name}`, port, path, bounds });
      const answer = answers[name] ?? new Error(`${name} is not asked here`);
      return typeof answer === 'string' ? Promise.resolve(answer) : Promise.reject(answer);
    },
    close: () => Promise.resolve(),
  };
}
