import { expect } from 'chai';
import { servedPools } from '../../../src/domain/pool-jobs.ts';
import { ehosPool } from '../controllers/fixture.ts';

describe('servedPools', () => {
  for (const [what, pool, expected] of [
    ['a pool of this master', ehosPool(), [{ name: 'pool-a', default: false }]],
    ['one that takes jobs that name none', ehosPool({ jobs: { default: true } }), [{ name: 'pool-a', default: true }]],
    ['one of another master', ehosPool({ masterRef: { name: 'other' } }), []],
    ['one in another namespace', ehosPool({}, { namespace: 'other' }), []],
    ['one that is being deleted', ehosPool({}, { deletionTimestamp: '2026-01-01T00:00:00Z' }), []],
  ] as const)
    it(what, () => expect(servedPools([pool], { namespace: 'ns', name: 'master' })).to.deep.equal(expected));
});
