/** The first half of the capture: Keystone, versions, Glance, Neutron, and what Nova has beside servers. */
import type { Json } from './harness.ts';
import { passwordAuth } from './harness.ts';
import type { Recorder } from './recorder.ts';

const NONE = { token: null };
const GARBAGE = { token: 'garbage' };

export async function keystoneScenario(r: Recorder): Promise<void> {
  const id = (name: string, body: unknown): Promise<unknown> =>
    r.ask(name, 'identity', 'POST', '/v3/auth/tokens', { ...NONE, body });
  await r.ask('keystone-versions', 'identity', 'GET', '/', NONE);
  await r.ask('keystone-v3', 'identity', 'GET', '/v3', NONE);
  await id('keystone-auth-password-project', passwordAuth('ehos'));
  await id('keystone-auth-password-unscoped', passwordAuth());
  await r.ask('keystone-auth-nocatalog', 'identity', 'POST', '/v3/auth/tokens?nocatalog', {
    ...NONE,
    body: passwordAuth('ehos'),
  });
  await id('keystone-auth-bad-password-401', passwordAuth('ehos', 'wrong'));
  await id('keystone-auth-no-role-on-project-401', passwordAuth('admin'));
  await id('keystone-auth-no-such-project-401', passwordAuth('nope'));
  await id('keystone-auth-malformed-400', { auth: {} });
  await applicationCredentials(r);
  const token = await r.freshToken();
  await r.ask('keystone-token-revoke', 'identity', 'DELETE', '/v3/auth/tokens', {
    token,
    headers: { 'x-subject-token': token },
  });
  await r.ask('nova-revoked-token-401', 'compute', 'GET', '/v2.1/limits', { token });
  await r.ask('nova-no-token-401', 'compute', 'GET', '/v2.1/servers', NONE);
  await r.ask('nova-bad-token-401', 'compute', 'GET', '/v2.1/servers', GARBAGE);
  await r.ask('glance-bad-token-401', 'image', 'GET', '/v2/images', GARBAGE);
  await r.ask('neutron-bad-token-401', 'network', 'GET', '/v2.0/networks', GARBAGE);
  await r.ask('cinder-bad-token-401', 'volume', 'GET', `/v3/${r.test.projectId}/volumes`, GARBAGE);
  await r.ask('keystone-bad-token-401', 'identity', 'GET', '/v3/auth/catalog', GARBAGE);
}

async function applicationCredentials(r: Recorder): Promise<void> {
  const user = r.field('keystone-auth-password-project', 'token', 'user', 'id');
  const path = `/v3/users/${user}/application_credentials`;
  const name = 'cap-1795468513153';
  const wish = { name, description: 'captured', expires_at: '2030-01-01T00:00:00Z', roles: [{ name: 'member' }] };
  await r.ask('keystone-appcred-create', 'identity', 'POST', path, { body: { application_credential: wish } });
  await r.ask('keystone-appcred-duplicate-409', 'identity', 'POST', path, {
    body: { application_credential: { name } },
  });
  const { id, secret } = r.field('keystone-appcred-create', 'application_credential') as Record<string, Json>;
  const auth = (credential: unknown, scope?: unknown): unknown => ({
    auth: {
      identity: { methods: ['application_credential'], application_credential: credential },
      ...(scope === undefined ? {} : { scope }),
    },
  });
  const log = (fixture: string, body: unknown): Promise<{ headers: Record<string, string> }> =>
    r.ask(fixture, 'identity', 'POST', '/v3/auth/tokens', { ...NONE, body });
  const made = await log('keystone-auth-appcred', auth({ id, secret }));
  await log(
    'keystone-auth-appcred-by-name',
    auth({ name, secret, user: { name: 'ehos', domain: { name: 'Default' } } }),
  );
  await log('keystone-auth-appcred-bad-secret-401', auth({ id, secret: 'wrong' }));
  await log('keystone-auth-appcred-unknown-id-401', auth({ id: '0'.repeat(32), secret: 'wrong' }));
  await log('keystone-auth-appcred-with-scope-401', auth({ id, secret }, { project: { id: r.test.projectId } }));
  const token = made.headers['x-subject-token'] ?? '';
  await r.ask('keystone-appcred-restricted-403', 'identity', 'POST', path, {
    token,
    body: { application_credential: { name: 'x' } },
  });
  const own = r.client.token ?? '';
  await r.ask('keystone-token-validate', 'identity', 'GET', '/v3/auth/tokens', { headers: { 'x-subject-token': own } });
  await r.ask('keystone-catalog', 'identity', 'GET', '/v3/auth/catalog');
  await r.ask('keystone-appcred-delete', 'identity', 'DELETE', `${path}/${id}`);
  await r.ask('nova-token-of-deleted-appcred', 'compute', 'GET', '/v2.1/limits', { token });
}

