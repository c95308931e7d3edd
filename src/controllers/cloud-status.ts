/** The status of an EhosCloud, from its session. */
import type { EhosCloud, EhosCloudStatus, EhosNode } from '../api/resources.ts';
import { conditionsOf, type ConditionInput } from '../domain/conditions.ts';
import type { CloudSnapshot } from '../domain/snapshots.ts';
import { fromTime, toTime } from '../domain/times.ts';
import { seenFlavors } from '../domain/yields.ts';
import type { CloudSession } from './cloud-session.ts';
import type { Problem } from './problem.ts';

/** lastSyncTime is renewed only this often while all else is unchanged: steady state writes nothing more. */
const SYNC_TIME_RENEWAL = 5 * 60_000;

/** A server of ours that is younger may have a record that is only being written. */
const ORPHAN_AGE = 10 * 60_000;

export interface Records {
  /** The uids of all EhosNodes. */
  known: ReadonlySet<string>;
  /** Those of this cloud. */
  nodes: readonly EhosNode[];
}

export function cloudStatus(
  cloud: EhosCloud,
  session: CloudSession,
  { known, nodes }: Records,
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
  const parts = [authenticated(session), synced(session, known, now), quotaAvailable(snapshot)];
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
    conditions: conditionsOf(cloud.status?.conditions, [ready, ...parts], now, cloud.metadata.generation),
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

/** Servers without a record are told and not touched: what to do with them is for an admin to say until issue 5. */
function synced({ problem, snapshot }: CloudSession, known: ReadonlySet<string>, now: number): ConditionInput {
  const type = 'Synced';
  if (problem && isRefused(problem))
    return { type, status: false, reason: 'NotAuthenticated', message: problem.message };
  if (problem)
    return { type, status: false, reason: 'TransientError', message: `${problem.message}; tried again by itself` };
  if (!snapshot) return { type, status: 'Unknown', reason: 'NotTried', message: 'not listed yet' };
  const orphans = snapshot.vms.filter((vm) => !known.has(vm.nodeUid ?? '') && now - vm.createdAt > ORPHAN_AGE);
  const volumes =
    snapshot.volumesProblem === undefined ? '' : `; the quota of volumes is not known: ${snapshot.volumesProblem}`;
  if (orphans.length === 0) return { type, status: true, reason: 'Listed', message: `listed completely${volumes}` };
  const names = orphans.slice(0, 5).map((vm) => `${vm.name} (${vm.id})`);
  const message = `listed completely; ${orphans.length} of our servers have no EhosNode and are not touched: ${names.join(', ')}${volumes}`;
  return { type, status: true, reason: 'ServersWithoutRecord', message };
}

function quotaAvailable(snapshot: CloudSnapshot | undefined): ConditionInput {
  const type = 'QuotaAvailable';
  if (!snapshot) return { type, status: 'Unknown', reason: 'NotTried', message: 'not read yet' };
  const full = Object.entries(snapshot.quota).filter(([, { limit, used }]) => limit >= 0 && used >= limit);
  if (full.length === 0) return { type, status: true, reason: 'Available', message: 'no quota is used up' };
  const names = full.map(([name, { limit, used }]) => `${name} ${used} of ${limit}`).join(', ');
  return { type, status: false, reason: 'QuotaUsedUp', message: `the quota is used up: ${names}` };
}
