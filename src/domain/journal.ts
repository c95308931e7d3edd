/** What was decided and why, in words that stay the same as long as the situation does: no times, no counts that change by themselves. */
import { restWords } from './obstacles.ts';
import type { DecisionReason, JournalEntry, Plan, PlannedCreate, PlanInput, PlanNodeState } from './plan-types.ts';
import type { ScaleDown } from './scale-down.ts';
import type { ScaleUp } from './scale-up.ts';
import { totalCount } from './shapes.ts';
import { coresOf, type Survey } from './survey.ts';
import { unsatisfiableWords } from './unsatisfiable.ts';
import { count, jobsWords, namesWords, shapeWords } from './words.ts';

type Acts = Pick<Plan, 'creates' | 'recalls' | 'removals'>;

/** `create 3 nodes: 2 x m1.large on cloud-a, 1 x m1.small on cloud-b; remove 1 node: pool-x7k2p`. */
export function whatWords({ creates, recalls, removals }: Acts, observe: boolean): string {
  const parts: string[] = [];
  if (recalls.length > 0)
    parts.push(`call back ${count(recalls.length, 'node')}: ${namesWords(recalls.map(({ node }) => node))}`);
  if (creates.length > 0) parts.push(`create ${count(creates.length, 'node')}: ${createWords(creates)}`);
  if (removals.length > 0)
    parts.push(`remove ${count(removals.length, 'node')}: ${namesWords(removals.map(({ node }) => node))}`);
  if (parts.length === 0) return 'nothing to do';
  return `${observe ? 'would ' : ''}${parts.join('; ')}`;
}

function createWords(creates: readonly PlannedCreate[]): string {
  const clouds = new Map<string, Map<string, number>>();
  for (const { cloud, flavor } of creates) {
    const flavors = clouds.get(cloud) ?? new Map<string, number>();
    clouds.set(cloud, flavors);
    flavors.set(flavor, (flavors.get(flavor) ?? 0) + 1);
  }
  const kinds = [...clouds].flatMap(([cloud, flavors]) => [...flavors].map(([flavor, n]) => ({ cloud, flavor, n })));
  return kinds.map(({ cloud, flavor, n }) => `${n} x ${flavor} on ${cloud}`).join(', ');
}

/** The decision in one word: what is done; if nothing is, what stands against it; else that there is enough. */
export function reasonOf(input: PlanInput, { creates, recalls, removals }: Acts, up: ScaleUp): DecisionReason {
  if (creates.length > 0) return removals.length > 0 ? 'Replace' : 'ScaleUp';
  if (recalls.length > 0) return 'Recall';
  if (removals.length > 0) return 'ScaleDown';
  if (up.limited) return up.limited.reason;
  return input.demand === undefined ? 'QueueUnknown' : 'Enough';
}

/** The reasons, the weightiest first. */
export function whyWords(input: PlanInput, survey: Survey, up: ScaleUp, down: ScaleDown): string {
  const parts = [queueWords(input, survey)];
  parts.push(...reasonsOf(up));
  if (up.limited) parts.push(up.limited.message);
  else if (up.creates.length > 0 && !survey.size.fixed) parts.push(`maxNodes ${survey.size.max}`);
  parts.push(...uncountedWords(survey));
  parts.push(...new Set(down.removals.map(({ reason }) => reason)), ...down.kept.map(({ message }) => message));
  return parts.join('; ');
}

function notStarted(jobs: number): string {
  const [verb, them] = jobs === 1 ? ['does', 'it'] : ['do', 'them'];
  return `${verb} not count for now: HTCondor did not start ${them} although room stood free`;
}

/** Jobs that wait and are no demand. */
function uncountedWords({ unsatisfiable, phantoms }: Survey): string[] {
  const parts: string[] = [];
  if (unsatisfiable.length > 0) parts.push(`${jobsWords(unsatisfiable, '')} cannot be run by any node of the pool`);
  if (phantoms.length > 0) parts.push(`${jobsWords(phantoms, '')} ${notStarted(totalCount(phantoms))}`);
  return parts;
}

/** `12 idle jobs (8 of 1 core 512 MiB, 4 of 4 cores 2 GiB) need 12 cores beyond the 4 free and 8 booting`. */
function queueWords(input: PlanInput, survey: Survey): string {
  const { demand, packing, coresFree, coresBooting } = survey;
  if (input.demand === undefined) return `the queue is not known: ${input.demandMissing ?? 'no data from HTCondor'}`;
  if (demand.length === 0) {
    const others = survey.unsatisfiable.length + survey.phantoms.length + survey.uncertain.length;
    return others > 0 ? 'no idle jobs that a node could run' : 'no idle jobs';
  }
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
  for (const { reason } of creates) reasons.set(reason, (reasons.get(reason) ?? 0) + 1);
  const others = [...reasons].filter(([reason]) => /^(for (minNodes|spareNodes|replicas) |to see )/.test(reason));
  return others.map(([reason, n]) => `${count(n, 'node')} ${reason}`);
}

