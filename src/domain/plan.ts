/**
 * The decision about one pool: which nodes are made and which are removed, and why. Pure: the same input gives the same plan,
 * whatever the order of nodes and jobs (docs/how-it-decides.md tells the rules to admins).
 */
import { idlePlan, journalOf, whatWords, whyWords } from './journal.ts';
import type { Plan, PlanInput } from './plan-types.ts';
import { removeAll, scaleDown, type ScaleDown } from './scale-down.ts';
import { scaleUp, type ScaleUp } from './scale-up.ts';
import { surveyOf, type Survey } from './survey.ts';

/** In mode Observe the plan is complete and says `would`; the caller carries nothing out. */
export function plan(input: PlanInput): Plan {
  if (input.pool.deleting) return planDeletion(input);
  const staying = input.nodes.filter((node) => node.state !== 'Leaving').length;
  if (input.pool.mode === 'Paused') return idlePlan(input, staying, 'the pool is paused (spec.mode)');
  const survey = surveyOf(input);
  const up = scaleUp(input, survey);
  const down = scaleDown(input, survey, up.unserved);
  return {
    creates: up.creates,
    removals: down.removals,
    desiredNodes: desiredOf(survey, up, down),
    unsatisfiable: survey.unsatisfiable,
    limited: up.limited,
    decision: {
      what: whatWords(up.creates, down.removals, input.pool.mode === 'Observe'),
      why: whyWords(input, survey, up, down),
    },
    journal: journalOf(input, survey, up, down),
    roundRobin: up.roundRobin,
    recheckAfter: earlier(up.recheckAfter, down.recheckAfter),
  };
}

function desiredOf({ size, staying }: Survey, up: ScaleUp, down: ScaleDown): number {
  return Math.max(size.min, Math.min(size.max, staying - down.removals.length + up.wanted));
}

/** Deletion is the later word: it is carried out for a paused pool too, since nothing could ever unpause it. */
function planDeletion(input: PlanInput): Plan {
  const survey = surveyOf(input);
  const down = removeAll(input, survey);
  const why = ['the pool is being deleted', ...down.kept].join('; ');
  return {
    ...idlePlan(input, 0, why),
    removals: down.removals,
    decision: { what: whatWords([], down.removals, input.pool.mode === 'Observe'), why },
    journal: journalOf(input, survey, undefined, down),
  };
}

function earlier(a: number | undefined, b: number | undefined): number | undefined {
  if (a === undefined || b === undefined) return a ?? b;
  return Math.min(a, b);
}