export async function discoveryScenario(r: Recorder): Promise<void> {
  await r.ask('nova-versions', 'compute', 'GET', '/', NONE);
  await r.ask('nova-v21', 'compute', 'GET', '/v2.1/', NONE);
  await r.nova('nova-v21-no-microversion', 'GET', '/limits', { mv: null });
  await r.nova('nova-microversion-latest', 'GET', '/limits', { mv: 'latest' });
  await r.nova('nova-microversion-too-high-406', 'GET', '/limits', { mv: '2.999' });
  await r.nova('nova-microversion-malformed-400', 'GET', '/limits', { mv: 'banana' });
  await r.ask('nova-unknown-path-404', 'compute', 'GET', '/v2.1/nonsense');
  await r.ask('glance-versions', 'image', 'GET', '/', NONE);
  await r.ask('neutron-versions', 'network', 'GET', '/', NONE);
  await r.ask('cinder-versions', 'volume', 'GET', '/', NONE);
}

/** Returns the id of an image without data. */
export async function glanceScenario(r: Recorder): Promise<string> {
  const get = (name: string, path: string): Promise<unknown> => r.ask(name, 'image', 'GET', `/v2/images${path}`);
  await get('glance-image-by-name', '?name=ehos-worker&status=active');
  await get('glance-image-by-name-none', '?name=nope');
  await get('glance-image-404', '/00000000-0000-0000-0000-000000000000');
  for (const i of [1, 2]) {
    const body = { name: 'dup-image', disk_format: 'raw', container_format: 'bare' };
    const made = await r.ask(`glance-image-create-${i}`, 'image', 'POST', '/v2/images', { body });
    const id = made.body.id!;
    const headers = { 'content-type': 'application/octet-stream' };
    await r.ask(`glance-image-upload-${i}`, 'image', 'PUT', `/v2/images/${id}/file`, { body: 'data', headers });
    if (i === 1) continue;
    await r.ask('glance-image-hide', 'image', 'PATCH', `/v2/images/${id}`, {
      body: [{ op: 'replace', path: '/os_hidden', value: true }],
      headers: { 'content-type': 'application/openstack-images-v2.1-json-patch' },
    });
    await get('glance-images-hidden-by-name', '?name=dup-image&os_hidden=true');
    await get('glance-image-hidden-by-id', `/${id}`);
  }
  await get('glance-images-same-name', '?name=dup-image&sort=created_at:desc');
  const body = { name: 'queued-image', disk_format: 'raw', container_format: 'bare' };
  const queued = await r.ask('glance-image-create-queued', 'image', 'POST', '/v2/images', { body });
  await get('glance-images-page', '?limit=1');
  await get('glance-images-bad-filter', '?status=bogus');
  return queued.body.id!;
}

export interface NetworkIds {
  external: string;
  group: string;
  port: string;
}

