/** Which host takes a server: a few in each zone of a project, and what keeps a server off them. */
import { createHash } from 'node:crypto';
import type { Project, Server } from '../state.ts';

const HOSTS_PER_ZONE = 2;

export type Placement = { host: string } | { fault: string };

/**
 * A host for the server, spreading by number of servers, or the fault's text.
 * No Placement candidate and all candidates filtered out read differently (measured), down to the trailing blank.
 */
export function place(project: Project, server: Server, full: boolean): Placement {
  if (full || server.flavor.fitsNowhere === true) return { fault: 'No valid host was found. ' };
  const group = server.groupId === undefined ? undefined : project.serverGroups.get(server.groupId);
  const taken = groupHosts(project, server);
  let candidates = hostsOf(project, server.zone);
  if (group?.policy === 'anti-affinity') candidates = candidates.filter((host) => !taken.has(host));
  if (group?.policy === 'affinity' && taken.size > 0) candidates = candidates.filter((host) => taken.has(host));
  const wished = candidates.filter((host) => taken.has(host) === (group?.policy === 'soft-affinity'));
  const host = leastLoaded(project, group?.policy.startsWith('soft-') && wished.length > 0 ? wished : candidates);
  return host === undefined ? { fault: 'No valid host was found. There are not enough hosts available.' } : { host };
}

/** `compute-1`, `compute-2`; in other zones than the first `ZONE-compute-1`. */
function hostsOf({ cloud }: Project, zone: string): string[] {
  const prefix = zone === (cloud.zones[0] ?? zone) ? '' : `${zone}-`;
  return Array.from({ length: cloud.hostsPerZone ?? HOSTS_PER_ZONE }, (_, i) => `${prefix}compute-${i + 1}`);
}

function groupHosts(project: Project, server: Server): Set<string> {
  const hosts = new Set<string>();
  if (server.groupId === undefined) return hosts;
  for (const other of project.servers.values()) {
    if (other !== server && other.groupId === server.groupId && other.host !== undefined) hosts.add(other.host);
  }
  return hosts;
}

function leastLoaded(project: Project, candidates: string[]): string | undefined {
  const load = new Map(candidates.map((host) => [host, 0]));
  for (const { host } of project.servers.values()) {
    const known = load.get(host ?? '');
    if (host !== undefined && known !== undefined) load.set(host, known + 1);
  }
  return [...load].sort((a, b) => a[1] - b[1])[0]?.[0];
}

/** A host's pseudonym within a project, as Nova computes it; empty without a host. */
export function hostIdOf(projectId: string, host: string | undefined): string {
  if (host === undefined) return '';
  return createHash('sha224').update(projectId).update(host).digest('hex');
}
