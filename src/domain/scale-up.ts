/** Which nodes are made or called back: for queued jobs, for minNodes, for spares; within maxNodes, quota and the pace of the pool. */
import { seededRandom } from '../base/random.ts';
import { NONE, plus, type Amounts } from './amounts.ts';
import { cloudChooser, type CloudChooser } from './allocation.ts';
import { barrierOf } from './barriers.ts';
import { wishesForJobs, type JobWishes, type Wish } from './job-nodes.ts';
import { Market, type Offer } from './market.ts';
import { firstRestEnd, joinLimits, obstacles } from './obstacles.ts';
import type { Pace } from './pace.ts';
import type { JournalEntry, Limited, PlannedCreate, PlannedRemoval, PlanInput, PlanNode } from './plan-types.ts';
import { probesFor } from './probes.ts';
import { capacityFor, type Survey } from './survey.ts';
import { count } from './words.ts';

export interface ScaleUp {
  creates: PlannedCreate[];
  recalls: PlannedRemoval[];
  /** Why fewer are made than wanted. */
  limited: Limited | undefined;
  /** Nodes wanted beyond those there are, before quota and throttle; those called back are among them. */
  wanted: number;
  roundRobin: number;
  journal: JournalEntry[];
  /** What is made takes so much of each cloud, by name. */
  taken: ReadonlyMap<string, Amounts>;
}

/** What would be made if it could all be begun at once. */
export interface Wishes {
  /** Those for jobs first. */
  all: (Wish & { zone: string | undefined })[];
  recalls: PlannedRemoval[];
  forJobs: JobWishes;
  /** Wanted beyond those of `all`, for want of room or quota. */
  more: number;
  limits: Limited[];
  room: number;
  journal: JournalEntry[];
}

/** `budgets`: what the pool may take of each cloud, where that is less than its headroom. */
export function wishesOf(input: PlanInput, survey: Survey, budgets?: ReadonlyMap<string, Amounts>): Wishes {
  const market = new Market(input, budgets);
  // leaving and lost nodes exist as well: never above the maximum, not even for a moment
  const room = Math.max(0, survey.size.max - input.nodes.length);
  const forJobs = wishesForJobs(input, survey, market, () => chooserFrom(input, input.roundRobin), room);
  const probes = probesFor(input, survey, market, { wished: forJobs.wishes, room: room - forJobs.wishes.length });
  const wished = [...forJobs.wishes, ...probes.wishes];
  const situation = { wished: wished.length, unserved: forJobs.unserved, room };
  const others = withoutJobs(input, survey, situation, market, chooserFrom(input, nextInTurn(input, wished)));
  return {
    all: zoned([...wished, ...others.wishes], market),
    recalls: [...recalledForJobs(survey), ...others.recalls],
    forJobs,
    more: forJobs.more + others.wanted - others.wishes.length,
    limits: [...forJobs.limits, ...probes.limits, ...others.limits],
    room,
    journal: probes.journal,
  };
}

/** The same choices each time that it is made for the same position. */
function chooserFrom({ pool, clouds, seed }: PlanInput, position: number): CloudChooser {
  const random = seededRandom(seed);
  return cloudChooser(pool.allocation, clouds, position, () => random.next());
}

/** What of the wishes is begun now. */
export function scaleUp(input: PlanInput, survey: Survey, wishes: Wishes, pace: Pace): ScaleUp {
  const creates = wishes.all.slice(0, pace.allowance);
  const waiting = wishes.all.length - creates.length;
  const throttled: Limited[] =
    waiting > 0 ? [{ reason: 'Throttled', message: `${count(waiting, 'more node')} must wait (${pace.limit})` }] : [];
  const limited = joinLimits([...wishes.limits, ...throttled]);
  const { recalls } = wishes;
  return {
    creates: creates.map(({ offer, zone, reason }) => ({
      cloud: offer.cloudName,
      flavor: offer.flavor.name,
      zone,
      reason,
    })),
    recalls,
    limited,
    wanted: recalls.length + wishes.all.length + wishes.more,
    roundRobin: nextInTurn(input, creates),
    journal: journalOf(survey, wishes, creates, limited),
    taken: takenBy(creates),
  };
}

