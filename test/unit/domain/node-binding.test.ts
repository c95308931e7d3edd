import { expect } from 'chai';
import type { EhosNode } from '../../../src/api/resources.ts';
import { isBound, serversOf } from '../../../src/domain/node-binding.ts';
import type { Vm } from '../../../src/domain/snapshots.ts';

const ORIGIN = { namespace: 'ns', pool: 'pool-a', cloud: 'c', master: 'm', image: 'i', templateHash: 'h' };
const vm = (origin: Partial<typeof ORIGIN> | undefined): Vm =>
  ({ id: 's1', nodeUid: 'lost', ...(origin ? { origin: { ...ORIGIN, ...origin } } : {}) }) as Vm;

function record(change: Partial<EhosNode['metadata']> = {}): EhosNode {
  return {
    metadata: { name: 'n', namespace: 'ns', uid: 'uid-n', creationTimestamp: '2026-01-02T00:00:00Z', ...change },
    spec: {
      poolRef: { name: 'pool-a' },
      cloudRef: { name: 'c' },
      masterRef: { name: 'm' },
      flavor: 'f',
      image: 'i',
      templateHash: 'h',
      adopts: 'lost',
    },
  };
}
const own = record({ uid: 'lost' });
delete own.spec.adopts;

describe('whose server it is', () => {
  it('is no question for a record that made it: its uid cannot be chosen', () => {
    expect(isBound(own, [], [])).to.equal(true);
    expect(serversOf(own, [vm(undefined), vm({ namespace: 'x' })])).to.have.length(2);
  });

  it('is said by the server itself to a record that adopts', () => {
    expect(isBound(record(), [vm({})], [])).to.equal(true);
    for (const [what, server] of [
      ['of another namespace', vm({ namespace: 'other' })],
      ['of another pool', vm({ pool: 'pool-b' })],
      ['that says nothing', vm(undefined)],
    ] as const) {
      expect(isBound(record(), [server], []), what).to.equal(false);
      expect(serversOf(record(), [server]), what).to.deep.equal([]);
    }
    expect(isBound(record(), [], []), 'of which there is none').to.equal(false);
  });

  it('of several records that adopt is that of the oldest', () => {
    const older = record({ uid: 'uid-a', creationTimestamp: '2026-01-01T00:00:00Z' });
    const twin = record({ uid: 'uid-b' });
    expect(isBound(record(), [vm({})], [record(), older])).to.equal(false);
    expect(isBound(older, [vm({})], [record(), older])).to.equal(true);
    expect(isBound(record(), [vm({})], [record(), twin]), 'of the same second the first by uid').to.equal(false);
    expect(isBound(twin, [vm({})], [record(), twin])).to.equal(true);
    const foreign = record({ namespace: 'other', uid: 'uid-a', creationTimestamp: '2020-01-01T00:00:00Z' });
    expect(isBound(record(), [vm({})], [foreign]), 'one of another namespace claims it in vain').to.equal(true);
  });

  it('is that of the lost record, when that is back', () => {
    expect(isBound(record(), [vm({})], [record(), own])).to.equal(false);
  });
});
