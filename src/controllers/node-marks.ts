/** What the plans of a pool say of its nodes, as conditions of the nodes: Drifted, Expired, BlackHole. Written only when it changes. */
import { errorClassOf } from '../base/errors.ts';
import { keyOf, NODES, type EhosNode, type EhosNodeStatus } from '../api/resources.ts';
import { conditionsOf } from '../domain/conditions.ts';
import type { Verdict } from '../domain/drift.ts';
import { DRIFTED, EXPIRED } from '../domain/node-states.ts';
import type { Context } from './context.ts';
import { writeStatus } from './objects.ts';
import type { Judged } from './outdated.ts';
import { Semaphore } from './semaphore.ts';

/** Nodes that are marked after one plan: when a template changes all nodes of a pool drift at once, and few are replaced at a time. */
const MOST_MARKS = 100;
const WRITES_AT_A_TIME = 8;

export class NodeMarks {
  readonly #writes = new Semaphore(WRITES_AT_A_TIME);

  constructor(private readonly context: Context) {}

  /** Returns whether there are more. */
  async outdated(nodes: readonly EhosNode[], judged: ReadonlyMap<string, Judged>): Promise<boolean> {
    const due = nodes.filter((node) => isDue(node, judged.get(node.metadata.name)));
    await Promise.all(
      due.slice(0, MOST_MARKS).map(async (node) => {
        const { drift, expiry } = judged.get(node.metadata.name) ?? {};
        await this.#writes.run(async () => {
          await this.mark(node, { ...(drift && { [DRIFTED]: drift }), ...(expiry && { [EXPIRED]: expiry }) });
        });
      }),
    );
    return due.length > MOST_MARKS;
  }

  /** False when the node has changed or is gone: the next plan marks it. What is not so, and was not told, is not told now. */
  async mark(node: EhosNode, verdicts: Readonly<Record<string, Verdict>>): Promise<boolean> {
    const current = this.context.stores.nodes.get(keyOf(node));
    if (!current) return false;
    const status = marked(current, verdicts, this.context.clock.now());
    try {
      await writeStatus(this.context, NODES, current, status);
    } catch (error) {
      if (errorClassOf(error) === 'Conflict' || errorClassOf(error) === 'NotFound') return false;
      throw error;
    }
    this.context.wake.node(keyOf(node));
    return true;
  }
}

function marked(node: EhosNode, verdicts: Readonly<Record<string, Verdict>>, now: number): EhosNodeStatus {
  const before = node.status?.conditions ?? [];
  const inputs = Object.entries(verdicts)
    .filter(([type, { status }]) => status || before.some((one) => one.type === type))
    .map(([type, verdict]) => ({ type, ...verdict }));
  const made = conditionsOf(before, inputs, now, node.metadata.generation);
  const others = before.filter(({ type }) => !made.some((one) => one.type === type));
  // before Ready, which sums up
  const at = others.findIndex(({ type }) => type === 'Ready');
  return { ...node.status, conditions: others.toSpliced(at < 0 ? others.length : at, 0, ...made) };
}

/** A node that joined and stays, of which something else is true than its conditions say. */
function isDue({ status = {}, metadata }: EhosNode, judged: Judged | undefined): boolean {
  const gone = metadata.deletionTimestamp !== undefined || status.deleted !== undefined;
  if (!judged || gone || status.serverID === undefined) return false;
  const differs = (type: string, verdict: Verdict | undefined): boolean => {
    const shown = status.conditions?.find((one) => one.type === type);
    if (!verdict) return false;
    return shown ? shown.reason !== verdict.reason || shown.message !== verdict.message : verdict.status;
  };
  return differs(DRIFTED, judged.drift) || differs(EXPIRED, judged.expiry);
}
