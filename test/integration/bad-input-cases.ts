/** What users write wrongly, what must be said about it, and how they mend it. */
import { randomBytes } from 'node:crypto';
import ssh2 from 'ssh2';
import { parse, stringify } from 'yaml';
import {
  CLOUDS,
  CONFIG_MAPS,
  MASTERS,
  POOLS,
  SECRETS,
  type KubeObject,
  type ResourceType,
} from '../../src/api/resources.ts';
import { startCondorMaster, type CondorMasterServer } from '../../src/sandbox/condor/server/condor-master.ts';
import { newSshKey } from '../../src/sandbox/ssh-key.ts';
import { NAMESPACE, pool, type Harness } from './harness.ts';

type PoolSpec = Parameters<typeof pool>[0];
type Data = Record<string, string>;

export interface BadInput {
  /** Part of the names of its objects: `pool-KEY`, and `cloud-KEY` or `master-KEY`. */
  key: string;
  what: string;
  /** Applies it, with a pool that uses it. */
  spoil: (stage: Stage) => Promise<void>;
  told: { by: ResourceType; type: string; status: 'True' | 'False'; reason: string; says: RegExp[] };
  /** What an admin would do. */
  mend: (stage: Stage) => Promise<void>;
}

/** Everything right, to spoil copies of. */
export class Stage {
  readonly cloudsYaml: string;
  readonly privateKey: string;
  readonly #spare: CondorMasterServer[] = [];

  constructor(readonly harness: Harness) {
    const data = (name: string): Data => {
      const secret = harness.sandbox.resources(NAMESPACE).find(({ metadata }) => metadata.name === name);
      return (secret as unknown as { stringData: Data }).stringData;
    };
    this.cloudsYaml = data('openstack')['clouds.yaml']!;
    this.privateKey = data('master-ssh')['ssh-privatekey']!;
  }

  /** clouds.yaml with another password for the user of project ehos-b. */
  withPassword(password: string): string {
    const file = parse(this.cloudsYaml) as { clouds: Record<string, { auth: Record<string, string> }> };
    file.clouds['ehos-b']!.auth.password = password;
    return stringify(file);
  }

  async secret(name: string, stringData: Data): Promise<void> {
    await this.harness.apply({ ...core('Secret', name), stringData } as KubeObject);
  }

  async configMap(name: string, data: Data): Promise<void> {
    await this.harness.apply({ ...core('ConfigMap', name), data } as KubeObject);
  }

  async patchSecret(name: string, stringData: Data): Promise<void> {
    await this.harness.patch(SECRETS, name, { stringData });
  }

  async patchSpec(type: ResourceType, name: string, spec: object): Promise<void> {
    await this.harness.patch(type, name, { spec });
  }

  async pool(key: string, change: PoolSpec): Promise<void> {
    const small = { maxNodes: 1, jobs: {}, clouds: [{ name: 'cloud-a' }], template: { flavors: ['m1.small'] } };
    await this.harness.apply(pool({ ...small, ...change }, `pool-${key}`));
  }

  async cloud(key: string, cloudName = 'ehos'): Promise<void> {
    const good = this.#resource('EhosCloud', 'cloud-a');
    const spec = { ...good.spec, openstack: { identityRef: { name: `cloud-${key}`, cloudName } } };
    await this.harness.apply({ ...good, metadata: { name: `cloud-${key}`, namespace: NAMESPACE }, spec } as KubeObject);
    await this.pool(key, { clouds: [{ name: `cloud-${key}` }] });
  }

  async master(key: string, ssh: object): Promise<void> {
    const good = this.#resource('EhosMaster', 'master');
    const spec = { ...good.spec, ssh: { ...(good.spec.ssh as object), ...ssh } };
    await this.harness.apply({
      ...good,
      metadata: { name: `master-${key}`, namespace: NAMESPACE },
      spec,
    } as KubeObject);
    await this.pool(key, { masterRef: { name: `master-${key}` } });
  }

  /** Another SSH server of the same HTCondor pool. */
  async startMaster(options: { port?: number; hostKey?: string } = {}): Promise<CondorMasterServer> {
    const key = ssh2.utils.parseKey(this.privateKey);
    if (key instanceof Error) throw key;
    const publicKey = `ssh-ed25519 ${key.getPublicSSH().toString('base64')}`;
    const users = [{ name: 'ehos', publicKey }];
    const master = await startCondorMaster({ pool: this.harness.sandbox.pool, users, ...options });
    this.#spare.push(master);
    return master;
  }