const STATES: readonly [PlanNodeState, string][] = [
  ['Starting', 'booting'],
  ['Idle', 'idle'],
  ['Busy', 'busy'],
  ['Blocked', 'blocked'],
  ['Leaving', 'leaving'],
  ['Lost', 'lost'],
];

/** One line for each consideration, with its numbers. */
export function journalOf(input: PlanInput, survey: Survey, up: ScaleUp | undefined, down: ScaleDown): JournalEntry[] {
  return [
    sizeEntry(input, survey),
    queueEntry(input, survey),
    ...cloudEntries(input),
    ...uncountedEntries(survey),
    ...(up?.journal ?? []),
    ...down.removals.map(({ node, reason }): JournalEntry => ({
      kind: 'Remove',
      message: `remove ${node}: ${reason}`,
      data: { node },
    })),
    ...down.kept.map(({ message, nodes }): JournalEntry => ({ kind: 'Keep', message, data: { nodes } })),
  ];
}

function sizeEntry(input: PlanInput, { nodes, size }: Survey): JournalEntry {
  const states = STATES.map(([state, word]) => `${nodes[state].length} ${word}`).join(', ');
  const target = size.fixed
    ? `replicas ${size.min}`
    : `minNodes ${size.min}, maxNodes ${size.max}, spareNodes ${size.spare}`;
  const counts = Object.fromEntries(STATES.map(([state, word]) => [word, nodes[state].length]));
  return {
    kind: 'Nodes',
    message: `${count(input.nodes.length, 'node')}: ${states}; ${target}`,
    data: { nodes: input.nodes.length, ...counts, min: size.min, max: size.max, spare: size.spare },
  };
}

function queueEntry(input: PlanInput, survey: Survey): JournalEntry {
  const { demand, packing, coresFree, coresBooting } = survey;
  const data = {
    known: input.demand !== undefined,
    jobs: totalCount(demand),
    shapes: demand.length,
    coresMissing: coresOf(packing.rest, demand),
    coresFree,
    coresBooting,
  };
  return { kind: 'Queue', message: queueWords(input, survey), data };
}

function cloudEntries(input: PlanInput): JournalEntry[] {
  return input.clouds.flatMap((cloud) => {
    const lines: JournalEntry[] = [];
    const say = (kind: JournalEntry['kind'], message: string, data: JournalEntry['data']): void => {
      lines.push({ kind, message, data: { cloud: cloud.name, ...data } });
    };
    if (cloud.unavailable !== undefined)
      say('Cloud', `${cloud.name} takes no new nodes: ${cloud.unavailable}`, { available: false });
    if (cloud.unknownFlavors.length > 0) {
      const names = cloud.unknownFlavors.join(', ');
      say('Cloud', `${cloud.name} has no flavor ${names}`, { unknownFlavors: names });
    }
    for (const { name, unfit } of cloud.flavors)
      if (unfit !== undefined)
        say('Cloud', `${name} on ${cloud.name} cannot boot the image: ${unfit}`, { flavor: name });
    if (cloud.canary) say('Rest', `${cloud.name}: ${cloud.canary.reason}`, { room: cloud.canary.room });
    for (const [place, rest] of cloud.rests)
      say('Rest', `${cloud.name}: ${restWords(rest, input.now)}`, { place, flavor: rest.flavor });
    return lines;
  });
}

function uncountedEntries({ unsatisfiable, phantoms }: Survey): JournalEntry[] {
  return [
    ...unsatisfiable.map((group): JournalEntry => ({
      kind: 'Unsatisfiable',
      message: `${count(group.count, 'job')} of ${shapeWords(group)} cannot be run: ${unsatisfiableWords(group)}`,
      data: { jobs: group.count, cpus: group.cpus, memory: group.memory, disk: group.disk, gpus: group.gpus },
    })),
    ...phantoms.map((group): JournalEntry => ({
      kind: 'Phantom',
      message: phantomWords(group),
      data: { jobs: group.count, cpus: group.cpus, memory: group.memory, tries: group.tries },
    })),
  ];
}

/** `40 jobs of 1 core 512 MiB do not count: ...; of 12.0 HTCondor says: ...`. */
export function phantomWords(phantom: Survey['phantoms'][number]): string {
  const { example } = phantom;
  const says = example ? `; of ${example.job} HTCondor says: ${example.analysis}` : '';
  const where = phantom.refusedBy.join(', ');
  return `${count(phantom.count, 'job')} of ${shapeWords(phantom)} ${notStarted(phantom.count)} (${where})${says}`;
}

/** A plan that does nothing. */
export function idlePlan(input: PlanInput, desiredNodes: number, why: string, reason: DecisionReason): Plan {
  return {
    creates: [],
    recalls: [],
    removals: [],
    desiredNodes,
    unsatisfiable: [],
    limited: undefined,
    decision: { what: 'nothing to do', why, reason },
    journal: [{ kind: 'Idle', message: why, data: {} }],
    roundRobin: input.roundRobin,
    recheckAfter: undefined,
  };
}
