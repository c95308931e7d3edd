/** Finds nodes on which jobs fail as soon as they start: watches how many each startd begins, and asks what became of them where they are many. */
import { messageOf } from '../base/errors.ts';
import { keyOf, nodeIdOf, NOT_A_BLACK_HOLE, type EhosMaster, type EhosNode } from '../api/resources.ts';
import {
  ASKED_SECONDS,
  blackHoles,
  isSuspicious,
  RELEASED,
  sampled,
  type StartsSample,
  type Suspect,
} from '../domain/black-holes.ts';
import type { Verdict } from '../domain/drift.ts';
import { BLACK_HOLE, isBlackHole } from '../domain/node-states.ts';
import { isSet } from '../domain/plan-input.ts';
import type { Context } from './context.ts';
import type { MasterSession } from './master-session.ts';
import { NodeMarks } from './node-marks.ts';

/** Between two questions about the nodes of a master, ms. */
const ASK_AGAIN = 2 * 60_000;
/** Jobs that run for so long are none that fail at once, ms. */
const RUNS_WELL = 60_000;

interface Watched {
  samples: Map<string, StartsSample[]>;
  readAt: number;
  askedAt: number;
  asking: boolean;
}

export class BlackHoleWatch {
  readonly #masters = new Map<string, Watched>();
  readonly #marks: NodeMarks;

  constructor(private readonly context: Context) {
    this.#marks = new NodeMarks(context);
  }

  /** Takes a reading in; asks in the background, for nothing waits for the answer. */
  async observe(master: EhosMaster, session: MasterSession, nodes: readonly EhosNode[]): Promise<void> {
    const watched = this.#watched(keyOf(master));
    if (session.startdsAt === undefined || session.startdsAt <= watched.readAt) return;
    watched.readAt = session.startdsAt;
    const samples = new Map<string, StartsSample[]>();
    for (const [id, { jobStarts }] of session.startds)
      if (jobStarts !== undefined)
        samples.set(id, sampled(watched.samples.get(id) ?? [], { at: session.startdsAt, starts: jobStarts }));
    watched.samples = samples;
    await this.#release(nodes);
    const suspects = this.#suspects(session, nodes, watched);
    const now = this.context.clock.now();
    if (suspects.length === 0 || watched.asking || now - watched.askedAt < ASK_AGAIN) return;
    watched.askedAt = now;
    void this.#ask(master, session, nodes, suspects, watched);
  }

  forget(masterKey: string): void {
    this.#masters.delete(masterKey);
  }

  #watched(key: string): Watched {
    const watched = this.#masters.get(key) ?? {
      samples: new Map(),
      readAt: -Infinity,
      askedAt: -Infinity,
      asking: false,
    };
    this.#masters.set(key, watched);
    return watched;
  }

  /** What an admin vouches for takes jobs again. */
  async #release(nodes: readonly EhosNode[]): Promise<void> {
    for (const node of nodes) {
      if (!isBlackHole(node.status) || !isSet(node, NOT_A_BLACK_HOLE)) continue;
      try {
        await this.#marks.mark(node, { [BLACK_HOLE]: RELEASED });
      } catch (error) {
        // tried again after the next reading, which must not fail for it
        this.context.log.debug('a node could not be released', { node: keyOf(node), message: messageOf(error) });
      }
    }
  }

  #suspects(
    session: MasterSession,
    nodes: readonly EhosNode[],
    { samples }: Watched,
  ): (Suspect & { node: EhosNode })[] {
    return nodes.flatMap((node) => {
      const startd = session.startds.get(nodeIdOf(node));
      const { status = {} } = node;
      const stays =
        status.joined !== undefined && status.drainRequested === undefined && status.lostSince === undefined;
      const vouchedFor = isSet(node, NOT_A_BLACK_HOLE) || isBlackHole(status);
      if (!startd || !stays || vouchedFor || !isSuspicious(samples.get(nodeIdOf(node)) ?? [])) return [];
      return [{ name: node.metadata.name, machine: startd.machine, node }];
    });
  }

  async #ask(
    master: EhosMaster,
    session: MasterSession,
    nodes: readonly EhosNode[],
    suspects: readonly (Suspect & { node: EhosNode })[],
    watched: Watched,
  ): Promise<void> {
    const { context } = this;
    watched.asking = true;
    try {
      const outcomes = await session.condor?.outcomes(ASKED_SECONDS, context.signal);
      if (!outcomes) return;
      const suspected = new Set(suspects.map(({ name }) => name));
      const runningElsewhere = runningWell(session, nodes, suspected, context.clock.now());
      for (const [pool, own] of byPool(suspects)) {
        const all = nodes.filter(({ spec }) => spec.poolRef.name === pool);
        const already = all.filter(({ status }) => isBlackHole(status)).length;
        const found = blackHoles({ suspects: own, outcomes, runningElsewhere, already, nodes: all.length });
        for (const { name, node } of own) await this.#mark(node, found.get(name));
      }
    } catch (error) {
      context.log.debug('what became of jobs could not be read', { master: keyOf(master), message: messageOf(error) });
    } finally {
      watched.asking = false;
    }
  }

  async #mark(node: EhosNode, verdict: Verdict | undefined): Promise<void> {
    const { context } = this;
    if (!verdict || !(await this.#marks.mark(node, { [BLACK_HOLE]: verdict }))) return;
    const { namespace = '', name } = node.metadata;
    const release = `kubectl annotate enode ${name} -n ${namespace} ${NOT_A_BLACK_HOLE}=true`;
    const note = `${verdict.message}: it takes no more jobs and is kept for you to look at; delete it, or release it: ${release}`;
    context.events.event(node, 'Warning', 'BlackHole', note);
    const pool = context.stores.pools.get(`${namespace}/${node.spec.poolRef.name}`);
    if (pool) {
      context.events.event(pool, 'Warning', 'BlackHole', `${name}: ${note}`);
      context.wake.pool(keyOf(pool));
    }
    context.log.warn('jobs fail on a node as soon as they start', { node: keyOf(node), message: verdict.message });
  }
}

/** Jobs that have run for a while on other nodes. */
function runningWell(
  session: MasterSession,
  nodes: readonly EhosNode[],
  suspected: ReadonlySet<string>,
  now: number,
): number {
  let jobs = 0;
  for (const node of nodes) {
    const startd = session.startds.get(nodeIdOf(node));
    const since = startd?.slotsChangedAt ?? now;
    if (startd && !suspected.has(node.metadata.name) && now - since >= RUNS_WELL) jobs += startd.dynamicSlots;
  }
  return jobs;
}

function byPool<T extends { node: EhosNode }>(suspects: readonly T[]): Map<string, T[]> {
  const pools = new Map<string, T[]>();
  for (const suspect of suspects) {
    const { name } = suspect.node.spec.poolRef;
    pools.set(name, [...(pools.get(name) ?? []), suspect]);
  }
  return pools;
}