  async close(): Promise<void> {
    await Promise.all(this.#spare.splice(0).map(async (master) => await master.close()));
  }

  #resource(kind: string, name: string): KubeObject & { spec: Record<string, unknown> } {
    const found = this.harness.sandbox.resources(NAMESPACE).find((o) => o.kind === kind && o.metadata.name === name);
    return found as KubeObject & { spec: Record<string, unknown> };
  }
}

function core(kind: string, name: string): KubeObject {
  return { apiVersion: 'v1', kind, metadata: { name, namespace: NAMESPACE } };
}

/** A Secret of an EhosCloud that is wrong, or not there. */
function badCloud(key: string, what: string, says: RegExp[], spoilt: (stage: Stage) => Data | undefined): BadInput {
  return {
    key,
    what,
    spoil: async (stage) => {
      const data = spoilt(stage);
      if (data) await stage.secret(`cloud-${key}`, data);
      await stage.cloud(key, key === 'password' ? 'ehos-b' : 'ehos');
    },
    told: { by: CLOUDS, type: 'Authenticated', status: 'False', reason: 'InvalidCredentials', says },
    mend: async (stage) => {
      const good = { 'clouds.yaml': stage.cloudsYaml };
      await (spoilt(stage) ? stage.patchSecret(`cloud-${key}`, good) : stage.secret(`cloud-${key}`, good));
    },
  };
}

const badClouds: BadInput[] = [
  badCloud('yaml', 'a clouds.yaml that is no YAML', [/clouds\.yaml: not YAML: \w+ in line \d+, column \d+/], () => ({
    'clouds.yaml': 'clouds:\n  ehos:\n   auth: [unclosed\n',
  })),
  badCloud(
    'no-key',
    'a Secret without the key clouds.yaml',
    [/spec\.openstack\.identityRef\.name: Secret "cloud-no-key" has no key "clouds\.yaml"; its keys: cloud\.yaml/],
    ({ cloudsYaml }) => ({ 'cloud.yaml': cloudsYaml }),
  ),
  badCloud('password', 'a wrong password', [/auth/i, /401|refused/], (stage) => ({
    'clouds.yaml': stage.withPassword('wrong-password'),
  })),
  badCloud(
    'no-secret',
    'a Secret that does not exist',
    [/spec\.openstack\.identityRef\.name: there is no Secret "cloud-no-secret" in namespace "default"/],
    () => undefined,
  ),
  {
    key: 'cloud-name',
    what: 'a cloudName that is not in clouds.yaml',
    spoil: async (stage) => {
      await stage.secret('cloud-cloud-name', { 'clouds.yaml': stage.cloudsYaml });
      await stage.cloud('cloud-name', 'elsewhere');
    },
    told: {
      by: CLOUDS,
      type: 'Authenticated',
      status: 'False',
      reason: 'InvalidCredentials',
      says: [/clouds\.yaml: clouds\.elsewhere: no such cloud: there are "ehos", "ehos-b"/],
    },
    mend: async (stage) =>
      await stage.patchSpec(CLOUDS, 'cloud-cloud-name', { openstack: { identityRef: { cloudName: 'ehos' } } }),
  },
];

/** A template that names what the cloud has not. */
function badTemplate(key: string, what: string, template: object, says: RegExp[], mended: object): BadInput {
  return {
    key,
    what,
    spoil: async (stage) => await stage.pool(key, { template: { flavors: ['m1.small'], ...template } }),
    told: { by: POOLS, type: 'Ready', status: 'False', reason: 'InvalidConfiguration', says },
    mend: async (stage) => await stage.patchSpec(POOLS, `pool-${key}`, { template: mended }),
  };
}

