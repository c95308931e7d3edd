/** Lets booting nodes into the pool: approves the token requests that match a server of ours which has not joined yet. */
import { parseDuration } from '../base/duration.ts';
import { errorClassOf } from '../base/errors.ts';
import { keyOf, nodeIdentity, NODES, type EhosMaster, type EhosNode } from '../api/resources.ts';
import { decideApprovals, type ApprovalNode } from '../domain/approval.ts';
import { TOKEN_APPROVED } from '../domain/node-states.ts';
import { conditionsOf } from '../domain/conditions.ts';
import type { TokenRequest } from '../domain/snapshots.ts';
import type { Context } from './context.ts';
import type { MasterSession } from './master-session.ts';
import { writeStatus } from './objects.ts';

/** Refused requests that are told one by one at a poll. */
const MOST_TOLD = 10;

export class Approver {
  constructor(private readonly context: Context) {}

  async approve(
    master: EhosMaster,
    session: MasterSession,
    requests: TokenRequest[],
    nodes: EhosNode[],
  ): Promise<void> {
    const { context } = this;
    const { condor, facts } = session;
    if (!condor || !facts) return;
    const lifetime =
      parseDuration(master.spec.nodeCredentials?.lifetime ?? '720h', 'spec.nodeCredentials.lifetime') / 1000;
    // a server that was adopted may have jobs, and whoever makes such a record chooses its id
    const own = nodes.filter(({ spec }) => spec.adopts === undefined);
    const candidates = own.map((node) => approvalNode(node, facts.trustDomain, session));
    const { approve, refused } = decideApprovals(requests, candidates, lifetime);
    // jobs can make a thousand of them
    if (refused.length > MOST_TOLD)
      context.log.warn('more token requests were not approved', { master: keyOf(master), requests: refused.length });
    for (const { id, peer, reason } of refused.slice(0, MOST_TOLD)) {
      context.log.warn('token request not approved', { master: keyOf(master), request: id, peer, reason });
      context.events.event(master, 'Warning', 'TokenRequestRefused', `request from ${peer}: ${reason}`);
    }
    const keys = new Map(nodes.map((node) => [node.metadata.uid ?? '', keyOf(node)]));
    const recorded: string[] = [];
    for (const { id, node } of approve) if (await this.#record(keys.get(node.uid) ?? '')) recorded.push(id);
    if (recorded.length === 0) return;
    for (const [id, { approved, message }] of await condor.approveTokenRequests(recorded, context.signal))
      if (!approved)
        context.log.warn('token request could not be approved', { master: keyOf(master), request: id, message });
  }

  /**
   * Writes down that the node may join from now on, before it may. The write fails if the node's removal was recorded
   * meanwhile, and the other way round, so that one of the two always knows of the other.
   */
  async #record(key: string): Promise<boolean> {
    const { context } = this;
    const node = context.stores.nodes.get(key);
    if (!node || isLeaving(node)) return false;
    const message = 'its token request was approved';
    const joined = { type: 'Joined', status: false, reason: TOKEN_APPROVED, message };
    const others = (node.status?.conditions ?? []).filter((condition) => condition.type !== 'Joined');
    const [condition] = conditionsOf(node.status?.conditions, [joined], context.clock.now(), node.metadata.generation);
    if (!condition) return false;
    const launched = others.findIndex((other) => other.type === 'Launched') + 1;
    const conditions = others.toSpliced(launched, 0, condition);
    try {
      await writeStatus(context, NODES, node, { ...node.status, conditions });
      return true;
    } catch (error) {
      // the request stays listed: the next poll decides again
      if (errorClassOf(error) === 'Conflict' || errorClassOf(error) === 'NotFound') return false;
      throw error;
    }
  }
}

function isLeaving(node: EhosNode): boolean {
  return (
    node.metadata.deletionTimestamp !== undefined ||
    node.status?.drainRequested !== undefined ||
    node.status?.deleted !== undefined
  );
}

function approvalNode(node: EhosNode, trustDomain: string, session: MasterSession): ApprovalNode {
  const uid = node.metadata.uid ?? '';
  return {
    uid,
    identity: `${nodeIdentity(uid)}@${trustDomain}`,
    addresses: node.status?.addresses ?? [],
    joined: node.status?.joined !== undefined || session.startds.has(uid),
    leaving: isLeaving(node),
  };
}
