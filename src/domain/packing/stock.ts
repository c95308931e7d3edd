/** Machines that are there, equal ones together. */
import { isEqual } from './first-fit.ts';
import type { Choice, Source } from './sizing.ts';
import { fits, weightOf } from '../shapes.ts';
import type { Shape } from '../snapshots.ts';

/** Machines of one size. */
export interface Stack extends Choice {
  /** Indexes, preferred first. */
  machines: number[];
}

export function stacksOf(machines: readonly Shape[], isWanted: (m: number) => boolean = () => true): Stack[] {
  const stacks: Stack[] = [];
  const byHash = new Map<number, Stack[]>();
  machines.forEach((machine, m) => {
    if (!isWanted(m)) return;
    const hash = hashOf(machine);
    const alike = byHash.get(hash) ?? [];
    if (alike.length === 0) byHash.set(hash, alike);
    const stack = alike.find(({ capacity }) => isEqual(capacity, machine));
    if (stack) {
      stack.machines.push(m);
      return;
    }
    const fresh = { cloud: 0, capacity: machine, cost: weightOf(machine), machines: [m] };
    alike.push(fresh);
    stacks.push(fresh);
  });
  return stacks;
}

/** Different machines may have the same: a number is found faster than a text, and there may be thousands. */
function hashOf({ cpus, memory, disk, gpus }: Shape): number {
  return ((cpus * 131 + memory) * 131 + (disk === Infinity ? 0 : disk)) * 131 + gpus;
}

/** The machines as a source of nodes: each stack gives its preferred machines first. */
export class Stock implements Source<Stack> {
  readonly #stacks: readonly Stack[];
  readonly #taken = new Map<Stack, number>();

  constructor(stacks: readonly Stack[]) {
    this.#stacks = stacks;
  }

  suitable(shape: Shape): Stack[] {
    return this.#stacks.filter((stack) => fits(shape, stack.capacity));
  }

  available(stack: Stack): number {
    return stack.machines.length - (this.#taken.get(stack) ?? 0);
  }

  take(stack: Stack, times: number): void {
    this.#taken.set(stack, (this.#taken.get(stack) ?? 0) + times);
  }
}