export async function neutronScenario(r: Recorder): Promise<NetworkIds> {
  const get = (name: string, path: string): ReturnType<Recorder['ask']> =>
    r.ask(name, 'network', 'GET', `/v2.0${path}`);
  const post = (name: string, path: string, body: unknown): ReturnType<Recorder['ask']> =>
    r.ask(name, 'network', 'POST', `/v2.0${path}`, { body });
  const { networkId, projectId, sandbox } = r.test;
  await get('neutron-network-by-name', '/networks?name=ehos-net');
  const external = (await get('neutron-networks-external', '/networks?router%3Aexternal=true')).body.networks![0]!.id!;
  await get('neutron-networks-fields', '/networks?fields=id&fields=name');
  await get('neutron-subnets', `/subnets?network_id=${networkId}`);
  await get('neutron-network-404', '/networks/00000000-0000-0000-0000-000000000000');
  const found = await get('neutron-sg-by-name', '/security-groups?name=ehos-worker');
  const group = found.body.security_groups![0]!.id!;
  const wish = { security_group: { name: 'ehos-worker', description: 'same name again' } };
  const twin = (await post('neutron-sg-create', '/security-groups', wish)).body.security_group!.id!;
  const ports = { port_range_min: 9618, port_range_max: 9618, remote_ip_prefix: '0.0.0.0/0' };
  const rule = { security_group_id: twin, direction: 'ingress', protocol: 'tcp', ethertype: 'IPv4', ...ports };
  await post('neutron-sg-rule-create', '/security-group-rules', { security_group_rule: rule });
  await post('neutron-sg-rule-duplicate-409', '/security-group-rules', { security_group_rule: rule });
  await get('neutron-quota', `/quotas/${projectId}`);
  await get('neutron-quota-details', `/quotas/${projectId}/details.json`);
  const wanted = { port: { network_id: networkId, name: 'ehos-port', security_groups: [group] } };
  const port = (await post('neutron-port-create', '/ports', wanted)).body.port!.id!;
  await r.ask('neutron-port-tags', 'network', 'PUT', `/v2.0/ports/${port}/tags`, {
    body: { tags: ['ehos', 'pool-a'] },
  });
  await get('neutron-ports-by-tag', '/ports?tags=ehos&fields=id&fields=tags');
  sandbox.setQuota('ehos', { ports: 1 });
  await post('neutron-port-quota-409', '/ports', { port: { network_id: networkId } });
  await r.create('server-create-port-quota-403');
  sandbox.setQuota('ehos', { ports: -1 });
  return { external, group, port };
}

export async function catalogueScenario(r: Recorder): Promise<void> {
  await r.nova('nova-flavors-detail', 'GET', '/flavors/detail');
  await r.nova('nova-flavors-detail-2.1', 'GET', '/flavors/detail', { mv: null });
  await r.nova('nova-flavor-404', 'GET', '/flavors/nope');
  await r.nova('nova-keypairs', 'GET', '/os-keypairs');
  await r.nova('nova-keypair-404', 'GET', '/os-keypairs/nope');
  const keypair = (name: string, public_key: string): unknown => ({ keypair: { name, public_key } });
  const key = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIP6Y3GJ5Zc2g0cL1Yc0S0nqk3m2X1d5Q9rJ6c8F0u7hA x';
  await r.nova('nova-keypair-duplicate-409', 'POST', '/os-keypairs', { body: keypair('ehos-key', key) });
  await r.nova('nova-keypair-bad-400', 'POST', '/os-keypairs', { body: keypair('bad', 'nonsense') });
  await r.nova('nova-availability-zones', 'GET', '/os-availability-zone');
  await r.nova('nova-limits', 'GET', '/limits');
  await r.nova('nova-quota-detail', 'GET', `/os-quota-sets/${r.test.projectId}/detail`);
  await r.nova('nova-os-services-403', 'GET', '/os-services');
  await r.nova('nova-os-hypervisors-403', 'GET', '/os-hypervisors/detail');
}
