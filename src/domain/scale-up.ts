/** Which nodes are made: for queued jobs, for minNodes, for spares; within maxNodes, quota and the pace of the pool. */
import { cloudChooser, type CloudChooser } from './allocation.ts';
import { wishesForJobs, type JobWishes, type Wish } from './job-nodes.ts';
import { joinLimits, Market, type Limited } from './market.ts';
import type { PlannedCreate, PlanInput } from './plan-types.ts';
import { capacityFor, type Survey } from './survey.ts';
import { count } from './words.ts';

const MINUTE = 60_000;

export interface ScaleUp {
  creates: PlannedCreate[];
  /** Why fewer are made than wanted. */
  limited: Limited | undefined;
  /** Nodes wanted beyond those there are, before quota and throttle. */
  wanted: number;
  /** Nodes wanted for queued jobs for which there is no room or no quota. */
  unserved: number;
  roundRobin: number;
  /** Milliseconds until the throttle or a cooldown ends, when that is what limits. */
  recheckAfter: number | undefined;
  journal: string[];
}

export function scaleUp(input: PlanInput, survey: Survey): ScaleUp {
  const market = new Market(input.clouds, input.now);
  const chooser = cloudChooser(input.pool.allocation, input.clouds, input.roundRobin, input.random);
  // leaving and lost nodes exist as well: never above the maximum, not even for a moment
  const room = Math.max(0, survey.size.max - input.nodes.length);
  const forJobs = wishesForJobs(input, survey, market, chooser, room);
  const without = wishesWithoutJobs(input, survey, forJobs, market, chooser, room);
  const wishes = [...forJobs.wishes, ...without.wishes];
  const pace = paceOf(input, survey);
  const creates = wishes.slice(0, pace.allowance);
  const waiting = wishes.length - creates.length;
  const blocked = [...forJobs.limits, ...without.limits];
  const throttled: Limited[] =
    waiting > 0 ? [{ reason: 'Throttled', message: `${count(waiting, 'more node')} must wait (${pace.limit})` }] : [];
  const limited = joinLimits([...blocked, ...throttled]);
  return {
    creates: creates.map(({ offer, reason }) => ({ cloud: offer.cloudName, flavor: offer.flavor.name, reason })),
    limited,
    wanted: forJobs.wishes.length + forJobs.more + without.wanted,
    unserved: forJobs.unserved,
    roundRobin: nextInTurn(input, creates),
    recheckAfter: soonest([
      waiting > 0 ? pace.endsAfter : undefined,
      blocked.some(({ reason }) => reason !== 'MaxNodes') ? market.firstCooldownEnd(input.now) : undefined,
    ]),
    journal: journalOf(survey, forJobs, creates, room, limited),
  };
}

interface OtherWishes {
  wishes: Wish[];
  /** How many were wanted, whether they can be had or not. */
  wanted: number;
  limits: Limited[];
}

/** Nodes for no job in particular: up to minNodes or replicas, then spares. */
function wishesWithoutJobs(
  input: PlanInput,
  survey: Survey,
  forJobs: JobWishes,
  market: Market,
  chooser: CloudChooser,
  room: number,
): OtherWishes {
  const { size } = survey;
  const forSize = Math.max(0, missingForSize(input, survey) - forJobs.wishes.length);
  // what is made for the size of the pool serves as a spare too
  const spares = input.demand === undefined ? 0 : Math.max(0, missingSpares(survey, forJobs.unserved) - forSize);
  const reasons = [
    ...Array.from({ length: forSize }, () => (size.fixed ? `for replicas ${size.min}` : `for minNodes ${size.min}`)),
    ...Array.from({ length: spares }, () => `for spareNodes ${size.spare}`),
  ];
  const wishes: Wish[] = [];
  for (const [n, reason] of reasons.entries()) {
    if (forJobs.wishes.length + n >= room) {
      const message = `maxNodes ${input.pool.maxNodes} reached, ${count(reasons.length - n, 'node')} ${reason} must wait`;
      return { wishes, wanted: reasons.length, limits: size.fixed ? [] : [{ reason: 'MaxNodes', message }] };
    }
    const wish = firstUsable(reason, market, chooser);
    if (!wish) return { wishes, wanted: reasons.length, limits: [market.obstacles(market.offers) ?? NO_FLAVOR] };
    wishes.push(wish);
  }
  return { wishes, wanted: reasons.length, limits: [] };
}

const NO_FLAVOR: Limited = { reason: 'CloudUnavailable', message: 'no cloud of the pool has any of its flavors' };

/** The first flavor in the user's order that can be had, on the cloud whose turn it is. */
function firstUsable(reason: string, market: Market, chooser: CloudChooser): Wish | undefined {
  const available = market.offers.filter((offer) => market.isAvailable(offer));
  if (available.length === 0) return undefined;
  const cloud = chooser.choose([...new Set(available.map((offer) => offer.cloud))]);
  const offer = available.find((one) => cloud === undefined || one.cloud === cloud);
  if (!offer) return undefined;
  market.take(offer);
  return { offer, reason };
}

/** Nodes that minNodes or replicas lack. Lost ones are part of a fixed size, but not of a minimum of working nodes. */
function missingForSize(input: PlanInput, { size, nodes }: Survey): number {
  const live = nodes.Starting.length + nodes.Idle.length + nodes.Busy.length;
  return size.min - (size.fixed ? input.nodes.length : live);
}

/** Spares that are missing: idle and booting nodes that no job needs are spares; spares give way to jobs that wait for room or quota. */
function missingSpares({ size, nodes, needed, unknownBooting }: Survey, unserved: number): number {
  const unneeded = [...nodes.Idle, ...nodes.Starting].filter(
    (node) => !needed.has(node.name) && capacityFor(node).cpus > 0,
  );
  return Math.max(0, size.spare - unserved) - unneeded.length - unknownBooting;
}

/** How many nodes may be begun now. */
function paceOf(
  { pool, recentCreates, now }: PlanInput,
  survey: Survey,
): { allowance: number; limit: string; endsAfter: number | undefined } {
  const recent = recentCreates.filter((at) => at > now - MINUTE);
  const booting = Math.max(0, pool.maxBooting - survey.nodes.Starting.length);
  const perMinute = Math.max(0, pool.maxPerMinute - recent.length);
  if (booting <= perMinute) return { allowance: booting, limit: `maxBooting ${pool.maxBooting}`, endsAfter: undefined };
  const endsAfter = recent.length > 0 ? Math.min(...recent) + MINUTE - now : MINUTE;
  return { allowance: perMinute, limit: `maxPerMinute ${pool.maxPerMinute}`, endsAfter };
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
  forJobs: JobWishes,
  creates: readonly Wish[],
  room: number,
  limited: Limited | undefined,
): string[] {
  const lines: string[] = [];
  const unknown = survey.unknownBooting;
  if (unknown > 0) lines.push(`${count(unknown, 'booting node')} of unknown size: taken for as many that are needed`);
  const needed = forJobs.wishes.length + forJobs.more;
  if (needed > 0) lines.push(`jobs without a place need ${count(needed, 'more node')}, there is room for ${room}`);
  for (const { offer, reason } of creates) lines.push(`create ${offer.flavor.name} on ${offer.cloudName} ${reason}`);
  if (limited) lines.push(`limited by ${limited.reason}: ${limited.message}`);
  return lines;
}
