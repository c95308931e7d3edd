/** `POST /servers`: makes the servers of a checked request. */
import { json } from '../reply.ts';
import type { Reply } from '../reply.ts';
import type { Server } from '../state.ts';
import { bodyOf, linksOf } from './call.ts';
import type { NovaCall } from './call.ts';
import { serverRequest } from './create-request.ts';
import type { ServerRequest } from './create-request.ts';
import { hostnameFor, newServer, recordAction } from './new-server.ts';

export function createServers(call: NovaCall): Reply {
  const { world, project, life, base } = call;
  const request = serverRequest(call, bodyOf(call));
  const reservationId = world.ids.reservationId();
  const first = build(call, request, reservationId, 1);
  const others = Array.from({ length: request.count - 1 }, (_, i) => build(call, request, reservationId, i + 2));
  for (const server of [first, ...others]) life.begin(project, server);
  if (request.returnReservationId) return json(202, { reservation_id: reservationId });
  const server = {
    id: first.id,
    links: linksOf(base, `servers/${first.id}`),
    'OS-DCF:diskConfig': 'MANUAL',
    security_groups: request.securityGroups.map(({ asked }) => ({ name: asked })),
    adminPass: request.adminPass ?? world.ids.password(),
  };
  return json(202, { server }, { location: `${base}/v2.1/servers/${first.id}` });
}

function build(call: NovaCall, request: ServerRequest, reservationId: string, number: number): Server {
  const { world, project, token, exchange } = call;
  const suffix = request.numbered ? `-${number}` : '';
  const name = request.name + suffix;
  const server = newServer({
    sequence: world.nextSequence(),
    id: world.ids.uuid(),
    name,
    hostname: request.hostname === undefined ? hostnameFor(name) : request.hostname + suffix,
    description: request.description,
    userId: token.user.id,
    created: world.clock.now(),
    zone: request.zone,
    imageId: request.imageId,
    flavor: request.flavor,
    keyName: request.keyName,
    metadata: { ...request.metadata },
    tags: [...request.tags],
    configDrive: request.configDrive,
    userData: request.userData,
    nics: request.nics,
    securityGroupIds: request.securityGroups.map(({ id }) => id),
    bootVolume: request.bootVolume,
    blankVolumes: request.blankVolumes,
    reservationId,
    groupId: request.groupId,
    schedulerHints: request.hints,
  });
  recordAction(server, 'create', exchange.requestId, project.id, server.created);
  return server;
}
