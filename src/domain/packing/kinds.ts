/** Equal machines of several clouds as one kind: what such a machine is best filled with is found out once. */
import type { Shape } from '../snapshots.ts';

export interface Kind {
  capacity: Shape;
  /** In cores. */
  cost: number;
}

interface Choice extends Kind {
  cloud: number;
}

/** The choices for one group of jobs, cloud by cloud; equal choices have the same kind. */
export interface Offered<C> {
  clouds: { cloud: number; choices: { choice: C; kind: number }[] }[];
  /** Each kind once. */
  kinds: Kind[];
}

/** Numbers the kinds as they turn up. */
export class Kinds<C extends Choice> {
  readonly all: Kind[] = [];
  readonly #kindOf = new Map<C, number>();
  readonly #byKey = new Map<string, number>();
  /** What was sorted already, by the number of choices: many groups are offered the same. */
  readonly #sorted = new Map<number, { choices: readonly C[]; offered: Offered<C> }[]>();

  offered(choices: readonly C[]): Offered<C> {
    const asMany = this.#sorted.get(choices.length) ?? [];
    if (asMany.length === 0) this.#sorted.set(choices.length, asMany);
    const known = asMany.find(
      (one) => choices === one.choices || choices.every((choice, i) => choice === one.choices[i]),
    );
    if (known) return known.offered;
    const offered = this.#sort(choices);
    asMany.push({ choices, offered });
    return offered;
  }

  #sort(choices: readonly C[]): Offered<C> {
    const clouds = new Map<number, { choice: C; kind: number }[]>();
    const kinds = new Set<number>();
    for (const choice of choices) {
      const kind = this.#numberOf(choice);
      kinds.add(kind);
      const here = clouds.get(choice.cloud);
      if (here) here.push({ choice, kind });
      else clouds.set(choice.cloud, [{ choice, kind }]);
    }
    const inOrder = [...clouds].sort(([a], [b]) => a - b);
    return {
      clouds: inOrder.map(([cloud, here]) => ({ cloud, choices: here })),
      kinds: [...kinds].flatMap((kind) => this.all[kind] ?? []),
    };
  }

  #numberOf(choice: C): number {
    const known = this.#kindOf.get(choice);
    if (known !== undefined) return known;
    const { capacity, cost } = choice;
    const key = `${capacity.cpus}/${capacity.memory}/${capacity.disk}/${capacity.gpus}/${cost}`;
    let kind = this.#byKey.get(key);
    if (kind === undefined) {
      kind = this.all.push({ capacity, cost }) - 1;
      this.#byKey.set(key, kind);
    }
    this.#kindOf.set(choice, kind);
    return kind;
  }
}
