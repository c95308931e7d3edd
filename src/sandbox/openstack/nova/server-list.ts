/** `GET /servers` and `/servers/detail`: filters, order, pages. */
import { json, novaError } from '../reply.ts';
import type { Reply } from '../reply.ts';
import type { Server } from '../state.ts';
import { pageOf } from './call.ts';
import type { NovaCall } from './call.ts';
import { checkKnownParameters, isServerParameter, SORT_KEYS } from './server-list-schema.ts';
import { briefView, detailView, statusOf } from './server-view.ts';

export function listServers(call: NovaCall, detail: boolean): Reply {
  const { project, exchange, version, base } = call;
  const { query } = exchange;
  checkKnownParameters(query, version);
  const found = sorted(filtered(call, candidates(call)), query);
  const resource = detail ? 'servers/detail' : 'servers';
  const { page, links } = pageOf(
    call,
    resource,
    found,
    (server) => server.id,
    (marker) => `marker [${marker}] not found`,
    (name) => isServerParameter(name, version),
  );
  const servers = page.map((server) =>
    detail ? detailView(server, { project, version, base }) : briefView(server, base),
  );
  return json(200, links ? { servers, servers_links: links } : { servers });
}

/** The servers that are, newest first; with `changes-since` also those that were. */
function candidates({ project, exchange }: NovaCall): Server[] {
  const since = exchange.query.get('changes-since');
  const alive = [...project.servers.values()].reverse();
  if (since === null) return alive;
  const at = Date.parse(since);
  if (Number.isNaN(at)) {
    throw novaError(
      400,
      `Invalid input for query parameters changes-since. Value: ${since}. '${since}' is not a 'date-time'`,
    );
  }
  const all = [...alive, ...project.deletedServers].sort((a, b) => b.sequence - a.sequence);
  // Nova keeps whole seconds
  return all.filter(({ updated }) => Math.floor(updated / 1000) * 1000 >= at);
}

type Keep = (server: Server) => boolean;

/** Each filter that a member may use; all others, `metadata` and `host` among them, are silently ignored (measured). */
function filtered({ exchange, version }: NovaCall, servers: Server[]): Server[] {
  const { query } = exchange;
  const keeps: Keep[] = [];
  const use = (name: string, make: (value: string) => Keep): void => {
    const value = query.get(name);
    if (value !== null) keeps.push(make(value));
  };
  if (isTruthy(query.get('all_tenants'))) {
    throw novaError(403, "Policy doesn't allow os_compute_api:servers:index:get_all_tenants to be performed.");
  }
  use('name', nameFilter);
  use('reservation_id', (value) => (server) => server.reservationId === value);
  use('image', (value) => (server) => server.imageId === value);
  use('flavor', (value) => (server) => server.flavor.id === value);
  const statuses = query.getAll('status').map((status) => status.toUpperCase());
  if (statuses.length > 0) keeps.push(statusFilter(statuses));
  if (version >= 26) {
    use('tags', (value) => (server) => value.split(',').every((tag) => server.tags.includes(tag)));
    use('tags-any', (value) => (server) => value.split(',').some((tag) => server.tags.includes(tag)));
    use('not-tags', (value) => (server) => !value.split(',').every((tag) => server.tags.includes(tag)));
    use('not-tags-any', (value) => (server) => !value.split(',').some((tag) => server.tags.includes(tag)));
  }
  if (version >= 83) {
    use('key_name', (value) => (server) => server.keyName === value);
    use('availability_zone', (value) => (server) => server.zone === value);
    use('vm_state', (value) => (server) => server.vmState === value);
    use('task_state', (value) => (server) => server.taskState === value);
    use('user_id', (value) => (server) => server.userId === value);
  }
  return servers.filter((server) => keeps.every((keep) => keep(server)));
}

function isTruthy(value: string | null): boolean {
  return value !== null && /^(1|t|true|on|y|yes)$/i.test(value);
}

/** MySQL's REGEXP: anywhere in the name, letters of either case. */
function nameFilter(value: string): Keep {
  let pattern: RegExp;
  try {
    pattern = new RegExp(value, 'i');
  } catch {
    throw novaError(400, `Invalid input for query parameters name. Value: ${value}. '${value}' is not a 'regex'`);
  }
  return (server) => pattern.test(server.name);
}

const STATUSES = new Set(
  (
    'ACTIVE BUILD DELETED ERROR HARD_REBOOT MIGRATING PASSWORD PAUSED REBOOT REBUILD RESCUE RESIZE REVERT_RESIZE ' +
    'SHELVED SHELVED_OFFLOADED SHUTOFF SOFT_DELETED SUSPENDED UNKNOWN VERIFY_RESIZE'
  ).split(' '),
);

function statusFilter(statuses: string[]): Keep {
  if (statuses.some((status) => !STATUSES.has(status))) throw novaError(400, 'Invalid status value');
  if (statuses.includes('DELETED')) throw novaError(403, 'Only administrators may list deleted instances');
  return (server) => statuses.includes(statusOf(server));
}

/** By `sort_key` and `sort_dir`; newest first without. Equal keys keep the order of making, in the same direction. */
function sorted(servers: Server[], query: URLSearchParams): Server[] {
  const key = query.get('sort_key');
  if (key === null) return servers;
  if (!(SORT_KEYS as readonly string[]).includes(key)) {
    const allowed = SORT_KEYS.map((name) => `'${name}'`).join(', ');
    throw novaError(
      400,
      `Invalid input for query parameters sort_key. Value: ${key}. '${key}' is not one of [${allowed}]`,
    );
  }
  const direction = query.get('sort_dir') ?? 'desc';
  if (direction !== 'asc' && direction !== 'desc') {
    throw novaError(400, "Invalid input received: Unknown sort direction, must be 'desc' or 'asc'");
  }
  const sign = direction === 'asc' ? 1 : -1;
  return [...servers].sort((a, b) => sign * (compare(valueOf(a, key), valueOf(b, key)) || a.sequence - b.sequence));
}

function compare(a: string | number, b: string | number): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function valueOf(server: Server, key: string): string | number {
  switch (key) {
    case 'display_name':
      return server.name;
    case 'uuid':
      return server.id;
    case 'updated_at':
      return server.updated;
    case 'launched_at':
      return server.launched ?? 0;
    case 'vm_state':
      return server.vmState;
    case 'key_name':
      return server.keyName ?? '';
    default:
      return server.sequence;
  }
}
