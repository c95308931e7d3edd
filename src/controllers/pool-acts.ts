/** Carries out what was planned for a pool: records of new nodes, marks on those that are to leave, and their recall. */
import { EhosError, errorClassOf } from '../base/errors.ts';
import { randomSuffix } from '../base/random.ts';
import {
  FINALIZER,
  keyOf,
  LABEL_CLOUD,
  LABEL_POOL,
  NODES,
  POOLS,
  type EhosNode,
  type EhosNodePool,
  type EhosNodeStatus,
} from '../api/resources.ts';
import type { ResolvedTemplate } from '../cloud/backend.ts';
import { whatWords } from '../domain/journal.ts';
import type { Plan, PlannedCreate, PlannedRemoval } from '../domain/plan-types.ts';
import { toTime } from '../domain/times.ts';
import type { Context } from './context.ts';
import type { PoolAround, PoolMemory } from './fleet-view.ts';
import { templateHash } from './node-launch.ts';
import { writeStatus } from './objects.ts';
import { Semaphore } from './semaphore.ts';

/** Records of one plan that are written side by side: each has a connection to the API server of its own, which is not there for us alone. */
const WRITES_AT_A_TIME = 16;
/** Kubernetes names end at 63 characters where they become host names; a dash and five letters follow. */
const LONGEST_PREFIX = 57;

/** What a node's status says of a drain under way. */
const DRAIN_MARKS = ['drainRequested', 'drained', 'drainReason', 'unneeded', 'mustLeaveSince', 'forced'] as const;

/** What of a plan was carried out. */
export type Done = Pick<Plan, 'creates' | 'recalls' | 'removals'>;

export class PoolActs {
  readonly #writes = new Semaphore(WRITES_AT_A_TIME);
  /** Pool -> names of records whose create was not answered: they may be there, and the local copy would show it late. */
  readonly #unanswered = new Map<string, Set<string>>();

  constructor(private readonly context: Context) {}

  /** Finds out whether records whose create was not answered are there. Rejects as long as that is not known: others would be made in their place. */
  async settle(pool: EhosNodePool): Promise<void> {
    const { context } = this;
    const names = this.#unanswered.get(keyOf(pool)) ?? new Set<string>();
    for (const name of names) {
      try {
        context.remember(
          NODES,
          await context.client.get<EhosNode>(NODES, pool.metadata.namespace ?? '', name, context.signal),
        );
      } catch (error) {
        if (errorClassOf(error) !== 'NotFound') throw error;
      }
      names.delete(name);
    }
  }

  forget(poolKey: string): void {
    this.#unanswered.delete(poolKey);
  }

