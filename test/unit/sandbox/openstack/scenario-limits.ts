/** What a project may have and what a server must fit: volumes, server groups, images, zones. Needs images and a second zone, see `limitsSandbox`. */
import { startTestSandbox, type Answer, type TestSandbox } from './harness.ts';
import { Recorder } from './recorder.ts';
import { settle } from './scenario-servers.ts';

const GIB = 1024 ** 3;

export function limitsSandbox(): Promise<TestSandbox> {
  return startTestSandbox((clouds) =>
    clouds.map((cloud) => ({
      ...cloud,
      quota: { instances: 2000, cores: 20000, ram: 60000000, volumes: 3, gigabytes: 5 },
      images: [
        ...cloud.images,
        { name: 'needs-ram', minRam: 4096 },
        { name: 'needs-disk', minDisk: 30 },
        { name: 'big', size: GIB + 1 },
      ],
      zones: ['nova', 'zone-b'],
    })),
  );
}

const fromVolume = (uuid: string, volume_size: number): Record<string, unknown> => ({
  imageRef: undefined,
  block_device_mapping_v2: [
    { uuid, source_type: 'image', destination_type: 'volume', boot_index: 0, volume_size, delete_on_termination: true },
  ],
});

const imageNamed = async (r: Recorder, name: string): Promise<string> =>
  (await r.client.glance('GET', `/images?name=${name}`)).body.images![0]!.id!;

export async function limitsScenario(test: TestSandbox): Promise<ReadonlyMap<string, Answer>> {
  const r = new Recorder(test);
  await volumesScenario(r);
  await imagesScenario(r);
  await groupRefusals(r);
  await groupMembers(r);
  await zonesScenario(r);
  return r.answers;
}

async function volumesScenario(r: Recorder): Promise<void> {
  const { imageId, projectId, sandbox } = r.test;
  const limits = (name: string): Promise<unknown> => r.ask(name, 'volume', 'GET', `/v3/${projectId}/limits`);
  await limits('cinder-limits-small');
  const first = await r.create('counted', fromVolume(imageId, 2));
  await settle(r);
  await limits('cinder-limits-in-use');
  const second = await r.create('server-create-bfv-gigabytes-quota', fromVolume(imageId, 4));
  await settle(r);
  await r.nova('server-error-bfv-gigabytes-quota', 'GET', `/servers/${second}`);
  for (const id of [first, second]) await r.nova('gone', 'DELETE', `/servers/${id}`);
  await settle(r);
  sandbox.setQuota('ehos', { volumes: -1, gigabytes: -1 });
  await limits('cinder-limits-unlimited');
}

async function imagesScenario(r: Recorder): Promise<void> {
  const [ram, disk, big] = await Promise.all(['needs-ram', 'needs-disk', 'big'].map((name) => imageNamed(r, name)));
  await r.create('server-create-min-ram-400', { imageRef: ram });
  await r.create('server-create-min-disk-400', { imageRef: disk });
  await r.create('server-create-bfv-min-disk-400', fromVolume(disk!, 5));
  await r.create('server-create-bfv-min-ram-400', fromVolume(ram!, 5));
  await r.create('server-create-big-image-400', { imageRef: big, flavorRef: '1' });
  const failed = await r.create('x', fromVolume(big!, 1));
  await settle(r);
  await r.nova('server-error-bfv-image-too-big', 'GET', `/servers/${failed}`);
  await r.nova('gone', 'DELETE', `/servers/${failed}`);
  await settle(r);
}

async function makeGroup(r: Recorder, name: string, server_group: unknown, mv = '2.96'): Promise<string> {
  const answer = await r.nova(name, 'POST', '/os-server-groups', { body: { server_group }, mv });
  return answer.body.server_group?.id ?? '';
}

