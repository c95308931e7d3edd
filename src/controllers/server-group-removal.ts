/** The server groups of a pool go with it, in every cloud where it may have had one. */
import { EhosError, errorClassOf, messageOf } from '../base/errors.ts';
import type { EhosNodePool } from '../api/resources.ts';
import type { CloudSession } from './cloud-session.ts';
import type { Context } from './context.ts';
import { serverGroupName } from './server-groups.ts';

/**
 * A pool that has none is spared the calls. The clouds that it names are waited for. It may have had nodes in others, which were taken out
 * of its spec since: nobody knows which, so all of its namespace are asked, and one that does not answer does not keep the pool.
 */
export async function removeServerGroups(
  context: Context,
  pool: EhosNodePool,
  sessionOf: (cloud: string) => CloudSession | undefined,
): Promise<void> {
  if (pool.spec.template?.serverGroupPolicy === undefined) return;
  const named = new Set(pool.spec.clouds.map(({ name }) => name));
  // with the record of a cloud the admin has let go of what may be left there
  const clouds = context.stores.clouds
    .list()
    .filter(({ metadata }) => metadata.namespace === pool.metadata.namespace)
    .map(({ metadata }) => metadata.name);
  for (const name of clouds) {
    const session = sessionOf(name);
    session?.groups.forget(pool);
    try {
      // after a restart it may be that the cloud was not reached yet: then the pool waits, as it does for servers
      if (!session?.backend)
        throw new EhosError('Transient', session?.problem?.message ?? 'the cloud was not looked at yet');
      await session.backend.deleteServerGroups(serverGroupName(pool), context.signal);
    } catch (error) {
      if (errorClassOf(error) === 'NotFound') continue;
      const why = `its server group on ${name} is not deleted yet: ${messageOf(error)}`;
      if (named.has(name)) {
        context.events.event(pool, 'Warning', 'ServerGroupStays', why);
        throw error;
      }
      context.log.warn('a cloud that the pool no longer names was not asked for its server group', {
        cloud: name,
        error,
      });
    }
  }
}