  /**
   * All are tried, even when one fails: the next plan must see every record that was made. Returns what was done: a node that has changed
   * since the plan was made is left to the next one. Rejects with the first failure.
   */
  async carryOut(around: PoolAround, memory: PoolMemory, plan: Plan): Promise<Done> {
    const { pool, nodes } = around;
    const byName = new Map(nodes.map((node) => [node.metadata.name, node]));
    const acted = new Set<object>();
    const each = <T extends object>(planned: readonly T[], act: (one: T) => Promise<boolean>): Promise<void>[] =>
      planned.map(
        async (one) =>
          await this.#writes.run(async () => {
            if (await act(one)) acted.add(one);
          }),
      );
    const results = await Promise.allSettled([
      ...each(plan.creates, async (create) => await this.#create(around, memory, create)),
      ...each(plan.recalls, async ({ node }) => await this.#recall(byName.get(node))),
      ...each(plan.removals, async (removal) => await this.#remove(byName.get(removal.node), removal)),
    ]);
    const done: Done = {
      creates: plan.creates.filter((one) => acted.has(one)),
      recalls: plan.recalls.filter((one) => acted.has(one)),
      removals: plan.removals.filter((one) => acted.has(one)),
    };
    this.#tell(pool, plan, done);
    const failed = results.find((result) => result.status === 'rejected');
    if (failed) throw failed.reason;
    return done;
  }

  /** One event for each kind of act, however many nodes it concerns. */
  #tell(pool: EhosNodePool, { decision }: Plan, { creates, recalls, removals }: Done): void {
    const { events, log } = this.context;
    if (creates.length + recalls.length + removals.length === 0) return;
    const { why, reason } = decision;
    log.info(whatWords({ creates, recalls, removals }, false), { pool: keyOf(pool), why, reason });
    const note = (acts: Partial<Done>): string => {
      const what = whatWords({ creates: [], recalls: [], removals: [], ...acts }, false);
      return `${what}; ${decision.why}`;
    };
    if (creates.length > 0) events.event(pool, 'Normal', 'CreatingNodes', note({ creates }));
    if (recalls.length > 0) events.event(pool, 'Normal', 'RecallingNodes', note({ recalls }));
    if (removals.length > 0) events.event(pool, 'Normal', 'RemovingNodes', note({ removals }));
  }

  /** The record of a node, with its finalizer: from here on its server cannot be forgotten. */
  async #create({ pool, templates }: PoolAround, memory: PoolMemory, create: PlannedCreate): Promise<boolean> {
    const { context } = this;
    const template = templates.get(create.cloud);
    if (!template) return false;
    const node = recordOf(pool, template, create, randomSuffix(context.random, 5));
    memory.recentCreates.push(context.clock.now());
    try {
      const made = await context.client.create(NODES, node, context.signal);
      context.remember(NODES, made);
      context.wake.node(keyOf(made));
      return true;
    } catch (error) {
      const names = this.#unanswered.get(keyOf(pool)) ?? new Set();
      if (error instanceof EhosError && error.maybeDone)
        this.#unanswered.set(keyOf(pool), names.add(node.metadata.name));
      throw error;
    }
  }

  async #remove(node: EhosNode | undefined, { reason, mustLeave = false }: PlannedRemoval): Promise<boolean> {
    if (!node || node.status?.drainRequested !== undefined) return false;
    const now = toTime(this.context.clock.now());
    const why = mustLeave ? { mustLeaveSince: now } : { unneeded: true };
    const marked = { ...node.status, drainRequested: now, drainReason: reason.slice(0, 1024), ...why };
    return await this.#mark(node, marked);
  }

  /** From here on the node is wanted; that its startd takes jobs again is seen to by the life of the node. */
  async #recall(node: EhosNode | undefined): Promise<boolean> {
    if (node?.status?.drainRequested === undefined || node.status.deleted !== undefined) return false;
    const status: EhosNodeStatus = { ...node.status };
    for (const mark of DRAIN_MARKS) Reflect.deleteProperty(status, mark);
    if (!(await this.#mark(node, status))) return false;
    this.context.events.event(node, 'Normal', 'Recalled', 'it is needed again: its drain is called off');
    return true;
  }

  /** False when the node has changed since: the next plan sees it as it is. */
  async #mark(node: EhosNode, status: EhosNodeStatus): Promise<boolean> {
    try {
      await writeStatus(this.context, NODES, node, status);
    } catch (error) {
      if (errorClassOf(error) === 'Conflict' || errorClassOf(error) === 'NotFound') return false;
      throw error;
    }
    this.context.wake.node(keyOf(node));
    return true;
  }
}

function recordOf(
  pool: EhosNodePool,
  template: ResolvedTemplate,
  { cloud, flavor, zone }: PlannedCreate,
  suffix: string,
): EhosNode {
  const { namespace = '', name, uid = '' } = pool.metadata;
  return {
    apiVersion: `${NODES.group}/${NODES.version}`,
    kind: NODES.kind,
    metadata: {
      name: `${name.slice(0, LONGEST_PREFIX)}-${suffix}`,
      namespace,
      labels: { [LABEL_POOL]: name, [LABEL_CLOUD]: cloud },
      finalizers: [FINALIZER],
      ownerReferences: [
        {
          apiVersion: `${POOLS.group}/${POOLS.version}`,
          kind: POOLS.kind,
          name,
          uid,
          controller: true,
          blockOwnerDeletion: true,
        },
      ],
    },
    spec: {
      poolRef: { name },
      cloudRef: { name: cloud },
      masterRef: { name: pool.spec.masterRef.name },
      flavor,
      ...(zone === undefined ? {} : { availabilityZone: zone }),
      image: template.imageId,
      ...closureOf(template),
      templateHash: templateHash(pool, template, flavor),
    },
  };
}

/** What is made beside the server: the record says so, that all of it is looked for when the node goes. */
function closureOf({ rootVolume, scratchVolume, floatingIP }: ResolvedTemplate): Partial<EhosNode['spec']> {
  const volumes = Number(rootVolume !== undefined) + Number(scratchVolume !== undefined);
  return {
    ...(volumes === 0 ? {} : { volumes }),
    ...(floatingIP === undefined
      ? {}
      : {
          floatingIP: {
            mode: floatingIP.mode,
            networkID: floatingIP.networkId,
            portNetworkID: floatingIP.portNetworkId,
          },
        }),
  };
}
