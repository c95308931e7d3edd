/**
 * Nodes that are outdated (expired, or made from what the pool does not say any more) are replaced: gradually, within the budgets, idle
 * ones first, and so that the pool keeps what it was promised. Where minNodes or replicas promise nodes, a new one comes before an old
 * one goes, if maxNodes and the quota have room for it. Nodes that only the queue has called for are not made in advance: it asks again.
 *
 * Before the first node of a new making has joined, no old one goes for it: a template whose servers never join empties no pool.
 */
import type { LimitReason, PlanInput, PlanNode, PlannedRemoval } from './plan-types.ts';
import type { Kept, ScaleDown } from './scale-down.ts';
import type { Survey } from './survey.ts';
import { be, count } from './words.ts';

/** Reasons of such removals begin so: that is how it is known later why a node leaves. */
export const OUTDATED_MARK = 'outdated: ';

/** Where no budget is given: so many may be leaving at a time. */
const USUAL_SHARE = 0.1;

/** How many outdated nodes may be leaving at a time. */
function mostAtATime(input: PlanInput): number {
  const most = input.pool.budgets.map((limit) =>
    limit.endsWith('%')
      ? Math.ceil((Number.parseInt(limit, 10) * input.nodes.length) / 100)
      : Number.parseInt(limit, 10),
  );
  return most.length > 0 ? Math.min(...most) : Math.ceil(USUAL_SHARE * input.nodes.length);
}

/** Is it to be replaced, as far as it alone is concerned? */
export function isReplaceable({ state, outdated, doNotDisrupt }: PlanNode): boolean {
  return outdated !== undefined && !doNotDisrupt && (state === 'Idle' || state === 'Busy');
}

function isHeld({ pool, demand }: PlanInput): boolean {
  return pool.doNotDisrupt || pool.deleting || demand === undefined;
}

/**
 * The pool as it has to be while nodes are replaced: with so many more than promised as may be replaced at a time. The first node of a new
 * making is one more than there are.
 */
export function surged(input: PlanInput): PlanInput {
  const { pool, nodes } = input;
  const outdated = nodes.filter(isReplaceable).length;
  if (outdated === 0 || isHeld(input)) return input;
  const leaving = nodes.filter(({ state }) => state === 'Leaving').length;
  const more = Math.min(outdated, Math.max(0, mostAtATime(input) - leaving));
  const live = nodes.filter(({ state }) => ['Idle', 'Busy', 'Starting'].includes(state)).length;
  const starting = nodes.some(({ state }) => state === 'Starting');
  const first = pool.unproven === true && more > 0 ? live + (starting ? 0 : 1) : 0;
  const raised = (promised: number): number =>
    Math.max(promised, Math.min(pool.maxNodes, Math.max(promised === 0 ? 0 : promised + more, first)));
  return pool.replicas === undefined
    ? { ...input, pool: { ...pool, minNodes: raised(Math.min(pool.minNodes, pool.maxNodes)) } }
    : { ...input, pool: { ...pool, replicas: raised(Math.min(pool.replicas, pool.maxNodes)) } };
}

export interface Situation {
  /** What the pool was promised: minNodes or replicas as written. */
  promised: number;
  /** Why fewer nodes are made than wanted, all reasons. */
  limits: readonly LimitReason[];
}

/** What leaves anyway, and outdated nodes beside it. */
export function withReplacements(
  input: PlanInput,
  survey: Survey,
  down: ScaleDown,
  { promised, limits }: Situation,
): ScaleDown {
  const { nodes } = survey;
  if (survey.replaceable.length === 0 || isHeld(input)) return down;
  const going = new Set(down.removals.map(({ node }) => node));
  const candidates = survey.replaceable.filter(({ name }) => !going.has(name)).sort(firstToGo);
  if (candidates.length === 0) return down;
  const budget = Math.max(0, mostAtATime(input) - nodes.Leaving.length - going.size);
  const spare = nodes.Idle.length + nodes.Busy.length - going.size - promised;
  // old before new only where there is no room for both
  const full = survey.size.max <= input.nodes.length || limits.some((one) => one === 'Quota' || one === 'MaxNodes');
  const noRoom = full && nodes.Starting.length === 0;
  const proven = input.pool.unproven !== true;
  const free = noRoom ? (proven ? budget : Math.min(1, budget)) : proven ? Math.max(0, spare) : 0;
  const chosen = candidates.slice(0, Math.min(budget, free));
  const removals = chosen.map(({ name, outdated = '' }): PlannedRemoval => ({
    node: name,
    reason: OUTDATED_MARK + outdated,
    mustLeave: true,
  }));
  return {
    ...down,
    removals: [...down.removals, ...removals],
    kept: [...down.kept, ...keptWords(candidates.length - chosen.length, { budget, chosen: chosen.length, proven })],
  };
}

function keptWords(
  waiting: number,
  { budget, chosen, proven }: { budget: number; chosen: number; proven: boolean },
): Kept[] {
  if (waiting === 0) return [];
  const nodes = count(waiting, 'outdated node');
  if (budget <= chosen) return [{ message: `${nodes} must wait for the budget`, nodes: waiting }];
  const what = proven ? 'new ones in their place' : 'the first node of the new making to join';
  return [{ message: `${nodes} ${be(waiting)} kept until there ${proven ? 'are' : 'is'} ${what}`, nodes: waiting }];
}

/** delete-first, then idle ones, then the older. */
function firstToGo(a: PlanNode, b: PlanNode): number {
  return (
    Number(b.deleteFirst) - Number(a.deleteFirst) ||
    Number(a.state === 'Busy') - Number(b.state === 'Busy') ||
    a.createdAt - b.createdAt ||
    (a.name < b.name ? -1 : 1)
  );
}

/** Nodes on their way out that are not outdated any more: the pool says again what they were made from, or they may grow older. */
export function released(input: PlanInput): PlannedRemoval[] {
  const wanted = input.nodes.filter((node) => node.state === 'Leaving' && node.released === true);
  if (wanted.length === 0 || isHeld(input)) return [];
  const room = input.pool.maxNodes - input.nodes.filter(({ state }) => state !== 'Leaving').length;
  return wanted
    .sort(firstToGo)
    .slice(0, Math.max(0, room))
    .map(({ name }) => ({ node: name, reason: 'it is not outdated any more' }));
}
