/** The acts of a node's life after its launch, each safe to repeat: find, drain, delete, forget. */
import { errorClassOf, messageOf } from '../base/errors.ts';
import { keyOf, nodeIdOf, NODES, type EhosNode } from '../api/resources.ts';
import type { CondorMaster, LastHeard } from '../condor/master.ts';
import { isCollectorWarm } from '../domain/freshness.ts';
import { toTime } from '../domain/times.ts';
import type { Context } from './context.ts';
import type { Surroundings } from './node-surroundings.ts';
import { removeFinalizer, writeStatus } from './objects.ts';

/** Ads that cannot be dropped for this long have ended by themselves (CLASSAD_LIFETIME, 15 minutes), ms. */
const ADS_LIFETIME = 15 * 60_000;

/** A deletion that the cloud refused is asked for again after this, ms. */
const DELETE_AGAIN = 60_000;

/** A drain that was called off may still show in readings that begin within so long: its startd has to tell the collector (how soon was not measured: as long as a reading holds), ms. */
const CALL_OFF_SHOWS = 10_000;
/** A calling off whose answer is lost may take effect as late as this: the command ends after 25 s on the master, ms. */
const CALL_OFF_LATE = 60_000;

/** Jobs that are told by name. */
const MOST_JOBS = 20;

/** Numbers that are returned say when to look again, ms. */
export class NodeActions {
  /** uid -> why the last drain command failed. */
  readonly #drainProblems = new Map<string, string>();
  /** uid -> when its startd last answered a drain command, ms since the epoch. */
  readonly #drainAnswers = new Map<string, number>();

  /** uid -> until when a drain that was called off may still be seen, or end, ms since the epoch. */
  readonly #calledOffUntil = new Map<string, number>();

  /** uid -> when HTCondor was asked for it and said that it may be deleted, ms since the epoch, or why not. */
  readonly #confirmations = new Map<string, { at: number | undefined; doubt: string | undefined }>();

  /** uid -> why the cloud would not delete its server. */
  readonly #deleteProblems = new Map<string, string>();

  constructor(private readonly context: Context) {}

  /** Why the cloud would not delete its server, in words; undefined when it did. */
  deleteProblem(uid: string): string | undefined {
    return this.#deleteProblems.get(uid);
  }

  /** What HTCondor last said when it was asked for this node alone. */
  confirmation(uid: string): { at: number | undefined; doubt: string | undefined } | undefined {
    return this.#confirmations.get(uid);
  }

  /** Readings that begin before then do not prove its drain; undefined: none was called off. */
  calledOffUntil(uid: string): number | undefined {
    return this.#calledOffUntil.get(uid);
  }

  /** Why the last drain command failed, in words; undefined when it did not. */
  drainProblem(uid: string): string | undefined {
    return this.#drainProblems.get(uid);
  }

  /** Looks for the server of an unanswered create by its tag. */
  async find(node: EhosNode, { cloud }: Surroundings): Promise<number> {
    if (!cloud?.backend) return 10_000;
    const [vm] = (await cloud.backend.findByNode(nodeIdOf(node), this.context.signal)).toSorted(
      (a, b) => a.createdAt - b.createdAt,
    );
    if (!vm) return 5_000;
    const now = toTime(this.context.clock.now());
    const status = { ...node.status, serverID: vm.id, launched: now };
    this.context.events.event(node, 'Normal', 'Adopted', `found server ${vm.id} by its tag`);
    await writeStatus(this.context, NODES, node, status);
    return 0;
  }

