import { expect } from 'chai';
import type { KubeJson } from '../../../../src/sandbox/kube/json.ts';
import { Revisions, Store, type Change } from '../../../../src/sandbox/kube/storage/store.ts';
import { secrets } from '../../../../src/sandbox/kube/builtin/core.ts';

const object = (name: string, data: object = {}): KubeJson => ({
  apiVersion: 'v1',
  kind: 'Secret',
  metadata: { name },
  data,
});
const keys = (store: Store, revision: number): string[] | undefined => store.at(revision)?.map((entry) => entry.key);

describe('Store', () => {
  let revisions: Revisions;
  let store: Store;
  beforeEach(() => {
    revisions = new Revisions(100);
    store = new Store(revisions);
  });

  it('counts every write', () => {
    expect(store.put('a', object('a')).object.metadata.resourceVersion).to.equal('101');
    expect(store.put('a', object('a')).revision).to.equal(102);
    expect(revisions.current).to.equal(102);
  });

  it('lists in the order of keys, whatever the order of making', () => {
    for (const key of ['b', 'a-1', 'a', 'a/b']) store.put(key, object(key));
    expect(store.entries().map((entry) => entry.key)).to.deep.equal(['a', 'a-1', 'a/b', 'b']);
  });

  it('tells listeners before the write returns', () => {
    const changes: Change[] = [];
    const stop = store.subscribe((change) => changes.push(change));
    const first = store.put('a', object('a'));
    store.put('a', object('a', { x: '1' }));
    store.remove('a');
    stop();
    store.put('b', object('b'));
    expect(changes.map((change) => change.type)).to.deep.equal(['ADDED', 'MODIFIED', 'DELETED']);
    expect(changes[1]?.before).to.equal(first);
  });

  it('shows a deletion with its own version', () => {
    const changes: Change[] = [];
    store.subscribe((change) => changes.push(change));
    store.put('a', object('a'));
    store.remove('a');
    expect(changes[1]?.entry.object.metadata.resourceVersion).to.equal('102');
  });

  it('does not count the removal of what is not there', () => {
    store.remove('a');
    expect(revisions.current).to.equal(100);
  });

  it('remembers the past', () => {
    store.put('a', object('a'));
    store.put('b', object('b'));
    store.remove('a');
    expect([100, 101, 102, 103].map((revision) => keys(store, revision))).to.deep.equal([[], ['a'], ['a', 'b'], ['b']]);
  });

  it('remembers earlier states of one object', () => {
    store.put('a', object('a', { x: '1' }));
    store.put('a', object('a', { x: '2' }));
    expect(store.at(101)?.[0]?.object.data).to.deep.equal({ x: '1' });
  });

  it('tells what happened since a version', () => {
    store.put('a', object('a'));
    store.put('b', object('b'));
    expect(store.since(101)?.map((change) => change.entry.key)).to.deep.equal(['b']);
    expect(store.since(102)).to.deep.equal([]);
  });

  it('forgets by compaction', () => {
    store.put('a', object('a'));
    store.put('b', object('b'));
    revisions.compacted = 101;
    store.compact();
    expect(store.since(100)).to.equal(undefined);
    expect(store.since(101)?.length).to.equal(1);
    expect(keys(store, 100)).to.equal(undefined);
  });

  it('bounds its history and says from where it can tell', () => {
    for (let i = 0; i < 10_001; i++) store.put('a', object('a'));
    expect(store.since(100)).to.equal(undefined);
    expect(store.since(store.oldest() - 1)?.length).to.equal(5_000);
  });

  it('writes the JSON of a state once', () => {
    const entry = store.put('a', object('a'));
    expect(entry.json(secrets)).to.equal(entry.json(secrets));
    expect(JSON.parse(entry.json(secrets))).to.deep.equal(entry.object);
  });

  it('leaves kind and apiVersion of built-in objects out of lists', () => {
    expect(JSON.parse(store.put('a', object('a')).itemJson(secrets))).not.to.have.any.keys('kind', 'apiVersion');
  });
});
