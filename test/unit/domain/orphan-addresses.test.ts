import { expect } from 'chai';
import { decideAddresses, type AddressSight, type NodeAddress } from '../../../src/domain/orphan-addresses.ts';
import { defaultOrphanSettings } from '../../../src/domain/orphans.ts';

const MINUTE = 60_000;

function decide(change: Partial<NodeAddress>, sight: Partial<AddressSight> = {}): ReturnType<typeof decideAddresses> {
  const address = { id: 'f1', address: '203.0.113.7', namespace: 'ns', nodeUid: 'uid-1', inUse: false, ...change };
  return decideAddresses({
    now: 10 * MINUTE,
    namespace: 'ns',
    addresses: [address],
    known: new Set(),
    before: new Map([['f1', { since: 0, scans: 2 }]]),
    settings: defaultOrphanSettings,
    ...sight,
  });
}

describe('floating IPs without a node', () => {
  it('are released after the grace period and several looks', () => {
    expect(decide({}).release.map(({ id }) => id)).to.deep.equal(['f1']);
    expect(decide({}, { now: 10 * MINUTE - 1 }).release).to.deep.equal([]);
    const first = decide({}, { before: new Map() });
    expect(first.release).to.deep.equal([]);
    expect(first.sightings.get('f1')).to.deep.equal({ since: 10 * MINUTE, scans: 1 });
  });

  for (const [what, change, sight] of [
    ['in use, by whomever', { inUse: true }, {}],
    ['of a node that has a record', {}, { known: new Set(['uid-1']) }],
    ['of another namespace', { namespace: 'other' }, {}],
  ] as const)
    it(`are kept: ${what}`, () => {
      const { release, sightings } = decide(change, sight);
      expect(release).to.deep.equal([]);
      expect([...sightings]).to.deep.equal([]);
    });
});
