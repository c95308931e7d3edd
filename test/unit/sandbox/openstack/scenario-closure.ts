/** What belongs to a server beside it: an empty volume, a port, a floating IP; and what stays when the volume service was away. */
import { startTestSandbox, type Answer, type TestSandbox } from './harness.ts';
import { Recorder } from './recorder.ts';
import { settle } from './scenario-servers.ts';

export function closureSandbox(): Promise<TestSandbox> {
  return startTestSandbox((clouds) =>
    clouds.map((cloud) => ({
      ...cloud,
      quota: { instances: 2000, cores: 20000, ram: 60000000 },
      networks: [...cloud.networks, { name: 'lonely', cidr: '10.99.0.0/24', isolated: true }],
    })),
  );
}

export async function closureScenario(test: TestSandbox): Promise<ReadonlyMap<string, Answer>> {
  const r = new Recorder(test);
  const server = await blankVolumes(r);
  await floatingIps(r, server);
  await leftover(r, server);
  return r.answers;
}

async function blankVolumes(r: Recorder): Promise<string> {
  const { imageId, projectId } = r.test;
  const local = { uuid: imageId, source_type: 'image', destination_type: 'local', boot_index: 0 };
  const empty = { source_type: 'blank', destination_type: 'volume', boot_index: -1, volume_size: 3 };
  const disks = (...list: object[]): Record<string, unknown> => ({
    block_device_mapping_v2: list.map((disk) => ({ ...disk, delete_on_termination: true })),
    name: 'closure-a',
    flavorRef: '1',
    tags: ['closure'],
  });
  await r.create('server-create-blank-without-boot-400', disks(empty));
  await r.create('server-create-blank-type-400', disks(local, { ...empty, volume_type: 'nope' }));
  const id = await r.create('server-create-blank', disks(local, empty));
  await settle(r);
  await r.nova('server-with-blank', 'GET', `/servers/${id}`);
  const path = `/v3/${projectId}`;
  const found = await r.ask(
    'cinder-volume-by-blank-name',
    'volume',
    'GET',
    `${path}/volumes/detail?name=${id}-blank-vol`,
  );
  const volume = found.body.volumes?.[0] as unknown as { id: string; attachments: { attachment_id: string }[] };
  await r.ask('cinder-attachments-by-server', 'volume', 'GET', `${path}/attachments?instance_id=${id}`, {
    headers: { 'openstack-api-version': 'volume 3.27' },
  });
  await detach(r, 'cinder-detach-live-409', volume.id);
  await r.ask('cinder-volume-delete-in-use-400', 'volume', 'DELETE', `${path}/volumes/${volume.id}`);
  return id;
}

async function floatingIps(r: Recorder, server: string): Promise<void> {
  const { networkId, sandbox } = r.test;
  const get = (name: string, path: string): ReturnType<Recorder['ask']> =>
    r.ask(name, 'network', 'GET', `/v2.0${path}`);
  const make = (name: string, floatingip: unknown): ReturnType<Recorder['ask']> =>
    r.ask(name, 'network', 'POST', '/v2.0/floatingips', { body: { floatingip } });
  const [external] = (await get('x', '/networks?router%3Aexternal=true')).body.networks!.map(({ id }) => id!);
  const [lonely] = (await get('x', '/networks?name=lonely')).body.networks!.map(({ id }) => id!);
  const ports = await get('neutron-ports-of-server', `/ports?device_id=${server}&network_id=${networkId}`);
  const port = (ports.body as { ports?: { id: string }[] }).ports?.[0]?.id;
  await get('neutron-routers', '/routers');
  await get('neutron-router-ports', `/ports?network_id=${networkId}&device_owner=network%3Arouter_interface`);
  const description = 'ehos-cluster-0123 ehos-node-4567';
  const wish = { floating_network_id: external, port_id: port };
  const made = await make('neutron-fip-create-described', { ...wish, description });
  const fip = made.body.floatingip!.id!;
  await get('neutron-fips-by-description', `/floatingips?description=${encodeURIComponent(description)}`);
  await make('neutron-fip-second-on-port-409', wish);
  const free = (name: string, revision: number): ReturnType<Recorder['ask']> =>
    r.ask(name, 'network', 'PUT', `/v2.0/floatingips/${fip}`, {
      body: { floatingip: { port_id: null } },
      headers: { 'if-match': `revision_number=${revision}` },
    });
  await free('neutron-fip-revision-412', 99);
  await free('neutron-fip-revision-200', 0);
  const elsewhere = await r.ask('x', 'network', 'POST', '/v2.0/ports', { body: { port: { network_id: lonely } } });
  await make('neutron-fip-unreachable-404', { ...wish, port_id: elsewhere.body.port!.id });
  await make('neutron-fip-not-external-400', { floating_network_id: lonely });
  await r.ask('neutron-fip-delete', 'network', 'DELETE', `/v2.0/floatingips/${fip}`);
  await r.ask('neutron-fip-delete-again-404', 'network', 'DELETE', `/v2.0/floatingips/${fip}`);
  sandbox.setQuota('ehos', { floatingIps: 0 });
  await make('neutron-fip-quota-409', { floating_network_id: external });
}

/** The volume service was away when Nova deleted the server. */
async function leftover(r: Recorder, server: string): Promise<void> {
  const { projectId, sandbox } = r.test;
  sandbox.driver.keepsVolumes = true;
  await r.nova('gone', 'DELETE', `/servers/${server}`);
  await settle(r);
  const volume = r.field('cinder-volume-by-blank-name', 'volumes', 0, 'id') as unknown as string;
  await r.ask('cinder-volume-leftover', 'volume', 'GET', `/v3/${projectId}/volumes/${volume}`);
  await detach(r, 'cinder-detach-leftover-202', volume);
  await r.ask('cinder-volume-delete-202', 'volume', 'DELETE', `/v3/${projectId}/volumes/${volume}`);
}

async function detach(r: Recorder, name: string, volume: string): Promise<void> {
  const attachment = r.field('cinder-volume-by-blank-name', 'volumes', 0, 'attachments', 0, 'attachment_id');
  await r.ask(name, 'volume', 'POST', `/v3/${r.test.projectId}/volumes/${volume}/action`, {
    body: { 'os-detach': { attachment_id: attachment } },
  });
}
