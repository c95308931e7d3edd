/** A server as it is in the moment the API accepts it. */
import type { Server } from '../state.ts';

type Given =
  | 'sequence'
  | 'id'
  | 'name'
  | 'hostname'
  | 'description'
  | 'userId'
  | 'created'
  | 'zone'
  | 'imageId'
  | 'flavor'
  | 'keyName'
  | 'metadata'
  | 'tags'
  | 'configDrive'
  | 'userData'
  | 'nics'
  | 'securityGroupIds'
  | 'bootVolume'
  | 'blankVolumes'
  | 'reservationId'
  | 'groupId'
  | 'schedulerHints';

export function newServer(given: Pick<Server, Given>): Server {
  return {
    ...given,
    updated: given.created,
    launched: undefined,
    terminated: undefined,
    buildRequest: true,
    vmState: 'building',
    taskState: 'scheduling',
    powerState: 0,
    host: undefined,
    zoneShown: true,
    volumes: [],
    portIds: [],
    addressesShown: false,
    fault: undefined,
    locked: false,
    lockedReason: null,
    lockedByAdmin: false,
    actions: [],
  };
}

/** Nova's default host name for a server's name (nova.utils.sanitize_hostname). */
export function hostnameFor(name: string): string {
  return name
    .replace(/[ _]/g, '-')
    .replace(/[^\w.-]+/g, '')
    .toLowerCase()
    .replace(/^[.-]+|[.-]+$/g, '')
    .slice(0, 63);
}

/** Appends to the record of what was done to a server. */
export function recordAction(server: Server, action: string, requestId: string, projectId: string, at: number): void {
  server.actions.push({ action, requestId, userId: server.userId, projectId, at, updated: at, message: null });
}
