/** Access reviews: may somebody do something? */
import type { Cluster } from '../connect.ts';
import { wordsOf } from './line.ts';
import { attributesOf, rightWords, type Right } from './permissions.ts';

/** Reviews at a time: the server's flow control need not notice. */
const AT_ONCE = 8;

interface Review {
  status?: { allowed?: boolean };
}

/** Which of the rights somebody lacks, or why that cannot be asked. `user` undefined: whoever asks. */
export async function deniedOf(
  cluster: Cluster,
  rights: readonly Right[],
  scope: string | undefined,
  user: string | undefined,
): Promise<Right[] | string> {
  const kind = user === undefined ? 'SelfSubjectAccessReview' : 'SubjectAccessReview';
  const denied: Right[] = [];
  const path = `/apis/authorization.k8s.io/v1/${kind.toLowerCase()}s`;
  const ask = async (right: Right): Promise<void> => {
    const spec = {
      resourceAttributes: attributesOf(right, scope),
      ...(user === undefined ? {} : { user, groups: groupsOf(user) }),
    };
    const question = { apiVersion: 'authorization.k8s.io/v1', kind, spec };
    const review = (await cluster.raw.ask(`ask for ${rightWords(right)}`, path, question)) as Review;
    if (review.status?.allowed !== true) denied.push(right);
  };
  try {
    for (let i = 0; i < rights.length; i += AT_ONCE) await Promise.all(rights.slice(i, i + AT_ONCE).map(ask));
  } catch (error) {
    return `it cannot be asked: ${wordsOf(error)}`;
  }
  return denied;
}

/** Of a service account; roles may be bound to them (Kubernetes, "Authenticating", service accounts). */
function groupsOf(user: string): string[] {
  const [, , namespace = ''] = user.split(':');
  return ['system:serviceaccounts', `system:serviceaccounts:${namespace}`, 'system:authenticated'];
}
