/** Is Kubernetes there, with our CRDs, and who may do what? */
import { GROUP, VERSION } from '../../api/resources.ts';
import { EhosError } from '../../base/errors.ts';
import type { Cluster } from '../connect.ts';
import { operatorPods } from '../operator-pods.ts';
import { FIELD_PATHS } from '../../api/generated/field-paths.ts';
import { fieldPaths, type Schema } from './field-paths.ts';
import { Findings, wordsOf, type Line } from './line.ts';
import { ADMIN_RIGHTS, attributesOf, OPERATOR_RIGHTS, rightWords, type Right } from './permissions.ts';

/** Reviews at a time: the server's flow control need not notice. */
const AT_ONCE = 8;
const INSTALL = 'kubectl apply -f crds/';

export interface KubernetesOptions {
  scope: string | undefined;
  /** `namespace/name` of the operator's service account; undefined: that of its pods. */
  account: string | undefined;
}

/** `reachable` false: nothing else can be asked there. */
export async function checkKubernetes(
  cluster: Cluster,
  options: KubernetesOptions,
): Promise<{ lines: Line[]; reachable: boolean }> {
  const findings = new Findings('kubernetes');
  try {
    const version = (await cluster.raw.json('version', '/version')) as { gitVersion?: string };
    findings.ok('API server', `${cluster.server} answers, ${version.gitVersion ?? 'of unknown version'}`);
  } catch (error) {
    findings.fail(
      'API server',
      `${cluster.server}: ${wordsOf(error)}`,
      'check --kubeconfig or KUBECONFIG, and that you are logged in',
    );
    return { lines: findings.lines, reachable: false };
  }
  await checkCrds(cluster, findings);
  await checkUser(cluster, options, findings);
  await checkOperator(cluster, options, findings);
  return { lines: findings.lines, reachable: true };
}

interface Crd {
  spec?: { versions?: { name?: string; served?: boolean; schema?: { openAPIV3Schema?: Schema } }[] };
  status?: { conditions?: { type?: string; status?: string; message?: string }[] };
}

async function checkCrds(cluster: Cluster, findings: Findings): Promise<void> {
  for (const [plural, expected] of Object.entries(FIELD_PATHS)) {
    const name = `${plural}.${GROUP}`;
    const what = `CRD ${plural}`;
    const path = `/apis/apiextensions.k8s.io/v1/customresourcedefinitions/${name}`;
    try {
      judgeCrd(findings, what, (await cluster.raw.json(`get ${name}`, path)) as Crd, expected);
    } catch (error) {
      const words = wordsOf(error);
      const { errorClass } = error as EhosError;
      if (errorClass === 'Auth') findings.skip(what, `you may not read it: ${words}`);
      else findings.fail(what, errorClass === 'NotFound' ? 'it is not installed' : words, INSTALL);
    }
  }
}

function judgeCrd(findings: Findings, what: string, crd: Crd, expected: readonly string[]): void {
  const version = crd.spec?.versions?.find(({ name, served }) => name === VERSION && served === true);
  if (!version) {
    findings.fail(what, `it does not serve ${GROUP}/${VERSION}`, INSTALL);
    return;
  }
  const established = crd.status?.conditions?.find(({ type }) => type === 'Established');
  if (established?.status !== 'True') {
    findings.fail(
      what,
      `it is not established: ${established?.message ?? 'not yet'}`,
      'wait a moment, then check again',
    );
    return;
  }
  const there = new Set(fieldPaths(version.schema?.openAPIV3Schema ?? {}));
  const missing = expected.filter((path) => !there.has(path));
  if (missing.length > 0) {
    findings.fail(what, `it is older than this program: it lacks ${someOf(missing)}`, INSTALL);
    return;
  }
  const known = new Set(expected);
  const more = [...there].filter((path) => !known.has(path));
  if (more.length > 0) {
    findings.warn(
      what,
      `it is newer than this program: it also has ${someOf(more)}`,
      'use the ehos of the same release',
    );
    return;
  }
  findings.ok(what, `installed, with the fields of this version`);
}

const SHOWN = 3;

function someOf(paths: readonly string[]): string {
  const more = paths.length > SHOWN ? ` and ${paths.length - SHOWN} more` : '';
  return `${paths.slice(0, SHOWN).join(', ')}${more}`;
}

async function checkUser(cluster: Cluster, { scope }: KubernetesOptions, findings: Findings): Promise<void> {
  const denied = await deniedOf(cluster, ADMIN_RIGHTS, scope, undefined);
  const where = scope === undefined ? 'in all namespaces' : `in namespace ${scope}`;
  if (typeof denied === 'string') findings.skip('your permissions', denied);
  else if (denied.length === 0) findings.ok('your permissions', `you may manage EHOS ${where}`);
  else
    findings.warn(
      'your permissions',
      `you may not ${denied.map(rightWords).join(', ')} ${where}`,
      'ask an admin of the cluster for a role with these, if you need them',
    );
}

async function checkOperator(
  cluster: Cluster,
  { scope, account }: KubernetesOptions,
  findings: Findings,
): Promise<void> {
  const what = "operator's permissions";
  const pods = account === undefined ? await operatorPods(cluster) : [];
  const [pod] = pods;
  const named = account ?? (pod && `${pod.namespace}/${pod.account}`);
  if (named === undefined) {
    findings.skip(what, 'no pod of the operator is found; name its account with --operator-account NAMESPACE/NAME');
    return;
  }
  const user = `system:serviceaccount:${named.replace('/', ':')}`;
  const denied = await deniedOf(cluster, OPERATOR_RIGHTS, scope, user);
  if (typeof denied === 'string') findings.skip(what, denied);
  else if (denied.length === 0) findings.ok(what, `${named} may do all that the operator does`);
  else
    findings.fail(
      what,
      `${named} may not ${denied.map(rightWords).join(', ')}`,
      'bind it to the role in config/rbac.yaml',
    );
}

interface Review {
  status?: { allowed?: boolean };
}

/** Which of the rights somebody lacks, or why that cannot be asked. `user` undefined: whoever asks. */
async function deniedOf(
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
