/** The network part of `POST /servers`: which ports a server gets, and in which security groups. */
import { isObject, stringAt } from '../json.ts';
import { novaError } from '../reply.ts';
import type { Project, Server } from '../state.ts';

/** `auto`, `none`, nothing (before 2.37: automatic) or a list of networks and ports. */
export function nicsOf(asked: unknown, project: Project, servers: number): Server['nics'] {
  if (asked === 'none') return [];
  const list = Array.isArray(asked) ? asked.filter(isObject) : [];
  const nics = list.length > 0 ? list.map((nic) => nicOf(nic, project)) : automatic(project);
  const made = nics.filter((nic) => 'networkId' in nic).length * servers;
  const { ports } = project.quota;
  if (ports >= 0 && made > 0 && project.ports.size + made > ports)
    throw novaError(403, 'Maximum number of ports exceeded');
  return nics;
}

function nicOf(nic: Record<string, unknown>, project: Project): Server['nics'][number] {
  const portId = stringAt(nic, 'port');
  if (portId !== undefined) {
    const port = project.ports.get(portId);
    if (!port) throw novaError(400, `Port id ${portId} could not be found.`);
    const promised = [...project.servers.values()].some((server) =>
      server.nics.some((other) => 'portId' in other && other.portId === portId),
    );
    if (port.deviceId !== '' || promised) throw novaError(409, `Port ${portId} is still in use.`);
    return { portId };
  }
  const networkId = stringAt(nic, 'uuid') ?? '';
  if (!project.networks.has(networkId)) throw novaError(400, `Network ${networkId} could not be found.`);
  return { networkId };
}

function automatic(project: Project): Server['nics'] {
  const own = [...project.networks.values()].filter(({ external }) => !external);
  if (own.length > 1) {
    throw novaError(409, 'Multiple possible networks found, use a Network ID to be more specific.');
  }
  return own.map(({ id }) => ({ networkId: id }));
}

/** By name or id; `asked` is what the answer repeats. A name that fits two groups is refused (measured). */
export function securityGroupsOf(asked: unknown, project: Project): { id: string; asked: string }[] {
  const names = Array.isArray(asked) ? asked.map((group) => stringAt(group, 'name') ?? '') : [];
  return (names.length > 0 ? names : ['default']).map((name) => {
    if (project.securityGroups.has(name)) return { id: name, asked: name };
    const found = [...project.securityGroups.values()].filter((group) => group.name === name);
    const [group] = found;
    if (!group) throw novaError(400, `Unable to find security_group with name or id '${name}'`);
    if (found.length > 1) {
      throw novaError(409, `Multiple security_group matches found for name '${name}', use an ID to be more specific.`);
    }
    return { id: group.id, asked: name };
  });
}
