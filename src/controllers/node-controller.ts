/** Carries out what the life cycle decides for each EhosNode: records first, then acts, then looks again. */
import { errorClassOf, messageOf } from '../base/errors.ts';
import { parseDuration } from '../base/duration.ts';
import { keyOf, nodeIdOf, NODES, type EhosNode } from '../api/resources.ts';
import type { CloudBackend } from '../cloud/backend.ts';
import { decideNode } from '../domain/lifecycle.ts';
import type { CloudView, MasterView, NodeAction, NodeDecision, NodeObservation } from '../domain/lifecycle-types.ts';
import type { CloudController } from './cloud-controller.ts';
import type { CloudSession } from './cloud-session.ts';
import type { MasterSession } from './master-session.ts';
import { CONSOLE_LINES, howFarItCame } from './console-tail.ts';
import type { Context, Requeue } from './context.ts';
import { methodOf, pollIntervalOf, type MasterController } from './master-controller.ts';
import { NodeActions } from './node-actions.ts';
import { boundViews } from './node-binding.ts';
import { NodeClosure } from './node-closure.ts';
import { Launcher } from './node-launch.ts';
import { NodeLessons } from './node-lessons.ts';
import { NodeTimes } from './node-times.ts';
import { gracePeriodOf, mustLeave, type Surroundings } from './node-surroundings.ts';
import { ensureFinalizer, writeStatus } from './objects.ts';

/** A first look at a cloud or master takes no longer; both wake their nodes when they were read. */
const FIRST_LOOK = 5_000;

/** A node is looked at again at least so often, and at most twice as seldom, ms: in case a wake-up was lost. */
const SAFETY_NET = 5 * 60_000;

export class NodeController {
  readonly times = new NodeTimes();
  readonly #launcher: Launcher;
  readonly #actions: NodeActions;
  readonly #lessons: NodeLessons;
  readonly #closure: NodeClosure;
  readonly #launches = new Set<Promise<void>>();

  constructor(
    private readonly context: Context,
    private readonly clouds: CloudController,
    private readonly masters: MasterController,
  ) {
    this.#launcher = new Launcher(context);
    this.#actions = new NodeActions(context);
    this.#lessons = new NodeLessons(context);
    this.#closure = new NodeClosure(context);
  }

  async reconcile(key: string): Promise<Requeue> {
    const { context } = this;
    const node = context.stores.nodes.get(key);
    if (!node) return undefined;
    const around = this.#surroundings(node);
    if (this.#isEarly(around)) return { afterMs: FIRST_LOOK };
    const decision = decideNode(this.#observation(node, around));
    try {
      return await this.#carryOut(node, around, decision);
    } catch (error) {
      // someone wrote first, or it is gone: what is there now decides
      if (errorClassOf(error) === 'Conflict') return { afterMs: 500 };
      if (errorClassOf(error) === 'NotFound') return undefined;
      throw error;
    }
  }

  /**
   * Its cloud or its master is being looked at for the first time since the start. What is not known yet would be told in the status of
   * every node, and taken back a moment later: two writes for each of thousands (measured).
   */
  #isEarly({ cloud, cloudObject, masterSession, master }: Surroundings): boolean {
    const first = (session: CloudSession | MasterSession | undefined): boolean =>
      session?.snapshot === undefined && session?.problem === undefined;
    return (cloudObject !== undefined && first(cloud)) || (master !== undefined && first(masterSession));
  }

  #surroundings(node: EhosNode): Surroundings {
    const { stores } = this.context;
    const key = (name: string): string => `${node.metadata.namespace ?? ''}/${name}`;
    return {
      pool: stores.pools.get(key(node.spec.poolRef.name)),
      master: stores.masters.get(key(node.spec.masterRef.name)),
      cloudObject: stores.clouds.get(key(node.spec.cloudRef.name)),
      cloud: this.clouds.session(key(node.spec.cloudRef.name)),
      masterSession: this.masters.session(key(node.spec.masterRef.name)),
    };
  }

