/** What became of the last servers of a pool in a cloud. Held by the session of the cloud; the status of the pool is how it survives a restart. */
import type { EhosNode, EhosNodePool, EhosNodePoolStatus } from '../api/resources.ts';
import type { ResolvedTemplate } from '../cloud/backend.ts';
import { breakerWords, canaryOf, failed, isOpen, type Breaker, type Canary } from '../domain/breakers.ts';
import type { ConditionInput } from '../domain/conditions.ts';
import { fromTime, toTime } from '../domain/times.ts';
import { count } from '../domain/words.ts';
import type { CloudSession } from './cloud-session.ts';
import type { Context } from './context.ts';
import { templateHash } from './node-launch.ts';

/** undefined: the last one joined, or none was made. */
export function breakerOf(session: CloudSession, pool: EhosNodePool, cloud: string): Breaker | undefined {
  const key = pool.metadata.uid ?? pool.metadata.name;
  if (!session.boots.has(key)) session.boots.set(key, inStatus(pool, cloud));
  return session.boots.get(key);
}

function inStatus({ status }: EhosNodePool, cloud: string): Breaker | undefined {
  const entry = status?.boots?.find((one) => one.cloud === cloud);
  if (!entry) return undefined;
  const { flavor, template, failures, until, reason } = entry;
  return { flavor, template, failures, until: fromTime(until) ?? 0, reason };
}

/** A server did not join, or the cloud could not build it. */
export function bootFailed(
  context: Context,
  session: CloudSession,
  pool: EhosNodePool,
  { spec: { cloudRef, flavor, templateHash: template } }: Pick<EhosNode, 'spec'>,
  reason: string,
): void {
  const before = breakerOf(session, pool, cloudRef.name);
  const after = failed(before, { flavor, template, reason }, context.random, context.clock.now());
  session.boots.set(pool.metadata.uid ?? pool.metadata.name, after);
  if (isOpen(before) || !isOpen(after)) return;
  const note = `${cloudRef.name}: ${breakerWords(after)}; the next ones are made one at a time, until one joins`;
  context.events.event(pool, 'Warning', 'BootsFailing', note);
}

/** One has joined: all is well there. */
export function bootWorks(context: Context, session: CloudSession, pool: EhosNodePool, cloud: string): void {
  const before = breakerOf(session, pool, cloud);
  session.boots.set(pool.metadata.uid ?? pool.metadata.name, undefined);
  if (isOpen(before))
    context.events.event(pool, 'Normal', 'BootsWork', `${cloud}: a server has joined: nodes are made as usual`);
}

/** A template that has changed since is tried at once. `starting`: nodes on their way there. */
export function canaryFor(
  session: CloudSession,
  pool: EhosNodePool,
  {
    cloud,
    template,
    starting,
    now,
  }: { cloud: string; template: ResolvedTemplate | undefined; starting: number; now: number },
): Canary | undefined {
  const breaker = breakerOf(session, pool, cloud);
  if (!breaker) return undefined;
  if (template && templateHash(pool, template, breaker.flavor) !== breaker.template) {
    session.boots.set(pool.metadata.uid ?? pool.metadata.name, undefined);
    return undefined;
  }
  return canaryOf(breaker, starting, now);
}

export interface Boot {
  cloud: string;
  breaker: Breaker;
}

export function bootsStatus(boots: readonly Boot[]): Pick<EhosNodePoolStatus, 'boots'> {
  if (boots.length === 0) return {};
  return {
    boots: boots.map(({ cloud, breaker: { flavor, template, failures, until, reason } }) => ({
      ...{ cloud, flavor, template, failures },
      until: toTime(until),
      reason: reason.slice(0, 1024),
    })),
  };
}

export function bootsFailing(boots: readonly Boot[]): ConditionInput {
  const type = 'BootsFailing';
  const open = boots.filter(({ breaker }) => isOpen(breaker));
  if (open.length === 0)
    return { type, status: false, reason: 'None', message: 'servers join, as far as any were made' };
  const told = open.map(
    ({ cloud, breaker }) => `${cloud}: ${breakerWords(breaker)}; the next one not before ${toTime(breaker.until)}`,
  );
  const where = count(open.length, 'cloud');
  return { type, status: true, reason: 'ServersDoNotJoin', message: `on ${where}: ${told.join('; ')}` };
}
