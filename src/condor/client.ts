/** The master over a remote shell: each operation is one round trip, or says how many. */
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
import type { CondorMaster, DrainOutcome, ExplainedJobs, MasterFacts } from './master.ts';
import { obtainToken } from './obtain-token.ts';
import { outcomes } from './outcomes.ts';
import { pollSteps, readPoll, type PollOptions } from './poll.ts';
import { probe } from './probe.ts';
import { runSteps, type Answers } from './round-trip.ts';
import { SlotMemory } from './slot-memory.ts';
import { approvalOutcome, isRequestId } from './token-requests.ts';

export class CondorMasterClient implements CondorMaster {
  readonly #shell: RemoteShell;
  readonly #clock: Clock;
  readonly #slots = new SlotMemory();
  #negotiator: string | undefined;
  #commands = 0;

  constructor(shell: RemoteShell, dependencies: { clock?: Clock } = {}) {
    this.#shell = shell;
    this.#clock = dependencies.clock ?? systemClock;
  }

  /** Two round trips: where the certificates are, and what is in them. */
  probe(signal?: AbortSignal): Promise<MasterFacts> {
    return probe((steps) => this.#run(steps, signal));
  }

  async poll(options: PollOptions, signal?: AbortSignal): Promise<MasterSnapshot> {
    for (const schedd of options.schedds) requireScheddName(schedd);
    const beganAt = this.#clock.now();
    const asked = { ...options, negotiator: this.#negotiator };
    const answers = await this.#run(pollSteps(asked), signal);
    const { snapshot, negotiator } = readPoll(answers, asked, beganAt, this.#slots);
    this.#negotiator = negotiator ?? this.#negotiator;
    return snapshot;
  }

  drainIfIdle(slotName: string, reason: string, signal?: AbortSignal): Promise<DrainOutcome> {
    return this.#drain(slotName, commands.drain('drain', slotName, reason), signal);
  }

  cordon(slotName: string, reason: string, signal?: AbortSignal): Promise<DrainOutcome> {
    return this.#drain(slotName, commands.cordon('drain', slotName, reason), signal);
  }

  async vacate(slotName: string, reason: string, signal?: AbortSignal): Promise<{ jobs: string[] }> {
    requireSlotName(slotName);
    return await vacate({ slotName, reason }, (steps) => this.#run(steps, signal));
  }

  async #drain(slotName: string, step: ScriptStep, signal?: AbortSignal): Promise<DrainOutcome> {
    if (!isSlotName(slotName)) return { kind: 'Failed', message: noSlotName(slotName) };
    try {
      const answers = await this.#run([step], signal);
      return drainOutcome(answers.of('drain'));
    } catch (error) {
      if (signal?.aborted) throw error;
      if (!['Timeout', 'Transient'].includes(errorClassOf(error))) throw error;
      return { kind: 'Failed', message: messageOf(error) };
    }
  }

  async cancelDrain(slotName: string, signal?: AbortSignal): Promise<void> {
    requireSlotName(slotName);
    const answers = await this.#run([commands.cancelDrain('cancel-drain', slotName)], signal);
    answers.output('cancel-drain');
  }

  invalidateAds(machines: string[], signal?: AbortSignal): Promise<void> {
    return dropAds(machines, (steps) => this.#run(steps, signal));
  }

  async approveTokenRequests(
    ids: string[],
    signal?: AbortSignal,
  ): Promise<Map<string, { approved: boolean; message: string }>> {
    const wanted = [...new Set(ids)];
    const steps = wanted.filter(isRequestId).map((id) => commands.approveTokenRequest(`approve-${id}`, id));
    const answers = steps.length === 0 ? undefined : await this.#run(steps, signal);
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
    return obtainToken({ identity, lifetime }, (steps, own) => this.#run(steps, own ?? signal), this.#clock, signal);
  }

  /** Two round trips: which job, and what is said of it. */
  async explain(
    jobs: ExplainedJobs,
    options: { schedds?: string[] } = {},
    signal?: AbortSignal,
  ): Promise<{ job: string; reason: string } | undefined> {
    const schedds = options.schedds ?? [];
    schedds.forEach(requireScheddName);
    return explain(jobs, schedds, (steps) => this.#run(steps, signal));
  }

  outcomes(seconds: number, signal?: AbortSignal): Promise<Map<string, MachineOutcomes>> {
    return outcomes(seconds, (steps) => this.#run(steps, signal));
  }

  async reschedule(signal?: AbortSignal): Promise<void> {
    const answers = await this.#run([commands.reschedule('reschedule')], signal);
    answers.output('reschedule');
  }

  commands(): number {
    return this.#commands;
  }

  close(): void {
    this.#shell.close();
  }

  #run(steps: ScriptStep[], signal?: AbortSignal): Promise<Answers> {
    this.#commands += 1;
    return runSteps(this.#shell, steps, signal);
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
