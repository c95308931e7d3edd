/** One listing of a cloud with a thousand servers of ours: calls and time. No operator, only its backend. */
import { performance } from 'node:perf_hooks';
import { setTimeout as pause } from 'node:timers/promises';
import { systemClock } from '../../src/base/clock.ts';
import { seededRandom } from '../../src/base/random.ts';
import type { KubeObject } from '../../src/api/resources.ts';
import { OpenStackBackend } from '../../src/cloud/openstack.ts';
import type { ResolvedTemplate, VmTemplate } from '../../src/cloud/backend.ts';
import type { PeerAccess } from './peer-api.ts';
import { PeersProcess } from './peers-process.ts';
import type { Scale } from './scale.ts';
import { listed, since } from './requests.ts';
import { exactly, median, type Row, type Section } from './table.ts';

const RUNS = 7;
const WORKERS = 16;
const PAGE = 1000;
const TEMPLATE: VmTemplate = {
  image: { name: 'ehos-worker' },
  networks: [{ name: 'ehos-net' }],
  securityGroups: ['ehos-worker'],
  keyName: 'ehos-key',
  availabilityZones: [],
  rootVolume: undefined,
  serverGroupPolicy: undefined,
  metadata: {},
};

export async function inventoryBench({ nodes }: Scale): Promise<Section> {
  const peers = await PeersProcess.start({ clouds: 1, instances: nodes, spawnDelayMs: 100, bootDelayMs: [100, 200] });
  const backend = openBackend(await peers.call('access'));
  try {
    await backend.connect();
    await createAll(backend, nodes - 1);
    const partlyFilled = await measure(backend, nodes - 1);
    await createAll(backend, 1);
    const full = await measure(backend, nodes);
    return {
      title: `One listing of a cloud with ${nodes} servers`,
      setting: 'one project, all servers ours; flavors are cached, as between two listings of the operator',
      rows: [...partlyFilled, ...full],
    };
  } finally {
    await backend.close();
    await peers.stop();
  }
}

function openBackend({ objects }: PeerAccess): OpenStackBackend {
  const secret = objects.find(({ kind, metadata }) => kind === 'Secret' && metadata.name === 'openstack');
  const { stringData = {} } = secret as KubeObject & { stringData?: Record<string, string> };
  return new OpenStackBackend({
    cloudsYaml: stringData['clouds.yaml'] ?? '',
    cloudName: 'ehos',
    clusterUid: '00000000-0000-4000-8000-000000000000',
    clock: systemClock,
    random: seededRandom(1),
  });
}

async function createAll(backend: OpenStackBackend, count: number): Promise<void> {
  const { flavors } = await backend.observe();
  const flavorId = flavors.get('m1.small')?.id ?? '';
  const template = await backend.resolve(TEMPLATE);
  let next = 0;
  const work = async (): Promise<void> => {
    while (next < count) await createOne(backend, next++, flavorId, template);
  };
  await Promise.all(Array.from({ length: WORKERS }, work));
  while ((await backend.observe()).vms.some(({ state }) => state !== 'Active')) await pause(250);
}

async function createOne(
  backend: OpenStackBackend,
  n: number,
  flavorId: string,
  template: ResolvedTemplate,
): Promise<void> {
  const nodeUid = `00000000-0000-4000-8000-${String(n).padStart(12, '0')}`;
  const userData = Buffer.from('#cloud-config\n');
  await backend.create({
    name: `bench-${n}`,
    nodeUid,
    flavorId,
    template,
    availabilityZone: undefined,
    serverGroupId: undefined,
    userData,
  });
}

/** Nova links to a next page whenever a page is full, so that exactly 1,000 servers take a second, empty one. */
async function measure(backend: OpenStackBackend, nodes: number): Promise<Row[]> {
  const times: number[] = [];
  const cpu: number[] = [];
  const before = new Map(backend.calls());
  let found = 0;
  for (let run = 0; run < RUNS; run++) {
    const began = performance.now();
    const used = process.cpuUsage();
    found = (await backend.observe()).vms.length;
    const { user, system } = process.cpuUsage(used);
    times.push(performance.now() - began);
    cpu.push((user + system) / 1000);
  }
  const calls = since(before, backend.calls());
  const of = `, ${nodes} servers`;
  const lists = [...calls].filter(([call]) => call.includes('GET servers')).reduce((sum, [, n]) => sum + n, 0);
  const all = `in ${RUNS} listings: ${listed(calls)}`;
  const perListing = String(lists / RUNS);
  const isFull = nodes % PAGE === 0;
  return [
    {
      what: `list calls${of}`,
      value: perListing,
      ...(isFull ? {} : exactly(perListing, String(Math.ceil(nodes / PAGE)))),
      how: isFull ? `${all}; the last of them is empty` : all,
    },
    {
      what: `time${of}`,
      value: `${median(times).toFixed(0)} ms`,
      how: `median of ${RUNS}, worst ${Math.max(...times).toFixed(0)} ms, the sandbox's own work included; ${found} found`,
    },
    { what: `CPU of the operator${of}`, value: `${median(cpu).toFixed(0)} ms`, how: 'reading and parsing, median' },
  ];
}
