import { expect } from 'chai';
import { ManualClock } from '../../../src/base/clock.ts';
import { EhosError } from '../../../src/base/errors.ts';
import { seededRandom } from '../../../src/base/random.ts';
import type { EhosCloud, EhosCloudStatus, EhosNode, EhosNodeStatus } from '../../../src/api/resources.ts';
import { CloudSession } from '../../../src/controllers/cloud-session.ts';
import { cloudStatus, syncTime } from '../../../src/controllers/cloud-status.ts';
import { NO_REPORT } from '../../../src/controllers/orphan-status.ts';
import { problemOf } from '../../../src/controllers/problem.ts';
import { defaultOrphanSettings } from '../../../src/domain/orphans.ts';
import type { CloudSnapshot } from '../../../src/domain/snapshots.ts';
import { toTime } from '../../../src/domain/times.ts';
import { statusPatch } from '../../../src/kube/status.ts';
import { backend, cloudSnapshot, ehosCloud, vm } from './fixture.ts';

const NOW = Date.UTC(2026, 10, 24, 12);
const MINUTE = 60_000;
const AROUND = { nodes: [], orphans: defaultOrphanSettings };

function listed(change: Partial<CloudSnapshot> = {}): CloudSession {
  const session = new CloudSession(seededRandom(1), new ManualClock(), 8);
  session.backend = backend();
  session.observe(cloudSnapshot({ observedAt: NOW, ...change }));
  return session;
}

/** `Ready=True Ready`, one a condition. */
function words(status: EhosCloudStatus): string[] {
  return (status.conditions ?? []).map(({ type, status: value, reason }) => `${type}=${value} ${reason}`);
}

const messageOf = (status: EhosCloudStatus, type: string): string | undefined =>
  status.conditions?.find((condition) => condition.type === type)?.message;

