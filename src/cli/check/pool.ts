/** Does everything exist that a pool names? */
import { keyOf, type EhosMaster, type EhosNodePool } from '../../api/resources.ts';
import { checkWorkerData } from '../../controllers/worker-data.ts';
import { defaultSettings, type Settings } from '../../controllers/context.ts';
import { MasterSession } from '../../controllers/master-session.ts';
import { defaultLifecycleSettings } from '../../domain/lifecycle-types.ts';
import { mergeTemplate } from '../../domain/templates.ts';
import type { MasterFacts } from '../../condor/master.ts';
import type { CheckContext } from './context.ts';
import type { OpenCloud } from './cloud.ts';
import { wordsOf, type Findings } from './line.ts';
import type { Subjects } from './objects.ts';
import { lookUpAll, standInsFrom, tellFlavors, tellTemplate } from './template.ts';

export interface PoolSurroundings extends Subjects {
  /** Those that were logged in to, by key. */
  open: ReadonlyMap<string, OpenCloud>;
  /** Of masters that were logged in to, by key. */
  facts: ReadonlyMap<string, MasterFacts>;
}

export async function checkPool(context: CheckContext, pool: EhosNodePool, around: PoolSurroundings): Promise<void> {
  const findings = context.about('EhosNodePool', pool);
  const at = (name: string): string => keyOf({ metadata: { ...pool.metadata, name } });
  const master = around.masters.find((one) => keyOf(one) === at(pool.spec.masterRef.name));
  tellMaster(pool, master, around, findings);
  tellSharing(pool, around, findings);
  await tellUserData(context, pool, master, around.facts.get(at(pool.spec.masterRef.name)), findings);
  for (const entry of pool.spec.clouds) {
    const cloud = around.clouds.find((one) => keyOf(one) === at(entry.name));
    const inCloud = context.about('EhosNodePool', pool, ` in ${entry.name}`);
    if (!cloud) {
      inCloud.fail(
        'cloud',
        `there is no EhosCloud "${entry.name}" in this namespace`,
        'apply it, or name another in spec.clouds',
      );
      continue;
    }
    const open = around.open.get(keyOf(cloud));
    if (!open) {
      inCloud.skip('template', 'the cloud cannot be asked');
      continue;
    }
    const { flavors, ...template } = mergeTemplate(pool, entry, cloud);
    const found = await lookUpAll(open.backend, template, standInsFrom(open.access, context));
    tellTemplate(template, found, inCloud);
    const imageIsThere = !found.problems.some(({ field }) => field.startsWith('image'));
    tellFlavors(flavors, open.snapshot.flavors, imageIsThere ? found.resolved : undefined, inCloud);
  }
}

function tellMaster(
  pool: EhosNodePool,
  master: EhosMaster | undefined,
  { masters }: Subjects,
  findings: Findings,
): void {
  const { name } = pool.spec.masterRef;
  if (master) {
    findings.ok('master', name);
    return;
  }
  const names = masters
    .filter(({ metadata }) => metadata.namespace === pool.metadata.namespace)
    .map((one) => one.metadata.name);
  const there = names.length === 0 ? 'there is none' : `there is ${names.join(', ')}`;
  findings.fail(
    'master',
    `there is no EhosMaster "${name}" in this namespace: ${there}`,
    'apply it, or name another in spec.masterRef',
  );
}

/** Jobs that name no pool go to the pool with `jobs.default`; two of them would both make nodes for the same jobs. */
function tellSharing(pool: EhosNodePool, { pools }: Subjects, findings: Findings): void {
  if (pool.spec.jobs?.default !== true) {
    const hint = `only jobs with +EhosPool = "${pool.metadata.name}"`;
    findings.ok('jobs', hint);
    return;
  }
  const others = pools.filter(
    ({ metadata, spec }) =>
      metadata.namespace === pool.metadata.namespace &&
      metadata.name !== pool.metadata.name &&
      spec.masterRef.name === pool.spec.masterRef.name &&
      spec.jobs?.default === true,
  );
  if (others.length === 0) {
    findings.ok('jobs', 'those that name this pool, and those that name none');
    return;
  }
  const names = others.map(({ metadata }) => metadata.name).join(', ');
  findings.warn(
    'jobs',
    `${names}, too, takes the jobs that name no pool`,
    'leave jobs.default: true to one pool of a master',
  );
}

const SETTINGS: Settings = { ...defaultSettings, lifecycle: defaultLifecycleSettings };

async function tellUserData(
  context: CheckContext,
  pool: EhosNodePool,
  master: EhosMaster | undefined,
  facts: MasterFacts | undefined,
  findings: Findings,
): Promise<void> {
  if (!master || !facts) {
    findings.skip('user data', 'the master cannot be asked');
    return;
  }
  const masterSession = new MasterSession(context.random);
  masterSession.facts = facts;
  try {
    const { client, signal } = context;
    await checkWorkerData({ client, signal, settings: SETTINGS }, { pool, master, masterSession });
    findings.ok('user data', 'it can be made');
  } catch (error) {
    findings.fail('user data', wordsOf(error), 'mend the field that is named');
  }
}