  /** Has the startd prove that it runs nothing. */
  async drain(
    node: EhosNode,
    { masterSession, pool }: Surroundings,
    slotName: string,
    reason: string,
  ): Promise<number | undefined> {
    return await this.#ask(node, { masterSession, pool }, slotName, async (condor) => {
      const outcome = await condor.drainIfIdle(slotName, reason, this.context.signal);
      return outcome.kind === 'Failed' ? `the drain command failed: ${outcome.message}` : undefined;
    });
  }

  /** Has the startd take no more jobs. Where that would harm one of those that run, they are waited for while others may come. */
  async cordon(node: EhosNode, around: Surroundings, slotName: string, reason: string): Promise<number | undefined> {
    const unsafe = 'a job there may not be waited for by a drain, so it takes more jobs until it is idle for a moment';
    return await this.#ask(node, around, slotName, async (condor) => {
      const outcome = await condor.cordon(slotName, reason, this.context.signal);
      if (outcome.kind === 'Busy') this.#drainProblems.set(node.metadata.uid ?? '', unsafe);
      return outcome.kind === 'Failed' ? `the drain command failed: ${outcome.message}` : undefined;
    });
  }

  /** Has the startd end its jobs. That they are queued again is the schedd's doing; that they are gone shows in the next reading. */
  async vacate(node: EhosNode, around: Surroundings, slotName: string, reason: string): Promise<number | undefined> {
    return await this.#ask(node, around, slotName, async (condor) => {
      try {
        const { jobs } = await condor.vacate(slotName, reason, this.context.signal);
        const which = jobs.length === 0 ? 'its jobs' : `job${jobs.length === 1 ? '' : 's'} ${listed(jobs)}`;
        const note = `terminationGracePeriod is over: HTCondor vacates ${which}, to be queued again`;
        this.tell(node, around, 'Warning', 'JobsVacated', note);
        return undefined;
      } catch (error) {
        return `the jobs could not be vacated: ${messageOf(error)}`;
      }
    });
  }

  /** Gives a command to the startd; `act` says what went wrong. */
  async #ask(
    node: EhosNode,
    { masterSession, pool }: Pick<Surroundings, 'masterSession' | 'pool'>,
    slotName: string,
    act: (condor: CondorMaster) => Promise<string | undefined>,
  ): Promise<number | undefined> {
    const { context } = this;
    const uid = node.metadata.uid ?? '';
    // what came of the last one shows in the next reading, which wakes the node; asking again before tells nothing
    if ((this.#drainAnswers.get(uid) ?? -Infinity) >= (masterSession?.startdsAt ?? Infinity)) return undefined;
    const condor = masterSession?.condor;
    if (!condor) return undefined;
    this.#drainProblems.delete(uid);
    const problem = await act(condor);
    if (problem !== undefined) {
      this.#drainProblems.set(uid, problem);
      context.events.event(node, 'Warning', 'DrainFailed', problem);
      if (pool) context.log.warn('drain failed', { node: keyOf(node), slot: slotName, message: problem });
      return 15_000;
    }
    this.#drainAnswers.set(uid, context.clock.now());
    // the proof is the slot's own ad: read it soon, whatever the command said
    context.wake.master(`${node.metadata.namespace ?? ''}/${node.spec.masterRef.name}`);
    return undefined;
  }

  /** Has the startd take jobs again. That it does shows in the next reading; until then it is asked again. */
  async cancelDrain(node: EhosNode, { masterSession }: Surroundings, slotName: string): Promise<number | undefined> {
    const { context } = this;
    const uid = node.metadata.uid ?? '';
    if ((this.#drainAnswers.get(uid) ?? -Infinity) >= (masterSession?.startdsAt ?? Infinity)) return undefined;
    this.#calledOffUntil.set(uid, Infinity);
    try {
      await masterSession?.condor?.cancelDrain(slotName, context.signal);
      this.#calledOffUntil.set(uid, context.clock.now() + CALL_OFF_SHOWS);
    } catch (error) {
      this.#calledOffUntil.set(uid, context.clock.now() + CALL_OFF_LATE);
      context.log.warn('a drain could not be called off', { node: keyOf(node), slot: slotName, error });
      return 15_000;
    }
    this.#drainAnswers.set(uid, context.clock.now());
    context.wake.master(`${node.metadata.namespace ?? ''}/${node.spec.masterRef.name}`);
    try {
      // like a new startd, one that takes jobs again does not start a negotiation cycle by itself
      await masterSession?.condor?.reschedule(context.signal);
    } catch (error) {
      context.log.debug('no negotiation cycle could be asked for', { node: keyOf(node), error });
    }
    return undefined;
  }

  /** Asks the cloud to delete them. */
  async deleteServers(node: EhosNode, { cloud, pool }: Surroundings, ids: string[]): Promise<number> {
    if (!cloud?.backend) return 10_000;
    const uid = node.metadata.uid ?? '';
    try {
      for (const id of ids) await cloud.backend.delete(id, this.context.signal);
      this.#deleteProblems.delete(uid);
    } catch (error) {
      // a locked server, say: an admin has to hear of it, and asking again and again would not help
      const problem = `the cloud does not delete its server: ${messageOf(error)}`;
      this.#deleteProblems.set(uid, problem);
      this.tell(node, { pool }, 'Warning', 'DeleteFailed', problem);
      return DELETE_AGAIN;
    }
    this.context.events.event(
      node,
      'Normal',
      'DeletingServer',
      `server ${ids.join(', ')}: ${node.status?.drainReason ?? 'removed'}`,
    );
    this.context.wake.cloud(`${node.metadata.namespace ?? ''}/${node.spec.cloudRef.name}`, 1_000);
    return 5_000;
  }

  /** Asks HTCondor for this node alone, that it is drained or not heard of; what it says counts for some seconds. */
  async askAgain(node: EhosNode, around: Surroundings): Promise<number> {
    const { context } = this;
    const { condor } = around.masterSession ?? {};
    const askedAt = context.clock.now();
    let doubt: string | undefined;
    try {
      doubt = condor
        ? this.#doubtOf(node, around, await condor.lastHeard(nodeIdOf(node), context.signal))
        : 'HTCondor cannot be asked whether its startd has joined meanwhile';
    } catch (error) {
      context.log.warn('whether a node is heard of could not be asked', { node: keyOf(node), error });
      doubt = `HTCondor cannot be asked whether its startd has joined meanwhile: ${messageOf(error)}`;
    }
    this.#confirmations.set(
      node.metadata.uid ?? '',
      doubt === undefined ? { at: askedAt, doubt } : { at: undefined, doubt: `its server is kept: ${doubt}` },
    );
    return doubt === undefined ? 0 : 10_000;
  }

  #doubtOf(
    node: EhosNode,
    around: Surroundings,
    { heardAt, drained, collectorStartedAt }: LastHeard,
  ): string | undefined {
    const { clock, settings, wake } = this.context;
    const now = clock.now();
    if (heardAt !== undefined && now - heardAt <= settings.lifecycle.lostAfter) {
      if (drained && node.status?.drained !== undefined) return undefined;
      this.tell(node, around, 'Normal', 'HeardInTime', 'HTCondor hears of it now: its server is not deleted');
      wake.master(`${node.metadata.namespace ?? ''}/${node.spec.masterRef.name}`);
      return 'HTCondor hears of it, and it takes jobs';
    }
    return isCollectorWarm(collectorStartedAt, now, settings.nodeUpdateInterval * 1000)
      ? undefined
      : 'the collector has just started: nodes have not reported yet';
  }

  /** Nothing is left in the cloud: drop the ads (incident I26), then the record. */
  async removeRecord(node: EhosNode, { masterSession, pool }: Surroundings): Promise<number | undefined> {
    const { context } = this;
    const machine = node.status?.slotName?.replace(/^[^@]*@/, '');
    if (machine !== undefined && masterSession?.ads) {
      try {
        await masterSession.ads.drop(machine);
      } catch (error) {
        // a master that is away for long must not keep the record for ever: its ads end by themselves
        const age = context.clock.now() - Date.parse(node.status?.deleted ?? toTime(context.clock.now()));
        if (age < ADS_LIFETIME) {
          context.log.warn('ads of a deleted node could not be dropped', { node: keyOf(node), machine, error });
          return 15_000;
        }
      }
    }
    const { namespace = '', name, uid, resourceVersion } = node.metadata;
    // only what was decided upon goes: another process of the operator may have asked for its server since
    await context.client.delete(NODES, namespace, name, { uid, resourceVersion }, context.signal);
    const current = await this.#current(node);
    if (current) await removeFinalizer(context, NODES, current);
    this.#drainProblems.delete(uid ?? '');
    this.#drainAnswers.delete(uid ?? '');
    this.#calledOffUntil.delete(uid ?? '');
    this.#confirmations.delete(uid ?? '');
    this.#deleteProblems.delete(uid ?? '');
    if (pool) context.wake.pool(keyOf(pool));
    return undefined;
  }

  async #current(node: EhosNode): Promise<EhosNode | undefined> {
    const { namespace = '', name, uid } = node.metadata;
    try {
      const current = await this.context.client.get<EhosNode>(NODES, namespace, name, this.context.signal);
      return current.metadata.uid === uid ? current : undefined;
    } catch (error) {
      if (errorClassOf(error) === 'NotFound') return undefined;
      throw error;
    }
  }

  /** An event on the node, and on its pool what an admin should see there. */
  tell(
    node: EhosNode,
    { pool }: Pick<Surroundings, 'pool'>,
    type: 'Normal' | 'Warning',
    reason: string,
    note: string,
  ): void {
    const { context } = this;
    context.events.event(node, type, reason, note);
    if (type === 'Warning' && pool) context.events.event(pool, type, reason, `${node.metadata.name}: ${note}`);
    context.log[type === 'Warning' ? 'warn' : 'info'](note, { node: keyOf(node), reason });
  }
}

function listed(jobs: readonly string[]): string {
  const more = jobs.length - MOST_JOBS;
  return jobs.slice(0, MOST_JOBS).join(', ') + (more > 0 ? ` and ${more} more` : '');
}
