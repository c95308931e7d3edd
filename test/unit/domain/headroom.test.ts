import { expect } from 'chai';
import type { EhosCloud, EhosNode } from '../../../src/api/resources.ts';
import { NONE, RESOURCES, UNLIMITED, type Amounts } from '../../../src/domain/amounts.ts';
import { fairShares, figuresOf, roomOf, type Room, type Tenant } from '../../../src/domain/headroom.ts';
import type { CloudSnapshot, Flavor, Quota } from '../../../src/domain/snapshots.ts';
import { ago, MINUTE, node, NOW, readyStatus, SECOND, vm } from './lifecycle-fixture.ts';

const small: Flavor = { id: '2', name: 'm1.small', cores: 2, memory: 4096, disk: 20 * 1024 * 1024, gpus: 0 };
const quotas = (instances: Quota, cores: Quota, memory: Quota): CloudSnapshot['quota'] => ({
  instances,
  cores,
  memory,
});
const none = { limit: -1, used: 5 };

const snapshot = (overrides: Partial<CloudSnapshot> = {}): CloudSnapshot => ({
  observedAt: NOW - SECOND,
  vms: [],
  foreignInstances: 0,
  quota: quotas({ limit: 10, used: 0 }, { limit: 20, used: 0 }, { limit: 40960, used: 0 }),
  flavors: new Map([['m1.small', small]]),
  serverGroupMembers: -1,
  ...overrides,
});

const cloud = (limits?: EhosCloud['spec']['limits']): Pick<EhosCloud, 'spec'> => ({
  spec: { openstack: { identityRef: { name: 's', cloudName: 'c' } }, ...(limits ? { limits } : {}) },
});

const tenant = (one: EhosNode, rootVolumeGiB?: number): Tenant => ({ node: one, rootVolumeGiB });

function roomIn(limits: EhosCloud['spec']['limits'], seen: CloudSnapshot, tenants: Tenant[] = []): Room {
  return roomOf(figuresOf(cloud(limits), seen, tenants));
}

const three = (instances: number, cores: number, memory: number): Amounts => ({
  ...UNLIMITED,
  instances,
  cores,
  memory,
});

describe('quota: what may still be made in a cloud', () => {
  const young = node({ requested: ago(SECOND) });
  const volumes = { volumes: { limit: 10, used: 2 }, gigabytes: { limit: 100, used: 40 } };
  const rows: [
    what: string,
    limits: EhosCloud['spec']['limits'],
    seen: Partial<CloudSnapshot>,
    tenants: Tenant[],
    expected: Amounts,
  ][] = [
    [
      'quota less use',
      undefined,
      {
        quota: quotas({ limit: 10, used: 4 }, { limit: 20, used: 8 }, { limit: 40960, used: 16384 }),
        foreignInstances: 4,
      },
      [],
      three(6, 12, 24576),
    ],
    ['unlimited where the limit is -1', undefined, { quota: quotas(none, none, none) }, [], UNLIMITED],
    [
      'less a server that the listing shows and the figures omit (build request)',
      undefined,
      { vms: [vm({ state: 'Booting' })] },
      [],
      three(9, 18, 36864),
    ],
    ['less a record whose server the listing does not show yet', undefined, {}, [tenant(young)], three(9, 18, 36864)],
    ['less a record without any status', undefined, {}, [tenant(node(undefined))], three(9, 18, 36864)],
    ['a server and its record are one', undefined, { vms: [vm()] }, [tenant(node(readyStatus))], three(9, 18, 36864)],
    [
      'less the servers of others where the figures omit them',
      undefined,
      { foreignInstances: 7 },
      [],
      three(3, 20, 40960),
    ],
    [
      'I14: nothing for records that will get no server',
      undefined,
      {},
      [
        tenant(node({ requested: ago(MINUTE), drainRequested: ago(SECOND) })),
        tenant(node({ ...readyStatus, deleted: ago(MINUTE) })),
      ],
      three(10, 20, 40960),
    ],
    [
      'what was asked to go since the listing, which does not show it yet, is there until the next one does not',
      undefined,
      { observedAt: NOW - 2 * SECOND },
      [
        tenant(node({ ...readyStatus, launched: ago(SECOND), deleted: ago(SECOND) })),
        tenant(node({ ...readyStatus, launched: ago(5 * SECOND), deleted: ago(3 * SECOND) })),
      ],
      three(9, 18, 36864),
    ],
    [
      'never negative',
      undefined,
      { quota: quotas({ limit: 1, used: 4 }, { limit: 1, used: 8 }, { limit: 1, used: 9 }) },
      [],
      three(0, 0, 0),
    ],
    [
      '0 of a quota of 0',
      undefined,
      { quota: quotas({ limit: 0, used: 0 }, none, none) },
      [],
      three(0, Infinity, Infinity),
    ],
    [
      'the own limits below the quota',
      { instances: 2, cores: 3, memory: '6Gi' },
      { vms: [vm()] },
      [],
      three(1, 1, 2048),
    ],
    [
      'own limits where the quota has none',
      { cores: 8 },
      { quota: quotas(none, none, none) },
      [],
      three(Infinity, 8, Infinity),
    ],
    [
      'own limits do not count the servers of others',
      { instances: 3 },
      { quota: quotas({ limit: 10, used: 5 }, none, none), foreignInstances: 5 },
      [],
      three(3, Infinity, Infinity),
    ],
    [
      'volumes and gigabytes, less those of nodes under way',
      undefined,
      { quota: { ...quotas(none, none, none), ...volumes } },
      [tenant(young, 20)],
      { ...UNLIMITED, volumes: 7, gigabytes: 40 },
    ],
    [
      'volumes of listed servers where the figures omit them',
      undefined,
      {
        quota: { ...quotas(none, none, none), volumes: { limit: 10, used: 0 }, gigabytes: { limit: 100, used: 0 } },
        vms: [vm()],
      },
      [tenant(node(readyStatus), 20)],
      { ...UNLIMITED, volumes: 9, gigabytes: 80 },
    ],
    [
      'no volumes for nodes that boot from the disk of their flavor',
      undefined,
      { quota: { ...quotas(none, none, none), ...volumes } },
      [tenant(young)],
      { ...UNLIMITED, volumes: 8, gigabytes: 60 },
    ],
  ];
  for (const [what, limits, seen, tenants, expected] of rows) {
    it(what, () => {
      expect(roomIn(limits, snapshot(seen), tenants).headroom).to.deep.equal(expected);
    });
  }

  it('tells the figures of the narrower of quota and own limit', () => {
    expect(roomIn({ cores: 3 }, snapshot({ vms: [vm()] })).usage).to.deep.equal({
      instances: { limit: 10, used: 1, by: 'quota' },
      cores: { limit: 3, used: 2, by: 'limit' },
      memory: { limit: 40960, used: 4096, by: 'quota' },
    });
  });

  it('tells the lower of quota and own limit, whatever is in use: what passes it can never be had', () => {
    const seen = snapshot({ quota: quotas({ limit: 10, used: 10 }, { limit: 20, used: 20 }, none) });
    expect(roomIn({ instances: 3, cores: 30 }, seen).ceilings).to.deep.equal({
      instances: { limit: 3, by: 'limit' },
      cores: { limit: 20, by: 'quota' },
    });
  });
});