describe('cloudStatus', () => {
  const refused = new EhosError('Auth', '401 from Keystone');
  const badYaml = new EhosError('Invalid', 'clouds.yaml: not YAML');
  const full = { instances: { limit: 10, used: 10 }, cores: { limit: -1, used: 99 }, memory: { limit: 100, used: 20 } };

  for (const [what, make, expected, cloud] of [
    [
      'not looked at yet',
      () => new CloudSession(seededRandom(1), new ManualClock(), 8),
      [
        'Ready=Unknown NotTried',
        'Authenticated=Unknown NotTried',
        'Synced=Unknown NotTried',
        'QuotaAvailable=Unknown NotTried',
      ],
    ],
    [
      'listed',
      () => listed(),
      ['Ready=True Ready', 'Authenticated=True Authenticated', 'Synced=True Listed', 'QuotaAvailable=True Available'],
    ],
    [
      'refused from the start',
      () =>
        Object.assign(new CloudSession(seededRandom(1), new ManualClock(), 8), { problem: problemOf(refused, false) }),
      [
        'Ready=False InvalidCredentials',
        'Authenticated=False InvalidCredentials',
        'Synced=False NotAuthenticated',
        'QuotaAvailable=Unknown NotTried',
      ],
    ],
    [
      'refused after it was listed',
      () => Object.assign(listed(), { problem: problemOf(refused, true) }),
      [
        'Ready=False InvalidCredentials',
        'Authenticated=False InvalidCredentials',
        'Synced=False NotAuthenticated',
        'QuotaAvailable=True Available',
      ],
    ],
    [
      'given in a wrong form',
      () => Object.assign(listed(), { problem: problemOf(badYaml, false) }),
      [
        'Ready=False InvalidCredentials',
        'Authenticated=False InvalidCredentials',
        'Synced=False NotAuthenticated',
        'QuotaAvailable=True Available',
      ],
    ],
    [
      'one that refuses a list as invalid: the credentials are not to blame',
      () => Object.assign(listed(), { problem: problemOf(new EhosError('Invalid', '400 marker not found'), true) }),
      [
        'Ready=False TransientError',
        'Authenticated=True Authenticated',
        'Synced=False TransientError',
        'QuotaAvailable=True Available',
      ],
    ],
    [
      'down',
      () => Object.assign(listed(), { problem: problemOf(new EhosError('Transient', '503'), true) }),
      [
        'Ready=False TransientError',
        'Authenticated=True Authenticated',
        'Synced=False TransientError',
        'QuotaAvailable=True Available',
      ],
    ],
    [
      'full: it is ready all the same, and says so',
      () => listed({ quota: full }),
      [
        'Ready=True QuotaUsedUp',
        'Authenticated=True Authenticated',
        'Synced=True Listed',
        'QuotaAvailable=False QuotaUsedUp',
      ],
    ],
    [
      'suspended',
      () => listed(),
      [
        'Ready=True Suspended',
        'Authenticated=True Authenticated',
        'Synced=True Listed',
        'QuotaAvailable=True Available',
      ],
      ehosCloud({ suspend: true }),
    ],
    [
      'suspended and down',
      () => Object.assign(listed(), { problem: problemOf(new EhosError('Timeout', 'no answer'), true) }),
      [
        'Ready=False TransientError',
        'Authenticated=True Authenticated',
        'Synced=False TransientError',
        'QuotaAvailable=True Available',
      ],
      ehosCloud({ suspend: true }),
    ],
    [
      'being deleted',
      () => listed(),
      [
        'Ready=False Deleting',
        'Authenticated=True Authenticated',
        'Synced=True Listed',
        'QuotaAvailable=True Available',
      ],
      ehosCloud({}, { deletionTimestamp: toTime(NOW) }),
    ],
  ] as [string, () => CloudSession, string[], EhosCloud?][])
    it(`a cloud that is ${what}`, () =>
      expect(words(cloudStatus(cloud ?? ehosCloud(), make(), AROUND, NOW))).to.deep.equal(expected));

  it('names the figures of a quota that is used up, and leaves out what has no limit', () =>
    expect(messageOf(cloudStatus(ehosCloud(), listed({ quota: full }), AROUND, NOW), 'Ready')).to.equal(
      'the quota is used up: instances 10 of 10',
    ));

  it('says that a failure is tried again by itself', () => {
    const session = Object.assign(listed(), { problem: problemOf(new EhosError('Transient', '503 from Nova'), true) });
    expect(messageOf(cloudStatus(ehosCloud(), session, AROUND, NOW), 'Synced')).to.equal(
      '503 from Nova; tried again by itself',
    );
  });

  it('counts servers by state, and those of others', () => {
    const vms = (['Booting', 'Active', 'Active', 'Error', 'Stopping', 'Unknown'] as const).map((state, i) =>
      vm({ id: `s${i}`, state }),
    );
    const status = cloudStatus(ehosCloud(), listed({ vms, foreignInstances: 7 }), AROUND, NOW);
    expect(status.nodes).to.deep.equal({ total: 6, booting: 1, active: 2, error: 1, other: 2 });
    expect(status.foreignInstances).to.equal(7);
  });

  it('says after the first look whether servers have no record, and keeps saying so after a restart', () => {
    const session = listed();
    expect(words(cloudStatus(ehosCloud(), session, AROUND, NOW))).to.have.length(4);
    session.orphans = { ...NO_REPORT, waiting: [vm({ id: 's1' })] };
    const status = cloudStatus(ehosCloud(), session, AROUND, NOW);
    expect(words(status)[4]).to.equal('NoOrphans=False Waiting');
    const restarted = cloudStatus({ ...ehosCloud(), status }, listed(), AROUND, NOW + MINUTE);
    expect(restarted.conditions?.[4]).to.deep.equal(status.conditions?.[4]);
    session.orphans = NO_REPORT;
    expect(words(cloudStatus(ehosCloud(), session, AROUND, NOW))[4]).to.equal('NoOrphans=True None');
    expect(words(status)[0], 'new nodes may be made all the same').to.equal('Ready=True Ready');
  });

  it('keeps the time of a condition as long as its status stays', () => {
    const first = cloudStatus(ehosCloud(), listed(), AROUND, NOW);
    const failing = Object.assign(listed(), { problem: problemOf(new EhosError('Transient', '503'), true) });
    const second = cloudStatus({ ...ehosCloud(), status: first }, failing, AROUND, NOW + MINUTE);
    const timeOf = (status: EhosCloudStatus, type: string): string | undefined =>
      status.conditions?.find((condition) => condition.type === type)?.lastTransitionTime;
    expect(timeOf(second, 'Authenticated')).to.equal(toTime(NOW));
    expect(timeOf(second, 'Synced')).to.equal(toTime(NOW + MINUTE));
  });

  it('shows when the credential ends, where that is known', () => {
    expect(cloudStatus(ehosCloud(), listed(), AROUND, NOW)).not.to.have.property('credentialExpiresAt');
    const session = Object.assign(listed(), { credentialExpiresAt: NOW + MINUTE });
    expect(cloudStatus(ehosCloud(), session, AROUND, NOW).credentialExpiresAt).to.equal(toTime(NOW + MINUTE));
  });
});

