/** One thing wrong each, and how `ehos check` must tell it. */
export interface Spoilt {
  kind?: string;
  metadata: { name: string };
  spec: Record<string, Record<string, unknown>>;
  stringData?: Record<string, string>;
}

/** Of a server that there is not. */
const OTHER_KEY = 'AAAAC3NzaC1lZDI1NTE5AAAAIJk6nVdF7n7Wg0m0nQmZrXoG0nJ0c1kqv4l1pV3nQ0aF';

export const SPOILT: [
  string,
  string,
  (object: Spoilt) => void,
  { about: RegExp; what: string; found: RegExp; remedy: RegExp },
][] = [
  [
    'a Secret without clouds.yaml',
    'Secret/openstack',
    (o) => (o.stringData = { 'clouds.yml': 'x' }),
    {
      about: /cloud-a$/,
      what: 'Secret',
      found: /no key "clouds.yaml"; its keys: clouds.yml/,
      remedy: /kubectl create secret/,
    },
  ],
  [
    'a clouds.yaml without the entry',
    'EhosCloud/cloud-a',
    (o) => (o.spec.openstack!.identityRef = { name: 'openstack', cloudName: 'west' }),
    { about: /cloud-a$/, what: 'clouds.yaml', found: /clouds\.west: no such cloud/, remedy: /mend/ },
  ],
  [
    'a wrong password',
    'Secret/openstack',
    (o) =>
      (o.stringData!['clouds.yaml'] = o.stringData!['clouds.yaml']!.replace(
        /password: \S+/,
        'password: wrong-password',
      )),
    { about: /EhosCloud/, what: 'authentication', found: /./, remedy: /user, domain, project and password/ },
  ],
  [
    'an image that is not there',
    'EhosCloud/cloud-a',
    (o) => (o.spec.defaults!.image = { name: 'nothing' }),
    {
      about: /pool-a in cloud-a$/,
      what: 'image.name',
      found: /no image has the name "nothing": there (is|are) "/,
      remedy: /name one/,
    },
  ],
  [
    'a network that is not there',
    'EhosCloud/cloud-a',
    (o) => (o.spec.defaults!.networks = [{ name: 'nowhere' }]),
    {
      about: /in cloud-a$/,
      what: 'networks[0].name',
      found: /no network has the name "nowhere"/,
      remedy: /name one/,
    },
  ],
  [
    'a security group that is not there',
    'EhosCloud/cloud-a',
    (o) => (o.spec.defaults!.securityGroups = ['ehos-worker', 'open']),
    { about: /in cloud-a$/, what: 'securityGroups[1]', found: /no security group "open"/, remedy: /name one/ },
  ],
  [
    'a key pair that is not there',
    'EhosCloud/cloud-a',
    (o) => (o.spec.defaults!.keyName = 'lost'),
    { about: /in cloud-a$/, what: 'keyName', found: /"lost"/, remedy: /name one/ },
  ],
  [
    'a flavor that is not there',
    'EhosNodePool/pool-a',
    (o) => (o.spec.template!.flavors = ['m1.medium', 'm1.giant']),
    { about: /in cloud-a$/, what: 'flavor m1.giant', found: /no such flavor/, remedy: /name one/ },
  ],
  [
    'a cloud that is not there',
    'EhosNodePool/pool-a',
    (o) => ((o.spec as Record<string, unknown>).clouds = [{ name: 'cloud-z' }]),
    { about: /in cloud-z$/, what: 'cloud', found: /no EhosCloud "cloud-z"/, remedy: /spec\.clouds/ },
  ],
  [
    'a master that is not there',
    'EhosNodePool/pool-a',
    (o) => (o.spec.masterRef = { name: 'other' }),
    { about: /pool-a$/, what: 'master', found: /no EhosMaster "other".*there is master/, remedy: /spec\.masterRef/ },
  ],
  [
    'another host key',
    'Secret/master-ssh',
    (o) =>
      (o.stringData!.known_hosts = o.stringData!.known_hosts!.replace(/ssh-ed25519 \S+/, `ssh-ed25519 ${OTHER_KEY}`)),
    { about: /EhosMaster/, what: 'host key', found: /not the expected one/, remedy: /ssh-keyscan/ },
  ],
  [
    'a private key that is none',
    'Secret/master-ssh',
    (o) => (o.stringData!['ssh-privatekey'] = 'hello'),
    { about: /EhosMaster/, what: 'private key', found: /holds no private key/, remedy: /kubectl create secret/ },
  ],
  [
    'an account that is not let in',
    'EhosMaster/master',
    (o) => (o.spec.ssh!.user = 'nobody'),
    { about: /EhosMaster/, what: 'SSH', found: /refused the key for user "nobody"/, remedy: /authorized_keys/ },
  ],
  [
    'a port where nobody listens',
    'EhosMaster/master',
    (o) => (
      (o.spec.ssh!.port = 1),
      (o.spec.ssh!.hostKey = `ssh-ed25519 ${OTHER_KEY}`),
      delete o.spec.ssh!.knownHostsRef
    ),
    { about: /EhosMaster/, what: 'SSH', found: /no SSH connection/, remedy: /reachable/ },
  ],
  [
    'a field that nobody knows',
    'EhosNodePool/pool-a',
    (o) => ((o.spec as Record<string, unknown>).maxNodez = 3),
    { about: /pool-a$/, what: 'form', found: /maxNodez/, remedy: /kubectl explain/ },
  ],
  [
    'a field that is missing',
    'EhosMaster/master',
    (o) => delete o.spec.condor,
    { about: /EhosMaster default\/master$/, what: 'form', found: /spec\.condor/, remedy: /kubectl explain/ },
  ],
];
