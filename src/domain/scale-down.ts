/** Which nodes are no longer needed. Only idle ones are named; HTCondor itself proves it before anything is deleted. */
import { formatDuration } from '../base/duration.ts';
import type { PlannedRemoval, PlanInput, PlanNode } from './plan-types.ts';
import type { Survey } from './survey.ts';
import { be, count } from './words.ts';

/** Nodes that stay although nothing needs them, or do not go yet. */
export interface Kept {
  message: string;
  nodes: number;
}

export interface ScaleDown {
  removals: PlannedRemoval[];
  /** Why idle nodes stay, and why nodes that should go do not yet; for the decision. */
  kept: Kept[];
  /** When the next idle node becomes old enough, ms from now; undefined when none will. */
  recheckAfter: number | undefined;
}

/** What the way up has decided, as far as it concerns the way down. */
export interface Demanded {
  /** Nodes wanted for queued jobs for which there is no room or quota; idle spares give way to them. */
  unserved: number;
  /** Nodes that are called back. */
  recalls: number;
}

export function scaleDown(input: PlanInput, survey: Survey, demanded: Demanded): ScaleDown {
  const idle = survey.leastNeeded.length;
  if (input.demand === undefined) {
    const kept = keptFor(idle, 'because the queue is not known');
    return { removals: [], kept, recheckAfter: undefined };
  }
  if (input.pool.blind === true) {
    const kept = keptFor(idle, 'because HTCondor could not be read just now');
    return { removals: [], kept, recheckAfter: undefined };
  }
  if (input.pool.doNotDisrupt) {
    const kept = keptFor(idle, 'by do-not-disrupt of the pool');
    return { removals: [], kept, recheckAfter: undefined };
  }
  const budget = budgetOf(input, survey, demanded.recalls);
  const surplus = survey.staying - survey.size.max;
  return surplus > 0 ? removeSurplus(survey, surplus, budget) : removeUnneeded(input, survey, demanded, budget);
}

function keptFor(idle: number, why: string): Kept[] {
  return idle > 0 ? [{ message: `${count(idle, 'idle node')} ${be(idle)} kept ${why}`, nodes: idle }] : [];
}

interface Budget {
  /** How many more may begin to leave now. */
  left: number;
  /** As written: `10%`. */
  limit: string;
}

/** Of several budgets the smallest counts; a share is of all nodes that exist and is rounded up, so that it never means none. */
function budgetOf(input: PlanInput, survey: Survey, recalls: number): Budget {
  const leaving = survey.nodes.Leaving.length - recalls;
  const budgets = input.pool.budgets.map((limit): Budget => {
    const most = limit.endsWith('%')
      ? Math.ceil((Number.parseInt(limit, 10) * input.nodes.length) / 100)
      : Number.parseInt(limit, 10);
    return { left: Math.max(0, most - leaving), limit };
  });
  return budgets.reduce((least, one) => (one.left < least.left ? one : least), { left: Infinity, limit: '' });
}

function budgetWords({ limit }: Budget, n: number): string {
  return `${count(n, 'node')} must wait (budget ${limit})`;
}

/** What is above maxNodes or replicas goes without waiting, idle nodes only, those that the queue can use last. */
function removeSurplus(survey: Survey, surplus: number, budget: Budget): ScaleDown {
  const { size } = survey;
  const limit = `${size.fixed ? 'replicas' : 'maxNodes'} ${size.max}`;
  const free = survey.leastNeeded.filter((node) => !node.doNotDisrupt);
  const inOrder = [
    ...free.filter((node) => !survey.needed.has(node.name)),
    ...free.filter((node) => survey.needed.has(node.name)),
  ].slice(0, surplus);
  const removals = inOrder.slice(0, budget.left).map((node) => ({
    node: node.name,
    reason: `idle and above ${limit}`,
  }));
  const held = inOrder.length - removals.length;
  const waiting = surplus - inOrder.length;
  const goes = waiting === 1 ? 'goes when it is' : 'go when they are';
  const kept = [
    ...(held > 0 ? [{ message: budgetWords(budget, held), nodes: held }] : []),
    ...(waiting > 0 ? [{ message: `${count(waiting, 'node')} above ${limit} ${goes} idle`, nodes: waiting }] : []),
  ];
  return { removals, kept, recheckAfter: undefined };
}

