/** Everything the five services share: projects, users, credentials, clock and ids. */
import { createHash } from 'node:crypto';
import type { Clock } from '../../base/clock.ts';
import type { Random } from '../../base/random.ts';
import type { SandboxCloud, SandboxImage, SandboxNetwork, SandboxQuota } from './clouds.ts';
import { Ids } from './ids.ts';
import type { ApplicationCredential, Image, Keypair, Network, Project, SecurityGroup, User } from './state.ts';

/** OpenStack's own defaults for what a SandboxCloud does not say. */
const DEFAULT_QUOTA = {
  ports: -1,
  floatingIps: -1,
  volumes: 1000,
  gigabytes: 10_000,
  serverGroups: 100,
  serverGroupMembers: 1000,
  keyPairs: 100,
};

export class World {
  readonly clock: Clock;
  readonly ids: Ids;
  readonly projects: Project[] = [];
  readonly users: User[] = [];
  readonly applicationCredentials = new Map<string, ApplicationCredential>();
  /** Ids of the two roles a member has. */
  readonly roles: { member: string; reader: string };
  #sequence = 0;

  constructor(clock: Clock, random: Random, clouds: SandboxCloud[]) {
    this.clock = clock;
    this.ids = new Ids(random);
    this.roles = { member: this.ids.hex(), reader: this.ids.hex() };
    for (const cloud of clouds) this.#addCloud(cloud);
  }

  /** A number larger than all before. */
  nextSequence(): number {
    return ++this.#sequence;
  }

  projectByName(name: string): Project | undefined {
    return this.projects.find((project) => project.name === name);
  }

  #addCloud(cloud: SandboxCloud): void {
    if (this.projectByName(cloud.project)) throw new Error(`two sandbox clouds are called ${cloud.project}`);
    const project: Project = {
      id: this.ids.hex(),
      name: cloud.project,
      region: cloud.region,
      cloud,
      quota: fullQuota(cloud.quota),
      users: [this.#user(cloud)],
      images: new Map(),
      networks: new Map(),
      ports: new Map(),
      securityGroups: new Map(),
      floatingIps: new Map(),
      volumes: new Map(),
      serverGroups: new Map(),
      servers: new Map(),
      deletedServers: [],
      routerId: this.ids.uuid(),
    };
    this.projects.push(project);
    for (const image of cloud.images) this.#addImage(project, image);
    for (const network of cloud.networks) this.#addNetwork(project, network);
    for (const { name, description } of [
      { name: 'default', description: 'Default security group' },
      ...cloud.securityGroups,
    ]) {
      this.addSecurityGroup(project, name, description ?? '');
    }
    this.#addApplicationCredential(project, cloud);
  }

  #user(cloud: SandboxCloud): User {
    let user = this.users.find((known) => known.name === cloud.user);
    if (user && user.password !== cloud.password) throw new Error(`two passwords for the sandbox user ${cloud.user}`);
    if (!user) {
      user = { id: this.ids.hex(), name: cloud.user, password: cloud.password, keypairs: new Map() };
      this.users.push(user);
    }
    for (const { name, publicKey } of cloud.keypairs) this.addKeypair(user, name, publicKey);
    return user;
  }

  /** Adds the key unless the user has one of that name; undefined when the text is no SSH public key. */
  addKeypair(user: User, name: string, publicKey: string): Keypair | undefined {
    const blob = /^[a-z0-9@.-]+ ([A-Za-z0-9+/]{16,}={0,2})(?: |$)/.exec(publicKey.trim())?.[1];
    if (blob === undefined) return undefined;
    const digest = createHash('md5').update(Buffer.from(blob, 'base64')).digest('hex');
    const fingerprint = (digest.match(/../g) ?? []).join(':');
    const known = user.keypairs.get(name);
    if (known) return known;
    const keypair = { id: this.nextSequence(), name, publicKey, fingerprint, created: this.clock.now() };
    user.keypairs.set(name, keypair);
    return keypair;
  }

  #addImage(project: Project, seed: SandboxImage): void {
    const now = this.clock.now();
    const status = seed.status ?? 'active';
    const stored = status !== 'queued';
    const id = this.ids.uuid();
    const image: Image = {
      id,
      name: seed.name,
      status,
      hidden: seed.hidden ?? false,
      visibility: 'public',
      tags: [...(seed.tags ?? [])],
      size: stored ? (seed.size ?? 960) : undefined,
      checksum: stored ? createHash('md5').update(seed.name).digest('hex') : undefined,
      hash: stored ? createHash('sha512').update(seed.name).digest('hex') : undefined,
      minDisk: seed.minDisk ?? 0,
      minRam: seed.minRam ?? 0,
      properties: { ...seed.properties },
      diskFormat: 'raw',
      containerFormat: 'bare',
      created: now,
      updated: now,
    };
    project.images.set(id, image);
  }

  #addNetwork(project: Project, { name, cidr, external = false, isolated = false }: SandboxNetwork): void {
    const id = this.ids.uuid();
    const base = cidr.replace(/\.\d+\/\d+$/, '');
    const subnet = {
      id: this.ids.uuid(),
      name: name.replace(/-net$/, '') + '-subnet',
      cidr,
      gateway: `${base}.1`,
      networkId: id,
    };
    const routerPort = { id: this.ids.uuid(), mac: this.ids.mac() };
    const network: Network = { id, name, external, isolated, routerPort, subnet, created: this.clock.now() };
    project.networks.set(id, network);
  }

  addSecurityGroup(project: Project, name: string, description: string): SecurityGroup {
    const created = this.clock.now();
    const egress = (ethertype: 'IPv4' | 'IPv6'): SecurityGroup['rules'][number] => ({
      id: this.ids.uuid(),
      ethertype,
      direction: 'egress',
      protocol: null,
      portMin: null,
      portMax: null,
      remoteIpPrefix: null,
      remoteGroupId: null,
      description: null,
      created,
    });
    const group = { id: this.ids.uuid(), name, description, rules: [egress('IPv4'), egress('IPv6')], created };
    project.securityGroups.set(group.id, group);
    return group;
  }

  #addApplicationCredential(project: Project, cloud: SandboxCloud): void {
    const seed = cloud.applicationCredential;
    const user = project.users[0];
    if (!seed || !user) return;
    const id = seed.id ?? this.ids.hex();
    const { name, secret } = seed;
    this.applicationCredentials.set(id, { id, name, description: null, secret, user, project, expiresAt: undefined });
  }
}

function fullQuota(quota: SandboxQuota): Required<SandboxQuota> {
  return { ...DEFAULT_QUOTA, ...quota };
}
