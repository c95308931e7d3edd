import { expect } from 'chai';
import fc from 'fast-check';
import { identify, type IdentityRules } from '../../../src/domain/identities.ts';
import { isDrained } from '../../../src/domain/node-states.ts';
import type { Startd } from '../../../src/domain/snapshots.ts';
import { startd } from '../controllers/fixture.ts';

const rules = (change: Partial<IdentityRules> = {}): IdentityRules => ({
  uidOf: (identity) => /^ehos-node-(.+)@pool\.example$/.exec(identity ?? '')?.[1],
  known: [],
  gone: new Map(),
  ...change,
});
const of = (uid: string, change: Partial<Startd> = {}): Startd =>
  startd({ identity: `ehos-node-${uid}@pool.example`, nodeId: uid, name: `slot1@${uid}`, machine: uid, ...change });
const drained: Partial<Startd> = { state: 'Drained', draining: true, accepts: false };
const busy: Partial<Startd> = { dynamicSlots: 2, idleSince: undefined };

describe('identify', () => {
  it('believes a startd of the node as whom it was authenticated', () => {
    const { byNode, doubts } = identify([of('a'), of('b', busy)], rules());
    expect([...byNode.keys()]).to.deep.equal(['a', 'b']);
    expect(byNode.get('a')).to.deep.equal(of('a'));
    expect(doubts).to.deep.equal([]);
  });

  it('believes nothing of a startd that claims to be another node: not of that one, and of its own only that it runs something', () => {
    const { byNode, doubts } = identify([of('a', { nodeId: 'b' })], rules());
    expect(byNode.get('b')).to.equal(undefined);
    expect(byNode.get('a')).to.include({ dynamicSlots: 1, idleSince: undefined, accepts: false });
    expect(byNode.get('a')?.free.cpus).to.equal(0);
    expect(doubts.map(({ reason }) => reason)).to.deep.equal(['ClaimsOtherNode']);
    expect(doubts[0]?.message).to.equal('slot1@a is authenticated as node a and claims to be b');
  });

  it('believes nothing of a startd that uses the name of another node, and of that one nothing either', () => {
    const known = [{ uid: 'b', slotName: 'slot1@b' }];
    const { byNode, doubts, hidden } = identify([of('a', { name: 'slot1@b', ...drained })], rules({ known }));
    expect(isDrained(byNode.get('a')!)).to.equal(false);
    expect(doubts.map(({ reason }) => reason)).to.deep.equal(['ClaimsOtherName']);
    expect([...hidden]).to.deep.equal([['b', 'its name slot1@b is used by node a']]);
  });

  describe('of several startds of one node', () => {
    const rows: [name: string, startds: Partial<Startd>[], is: Partial<Startd>][] = [
      ['one is busy', [{}, busy], { dynamicSlots: 2, idleSince: undefined, name: 'slot1@1' }],
      ['both are busy', [busy, busy], { dynamicSlots: 4, name: 'slot1@0' }],
      ['one is drained and the other busy', [drained, busy], { dynamicSlots: 2, draining: false, name: 'slot1@1' }],
      ['one is drained and the other idle', [drained, {}], { dynamicSlots: 0, draining: false, name: 'slot1@1' }],
      ['all are drained', [drained, drained], { dynamicSlots: 0, draining: true, name: 'slot1@0' }],
      ['one is silent', [{ lastHeardFrom: 1 }, { lastHeardFrom: 9 }], { lastHeardFrom: 9, name: 'slot1@0' }],
    ];
    for (const [name, changes, is] of rows)
      it(name, () => {
        const startds = changes.map((change, i) => of('a', { name: `slot1@${i}`, ...change }));
        const { byNode, doubts } = identify(startds, rules());
        expect(byNode.get('a')).to.include({ ...is, accepts: false });
        expect(byNode.get('a')?.free.cpus).to.equal(0);
        expect(doubts.map(({ reason }) => reason)).to.deep.equal(['SharedIdentity']);
        expect(identify(startds.toReversed(), rules()).byNode).to.deep.equal(byNode);
      });

    it('never proves the node idle while one of them runs something or takes jobs', () => {
      const kinds = fc.array(fc.constantFrom({}, busy, drained), { minLength: 1, maxLength: 4 });
      fc.assert(
        fc.property(kinds, (changes) => {
          const startds = changes.map((change, i) => of('a', { name: `slot1@${i}`, ...change }));
          const one = identify(startds, rules()).byNode.get('a')!;
          expect(isDrained(one)).to.equal(startds.every(isDrained));
          expect(one.dynamicSlots > 0).to.equal(startds.some(({ dynamicSlots }) => dynamicSlots > 0));
        }),
      );
    });

    it('names a few of a hundred', () => {
      const hundred = Array.from({ length: 100 }, (_, i) => of('a', { name: `slot1@${i}` }));
      expect(identify(hundred, rules()).doubts[0]?.message).to.match(/^100 startds speak as node a: .* and 95 more$/);
    });
  });

  it('with one token for all goes by the claim, and doubts two that claim the same', () => {
    const { byNode, doubts } = identify(
      [of('a', { identity: 'condor@pool.example' }), of('a', { name: 'slot1@z', ...busy })],
      rules({ uidOf: undefined }),
    );
    expect(byNode.get('a')?.dynamicSlots).to.equal(2);
    expect(doubts).to.have.length(1);
  });
});
