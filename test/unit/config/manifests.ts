/** The least that each kind takes, and how tests vary it. */
import type { Manifest } from './admission.ts';

const make = (kind: string, name: string, spec: Record<string, unknown>): Manifest => ({
  apiVersion: 'ehos.io/v1alpha1',
  kind,
  metadata: { name },
  spec,
});

const least: Record<string, Manifest> = {
  EhosCloud: make('EhosCloud', 'east', { openstack: { identityRef: { name: 'east', cloudName: 'east' } } }),
  EhosMaster: make('EhosMaster', 'main', {
    ssh: { host: 'condor.example.org', user: 'ehos', privateKeyRef: { name: 'key' }, hostKey: 'ssh-ed25519 AAAA' },
    condor: { host: '10.20.0.1' },
  }),
  EhosNodePool: make('EhosNodePool', 'small', {
    masterRef: { name: 'main' },
    maxNodes: 10,
    clouds: [{ name: 'east' }],
    template: { flavors: ['m1.small'] },
  }),
  EhosNode: make('EhosNode', 'small-x7k2p', {
    poolRef: { name: 'small' },
    cloudRef: { name: 'east' },
    masterRef: { name: 'main' },
    flavor: 'm1.small',
    image: '7d5b7b0f',
    templateHash: 'abc',
  }),
};

/** The least manifest of a kind, with `changes` by path: `{'spec.maxNodes': 3}`; undefined removes. */
export function manifest(kind: string, changes: Record<string, unknown> = {}): Manifest {
  const base = least[kind];
  if (!base) throw new Error(`no manifest of kind ${kind}`);
  const copy = structuredClone(base);
  for (const [path, value] of Object.entries(changes))
    set(copy as unknown as Record<string, unknown>, path.split('.'), value);
  return copy;
}

function set(target: Record<string, unknown>, [key = '', ...rest]: string[], value: unknown): void {
  if (rest.length > 0) set((target[key] ??= {}) as Record<string, unknown>, rest, value);
  else if (value === undefined) Reflect.deleteProperty(target, key);
  else target[key] = value;
}
