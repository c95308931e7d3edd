/** A backend over a fake cloud. */
import { expect } from 'chai';
import { stringify } from 'yaml';
import { ManualClock } from '../../../src/base/clock.ts';
import { EhosError } from '../../../src/base/errors.ts';
import type { ResolvedTemplate, VmTemplate } from '../../../src/cloud/backend.ts';
import { OpenStackBackend, type OpenStackBackendOptions } from '../../../src/cloud/openstack.ts';
import { HttpFailure } from '../../../src/openstack/http.ts';
import {
  captured,
  CINDER,
  FakeTransport,
  GLANCE,
  NEUTRON,
  NOVA,
  type Handler,
  type Reply,
} from '../openstack/fake-transport.ts';

const YAML = stringify({
  clouds: {
    c: {
      region_name: 'RegionOne',
      auth: {
        auth_url: 'http://127.0.0.1:5000',
        username: 'ehos',
        password: 'hunter2',
        project_name: 'ehos',
        user_domain_name: 'Default',
        project_domain_name: 'Default',
      },
    },
  },
});
export const server = (id: string, change: Record<string, unknown> = {}): Record<string, unknown> => ({
  id,
  name: id,
  status: 'ACTIVE',
  created: '2026-01-01T00:00:00Z',
  updated: '2026-01-01T00:00:01Z',
  tags: ['ehos', 'ehos-cluster-k', `ehos-node-${id}`],
  flavor: { original_name: 'm1.small' },
  ...change,
});
export const named = (...names: string[]): Record<string, unknown>[] =>
  names.map((name) => ({ id: `id-${name}`, name }));

export interface Made {
  backend: OpenStackBackend;
  transport: FakeTransport;
  clock: ManualClock;
}

/** A cloud with one of each thing; `answers` replace single ones. */
export function made(
  answers: Record<string, Reply | HttpFailure | Handler> = {},
  options: Partial<OpenStackBackendOptions> = {},
): Made {
  const all: Record<string, Reply | HttpFailure | Handler> = {
    [`GET ${NOVA}/servers/detail`]: { body: { servers: [] } },
    [`GET ${NOVA}/limits`]: captured('nova-limits-used'),
    [`GET ${NOVA}/flavors/detail`]: captured('nova-flavors-detail'),
    [`GET ${NOVA}/os-keypairs`]: captured('nova-keypairs'),
    [`GET ${NOVA}/os-availability-zone`]: captured('nova-availability-zones'),
    [`GET ${GLANCE}/images`]: ({ query }) => ({
      body: {
        images: named('worker')
          .filter((image) => (query.get('name') ?? 'worker') === image.name && !query.has('tag'))
          .map((image) => ({ ...image, status: 'active', min_disk: 5 })),
      },
    }),
    [`GET ${GLANCE}/images/id-worker`]: { body: { id: 'id-worker', name: 'worker', status: 'active', min_disk: 5 } },
    [`GET ${GLANCE}/images/none`]: captured('glance-image-404'),
    [`GET ${NEUTRON}/networks`]: {
      body: { networks: [...named('net'), { ...named('public')[0], 'router:external': true }] },
    },
    [`GET ${NEUTRON}/security-groups`]: { body: { security_groups: named('default', 'worker') } },
    [`GET ${CINDER}/types`]: captured('cinder-types'),
    [`POST ${NOVA}/servers`]: captured('server-create-full'),
    ...answers,
  };
  const transport = new FakeTransport((seen) => {
    const answer = all[seen.line];
    return typeof answer === 'function' ? answer(seen) : answer;
  });
  const clock = new ManualClock();
  const random = { next: () => 0.5 };
  return {
    transport,
    clock,
    backend: new OpenStackBackend({
      cloudsYaml: YAML,
      cloudName: 'c',
      clusterUid: 'k',
      clock,
      random,
      transport,
      ...options,
    }),
  };
}
export async function errorOf(promise: Promise<unknown>): Promise<EhosError> {
  const error: unknown = await promise.then(
    () => new Error('was not refused'),
    (e: unknown) => e,
  );
  expect(error).to.be.instanceOf(EhosError);
  return error as EhosError;
}

export const TEMPLATE: VmTemplate = {
  image: { name: 'worker' },
  networks: [{ name: 'net' }],
  securityGroups: ['worker'],
  keyName: 'ehos-key',
  availabilityZones: ['nova'],
  rootVolume: undefined,
  serverGroupPolicy: undefined,
  metadata: { owner: 'me' },
};
export const RESOLVED: ResolvedTemplate = {
  imageId: 'id-worker',
  imageName: 'worker',
  minRam: 0,
  minDisk: 5,
  networkIds: ['id-net'],
  securityGroups: ['worker'],
  keyName: 'ehos-key',
  availabilityZones: ['nova'],
  rootVolume: undefined,
  serverGroupPolicy: undefined,
  metadata: { owner: 'me' },
};
