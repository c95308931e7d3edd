/** All checks, one after the other where they use each other's answers, side by side where they do not. */
import { keyOf, type EhosCloud, type EhosNodePool } from '../../api/resources.ts';
import { systemClock } from '../../base/clock.ts';
import { systemRandom } from '../../base/random.ts';
import type { MasterFacts } from '../../condor/master.ts';
import { inCluster, scopeOf, type Cluster } from '../connect.ts';
import { paintFor } from '../style.ts';
import { rendered } from '../output.ts';
import type { CheckOptions } from '../check.ts';
import { checkCloud, type OpenCloud } from './cloud.ts';
import { Checking } from './context.ts';
import { dryRun } from './dry-run.ts';
import { checkKubernetes } from './kubernetes.ts';
import { count, wordsOf, type Line } from './line.ts';
import { checkMaster } from './master.ts';
import { missingField, readManifests, type Manifest } from './manifests.ts';
import { overlay, subjectsOf, type Subjects } from './objects.ts';
import { checkPool } from './pool.ts';
import { checkText } from './text.ts';

/** Exit code when something has failed. */
const FAILED = 2;

export interface CheckReport {
  result: 'OK' | 'WARN' | 'FAIL';
  lines: Line[];
}

export async function runCheck(options: CheckOptions): Promise<void> {
  const lines = await checkLines(options);
  const failed = count(lines, 'FAIL') > 0;
  const warned = count(lines, 'WARN') > 0;
  const report: CheckReport = { result: failed ? 'FAIL' : warned ? 'WARN' : 'OK', lines };
  const paint = paintFor(process.stdout, process.env);
  process.stdout.write(rendered(options.output, report, (shown) => checkText(shown, paint)));
  if (failed || (options.strict && warned)) process.exitCode = FAILED;
}

export async function checkLines(options: CheckOptions): Promise<Line[]> {
  if (!options.kubernetes) return await linesOf(options, undefined);
  return await inCluster(options, async (cluster) => await linesOf(options, cluster));
}

async function linesOf(options: CheckOptions, cluster: Cluster | undefined): Promise<Line[]> {
  const scope = cluster ? scopeOf(cluster, options) : (options.namespace ?? 'default');
  // before anything is asked: a file that cannot be read is no finding
  const { known, others } = await readManifests(options.file ?? [], scope ?? 'default');
  if (others.length > 0) process.stderr.write(`ehos: left to kubectl: ${others.join(', ')}\n`);
  const kubernetes = cluster && (await checkKubernetes(cluster, { scope, account: options.operatorAccount }));
  const reachable = kubernetes?.reachable === true ? cluster : undefined;
  const checking = new Checking(
    overlay(known, reachable?.client),
    systemClock,
    systemRandom,
    new AbortController().signal,
  );
  try {
    const applied = reachable ? await dryRun(reachable, known) : [];
    await checkObjects(checking, whole(checking, known), reachable, scope);
    return [...(kubernetes?.lines ?? []), ...applied, ...checking.lines()];
  } finally {
    await checking.close();
  }
}

/** Those that have all that the checks rely on. */
function whole(checking: Checking, manifests: readonly Manifest[]): Manifest[] {
  return manifests.filter((manifest) => {
    const field = missingField(manifest);
    if (field === undefined) return true;
    const { type, object, file } = manifest;
    checking
      .about(type.kind, object)
      .fail('form', `${file}: ${field} is missing`, `kubectl explain ${type.plural}.${field.replace(/\.\d+/g, '')}`);
    return false;
  });
}

async function checkObjects(
  checking: Checking,
  known: readonly Manifest[],
  cluster: Cluster | undefined,
  scope: string | undefined,
): Promise<void> {
  const subjects = await listed(checking, known, cluster, scope);
  if (!subjects) return;
  const open = new Map<string, OpenCloud>();
  const facts = new Map<string, MasterFacts>();
  const clouds = subjects.clouds.map(async (cloud) => {
    const found = await checkCloud(checking, cloud, poolsIn(subjects, cloud));
    if (found) open.set(keyOf(cloud), found);
  });
  const masters = subjects.masters.map(async (master) => {
    const found = await checkMaster(checking, master);
    if (found) facts.set(keyOf(master), found);
  });
  await Promise.all([...clouds, ...masters]);
  for (const pool of subjects.pools) await checkPool(checking, pool, { ...subjects, open, facts });
  if (subjects.pools.length === 0)
    checking
      .aboutAll(`pools ${scope === undefined ? 'of all namespaces' : `of namespace ${scope}`}`)
      .warn('pools', 'there is none: nothing would be scaled', 'apply an EhosNodePool, or give its file with -f');
}

async function listed(
  checking: Checking,
  known: readonly Manifest[],
  cluster: Cluster | undefined,
  scope: string | undefined,
): Promise<Subjects | undefined> {
  try {
    return await subjectsOf(known, cluster?.client, scope);
  } catch (error) {
    // without the CRDs, or the right to list
    checking.aboutAll('kubernetes').fail('objects', wordsOf(error), 'mend what is told of Kubernetes above');
    return undefined;
  }
}

function poolsIn({ pools }: Subjects, { metadata: { namespace, name } }: EhosCloud): EhosNodePool[] {
  return pools.filter(
    ({ metadata, spec }) => metadata.namespace === namespace && spec.clouds.some((entry) => entry.name === name),
  );
}
