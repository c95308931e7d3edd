/** One server: show, rename, delete, tags, metadata, interfaces, volumes, actions. */
import { isObject, objectAt, stringAt } from '../json.ts';
import { empty, json, novaError } from '../reply.ts';
import type { Reply } from '../reply.ts';
import type { Params } from '../router.ts';
import type { InstanceAction, Server } from '../state.ts';
import { isoMicros } from '../times.ts';
import { checkLock, checkReady } from './actions.ts';
import { bodyOf, scheduledServerOf, serverOf } from './call.ts';
import type { NovaCall } from './call.ts';
import { recordAction } from './new-server.ts';
import { checkMetadata, checkPathTag, checkTags, checkText } from './schema.ts';
import { addressesOf, singleView } from './server-view.ts';

const JSON_TYPE = { 'content-type': 'application/json' };
/** Nova's answers without a body to a PUT (measured). */
const HTML_TYPE = { 'content-type': 'text/html; charset=UTF-8' };

export function showServer(call: NovaCall, params: Params): Reply {
  return json(200, { server: singleView(serverOf(call, params), call) });
}

export function deleteServer(call: NovaCall, params: Params): Reply {
  const server = serverOf(call, params);
  checkLock(server);
  call.life.delete(call.project, server);
  recordAction(server, 'delete', call.exchange.requestId, call.project.id, call.world.clock.now());
  return empty(204, JSON_TYPE);
}

export function updateServer(call: NovaCall, params: Params): Reply {
  const wish = objectAt(bodyOf(call), 'server');
  checkText('name', wish.name, { min: 1, max: 255 });
  const server = serverOf(call, params);
  checkReady(server);
  server.name = stringAt(wish, 'name') ?? server.name;
  if ('description' in wish) server.description = stringAt(wish, 'description') ?? null;
  call.life.touch(server);
  return json(200, { server: singleView(server, call) });
}

export function showAddresses(call: NovaCall, params: Params): Reply {
  const networks = Object.entries(addressesOf(serverOf(call, params), call.project));
  const addresses = Object.fromEntries(
    networks.map(([name, list]) => [name, list.map(({ version, addr }) => ({ version, addr }))]),
  );
  return json(200, { addresses });
}

export function listTags(call: NovaCall, params: Params): Reply {
  return json(200, { tags: scheduledServerOf(call, params).tags });
}

export function replaceTags(call: NovaCall, params: Params): Reply {
  const body = bodyOf(call);
  const tags = isObject(body) ? body.tags : undefined;
  checkTags(tags);
  if (!Array.isArray(tags)) throw novaError(400, "'tags' is a required property");
  const server = scheduledServerOf(call, params);
  server.tags = [...new Set(tags as string[])].sort();
  return json(200, { tags: server.tags });
}

export function addTag(call: NovaCall, params: Params): Reply {
  const tag = params.tag ?? '';
  checkPathTag(tag);
  const server = scheduledServerOf(call, params);
  const location = `${call.base}/v2.1/servers/${server.id}/tags/${tag}`;
  if (server.tags.includes(tag)) return empty(204, HTML_TYPE);
  if (server.tags.length >= 50) throw novaError(400, 'The number of tags exceeded the per-server limit 50');
  server.tags = [...server.tags, tag].sort();
  return empty(201, { ...HTML_TYPE, location });
}

export function checkHasTag(call: NovaCall, params: Params): Reply {
  const server = scheduledServerOf(call, params);
  const tag = params.tag ?? '';
  if (!server.tags.includes(tag)) throw novaError(404, `Server ${server.id} has no tag '${tag}'`);
  return empty(204, JSON_TYPE);
}

export function removeTag(call: NovaCall, params: Params): Reply {
  const reply = checkHasTag(call, params);
  const server = serverOf(call, params);
  server.tags = server.tags.filter((tag) => tag !== params.tag);
  return reply;
}

export function showMetadata(call: NovaCall, params: Params): Reply {
  return json(200, { metadata: serverOf(call, params).metadata });
}

/** POST adds to what there is, PUT replaces it. */
export function setMetadata(call: NovaCall, params: Params, replace: boolean): Reply {
  const body = bodyOf(call);
  const given = isObject(body) ? body.metadata : undefined;
  if (given === undefined) throw novaError(400, "'metadata' is a required property");
  checkMetadata(given);
  const server = serverOf(call, params);
  checkReady(server);
  const metadata = { ...(replace ? {} : server.metadata), ...(given as Record<string, string>) };
  if (Object.keys(metadata).length > 128) throw novaError(403, 'Maximum number of metadata items exceeds 128');
  server.metadata = metadata;
  return json(200, { metadata });
}

export function removeMetadata(call: NovaCall, params: Params): Reply {
  const server = serverOf(call, params);
  const key = params.key ?? '';
  if (!(key in server.metadata)) throw novaError(404, 'Metadata item was not found');
  server.metadata = Object.fromEntries(Object.entries(server.metadata).filter(([name]) => name !== key));
  return empty(204, JSON_TYPE);
}

export function listInterfaces(call: NovaCall, params: Params): Reply {
  const { project } = call;
  const interfaceAttachments = scheduledServerOf(call, params).portIds.flatMap((id) => {
    const port = project.ports.get(id);
    if (!port) return [];
    return {
      net_id: port.networkId,
      port_id: port.id,
      mac_addr: port.mac,
      port_state: port.status,
      fixed_ips: [{ subnet_id: port.subnetId, ip_address: port.address }],
      ...(call.version >= 70 ? { tag: null } : {}),
    };
  });
  return json(200, { interfaceAttachments });
}

export function listVolumes(call: NovaCall, params: Params): Reply {
  const server = scheduledServerOf(call, params);
  const volumeAttachments = server.volumes.map(({ volumeId, bdmId, device, deleteOnTermination }) => ({
    ...(call.version >= 89 ? {} : { id: volumeId }),
    volumeId,
    serverId: server.id,
    device,
    ...(call.version >= 70 ? { tag: null } : {}),
    ...(call.version >= 79 ? { delete_on_termination: deleteOnTermination } : {}),
    ...(call.version >= 89
      ? { attachment_id: call.project.volumes.get(volumeId)?.attachment?.id ?? null, bdm_uuid: bdmId }
      : {}),
  }));
  return json(200, { volumeAttachments });
}

export function listActions(call: NovaCall, params: Params): Reply {
  const server = scheduledServerOf(call, params);
  const instanceActions = [...server.actions].reverse().map((action) => actionView(server, action));
  return json(200, { instanceActions });
}

export function showAction(call: NovaCall, params: Params): Reply {
  const server = scheduledServerOf(call, params);
  const action = server.actions.find(({ requestId }) => requestId === params.request);
  if (!action) throw novaError(404, `Action ${params.request ?? ''} not found`);
  return json(200, { instanceAction: { ...actionView(server, action), events: [] } });
}

function actionView(server: Server, action: InstanceAction): Record<string, unknown> {
  return {
    action: action.action,
    instance_uuid: server.id,
    request_id: action.requestId,
    user_id: action.userId,
    project_id: action.projectId,
    start_time: isoMicros(action.at),
    message: action.message,
    updated_at: isoMicros(action.updated),
  };
}
