/** An OpenStack in this process: Keystone, Nova, Glance, Neutron and Cinder behind one port, their servers booted by a Hypervisor. */
import { stringify } from 'yaml';
import type { Clock } from '../../base/clock.ts';
import type { Random } from '../../base/random.ts';
import type { Hypervisor } from '../hypervisor.ts';
import { Cinder } from './cinder/service.ts';
import type { SandboxCloud, SandboxQuota } from './clouds.ts';
import { newDriver } from './driver.ts';
import type { Driver } from './driver.ts';
import { EventLog } from './events.ts';
import type { SandboxEvent } from './events.ts';
import { Faults } from './faults.ts';
import { Front } from './front.ts';
import { FrontServer } from './front-server.ts';
import { Glance } from './glance/service.ts';
import { Keystone } from './keystone/service.ts';
import { Tokens } from './keystone/tokens.ts';
import { Neutron } from './neutron/service.ts';
import { addForeignServer } from './nova/foreign.ts';
import { ServerLife } from './nova/life.ts';
import { cloneServer } from './nova/seed.ts';
import { Nova } from './nova/service.ts';
import { sandboxServer } from './server-truth.ts';
import type { SandboxServer } from './server-truth.ts';
import type { Project, Server } from './state.ts';
import { Timers } from './timers.ts';
import { World } from './world.ts';

export interface OpenStackOptions {
  clock: Clock;
  /** Ids, tokens and passwords are drawn from it: the same seed and the same requests give the same answers. */
  random: Random;
  hypervisor: Hypervisor;
  clouds: SandboxCloud[];
  /** TCP port on 127.0.0.1, where it listens; any free one by default. */
  port?: number;
  /** One line for each request; no bodies, no tokens. */
  log?: (line: string) => void;
  /** How long tokens are valid, milliseconds (default 4 hours). */
  tokenLifetimeMs?: number;
}

/** The services without a network: whoever holds them asks them directly. */
export interface OpenStackServices {
  /** Where they would be: `http://127.0.0.1:PORT`; Keystone is at `URL/identity/v3`. */
  readonly url: string;
  readonly front: Front;
  /** All that there is, whatever the API may say. Not to be changed. */
  readonly projects: readonly Project[];
  /** A clouds.yaml: an entry named like each project, or only that of `project`; with an application credential where there is one. */
  cloudsYaml(project?: string): string;
  /** All servers that exist, oldest first: what is so, whatever the API may say. */
  servers(project?: string): SandboxServer[];
  readonly faults: Faults;
  readonly driver: Driver;
  readonly events: readonly SandboxEvent[];
  /** Changes limits of a project while it runs, also below what is used. Throws for an unknown project. */
  setQuota(project: string, quota: Partial<SandboxQuota>): void;
  /** An ACTIVE server that somebody else made: no tags, no metadata, no guest. Returns its id. */
  addForeignServer(project: string, name: string): string;
  /** An ACTIVE server without a guest, like one that is there but for its name and marks. Throws for an unknown server. */
  cloneServer(serverId: string, marks: Pick<Server, 'name' | 'metadata' | 'tags'>): SandboxServer;
  /** Locks a server as an administrator does: the user's DELETE is then 409. Throws for an unknown server. */
  lockServer(serverId: string, locked: boolean): void;
  /** Makes every token worthless, as after a change of Keystone's keys. */
  revokeTokens(): void;
  /** Requests so far: `compute GET servers/detail` -> 12. */
  calls(): ReadonlyMap<string, number>;
  /** Nothing happens in it any more. */
  end(): void;
}

export interface OpenStackSandbox extends Omit<OpenStackServices, 'front' | 'projects' | 'end'> {
  close(): Promise<void>;
}

const FOUR_HOURS = 4 * 3600 * 1000;

/** Makes the services and listens; rejects when the port is taken. */
export async function startOpenStack(options: OpenStackOptions): Promise<OpenStackSandbox> {
  const services = makeOpenStack(options);
  const server = new FrontServer(services.front);
  await server.listen(options.port ?? 0);
  return {
    ...services,
    url: services.front.origin,
    close: async () => {
      services.end();
      await server.close();
    },
  };
}

export function makeOpenStack(options: OpenStackOptions): OpenStackServices {
  const world = new World(options.clock, options.random, options.clouds);
  const tokens = new Tokens(world, options.tokenLifetimeMs ?? FOUR_HOURS);
  const faults = new Faults();
  const driver = newDriver();
  const events = new EventLog();
  const timers = new Timers(options.clock);
  const life = new ServerLife({ world, hypervisor: options.hypervisor, driver, events, timers });
  const services = [
    new Keystone(world, tokens),
    new Nova(world, tokens, life),
    new Glance(world, tokens),
    new Neutron(world, tokens),
    new Cinder(world, tokens),
  ];
  const front = new Front({ clock: options.clock, ids: world.ids, faults, services, log: options.log });
  return {
    get url() {
      return front.origin;
    },
    front,
    projects: world.projects,
    cloudsYaml: (project) => cloudsYaml(world, front.origin, project),
    servers: (project) => serversOf(world, project),
    faults,
    driver,
    get events() {
      return events.all;
    },
    setQuota: (project, quota) => {
      Object.assign(projectOf(world, project).quota, quota);
    },
    addForeignServer: (project, name) => addForeignServer(world, projectOf(world, project), name),
    cloneServer: (serverId, marks) => {
      const { project, server } = serverOf(world, serverId);
      return sandboxServer(project, cloneServer(world, project, server, marks));
    },
    lockServer: (serverId, locked) => {
      Object.assign(serverOf(world, serverId).server, { locked, lockedByAdmin: locked });
    },
    revokeTokens: () => tokens.revokeAll(),
    calls: () => front.calls,
    end: () => {
      timers.cancelAll();
      front.close();
    },
  };
}

function projectOf(world: World, name: string): Project {
  const project = world.projectByName(name);
  if (project) return project;
  const known = world.projects.map((other) => other.name).join(', ');
  throw new Error(`no sandbox project is called ${name}; there are: ${known}`);
}

function serverOf(world: World, id: string): { project: Project; server: Server } {
  for (const project of world.projects) {
    const server = project.servers.get(id);
    if (server) return { project, server };
  }
  throw new Error(`no sandbox server has the id ${id}`);
}

function serversOf(world: World, project: string | undefined): SandboxServer[] {
  const projects = project === undefined ? world.projects : [projectOf(world, project)];
  return projects.flatMap((owner) => [...owner.servers.values()].map((server) => sandboxServer(owner, server)));
}

function cloudsYaml(world: World, url: string, only: string | undefined): string {
  const projects = only === undefined ? world.projects : [projectOf(world, only)];
  return stringify({
    clouds: Object.fromEntries(projects.map((project) => [project.name, cloudEntry(world, url, project)])),
  });
}

function cloudEntry(world: World, url: string, { cloud, region }: Project): unknown {
  const auth_url = `${url}/identity/v3`;
  const common = { region_name: region, interface: 'public', identity_api_version: 3 };
  const credential = [...world.applicationCredentials.values()].find(({ project }) => project.cloud === cloud);
  if (credential) {
    const { id, secret } = credential;
    const auth = { auth_url, application_credential_id: id, application_credential_secret: secret };
    return { auth_type: 'v3applicationcredential', auth, ...common };
  }
  const { user, password, project } = cloud;
  const domains = { user_domain_name: 'Default', project_domain_name: 'Default' };
  return { auth: { auth_url, username: user, password, project_name: project, ...domains }, ...common };
}
