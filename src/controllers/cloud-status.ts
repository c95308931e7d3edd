/** The status of an EhosCloud, from its session. */
import type { EhosCloud, EhosCloudStatus, EhosNode } from '../api/resources.ts';
import { conditionsOf, type ConditionInput } from '../domain/conditions.ts';
import type { OrphanSettings } from '../domain/orphans.ts';
import type { CloudSnapshot } from '../domain/snapshots.ts';
import { fromTime, toTime } from '../domain/times.ts';
import { seenFlavors } from '../domain/yields.ts';
import type { CloudSession } from './cloud-session.ts';
import { ORPHAN_CONDITION, orphanCondition } from './orphan-status.ts';
import type { Problem } from './problem.ts';

/** lastSyncTime is renewed only this often while all else is unchanged: steady state writes nothing more. */
const SYNC_TIME_RENEWAL = 5 * 60_000;

export interface Around {
  /** The EhosNodes of this cloud. */
  nodes: readonly EhosNode[];
  orphans: OrphanSettings;
}

export function cloudStatus(
  cloud: EhosCloud,
  session: CloudSession,
  { nodes, orphans }: Around,
  now: number,
): EhosCloudStatus {
  const { snapshot, problem, credentialExpiresAt } = session;
  const status: EhosCloudStatus = {
    ...(snapshot ? inventory(snapshot) : {}),
    ...learned(cloud, nodes, snapshot),
    ...(credentialExpiresAt === undefined ? {} : { credentialExpiresAt: toTime(credentialExpiresAt) }),
    ...syncTime(cloud.status?.lastSyncTime, snapshot?.observedAt),
    observedGeneration: cloud.metadata.generation ?? 0,
  };
  const parts = [authenticated(session), synced(session), quotaAvailable(snapshot)];
  const bad = parts.find((condition) => condition.status !== true);
  const deleting = cloud.metadata.deletionTimestamp !== undefined;
  const ready: ConditionInput = deleting
    ? { type: 'Ready', status: false, reason: 'Deleting', message: 'waits for its nodes to be drained and deleted' }
    : cloud.spec.suspend === true && !problem
      ? { type: 'Ready', status: true, reason: 'Suspended', message: 'suspended: no new servers are made here' }
      : bad
        ? { ...bad, type: 'Ready', status: bad.status === 'Unknown' ? 'Unknown' : bad.type === 'QuotaAvailable' }
        : { type: 'Ready', status: true, reason: 'Ready', message: 'authenticated and listed' };
  return {
    ...status,
    conditions: conditionsOf(
      cloud.status?.conditions,
      [ready, ...parts, ...orphanPart(cloud, session, orphans)],
      now,
      cloud.metadata.generation,
    ),
  };
}

/** What nodes were seen to give: nothing is shown before there was one. */
function learned(
  cloud: EhosCloud,
  nodes: readonly EhosNode[],
  snapshot: CloudSnapshot | undefined,
): Pick<EhosCloudStatus, 'flavors'> {
  const flavors = seenFlavors(cloud.status?.flavors ?? [], nodes, snapshot?.flavors);
  return flavors.length > 0 ? { flavors } : {};
}

/** The sync time to show: the old one until it is due for renewal. */
export function syncTime(shown: string | undefined, observedAt: number | undefined): { lastSyncTime?: string } {
  const shownAt = fromTime(shown);
  if (observedAt === undefined) return shown === undefined ? {} : { lastSyncTime: shown };
  if (shown !== undefined && shownAt !== undefined && observedAt - shownAt < SYNC_TIME_RENEWAL)
    return { lastSyncTime: shown };
  return { lastSyncTime: toTime(observedAt) };
}

function inventory(snapshot: CloudSnapshot): Pick<EhosCloudStatus, 'quota' | 'nodes' | 'foreignInstances'> {
  const count = (...states: string[]): number => snapshot.vms.filter((vm) => states.includes(vm.state)).length;
  const [booting, active, error] = [count('Booting'), count('Active'), count('Error')];
  const total = snapshot.vms.length;
  return {
    quota: snapshot.quota,
    nodes: { total, booting, active, error, other: total - booting - active - error },
    foreignInstances: snapshot.foreignInstances,
  };
}

/** Are the credentials, or the form in which they are given, what is wrong? */
export function isRefused({ errorClass, connected }: Problem): boolean {
  return errorClass === 'Auth' || (errorClass === 'Invalid' && !connected);
}

function authenticated({ problem, backend }: CloudSession): ConditionInput {
  const type = 'Authenticated';
  if (problem && isRefused(problem))
    return { type, status: false, reason: 'InvalidCredentials', message: problem.message };
  if (!backend) return { type, status: 'Unknown', reason: 'NotTried', message: problem?.message ?? 'not tried yet' };
  return { type, status: true, reason: 'Authenticated', message: 'the credential is accepted' };
}

function synced({ problem, snapshot }: CloudSession): ConditionInput {
  const type = 'Synced';
  if (problem && isRefused(problem))
    return { type, status: false, reason: 'NotAuthenticated', message: problem.message };
  if (problem)
    return { type, status: false, reason: 'TransientError', message: `${problem.message}; tried again by itself` };
  if (!snapshot) return { type, status: 'Unknown', reason: 'NotTried', message: 'not listed yet' };
  const volumes =
    snapshot.volumesProblem === undefined ? '' : `; the quota of volumes is not known: ${snapshot.volumesProblem}`;
  return { type, status: true, reason: 'Listed', message: `listed completely${volumes}` };
}

/** What was known before a restart stays until there is a new look. */
function orphanPart(
  { metadata, status }: EhosCloud,
  { orphans }: CloudSession,
  settings: OrphanSettings,
): ConditionInput[] {
  if (orphans) return [orphanCondition(metadata.name, orphans, settings)];
  const before = status?.conditions?.filter(({ type }) => type === ORPHAN_CONDITION) ?? [];
  return before.map((one) => ({ ...one, status: one.status === 'Unknown' ? one.status : one.status === 'True' }));
}

function quotaAvailable(snapshot: CloudSnapshot | undefined): ConditionInput {
  const type = 'QuotaAvailable';
  if (!snapshot) return { type, status: 'Unknown', reason: 'NotTried', message: 'not read yet' };
  const full = Object.entries(snapshot.quota).filter(([, { limit, used }]) => limit >= 0 && used >= limit);
  if (full.length === 0) return { type, status: true, reason: 'Available', message: 'no quota is used up' };
  const names = full.map(([name, { limit, used }]) => `${name} ${used} of ${limit}`).join(', ');
  return { type, status: false, reason: 'QuotaUsedUp', message: `the quota is used up: ${names}` };
}
