/** The second half of the capture: servers, from every refusal to their end. */
import type { Recorder } from './recorder.ts';
import type { NetworkIds } from './scenario-services.ts';

const NOWHERE = '00000000-0000-0000-0000-000000000000';
const base64 = (text: string): string => Buffer.from(text).toString('base64');

export interface ServerIds {
  full: string;
  none: string;
  withPort: string;
  fromVolume: string;
  group: string;
  strict: string;
  twins: [string, string];
}

export async function settle(r: Recorder, ms = 10_000): Promise<void> {
  await r.test.clock.advance(ms);
}

export async function groupsScenario(r: Recorder): Promise<{ group: string; strict: string }> {
  const make = async (name: string, server_group: unknown, mv?: string): Promise<string> => {
    const answer = await r.nova(name, 'POST', '/os-server-groups', {
      body: { server_group },
      ...(mv === undefined ? {} : { mv }),
    });
    return answer.body.server_group!.id!;
  };
  const group = await make('nova-server-group-create', { name: 'workers', policy: 'soft-anti-affinity' });
  const strict = await make('nova-server-group-anti-affinity', { name: 'strict', policy: 'anti-affinity' });
  await make('nova-server-group-2.1-form', { name: 'old', policies: ['soft-anti-affinity'] }, '2.15');
  await r.nova('nova-server-groups', 'GET', '/os-server-groups');
  return { group, strict };
}

/** The server that most other fixtures are about. */
export async function fullServer(r: Recorder, group: string): Promise<string> {
  const wish = {
    name: 'ehos-pool-a-1',
    hostname: 'ehos-pool-a-1',
    description: 'made by EHOS',
    key_name: 'ehos-key',
    availability_zone: 'nova',
    user_data: base64('#cloud-config\nhostname: w1\n'),
    metadata: { 'ehos.pool': 'a', 'ehos.request': 'req-0001' },
    tags: ['ehos', 'ehos-req-0001'],
    security_groups: [{ name: 'default' }],
    config_drive: true,
  };
  const id = await r.create('server-create-full', wish, { hints: { group } });
  await r.nova('server-right-after-create', 'GET', `/servers/${id}`);
  await settle(r);
  for (const mv of [null, '2.19', '2.26', '2.47', '2.63', '2.73', '2.90', '2.96', '2.98', '2.100']) {
    await r.nova(`server-get-${mv ?? 'none'}`, 'GET', `/servers/${id}`, { mv });
  }
  return id;
}

export async function refusedScenario(r: Recorder, queuedImage: string, networks: NetworkIds): Promise<void> {
  const refused: [name: string, server: Record<string, unknown>, options?: { mv?: string; hints?: unknown }][] = [
    ['server-create-tags-before-2.52-400', { tags: ['a'] }, { mv: '2.51' }],
    ['server-create-hostname-before-2.90-400', { hostname: 'h' }, { mv: '2.89' }],
    ['server-create-no-networks-2.37-400', { networks: undefined }],
    ['server-create-bad-flavor-400', { flavorRef: 'nope' }],
    ['server-create-bad-image-400', { imageRef: NOWHERE }],
    ['server-create-queued-image-400', { imageRef: queuedImage }],
    ['server-create-bad-network-400', { networks: [{ uuid: NOWHERE }] }],
    ['server-create-bad-key-400', { key_name: 'nope' }],
    ['server-create-bad-sg-400', { security_groups: [{ name: 'nope' }] }],
    ['server-create-ambiguous-sg-409', { security_groups: [{ name: 'ehos-worker' }] }],
    ['server-create-bad-az-400', { availability_zone: 'nope' }],
    ['server-create-bad-group-400', {}, { hints: { group: NOWHERE } }],
    ['server-create-userdata-65536-400', { user_data: base64('x'.repeat(60000)) }],
    ['server-create-unknown-key-400', { bogus: 1 }],
    ['server-create-name-empty-400', { name: '' }],
    ['server-create-name-256-400', { name: 'n'.repeat(256) }],
    ['server-create-tag-61-chars-400', { tags: ['t'.repeat(61)] }],
    ['server-create-tag-slash-400', { tags: ['ehos/x'] }],
    ['server-create-51-tags-400', { tags: Array.from({ length: 51 }, (_, i) => `t${i}`) }],
    ['server-create-metadata-key-chars-400', { metadata: { 'ehos/x': '1' } }],
    [
      'server-create-129-metadata-403',
      { metadata: Object.fromEntries(Array.from({ length: 129 }, (_, i) => [`k${i}`, 'v'])) },
    ],
    ['server-create-metadata-256-chars-400', { metadata: { k: 'v'.repeat(256) } }],
    ['server-create-zero-disk-flavor-without-volume', { flavorRef: 'nodisk' }],
    ['server-create-port-in-use-409', { networks: [{ port: networks.port }] }],
  ];
  for (const [name, server, options] of refused) await r.create(name, server, options);
  await r.nova('server-create-not-json-400', 'POST', '/servers', { body: '{"server":' });
}

