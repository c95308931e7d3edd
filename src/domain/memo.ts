/**
 * What was worked out for a pool last time, kept while nothing that it depends on has changed. It changes no plan, only its cost: of many
 * pools few change between two looks, while time passes for all of them.
 */
import type { Amounts } from './amounts.ts';
import { RESOURCES } from './amounts.ts';
import type { Demand, Plan, PlanCloud, PlanFlavor, PlanInput, PlanNode } from './plan-types.ts';
import type { Pace } from './pace.ts';
import type { ScaleDown } from './scale-down.ts';
import { wishesOf, type Wishes } from './scale-up.ts';
import type { Shape } from './snapshots.ts';
import { surveyOf, type Survey } from './survey.ts';

/** With and without budgets, before and after other pools have taken theirs. */
const MOST_WISHES = 3;

/** A plan but for when to look again, and what it takes of each cloud. */
export interface Decided {
  plan: Omit<Plan, 'recheckAfter'>;
  taken: ReadonlyMap<string, Amounts>;
}

/** What decides beside the wishes. */
interface Circumstances {
  pace: Pick<Pace, 'allowance' | 'limit'>;
  mode: string;
  /** Why the queue is not known. */
  missing: string | undefined;
  down: Pick<ScaleDown, 'removals' | 'kept'>;
}

interface Entry {
  input: PlanInput;
  survey: Survey;
  wishes: { budgets: ReadonlyMap<string, Amounts> | undefined; wishes: Wishes }[];
}

export class PlanMemo {
  readonly #entries = new Map<string, Entry>();
  readonly #decided = new WeakMap<Wishes, { circumstances: Circumstances; decided: Decided }>();

  survey(input: PlanInput): Survey {
    return this.#entry(input).survey;
  }

  wishes(input: PlanInput, survey: Survey, budgets?: ReadonlyMap<string, Amounts>): Wishes {
    const entry = this.#entry(input);
    const known = entry.wishes.find((one) => sameBudgets(one.budgets, budgets));
    if (known) return known.wishes;
    const wishes = wishesOf(input, survey, budgets);
    entry.wishes = [{ budgets, wishes }, ...entry.wishes].slice(0, MOST_WISHES);
    return wishes;
  }

  /** The words for what is wanted are most of the work where nothing has changed. */
  decided(wishes: Wishes, circumstances: Circumstances, decide: () => Decided): Decided {
    const known = this.#decided.get(wishes);
    if (known && sameCircumstances(known.circumstances, circumstances)) return known.decided;
    const decided = decide();
    this.#decided.set(wishes, { circumstances, decided });
    return decided;
  }

  /** Forgets the pools that are not among these. */
  keep(names: ReadonlySet<string>): void {
    for (const name of this.#entries.keys()) if (!names.has(name)) this.#entries.delete(name);
  }

  #entry(input: PlanInput): Entry {
    const { name } = input.pool;
    const known = this.#entries.get(name);
    if (known && (known.input === input || isSame(known.input, input))) {
      // the next comparison is by identity
      known.input = input;
      return known;
    }
    const entry: Entry = { input, survey: surveyOf(input), wishes: [] };
    this.#entries.set(name, entry);
    return entry;
  }
}

/** Everything that survey and wishes depend on: all but the time, as far as no pause has ended, and what was begun lately. */
function isSame(a: PlanInput, b: PlanInput): boolean {
  const random = a.pool.allocation === 'Random' || a.pool.allocation === 'Weighted';
  return (
    (a.demand === undefined) === (b.demand === undefined) &&
    a.roundRobin === b.roundRobin &&
    (!random || a.seed === b.seed) &&
    isSamePool(a.pool, b.pool) &&
    allSame(a.demand ?? [], b.demand ?? [], isSameGroup) &&
    allSame(a.phantoms, b.phantoms, (x, y) => JSON.stringify(x) === JSON.stringify(y)) &&
    sameClouds(a, b) &&
    allSame(a.nodes, b.nodes, isSameNode)
  );
}

/** The very same list may say something else once a pause has ended. */
function sameClouds(a: PlanInput, b: PlanInput): boolean {
  if (a.clouds === b.clouds && a.now === b.now) return true;
  return (
    a.clouds.length === b.clouds.length &&
    a.clouds.every((cloud, i) => isSameCloud(cloud, b.clouds[i] ?? cloud, a.now, b.now))
  );
}

