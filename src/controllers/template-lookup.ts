/**
 * Looks up what a pool's template names, in each of its clouds, before anything is planned: nothing is made that could not be launched.
 * What an admin must mend is told apart from what may be well at the next look.
 */
import { EhosError, messageOf } from '../base/errors.ts';
import { sleep } from '../base/clock.ts';
import type { EhosCloud, EhosNodePool } from '../api/resources.ts';
import type { ResolvedTemplate } from '../cloud/backend.ts';
import { whatThereIs } from '../cloud/openstack-lookup.ts';
import { mergeTemplate, type MergedTemplate } from '../domain/templates.ts';
import type { CloudSession } from './cloud-session.ts';
import type { Context } from './context.ts';
import { isForAdmin, problemOf } from './problem.ts';

export interface Lookup {
  template: ResolvedTemplate | undefined;
  /** What an admin must mend. Beside a template: some of the flavors do not exist. */
  invalid: string | undefined;
  /** Why it could not be looked up now. */
  unknown: string | undefined;
}

type PoolCloud = EhosNodePool['spec']['clouds'][number];

/** One cloud that is slow must not hold up those that answer: it is looked up on meanwhile, and found at a later look, ms. */
const PATIENCE = 10_000;

export async function lookUp(
  context: Context,
  pool: EhosNodePool,
  entry: PoolCloud,
  cloud: EhosCloud,
  session: CloudSession,
): Promise<Lookup> {
  const done = new AbortController();
  const slow = async (): Promise<Lookup> => {
    await sleep(context.clock, PATIENCE, done.signal).catch(() => undefined);
    return { template: undefined, invalid: undefined, unknown: 'the cloud is slow to say what the template names' };
  };
  try {
    return await Promise.race([ask(context, pool, entry, cloud, session), slow()]);
  } finally {
    done.abort();
  }
}

async function ask(
  context: Context,
  pool: EhosNodePool,
  entry: PoolCloud,
  cloud: EhosCloud,
  { backend, snapshot }: CloudSession,
): Promise<Lookup> {
  const merged = mergeTemplate(pool, entry, cloud);
  const place = (field: string): string => placeOf(field, pool, entry, cloud);
  try {
    const template = await backend?.resolve(merged, context.signal);
    const known = snapshot && [...snapshot.flavors.keys()];
    const invalid = known && missingFlavors(merged, known, place('flavors'));
    return { template, invalid, unknown: undefined };
  } catch (error) {
    const where = error instanceof EhosError && error.field !== undefined ? place(error.field) : '';
    const message = where + messageOf(error);
    return isForAdmin(problemOf(error, true))
      ? { template: undefined, invalid: message, unknown: undefined }
      : { template: undefined, invalid: undefined, unknown: message };
  }
}

function missingFlavors({ flavors }: MergedTemplate, known: string[], place: string): string | undefined {
  const missing = flavors.filter((flavor) => !known.includes(flavor)).map((flavor) => `"${flavor}"`);
  if (missing.length === 0) return undefined;
  return `${place}flavors: the cloud has no flavor ${missing.join(', ')}: ${whatThereIs(known)}`;
}

/** Where a field of the merged template was written: in the pool's entry for the cloud, its template, or the cloud's defaults. */
function placeOf(field: string, pool: EhosNodePool, entry: PoolCloud, cloud: EhosCloud): string {
  const key = field.split(/[.[]/, 1)[0] ?? '';
  if (key in entry) return `spec.clouds[${pool.spec.clouds.indexOf(entry)}].`;
  if (key in (pool.spec.template ?? {})) return 'spec.template.';
  if (key in (cloud.spec.defaults ?? {})) return `EhosCloud "${cloud.metadata.name}": spec.defaults.`;
  return 'spec.template.';
}
