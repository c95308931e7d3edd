/** Cinder v3 below /volume: volumes, types, limits. */
import type { Token, Tokens } from '../keystone/tokens.ts';
import { isObject, objectAt, parseJson, stringAt } from '../json.ts';
import { ApiError, cinderError, empty, htmlNotFound, json, middlewareUnauthorized } from '../reply.ts';
import type { Reply } from '../reply.ts';
import { Router } from '../router.ts';
import type { Exchange, Params, Service } from '../router.ts';
import type { Project, Volume } from '../state.ts';
import type { World } from '../world.ts';
import { newVolumeView, volumeView } from './volume-view.ts';
import { addVolume, DEFAULT_VOLUME_TYPE, usedGigabytes, volumeQuotaError } from './volumes.ts';

interface CinderCall {
  world: World;
  project: Project;
  token: Token;
  exchange: Exchange;
  base: string;
}

/** The default type's id need not be drawn: there is only one type. */
const DEFAULT_TYPE_ID = '9c822e5b-47d4-4741-95b2-5ff4eb6c45f4';

export class Cinder implements Service {
  readonly name = 'volume';
  readonly #world: World;
  readonly #tokens: Tokens;
  readonly #router = routes();

  constructor(world: World, tokens: Tokens) {
    this.#world = world;
    this.#tokens = tokens;
  }

  resource(method: string, path: string): string | undefined {
    return this.#router.find(method, path)?.pattern;
  }

  answer(exchange: Exchange): Reply {
    const base = `${exchange.origin}/volume`;
    const token = this.#tokens.valid(exchange.headers['x-auth-token'] as string | undefined);
    let reply: Reply;
    if (exchange.path === '/') reply = withVersion(json(300, versions(base)));
    else if (/^\/v3\/?$/.test(exchange.path)) reply = withVersion(json(200, versions(base)));
    else if (token?.project) reply = this.#route({ world: this.#world, project: token.project, token, exchange, base });
    else reply = middlewareUnauthorized(`${exchange.origin}/identity`);
    reply.headers['x-openstack-request-id'] = exchange.requestId;
    return reply;
  }

  #route(call: CinderCall): Reply {
    const found = this.#router.find(call.exchange.method, call.exchange.path);
    if (!found) return htmlNotFound();
    let reply: Reply;
    try {
      reply = found.run(call);
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      reply = error.reply;
    }
    reply.headers['x-compute-request-id'] = call.exchange.requestId;
    return withVersion(reply, call.exchange.headers['openstack-api-version']);
  }
}

/** The microversion that was asked for is repeated (measured). */
function withVersion(reply: Reply, asked: string | string[] | undefined = 'volume 3.0'): Reply {
  Object.assign(reply.headers, { 'openstack-api-version': asked, vary: 'OpenStack-API-Version' });
  return reply;
}

function versions(base: string): unknown {
  const links = [
    { rel: 'describedby', type: 'text/html', href: 'https://docs.openstack.org/' },
    { rel: 'self', href: `${base}/v3/` },
  ];
  const type = { base: 'application/json', type: 'application/vnd.openstack.volume+json;version=3' };
  const version = {
    id: 'v3.0',
    status: 'CURRENT',
    version: '3.71',
    min_version: '3.0',
    updated: '2023-08-31T00:00:00Z',
  };
  return { versions: [{ ...version, links, 'media-types': [type] }] };
}

function routes(): Router<CinderCall> {
  return new Router<CinderCall>()
    .on('GET', '/v3/{project}/volumes', (call) => listVolumes(call, false))
    .on('GET', '/v3/{project}/volumes/detail', (call) => listVolumes(call, true))
    .on('POST', '/v3/{project}/volumes', createVolume)
    .on('GET', '/v3/{project}/volumes/{id}', showVolume)
    .on('DELETE', '/v3/{project}/volumes/{id}', deleteVolume)
    .on('POST', '/v3/{project}/volumes/{id}/action', actOnVolume)
    .on('GET', '/v3/{project}/attachments', listAttachments)
    .on('GET', '/v3/{project}/types', listTypes)
    .on('GET', '/v3/{project}/limits', showLimits)
    .on('GET', '/v3/{project}/os-quota-sets/{id}', showQuota);
}

function listVolumes({ project, exchange, base }: CinderCall, detail: boolean): Reply {
  const name = exchange.query.get('name');
  const status = exchange.query.get('status');
  const found = [...project.volumes.values()]
    .reverse()
    .filter((volume) => (name === null || volume.name === name) && (status === null || volume.status === status));
  const views = found.map((volume) => volumeView(volume, project, base));
  return json(200, { volumes: detail ? views : views.map(({ id, name, links }) => ({ id, name, links })) });
}

function volumeOf({ project }: CinderCall, { id = '' }: Params): Volume {
  const volume = project.volumes.get(id);
  if (!volume) throw cinderError(404, `Volume ${id} could not be found.`);
  return volume;
}

function showVolume(call: CinderCall, params: Params): Reply {
  return json(200, { volume: volumeView(volumeOf(call, params), call.project, call.base) });
}