  #observation(node: EhosNode, around: Surroundings): NodeObservation {
    const { pool, master, cloud, masterSession } = around;
    const { context } = this;
    const { settings } = context;
    const now = context.clock.now();
    const uid = node.metadata.uid ?? '';
    const noCloud: CloudView = {
      fresh: false,
      observedAt: undefined,
      vms: [],
      problem: `EhosCloud "${node.spec.cloudRef.name}" is not known`,
    };
    const noMaster: MasterView = {
      fresh: false,
      observedAt: undefined,
      collectorWarm: false,
      startd: undefined,
      problem: `EhosMaster "${node.spec.masterRef.name}" is not known`,
      massLost: undefined,
    };
    const mode = pool?.spec.mode ?? 'Active';
    const bootTimeout = pool
      ? parseDuration(pool.spec.bootTimeout ?? '15m', 'spec.bootTimeout')
      : settings.lifecycle.bootTimeout;
    return {
      now,
      node,
      ...boundViews(
        node,
        cloud?.view(nodeIdOf(node), now, settings.cloudSyncInterval) ?? noCloud,
        master && masterSession
          ? masterSession.view(nodeIdOf(node), now, pollIntervalOf(master), settings.nodeUpdateInterval * 1000)
          : noMaster,
        context.stores.nodes,
      ),
      launching: this.#launcher.isLaunching(uid),
      joinNeedsApproval: master !== undefined && methodOf(master) === 'Approve',
      hold: mode === 'Active' ? undefined : `its pool is in mode ${mode}`,
      mustLeave: mustLeave(node, around),
      gracePeriod: gracePeriodOf(pool),
      drainProblem: this.#actions.drainProblem(uid),
      deleteProblem: this.#actions.deleteProblem(uid),
      calledOffUntil: this.#actions.calledOffUntil(uid),
      confirmedAt: this.#actions.confirmation(uid)?.at,
      doubt: this.#actions.confirmation(uid)?.doubt,
      closureProblem: this.#closure.problem(uid),
      settings: { ...settings.lifecycle, bootTimeout },
    };
  }

  async #carryOut(seen: EhosNode, around: Surroundings, decision: NodeDecision): Promise<Requeue> {
    const { action } = decision;
    if (action.do === 'Launch') return this.#startLaunch(seen, around);
    const { context } = this;
    const told = await this.#withConsole(decision, around);
    const { status, events } = told;
    const held = seen.metadata.deletionTimestamp === undefined ? await ensureFinalizer(context, NODES, seen) : seen;
    const node = await writeStatus(context, NODES, held, status);
    this.times.observe(seen, status);
    for (const { type, reason, note } of events) this.#actions.tell(node, around, type, reason, note);
    this.#lessons.lived(seen, around, told);
    const again = await this.#act(node, around, action);
    const afterMs = Math.min(again ?? Infinity, decision.requeueAfter ?? Infinity);
    // spread out, so that thousands that were listed together are not looked at together
    return { afterMs: Math.min(afterMs, SAFETY_NET * (1 + context.random.next())) };
  }

  /** A node that did not join is told with how far its server came, while the server is still there to be asked. */
  async #withConsole(decision: NodeDecision, { cloud }: Surroundings): Promise<NodeDecision> {
    const { failure, status } = decision;
    if (failure?.kind !== 'BootTimeout' || status.serverID === undefined) return decision;
    let tail: string;
    try {
      tail = howFarItCame((await cloud?.backend?.console(status.serverID, CONSOLE_LINES, this.context.signal)) ?? '');
    } catch (error) {
      tail = `its console cannot be read: ${messageOf(error)}`;
    }
    const events = decision.events.map((event) =>
      event.reason === 'BootTimeout' ? { ...event, note: `${event.note}; ${tail}` } : event,
    );
    return { ...decision, events, status: { ...status, fault: `${status.fault ?? failure.message}; ${tail}` } };
  }

  /** Returns when to look again, ms. */
  async #act(node: EhosNode, around: Surroundings, action: NodeAction): Promise<number | undefined> {
    switch (action.do) {
      case 'None':
      case 'Launch':
        return undefined;
      case 'Find':
        return await this.#actions.find(node, around);
      case 'Drain':
        return await this.#actions.drain(node, around, action.slotName, action.reason);
      case 'Cordon':
        return await this.#actions.cordon(node, around, action.slotName, action.reason);
      case 'Vacate':
        return await this.#actions.vacate(node, around, action.slotName, action.reason);
      case 'CancelDrain':
        return await this.#actions.cancelDrain(node, around, action.slotName);
      case 'GiveAddress':
        return await this.#closure.giveAddress(node, around);
      case 'AskAgain':
        return await this.#actions.askAgain(node, around);
      case 'DeleteServers': {
        const ids = await this.#closure.own(node, around, action.ids);
        return ids.length === 0 ? 10_000 : await this.#actions.deleteServers(node, around, ids);
      }
      case 'ConfirmGone': {
        const vm = await around.cloud?.backend?.get(action.id, this.context.signal);
        // one that is only kept for a while, in case somebody wants it back, is deleted too
        const there = vm !== undefined && vm.state !== 'Deleted';
        if (there || !around.cloud?.backend) return 10_000;
        return (await this.#closure.clear(node, around)) ?? (await this.#actions.removeRecord(node, around));
      }
      case 'RemoveRecord':
        return await this.#actions.removeRecord(node, around);
    }
  }

  /** Waits until the launches under way have ended. */
  async settled(): Promise<void> {
    await Promise.all(this.#launches);
  }

  /** In the background: creates wait for their turn, and must not keep the workers from drains and deletions. */
  #startLaunch(node: EhosNode, around: Surroundings): Requeue {
    const { cloud, masterSession } = around;
    if (!cloud?.backend || !masterSession?.facts) return { afterMs: 5_000 };
    const launch = this.#launch(node, around, cloud, cloud.backend)
      .catch((error: unknown) => {
        // someone wrote first: ordinary, and asked again from what is there then
        const level = errorClassOf(error) === 'Conflict' ? 'debug' : 'warn';
        this.context.log[level]('launch could not be recorded', { node: keyOf(node), error });
      })
      .then(() => this.context.wake.node(keyOf(node), 1_000))
      .finally(() => this.#launches.delete(launch));
    this.#launches.add(launch);
    return undefined;
  }

  async #launch(node: EhosNode, around: Surroundings, cloud: CloudSession, backend: CloudBackend): Promise<void> {
    const outcome = await this.#launcher.launch(node, around, cloud, backend);
    switch (outcome.kind) {
      case 'Refused':
      case 'NotAsked':
        // nothing exists in its name: the record goes, and the pool decides anew with what was learned
        this.#lessons.notMade(node, around, cloud, outcome);
        this.#actions.tell(
          node,
          around,
          'Warning',
          'CreateFailed',
          `${node.spec.flavor} on ${node.spec.cloudRef.name}: ${messageOf(outcome.error)}`,
        );
        await this.#actions.removeRecord(outcome.node, around);
        return;
      case 'Unknown':
        this.#lessons.notMade(node, around, cloud, outcome);
        this.#actions.tell(
          node,
          around,
          'Warning',
          'CreateUnanswered',
          `${messageOf(outcome.error)}; looking for the server by its tag`,
        );
        return;
      case 'Launched':
        around.masterSession?.cooldowns.succeed(node.spec.poolRef.name, 'Joined');
        this.#actions.tell(
          node,
          around,
          'Normal',
          'Launched',
          `server ${outcome.id} (${node.spec.flavor}) on ${node.spec.cloudRef.name}`,
        );
        this.context.wake.cloud(`${node.metadata.namespace ?? ''}/${node.spec.cloudRef.name}`, 2_000);
    }
  }
}
