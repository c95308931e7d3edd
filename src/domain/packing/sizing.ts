/**
 * Which machines a set of jobs takes: machine and content are chosen together, one machine after the other.
 * Each step takes the largest job that can be placed at all (so no shape blocks another), lets the allocation choose the cloud,
 * and there the machine whose content is worth most for its cost. Equal machines are taken without looking again.
 */
import type { CloudChooser } from '../allocation.ts';
import { Around, type Filling } from './around.ts';
import { addTo, groupsOf, isWaiting, type Groups } from './groups.ts';
import { Kinds, type Kind, type Offered } from './kinds.ts';
import { dominantShare, NOTHING, type Counts } from '../shapes.ts';
import type { Shape } from '../snapshots.ts';

/** A machine that can be had. */
export interface Choice {
  /** Index of the cloud. */
  cloud: number;
  capacity: Shape;
  /** In cores. */
  cost: number;
}

/** Where machines come from. */
export interface Source<C extends Choice> {
  /** The choices that may be made for such a job, whether they can be had now or not. */
  suitable(shape: Shape): C[];
  /** How many of it can be had now. What is taken elsewhere than on its cloud does not change this; nothing that is taken makes it more. */
  available(choice: C): number;
  take(choice: C, times: number): void;
}

export interface SizedNode<C extends Choice> {
  offer: C;
  /** Jobs of each group for which it is made. Equal nodes share one list: it is only read. */
  contents: number[];
}

export interface Sizing<C extends Choice> {
  nodes: SizedNode<C>[];
  /** Jobs for which no machine can be had, or for which there is no room. */
  rest: number[];
}

export interface SizingOptions<C extends Choice> {
  shapes: readonly Shape[];
  counts: Counts;
  source: Source<C>;
  chooser: CloudChooser;
  /** Most machines. */
  room: number;
  /** What a machine costs beside its flavor, in cores: more makes fewer and larger ones. */
  nodeCost: number;
  /** What a job of each group is worth; unless given, what it would have to pay alone. */
  worth?: readonly number[];
  /** What is known of the source's choices, shared by all sizings from it. */
  kinds?: Kinds<C>;
  /** The group that machines are made for first; after it the groups in their order. */
  first?: number;
}

/** A node is a boot, an address and an instance of the quota: among equals the fewer. */
export const NODE_COST = 0.05;
const EPSILON = 1e-9;

/** Takes what it chooses from the source. */
export function sizeNodes<C extends Choice>(options: SizingOptions<C>): Sizing<C> {
  const sizer = new Sizer(options);
  if (options.first !== undefined) sizer.place(options.first);
  for (let group = 0; group < options.shapes.length; group++) sizer.place(group);
  return { nodes: sizer.nodes, rest: Array.from(sizer.groups.rest) };
}

/** What a job is worth: the share of the cheapest machine that it would have to pay for alone. */
export function worthOf(shape: Shape, choices: readonly Kind[], nodeCost: number): number {
  let least = Infinity;
  for (const { cost, capacity } of choices) least = Math.min(least, (cost + nodeCost) * dominantShare(shape, capacity));
  return least;
}

/** What all jobs of a content are worth. */
export function worthOfContents(contents: Counts, worth: readonly number[]): number {
  let sum = 0;
  for (let i = 0; i < contents.length; i++) {
    const n = contents[i] ?? 0;
    if (n > 0) sum += n * (worth[i] ?? 0);
  }
  return sum;
}

/** What one cloud gives next. */
interface Next<C extends Choice> {
  offer: C;
  filling: Filling;
  /** How many of it can be had, and how many of these were taken without the source being told yet. */
  available: number;
  taken: number;
}