export async function acceptedScenario(
  r: Recorder,
  networks: NetworkIds,
): Promise<Omit<ServerIds, 'full' | 'group' | 'strict'>> {
  await r.create('server-create-2.1-minimal', {}, { mv: null });
  await r.create('server-create-networks-auto', { networks: 'auto' });
  const none = await r.create('server-create-networks-none', { networks: 'none' });
  await r.create('server-create-no-networks-2.1', { networks: undefined }, { mv: null });
  await r.create('server-create-sg-by-id', { security_groups: [{ name: networks.group }] });
  await r.create('server-create-userdata-not-base64', { user_data: '***' });
  await r.create('server-create-userdata-65535-ok', { user_data: base64('x'.repeat(49149)) });
  const twins: [string, string] = [
    await r.create('server-create-same-name-1', { name: 'twin' }),
    await r.create('server-create-same-name-2', { name: 'twin' }),
  ];
  await r.create('server-create-multi', { name: 'multi', min_count: 2, max_count: 3, return_reservation_id: true });
  const reservation = r.field('server-create-multi', 'reservation_id');
  await r.nova('servers-by-reservation', 'GET', `/servers/detail?reservation_id=${reservation}`);
  await r.create('server-create-multi-no-reservation', { name: 'multi2', min_count: 2, max_count: 2 });
  const withPort = await r.create('server-create-with-port', { networks: [{ port: networks.port }] });
  await settle(r);
  return { none, twins, withPort, fromVolume: await volumeServers(r) };
}

async function volumeServers(r: Recorder): Promise<string> {
  const root = {
    source_type: 'image',
    destination_type: 'volume',
    boot_index: 0,
    volume_size: 2,
    delete_on_termination: true,
  };
  const mapping = { uuid: r.test.imageId, ...root };
  const fromVolume = (extra: object = {}): Record<string, unknown> => ({
    imageRef: undefined,
    block_device_mapping_v2: [{ ...mapping, ...extra }],
  });
  const id = await r.create('server-create-boot-from-volume', { ...fromVolume(), flavorRef: 'nodisk' });
  await r.create('server-create-bfv-volume-type-before-2.67-400', fromVolume({ volume_type: '__DEFAULT__' }), {
    mv: '2.66',
  });
  await r.create('server-create-bfv-volume-type', fromVolume({ volume_type: '__DEFAULT__' }));
  await r.create('server-create-bfv-bad-type-400', fromVolume({ volume_type: 'nope' }));
  await settle(r);
  await r.nova('server-boot-from-volume', 'GET', `/servers/${id}`);
  await r.nova('server-volume-attachments', 'GET', `/servers/${id}/os-volume_attachments`);
  const cinder = (name: string, method: string, path: string, body?: unknown): Promise<unknown> =>
    r.ask(name, 'volume', method, `/v3/${r.test.projectId}/${path}`, body === undefined ? {} : { body });
  await cinder('cinder-volumes-detail', 'GET', 'volumes/detail');
  await cinder('cinder-types', 'GET', 'types');
  await cinder('cinder-limits', 'GET', 'limits');
  await cinder('cinder-volume-404', 'GET', `volumes/${NOWHERE}`);
  r.test.sandbox.setQuota('ehos', { volumes: 1 });
  await cinder('cinder-volume-quota-413', 'POST', 'volumes', { volume: { size: 1, name: 'v' } });
  const over = await r.create('server-create-bfv-volume-quota', { name: 'bfvq', ...fromVolume() });
  await settle(r);
  await r.nova('server-error-bfv-volume-quota', 'GET', `/servers/${over}`);
  r.test.sandbox.setQuota('ehos', { volumes: 1000 });
  return id;
}

