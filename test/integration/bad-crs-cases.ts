/** Sixty objects that somebody wrote by hand, and what must become of each. */
import type { Manifest } from '../unit/config/admission.ts';

export type Fate =
  /** Refused at admission, with these words, which name the field and say what is allowed. */
  | { refused: RegExp }
  /** Taken, and then a condition says so. */
  | { told: RegExp };

export interface BadCr {
  what: string;
  object: Manifest;
  fate: Fate;
}

type Changes = Record<string, unknown>;

/** Objects by which nothing is wrong but that what they refer to is not there: conditions tell, and nothing is asked of any peer. */
export function base(kind: string, name: string): Manifest {
  const specs: Record<string, Record<string, unknown>> = {
    EhosCloud: { openstack: { identityRef: { name: 'no-such-secret', cloudName: 'c' } } },
    EhosMaster: {
      ssh: { host: '127.0.0.1', user: 'ehos', privateKeyRef: { name: 'no-such-secret' }, hostKey: 'ssh-ed25519 AAAA' },
      condor: { host: '10.0.0.1' },
    },
    EhosNodePool: {
      masterRef: { name: 'master' },
      maxNodes: 2,
      jobs: {},
      clouds: [{ name: 'no-such-cloud' }],
      template: { flavors: ['m1.small'], image: { name: 'i' }, networks: [{ name: 'n' }] },
    },
    EhosNode: {
      poolRef: { name: 'no-such-pool' },
      cloudRef: { name: 'no-such-cloud' },
      masterRef: { name: 'master' },
      flavor: 'm1.small',
      image: 'i',
      templateHash: 'h',
    },
  };
  return { apiVersion: 'ehos.io/v1alpha1', kind, metadata: { name }, spec: specs[kind] ?? {} };
}

/** `{'clouds.0.weight': 0}`: below spec unless the path begins with metadata, status or a slash. */
function changed(object: Manifest, changes: Changes): Manifest {
  const copy = structuredClone(object);
  for (const [path, value] of Object.entries(changes)) {
    const keys = /^(metadata|status|apiVersion)\b/.test(path) ? path.split('.') : ['spec', ...path.split('.')];
    let target = copy as unknown as Record<string, unknown>;
    for (const key of keys.slice(0, -1)) target = (target[key] ??= {}) as Record<string, unknown>;
    const last = keys.at(-1) ?? '';
    if (value === undefined) Reflect.deleteProperty(target, last);
    else target[last] = value;
  }
  return copy;
}

const cloud: [what: string, changes: Changes, fate: Fate][] = [
  ['no way to the project', { openstack: undefined }, { refused: /spec\.openstack: Required value/ }],
  ['no Secret', { 'openstack.identityRef': {} }, { refused: /identityRef\.name: Required value/ }],
  [
    'a Secret of two namespaces',
    { 'openstack.identityRef.name': 'other/secret' },
    { refused: /identityRef\.name: .*should match/ },
  ],
  [
    'a Secret with a capital',
    { 'openstack.identityRef.name': 'Secret' },
    { refused: /identityRef\.name: .*should match/ },
  ],
  ['an empty cloud name', { 'openstack.identityRef.cloudName': '' }, { refused: /cloudName: .*at least 1 chars/ }],
  [
    'a Secret that is not there',
    {},
    { told: /spec\.openstack\.identityRef\.name: there is no Secret "no-such-secret"/ },
  ],
  ['a weight of nothing', { weight: 0 }, { refused: /spec\.weight: .*greater than or equal to 1/ }],
  ['a weight in words', { weight: 'much' }, { refused: /spec\.weight: .*must be of type integer/ }],
  ['less than no servers', { 'limits.instances': -1 }, { refused: /limits\.instances: .*greater than or equal to 0/ }],
  ['more cores than a number holds', { 'limits.cores': 2 ** 40 }, { refused: /limits\.cores: / }],
  ['memory without a unit', { 'limits.memory': '64' }, { refused: /limits\.memory: .*should match/ }],
  ['half a server', { 'limits.instances': 1.5 }, { refused: /limits\.instances: .*must be of type integer/ }],
  ['no networks', { 'defaults.networks': [] }, { refused: /defaults\.networks: .*at least 1 items/ }],
  [
    'a network of two names',
    { 'defaults.networks': [{ id: 'a', name: 'b' }] },
    { refused: /exactly one of id and name of a network/ },
  ],
  ['an image of no name', { 'defaults.image': {} }, { refused: /exactly one of id, name and tag of an image/ }],
  ['a security group twice', { 'defaults.securityGroups': ['a', 'a'] }, { refused: /securityGroups.*Duplicate value/ }],
  [
    'a name too long for a label',
    { 'metadata.name': 'c'.repeat(64) },
    { refused: /metadata\.name must have at most 63 characters/ },
  ],
  ['a name with a capital', { 'metadata.name': 'Cloud' }, { refused: /metadata\.name: Invalid value/ }],
];