describe('cloudStatus: what nodes of a flavor gave', () => {
  const given = { cores: 1, memory: 1900, disk: 9_000_000 };
  const node = (name: string, status: EhosNodeStatus, spec: Partial<EhosNode['spec']> = {}): EhosNode => ({
    metadata: { name, namespace: 'ns', uid: `uid-${name}` },
    spec: {
      ...{ poolRef: { name: 'pool-a' }, cloudRef: { name: 'cloud-a' }, masterRef: { name: 'master' } },
      ...{ flavor: 'm1.small', image: 'image-1', templateHash: 'h', ...spec },
    },
    status,
  });
  const booted = (launched: number, joined: number): EhosNodeStatus => ({
    ...{ launched: toTime(NOW + launched * 1000), joined: toTime(NOW + joined * 1000) },
  });
  const statusWith = (nodes: EhosNode[], before?: EhosCloudStatus, session = listed()): EhosCloudStatus =>
    cloudStatus({ ...ehosCloud(), ...(before ? { status: before } : {}) }, session, { ...AROUND, nodes }, NOW);

  it('is not there before one has joined', () => {
    expect(statusWith([])).not.to.have.property('flavors');
    expect(statusWith([node('a', { launched: toTime(NOW) })])).not.to.have.property('flavors');
  });

  it('is the least of each resource, with the boot time of the last that joined', () => {
    const nodes = [
      node('a', { ...given, ...booted(0, 42) }),
      node('b', { ...given, memory: 1850, ...booted(60, 175) }),
      node('c', { ...given, disk: 8_000_000, ...booted(30, 65) }),
    ];
    const expected = {
      flavor: 'm1.small',
      image: 'image-1',
      cores: 1,
      memory: 1850,
      disk: 8_000_000,
      bootSeconds: 120,
    };
    expect(statusWith(nodes).flavors).to.deep.equal([expected]);
    expect(statusWith(nodes.toReversed()).flavors, 'in any order').to.deep.equal([expected]);
  });

  it('is kept when the nodes are gone, and over a restart of the operator', () => {
    const before = statusWith([node('a', { ...given, ...booted(0, 42) })]);
    expect(statusWith([], before).flavors).to.deep.equal(before.flavors);
    const unread = new CloudSession(seededRandom(1), new ManualClock(), 8);
    expect(statusWith([], before, unread).flavors).to.deep.equal(before.flavors);
  });

  it('never grows again: a node that gives more changes nothing', () => {
    const before = statusWith([node('a', given)]);
    expect(statusWith([node('b', { ...given, memory: 2000 })], before).flavors).to.deep.equal(before.flavors);
  });

  it('is apart for each image', () => {
    const { flavors } = statusWith([node('a', given), node('b', { ...given, memory: 1000 }, { image: 'image-2' })]);
    expect(flavors?.map(({ image, memory }) => [image, memory])).to.deep.equal([
      ['image-1', 1900],
      ['image-2', 1000],
    ]);
  });

  it('is forgotten with a flavor that the cloud has no more', () => {
    const before = statusWith([node('a', given)]);
    expect(statusWith([], before, listed({ flavors: new Map() }))).not.to.have.property('flavors');
  });

  it('costs no write while it stays', () => {
    const nodes = [node('a', { ...given, ...booted(0, 42) })];
    const before = statusWith(nodes);
    // a boot that took a little longer is no news
    const again = [node('b', { ...given, ...booted(100, 147) }), ...nodes];
    expect(statusPatch(before, statusWith(again, before))).to.equal(undefined);
  });
});

describe('cloudStatus: quota of volumes', () => {
  const quota = { limit: 10, used: 10 };
  it('is told where it was asked for', () => {
    const all = { ...cloudSnapshot().quota, volumes: quota, gigabytes: { limit: 1000, used: 20 } };
    const status = cloudStatus(ehosCloud(), listed({ quota: all }), AROUND, NOW);
    expect(status.quota).to.deep.include({ volumes: quota, gigabytes: { limit: 1000, used: 20 } });
    expect(messageOf(status, 'QuotaAvailable')).to.equal('the quota is used up: volumes 10 of 10');
  });

  it('is left out where it was not', () =>
    expect(cloudStatus(ehosCloud(), listed(), AROUND, NOW).quota).not.to.have.any.keys('volumes', 'gigabytes'));
});

describe('syncTime', () => {
  const shown = toTime(NOW);
  for (const [what, before, observedAt, expected] of [
    ['the first listing is shown', undefined, NOW, shown],
    ['a listing soon after is not: steady state writes nothing', shown, NOW + 5 * MINUTE - 1, shown],
    ['after five minutes it is renewed', shown, NOW + 5 * MINUTE, toTime(NOW + 5 * MINUTE)],
    ['nothing listed leaves what was shown', shown, undefined, shown],
    ['nothing listed and nothing shown', undefined, undefined, undefined],
    ['a text that is no time is replaced', 'yesterday', NOW, shown],
  ] as const)
    it(what, () => expect(syncTime(before, observedAt).lastSyncTime).to.equal(expected));
});
