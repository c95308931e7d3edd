/**
 * Phantom demand: idle jobs that HTCondor does not start although room for them stood free through several negotiation cycles
 * (Requirements that no node fulfils, concurrency limits, group quotas, priorities). More nodes would not help them: they stop counting,
 * shape by shape, on this evidence and for a limited time (incident I30). Pure: what was seen before is passed in and returned.
 *
 * A node is a witness when its dynamic slots have been the same since before the first of these cycles: what is free there stood free all
 * the time. Room that comes and goes between short jobs is none.
 */
import { kindOf, type Demand, type Phantom } from './plan-types.ts';
import { fits } from './shapes.ts';
import type { Shape } from './snapshots.ts';

/** Cycles that must have passed over both job and room. */
const CYCLES = 3;
/** A shorter time is no evidence, however often the negotiator runs: matches take a moment to become claims. */
const SHORTEST_WINDOW = 60_000;
/** Where the negotiator remembers fewer cycles: they may begin late by as much (NEGOTIATOR_CYCLE_DELAY). */
const CYCLE_DELAY = 20_000;
const FIRST_PAUSE = 10 * 60_000;
const LONGEST_PAUSE = 2 * 60 * 60_000;
/** Changes of a count that are remembered; an older history is not needed where the negotiator runs at all. */
const MOST_SAMPLES = 64;

/** How many jobs of a shape were idle from a moment on. */
interface Sample {
  at: number;
  count: number;
}

interface Entry {
  shape: Shape;
  /** Oldest first, only changes. */
  samples: Sample[];
  phantom: Phantom | undefined;
}

/** By `shapeKey`. */
export type PhantomMemory = ReadonlyMap<string, Entry>;

export interface PhantomSight {
  /** When queue and slots were read, ms. */
  observedAt: number;
  /** Idle jobs of the pool by shape. */
  demand: readonly Demand[];
  /** Nodes of the pool that take jobs now. */
  nodes: readonly { cloud: string; flavor: string; free: Shape; freeSince: number | undefined }[];
  /** Cycles that have ended, the newest first; undefined when nothing is heard of the negotiator: then nothing is judged. */
  cycles: readonly { startedAt: number; endedAt: number }[] | undefined;
  /** NEGOTIATOR_INTERVAL, ms. */
  negotiatorInterval: number;
}

export function shapeKey({ cpus, memory, disk, gpus }: Shape): string {
  return `${cpus}/${memory}/${disk}/${gpus}`;
}

/** What was given up before the operator was restarted, from the status of the pool. */
export function rememberedPhantoms(phantoms: readonly Phantom[]): PhantomMemory {
  return new Map(phantoms.map((phantom) => [shapeKey(phantom), { shape: phantom, samples: [], phantom }]));
}

export function phantomsIn(memory: PhantomMemory): Phantom[] {
  return [...memory.values()].flatMap(({ phantom }) => phantom ?? []);
}

export function observePhantoms(memory: PhantomMemory, sight: PhantomSight): PhantomMemory {
  const start = windowStart(sight);
  const witnesses = sight.nodes.filter(({ freeSince }) => freeSince !== undefined && freeSince <= start);
  const after = new Map<string, Entry>();
  // shapes that wait no more are forgotten
  for (const { cpus, memory: mib, disk, gpus, count } of sight.demand) {
    if (count <= 0) continue;
    const shape = { cpus, memory: mib, disk, gpus };
    const key = shapeKey(shape);
    const before = memory.get(key);
    const samples = sampled(before?.samples ?? [], { at: sight.observedAt, count }, start);
    const refusedBy = [...new Set(witnesses.filter(({ free }) => fits(shape, free)).map(kindOf))].sort();
    const waited = refusedBy.length > 0 ? leastSince(samples, start) : 0;
    after.set(key, {
      shape,
      samples,
      phantom: judge(before?.phantom, { shape, count, waited, refusedBy }, sight.observedAt),
    });
  }
  return after;
}

