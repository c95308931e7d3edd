/** Questions about identity and rights. The sandbox knows one user, who may do everything. */
import { isObject, type JsonObject } from '../json.ts';
import { fieldInvalid, invalid, methodNotAllowed, unknownPath } from '../status.ts';
import type { Cluster } from '../storage/cluster.ts';
import { storeKey } from '../storage/cluster.ts';
import { notFound } from '../status.ts';
import { serviceAccounts } from '../builtin/core.ts';
import { parseBody } from './bodies.ts';
import { jsonAnswer, type Answer, type ApiRequest } from './request.ts';

const SANDBOX_USER = { username: 'sandbox-admin', groups: ['system:masters', 'system:authenticated'] };

/** A kind that is asked and answered at once, and stored nowhere. */
export interface ReviewKind {
  group: string;
  plural: string;
  kind: string;
  namespaced: boolean;
}

const AUTHORIZATION = 'authorization.k8s.io';
const AUTHENTICATION = 'authentication.k8s.io';

export const REVIEWS: ReviewKind[] = [
  { group: AUTHENTICATION, plural: 'selfsubjectreviews', kind: 'SelfSubjectReview', namespaced: false },
  { group: AUTHENTICATION, plural: 'tokenreviews', kind: 'TokenReview', namespaced: false },
  { group: AUTHORIZATION, plural: 'localsubjectaccessreviews', kind: 'LocalSubjectAccessReview', namespaced: true },
  { group: AUTHORIZATION, plural: 'selfsubjectaccessreviews', kind: 'SelfSubjectAccessReview', namespaced: false },
  { group: AUTHORIZATION, plural: 'selfsubjectrulesreviews', kind: 'SelfSubjectRulesReview', namespaced: false },
  { group: AUTHORIZATION, plural: 'subjectaccessreviews', kind: 'SubjectAccessReview', namespaced: false },
];

/** The answer to a review, or undefined when the path names none. */
export function reviewAnswer(cluster: Cluster, request: ApiRequest): Answer | undefined {
  const token = /^\/api\/v1\/namespaces\/([^/]+)\/serviceaccounts\/([^/]+)\/token$/.exec(request.path);
  if (token) return tokenAnswer(cluster, request, token[1] ?? '', token[2] ?? '');
  const match = /^\/apis\/([^/]+)\/v1\/(?:namespaces\/[^/]+\/)?([^/]+)$/.exec(request.path);
  const review = match && REVIEWS.find((known) => known.group === match[1] && known.plural === match[2]);
  if (!review) return undefined;
  if (request.method !== 'POST') throw methodNotAllowed();
  const body = parseBody(request, review.kind);
  const given: JsonObject = isObject(body) ? body : {};
  return jsonAnswer(201, {
    kind: review.kind,
    apiVersion: `${review.group}/v1`,
    metadata: review.kind === 'SelfSubjectReview' ? { creationTimestamp: cluster.timestamp() } : {},
    ...(given.spec === undefined ? {} : { spec: given.spec }),
    status: statusOf(review.kind),
  });
}

function statusOf(kind: string): JsonObject {
  switch (kind) {
    case 'SelfSubjectReview':
      return { userInfo: SANDBOX_USER };
    case 'TokenReview':
      return { authenticated: true, user: SANDBOX_USER };
    case 'SelfSubjectRulesReview':
      return {
        resourceRules: [{ verbs: ['*'], apiGroups: ['*'], resources: ['*'] }],
        nonResourceRules: [{ verbs: ['*'], nonResourceURLs: ['*'] }],
        incomplete: false,
      };
    default:
      return { allowed: true };
  }
}

/** Seconds; the real server's least. */
const MIN_TOKEN_LIFE = 600;
const DEFAULT_TOKEN_LIFE = 3600;

/** A token that opens nothing: the sandbox asks for none. */
function tokenAnswer(cluster: Cluster, request: ApiRequest, namespace: string, name: string): Answer {
  if (request.method !== 'POST') throw unknownPath();
  const account = cluster.store(serviceAccounts).get(storeKey(namespace, name));
  if (!account) throw notFound(serviceAccounts, name);
  const body = parseBody(request, 'TokenRequest');
  const spec: JsonObject = isObject(body) && isObject(body.spec) ? body.spec : {};
  const seconds = typeof spec.expirationSeconds === 'number' ? spec.expirationSeconds : DEFAULT_TOKEN_LIFE;
  if (seconds < MIN_TOKEN_LIFE) {
    const cause = fieldInvalid('spec.expirationSeconds', seconds, 'may not specify a duration less than 10 minutes');
    throw invalid({ group: AUTHENTICATION, plural: 'tokenrequests', kind: 'TokenRequest' }, '', [cause]);
  }
  const expirationTimestamp = new Date(cluster.clock.now() + seconds * 1000).toISOString().replace(/\.\d+Z$/, 'Z');
  return jsonAnswer(201, {
    kind: 'TokenRequest',
    apiVersion: `${AUTHENTICATION}/v1`,
    metadata: { name, namespace, uid: account.object.metadata.uid, creationTimestamp: cluster.timestamp() },
    spec: {
      audiences: ['https://kubernetes.default.svc.cluster.local'],
      ...spec,
      expirationSeconds: seconds,
      boundObjectRef: null,
    },
    status: { token: `sandbox.${cluster.uuid()}`, expirationTimestamp },
  });
}
