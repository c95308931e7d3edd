/**
 * Secrets as other controllers and tools make them, which must work here unchanged: cluster-api-provider-openstack (templates/env.rc, and what
 * its pkg/scope reads), openstack-resource-controller ("Set Up Cloud Credentials"), the dashboard's clouds.yaml, openstacksdk ("Configuring
 * OpenStack SDK Applications"). Values are our own.
 */
import { expect } from 'chai';
import type { CloudConfig } from '../../../src/openstack/cloud-config.ts';
import { readCloudsYaml } from '../../../src/openstack/clouds-yaml.ts';
import { CA_PEM } from './certificates.ts';

interface Form {
  /** Keys of the Secret. */
  'clouds.yaml': string;
  cacert?: string;
}

const PASSWORD = {
  method: 'password',
  user: { name: 'capo', domain: { name: 'Default' } },
  password: 'correct horse',
  project: { name: 'cluster', domain: { name: 'Default' } },
};

const FORMS: [who: string, form: Form, expected: Partial<CloudConfig>][] = [
  [
    'cluster-api-provider-openstack, one cloud as env.rc writes it; without an authority its cacert is a line break',
    {
      'clouds.yaml': `clouds:
  openstack:
    auth:
      auth_url: https://keystone.example.org:5000/v3
      username: capo
      password: correct horse
      project_id: 8f0c2e
      user_domain_name: Default
    region_name: RegionOne
    verify: false
    interface: public
    identity_api_version: 3
`,
      cacert: '\n',
    },
    {
      authUrl: 'https://keystone.example.org:5000/v3',
      region: 'RegionOne',
      verify: false,
      cacert: undefined,
      credentials: { ...PASSWORD, method: 'password', project: { id: '8f0c2e' } },
    },
  ],
  [
    'cluster-api-provider-openstack, with the authority in the Secret and its path still in the file',
    {
      'clouds.yaml': `clouds:
  openstack:
    auth:
      auth_url: https://keystone.example.org:5000
      username: "capo"
      password: "correct horse"
      project_name: "cluster"
      user_domain_name: "Default"
      project_domain_name: "Default"
    cacert: /etc/openstack/ca.pem
`,
      cacert: CA_PEM,
    },
    { authUrl: 'https://keystone.example.org:5000/v3', cacert: CA_PEM.trim(), verify: true },
  ],
  [
    'cluster-api-provider-openstack, with only a path: it is passed over',
    {
      'clouds.yaml': `clouds:
  openstack:
    auth: {auth_url: "https://k/v3", username: capo, password: correct horse, project_name: cluster, domain_name: Default}
    cacert: /etc/ssl/certs/ca-certificates.crt
`,
    },
    { cacert: undefined, verify: true, credentials: { ...PASSWORD, method: 'password' } },
  ],
  [
    'an application credential as the dashboard gives it',
    {
      'clouds.yaml': `# This is a clouds.yaml file, which can be used by OpenStack tools
clouds:
  openstack:

    auth:

      auth_url: https://keystone.example.org/identity

      application_credential_id: "0c5a"
      application_credential_secret: "s3cr3t"


    region_name: "RegionOne"

    interface: "public"
    identity_api_version: 3
    auth_type: "v3applicationcredential"
`,
    },
    {
      authUrl: 'https://keystone.example.org/identity/v3',
      credentials: { method: 'application_credential', credential: { id: '0c5a' }, secret: 's3cr3t' },
    },
  ],
  [
    'openstack-resource-controller, with several clouds in one Secret',
    {
      'clouds.yaml': `clouds:
  staging:
    auth: {auth_url: "https://staging/v3", username: a, password: b, project_name: c, user_domain_name: d, project_domain_name: e}
  openstack:
    auth:
      auth_url: https://keystone.example.org:5000/v3
      project_name: cluster
      username: capo
      password: correct horse
      user_domain_name: Default
      project_domain_name: Default
    region_name: RegionOne
`,
    },
    { region: 'RegionOne', credentials: { ...PASSWORD, method: 'password' } },
  ],
  [
    'openstacksdk, with keys that are of no interest here',
    {
      'clouds.yaml': `cache: {expiration_time: 3600}
client: {force_ipv4: true}
clouds:
  openstack:
    auth_type: password
    auth:
      auth_url: https://keystone.example.org:5000/v3
      username: capo
      password: correct horse
      project_name: cluster
      user_domain_id: default
      project_domain_id: default
    region_name: R2
    regions: [R1, R2]
    compute_api_version: "2.90"
    networks: [{name: public, routes_externally: true}]
    floating_ip_source: neutron
    endpoint_type: internalURL
`,
    },
    {
      region: 'R2',
      interface: 'internal',
      credentials: {
        method: 'password',
        user: { name: 'capo', domain: { id: 'default' } },
        password: 'correct horse',
        project: { name: 'cluster', domain: { id: 'default' } },
      },
    },
  ],
];

describe('a Secret that was made for others', () => {
  for (const [who, form, expected] of FORMS)
    it(`works unchanged: ${who}`, () =>
      expect(
        readCloudsYaml({ text: form['clouds.yaml'], cloudName: 'openstack', cacert: form.cacert }),
      ).to.deep.include(expected));
});