function removeUnneeded(input: PlanInput, survey: Survey, { unserved, recalls }: Demanded, budget: Budget): ScaleDown {
  const { size, nodes, leastNeeded, needed } = survey;
  const unneeded = leastNeeded.filter((node) => !needed.has(node.name));
  const live = nodes.Starting.length + nodes.Idle.length + nodes.Busy.length + recalls;
  const spare = Math.max(0, size.spare - unserved);
  const beyondSpare = Math.max(0, unneeded.length - spare);
  const beyondMin = Math.max(0, live - size.min);
  const allowed = Math.min(beyondSpare, beyondMin);
  // an outdated one would have to be replaced later
  const candidates = unneeded
    .filter((node) => !node.doNotDisrupt)
    .sort((a, b) => Number(a.outdated === undefined) - Number(b.outdated === undefined));
  const patience = patienceOf(input);
  const ages = candidates.map((node) => ({ node, wait: waitOf(node, patience(node), input.now) }));
  const ripe = ages.filter(({ wait }) => wait <= 0).slice(0, allowed);
  const going = ripe.slice(0, budget.left);
  const unripe = ages.filter(({ wait }) => wait > 0);
  const mayFollow = unripe.slice(0, Math.max(0, Math.min(allowed - ripe.length, unripe.length)));
  const soonest = Math.min(...unripe.map(({ wait }) => wait));
  const held = ripe.length - going.length;
  const tally = { unneeded: unneeded.length, removed: going.length, held, mayFollow, spare };
  return {
    removals: going.map(({ node }) => ({ node: node.name, reason: removalWords(patience(node)) })),
    kept: keptWords(input, survey, tally, budget, patience),
    recheckAfter: mayFollow.length > 0 && Number.isFinite(soonest) ? soonest : undefined,
  };
}

function removalWords(patience: number): string {
  return `idle for ${formatDuration(patience)} or more, and no queued job needs it`;
}

/**
 * How long a node must have been idle, ms: consolidateAfter, and no shorter than it takes to make another one, for a queue that asks again
 * within that time would have waited for a node that has just been taken away.
 */
function patienceOf(input: PlanInput): (node: PlanNode) => number {
  const boots = new Map<string, Map<string, number>>();
  for (const { name, flavors } of input.clouds)
    boots.set(name, new Map(flavors.map((flavor) => [flavor.name, flavor.bootTime ?? 0])));
  return ({ cloud, flavor }) => Math.max(input.pool.consolidateAfter, boots.get(cloud)?.get(flavor) ?? 0);
}

/** Milliseconds until the node has been idle long enough; Infinity when it is not known since when it is. */
function waitOf({ idleSince }: PlanNode, patience: number, now: number): number {
  return idleSince === undefined ? Infinity : idleSince + patience - now;
}

interface Tally {
  unneeded: number;
  removed: number;
  /** Old enough, and kept back by a budget. */
  held: number;
  mayFollow: { node: PlanNode }[];
  /** Spares that are kept now. */
  spare: number;
}

/** Each unneeded idle node that stays is told once, with the first reason that keeps it. */
function keptWords(
  input: PlanInput,
  survey: Survey,
  tally: Tally,
  budget: Budget,
  patience: (node: PlanNode) => number,
): Kept[] {
  const kept: Kept[] = [];
  let left = tally.unneeded - tally.removed;
  const tell = (n: number, why: (n: number) => string): void => {
    const some = Math.min(n, left);
    if (some <= 0) return;
    left -= some;
    kept.push(...keptFor(some, why(some)));
  };
  tell(tally.held, () => `by the budget of ${budget.limit}`);
  for (const [ms, n] of byPatience(tally.mayFollow, patience)) {
    const boot = ms > input.pool.consolidateAfter ? ', as long as a new one would take to come' : '';
    tell(n, (some) => `until ${some === 1 ? 'it has' : 'they have'} been idle for ${formatDuration(ms)}${boot}`);
  }
  tell(tally.spare, (n) => (n === 1 ? 'as a spare' : 'as spares'));
  const protectedNodes = survey.leastNeeded.filter((node) => node.doNotDisrupt && !survey.needed.has(node.name));
  tell(protectedNodes.length, () => 'by do-not-disrupt');
  tell(left, () => `by ${survey.size.fixed ? 'replicas' : 'minNodes'} ${survey.size.min}`);
  return kept;
}

function byPatience(nodes: readonly { node: PlanNode }[], patience: (node: PlanNode) => number): [number, number][] {
  const counts = new Map<number, number>();
  for (const { node } of nodes) counts.set(patience(node), (counts.get(patience(node)) ?? 0) + 1);
  return [...counts].sort(([a], [b]) => a - b);
}

/** A pool that is being deleted: all that runs nothing goes, whatever protects it otherwise; busy nodes go when their jobs have ended, and take no more (decideNode sees to that). */
export function removeAll(input: PlanInput, survey: Survey): ScaleDown {
  const { Idle, Starting, Lost, Busy, Blocked } = survey.nodes;
  if (input.demand === undefined) return scaleDown(input, survey, { unserved: 0, recalls: 0 });
  const going = [
    ...survey.leastNeeded,
    ...[...Starting, ...Lost, ...Blocked].sort((a, b) => (a.name < b.name ? -1 : 1)),
  ];
  const ends = Busy.length === 1 ? 'goes when its' : 'go when their';
  const kept: Kept[] =
    Busy.length > 0
      ? [{ message: `${count(Busy.length, 'busy node')} ${ends} jobs have ended`, nodes: Busy.length }]
      : [];
  if (Idle.length + Starting.length + Lost.length + Busy.length + Blocked.length === 0)
    kept.push({ message: 'no nodes are left to remove', nodes: 0 });
  return {
    removals: going.map((node) => ({ node: node.name, reason: 'the pool is being deleted' })),
    kept,
    recheckAfter: undefined,
  };
}
