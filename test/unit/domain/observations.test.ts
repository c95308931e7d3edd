import { expect } from 'chai';
import { seededRandom } from '../../../src/base/random.ts';
import type { EhosCloud, EhosNodePool } from '../../../src/api/resources.ts';
import { conditionsOf } from '../../../src/domain/conditions.ts';
import { Cooldowns } from '../../../src/domain/cooldown.ts';
import { isCollectorWarm, isFresh } from '../../../src/domain/freshness.ts';
import { roomIn } from '../../../src/domain/headroom.ts';
import type { CloudSnapshot, Flavor } from '../../../src/domain/snapshots.ts';
import { mergeTemplate } from '../../../src/domain/templates.ts';
import { fromTime, toTime } from '../../../src/domain/times.ts';
import { estimateYield, learnedYields } from '../../../src/domain/yields.ts';
import { ago, MINUTE, node, NOW, readyStatus, SECOND, vm } from './lifecycle-fixture.ts';

const small: Flavor = { id: '2', name: 'm1.small', cores: 2, memory: 4096, disk: 20 * 1024 * 1024, gpus: 0 };
const snapshot = (overrides: Partial<CloudSnapshot> = {}): CloudSnapshot => ({
  observedAt: NOW - SECOND,
  vms: [],
  foreignInstances: 0,
  quota: { instances: { limit: 10, used: 0 }, cores: { limit: 20, used: 0 }, memory: { limit: 40960, used: 0 } },
  flavors: new Map([['m1.small', small]]),
  ...overrides,
});
const cloud = (spec: Partial<EhosCloud['spec']> = {}): EhosCloud => ({
  metadata: { name: 'cloud-a', namespace: 'default' },
  spec: { openstack: { identityRef: { name: 's', cloudName: 'c' } }, ...spec },
});

describe('freshness', () => {
  for (const [age, interval, fresh] of [
    [0, 15_000, true],
    [60_000, 15_000, true],
    [61_000, 15_000, false],
    [150_000, 60_000, true],
    [181_000, 60_000, false],
  ] as const)
    it(`an observation ${age} ms old with an interval of ${interval} ms is ${fresh ? 'fresh' : 'stale'}`, () => {
      expect(isFresh(NOW - age, NOW, interval)).to.equal(fresh);
    });
  it('what was never observed is not fresh', () => expect(isFresh(undefined, NOW, 15_000)).to.equal(false));
  it('a collector of unknown age is not warm', () => expect(isCollectorWarm(undefined, NOW, 60_000)).to.equal(false));
  it('a collector is warm after two update intervals and a reserve', () => {
    expect(isCollectorWarm(NOW - 150_000, NOW, 60_000)).to.equal(false);
    expect(isCollectorWarm(NOW - 151_000, NOW, 60_000)).to.equal(true);
  });
});

describe('cooldowns', () => {
  const cooldowns = () => new Cooldowns(seededRandom(1));
  it('rests the flavor that failed, and no other', () => {
    const table = cooldowns();
    table.fail('m1.small', 'NoCapacity', 'No valid host was found.', NOW);
    expect([...table.active(NOW + SECOND).keys()]).to.deep.equal(['m1.small']);
    expect(table.active(NOW + SECOND).get('m1.small')?.reason).to.equal('No valid host was found.');
  });
  it('I5: ends by itself', () => {
    const table = cooldowns();
    table.fail('m1.small', 'Quota', 'quota', NOW);
    expect(table.active(NOW + 37 * SECOND).size).to.equal(0);
  });
  it('doubles with each failure in a row, up to a limit', () => {
    const table = cooldowns();
    const pauses: number[] = [];
    for (let i = 0; i < 10; i++) {
      table.fail('f', 'Transient', 'x', NOW);
      pauses.push((table.active(NOW).get('f')?.until ?? 0) - NOW);
    }
    expect(pauses[1]! / pauses[0]!).to.be.within(1.3, 3);
    expect(pauses[9]!).to.be.within(0.8 * 5 * MINUTE, 1.2 * 5 * MINUTE);
  });
  it('begins anew after a success', () => {
    const table = cooldowns();
    for (let i = 0; i < 5; i++) table.fail('f', 'Transient', 'x', NOW);
    table.succeed('f');
    expect(table.active(NOW).size).to.equal(0);
    table.fail('f', 'Transient', 'x', NOW);
    expect((table.active(NOW).get('f')?.until ?? 0) - NOW).to.be.at.most(18_000);
  });
  it('waits at least as long as the peer asked', () => {
    const table = cooldowns();
    table.fail('f', 'RateLimited', 'x', NOW, 10 * MINUTE);
    expect(table.active(NOW + 9 * MINUTE).size).to.equal(1);
  });
});