/** Puts what HTCondor says of one of the jobs beside the phantom; nothing when that is over already. */
export function explained(memory: PhantomMemory, shape: Shape, example: Phantom['example']): PhantomMemory {
  const entry = memory.get(shapeKey(shape));
  if (!entry?.phantom || !example) return memory;
  return new Map(memory).set(shapeKey(shape), { ...entry, phantom: { ...entry.phantom, example } });
}

/** The latest moment since which several cycles began and ended. */
function windowStart({ observedAt, cycles, negotiatorInterval }: PhantomSight): number {
  const usual = observedAt - CYCLES * negotiatorInterval - CYCLE_DELAY;
  const known = cycles?.slice(0, CYCLES) ?? [];
  const oldest = known.at(-1);
  // nothing is heard of it, or it has not run since it was started: that nothing was matched is no evidence against the jobs
  if (oldest === undefined) return -Infinity;
  // it remembers three unless it is configured to remember fewer (NEGOTIATION_CYCLE_STATS_LENGTH)
  return Math.min(oldest.startedAt, known.length < CYCLES ? usual : observedAt - SHORTEST_WINDOW);
}

/** Adds a sample if it says something new, and drops what lies before the one that held at `start`. */
function sampled(samples: readonly Sample[], next: Sample, start: number): Sample[] {
  const all = samples.at(-1)?.count === next.count ? [...samples] : [...samples, next];
  const holds = all.findLastIndex(({ at }) => at <= start);
  return all.slice(Math.max(0, holds, all.length - MOST_SAMPLES));
}

/** The least number that was idle since `start`; 0 when it is not known for as long. */
function leastSince(samples: readonly Sample[], start: number): number {
  const [first] = samples;
  if (!first || first.at > start) return 0;
  return Math.min(...samples.map(({ count }) => count));
}

interface Evidence {
  shape: Shape;
  /** Idle now. */
  count: number;
  /** Idle all the time while room stood free; 0: there is no evidence. */
  waited: number;
  refusedBy: string[];
}

function judge(before: Phantom | undefined, seen: Evidence, now: number): Phantom | undefined {
  const { shape, count, waited, refusedBy } = seen;
  if (!before) {
    if (waited === 0) return undefined;
    return { ...shape, count: waited, since: now, until: now + pauseOf(1), tries: 1, retrying: false, refusedBy };
  }
  const kinds = waited > 0 ? [...new Set([...before.refusedBy, ...refusedBy])].sort() : before.refusedBy;
  if (now < before.until)
    return { ...before, count: Math.min(count, Math.max(before.count, waited)), refusedBy: kinds };
  if (waited > 0) {
    // room stands there still and nothing was tried; or what was tried has been refused, too
    const tries = before.retrying ? before.tries + 1 : before.tries;
    return { ...before, count: waited, until: now + pauseOf(tries), tries, retrying: false, refusedBy: kinds };
  }
  // one was started, or they are taken back
  if (before.retrying && count < before.count) return undefined;
  return { ...before, count: Math.min(count, before.count), retrying: true };
}

function pauseOf(tries: number): number {
  return Math.min(LONGEST_PAUSE, FIRST_PAUSE * 2 ** (tries - 1));
}

/** The demand that counts: phantoms left out, but for one of each that is to be tried again, on another kind of node if there is one. */
export function withoutPhantoms(
  demand: readonly Demand[],
  phantoms: readonly Phantom[],
): { demand: Demand[]; left: Phantom[] } {
  if (phantoms.length === 0) return { demand: [...demand], left: [] };
  const byShape = new Map(phantoms.map((phantom) => [shapeKey(phantom), phantom]));
  const left: Phantom[] = [];
  const counted = demand.flatMap((group) => {
    const phantom = byShape.get(shapeKey(group));
    if (!phantom) return [group];
    const held = Math.min(group.count, phantom.count);
    const out = phantom.retrying ? Math.max(0, held - 1) : held;
    if (out > 0) left.push({ ...phantom, count: out });
    const retried = held - out;
    return [
      ...(group.count > held ? [{ ...group, count: group.count - held }] : []),
      ...(retried > 0 ? [{ ...group, count: retried, avoid: phantom.refusedBy }] : []),
    ];
  });
  return { demand: counted, left };
}
