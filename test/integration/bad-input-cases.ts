/** What users write wrongly, what must be said about it, and how they mend it. */
import { randomBytes } from 'node:crypto';
import { CLOUDS, CONFIG_MAPS, POOLS } from '../../src/api/resources.ts';
import { badMasters } from './bad-input-masters.ts';
import type { BadInput, Data, Stage } from './bad-input-stage.ts';

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

export const badInputs: BadInput[] = [...badClouds, ...badTemplates, ...badMasters()];