export async function failingScenario(r: Recorder, strict: string): Promise<void> {
  const { driver } = r.test.sandbox;
  const huge = await r.create('server-create-no-valid-host', { name: 'huge', flavorRef: 'huge' });
  for (const i of [1, 2, 3]) {
    const id = await r.create(`server-create-anti-affinity-${i}`, { name: `aa${i}` }, { hints: { group: strict } });
    await settle(r);
    if (i === 3) await r.nova('server-error-anti-affinity', 'GET', `/servers/${id}`);
  }
  await r.nova('server-error-no-valid-host', 'GET', `/servers/${huge}`);
  await r.nova('server-error-no-valid-host-actions', 'GET', `/servers/${huge}/os-instance-actions`);
  driver.failSpawn = /^bad-/;
  const bad = await r.create('server-create-spawn-fails', { name: 'bad-1' });
  await settle(r);
  await r.nova('server-error-spawn-failed', 'GET', `/servers/${bad}`);
  await r.nova('server-error-spawn-failed-actions', 'GET', `/servers/${bad}/os-instance-actions`);
  await r.nova('server-error-delete', 'DELETE', `/servers/${bad}`);
  driver.failSpawn = undefined;
  driver.spawnDelayMs = 8000;
  const slow = await r.create('server-create-slow', { name: 'slow' });
  await settle(r, 2500);
  await r.nova('server-building-spawning', 'GET', `/servers/${slow}`);
  await r.nova('server-building-console', 'POST', `/servers/${slow}/action`, { body: { 'os-getConsoleOutput': {} } });
  await r.nova('server-building-delete', 'DELETE', `/servers/${slow}`);
  await r.nova('server-building-deleting', 'GET', `/servers/${slow}`);
  await r.nova('server-building-delete-again', 'DELETE', `/servers/${slow}`);
  await settle(r);
  driver.spawnDelayMs = undefined;
  await r.nova('server-delete-gone-404', 'DELETE', `/servers/${slow}`);
  await r.nova('server-get-gone-404', 'GET', `/servers/${slow}`);
  await r.nova('server-get-not-uuid-404', 'GET', '/servers/nope');
}

export async function listsScenario(r: Recorder): Promise<void> {
  const list = (name: string, query: string, mv?: string): Promise<unknown> =>
    r.nova(name, 'GET', `/servers${query}`, mv === undefined ? {} : { mv });
  const metadata = (value: string): string => encodeURIComponent(`{"ehos.request":"${value}"}`);
  await list('servers-brief', '?limit=2');
  await list('servers-detail', '/detail?limit=2&sort_key=created_at&sort_dir=asc');
  await list('servers-name-regex', '?name=^ehos-pool-');
  await list('servers-name-twin', '?name=^twin$');
  await list('servers-tags', '?tags=ehos,ehos-req-0001');
  await list('servers-tags-any', '?tags-any=ehos,other');
  await list('servers-not-tags', '?not-tags=ehos&limit=1');
  await list('servers-metadata-filter', `?metadata=${metadata('req-0001')}`);
  await list('servers-metadata-bogus-value', `?metadata=${metadata('nope')}`);
  await list('servers-status-error', '?status=ERROR');
  await list('servers-status-bogus', '?status=BOGUS');
  await list('servers-status-deleted-403', '?status=DELETED');
  await list('servers-all-tenants-403', '?all_tenants=1');
  await list('servers-host-filter-as-member', '?host=fake1&limit=1');
  await list('servers-unknown-filter-2.74', '?bogus=1&limit=1', '2.74');
  await list('servers-unknown-filter-2.75-400', '?bogus=1&limit=1', '2.75');
  await list('servers-key-name-filter', '?key_name=ehos-key');
  await list('servers-bad-marker-400', `?marker=${NOWHERE}`);
  await list('servers-limit-0', '?limit=0');
  await list('servers-limit-5000', '?limit=5000');
}

export async function deletionScenario(r: Recorder, [first, second]: [string, string]): Promise<void> {
  const { driver } = r.test.sandbox;
  const since = new Date(r.test.clock.now() - 15_000).toISOString().slice(0, 19) + 'Z';
  await r.nova('server-delete', 'DELETE', `/servers/${first}`);
  await r.nova('server-deleting-at-once', 'GET', `/servers/${first}`);
  await settle(r);
  await r.nova('servers-changes-since', 'GET', `/servers/detail?changes-since=${since}`);
  await r.nova('servers-changes-since-brief', 'GET', `/servers?changes-since=${since}`);
  driver.deleteDelayMs = 6000;
  await r.nova('server-delete-slow', 'DELETE', `/servers/${second}`);
  await settle(r, 1000);
  await r.nova('server-deleting-lingers', 'GET', `/servers/${second}`);
  await r.nova('server-delete-slow-again', 'DELETE', `/servers/${second}`);
  await r.nova('server-deleting-action-409', 'POST', `/servers/${second}/action`, { body: { 'os-stop': null } });
  await r.nova('servers-list-while-deleting', 'GET', '/servers/detail?name=^twin$');
  await settle(r);
  driver.deleteDelayMs = 500;
  driver.failDelete = /^multi/;
  const multi = (await r.nova('servers-multi-names', 'GET', '/servers?name=^multi')).body.servers![0]!.id!;
  await r.nova('server-delete-fails', 'DELETE', `/servers/${multi}`);
  await settle(r);
  await r.nova('server-delete-failed-state', 'GET', `/servers/${multi}`);
  driver.failDelete = undefined;
  await r.nova('server-delete-retry', 'DELETE', `/servers/${multi}`);
  await settle(r);
}

