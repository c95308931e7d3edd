/** The least that can be planned, and ways to spoil it. */
import { parse } from 'yaml';
import type { Snapshot } from '../../../src/snapshot/file.ts';
import { readSnapshot } from '../../../src/snapshot/read.ts';

export const NOW = Date.UTC(2026, 0, 31, 12);

export const LEAST = `
apiVersion: ehos.io/v1alpha1
kind: EhosSnapshot
clouds:
  - name: east
    flavors: [{ name: m1.small, cores: 1, memory: 2Gi }]
    quota: { cores: { limit: 10, used: 2 } }
masters:
  - name: main
    queue: [{ count: 3 }]
pools:
  - metadata: { name: general }
    spec:
      masterRef: { name: main }
      jobs: { default: true }
      maxNodes: 5
      clouds: [{ name: east }]
      template: { flavors: [m1.small] }
nodes:
  general: [{ name: node-1, cloud: east, flavor: m1.small, state: Busy }]
remembered:
  general: { seed: 3 }
`;

export function problemsOf(text: string): string[] {
  const read = readSnapshot(text, NOW);
  return 'problems' in read ? read.problems : [];
}

export function snapshotOf(text: string): Snapshot {
  const read = readSnapshot(text, NOW);
  if ('problems' in read) throw new Error(read.problems.join('\n'));
  return read.snapshot;
}

/** The least snapshot with other values at these paths: `clouds.0.flavors.0.memory`; undefined removes. */
export function spoiled(changes: Record<string, unknown>): string {
  const file = parse(LEAST) as Record<string, unknown>;
  for (const [path, value] of Object.entries(changes)) {
    const steps = path.split('.');
    const last = steps.pop() ?? '';
    const at = steps.reduce<Record<string, unknown>>((here, step) => here[step] as Record<string, unknown>, file);
    if (value === undefined) Reflect.deleteProperty(at, last);
    else at[last] = value;
  }
  return JSON.stringify(file);
}
