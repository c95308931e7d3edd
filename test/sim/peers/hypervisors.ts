/** The hypervisors of all clouds, on which guests are healthy unless the scenario says otherwise. */
import type { GuestBehaviour } from '../../../src/sandbox/condor/guest/guest.ts';
import type { GuestFarm } from '../../../src/sandbox/condor/guest/guest-farm.ts';
import type { GuestSpec, Hypervisor } from '../../../src/sandbox/hypervisor.ts';

export class Hypervisors implements Hypervisor {
  readonly #rules: { behaviour: GuestBehaviour; left: number }[] = [];

  constructor(
    private readonly farm: GuestFarm,
    /** Told of a guest that will die by itself. */
    private readonly onDoom: (name: string) => void,
  ) {}

  /** The next `count` new guests are like this. */
  behave(behaviour: GuestBehaviour, count: number): void {
    this.#rules.push({ behaviour, left: count });
  }

  /** Guests to come are healthy. */
  heal(): void {
    this.#rules.length = 0;
  }

  boot(guest: GuestSpec): void {
    const [rule] = this.#rules;
    if (rule) {
      if (rule.behaviour.panicAfterMs !== undefined) this.onDoom(guest.name);
      if (--rule.left === 0) this.#rules.shift();
    }
    this.farm.behave(...(rule ? [{ ...rule.behaviour, count: 1 }] : []));
    this.farm.boot(guest);
  }

  destroy(serverId: string): void {
    this.farm.destroy(serverId);
  }

  console(serverId: string): string {
    return this.farm.console(serverId);
  }
}