const asked = (has: number, wants: number): { has: Amounts; wants: Amounts } => ({
  has: { ...NONE, cores: has },
  wants: { ...NONE, cores: wants },
});

describe('quota: shares of several pools', () => {
  const rows: [what: string, room: number, asked: [has: number, wants: number][], shares: number[]][] = [
    [
      'enough for all: what they ask for',
      20,
      [
        [0, 8],
        [4, 12],
      ],
      [8, 12],
    ],
    [
      'equal pools share alike',
      10,
      [
        [0, 8],
        [0, 8],
      ],
      [5, 5],
    ],
    [
      'who asks for less than its share has all of it',
      10,
      [
        [0, 2],
        [0, 100],
      ],
      [2, 8],
    ],
    [
      'what they have counts',
      10,
      [
        [0, 100],
        [6, 100],
      ],
      [8, 2],
    ],
    [
      'who has more than its share is given nothing',
      10,
      [
        [0, 100],
        [40, 100],
      ],
      [10, 0],
    ],
    [
      'among three: the least is raised first, then two together',
      10,
      [
        [0, 100],
        [4, 100],
        [20, 100],
      ],
      [7, 3, 0],
    ],
    [
      'what cannot be halved is not given',
      5,
      [
        [0, 4],
        [0, 4],
      ],
      [2, 2],
    ],
    [
      'nothing of nothing',
      0,
      [
        [0, 4],
        [3, 4],
      ],
      [0, 0],
    ],
    [
      'nothing for who asks for nothing',
      10,
      [
        [0, 0],
        [0, 100],
      ],
      [0, 10],
    ],
    [
      'without a limit all that they ask for',
      Infinity,
      [
        [0, 1_000_000],
        [5, 7],
      ],
      [1_000_000, 7],
    ],
  ];
  for (const [what, room, pools, shares] of rows) {
    it(`${what}: ${shares.join(' and ')} of ${room}`, () => {
      const found = fairShares(
        { ...UNLIMITED, cores: room },
        pools.map(([has, wants]) => asked(has, wants)),
      );
      expect(found.map(({ cores }) => cores)).to.deep.equal(shares);
      const turned = fairShares(
        { ...UNLIMITED, cores: room },
        pools.toReversed().map(([has, wants]) => asked(has, wants)),
      );
      expect(turned.map(({ cores }) => cores)).to.deep.equal(shares.toReversed());
    });
  }

  it('each resource has a level of its own', () => {
    const wants = { instances: 4, cores: 8, memory: 1000, volumes: 4, gigabytes: 80 };
    const pools = [
      { has: NONE, wants },
      { has: NONE, wants },
    ];
    const room = { instances: 100, cores: 8, memory: 600, volumes: 3, gigabytes: 160 };
    const share = { instances: 4, cores: 4, memory: 300, volumes: 1, gigabytes: 80 };
    expect(fairShares(room, pools)).to.deep.equal([share, share]);
    for (const resource of RESOURCES) expect(2 * share[resource]).to.be.at.most(room[resource]);
  });
});
