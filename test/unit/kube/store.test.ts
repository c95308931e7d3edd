import { expect } from 'chai';
import { compareVersions, ReflectedStore, type Change } from '../../../src/kube/store.ts';
import { item, type Item } from './fake-client.ts';

const told = (changes: Change<Item>[]): string[] =>
  changes.map(({ key, object, previous }) => `${key} ${previous?.value ?? '-'}>${object?.value ?? '-'}`);

describe('compareVersions', () => {
  const rows: [string, string, number][] = [
    ['5', '5', 0],
    ['5', '6', -1],
    ['6', '5', 1],
    ['9', '10', -1],
    ['100', '99', 1],
    ['18446744073709551615', '18446744073709551614', 1],
    ['', '5', -1],
    ['5', '', -1],
    ['abc', 'abd', -1],
    ['abd', 'abc', -1],
  ];
  for (const [a, b, expected] of rows) {
    it(`"${a}" and "${b}"`, () => expect(Math.sign(compareVersions(a, b))).to.equal(expected));
  }
});

describe('ReflectedStore', () => {
  let store: ReflectedStore<Item>;
  beforeEach(() => {
    store = new ReflectedStore<Item>();
    store.replace([item('a', 5, 'old'), item('b', 6, 'old')], '10');
  });
  const values = (): string[] => store.list().map(({ metadata, value }) => `${metadata.name}=${value ?? ''}`);

  it('is empty and without a version before the first list', () => {
    const empty = new ReflectedStore<Item>();
    expect([empty.list(), empty.version, empty.get('ns/a')]).to.deep.equal([[], undefined, undefined]);
  });

  describe('a list', () => {
    it('tells all at first', () => {
      const first = new ReflectedStore<Item>();
      expect(told(first.replace([item('a', 5, 'x')], '10'))).to.deep.equal(['ns/a ->x']);
      expect(first.version).to.equal('10');
    });

    it('tells only what differs afterwards', () => {
      const changes = store.replace([item('a', 5, 'old'), item('b', 12, 'new'), item('c', 13, 'new')], '20');
      expect(told(changes)).to.deep.equal(['ns/b old>new', 'ns/c ->new']);
    });

    it('tells what is gone, with what it was', () => {
      expect(told(store.replace([item('a', 5, 'old')], '20'))).to.deep.equal(['ns/b old>-']);
      expect(values()).to.deep.equal(['a=old']);
    });

    it('does not take back what was written after it was made', () => {
      store.patched(item('a', 15, 'mine'));
      store.patched(item('new', 16, 'mine'));
      const changes = store.replace([item('a', 5, 'old'), item('b', 6, 'old')], '12');
      expect(values()).to.deep.equal(['a=mine', 'b=old', 'new=mine']);
      expect(told(changes)).to.deep.equal(['ns/a mine>mine']);
    });

    it('tells of a write of ours that nobody was told of', () => {
      store.patched(item('a', 15, 'mine'));
      expect(told(store.replace([item('a', 15, 'mine'), item('b', 6, 'old')], '20'))).to.deep.equal(['ns/a mine>mine']);
      expect(told(store.replace([item('a', 15, 'mine'), item('b', 6, 'old')], '21'))).to.deep.equal([]);
    });

    it('removes what we wrote and another has deleted before it was made', () => {
      store.patched(item('new', 16, 'mine'));
      expect(told(store.replace([item('a', 5, 'old'), item('b', 6, 'old')], '20'))).to.deep.equal(['ns/new mine>-']);
    });

    it('from before what was seen replaces all: the server was restored from a backup', () => {
      store.advance('100');
      store.patched(item('a', 101, 'lost'));
      store.patched(item('lost', 102, 'lost'));
      const changes = store.replace([item('a', 5, 'restored')], '50');
      expect(values()).to.deep.equal(['a=restored']);
      expect(told(changes)).to.deep.equal(['ns/a lost>restored', 'ns/b old>-', 'ns/lost lost>-']);
      expect(store.version).to.equal('50');
    });
  });

  describe('an event', () => {
    it('adds, changes and removes, and moves the version', () => {
      expect(told([store.applyEvent(item('c', 11, 'new'))])).to.deep.equal(['ns/c ->new']);
      expect(told([store.applyEvent(item('a', 12, 'new'))])).to.deep.equal(['ns/a old>new']);
      expect(told([store.removeEvent(item('b', 13, 'old'))])).to.deep.equal(['ns/b old>-']);
      expect(values()).to.deep.equal(['a=new', 'c=new']);
      expect(store.version).to.equal('13');
    });

    it('of what was not known is told with what it was', () => {
      expect(told([store.removeEvent(item('x', 13, 'last'))])).to.deep.equal(['ns/x last>-']);
    });

    it('older than a write of ours does not undo it, and is told all the same', () => {
      store.patched(item('a', 15, 'mine'));
      expect(told([store.applyEvent(item('a', 12, 'between'))])).to.deep.equal(['ns/a mine>mine']);
      expect(values()).to.include('a=mine');
    });

    it('of a deletion older than a new object of the name does not remove it', () => {
      store.patched(item('a', 20, 'reborn'));
      expect(told([store.removeEvent(item('a', 15, 'old'))])).to.deep.equal(['ns/a reborn>reborn']);
      expect(values()).to.include('a=reborn');
    });

    it('drops managedFields', () => {
      store.applyEvent(item('a', 12, 'new', { managedFields: [{ manager: 'x' }], labels: { l: 'v' } }));
      expect(JSON.stringify(store.get('ns/a'))).to.not.include('managedFields');
      expect(store.get('ns/a')?.metadata.labels).to.deep.equal({ l: 'v' });
    });

    it('drops what kubectl keeps of it, and no other annotation', () => {
      const annotations = { 'kubectl.kubernetes.io/last-applied-configuration': '{}', 'ehos.io/delete-first': '' };
      const given = item('a', 12, 'new', { annotations });
      store.applyEvent(given);
      expect(store.get('ns/a')?.metadata.annotations).to.deep.equal({ 'ehos.io/delete-first': '' });
      expect(given.metadata.annotations, 'the object given').to.equal(annotations);
    });
  });

  describe('a write of ours', () => {
    const rows: [string, Item, string[]][] = [
      ['that is newer is taken', item('a', 15, 'mine'), ['a=mine', 'b=old']],
      ['that is older is not', item('a', 4, 'mine'), ['a=old', 'b=old']],
      ['that is the same is not', item('a', 5, 'mine'), ['a=old', 'b=old']],
      ['that made something is taken', item('c', 11, 'mine'), ['a=old', 'b=old', 'c=mine']],
      ['of what was deleted meanwhile is not', item('c', 9, 'mine'), ['a=old', 'b=old']],
      ['without a version is not', { metadata: { namespace: 'ns', name: 'a' }, value: 'mine' }, ['a=old', 'b=old']],
      [
        'that began a deletion stays',
        item('a', 15, 'mine', { deletionTimestamp: 'now', finalizers: ['f'] }),
        ['a=mine', 'b=old'],
      ],
    ];
    for (const [name, object, expected] of rows) {
      it(name, () => {
        expect(store.patched(object)).to.equal(undefined);
        expect(values()).to.deep.equal(expected);
      });
    }

    for (const finalizers of [undefined, []]) {
      it(`that took the last finalizer ends the object (${JSON.stringify(finalizers)})`, () => {
        const change = store.patched(
          item('a', 15, 'mine', { deletionTimestamp: 'now', ...(finalizers ? { finalizers } : {}) }),
        );
        expect(told(change ? [change] : [])).to.deep.equal(['ns/a old>-']);
        expect(values()).to.deep.equal(['b=old']);
      });
    }

    it('is taken before the first list, too', () => {
      const first = new ReflectedStore<Item>();
      first.patched(item('a', 15, 'mine'));
      expect(first.get('ns/a')?.value).to.equal('mine');
    });
  });
});
