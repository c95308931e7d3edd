/** Makes happen what a scenario says, and takes back what lasts for a while. */
import type { Happening } from '../scenario.ts';
import type { Simulation } from '../simulation.ts';
import { changeServer, drainByHand, findServer, joinAgain, kill, lock, misbehave } from './machines.ts';
import { onNode, onPool } from './objects.ts';
import { changePassword, daemon, hardware, keepVolumes, onPeer, shrinkQuota, slowDeletes } from './peers.ts';
import type { Undo } from './undo.ts';

export class Happenings {
  readonly #undo = new Set<Undo>();
  /** Pools that are deleted, and will be made anew. */
  readonly #toCome = new Set<string>();

  constructor(private readonly sim: Simulation) {}

  /** False while something that was taken away is still to come back. */
  get complete(): boolean {
    return this.#toCome.size === 0;
  }

  /** Everything is right again. */
  heal(): void {
    for (const undo of [...this.#undo]) undo();
    this.sim.peers.guests.heal();
  }

  happen(happening: Happening): void {
    const undo = this.#begin(happening);
    if (!undo) return;
    const once = (): void => {
      if (this.#undo.delete(once)) undo();
    };
    this.#undo.add(once);
    this.sim.clock.after('forMs' in happening ? happening.forMs : 0, once);
  }

  #begin(happening: Happening): Undo | undefined {
    const { sim } = this;
    switch (happening.kind) {
      case 'vms-die':
        for (let i = 0; i < happening.count; i++) kill(sim, findServer(sim, happening.pick)?.server);
        return undefined;
      case 'server-stopped':
      case 'server-fails':
      case 'server-deleted':
      case 'server-rebooted':
        changeServer(sim, happening.kind, findServer(sim, happening.pick));
        return undefined;
      case 'server-locked':
        return lock(findServer(sim, happening.pick)?.server);
      case 'guests':
        misbehave(sim, happening.behaviour, happening.count);
        return undefined;
      case 'joins-twice':
        return joinAgain(sim, happening.pick);
      case 'node-deleted':
      case 'node-protected':
      case 'node-delete-first':
      case 'record-lost':
        onNode(sim, happening.kind, happening.pick);
        return undefined;
      case 'drained-by-hand':
        return drainByHand(sim, happening.pick);
      case 'collector-restarts':
      case 'kube-compacts':
      case 'tokens-revoked':
      case 'operator-restarts':
      case 'operator-crashes':
        onPeer(sim, happening.kind);
        return undefined;
      case 'collector-down':
      case 'collector-hung':
      case 'schedd-down':
      case 'schedd-hung':
        return daemon(sim, happening.kind);
      case 'outage':
        return sim.outages.begin(happening.peer, happening.silent ? 'silent' : 'refused');
      case 'second-operator':
        return sim.secondOperator();
      case 'quota-shrinks':
        return shrinkQuota(sim, happening.pick, happening.instances);
      case 'password-changes':
        return changePassword(sim, happening.pick);
      case 'clock-step':
        sim.operators.machine.offsetMs += happening.ms;
        return undefined;
      case 'scheduler-down':
      case 'no-valid-host':
      case 'spawn-fails':
      case 'delete-fails':
      case 'never-active':
        return hardware(sim, happening.kind);
      case 'slow-deletes':
        return slowDeletes(sim, happening.ms);
      case 'volumes-stay':
        return keepVolumes(sim);
      case 'pool-shrinks':
      case 'pool-mode':
      case 'pool-drifts':
      case 'pool-deleted':
        return onPool(sim, this.#toCome, happening);
    }
  }
}
