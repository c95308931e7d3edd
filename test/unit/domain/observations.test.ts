import { expect } from 'chai';
import type { EhosCloud, EhosNodePool } from '../../../src/api/resources.ts';
import { conditionsOf } from '../../../src/domain/conditions.ts';
import { isCollectorWarm, isFresh } from '../../../src/domain/freshness.ts';
import { mergeTemplate } from '../../../src/domain/templates.ts';
import { fromTime, toTime } from '../../../src/domain/times.ts';
import { MINUTE, NOW } from './lifecycle-fixture.ts';

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
  it('an observation from the future is not fresh: the clock was set back since', () =>
    expect(isFresh(NOW + 1, NOW, 15_000)).to.equal(false));
  it('what was never observed is not fresh', () => expect(isFresh(undefined, NOW, 15_000)).to.equal(false));
  it('a collector of unknown age is not warm', () => expect(isCollectorWarm(undefined, NOW, 60_000)).to.equal(false));
  it('a collector is warm after two update intervals and a reserve', () => {
    expect(isCollectorWarm(NOW - 150_000, NOW, 60_000)).to.equal(false);
    expect(isCollectorWarm(NOW - 151_000, NOW, 60_000)).to.equal(true);
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