function createVolume({ world, project, token, exchange, base }: CinderCall): Reply {
  const body = parseJson(exchange.body);
  const wish = objectAt(body, 'volume');
  const size = Number(wish.size);
  if (!isObject(body) || !Number.isInteger(size) || size < 1) {
    const message = 'The server could not comply with the request since it is either malformed or otherwise incorrect.';
    throw cinderError(400, message);
  }
  const refused = volumeQuotaError(project, size);
  if (refused !== undefined) throw cinderError(413, refused);
  const volume = addVolume(world, project, {
    name: stringAt(wish, 'name') ?? '',
    description: stringAt(wish, 'description') ?? null,
    size,
    type: stringAt(wish, 'volume_type') ?? DEFAULT_VOLUME_TYPE,
    zone: stringAt(wish, 'availability_zone') ?? project.cloud.zones[0] ?? 'nova',
    metadata: objectAt(wish, 'metadata') as Record<string, string>,
    image: project.images.get(stringAt(wish, 'imageRef') ?? ''),
    userId: token.user.id,
  });
  return json(202, { volume: newVolumeView(volume, project, base) });
}

function deleteVolume(call: CinderCall, params: Params): Reply {
  const volume = volumeOf(call, params);
  if (volume.attachment) {
    const states = 'available or error or error_restoring or error_extending or error_managing';
    throw cinderError(
      400,
      `Invalid volume: Volume status must be ${states} and must not be migrating, attached, belong to a group, have snapshots, awaiting a transfer, or be disassociated from snapshots after volume transfer.`,
    );
  }
  call.project.volumes.delete(volume.id);
  return empty(202, { 'content-type': 'text/html; charset=UTF-8' });
}

/** Ending the attachment to a server that Nova knows is refused since CVE-2023-2088; one that outlived its server may end (measured). */
function actOnVolume(call: CinderCall, params: Params): Reply {
  const volume = volumeOf(call, params);
  const body = parseJson(call.exchange.body);
  if (!isObject(body) || !('os-detach' in body))
    throw cinderError(400, `There is no such action: ${Object.keys(isObject(body) ? body : {}).join(', ')}`);
  const { attachment } = volume;
  const known = attachment && call.project.servers.get(attachment.serverId);
  if (!attachment || known) {
    const from = known ? ` ${known.id}` : '';
    const message = `ConflictNovaUsingAttachment: Detach volume from instance${from} using the Compute API`;
    throw cinderError(409, message);
  }
  Object.assign(volume, { status: 'available', attachment: undefined, updated: call.world.clock.now() });
  return empty(202, { 'content-type': 'application/json' });
}

function listAttachments({ project, exchange }: CinderCall): Reply {
  const instance = exchange.query.get('instance_id');
  const attachments = [...project.volumes.values()].flatMap(({ id, attachment }) =>
    attachment && (instance === null || attachment.serverId === instance)
      ? [{ id: attachment.id, status: 'attached', instance: attachment.serverId, volume_id: id }]
      : [],
  );
  return json(200, { attachments });
}

function listTypes(): Reply {
  const type = {
    id: DEFAULT_TYPE_ID,
    name: DEFAULT_VOLUME_TYPE,
    is_public: true,
    description: 'Default Volume Type',
    extra_specs: {},
    'os-volume-type-access:is_public': true,
  };
  return json(200, { volume_types: [type] });
}

/** `usage` gives objects instead of numbers. */
function showQuota({ project, exchange }: CinderCall): Reply {
  const usage = /^true$/i.test(exchange.query.get('usage') ?? '');
  const row = (limit: number, inUse: number): unknown => (usage ? { limit, in_use: inUse, reserved: 0 } : limit);
  const quota_set = {
    volumes: row(project.quota.volumes, project.volumes.size),
    per_volume_gigabytes: row(-1, 0),
    snapshots: row(10, 0),
    gigabytes: row(project.quota.gigabytes, usedGigabytes(project)),
    backups: row(10, 0),
    backup_gigabytes: row(1000, 0),
    [`volumes_${DEFAULT_VOLUME_TYPE}`]: row(-1, 0),
    [`gigabytes_${DEFAULT_VOLUME_TYPE}`]: row(-1, 0),
    [`snapshots_${DEFAULT_VOLUME_TYPE}`]: row(-1, 0),
    groups: row(10, 0),
    id: project.id,
  };
  return json(200, { quota_set });
}

function showLimits({ project }: CinderCall): Reply {
  const absolute = {
    maxTotalVolumes: project.quota.volumes,
    maxTotalSnapshots: 10,
    maxTotalVolumeGigabytes: project.quota.gigabytes,
    maxTotalBackups: 10,
    maxTotalBackupGigabytes: 1000,
    totalVolumesUsed: project.volumes.size,
    totalGigabytesUsed: usedGigabytes(project),
    totalSnapshotsUsed: 0,
    totalBackupsUsed: 0,
    totalBackupGigabytesUsed: 0,
  };
  return json(200, { limits: { rate: [], absolute } });
}
