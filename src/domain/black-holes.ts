/**
 * A node on which jobs fail as soon as they start takes one after the other, and so empties the queue: a black hole. That jobs are short is
 * no fault, and neither is that they fail wherever they run: a node is called one only if nearly all of its jobs failed at once while those
 * of other nodes did not. It then takes no more, and stays for an admin to look at.
 */
import type { Verdict } from './drift.ts';

export interface MachineOutcomes {
  /** Jobs that failed within seconds, or did not even begin. */
  bad: number;
  /** Jobs that ended well. */
  good: number;
}

/** So many starts within the window are worth a question. */
const MANY_STARTS = 10;
export const WINDOW = 5 * 60_000;
/** What is asked for: jobs that ended within this time, s. */
export const ASKED_SECONDS = 15 * 60;

/** Failures that are no accident, and their share of a node's jobs. */
const LEAST_BAD = 10;
const SHARE_BAD = 0.9;
/** Others do well if they have so many good ones, and no more than this share is bad. */
const LEAST_GOOD = 5;
const SHARE_BAD_ELSEWHERE = 0.5;
/** No more of a pool are cordoned: then it is not the nodes. */
const MOST_OF_POOL = 0.3;

/** JobStarts of a startd when it was read. */
export interface StartsSample {
  at: number;
  starts: number;
}

/** Adds a sample, and drops what is older than the window but for the last. A counter that fell is that of a startd that was restarted. */
export function sampled(before: readonly StartsSample[], next: StartsSample): StartsSample[] {
  const last = before.at(-1);
  if (last && next.starts < last.starts) return [next];
  const all = [...before, next];
  const holds = all.findLastIndex(({ at }) => at <= next.at - WINDOW);
  return all.slice(Math.max(0, holds));
}

export function isSuspicious(samples: readonly StartsSample[]): boolean {
  const [first] = samples;
  const last = samples.at(-1);
  return first !== undefined && last !== undefined && last.starts - first.starts >= MANY_STARTS;
}

export interface Suspect {
  name: string;
  machine: string;
}

export interface Evidence {
  suspects: readonly Suspect[];
  /** By machine. */
  outcomes: ReadonlyMap<string, MachineOutcomes>;
  /** Jobs that run on nodes that are no suspects, and have for a while. */
  runningElsewhere: number;
  /** Nodes of the pool that are called black holes already, and all of it. */
  already: number;
  nodes: number;
}

/** Those that are, by name, the worst first. */
export function blackHoles({ suspects, outcomes, runningElsewhere, already, nodes }: Evidence): Map<string, Verdict> {
  const judged = suspects
    .map(({ name, machine }) => ({ name, ...(outcomes.get(machine.toLowerCase()) ?? { bad: 0, good: 0 }) }))
    .filter(({ bad, good }) => bad >= LEAST_BAD && bad >= SHARE_BAD * (bad + good))
    .sort((a, b) => b.bad - a.bad || (a.name < b.name ? -1 : 1));
  const accused = new Set(suspects.filter(({ name }) => judged.some((one) => one.name === name)).map(machineOf));
  let [bad, good] = [0, runningElsewhere];
  for (const [machine, found] of outcomes)
    if (!accused.has(machine)) {
      bad += found.bad;
      good += found.good;
    }
  const elsewhereWell = good >= LEAST_GOOD && bad <= SHARE_BAD_ELSEWHERE * (bad + good);
  if (!elsewhereWell) return new Map();
  const room = Math.max(0, Math.max(1, Math.floor(MOST_OF_POOL * nodes)) - already);
  return new Map(judged.slice(0, room).map((one) => [one.name, verdict(one, bad, good)]));
}

function machineOf({ machine }: Suspect): string {
  return machine.toLowerCase();
}

function verdict({ bad, good }: MachineOutcomes, badElsewhere: number, goodElsewhere: number): Verdict {
  const here = `${bad} of ${bad + good} jobs failed there as soon as they started`;
  const elsewhere = `elsewhere ${badElsewhere} of ${badElsewhere + goodElsewhere}`;
  return { status: true, reason: 'JobsFailAtOnce', message: `${here}, ${elsewhere}` };
}

export const RELEASED: Verdict = { status: false, reason: 'Released', message: 'an admin has released it' };
