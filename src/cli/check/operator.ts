/** The operator in the cluster, if it runs there: is it ready, is it alone, and may it do what it does? */
import { errorClassOf } from '../../base/errors.ts';
import { LEASE_NAME } from '../cluster.ts';
import type { Cluster } from '../connect.ts';
import { operatorPods, type LeasePlace, type OperatorPod } from '../operator-pods.ts';
import { wordsOf, type Findings } from './line.ts';
import { operatorRights, rightWords } from './permissions.ts';
import { deniedOf } from './reviews.ts';

interface OperatorOptions {
  scope: string | undefined;
  /** `namespace/name` of its service account; undefined: that of its pods. */
  account: string | undefined;
}

export async function checkOperator(
  cluster: Cluster,
  { scope, account }: OperatorOptions,
  findings: Findings,
): Promise<void> {
  const pods = await operatorPods(cluster);
  if (pods.length > 0) {
    await checkReady(cluster, pods, findings);
    checkReleases(pods, findings);
  }
  await checkRights(cluster, { scope, account }, pods, findings);
}

/** Its own words, where it is not ready. */
async function checkReady({ raw }: Cluster, pods: readonly OperatorPod[], findings: Findings): Promise<void> {
  const what = 'operator';
  const notReady: string[] = [];
  for (const { namespace, name, port } of pods) {
    try {
      await raw.text(`readiness of pod ${name}`, `/api/v1/namespaces/${namespace}/pods/${name}:${port}/proxy/readyz`);
    } catch (error) {
      if (errorClassOf(error) === 'Auth') {
        findings.skip(what, `you may not ask it: ${wordsOf(error)}`);
        return;
      }
      notReady.push(wordsOf(error));
    }
  }
  const names = pods.map(({ namespace, name }) => `${namespace}/${name}`).join(', ');
  if (notReady.length === 0) findings.ok(what, `${names}: ready`);
  else findings.fail(what, notReady.join('; '), 'ehos logs --level warn says more');
}

/** Each release has a leader of its own, and two leaders would both make nodes. */
function checkReleases(pods: readonly OperatorPod[], findings: Findings): void {
  const releases = [...new Set(pods.map(({ namespace, release }) => `${namespace}/${release}`))];
  if (releases.length > 1)
    findings.warn(
      'releases',
      `${releases.join(' and ')} are installed`,
      'let each serve namespaces of its own, or remove all but one',
    );
}

async function checkRights(
  cluster: Cluster,
  { scope, account }: OperatorOptions,
  pods: readonly OperatorPod[],
  findings: Findings,
): Promise<void> {
  const what = "operator's permissions";
  const pod = pods.find((one) => account === undefined || account === accountOf(one));
  const named = account ?? (pod && accountOf(pod));
  if (named === undefined) {
    findings.skip(what, 'no pod of the operator is found; name its account with --operator-account NAMESPACE/NAME');
    return;
  }
  const user = `system:serviceaccount:${named.replace('/', ':')}`;
  const lease = pod ? pod.lease : leaseBeside(named);
  const denied = await deniedOf(cluster, operatorRights(lease), scope, user);
  if (typeof denied === 'string') findings.skip(what, denied);
  else if (denied.length === 0) findings.ok(what, `${named} may do all that the operator does`);
  else
    findings.fail(
      what,
      `${named} may not ${denied.map(rightWords).join(', ')}`,
      'bind it to the role in config/rbac.yaml',
    );
}

function accountOf({ namespace, account }: OperatorPod): string {
  return `${namespace}/${account}`;
}

/** Where it will be when no pod runs yet that says so. */
function leaseBeside(account: string): LeasePlace {
  const [namespace = ''] = account.split('/');
  return { namespace, name: LEASE_NAME };
}
