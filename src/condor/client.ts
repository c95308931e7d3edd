/** The master over a remote shell: each operation is one round trip, or says how many. */
import { CallMeter } from '../base/call-meter.ts';
import { systemClock, type Clock } from '../base/clock.ts';
import { EhosError, errorClassOf, messageOf } from '../base/errors.ts';
import type { ScriptStep } from '../base/remote-script.ts';
import type { RemoteShell } from '../base/remote-shell.ts';
import type { MachineOutcomes } from '../domain/black-holes.ts';
import type { MasterSnapshot } from '../domain/snapshots.ts';
import { dropAds } from './ads.ts';
import * as commands from './commands.ts';
import { drainOutcome, isSlotName, vacate } from './drain.ts';
import { explain } from './explain.ts';
import { lastHeard } from './last-heard.ts';
import type { CondorMaster, DrainOutcome, ExplainedJobs, LastHeard, MasterFacts } from './master.ts';
import { obtainToken } from './obtain-token.ts';
import { outcomes } from './outcomes.ts';
import { pollSteps, readPoll, type PollOptions } from './poll.ts';
import { probe } from './probe.ts';
import { runSteps, type Answers } from './round-trip.ts';
import { SlotMemory } from './slot-memory.ts';
import { approvalOutcome, isRequestId } from './token-requests.ts';

/** As which a round trip is counted. */
type Command =
  | 'probe'
  | 'poll'
  | 'last-heard'
  | 'drain'
  | 'cordon'
  | 'vacate'
  | 'cancel-drain'
  | 'invalidate-ads'
  | 'approve'
  | 'obtain-token'
  | 'explain'
  | 'outcomes'
  | 'reschedule';

export class CondorMasterClient implements CondorMaster {
  readonly #shell: RemoteShell;
  readonly #clock: Clock;
  readonly #slots = new SlotMemory();
  #negotiator: string | undefined;
  readonly #meter: CallMeter;
  #commands = 0;

  /** `meter`: where commands are counted, so that a count outlives the connection. */
  constructor(shell: RemoteShell, dependencies: { clock?: Clock; meter?: CallMeter } = {}) {
    this.#shell = shell;
    this.#clock = dependencies.clock ?? systemClock;
    this.#meter = dependencies.meter ?? new CallMeter();
  }

