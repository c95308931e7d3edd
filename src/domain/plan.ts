/**
 * The decision about pools: which nodes are made, called back and removed, and why. Pure: the same input gives the same plan, whatever the
 * order of pools, nodes and jobs (docs/how-it-decides.md tells the rules to admins).
 */
import type { Amounts } from './amounts.ts';
import { idlePlan, journalOf, reasonOf, whatWords, whyWords } from './journal.ts';
import { PlanMemo, type Decided } from './memo.ts';
import { paceOf, type Pace } from './pace.ts';
import type { Plan, PlanInput } from './plan-types.ts';
import { released, surged, withReplacements } from './replacement.ts';
import { removeAll, scaleDown, type ScaleDown } from './scale-down.ts';
import { recheckOf, scaleUp, type ScaleUp, type Wishes } from './scale-up.ts';
import type { Survey } from './survey.ts';

/** A plan, and what it takes of each cloud, by name. */
export interface Planned {
  plan: Plan;
  taken: ReadonlyMap<string, Amounts>;
  /** Nodes that queued jobs lack for want of quota or room. */
  unserved: number;
}

/** One pool that has its clouds for itself. In mode Observe the plan is complete and says `would`; the caller carries nothing out. */
export function plan(input: PlanInput): Plan {
  return planPool(input, new PlanMemo()).plan;
}

/** `budgets`: what the pool may take of each cloud, where that is less than its headroom. */
export function planPool(input: PlanInput, memo: PlanMemo, budgets?: ReadonlyMap<string, Amounts>): Planned {
  if (input.pool.mode === 'Paused' && !input.pool.deleting) {
    const staying = input.nodes.filter((node) => node.state !== 'Leaving').length;
    return unmoved(idlePlan(input, staying, 'the pool is paused (spec.mode)', 'Paused'));
  }
  if (input.pool.deleting) return unmoved(planDeletion(input, memo.survey(input)));
  return planActive(input, surged(input), memo, budgets);
}

/** `input`: as it has to be while nodes are replaced. */
function planActive(
  written: PlanInput,
  input: PlanInput,
  memo: PlanMemo,
  budgets: ReadonlyMap<string, Amounts> | undefined,
): Planned {
  const survey = memo.survey(input);
  const wishes = memo.wishes(input, survey, budgets);
  const pace = paceOf(input, survey.nodes.Starting.length);
  const { unserved } = wishes.forJobs;
  const unneeded = scaleDown(input, survey, { unserved, recalls: wishes.recalls.length });
  const limits = wishes.limits.map(({ reason }) => reason);
  const promised = written.pool.replicas ?? written.pool.minNodes;
  const down = withReplacements(input, survey, unneeded, { promised, limits });
  const circumstances = { pace, mode: input.pool.mode, missing: input.demandMissing, down };
  const decided = memo.decided(wishes, circumstances, () => decide(input, survey, wishes, pace, down));
  const recheckAfter = earlier(earlier(recheckOf(input, wishes, pace), down.recheckAfter), canaryAfter(input));
  return { plan: { ...decided.plan, recheckAfter }, taken: decided.taken, unserved };
}

function decide(input: PlanInput, survey: Survey, wishes: Wishes, pace: Pace, down: ScaleDown): Decided {
  const up = scaleUp(input, survey, wishes, pace);
  const acts = { creates: up.creates, recalls: [...up.recalls, ...released(input)], removals: down.removals };
  return {
    plan: {
      ...acts,
      desiredNodes: desiredOf(survey, up, down),
      unsatisfiable: survey.unsatisfiable,
      limited: up.limited,
      decision: {
        what: whatWords(acts, input.pool.mode === 'Observe'),
        why: whyWords(input, survey, up, down),
        reason: reasonOf(input, acts, up),
      },
      journal: journalOf(input, survey, up, down),
      roundRobin: up.roundRobin,
    },
    taken: up.taken,
  };
}

/** Milliseconds until the next server may be tried where the last ones did not join. */
function canaryAfter({ clouds, now }: PlanInput): number | undefined {
  const ends = clouds.flatMap(({ canary }) => canary?.until ?? []).filter((at) => at > now);
  return ends.length === 0 ? undefined : Math.min(...ends) - now;
}

function unmoved(plan: Plan): Planned {
  return { plan, taken: new Map(), unserved: 0 };
}

function desiredOf({ size, staying }: Survey, up: ScaleUp, down: ScaleDown): number {
  return Math.max(size.min, Math.min(size.max, staying - down.removals.length + up.wanted));
}

/** Deletion is the later word: it is carried out for a paused pool too, since nothing could ever unpause it. */
function planDeletion(input: PlanInput, survey: Survey): Plan {
  const down = removeAll(input, survey);
  const why = ['the pool is being deleted', ...down.kept.map(({ message }) => message)].join('; ');
  const acts = { creates: [], recalls: [], removals: down.removals };
  return {
    ...idlePlan(input, 0, why, 'Deleting'),
    removals: down.removals,
    decision: { what: whatWords(acts, input.pool.mode === 'Observe'), why, reason: 'Deleting' },
    journal: journalOf(input, survey, undefined, down),
  };
}

function earlier(a: number | undefined, b: number | undefined): number | undefined {
  if (a === undefined || b === undefined) return a ?? b;
  return Math.min(a, b);
}