export async function actionsScenario(
  r: Recorder,
  ids: Pick<ServerIds, 'full' | 'none'>,
  networks: NetworkIds,
): Promise<string> {
  const { full } = ids;
  const act = (name: string, body: unknown): Promise<unknown> =>
    r.nova(name, 'POST', `/servers/${full}/action`, { body });
  const get = (name: string, rest = ''): Promise<unknown> => r.nova(name, 'GET', `/servers/${full}${rest}`);
  await act('action-console-output', { 'os-getConsoleOutput': { length: 50 } });
  await act('action-stop', { 'os-stop': null });
  await get('server-shutoff');
  await act('action-stop-again-409', { 'os-stop': null });
  await act('action-start', { 'os-start': null });
  await act('action-reboot', { reboot: { type: 'HARD' } });
  await act('action-reset-state-as-member-403', { 'os-resetState': { state: 'error' } });
  await act('action-lock', { lock: { locked_reason: 'do not touch' } });
  await get('server-locked');
  r.test.sandbox.lockServer(full, true);
  await act('action-stop-locked', { 'os-stop': null });
  r.test.sandbox.lockServer(full, false);
  await act('action-unknown-400', { nonsense: null });
  await get('server-tags-get', '/tags');
  await r.nova('server-tags-replace', 'PUT', `/servers/${full}/tags`, { body: { tags: ['ehos', 'drain'] } });
  const metadata = { 'ehos.state': 'draining' };
  await r.nova('server-metadata-update', 'POST', `/servers/${full}/metadata`, { body: { metadata } });
  const server = { name: 'ehos-pool-a-1-renamed' };
  await act('unlock', { unlock: null });
  await r.nova('server-rename', 'PUT', `/servers/${full}`, { body: { server } });
  await get('server-interfaces', '/os-interface');
  await get('server-actions', '/os-instance-actions');
  const port = r.field('server-interfaces', 'interfaceAttachments', 0, 'port_id');
  await r.ask('neutron-ports-by-device', 'network', 'GET', `/v2.0/ports?device_id=${full}`);
  const wish = { floating_network_id: networks.external, port_id: port };
  const fip = (name: string, floatingip: unknown): ReturnType<Recorder['ask']> =>
    r.ask(name, 'network', 'POST', '/v2.0/floatingips', { body: { floatingip } });
  const made = await fip('neutron-fip-create', { ...wish, description: 'ehos' });
  await fip('neutron-fip-already-associated-409', wish);
  await r.ask('neutron-fips-by-port', 'network', 'GET', `/v2.0/floatingips?port_id=${port}`);
  await get('server-with-floating-ip');
  await r.nova('server-without-network', 'GET', `/servers/${ids.none}`);
  return made.body.floatingip!.id!;
}

export async function endScenario(r: Recorder, ids: ServerIds, fip: string, networks: NetworkIds): Promise<void> {
  const { sandbox, networkId } = r.test;
  await r.ask('neutron-network-in-use-delete-409', 'network', 'DELETE', `/v2.0/networks/${networkId}`);
  await r.ask('neutron-sg-in-use-delete-409', 'network', 'DELETE', `/v2.0/security-groups/${networks.group}`);
  await r.nova('nova-limits-used', 'GET', '/limits');
  sandbox.setQuota('ehos', { instances: 3 });
  await r.create('server-create-quota-instances-403');
  sandbox.setQuota('ehos', { instances: 2000, cores: 3 });
  await r.create('server-create-quota-cores-403', { flavorRef: '5' });
  sandbox.setQuota('ehos', { cores: 20000, ram: 100 });
  await r.create('server-create-quota-ram-403');
  sandbox.setQuota('ehos', { ram: 60000000 });
  await r.nova('server-delete-with-fip', 'DELETE', `/servers/${ids.full}`);
  await settle(r);
  await r.ask('neutron-fip-after-delete', 'network', 'GET', `/v2.0/floatingips/${fip}`);
  await r.ask('neutron-ports-after-delete', 'network', 'GET', `/v2.0/ports?device_id=${ids.full}`);
  await r.nova('server-delete-with-own-port', 'DELETE', `/servers/${ids.withPort}`);
  await settle(r);
  await r.ask('neutron-own-port-after-delete', 'network', 'GET', `/v2.0/ports/${networks.port}`);
  await r.nova('server-group-after-delete', 'GET', `/os-server-groups/${ids.group}`);
  await r.nova('server-group-delete', 'DELETE', `/os-server-groups/${ids.group}`);
  const left = (await r.nova('servers-all', 'GET', '/servers')).body.servers!;
  for (const server of left) await r.nova('delete', 'DELETE', `/servers/${server.id!}`);
  await settle(r);
  await r.nova('servers-none', 'GET', '/servers');
}