  /** Two round trips: where the certificates are, and what is in them. */
  probe(signal?: AbortSignal): Promise<MasterFacts> {
    return probe((steps) => this.#run('probe', steps, signal));
  }

  async poll(options: PollOptions, signal?: AbortSignal): Promise<MasterSnapshot> {
    for (const schedd of options.schedds) requireScheddName(schedd);
    const beganAt = this.#clock.now();
    const asked = { ...options, negotiator: this.#negotiator };
    const answers = await this.#run('poll', pollSteps(asked), signal);
    const { snapshot, negotiator } = readPoll(answers, asked, beganAt, this.#slots);
    this.#negotiator = negotiator ?? this.#negotiator;
    return snapshot;
  }

  lastHeard(nodeId: string, signal?: AbortSignal): Promise<LastHeard> {
    return lastHeard(nodeId, (steps) => this.#run('last-heard', steps, signal), this.#clock);
  }

  drainIfIdle(slotName: string, reason: string, signal?: AbortSignal): Promise<DrainOutcome> {
    return this.#drain('drain', slotName, commands.drain('drain', slotName, reason), signal);
  }

  cordon(slotName: string, reason: string, signal?: AbortSignal): Promise<DrainOutcome> {
    return this.#drain('cordon', slotName, commands.cordon('drain', slotName, reason), signal);
  }

  async vacate(slotName: string, reason: string, signal?: AbortSignal): Promise<{ jobs: string[] }> {
    requireSlotName(slotName);
    return await vacate({ slotName, reason }, (steps) => this.#run('vacate', steps, signal));
  }

  async #drain(kind: Command, slotName: string, step: ScriptStep, signal?: AbortSignal): Promise<DrainOutcome> {
    if (!isSlotName(slotName)) return { kind: 'Failed', message: noSlotName(slotName) };
    try {
      const answers = await this.#run(kind, [step], signal);
      return drainOutcome(answers.of('drain'));
    } catch (error) {
      if (signal?.aborted) throw error;
      if (!['Timeout', 'Transient'].includes(errorClassOf(error))) throw error;
      return { kind: 'Failed', message: messageOf(error) };
    }
  }

  async cancelDrain(slotName: string, signal?: AbortSignal): Promise<void> {
    requireSlotName(slotName);
    const answers = await this.#run('cancel-drain', [commands.cancelDrain('cancel-drain', slotName)], signal);
    answers.output('cancel-drain');
  }

  invalidateAds(machines: string[], signal?: AbortSignal): Promise<void> {
    return dropAds(machines, (steps) => this.#run('invalidate-ads', steps, signal));
  }

  async approveTokenRequests(
    ids: string[],
    signal?: AbortSignal,
  ): Promise<Map<string, { approved: boolean; message: string }>> {
    const wanted = [...new Set(ids)];
    const steps = wanted.filter(isRequestId).map((id) => commands.approveTokenRequest(`approve-${id}`, id));
    const answers = steps.length === 0 ? undefined : await this.#run('approve', steps, signal);
    return new Map(
      wanted.map((id) => {
        try {
          if (!answers || !isRequestId(id))
            throw new EhosError('Invalid', `${JSON.stringify(id)} is not the id of a request`);
          return [id, approvalOutcome(id, answers.of(`approve-${id}`))];
        } catch (error) {
          return [id, { approved: false, message: messageOf(error) }];
        }
      }),
    );
  }

  obtainToken(identity: string, lifetime: number, signal?: AbortSignal): Promise<string> {
    const run = (steps: ScriptStep[], own?: AbortSignal): Promise<Answers> =>
      this.#run('obtain-token', steps, own ?? signal);
    return obtainToken({ identity, lifetime }, run, this.#clock, signal);
  }

  /** Two round trips: which job, and what is said of it. */
  async explain(
    jobs: ExplainedJobs,
    options: { schedds?: string[] } = {},
    signal?: AbortSignal,
  ): Promise<{ job: string; reason: string } | undefined> {
    const schedds = options.schedds ?? [];
    schedds.forEach(requireScheddName);
    return explain(jobs, schedds, (steps) => this.#run('explain', steps, signal));
  }

  outcomes(seconds: number, signal?: AbortSignal): Promise<Map<string, MachineOutcomes>> {
    return outcomes(seconds, (steps) => this.#run('outcomes', steps, signal));
  }

  async reschedule(signal?: AbortSignal): Promise<void> {
    const answers = await this.#run('reschedule', [commands.reschedule('reschedule')], signal);
    answers.output('reschedule');
  }

  commands(): number {
    return this.#commands;
  }

  close(): void {
    this.#shell.close();
  }

  /** Whether each of the steps succeeded is for the caller to see: `ok` is a round trip. */
  #run(kind: Command, steps: ScriptStep[], signal?: AbortSignal): Promise<Answers> {
    this.#commands += 1;
    const send = (): Promise<Answers> => runSteps(this.#shell, steps, signal);
    const failure = (error: unknown): string => (errorClassOf(error) === 'Timeout' ? 'timeout' : 'error');
    return this.#meter.time(this.#clock, { kind, request: kind }, send, { answer: () => 'ok', failure });
  }
}

function noSlotName(name: string): string {
  return `${JSON.stringify(name)} is not the name of a slot`;
}

function requireSlotName(name: string): void {
  if (!isSlotName(name)) throw new EhosError('Invalid', noSlotName(name));
}

/** A name without `@` and dot would be looked up as a host; the CRD has the same pattern. */
function requireScheddName(name: string): void {
  if (/^[A-Za-z0-9][\w.@-]*$/.test(name) && /[@.]/.test(name)) return;
  const field = 'spec.condor.schedds';
  throw new EhosError(
    'Invalid',
    `${field}: ${JSON.stringify(name)} is not the name of a schedd: it needs an @ or a dot, as condor_status -schedd shows it`,
    { field },
  );
}
