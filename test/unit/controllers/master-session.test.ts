import { expect } from 'chai';
import { seededRandom } from '../../../src/base/random.ts';
import { MasterSession } from '../../../src/controllers/master-session.ts';
import type { Startd } from '../../../src/domain/snapshots.ts';
import { condor, facts, masterSnapshot, startd } from './fixture.ts';

const MINUTE = 60_000;
const LOST_AFTER = 3 * MINUTE;

describe('MasterSession', () => {
  let session: MasterSession;
  beforeEach(() => {
    session = new MasterSession(seededRandom(1));
    session.facts = facts;
  });
  const observe = (startds: Startd[] | undefined, trustIdentity = true, observedAt = 1000): string[] =>
    [...session.observe(masterSnapshot({ observedAt, startds }), trustIdentity, LOST_AFTER)].sort();
  const slotOf = (uid: string): string | undefined => session.startds.get(uid)?.name;

  describe('knows a node by what the collector has authenticated', () => {
    for (const [what, identity] of [
      ['another trust domain', 'ehos-node-uid-1@elsewhere.example'],
      ['a trust domain that ends like ours', 'ehos-node-uid-1@evil.pool.example'],
      ['our trust domain and more', 'ehos-node-uid-1@pool.example.evil'],
      ['no trust domain', 'ehos-node-uid-1'],
      ['something before', 'x-ehos-node-uid-1@pool.example'],
      ['another account', 'alice@pool.example'],
      ['the mapped identity of nobody', 'unauthenticated@unmapped'],
      ['capitals', 'EHOS-NODE-uid-1@pool.example'],
      ['an empty identity', ''],
      ['a blank before', ' ehos-node-uid-1@pool.example'],
      ['a line break behind', 'ehos-node-uid-1@pool.example\n'],
      ['two domains', 'ehos-node-uid-1@pool.example@pool.example'],
      ['none at all', undefined],
    ] as const)
      it(`${what}: not this node, whatever its ad claims`, () => {
        observe([startd({ identity, nodeId: 'uid-1' })]);
        expect(slotOf('uid-1')).to.equal(undefined);
      });

    it('its own: this node, whatever its ad claims', () => {
      observe([startd({ nodeId: 'uid-2' })]);
      expect(slotOf('uid-1')).to.equal('slot1@node-1');
      expect(slotOf('uid-2')).to.equal(undefined);
    });

    it('nobody is known before the trust domain is', () => {
      session.facts = undefined;
      observe([startd(), startd({ identity: 'ehos-node-uid-1@' })]);
      expect(slotOf('uid-1')).to.equal(undefined);
    });
  });

  it('with one token for all nodes knows a node by what its ad claims', () => {
    observe([startd({ identity: 'condor@pool.example', nodeId: 'uid-7' }), startd({ nodeId: undefined })], false);
    expect([...session.startds.keys()]).to.deep.equal(['uid-7']);
  });

  it('of two slots with one identity takes the same in each reading', () => {
    const two = [startd({ name: 'slot1@b' }), startd({ name: 'slot1@a' })];
    observe(two);
    expect(slotOf('uid-1')).to.equal('slot1@a');
    observe(two.toReversed());
    expect(slotOf('uid-1')).to.equal('slot1@a');
  });

  it('of a slot whose name another node uses says nothing: the collector keeps one ad for a name', () => {
    const known = [
      { uid: 'uid-1', slotName: 'slot1@node-1' },
      { uid: 'uid-2', slotName: 'slot1@node-2' },
    ];
    const thief = startd({ identity: 'ehos-node-uid-2@pool.example', nodeId: 'uid-2' });
    session.observe(masterSnapshot({ observedAt: 1000, startds: [thief] }), true, LOST_AFTER, known);
    expect(session.view('uid-1', 1000, 15_000, MINUTE)).to.include({ fresh: false, startd: undefined });
    expect(session.view('uid-1', 1000, 15_000, MINUTE).problem).to.match(/slot1@node-1 is used by node uid-2/);
    expect(session.view('uid-2', 1000, 15_000, MINUTE).startd?.dynamicSlots).to.equal(1);
    session.observe(masterSnapshot({ observedAt: 2000, startds: [startd()] }), true, LOST_AFTER, known);
    expect(session.view('uid-1', 2000, 15_000, MINUTE)).to.include({ fresh: true, problem: undefined });
    expect(session.doubts).to.deep.equal([]);
  });

  it('reports who goes on speaking for a node that was removed', () => {
    const known = [{ uid: 'uid-1', slotName: undefined }];
    const at = (observedAt: number, nodes: typeof known): string[] => {
      const snapshot = masterSnapshot({ observedAt, startds: [startd({ lastHeardFrom: observedAt })] });
      session.observe(snapshot, true, LOST_AFTER, nodes);
      return session.doubts.map(({ reason }) => reason);
    };
    expect(at(0, known)).to.deep.equal([]);
    expect(at(MINUTE, []), 'its last ad may have been under way').to.deep.equal([]);
    expect(at(10 * MINUTE, [])).to.deep.equal(['NodeIsGone']);
    expect(at(11 * MINUTE, known), 'its record is back').to.deep.equal([]);
  });

  for (const [what, change, wakes] of [
    ['nothing', {}, false],
    ['when it was last heard of', { lastHeardFrom: 500 }, false],
    ['since when it is idle', { idleSince: 5 }, false],
    ['its state', { state: 'Drained' }, true],
    ['its activity', { activity: 'Retiring' }, true],
    ['its jobs', { dynamicSlots: 1, children: [{ state: 'Claimed', activity: 'Busy' }] }, true],
    ['that it drains', { draining: true }, true],
    ['its size', { total: { cpus: 8, memory: 1, disk: 1, gpus: 0 } }, true],
    ['its name', { name: 'slot1@other' }, true],
  ] as const)
    it(`a reading in which ${what} differs ${wakes ? 'wakes its node' : 'wakes nobody'}`, () => {
      observe([startd()]);
      expect(observe([startd(change as Partial<Startd>)])).to.deep.equal(wakes ? ['uid-1'] : []);
    });

  it('a node that falls silent is woken once', () => {
    observe([startd({ lastHeardFrom: 0 })]);
    expect(observe([startd({ lastHeardFrom: 0 })], true, LOST_AFTER + 1)).to.deep.equal(['uid-1']);
    expect(observe([startd({ lastHeardFrom: 0 })], true, LOST_AFTER + 2)).to.deep.equal([]);
  });

  it('a reading without slots leaves those that were known, with their age', () => {
    observe([startd()]);
    expect(observe(undefined, true, 10 * MINUTE)).to.deep.equal([]);
    const view = session.view('uid-1', 10 * MINUTE, 15_000, MINUTE);
    expect(view).to.include({ fresh: false, observedAt: 1000 });
    expect(view.startd?.name).to.equal('slot1@node-1');
  });

  it('is fresh only with both the queue and the slots', () => {
    session.observe(masterSnapshot({ observedAt: 1000, jobs: undefined, startds: [] }), true, LOST_AFTER);
    expect(session.isFresh(1000, 15_000)).to.equal(false);
    session.observe(masterSnapshot({ observedAt: 2000, jobs: [], startds: undefined }), true, LOST_AFTER);
    expect(session.isFresh(2000, 15_000)).to.equal(true);
    expect(session.isFresh(2000 + MINUTE, 15_000), 'the slots are older than a minute').to.equal(false);
  });

  it('is current when the last attempt has read both', () => {
    const read = (observedAt: number, change: Parameters<typeof masterSnapshot>[0]): boolean => {
      session.observe(masterSnapshot({ observedAt, jobs: [], startds: [], ...change }), true, LOST_AFTER);
      return session.isCurrent();
    };
    expect(session.isCurrent(), 'before the first').to.equal(false);
    expect(read(1000, {})).to.equal(true);
    expect(read(2000, { startds: undefined })).to.equal(false);
    expect(read(3000, { jobs: undefined })).to.equal(false);
    expect(read(4000, { errors: ['no history'] }), 'what else fails').to.equal(true);
    session.failures = 1;
    expect(session.isCurrent()).to.equal(false);
  });

  for (const [what, collectorStartedAt, warm] of [
    ['has run for long', 0, true],
    ['has just started', 10 * MINUTE - 1000, false],
    ['does not say since when it runs', undefined, false],
  ] as const)
    it(`absence ${warm ? 'means something' : 'means nothing'} when the collector ${what}`, () => {
      session.observe(masterSnapshot({ observedAt: 10 * MINUTE, collectorStartedAt }), true, LOST_AFTER);
      expect(session.view('uid-1', 10 * MINUTE, 15_000, MINUTE).collectorWarm).to.equal(warm);
    });

  it('forgets who the master is when it is closed', () => {
    let closed = 0;
    session.condor = condor({
      close: () => {
        closed++;
      },
    });
    session.fingerprint = 'a';
    session.close();
    expect(closed).to.equal(1);
    expect(session).to.include({ condor: undefined, facts: undefined, fingerprint: undefined });
  });
});