const master: typeof cloud = [
  ['no account', { 'ssh.user': undefined }, { refused: /ssh\.user: Required value/ }],
  ['an account with an option', { 'ssh.user': '-oProxyCommand=id' }, { refused: /ssh\.user: .*should match/ }],
  ['a host with a command', { 'ssh.host': 'host;id' }, { refused: /ssh\.host: .*should match/ }],
  ['a host of two lines', { 'ssh.host': 'a\nb' }, { refused: /ssh\.host: .*should match/ }],
  ['port 0', { 'ssh.port': 0 }, { refused: /ssh\.port: .*greater than or equal to 1/ }],
  ['port 65536', { 'condor.port': 65536 }, { refused: /condor\.port: .*less than or equal to 65535/ }],
  [
    'neither host key nor known hosts',
    { 'ssh.hostKey': undefined },
    { refused: /exactly one of knownHostsRef and hostKey/ },
  ],
  [
    'both host key and known hosts',
    { 'ssh.knownHostsRef': { name: 'a' } },
    { refused: /exactly one of knownHostsRef and hostKey/ },
  ],
  ['a host key that is no key', { 'ssh.hostKey': 'none' }, { refused: /ssh\.hostKey: .*should match/ }],
  ['a collector with a blank', { 'condor.host': '10.0.0.1 evil' }, { refused: /condor\.host: .*should match/ }],
  ['a schedd without a dot', { 'condor.schedds': ['submit'] }, { refused: /schedds.*should match/ }],
  ['a schedd with an option', { 'condor.schedds': ['-pool@x'] }, { refused: /schedds.*should match/ }],
  ['a schedd twice', { 'condor.schedds': ['a@b', 'a@b'] }, { refused: /schedds.*Duplicate value/ }],
  ['a poll in no time', { pollInterval: '0s' }, { refused: /pollInterval: .*at least 1s/ }],
  ['a poll in days', { pollInterval: '1d' }, { refused: /pollInterval: .*at least 1s/ }],
  ['a token of a minute', { 'nodeCredentials.lifetime': '1m' }, { refused: /lifetime: .*at least 10m/ }],
  ['a method that is none', { 'nodeCredentials.method': 'Trust' }, { refused: /method: Unsupported value.*"Approve"/ }],
  [
    'a Secret without its method',
    { 'nodeCredentials.secretRef': { name: 'a' } },
    { refused: /secretRef is only for method SecretRef/ },
  ],
  [
    'a method without its Secret',
    { 'nodeCredentials.method': 'SecretRef' },
    { refused: /method SecretRef needs secretRef/ },
  ],
  ['a key that is not there', {}, { told: /spec\.ssh\.privateKeyRef: there is no Secret "no-such-secret"/ }],
];

