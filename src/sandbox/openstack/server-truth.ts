/** A server as tests see it, without the API in between. */
import { statusOf } from './nova/server-view.ts';
import type { Project, Server } from './state.ts';

export interface SandboxServer {
  id: string;
  name: string;
  project: string;
  /** As Nova says it: BUILD, ACTIVE, SHUTOFF, ERROR, ... */
  status: string;
  taskState: string | null;
  /** Name of its flavor. */
  flavor: string;
  /** Name of its image; undefined when it boots from a volume. */
  image: string | undefined;
  zone: string;
  tags: string[];
  metadata: Record<string, string>;
  /** Fixed and floating, once it is up. */
  addresses: string[];
  userData: Buffer | undefined;
  /** Milliseconds since the epoch. */
  created: number;
  fault: string | undefined;
}

export function sandboxServer(project: Project, server: Server): SandboxServer {
  const ports = server.addressesShown ? server.portIds.flatMap((id) => project.ports.get(id) ?? []) : [];
  const addresses = ports.flatMap(({ address, floatingIpId }) => [
    address,
    ...(floatingIpId === undefined ? [] : [project.floatingIps.get(floatingIpId)?.address ?? []].flat()),
  ]);
  return {
    id: server.id,
    name: server.name,
    project: project.name,
    status: statusOf(server),
    taskState: server.taskState,
    flavor: server.flavor.name,
    image: server.imageId === undefined ? undefined : project.images.get(server.imageId)?.name,
    zone: server.zone,
    tags: [...server.tags],
    metadata: { ...server.metadata },
    addresses,
    userData: server.userData,
    created: server.created,
    fault: server.fault?.message,
  };
}
