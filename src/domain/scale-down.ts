/** Which nodes are no longer needed. Only idle ones are named; HTCondor itself proves it before anything is deleted. */
import { formatDuration } from '../base/duration.ts';
import type { PlannedRemoval, PlanInput, PlanNode } from './plan-types.ts';
import type { Survey } from './survey.ts';
import { be, count } from './words.ts';

export interface ScaleDown {
  removals: PlannedRemoval[];
  /** Why idle nodes stay, and why nodes that should go do not yet; for the decision. */
  kept: string[];
  /** When the next idle node becomes old enough, ms from now; undefined when none will. */
  recheckAfter: number | undefined;
}

/** `unserved`: nodes wanted for queued jobs for which there is no room or quota; idle spares give way to them. */
export function scaleDown(input: PlanInput, survey: Survey, unserved: number): ScaleDown {
  const idle = survey.leastNeeded.length;
  if (input.demand === undefined) {
    const kept = idle > 0 ? [`${count(idle, 'idle node')} ${be(idle)} kept because the queue is not known`] : [];
    return { removals: [], kept, recheckAfter: undefined };
  }
  if (input.pool.doNotDisrupt) {
    const kept = idle > 0 ? [`${count(idle, 'idle node')} ${be(idle)} kept by do-not-disrupt of the pool`] : [];
    return { removals: [], kept, recheckAfter: undefined };
  }
  const surplus = survey.staying - survey.size.max;
  return surplus > 0 ? removeSurplus(survey, surplus) : removeUnneeded(input, survey, unserved);
}

/** What is above maxNodes or replicas goes without waiting, idle nodes only, those that the queue can use last. */
function removeSurplus(survey: Survey, surplus: number): ScaleDown {
  const { size } = survey;
  const limit = `${size.fixed ? 'replicas' : 'maxNodes'} ${size.max}`;
  const free = survey.leastNeeded.filter((node) => !node.doNotDisrupt);
  const inOrder = [
    ...free.filter((node) => !survey.needed.has(node.name)),
    ...free.filter((node) => survey.needed.has(node.name)),
  ];
  const removals = inOrder.slice(0, surplus).map((node) => ({
    node: node.name,
    reason: `idle and above ${limit}`,
  }));
  const waiting = surplus - removals.length;
  const kept =
    waiting > 0
      ? [`${count(waiting, 'node')} above ${limit} ${waiting === 1 ? 'goes when it is' : 'go when they are'} idle`]
      : [];
  return { removals, kept, recheckAfter: undefined };
}

function removeUnneeded(input: PlanInput, survey: Survey, unserved: number): ScaleDown {
  const { size, nodes, leastNeeded, needed } = survey;
  const unneeded = leastNeeded.filter((node) => !needed.has(node.name));
  const live = nodes.Starting.length + nodes.Idle.length + nodes.Busy.length;
  const spare = Math.max(0, size.spare - unserved);
  const beyondSpare = Math.max(0, unneeded.length - spare);
  const beyondMin = Math.max(0, live - size.min);
  const allowed = Math.min(beyondSpare, beyondMin);
  const candidates = unneeded.filter((node) => !node.doNotDisrupt);
  const ages = candidates.map((node) => ({ node, wait: waitOf(node, input) }));
  const ripe = ages.filter(({ wait }) => wait <= 0).slice(0, allowed);
  const reason = `idle for ${formatDuration(input.pool.consolidateAfter)} or more, and no queued job needs it`;
  const unripe = ages.filter(({ wait }) => wait > 0);
  const mayFollow = Math.min(allowed - ripe.length, unripe.length);
  const soonest = Math.min(...unripe.map(({ wait }) => wait));
  return {
    removals: ripe.map(({ node }) => ({ node: node.name, reason })),
    kept: keptWords(input, survey, { unneeded: unneeded.length, removed: ripe.length, mayFollow, beyondSpare, spare }),
    recheckAfter: mayFollow > 0 && Number.isFinite(soonest) ? soonest : undefined,
  };
}

/** Milliseconds until the node has been idle long enough; Infinity when it is not known since when it is. */
function waitOf(node: PlanNode, input: PlanInput): number {
  return node.idleSince === undefined ? Infinity : node.idleSince + input.pool.consolidateAfter - input.now;
}

interface Tally {
  unneeded: number;
  removed: number;
  mayFollow: number;
  beyondSpare: number;
  /** Spares that are kept now. */
  spare: number;
}

/** Each unneeded idle node that stays is told once, with the first reason that keeps it. */
function keptWords(input: PlanInput, survey: Survey, tally: Tally): string[] {
  const kept: string[] = [];
  let left = tally.unneeded - tally.removed;
  const tell = (n: number, why: (n: number) => string): void => {
    const some = Math.min(n, left);
    if (some <= 0) return;
    left -= some;
    kept.push(`${count(some, 'idle node')} ${be(some)} kept ${why(some)}`);
  };
  tell(
    tally.mayFollow,
    (n) => `until ${n === 1 ? 'it has' : 'they have'} been idle for ${formatDuration(input.pool.consolidateAfter)}`,
  );
  tell(tally.spare, (n) => (n === 1 ? 'as a spare' : 'as spares'));
  const protectedNodes = survey.leastNeeded.filter((node) => node.doNotDisrupt && !survey.needed.has(node.name));
  tell(protectedNodes.length, () => 'by do-not-disrupt');
  tell(left, () => `by ${survey.size.fixed ? 'replicas' : 'minNodes'} ${survey.size.min}`);
  return kept;
}

/** A pool that is being deleted: all that runs nothing goes, whatever protects it otherwise; busy nodes go when their jobs have ended. */
export function removeAll(input: PlanInput, survey: Survey): ScaleDown {
  const { Idle, Starting, Lost, Busy } = survey.nodes;
  if (input.demand === undefined) return scaleDown(input, survey, 0);
  const going = [...survey.leastNeeded, ...[...Starting, ...Lost].sort((a, b) => (a.name < b.name ? -1 : 1))];
  const kept =
    Busy.length > 0
      ? [`${count(Busy.length, 'busy node')} ${Busy.length === 1 ? 'goes when its' : 'go when their'} jobs have ended`]
      : [];
  if (Idle.length + Starting.length + Lost.length + Busy.length === 0) kept.push('no nodes are left to remove');
  return {
    removals: going.map((node) => ({ node: node.name, reason: 'the pool is being deleted' })),
    kept,
    recheckAfter: undefined,
  };
}
