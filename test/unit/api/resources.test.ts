import { expect } from 'chai';
import { clusterTag, keyOf, nodeIdentity, nodeTag, splitKey } from '../../../src/api/resources.ts';

describe('keyOf and splitKey', () => {
  const table: [namespace: string | undefined, name: string, key: string][] = [
    ['default', 'pool-a', 'default/pool-a'],
    ['ehos', 'pool.with.dots', 'ehos/pool.with.dots'],
    [undefined, 'ehos', '/ehos'],
  ];
  for (const [namespace, name, key] of table) {
    it(`knows ${name} in ${namespace ?? 'no namespace'} as ${key}, and back`, () => {
      expect(keyOf({ metadata: { name, ...(namespace !== undefined && { namespace }) } })).to.equal(key);
      expect(splitKey(key)).to.deep.equal({ namespace: namespace ?? '', name });
    });
  }
});

describe('tags and identities', () => {
  const uid = '0b6c1c6e-5d4e-4f4e-9d43-3a2f8d9f5c11';

  it('tell the cluster from its nodes', () => {
    expect(clusterTag(uid)).to.equal(`ehos-cluster-${uid}`);
    expect(nodeTag(uid)).to.equal(`ehos-node-${uid}`);
    expect(nodeIdentity(uid)).to.equal(`ehos-node-${uid}`);
  });

  it('are tags that Nova takes: at most 60 characters, no comma, no slash', () => {
    for (const tag of [clusterTag(uid), nodeTag(uid)]) expect(tag).to.match(/^[^,/]{1,60}$/);
  });
});
