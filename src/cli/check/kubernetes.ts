/** Is Kubernetes there, with our CRDs, and who may do what? */
import { GROUP, NAMESPACES, VERSION } from '../../api/resources.ts';
import { errorClassOf } from '../../base/errors.ts';
import type { Cluster } from '../connect.ts';
import { FIELD_PATHS } from '../../api/generated/field-paths.ts';
import { fieldPaths, type Schema } from './field-paths.ts';
import { Findings, wordsOf, type Line } from './line.ts';
import { checkOperator } from './operator.ts';
import { ADMIN_RIGHTS, rightWords } from './permissions.ts';
import { deniedOf } from './reviews.ts';

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
  await checkNamespace(cluster, options.scope, findings);
  await checkCrds(cluster, findings);
  await checkUser(cluster, options, findings);
  await checkOperator(cluster, options, findings);
  return { lines: findings.lines, reachable: true };
}

async function checkNamespace({ client }: Cluster, scope: string | undefined, findings: Findings): Promise<void> {
  if (scope === undefined) return;
  try {
    const { metadata } = await client.get(NAMESPACES, '', scope);
    if (metadata.deletionTimestamp === undefined) findings.ok('namespace', scope);
    else findings.fail('namespace', `${scope} is being deleted, and all in it`, 'use another: -n');
  } catch (error) {
    const words = wordsOf(error);
    if (errorClassOf(error) === 'NotFound')
      findings.fail(
        'namespace',
        `there is no namespace ${scope}`,
        `kubectl create namespace ${scope}, or name another with -n`,
      );
    else findings.skip('namespace', words);
  }
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
      const errorClass = errorClassOf(error);
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
