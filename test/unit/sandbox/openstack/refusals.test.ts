import { expect } from 'chai';
import { messageOf, startTestSandbox } from './harness.ts';
import type { TestSandbox } from './harness.ts';

const NOWHERE = '00000000-0000-0000-0000-000000000000';

interface Row {
  title: string;
  method: string;
  path: string | ((test: TestSandbox) => string);
  body?: unknown;
  status: number;
  message?: RegExp;
}

/** One request each, on a fresh sandbox; `path` includes the service. */
function table(rows: Row[]): void {
  let test: TestSandbox;
  before(async () => {
    test = await startTestSandbox();
  });
  after(() => test.sandbox.close());
  for (const { title, method, path, body, status, message } of rows) {
    it(title, async () => {
      const target = typeof path === 'string' ? path : path(test);
      const answer = await test.client.request(method, target, body === undefined ? {} : { body });
      expect(answer.status).to.equal(status);
      if (message) expect(messageOf(answer)).to.match(message);
    });
  }
}

describe('sandbox OpenStack: refusals of each service (texts measured)', () => {
  const user = '/identity/v3/users/nobody/application_credentials';
  const cinder = (path: string) => (test: TestSandbox) => `/volume/v3/${test.projectId}/${path}`;
  table([
    {
      title: 'identity: list of projects',
      method: 'GET',
      path: '/identity/v3/projects',
      status: 403,
      message: /identity:list_projects\.$/,
    },
    {
      title: 'identity: list of users',
      method: 'GET',
      path: '/identity/v3/users',
      status: 403,
      message: /identity:list_users\.$/,
    },
    {
      title: "identity: someone else's project",
      method: 'GET',
      path: '/identity/v3/projects/x',
      status: 403,
      message: /identity:get_project\.$/,
    },
    {
      title: "identity: someone else's user",
      method: 'GET',
      path: '/identity/v3/users/x',
      status: 403,
      message: /identity:get_user\.$/,
    },
    { title: 'identity: unknown path', method: 'GET', path: '/identity/v3/nonsense', status: 404 },
    {
      title: 'identity: unknown subject token',
      method: 'GET',
      path: '/identity/v3/auth/tokens',
      status: 404,
      message: /^Could not find token/,
    },
    {
      title: 'identity: credential without a name',
      method: 'POST',
      path: user,
      body: { application_credential: {} },
      status: 400,
      message: /^'name' is a required property$/,
    },
    {
      title: 'identity: unknown credential',
      method: 'GET',
      path: `${user}/x`,
      status: 404,
      message: /^Could not find Application Credential: x\.$/,
    },
    {
      title: 'compute: zones in detail',
      method: 'GET',
      path: '/compute/v2.1/os-availability-zone/detail',
      status: 403,
      message: /os-availability-zone:detail/,
    },
    {
      title: 'compute: hypervisors',
      method: 'GET',
      path: '/compute/v2.1/os-hypervisors',
      status: 403,
      message: /os-hypervisors:list to/,
    },
    {
      title: "compute: someone else's quota",
      method: 'GET',
      path: '/compute/v2.1/os-quota-sets/x',
      status: 403,
      message: /os-quota-sets:show/,
    },
    {
      title: 'compute: unknown method',
      method: 'PATCH',
      path: '/compute/v2.1/servers',
      status: 404,
      message: /^The resource could not be found\.$/,
    },
    { title: 'compute: malformed path', method: 'GET', path: '/compute/v2.1/servers/%E0%A4%A', status: 404 },
    {
      title: 'compute: unknown server group',
      method: 'GET',
      path: `/compute/v2.1/os-server-groups/${NOWHERE}`,
      status: 404,
      message: /^Instance group .* could not be found\.$/,
    },
    {
      title: 'image: limit that is no number',
      method: 'GET',
      path: '/image/v2/images?limit=x',
      status: 400,
      message: /^limit param must be an integer$/,
    },
    {
      title: 'image: unknown marker',
      method: 'GET',
      path: '/image/v2/images?marker=nope',
      status: 400,
      message: /^No image found with ID nope$/,
    },
    {
      title: 'image: name for an id',
      method: 'GET',
      path: '/image/v2/images/ehos-worker',
      status: 404,
      message: /^No image found with ID ehos-worker$/,
    },
    {
      title: 'image: create without JSON',
      method: 'POST',
      path: '/image/v2/images',
      body: 'x',
      status: 400,
      message: /^Malformed JSON/,
    },
    {
      title: 'image: unknown path',
      method: 'GET',
      path: '/image/v2/nonsense',
      status: 404,
      message: /^The resource could not be found\.$/,
    },
    {
      title: 'network: unknown filter',
      method: 'GET',
      path: '/network/v2.0/networks?bogus=1',
      status: 400,
      message: /^\['bogus'\] is invalid attribute for filtering$/,
    },
    {
      title: 'network: unknown path',
      method: 'GET',
      path: '/network/v2.0/nonsense',
      status: 404,
      message: /^The resource could not be found\.$/,
    },
    {
      title: 'network: unknown port',
      method: 'GET',
      path: `/network/v2.0/ports/${NOWHERE}`,
      status: 404,
      message: /^Port .* could not be found\.$/,
    },
    {
      title: 'network: unknown group',
      method: 'GET',
      path: `/network/v2.0/security-groups/${NOWHERE}`,
      status: 404,
      message: /^Security group .* does not exist$/,
    },
    {
      title: 'network: unknown rule',
      method: 'DELETE',
      path: `/network/v2.0/security-group-rules/${NOWHERE}`,
      status: 404,
      message: /^Security group rule .* does not exist$/,
    },
    {
      title: 'network: unknown floating IP',
      method: 'GET',
      path: `/network/v2.0/floatingips/${NOWHERE}`,
      status: 404,
      message: /^Floating IP .* could not be found$/,
    },
    {
      title: 'network: unknown subnet',
      method: 'GET',
      path: `/network/v2.0/subnets/${NOWHERE}`,
      status: 404,
      message: /^Subnet .* could not be found\.$/,
    },
    {
      title: 'network: port without a network',
      method: 'POST',
      path: '/network/v2.0/ports',
      body: { port: {} },
      status: 400,
      message: /^Failed to parse request\. Required attribute 'network_id' not specified$/,
    },
    {
      title: 'network: port on an unknown network',
      method: 'POST',
      path: '/network/v2.0/ports',
      body: { port: { network_id: NOWHERE } },
      status: 404,
      message: /^Network .* could not be found\.$/,
    },
    {
      title: 'network: body without a resource',
      method: 'POST',
      path: '/network/v2.0/ports',
      body: {},
      status: 400,
      message: /^Resource 'port' not found in request body/,
    },
    {
      title: 'network: floating IP on an unknown network',
      method: 'POST',
      path: '/network/v2.0/floatingips',
      body: { floatingip: { floating_network_id: NOWHERE } },
      status: 404,
      message: /^Network .* could not be found\.$/,
    },
    {
      title: 'network: second default group',
      method: 'POST',
      path: '/network/v2.0/security-groups',
      body: { security_group: { name: 'default' } },
      status: 409,
      message: /^Default security group already exists/,
    },
    { title: "network: someone else's quota", method: 'GET', path: '/network/v2.0/quotas/x', status: 403 },
    { title: 'network: limit that is no number', method: 'GET', path: '/network/v2.0/networks?limit=x', status: 400 },
    {
      title: 'volume: unknown path',
      method: 'GET',
      path: cinder('nonsense'),
      status: 404,
      message: /^The resource could not be found\.$/,
    },
    {
      title: 'volume: no size',
      method: 'POST',
      path: cinder('volumes'),
      body: { volume: {} },
      status: 400,
      message: /^The server could not comply/,
    },
    {
      title: 'volume: more than the gigabytes',
      method: 'POST',
      path: cinder('volumes'),
      body: { volume: { size: 100_000 } },
      status: 413,
      message: /^VolumeSizeExceedsAvailableQuota: .* Requested 100000G, quota is 10000G and 0G/,
    },
    { title: 'no service of that name', method: 'GET', path: '/nowhere/v1', status: 404 },
  ]);
});
