/** One reading of a master: which commands, and what their answers say together. */
import { EhosError, messageOf } from '../base/errors.ts';
import type { ScriptStep } from '../base/remote-script.ts';
import type { JobGroup, MasterSnapshot } from '../domain/snapshots.ts';
import { parseCollectorStart } from './collector.ts';
import {
  queryCollector,
  queryFactories,
  queryGroups,
  queryNegotiator,
  queryNegotiatorItself,
  querySlots,
  queryTime,
  queryTokenRequests,
} from './commands.ts';
import { parseFactories, parseGroups } from './queue.ts';
import type { Answers } from './round-trip.ts';
import { parseNegotiation, type Negotiation } from './negotiation.ts';
import type { SlotMemory } from './slot-memory.ts';
import { parseSlots } from './slots.ts';
import { MasterTime, parseEpochSeconds } from './times.ts';
import { parseTokenRequests } from './token-requests.ts';

export interface PollOptions {
  /** Further schedds besides the local one, by full name. */
  schedds: string[];
  tokenRequests: boolean;
  /** Where the negotiator answered at the last reading. */
  negotiator?: string | undefined;
}

export interface Reading {
  snapshot: MasterSnapshot;
  /** Where the negotiator answers, for the next reading. */
  negotiator: string | undefined;
}

/**
 * The nodes before the queue: a job that starts in between is then seen as running beside capacity that still looks free, which delays
 * a new node by one poll; the other way round it would be counted twice and make one too many.
 */
export function pollSteps(options: PollOptions): ScriptStep[] {
  return [
    queryTime('time'),
    querySlots('startds'),
    queryCollector('collector'),
    queryNegotiator('negotiator'),
    ...(options.negotiator === undefined ? [] : [queryNegotiatorItself('negotiator-itself', options.negotiator)]),
    ...scheddsOf(options).flatMap((schedd, i) => [
      queryGroups(`queue-${i}`, schedd),
      queryFactories(`factories-${i}`, schedd),
    ]),
    ...(options.tokenRequests ? [queryTokenRequests('token-requests')] : []),
  ];
}

/** `beganAt`: our clock when the commands were sent, milliseconds; `slots` knows the readings before. Throws `Transient` when not one part could be read. */
export function readPoll(answers: Answers, options: PollOptions, beganAt: number, slots: SlotMemory): Reading {
  const errors: string[] = [];
  const part = <T>(read: () => T): T | undefined => {
    try {
      return read();
    } catch (error) {
      const message = messageOf(error);
      if (!errors.includes(message)) errors.push(message);
      return undefined;
    }
  };
  const parsed = <T>(name: string, parse: (output: string) => T): T => {
    const output = answers.output(name);
    try {
      return parse(output);
    } catch (error) {
      throw new EhosError('Transient', `${name}: ${messageOf(error)}`, { cause: error });
    }
  };
  const time = (): MasterTime => parsed('time', (output) => new MasterTime(parseEpochSeconds(output), beganAt));
  const negotiation = readNegotiation(answers, time);
  const snapshot: MasterSnapshot = {
    observedAt: beganAt,
    jobs: part(() => readJobs(options, parsed)),
    startds: part(() => {
      const masterTime = time();
      return parsed('startds', (output) => slots.correct(parseSlots(output, masterTime)));
    }),
    tokenRequests: options.tokenRequests ? part(() => parsed('token-requests', parseTokenRequests)) : undefined,
    collectorStartedAt: part(() => {
      const started = parsed('collector', parseCollectorStart);
      if (started === undefined) throw new EhosError('Transient', 'collector: it has not advertised itself yet');
      return time().ours(started);
    }),
    negotiation: negotiation?.cycles,
    errors,
  };
  if ((snapshot.jobs ?? snapshot.startds ?? snapshot.tokenRequests ?? snapshot.collectorStartedAt) === undefined)
    throw new EhosError('Transient', `nothing could be read of HTCondor: ${errors.join('; ')}`);
  return { snapshot, negotiator: negotiation?.address };
}

/**
 * What the negotiator itself says, or else what it told the collector. No error when there is nothing: where CLASSAD_LIFETIME is shorter than
 * NEGOTIATOR_UPDATE_INTERVAL its ad comes and goes (measured), and it answers late while it negotiates.
 */
function readNegotiation(answers: Answers, time: () => MasterTime): Negotiation | undefined {
  const read = (name: string): Negotiation | undefined => {
    try {
      return parseNegotiation(answers.output(name), time());
    } catch {
      return undefined;
    }
  };
  const told = read('negotiator');
  const itself = read('negotiator-itself');
  const best = itself && itself.cycles.length > 0 ? itself : told;
  return best && { ...best, address: told?.address ?? best.address };
}

/** All schedds or none: a queue that is missing would look like work that is done. */
function readJobs(
  options: PollOptions,
  parsed: (name: string, parse: (output: string) => JobGroup[]) => JobGroup[],
): JobGroup[] {
  return scheddsOf(options).flatMap((schedd, i) => {
    try {
      return [...parsed(`queue-${i}`, parseGroups), ...parsed(`factories-${i}`, parseFactories)];
    } catch (error) {
      if (schedd === undefined) throw error;
      throw new EhosError('Transient', `schedd ${schedd}: ${messageOf(error)}`, { cause: error });
    }
  });
}

/** Undefined is the local one, which is always read. */
function scheddsOf(options: PollOptions): (string | undefined)[] {
  return [undefined, ...new Set(options.schedds)];
}