/** Milliseconds until the throttle or a cooldown ends, when that is what limits. */
export function recheckOf(input: PlanInput, { all, limits }: Wishes, pace: Pace): number | undefined {
  return soonest([
    all.length > pace.allowance ? pace.endsAfter : undefined,
    limits.some(({ reason }) => reason !== 'MaxNodes') ? firstRestEnd(input.clouds, input.now) : undefined,
  ]);
}

function recalledForJobs(survey: Survey): PlannedRemoval[] {
  return survey.recalled.map((node) => ({ node: node.name, reason: 'queued jobs need it again' }));
}

interface Situation {
  /** Nodes that are to be made anyway. */
  wished: number;
  unserved: number;
  room: number;
}

interface OtherWishes {
  wishes: Wish[];
  recalls: PlannedRemoval[];
  /** How many were wanted to be made, whether they can be had or not. */
  wanted: number;
  limits: Limited[];
}

/** Nodes for no job in particular: up to minNodes or replicas, then spares. Those that are leaving are called back first. */
function withoutJobs(
  input: PlanInput,
  survey: Survey,
  { wished, unserved, room }: Situation,
  market: Market,
  chooser: CloudChooser,
): OtherWishes {
  const { size } = survey;
  const forSize = Math.max(0, missingForSize(input, survey) - wished);
  // what is made for the size of the pool serves as a spare too
  const spares = input.demand === undefined ? 0 : Math.max(0, missingSpares(survey, unserved) - forSize);
  const all = [
    ...Array.from({ length: forSize }, () => (size.fixed ? `for replicas ${size.min}` : `for minNodes ${size.min}`)),
    ...Array.from({ length: spares }, () => `for spareNodes ${size.spare}`),
  ];
  const back = recallable(survey).slice(0, all.length);
  const recalls = back.map((node, n) => ({ node: node.name, reason: `kept ${all[n] ?? ''}` }));
  const reasons = all.slice(back.length);
  const wishes: Wish[] = [];
  for (const [n, reason] of reasons.entries()) {
    if (wished + n >= room) {
      const message = `maxNodes ${input.pool.maxNodes} reached, ${count(reasons.length - n, 'node')} ${reason} must wait`;
      return { wishes, recalls, wanted: reasons.length, limits: size.fixed ? [] : [{ reason: 'MaxNodes', message }] };
    }
    const wish = firstUsable(reason, market, chooser);
    if (!wish) {
      const limit = obstacles(market, input.clouds, market.offers, input.now) ?? barred(input);
      return { wishes, recalls, wanted: reasons.length, limits: [limit] };
    }
    wishes.push(wish);
  }
  return { wishes, recalls, wanted: reasons.length, limits: [] };
}

/** Why there is nothing to choose from. */
function barred({ clouds }: PlanInput): Limited {
  const barriers = clouds.flatMap((cloud) => cloud.flavors.flatMap((flavor) => barrierOf(cloud, flavor) ?? []));
  const message = barriers[0]?.reason ?? 'no cloud of the pool has any of its flavors';
  return { reason: 'CloudUnavailable', message };
}

/** Nodes that can be called back and are not yet, the youngest first: no more than the size of the pool has room for. */
function recallable({ nodes, recalled, size, staying }: Survey): PlanNode[] {
  const room = Math.max(0, size.max - staying - recalled.length);
  return nodes.Leaving.filter((node) => node.recallable && !node.deleteFirst && !recalled.includes(node))
    .sort((a, b) => b.createdAt - a.createdAt || (a.name < b.name ? -1 : 1))
    .slice(0, room);
}

/** The first flavor in the user's order that can be had, on the cloud whose turn it is. */
function firstUsable(reason: string, market: Market, chooser: CloudChooser): Wish | undefined {
  const available = market.offers.filter((offer) => market.available(offer) > 0);
  if (available.length === 0) return undefined;
  const cloud = chooser.choose([...new Set(available.map((offer) => offer.cloud))]);
  const offer = available.find((one) => cloud === undefined || one.cloud === cloud);
  if (!offer) return undefined;
  market.take(offer);
  return { offer, reason };
}

/**
 * Nodes that minNodes or replicas lack. Those that are lost or take no jobs are part of a fixed size, but not of a minimum of working
 * nodes; those that are called back are both.
 */
