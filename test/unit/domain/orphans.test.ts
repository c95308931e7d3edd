import { expect } from 'chai';
import { confirmationOf, decideOrphans, defaultOrphanSettings, type OrphanSight } from '../../../src/domain/orphans.ts';
import type { Vm, VmOrigin } from '../../../src/domain/snapshots.ts';

const MINUTE = 60_000;
const ORIGIN: VmOrigin = {
  namespace: 'ns',
  pool: 'pool-a',
  cloud: 'cloud-a',
  master: 'master',
  image: 'image',
  templateHash: 'hash',
};

function server(n: number | string, change: Partial<Vm> = {}): Vm {
  return {
    id: `s${n}`,
    name: `pool-a-${n}`,
    nodeUid: `uid-${n}`,
    origin: ORIGIN,
    state: 'Active',
    deleting: false,
    addresses: [],
    flavor: 'm1.small',
    zone: undefined,
    createdAt: 0,
    fault: undefined,
    ...change,
  };
}
const servers = (n: number, change: Partial<Vm> = {}): Vm[] => Array.from({ length: n }, (_, i) => server(i, change));
const pool = (name: string): Partial<Vm> => ({ origin: { ...ORIGIN, pool: name } });

function sightOf(change: Partial<OrphanSight>): OrphanSight {
  return {
    now: 0,
    cloud: { namespace: 'ns', name: 'cloud-a' },
    vms: [],
    known: new Set(),
    pools: new Set(['pool-a']),
    clouds: new Set(['ns/cloud-a']),
    before: new Map(),
    lately: 0,
    confirmed: undefined,
    digest: (text) => `of(${text.replaceAll('\n', ' ')})`,
    settings: defaultOrphanSettings,
    ...change,
  };
}

/** All of them were seen often and long enough. */
function ripe(change: Partial<OrphanSight>): ReturnType<typeof decideOrphans> {
  const vms = change.vms ?? [];
  const before = new Map(vms.map(({ id }) => [id, { since: 0, scans: 9 }]));
  return decideOrphans(sightOf({ now: 10 * MINUTE, before, ...change }));
}
const ids = (orphans: readonly { vms: readonly Vm[] }[]): string[] =>
  orphans.flatMap(({ vms }) => vms.map(({ id }) => id));

