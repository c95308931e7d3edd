/**
 * Which pending token requests are a node of ours asking for its own token.
 * Everything in a request but the peer's address and who authenticated is chosen by the requester, and jobs on a node can send the
 * same request as the node itself: what protects is that a node's request is approved only until its startd was first seen,
 * that is before any job can have run there (measured: facts on HTCondor, token requests).
 */
import type { TokenRequest } from './snapshots.ts';

export interface ApprovalNode {
  /** uid of the EhosNode. */
  uid: string;
  /** Identity with domain: `ehos-node-<uid>@<trust domain>`. */
  identity: string;
  /** Fixed addresses that the cloud reports for its server. */
  addresses: string[];
  /** Its startd was seen once. */
  joined: boolean;
  /** It is being removed, or its boot timeout is over. */
  leaving: boolean;
}

export interface Approvals {
  approve: { id: string; node: ApprovalNode }[];
  /** Requests that claim to be of ours and are not approved, in words for an event. */
  refused: { id: string; peer: string; reason: string }[];
}

/** The only rights that a node needs, and may have. */
const SCOPES = new Set(['ADVERTISE_STARTD', 'ADVERTISE_MASTER']);
/** What the collector writes for a requester that showed the server's certificate authority and nothing of its own. */
const ANONYMOUS = 'unauthenticated@unmapped';

/** `maxLifetime` in seconds. Requests that do not claim an identity of ours are others' business and appear in neither list. */
export function decideApprovals(requests: TokenRequest[], nodes: ApprovalNode[], maxLifetime: number): Approvals {
  const byIdentity = new Map(nodes.map((node) => [node.identity, node]));
  const result: Approvals = { approve: [], refused: [] };
  for (const request of requests) {
    const node = byIdentity.get(request.requestedIdentity);
    if (!node) {
      if (request.requestedIdentity.startsWith('ehos-node-'))
        result.refused.push({ id: request.id, peer: request.peer, reason: 'asks for the identity of no node of ours' });
      continue;
    }
    // the listing of the cloud does not show its address yet: the request stays, and the next poll decides
    if (node.addresses.length === 0 && !node.joined && !node.leaving) continue;
    const reason = objection(request, node, maxLifetime);
    if (reason === undefined) result.approve.push({ id: request.id, node });
    else result.refused.push({ id: request.id, peer: request.peer, reason });
  }
  return result;
}

function objection(request: TokenRequest, node: ApprovalNode, maxLifetime: number): string | undefined {
  if (node.joined) return 'the node has joined already: a job may be asking';
  if (node.leaving) return 'the node is being removed';
  if (request.authenticatedAs !== ANONYMOUS) return `was authenticated as another: ${request.authenticatedAs}`;
  if (!node.addresses.includes(request.peer))
    return `comes from ${request.peer}, the server has ${node.addresses.join(', ')}`;
  if (request.authorizations === undefined || request.authorizations.length === 0) return 'asks for unlimited rights';
  const excess = request.authorizations.filter((scope) => !SCOPES.has(scope));
  if (excess.length > 0) return `asks for rights that a node does not need: ${excess.join(', ')}`;
  if (request.lifetime === undefined) return 'asks for a token without end';
  if (request.lifetime <= 0 || request.lifetime > maxLifetime)
    return `asks for ${request.lifetime} s of validity, at most ${maxLifetime} s are given`;
  return undefined;
}