/** Leaves two groups named `pool`. */
async function groupRefusals(r: Recorder): Promise<void> {
  await r.nova('nova-server-groups-none', 'GET', '/os-server-groups');
  await makeGroup(r, 'first', { name: 'pool', policy: 'anti-affinity' });
  await makeGroup(r, 'nova-server-group-twin', { name: 'pool', policy: 'anti-affinity' });
  const soft = { name: 'pool', policies: ['soft-anti-affinity'] };
  await makeGroup(r, 'nova-server-group-bad-policy-400', { name: 'pool', policy: 'bogus' });
  await makeGroup(r, 'nova-server-group-bad-policy-2.60-400', { name: 'pool', policies: ['bogus'] }, '2.60');
  await makeGroup(r, 'nova-server-group-soft-2.14-400', soft, '2.14');
  await makeGroup(r, 'nova-server-group-policies-2.64-400', { name: 'pool', policies: ['affinity'] }, '2.64');
  await makeGroup(r, 'nova-server-group-policy-2.63-400', { name: 'pool', policy: 'affinity' }, '2.63');
  await makeGroup(r, 'nova-server-group-empty-name-400', { name: '', policy: 'affinity' });
  await r.nova('nova-server-groups-limit-1', 'GET', '/os-server-groups?limit=1');
  await r.nova('nova-server-groups-offset-1', 'GET', '/os-server-groups?limit=1&offset=1');
  await r.nova('nova-server-groups-beyond', 'GET', '/os-server-groups?limit=1&offset=2');
  await r.nova('nova-server-groups-limit-5000', 'GET', '/os-server-groups?limit=5000');
  const { sandbox } = r.test;
  sandbox.setQuota('ehos', { serverGroups: 2 });
  await makeGroup(r, 'nova-server-group-quota-403', { name: 'third', policy: 'affinity' });
  await r.nova('nova-limits-server-groups', 'GET', '/limits');
  sandbox.setQuota('ehos', { serverGroups: -1, serverGroupMembers: -1 });
  await r.nova('nova-limits-server-groups-unlimited', 'GET', '/limits');
  sandbox.setQuota('ehos', { serverGroups: 100, serverGroupMembers: 1 });
}

async function groupMembers(r: Recorder): Promise<void> {
  const { sandbox } = r.test;
  const group = await makeGroup(r, 'strict', { name: 'pool', policy: 'anti-affinity' });
  const member = (name: string): Promise<string> => r.create(name, {}, { hints: { group } });
  const show = (name: string): Promise<unknown> => r.nova(name, 'GET', `/os-server-groups/${group}`);
  sandbox.driver.schedulerDown = true;
  const members = [await member('m1')];
  await show('nova-server-group-build-request');
  sandbox.driver.schedulerDown = false;
  await show('nova-server-group-member-building');
  await member('server-create-group-members-quota-403');
  await settle(r);
  sandbox.setQuota('ehos', { serverGroupMembers: 1000 });
  members.push(await member('m2'), await member('m3'));
  await settle(r);
  await show('nova-server-group-with-error');
  await r.nova('nova-server-group-delete-with-members', 'DELETE', `/os-server-groups/${group}`);
  await r.nova('nova-server-group-delete-again-404', 'DELETE', `/os-server-groups/${group}`);
  await member('server-create-deleted-group-400');
  for (const id of members) await r.nova('gone', 'DELETE', `/servers/${id}`);
  await settle(r);
}

async function zonesScenario(r: Recorder): Promise<void> {
  const { driver } = r.test.sandbox;
  await r.nova('nova-availability-zones-two', 'GET', '/os-availability-zone');
  const group = await makeGroup(r, 'zoned', { name: 'z', policy: 'anti-affinity' });
  let last = '';
  for (const name of ['z1', 'aa0', 'aa1']) {
    last = await r.create(name, { availability_zone: 'zone-b' }, { hints: { group } });
    await settle(r);
  }
  await r.nova('server-error-zone-anti-affinity', 'GET', `/servers/${last}`);
  driver.closedZones = ['zone-b'];
  await r.nova('nova-availability-zones-one-closed', 'GET', '/os-availability-zone');
  await r.create('server-create-closed-az-400', { availability_zone: 'zone-b' });
  driver.closedZones = [];
}