class Sizer<C extends Choice> {
  readonly groups: Groups;
  readonly nodes: SizedNode<C>[] = [];
  readonly #options: SizingOptions<C>;
  readonly #offered: readonly Offered<C>[];
  readonly #around: Around;
  /** Offers that cannot be had: none will come back. */
  readonly #gone = new Set<C>();
  /** By index of the cloud. */
  readonly #next: (Next<C> | undefined)[] = [];
  #best: Next<C> | undefined;
  /** The clouds that can give something for the group. */
  #candidates: number[] = [];

  constructor(options: SizingOptions<C>) {
    const { shapes, counts, source, nodeCost, kinds = new Kinds<C>() } = options;
    this.#options = options;
    this.groups = groupsOf(shapes, counts);
    this.#offered = shapes.map((shape, i) => kinds.offered((counts[i] ?? 0) > 0 ? source.suitable(shape) : []));
    const worth =
      options.worth ??
      this.#offered.map(({ kinds: offered }, i) =>
        offered.length > 0 ? worthOf(shapes[i] ?? NOTHING, offered, nodeCost) : 0,
      );
    this.#around = new Around(this.groups, Float64Array.from(worth), kinds.all, nodeCost);
  }

  /** Takes machines for the jobs of one group, until all are placed or nothing can be had for them. */
  place(group: number): void {
    const { chooser, room } = this.#options;
    const { rest } = this.groups;
    const offered = this.#offered[group];
    if (!offered || (rest[group] ?? 0) <= 0 || this.nodes.length >= room) return;
    this.#around.begin(group);
    this.#look(offered);
    while ((rest[group] ?? 0) > 0 && this.nodes.length < room && this.#candidates.length > 0) {
      const cloud = chooser.choose(this.#candidates);
      let next = this.#nextOn(cloud);
      if (next && !isWaiting(next.filling.pattern, rest)) {
        this.#look(offered);
        next = this.#nextOn(cloud);
      }
      if (!next) break;
      addTo(rest, next.filling.pattern, -1);
      this.nodes.push({ offer: next.offer, contents: next.filling.contents });
      next.taken += 1;
      if (next.taken >= next.available) this.#look(offered);
    }
    this.#tellSource();
  }

  #nextOn(cloud: number | undefined): Next<C> | undefined {
    return cloud === undefined ? this.#best : this.#next[cloud];
  }

  /** Finds out what each cloud gives next, and which of them is the best. */
  #look({ clouds }: Offered<C>): void {
    this.#tellSource();
    this.#candidates = [];
    this.#best = undefined;
    for (const { cloud, choices } of clouds) {
      const next = this.#bestOf(choices);
      this.#next[cloud] = next;
      if (!next) continue;
      this.#candidates.push(cloud);
      if (!this.#best || isBetter(next.filling, this.#best.filling)) this.#best = next;
    }
  }

  /** The choice, of those that can be had, whose content is worth most for its cost; among equals the larger, then the first. */
  #bestOf(choices: Offered<C>['clouds'][number]['choices']): Next<C> | undefined {
    for (;;) {
      let best: (typeof choices)[number] | undefined;
      let filling: Filling | undefined;
      for (const one of choices) {
        if (this.#gone.has(one.choice)) continue;
        const known = this.#around.known(one.kind);
        if (filling && !isBetter(known, filling)) continue;
        [best, filling] = [one, known];
      }
      if (!best || !filling || filling.value < 0) return undefined;
      const fresh = this.#around.fresh(best.kind);
      if (fresh !== filling) continue;
      const available = this.#options.source.available(best.choice);
      if (available > 0) return { offer: best.choice, filling, available, taken: 0 };
      this.#gone.add(best.choice);
    }
  }

  #tellSource(): void {
    for (const cloud of this.#candidates) {
      const next = this.#next[cloud];
      if (!next || next.taken === 0) continue;
      this.#options.source.take(next.offer, next.taken);
      next.taken = 0;
    }
  }
}

function isBetter(a: Filling, b: Filling): boolean {
  return a.value > b.value + EPSILON || (a.value > b.value - EPSILON && a.worth > b.worth + EPSILON);
}