describe('conditions', () => {
  const input = { type: 'Ready', status: true, reason: 'Ready', message: 'all is well' };
  it('keep their transition time while the status stays', () => {
    const first = conditionsOf(undefined, [input], NOW, 1);
    const second = conditionsOf(first, [{ ...input, message: 'still' }], NOW + MINUTE, 1);
    expect(second[0]).to.include({ lastTransitionTime: toTime(NOW), message: 'still', observedGeneration: 1 });
  });
  it('move it when the status changes', () => {
    const first = conditionsOf(undefined, [input], NOW);
    expect(conditionsOf(first, [{ ...input, status: false }], NOW + MINUTE)[0]?.lastTransitionTime).to.equal(
      toTime(NOW + MINUTE),
    );
  });
  it('bound the message', () => {
    expect(conditionsOf(undefined, [{ ...input, message: 'x'.repeat(5000) }], NOW)[0]?.message).to.have.length(4096);
  });
  it('know Unknown', () => {
    expect(conditionsOf(undefined, [{ ...input, status: 'Unknown' }], NOW)[0]?.status).to.equal('Unknown');
  });
});

describe('times', () => {
  it('reads what it writes', () => expect(fromTime(toTime(NOW))).to.equal(NOW));
  it('takes what is no time for absent', () => expect(fromTime('soon')).to.equal(undefined));
});

describe('templates', () => {
  const pool = (
    clouds: EhosNodePool['spec']['clouds'],
    template: EhosNodePool['spec']['template'] = {},
  ): EhosNodePool => ({
    metadata: { name: 'p' },
    spec: { masterRef: { name: 'm' }, maxNodes: 1, clouds, template },
  });
  const defaults = {
    image: { name: 'default' },
    networks: [{ name: 'net' }],
    keyName: 'k',
    securityGroups: ['sg'],
    availabilityZones: ['z'],
  };
  it('takes the defaults of the cloud', () => {
    const merged = mergeTemplate(pool([{ name: 'a' }]), { name: 'a' }, cloud({ defaults }));
    expect(merged).to.deep.include({ ...defaults, flavors: [], rootVolume: undefined, metadata: {} });
  });
  it('the template overrides the defaults, the entry overrides the template', () => {
    const entry = { name: 'a', image: { id: 'i' } };
    const template = {
      flavors: ['f'],
      image: { name: 't' },
      keyName: 'tk',
      rootVolume: { size: 5 },
      metadata: { a: 'b' },
    };
    const merged = mergeTemplate(pool([entry], template), entry, cloud({ defaults }));
    expect(merged).to.deep.include({
      image: { id: 'i' },
      keyName: 'tk',
      flavors: ['f'],
      rootVolume: { size: 5 },
      metadata: { a: 'b' },
    });
    expect(merged.networks).to.deep.equal([{ name: 'net' }]);
  });
});