function missingForSize(input: PlanInput, { size, nodes, recalled }: Survey): number {
  const live = nodes.Starting.length + nodes.Idle.length + nodes.Busy.length + recalled.length;
  return (
    size.min -
    (size.fixed ? input.nodes.length - nodes.Leaving.filter((n) => n.recallable).length + recalled.length : live)
  );
}

/** Spares that are missing: idle and booting nodes that no job needs are spares; spares give way to jobs that wait for room or quota. */
function missingSpares({ size, nodes, needed, unknownBooting }: Survey, unserved: number): number {
  const unneeded = [...nodes.Idle, ...nodes.Starting].filter(
    (node) => !needed.has(node.name) && capacityFor(node).cpus > 0,
  );
  return Math.max(0, size.spare - unserved) - unneeded.length - unknownBooting;
}

/** The availability zone of each node, as the market has set them aside. */
function zoned(wishes: readonly Wish[], market: Market): Wishes['all'] {
  const zones = new Map<Offer, (string | undefined)[]>();
  return wishes.map(({ offer, reason }) => {
    const left = zones.get(offer) ?? market.zonesOf(offer).reverse();
    zones.set(offer, left);
    return { offer, reason, zone: left.pop() };
  });
}

function takenBy(creates: readonly Wish[]): Map<string, Amounts> {
  const counts = new Map<Offer, number>();
  for (const { offer } of creates) counts.set(offer, (counts.get(offer) ?? 0) + 1);
  const taken = new Map<string, Amounts>();
  for (const [{ cloudName, takes }, n] of counts) taken.set(cloudName, plus(taken.get(cloudName) ?? NONE, takes, n));
  return taken;
}

function nextInTurn(input: PlanInput, creates: readonly Wish[]): number {
  const last = creates.at(-1);
  return last && input.pool.allocation === 'RoundRobin'
    ? (last.offer.cloud + 1) % input.clouds.length
    : input.roundRobin;
}

function soonest(times: readonly (number | undefined)[]): number | undefined {
  const known = times.filter((time) => time !== undefined);
  return known.length === 0 ? undefined : Math.max(1, Math.min(...known));
}

function journalOf(
  survey: Survey,
  { all, more, forJobs, recalls, room, journal }: Wishes,
  creates: readonly Wish[],
  limited: Limited | undefined,
): JournalEntry[] {
  const lines: JournalEntry[] = [...journal];
  const unknown = survey.unknownBooting;
  if (unknown > 0) {
    const message = `${count(unknown, 'booting node')} of unknown size: taken for as many that are needed`;
    lines.push({ kind: 'Booting', message, data: { nodes: unknown } });
  }
  const needed = forJobs.wishes.length + forJobs.more;
  if (needed > 0) {
    const message = `jobs without a place need ${count(needed, 'more node')}, there is room for ${room}`;
    lines.push({ kind: 'Queue', message, data: { needed, room } });
  }
  for (const { node, reason } of recalls)
    lines.push({ kind: 'Recall', message: `call back ${node}: ${reason}`, data: { node } });
  lines.push(...createEntries(creates));
  if (limited)
    lines.push({
      kind: 'Limit',
      message: `limited by ${limited.reason}: ${limited.message}`,
      data: { reason: limited.reason, made: creates.length, missing: more + all.length - creates.length, room },
    });
  return lines;
}

/** Equal nodes in one line. */
function createEntries(creates: readonly Wish[]): JournalEntry[] {
  const equal = new Map<Offer, Map<string, number>>();
  for (const { offer, reason } of creates) {
    const reasons = equal.get(offer) ?? new Map<string, number>();
    equal.set(offer, reasons);
    reasons.set(reason, (reasons.get(reason) ?? 0) + 1);
  }
  return [...equal].flatMap(([{ cloudName: cloud, flavor }, reasons]) =>
    [...reasons].map(([reason, nodes]): JournalEntry => ({
      kind: 'Create',
      message:
        nodes === 1
          ? `create ${flavor.name} on ${cloud} ${reason}`
          : `create ${nodes} x ${flavor.name} on ${cloud}, each ${reason}`,
      data: { cloud, flavor: flavor.name, nodes, cores: flavor.cores, memory: flavor.memory },
    })),
  );
}
