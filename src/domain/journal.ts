/** What was decided and why, in words that stay the same as long as the situation does: no times, no counts that change by themselves. */
import type { Plan, PlannedCreate, PlanInput, PlannedRemoval } from './plan-types.ts';
import { totalCount } from './shapes.ts';
import type { ScaleDown } from './scale-down.ts';
import type { ScaleUp } from './scale-up.ts';
import { coresOf, type Survey } from './survey.ts';
import { count, jobsWords, namesWords, shapeWords } from './words.ts';

/** `create 3 nodes: 2 x m1.large on cloud-a, 1 x m1.small on cloud-b; remove 1 node: pool-x7k2p`. */
export function whatWords(
  creates: readonly PlannedCreate[],
  removals: readonly PlannedRemoval[],
  observe: boolean,
): string {
  const parts: string[] = [];
  if (creates.length > 0) parts.push(`create ${count(creates.length, 'node')}: ${createWords(creates)}`);
  if (removals.length > 0)
    parts.push(`remove ${count(removals.length, 'node')}: ${namesWords(removals.map(({ node }) => node))}`);
  if (parts.length === 0) return 'nothing to do';
  return `${observe ? 'would ' : ''}${parts.join('; ')}`;
}

function createWords(creates: readonly PlannedCreate[]): string {
  const kinds = new Map<string, number>();
  for (const { cloud, flavor } of creates) {
    const kind = `${flavor} on ${cloud}`;
    kinds.set(kind, (kinds.get(kind) ?? 0) + 1);
  }
  return [...kinds].map(([kind, n]) => `${n} x ${kind}`).join(', ');
}

/** The reasons, the weightiest first. */
export function whyWords(input: PlanInput, survey: Survey, up: ScaleUp, down: ScaleDown): string {
  const parts = [queueWords(input, survey)];
  parts.push(...reasonsOf(up));
  if (up.limited) parts.push(up.limited.message);
  else if (up.creates.length > 0 && !survey.size.fixed) parts.push(`maxNodes ${survey.size.max}`);
  if (survey.unsatisfiable.length > 0)
    parts.push(`${jobsWords(survey.unsatisfiable, '')} cannot be run by any flavor of the pool`);
  parts.push(...new Set(down.removals.map(({ reason }) => reason)), ...down.kept);
  return parts.join('; ');
}

/** `12 idle jobs (8 of 1 core 512 MiB, 4 of 4 cores 2 GiB) need 12 cores beyond the 4 free and 8 booting`. */
function queueWords(input: PlanInput, survey: Survey): string {
  const { demand, packing, coresFree, coresBooting } = survey;
  if (input.demand === undefined) return `the queue is not known: ${input.demandMissing ?? 'no data from HTCondor'}`;
  if (demand.length === 0)
    return survey.unsatisfiable.length > 0 ? 'no idle jobs that a node could run' : 'no idle jobs';
  const missing = coresOf(packing.rest, demand);
  const jobs = jobsWords(demand);
  const verb = totalCount(demand) === 1 ? 'needs' : 'need';
  const fit = totalCount(demand) === 1 ? 'fits' : 'fit';
  if (missing === 0)
    return `${jobs} ${fit} on ${coresFree} free and ${coresBooting} booting ${coresFree + coresBooting === 1 ? 'core' : 'cores'}`;
  if (coresFree + coresBooting === 0) return `${jobs} ${verb} ${count(missing, 'core')}, and none are free or booting`;
  return `${jobs} ${verb} ${count(missing, 'core')} beyond the ${coresFree} free and ${coresBooting} booting`;
}

/** Reasons of creates that are not for jobs: `2 nodes for minNodes 2`. */
function reasonsOf({ creates }: ScaleUp): string[] {
  const reasons = new Map<string, number>();
  for (const { reason } of creates)
    if (/^for (minNodes|spareNodes|replicas) /.test(reason)) reasons.set(reason, (reasons.get(reason) ?? 0) + 1);
  return [...reasons].map(([reason, n]) => `${count(n, 'node')} ${reason}`);
}

/** One line for each consideration, with its numbers. */
export function journalOf(input: PlanInput, survey: Survey, up: ScaleUp | undefined, down: ScaleDown): string[] {
  const { nodes, size } = survey;
  const states = `${nodes.Starting.length} booting, ${nodes.Idle.length} idle, ${nodes.Busy.length} busy, ${nodes.Leaving.length} leaving, ${nodes.Lost.length} lost`;
  const target = size.fixed
    ? `replicas ${size.min}`
    : `minNodes ${size.min}, maxNodes ${size.max}, spareNodes ${size.spare}`;
  const lines = [`${count(input.nodes.length, 'node')}: ${states}; ${target}`, queueWords(input, survey)];
  for (const cloud of input.clouds) {
    if (cloud.unavailable !== undefined) lines.push(`${cloud.name} takes no new nodes: ${cloud.unavailable}`);
    if (cloud.unknownFlavors.length > 0) lines.push(`${cloud.name} has no flavor ${cloud.unknownFlavors.join(', ')}`);
    for (const [flavor, { reason, until }] of cloud.cooldowns)
      if (until > input.now) lines.push(`${flavor} on ${cloud.name} rests: ${reason}`);
  }
  for (const group of survey.unsatisfiable)
    lines.push(`${count(group.count, 'job')} of ${shapeWords(group)} cannot be run: ${group.reason}`);
  lines.push(...(up?.journal ?? []));
  for (const { node, reason } of down.removals) lines.push(`remove ${node}: ${reason}`);
  lines.push(...down.kept);
  return lines;
}

/** A plan that does nothing. */
export function idlePlan(input: PlanInput, desiredNodes: number, why: string): Plan {
  return {
    creates: [],
    removals: [],
    desiredNodes,
    unsatisfiable: [],
    limited: undefined,
    decision: { what: 'nothing to do', why },
    journal: [why],
    roundRobin: input.roundRobin,
    recheckAfter: undefined,
  };
}