describe('orphans', () => {
  it('are taken back after the grace period and several looks, not before', () => {
    let before: OrphanSight['before'] = new Map();
    const at = (minutes: number): ReturnType<typeof decideOrphans> => {
      const decision = decideOrphans(sightOf({ now: minutes * MINUTE, vms: [server(1)], before }));
      before = decision.sightings;
      return decision;
    };
    expect(at(0)).to.deep.include({ adopt: [], waiting: [server(1)] });
    expect(at(11).adopt, 'two looks are too few, however long').to.deep.equal([]);
    expect(ids(at(11.1).adopt)).to.deep.equal(['s1']);

    before = new Map();
    for (const minutes of [0, 1, 2, 9.9]) expect(at(minutes).adopt, `after ${minutes} min`).to.deep.equal([]);
    expect(ids(at(10).adopt)).to.deep.equal(['s1']);
  });

  it('begin anew when they had a record in between, and after a restart', () => {
    const seen = new Map([['s1', { since: 0, scans: 9 }]]);
    const known = decideOrphans(
      sightOf({ now: 20 * MINUTE, vms: [server(1)], known: new Set(['uid-1']), before: seen }),
    );
    expect([...known.sightings]).to.deep.equal([]);
    const again = decideOrphans(sightOf({ now: 21 * MINUTE, vms: [server(1)], before: known.sightings }));
    expect(again.sightings.get('s1')).to.deep.equal({ since: 21 * MINUTE, scans: 1 });
    expect(again.adopt).to.deep.equal([]);
  });

  it('are not those that the cloud is deleting', () => {
    expect(ripe({ vms: [server(1, { deleting: true })] })).to.deep.include({ adopt: [], waiting: [], untold: [] });
  });

  it('of one node are one', () => {
    const vms = [server(1), server(2, { nodeUid: 'uid-1' })];
    const { adopt } = ripe({ vms });
    expect(adopt).to.deep.equal([{ nodeUid: 'uid-1', origin: ORIGIN, vms }]);
  });

  it('whose pool is there are taken back, however many', () => {
    const decision = ripe({ vms: servers(50) });
    expect(decision.adopt).to.have.length(50);
    expect(decision.braked).to.equal(undefined);
  });

  describe('whose pool is gone', () => {
    it('are let go', () => {
      const decision = ripe({ vms: [server(1, pool('gone'))] });
      expect(ids(decision.release)).to.deep.equal(['s1']);
      expect(decision.adopt).to.deep.equal([]);
    });

    for (const [orphans, all, lately, braked] of [
      [3, 3, 0, false],
      [4, 4, 0, true],
      [4, 40, 0, false],
      [4, 39, 0, true],
      [1, 10, 3, true],
      [1, 40, 3, false],
      [0, 10, 99, false],
    ] as const)
      it(`${orphans} of ${all}, and ${lately} within the hour before: ${braked ? 'the brake holds them' : 'they go'}`, () => {
        const known = new Set(Array.from({ length: all - orphans }, (_, i) => `uid-${orphans + i}`));
        const vms = servers(all, pool('gone'));
        const decision = ripe({ vms, known, lately });
        expect(decision.braked !== undefined).to.equal(braked);
        expect(decision.release).to.have.length(braked ? 0 : orphans);
        if (braked) expect(decision.braked).to.deep.include({ of: all });
      });

    it('and are held by the brake go when an admin confirms just these', () => {
      const vms = servers(5, pool('gone'));
      const confirmation = ripe({ vms }).braked?.confirmation;
      expect(confirmation).to.equal('5-of(s0 s1 s2 s3 s4)');
      expect(ripe({ vms, confirmed: confirmation }).release).to.have.length(5);
      const more = [...vms, server('new', pool('gone'))];
      const decision = ripe({ vms: more, confirmed: confirmation });
      expect(decision.release, 'others need another confirmation').to.deep.equal([]);
      expect(decision.braked?.confirmation).to.not.equal(confirmation);
    });

    it('are confirmed in whatever order they are listed', () => {
      const orphans = servers(5).map((vm) => ({ nodeUid: '', origin: ORIGIN, vms: [vm] }));
      const digest = (text: string): string => text;
      expect(confirmationOf(orphans.toReversed(), digest)).to.equal(confirmationOf(orphans, digest));
    });

    it('do not keep those whose pool is there from being taken back', () => {
      const decision = ripe({ vms: [...servers(9, pool('gone')), server('x')] });
      expect(ids(decision.adopt)).to.deep.equal(['sx']);
      expect(decision.braked?.orphans).to.have.length(9);
    });
  });

  describe('that are not of this cloud', () => {
    const of = (namespace: string, cloud: string): Vm => server(1, { origin: { ...ORIGIN, namespace, cloud } });

    it('are left to the EhosCloud that made them, of whichever namespace', () => {
      for (const [namespace, cloud] of [
        ['ns', 'cloud-b'],
        ['other', 'cloud-a'],
      ] as const) {
        const decision = ripe({
          vms: [of(namespace, cloud)],
          clouds: new Set(['ns/cloud-a', `${namespace}/${cloud}`]),
        });
        expect(decision).to.deep.include({ adopt: [], release: [], waiting: [], untold: [], elsewhere: [] });
      }
    });

    it('are looked after when that is gone, in the same namespace only', () => {
      expect(ids(ripe({ vms: [of('ns', 'cloud-b')] }).adopt)).to.deep.equal(['s1']);
      const decision = ripe({ vms: [of('other', 'cloud-b')] });
      expect(decision.adopt).to.deep.equal([]);
      expect(decision.elsewhere.map(({ id }) => id)).to.deep.equal(['s1']);
    });
  });

  it('of which nobody can tell whose they are, are not touched (incident I13)', () => {
    const vms = [server(1, { origin: undefined }), server(2, { nodeUid: undefined })];
    const decision = ripe({ vms });
    expect(decision.untold).to.deep.equal(vms);
    expect(decision).to.deep.include({ adopt: [], release: [], waiting: [], braked: undefined });
  });
});