const badTemplates: BadInput[] = [
  badTemplate(
    'image',
    'an unknown image',
    { image: { name: 'no-such-image' } },
    [
      /cloud-a: spec\.template\.image\.name: no image has the name "no-such-image": there are "ehos-worker", "ehos-worker-old"/,
    ],
    { image: { name: 'ehos-worker' } },
  ),
  badTemplate(
    'flavors',
    'flavors of which none exists',
    { flavors: ['m9.huge', 'm9.giant'] },
    [/cloud-a: spec\.template\.flavors: the cloud has no flavor "m9\.huge", "m9\.giant": there are "c16\.large"/],
    { flavors: ['m1.small'] },
  ),
  badTemplate(
    'network',
    'an unknown network',
    { networks: [{ name: 'no-such-net' }] },
    [/spec\.template\.networks\[0\]\.name: no network has the name "no-such-net": there are "ehos-net", "public"/],
    { networks: [{ name: 'ehos-net' }] },
  ),
  badTemplate(
    'keypair',
    'an unknown key pair',
    { keyName: 'no-such-key' },
    [/spec\.template\.keyName: no key pair of this user "no-such-key": there is "ehos-key"/],
    { keyName: null },
  ),
  badTemplate(
    'zone',
    'an unknown availability zone',
    { availabilityZones: ['mars'] },
    [/spec\.template\.availabilityZones\[0\]: no availability zone "mars": there is "nova"/],
    { availabilityZones: ['nova'] },
  ),
  badTemplate(
    'group',
    'a security group of which there are two',
    { securityGroups: ['twin'] },
    [/spec\.template\.securityGroups\[0\]: 2 security groups are named "twin" \(.{36}, .{36}\): .*rename one/],
    { securityGroups: ['ehos-worker'] },
  ),
  badTemplate(
    'no-user-data',
    'user data in a ConfigMap that does not exist',
    { userData: { configMapRef: { name: 'no-such-map' } } },
    [/spec\.template\.userData\.configMapRef: there is no ConfigMap "no-such-map" in namespace "default"/],
    { userData: null },
  ),
  {
    ...badTemplate(
      'user-data-key',
      'user data under a key that is not there',
      { userData: { configMapRef: { name: 'user-data-key' } } },
      [/spec\.template\.userData\.configMapRef: ConfigMap "user-data-key" has no key "userdata"; it has: user-data/],
      {},
    ),
    spoil: async (stage) => {
      await stage.configMap('user-data-key', { 'user-data': '#cloud-config\n{}\n' });
      await stage.pool('user-data-key', {
        template: { flavors: ['m1.small'], userData: { configMapRef: { name: 'user-data-key', key: 'userdata' } } },
      });
    },
    mend: async (stage) =>
      await stage.harness.patch(CONFIG_MAPS, 'user-data-key', { data: { userdata: '#cloud-config\n{}\n' } }),
  },
  {
    ...badTemplate(
      'user-data-size',
      'user data that are too large',
      {},
      [/userData: with the node's own configuration it is \d+ bytes \(gzip\), and 49149 is the limit/],
      {},
    ),
    spoil: async (stage) => {
      const data = { userdata: `#!/bin/sh\n# ${randomBytes(60_000).toString('base64')}\n` };
      await stage.configMap('user-data-size', data);
      await stage.pool('user-data-size', {
        template: { flavors: ['m1.small'], userData: { configMapRef: { name: 'user-data-size' } } },
      });
    },
    mend: async (stage) =>
      await stage.harness.patch(CONFIG_MAPS, 'user-data-size', { data: { userdata: '#!/bin/sh\ntrue\n' } }),
  },
  {
    ...badTemplate(
      'defaults',
      'an unknown image in the defaults of the cloud',
      {},
      [
        /cloud-defaults: EhosCloud "cloud-defaults": spec\.defaults\.image\.name: no image has the name "no-such-image"/,
      ],
      {},
    ),
    spoil: async (stage) => {
      await stage.secret('cloud-defaults', { 'clouds.yaml': stage.cloudsYaml });
      await stage.cloud('defaults');
      await stage.patchSpec(CLOUDS, 'cloud-defaults', { defaults: { image: { name: 'no-such-image' } } });
    },
    mend: async (stage) =>
      await stage.patchSpec(CLOUDS, 'cloud-defaults', { defaults: { image: { name: 'ehos-worker' } } }),
  },
];

/** A way to the master that does not lead there. */
function badMaster(
  key: string,
  what: string,
  reason: string,
  says: RegExp[],
  spoil: BadInput['spoil'],
  mend: BadInput['mend'],
): BadInput {
  return { key, what, spoil, told: { by: MASTERS, type: 'Connected', status: 'False', reason, says }, mend };
}

const INVALID = 'InvalidConfiguration';

function badMasters(): BadInput[] {
  const away: { port: number; hostKey: string } = { port: 0, hostKey: newSshKey().private };
  let bare: CondorMasterServer;
  let old: CondorMasterServer;
  return [
    badMaster(
      'host-key',
      'another host key than the expected one',
      INVALID,
      [
        /spec\.ssh\.hostKey: 127\.0\.0\.1:\d+ offers the ssh-ed25519 key SHA256:\S+, which is not the expected one \(SHA256:\S+\): refused/,
      ],
      async (stage) => await stage.master('host-key', { knownHostsRef: undefined, hostKey: newSshKey().public.trim() }),
      async ({ harness }) => {
        await harness.patch(MASTERS, 'master-host-key', {
          spec: { ssh: { hostKey: harness.sandbox.master.hostKeyLine } },
        });
      },
    ),
    badMaster(
      'known-hosts',
      'known_hosts that do not name the host',
      INVALID,
      [
        /spec\.ssh\.knownHostsRef: has no usable key for \[127\.0\.0\.1\]:\d+ \(entries: 1; .*ssh-keyscan -p \d+ 127\.0\.0\.1/,
      ],
      async (stage) => {
        await stage.secret('known-hosts', { known_hosts: `other.example.org ${newSshKey().public}` });
        await stage.master('known-hosts', { knownHostsRef: { name: 'known-hosts' } });
      },
      async (stage) =>
        await stage.patchSecret('known-hosts', { known_hosts: stage.harness.sandbox.master.knownHostsLine }),
    ),
    badMaster(
      'no-ssh-key',
      'a private key that is no key',
      INVALID,
      [/spec\.ssh\.privateKeyRef: holds no private key in OpenSSH or PEM form: make one with ssh-keygen/],
      async (stage) => {
        await stage.secret('no-ssh-key', { 'ssh-privatekey': 'this is no key' });
        await stage.master('no-ssh-key', { privateKeyRef: { name: 'no-ssh-key' } });
      },
      async (stage) => await stage.patchSecret('no-ssh-key', { 'ssh-privatekey': stage.privateKey }),
    ),
    badMaster(
      'stranger',
      'a key that no account knows',
      'AuthenticationFailed',
      [/127\.0\.0\.1:\d+ refused the key for user "ehos": check spec\.ssh\.user, spec\.ssh\.privateKeyRef/],
      async (stage) => {
        await stage.secret('stranger', { 'ssh-privatekey': newSshKey().private });
        await stage.master('stranger', { privateKeyRef: { name: 'stranger' } });
      },
      async (stage) => await stage.patchSecret('stranger', { 'ssh-privatekey': stage.privateKey }),
    ),
    badMaster(
      'user',
      'an account that does not exist',
      'AuthenticationFailed',
      [/refused the key for user "nobody"/],
      async (stage) => await stage.master('user', { user: 'nobody' }),
      async (stage) => await stage.patchSpec(MASTERS, 'master-user', { ssh: { user: 'ehos' } }),
    ),
    badMaster(
      'ssh-secret',
      'a Secret that does not exist',
      INVALID,
      [/spec\.ssh\.privateKeyRef: there is no Secret "no-such-secret" in namespace "default"/],
      async (stage) => await stage.master('ssh-secret', { privateKeyRef: { name: 'no-such-secret' } }),
      async (stage) => await stage.secret('no-such-secret', { 'ssh-privatekey': stage.privateKey }),
    ),
    badMaster(
      'ssh-secret-key',
      'a Secret without the key that is named',
      INVALID,
      [/spec\.ssh\.privateKeyRef: Secret "master-ssh" has no key "id_rsa"; it has: known_hosts, ssh-privatekey/],
      async (stage) => await stage.master('ssh-secret-key', { privateKeyRef: { name: 'master-ssh', key: 'id_rsa' } }),
      async (stage) =>
        await stage.patchSpec(MASTERS, 'master-ssh-secret-key', { ssh: { privateKeyRef: { key: 'ssh-privatekey' } } }),
    ),
    badMaster(
      'closed',
      'a port at which nobody listens',
      'ConnectionFailed',
      [/no SSH connection to 127\.0\.0\.1:\d+: .*ECONNREFUSED/],
      async (stage) => {
        const server = await stage.startMaster(away);
        await stage.secret('closed', { known_hosts: server.knownHostsLine });
        away.port = server.port;
        await server.close();
        await stage.master('closed', { port: away.port, knownHostsRef: { name: 'closed' } });
      },
      async (stage) => void (await stage.startMaster(away)),
    ),
    badMaster(
      'bare',
      'a host without HTCondor',
      INVALID,
      [/spec\.ssh\.host: there is no condor_version in the PATH of the account/],
      async (stage) => {
        bare = await stage.startMaster();
        bare.faults.noCondor = true;
        await stage.master('bare', { port: bare.port, knownHostsRef: undefined, hostKey: bare.hostKeyLine });
      },
      () => {
        bare.faults.noCondor = false;
        return Promise.resolve();
      },
    ),
    badMaster(
      'old',
      'an HTCondor that is too old',
      INVALID,
      [/spec\.ssh\.host: HTCondor 9\.0\.17 is too old: 23\.0 or later is needed/],
      async (stage) => {
        old = await stage.startMaster();
        old.faults.version = '9.0.17';
        await stage.master('old', { port: old.port, knownHostsRef: undefined, hostKey: old.hostKeyLine });
      },
      () => {
        old.faults.version = undefined;
        return Promise.resolve();
      },
    ),
  ];
}

export const badInputs: BadInput[] = [...badClouds, ...badTemplates, ...badMasters()];
