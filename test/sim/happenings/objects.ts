/** What an admin does with kubectl. */
import {
  DELETE_FIRST,
  DO_NOT_DISRUPT,
  NODES,
  POOLS,
  type EhosNodePool,
  type ResourceType,
} from '../../../src/api/resources.ts';
import { NAMESPACE, poolObject } from '../resources.ts';
import type { Happening } from '../scenario.ts';
import type { Simulation } from '../simulation.ts';
import type { Undo } from './undo.ts';

const sizes = ({ maxNodes, minNodes, spareNodes }: EhosNodePool['spec']): object => ({
  maxNodes,
  minNodes,
  spareNodes,
});

export function onNode(
  sim: Simulation,
  kind: 'node-deleted' | 'node-protected' | 'node-delete-first' | 'record-lost',
  pick: number,
): void {
  const nodes = sim.peers.kube.objects('ehosnodes');
  const node = nodes[pick % Math.max(1, nodes.length)];
  if (!node) return;
  const { name } = node.metadata;
  if (kind === 'node-deleted') sim.tell(`kubectl delete enode ${name}`, sim.peers.admin.delete(NODES, NAMESPACE, name));
  else {
    const annotation = kind === 'node-protected' ? DO_NOT_DISRUPT : DELETE_FIRST;
    patch(sim, NODES, name, { metadata: { annotations: { [annotation]: 'true' } } });
  }
}

export function patch(sim: Simulation, type: ResourceType, name: string, patch: unknown): void {
  sim.tell(
    `kubectl patch ${type.kind} ${name} ${JSON.stringify(patch)}`,
    sim.peers.admin.patch(type, NAMESPACE, name, patch),
  );
}

/** `toCome`: pools that are deleted, and will be made anew. */
export function onPool(
  sim: Simulation,
  toCome: Set<string>,
  happening: Happening & { kind: 'pool-shrinks' | 'pool-mode' | 'pool-drifts' | 'pool-deleted' },
): Undo | undefined {
  const { scenario, peers } = sim;
  const plan = scenario.pools[happening.pick % scenario.pools.length]!;
  const { name } = plan;
  switch (happening.kind) {
    case 'pool-shrinks':
      patch(sim, POOLS, name, {
        spec: { maxNodes: Math.min(happening.maxNodes, plan.maxNodes), minNodes: 0, spareNodes: 0 },
      });
      return () => patch(sim, POOLS, name, { spec: sizes(poolObject(plan).spec) });
    case 'pool-mode':
      patch(sim, POOLS, name, { spec: { mode: happening.mode } });
      return () => patch(sim, POOLS, name, { spec: { mode: 'Active' } });
    case 'pool-drifts':
      patch(sim, POOLS, name, { spec: { template: { metadata: { drift: 'true' } } } });
      return undefined;
    case 'pool-deleted':
      if (toCome.has(name)) return undefined;
      toCome.add(name);
      sim.tell(`kubectl delete epool ${name}`, peers.admin.delete(POOLS, NAMESPACE, name));
      return () => again(sim, toCome, poolObject(plan));
  }
}

/** The pool is made anew, once the old one is gone. */
function again(sim: Simulation, toCome: Set<string>, object: EhosNodePool): void {
  const there = sim.peers.kube.objects('ehosnodepools').some(({ metadata }) => metadata.name === object.metadata.name);
  if (there) {
    sim.clock.after(5_000, () => again(sim, toCome, object));
    return;
  }
  toCome.delete(object.metadata.name);
  sim.tell(`kubectl apply epool ${object.metadata.name}`, sim.peers.admin.create(POOLS, object));
}
