/** The server groups of a pool go with it, in every cloud where it may have had one; those in a cloud go with its record, too. */
import { EhosError, errorClassOf, messageOf } from '../base/errors.ts';
import type { EhosCloud, EhosNodePool, KubeObject } from '../api/resources.ts';
import type { CloudSession } from './cloud-session.ts';
import type { Context } from './context.ts';
import { serverGroupName } from './server-groups.ts';

/**
 * The clouds that the pool names are waited for. It may have had nodes in others, which were taken out of its spec since, or a policy that
 * its template has no more: nobody knows, so all of its namespace are asked, and one that does not answer does not keep the pool.
 */
export async function removeServerGroups(
  context: Context,
  pool: EhosNodePool,
  sessionOf: (cloud: string) => CloudSession | undefined,
): Promise<void> {
  const waitedFor = new Set(hasPolicy(pool) ? pool.spec.clouds.map(({ name }) => name) : []);
  // those in a cloud without a record went with the record
  for (const { name } of inNamespaceOf(pool, context.stores.clouds.list())) {
    const error = await failureOf(context, pool, sessionOf(name));
    if (error === undefined) continue;
    if (waitedFor.has(name)) {
      const why = `its server group on ${name} is not deleted yet: ${messageOf(error)}`;
      context.events.event(pool, 'Warning', 'ServerGroupStays', why);
      throw error;
    }
    context.log.warn('a cloud was not asked for a server group that the pool may have had there', {
      cloud: name,
      error,
    });
  }
}

/** No node is left in a cloud that is being deleted: are its groups gone? Without its record nobody would find them any more. */
export async function areGroupsGone(
  context: Context,
  cloud: EhosCloud,
  session: CloudSession | undefined,
): Promise<boolean> {
  // what was never reached holds nothing back
  if (!session?.backend) return true;
  const { namespace } = cloud.metadata;
  const pools = context.stores.pools.list().filter((pool) => pool.metadata.namespace === namespace && hasPolicy(pool));
  for (const pool of pools) {
    const error = await failureOf(context, pool, session);
    if (error === undefined) continue;
    const why = `the server group of pool ${pool.metadata.name} is not deleted yet: ${messageOf(error)}`;
    context.events.event(cloud, 'Warning', 'ServerGroupStays', why);
    return false;
  }
  return true;
}

const hasPolicy = ({ spec }: EhosNodePool): boolean => spec.template?.serverGroupPolicy !== undefined;

function inNamespaceOf(pool: EhosNodePool, objects: readonly KubeObject[]): KubeObject['metadata'][] {
  const { namespace } = pool.metadata;
  return objects.map(({ metadata }) => metadata).filter((metadata) => metadata.namespace === namespace);
}

/** Why the pool's group may still be there; undefined: it is not. */
async function failureOf(
  context: Context,
  pool: EhosNodePool,
  session: CloudSession | undefined,
): Promise<EhosError | undefined> {
  session?.groups.forget(pool);
  try {
    // after a restart it may be that the cloud was not reached yet: then the pool waits, as it does for servers
    if (!session?.backend)
      throw new EhosError('Transient', session?.problem?.message ?? 'the cloud was not looked at yet');
    await session.backend.deleteServerGroups(serverGroupName(pool), context.signal);
  } catch (error) {
    const errorClass = errorClassOf(error);
    if (errorClass === 'NotFound') return undefined;
    return error instanceof EhosError ? error : new EhosError(errorClass, messageOf(error));
  }
  return undefined;
}
