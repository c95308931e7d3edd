/** Machines of a few clouds within quotas: the least that sizing needs of a market. */
import type { CloudChooser } from '../../../../src/domain/allocation.ts';
import type { Returning } from '../../../../src/domain/packing/consolidate.ts';
import type { Choice } from '../../../../src/domain/packing/sizing.ts';
import { fits, weightOf } from '../../../../src/domain/shapes.ts';
import type { Shape } from '../../../../src/domain/snapshots.ts';

export interface Quota {
  instances: number;
  cores: number;
  memory: number;
}

export class Quotas implements Returning<Choice> {
  readonly offers: readonly Choice[];
  readonly left: readonly Quota[];

  /** Each cloud has all the flavors; a node costs and takes what it yields. */
  constructor(flavors: readonly Shape[], quotas: readonly Quota[]) {
    this.left = quotas.map((quota) => ({ ...quota }));
    this.offers = quotas.flatMap((_, cloud) =>
      flavors.map((capacity) => ({ cloud, capacity, cost: weightOf(capacity) })),
    );
  }

  suitable(shape: Shape): Choice[] {
    const fitting = this.offers.filter((offer) => fits(shape, offer.capacity));
    const plain = fitting.filter((offer) => offer.capacity.gpus === 0);
    return shape.gpus === 0 && plain.length > 0 ? plain : fitting;
  }

  available({ cloud, capacity }: Choice): number {
    const left = this.left[cloud]!;
    const most = Math.min(left.instances, left.cores / capacity.cpus, left.memory / capacity.memory);
    return most === Infinity ? most : Math.max(0, Math.floor(most));
  }

  take(offer: Choice, times: number): void {
    const left = this.left[offer.cloud]!;
    left.instances -= times;
    left.cores -= times * offer.capacity.cpus;
    left.memory -= times * offer.capacity.memory;
  }

  release(offer: Choice, times: number): void {
    this.take(offer, -times);
  }
}

export function inTurn(): CloudChooser {
  let next = 0;
  return {
    choose: (candidates) => {
      const chosen = candidates.find((cloud) => cloud >= next) ?? candidates[0];
      next = (chosen ?? 0) + 1;
      return chosen;
    },
  };
}
