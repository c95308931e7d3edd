import { expect } from 'chai';
import { messageOf, startTestSandbox } from './harness.ts';
import type { TestSandbox } from './harness.ts';

describe('sandbox OpenStack: zones and full hosts', () => {
  let test: TestSandbox;

  beforeEach(async () => {
    test = await startTestSandbox((clouds) =>
      clouds.map((cloud) => ({ ...cloud, zones: ['nova', 'zone-b'], hostsPerZone: 1 })),
    );
  });
  afterEach(() => test.sandbox.close());

  /** Status, zone and host of a server of this flavor in this zone. */
  const built = async (flavorRef: string, availability_zone?: string, group?: string): Promise<string[]> => {
    const answer = await test.create({ flavorRef, availability_zone }, group === undefined ? {} : { hints: { group } });
    await test.clock.advance(5000);
    const server = await test.show(answer.body.server!.id!);
    return [server.status!, server['OS-EXT-AZ:availability_zone']!, server.fault?.message ?? ''];
  };
  const NO_HOST = 'No valid host was found. ';

  it('a server is in the zone that it asked for, or in the first', async () => {
    expect(await built('2', 'zone-b')).to.deep.equal(['ACTIVE', 'zone-b', '']);
    expect(await built('2')).to.deep.equal(['ACTIVE', 'nova', '']);
    const hosts = await Promise.all(test.sandbox.servers().map(async ({ id }) => (await test.show(id)).hostId));
    expect(new Set(hosts).size).to.equal(2);
  });

  const rows: [what: string, rows: { zone?: string; flavor?: string }[], full: [flavor: string, zone: string][]][] = [
    ['one flavor in one zone', [{ zone: 'zone-b', flavor: 'm1.small' }], [['2', 'zone-b']]],
    [
      'a zone',
      [{ zone: 'nova' }],
      [
        ['2', 'nova'],
        ['3', 'nova'],
      ],
    ],
    [
      'a flavor',
      [{ flavor: 'm1.medium' }],
      [
        ['3', 'nova'],
        ['3', 'zone-b'],
      ],
    ],
    ['nothing', [], []],
  ];
  for (const [what, noHostFor, full] of rows) {
    it(`finds no host for ${what}, and hosts for all else`, async () => {
      test.sandbox.driver.noHostFor = noHostFor;
      for (const flavor of ['2', '3']) {
        for (const zone of ['nova', 'zone-b']) {
          const expected = full.some(([f, z]) => f === flavor && z === zone)
            ? ['ERROR', zone, NO_HOST]
            : ['ACTIVE', zone, ''];
          expect(await built(flavor, zone), `${flavor} in ${zone}`).to.deep.equal(expected);
        }
      }
    });
  }

  it('an anti-affinity group has as many members as a zone has hosts', async () => {
    const made = await test.client.nova('POST', '/os-server-groups', {
      server_group: { name: 'g', policy: 'anti-affinity' },
    });
    const group = made.body.server_group!.id!;
    expect(await built('2', 'nova', group)).to.deep.equal(['ACTIVE', 'nova', '']);
    const full = 'No valid host was found. There are not enough hosts available.';
    expect(await built('2', 'nova', group)).to.deep.equal(['ERROR', 'nova', full]);
    expect(await built('2', 'zone-b', group)).to.deep.equal(['ACTIVE', 'zone-b', '']);
  });

  it('a closed zone takes no server until it is open again', async () => {
    test.sandbox.driver.closedZones = ['zone-b'];
    const refused = await test.create({ availability_zone: 'zone-b' });
    expect([refused.status, messageOf(refused)]).to.deep.equal([
      400,
      'The requested availability zone is not available',
    ]);
    test.sandbox.driver.closedZones = [];
    expect((await test.create({ availability_zone: 'zone-b' })).status).to.equal(202);
  });
});