function isSamePool(a: PlanInput['pool'], b: PlanInput['pool']): boolean {
  return (
    a.minNodes === b.minNodes &&
    a.maxNodes === b.maxNodes &&
    a.spareNodes === b.spareNodes &&
    a.replicas === b.replicas &&
    a.allocation === b.allocation &&
    a.deleting === b.deleting
  );
}

function isSameGroup(a: Demand, b: Demand): boolean {
  return a.count === b.count && a.asked === b.asked && isSameShape(a, b);
}

function isSameShape(a: Shape, b: Shape): boolean {
  return a.cpus === b.cpus && a.memory === b.memory && a.disk === b.disk && a.gpus === b.gpus;
}

function isSameNode(a: PlanNode, b: PlanNode): boolean {
  return (
    a.name === b.name &&
    a.state === b.state &&
    a.idleSince === b.idleSince &&
    a.cloud === b.cloud &&
    a.flavor === b.flavor &&
    a.zone === b.zone &&
    a.createdAt === b.createdAt &&
    a.deleteFirst === b.deleteFirst &&
    a.doNotDisrupt === b.doNotDisrupt &&
    a.recallable === b.recallable &&
    a.outdated === b.outdated &&
    a.released === b.released &&
    isSameShape(a.free, b.free) &&
    isSameShape(a.total, b.total)
  );
}

function isSameCloud(a: PlanCloud, b: PlanCloud, then: number, now: number): boolean {
  return (
    a.name === b.name &&
    a.weight === b.weight &&
    a.unavailable === b.unavailable &&
    a.rootVolumeGiB === b.rootVolumeGiB &&
    a.scratchVolumeGiB === b.scratchVolumeGiB &&
    a.groupRoom === b.groupRoom &&
    a.canary?.reason === b.canary?.reason &&
    RESOURCES.every((r) => a.headroom[r] === b.headroom[r] && a.ceilings[r]?.limit === b.ceilings[r]?.limit) &&
    RESOURCES.every((r) => JSON.stringify(a.usage[r]) === JSON.stringify(b.usage[r])) &&
    allSame(a.zones, b.zones, Object.is) &&
    allSame(a.unknownFlavors, b.unknownFlavors, Object.is) &&
    allSame(a.flavors, b.flavors, isSameFlavor) &&
    a.rests.size === b.rests.size &&
    [...a.rests].every(([place, rest]) => {
      const other = b.rests.get(place);
      return other?.reason === rest.reason && other.until > now === rest.until > then;
    })
  );
}

function isSameFlavor(a: PlanFlavor, b: PlanFlavor): boolean {
  return (
    a.name === b.name &&
    a.cores === b.cores &&
    a.memory === b.memory &&
    a.disk === b.disk &&
    a.gpus === b.gpus &&
    a.learned === b.learned &&
    a.unfit === b.unfit &&
    isSameShape(a.yields, b.yields)
  );
}

function sameCircumstances(a: Circumstances, b: Circumstances): boolean {
  return (
    a.pace.allowance === b.pace.allowance &&
    a.pace.limit === b.pace.limit &&
    a.mode === b.mode &&
    a.missing === b.missing &&
    allSame(a.down.removals, b.down.removals, (x, y) => x.node === y.node && x.reason === y.reason) &&
    allSame(a.down.kept, b.down.kept, (x, y) => x.nodes === y.nodes && x.message === y.message)
  );
}

function allSame<T>(a: readonly T[], b: readonly T[], isOne: (x: T, y: T) => boolean): boolean {
  if (a === b) return true;
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) {
    const [x, y] = [a[i] as T, b[i] as T];
    if (x !== y && !isOne(x, y)) return false;
  }
  return true;
}

function sameBudgets(
  a: ReadonlyMap<string, Amounts> | undefined,
  b: ReadonlyMap<string, Amounts> | undefined,
): boolean {
  if (a === undefined || b === undefined) return a === b;
  return (
    a.size === b.size && [...a].every(([name, amounts]) => RESOURCES.every((r) => amounts[r] === b.get(name)?.[r]))
  );
}