describe('what a flavor yields', () => {
  it('is estimated below what the flavor says', () => {
    expect(estimateYield(small, undefined)).to.deep.equal({ cpus: 2, memory: 3859, disk: 16777216, gpus: 0 });
  });
  it('takes the root volume for the disk', () => {
    expect(estimateYield({ ...small, disk: 0 }, 100).disk).to.equal(
      Math.floor(0.9 * 100 * 1024 * 1024 - 2 * 1024 * 1024),
    );
  });
  it('I29: is learned from nodes that have joined, the least of them', () => {
    const learned = learnedYields([node(readyStatus), node({ ...readyStatus, memory: 3800 }), node(undefined)]);
    expect(learned('cloud-a', small, 'image-1')).to.deep.equal({ cpus: 2, memory: 3800, disk: 20_000_000, gpus: 0 });
  });
  for (const [what, place] of [
    ['cloud', ['cloud-b', 'm1.small', 'image-1']],
    ['flavor', ['cloud-a', 'm1.large', 'image-1']],
    ['image', ['cloud-a', 'm1.small', 'image-2']],
  ] as const)
    it(`says nothing about another ${what}`, () => {
      const [where, flavor, image] = place;
      expect(learnedYields([node(readyStatus)])(where, { ...small, name: flavor }, image)).to.equal(undefined);
    });
});

const headroomOf = (...args: Parameters<typeof roomIn>) => roomIn(...args).headroom;

describe('headroom', () => {
  it('is quota less use', () => {
    const quota = {
      instances: { limit: 10, used: 4 },
      cores: { limit: 20, used: 8 },
      memory: { limit: 40960, used: 16384 },
    };
    expect(headroomOf(cloud(), snapshot({ quota, foreignInstances: 4 }), [])).to.deep.equal({
      instances: 6,
      cores: 12,
      memory: 24576,
    });
  });
  it('is unlimited where the limit is -1', () => {
    const none = { limit: -1, used: 5 };
    expect(headroomOf(cloud(), snapshot({ quota: { instances: none, cores: none, memory: none } }), [])).to.deep.equal({
      instances: Infinity,
      cores: Infinity,
      memory: Infinity,
    });
  });
  it('counts a server that the listing shows and the figures omit (build request)', () => {
    expect(headroomOf(cloud(), snapshot({ vms: [vm({ state: 'Booting' })] }), [])).to.deep.equal({
      instances: 9,
      cores: 18,
      memory: 36864,
    });
  });
  it('counts a record whose server the listing does not show yet', () => {
    const young = node({ requested: ago(SECOND) });
    expect(headroomOf(cloud(), snapshot(), [young]).instances).to.equal(9);
    expect(headroomOf(cloud(), snapshot(), [node(undefined)]).cores).to.equal(18);
  });
  it('I14: does not count records that will get no server', () => {
    const givenUp = node({ requested: ago(MINUTE), drainRequested: ago(SECOND) });
    const deleted = node({ ...readyStatus, deleted: ago(MINUTE) });
    expect(headroomOf(cloud(), snapshot(), [givenUp, deleted]).instances).to.equal(10);
  });
  it('does not count a server twice', () => {
    expect(headroomOf(cloud(), snapshot({ vms: [vm()] }), [node(readyStatus)]).instances).to.equal(9);
  });
  it('keeps to the own limits below the quota', () => {
    const limits = { instances: 2, cores: 3, memory: '6Gi' };
    expect(headroomOf(cloud({ limits }), snapshot({ vms: [vm()] }), [])).to.deep.equal({
      instances: 1,
      cores: 1,
      memory: 2048,
    });
  });
  it('own limits do not count the servers of others', () => {
    const quota = {
      instances: { limit: 10, used: 5 },
      cores: { limit: 20, used: 0 },
      memory: { limit: 40960, used: 0 },
    };
    expect(
      headroomOf(cloud({ limits: { instances: 3 } }), snapshot({ quota, foreignInstances: 5 }), []).instances,
    ).to.equal(3);
  });
  it('tells the figures of the narrower of quota and own limit', () => {
    const { usage } = roomIn(cloud({ limits: { cores: 3 } }), snapshot({ vms: [vm()] }), []);
    expect(usage).to.deep.equal({
      instances: { limit: 10, used: 1, by: 'quota' },
      cores: { limit: 3, used: 2, by: 'limit' },
      memory: { limit: 40960, used: 4096, by: 'quota' },
    });
  });
  it('is never negative', () => {
    const quota = { instances: { limit: 1, used: 4 }, cores: { limit: 1, used: 8 }, memory: { limit: 1, used: 9 } };
    expect(headroomOf(cloud(), snapshot({ quota }), [])).to.deep.equal({ instances: 0, cores: 0, memory: 0 });
  });
});