const pool: typeof cloud = [
  ['no master', { masterRef: undefined }, { refused: /spec\.masterRef: Required value/ }],
  ['no maximum', { maxNodes: undefined }, { refused: /spec\.maxNodes: Required value/ }],
  ['no clouds', { clouds: [] }, { refused: /spec\.clouds: .*at least 1 items/ }],
  ['a cloud twice', { clouds: [{ name: 'a' }, { name: 'a' }] }, { refused: /spec\.clouds.*Duplicate value/ }],
  [
    'more nodes at least than at most',
    { minNodes: 3 },
    { refused: /minNodes \(3\) must not exceed maxNodes \(2\): lower minNodes or raise/ },
  ],
  ['more spare nodes than nodes', { spareNodes: 3 }, { refused: /spareNodes \(3\) must not exceed maxNodes \(2\)/ }],
  ['more replicas than nodes', { replicas: 3 }, { refused: /replicas \(3\) must not exceed maxNodes \(2\)/ }],
  [
    'no flavors at all',
    { 'template.flavors': undefined },
    { refused: /no flavor to choose from: give template\.flavors/ },
  ],
  ['a mode that is none', { mode: 'Off' }, { refused: /spec\.mode: Unsupported value.*"Paused"/ }],
  ['a boot of one second', { bootTimeout: '1s' }, { refused: /bootTimeout: .*at least 10s/ }],
  [
    'a budget of words',
    { 'disruption.budgets': [{ nodes: 'some' }] },
    { refused: /budgets\[0\]\.nodes: .*should match/ },
  ],
  [
    'an attribute of ours',
    { 'template.startdAttributes': { EhosNodeId: '"x"' } },
    { refused: /must not begin with "Ehos"/ },
  ],
  [
    'an attribute of two lines',
    { 'template.startdAttributes': { A: '1\nSTART = true' } },
    { refused: /startdAttributes.*should match/ },
  ],
  [
    'an attribute that goes on in the next line',
    { 'template.startdAttributes': { A: '1 \\' } },
    { refused: /startdAttributes.*should match/ },
  ],
  ['metadata of ours', { 'template.metadata': { 'ehos.node': 'x' } }, { refused: /must not begin with "ehos\."/ }],
  [
    'user data from two places',
    { 'template.userData': { inline: 'x', secretRef: { name: 'a' } } },
    { refused: /exactly one of inline, configMapRef and secretRef/ },
  ],
  [
    'user data beyond all measure',
    { 'template.userData': { inline: 'x'.repeat(40_000) } },
    { refused: /inline: .*(may not be longer|Too long)/ },
  ],
  [
    'a name too long for its nodes',
    { 'metadata.name': 'p'.repeat(58) },
    { refused: /metadata\.name must have at most 57 characters/ },
  ],
  ['a cloud that is not there', {}, { told: /no-such-cloud/ }],
  ['a master that is not there', { 'masterRef.name': 'no-such-master' }, { told: /no-such-master/ }],
  [
    'a flavor that drives the terminal',
    { clouds: [{ name: 'cloud-a' }], template: { flavors: ['\u001b[2J\u202e$(id)'] } },
    { told: /flavors: the cloud has no flavor/ },
  ],
  [
    'an image of two lines',
    { clouds: [{ name: 'cloud-a' }], 'template.image': { name: 'a\nb' } },
    { told: /image\.name: no image has the name/ },
  ],
  [
    'a Secret that is not for nodes',
    {
      clouds: [{ name: 'cloud-a' }],
      template: { flavors: ['m1.small'], userData: { secretRef: { name: 'openstack', key: 'clouds.yaml' } } },
    },
    { told: /userData\.secretRef: Secret "openstack" would go into the user data.*kubectl label/ },
  ],
  [
    'an attribute that is set already',
    { clouds: [{ name: 'cloud-a' }], template: { flavors: ['m1.small'], startdAttributes: { START: 'true' } } },
    { told: /startdAttributes\.START: is set by the operator itself/ },
  ],
];

const node: typeof cloud = [
  ['no flavor', { flavor: '' }, { refused: /spec\.flavor: .*at least 1 chars/ }],
  ['no hash', { templateHash: undefined }, { refused: /spec\.templateHash: Required value/ }],
  ['an id with a command', { adopts: '$(id)' }, { refused: /spec\.adopts: .*should match/ }],
];

const numbered = (kind: string, prefix: string, rows: typeof cloud): BadCr[] =>
  rows.map(([what, changes, fate], i) => ({
    what: `${kind}: ${what}`,
    object: changed(base(kind, `${prefix}-hand-${i}`), changes),
    fate,
  }));

export const handMade: BadCr[] = [
  ...numbered('EhosCloud', 'cloud', cloud),
  ...numbered('EhosMaster', 'master', master),
  ...numbered('EhosNodePool', 'pool', pool),
  ...numbered('EhosNode', 'node', node),
];
