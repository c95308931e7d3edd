import { expect } from 'chai';
import { ManualClock } from '../../../src/base/clock.ts';
import { EhosError, messageOf } from '../../../src/base/errors.ts';
import { silentLog } from '../../../src/base/log.ts';
import { seededRandom } from '../../../src/base/random.ts';
import { NODES } from '../../../src/api/resources.ts';
import { Reflectors } from '../../../src/kube/reflectors.ts';
import { FakeClient, item, page, type Item } from './fake-client.ts';

describe('Reflectors', () => {
  let client: FakeClient;
  let clock: ManualClock;
  let made: Reflectors<Item> | undefined;

  beforeEach(() => {
    client = new FakeClient();
    clock = new ManualClock();
  });
  afterEach(async () => await made?.stop());

  const reflect = (namespaces: string[] | undefined): Reflectors<Item> => {
    const common = { client, clock, random: seededRandom(1), log: silentLog };
    made = new Reflectors<Item>({ ...common, type: NODES, onChange: () => undefined }, namespaces);
    made.start();
    return made;
  };
  const of = (namespace: string, name: string): Item => item(name, 5, '', { namespace });

  it('list all namespaces at once when none is named', async () => {
    client.lists = [page(9, of('a', 'x'), of('b', 'y'))];
    const all = reflect(undefined);
    await all.synced();
    expect(client.listed.map(({ namespace }) => namespace)).to.deep.equal([undefined]);
    expect(all.list().map(({ metadata }) => metadata.name)).to.deep.equal(['x', 'y']);
    expect(all.get('b/y')?.metadata.name).to.equal('y');
  });

  it('list each namespace that is named, and nothing else', async () => {
    client.lists = [page(9, of('a', 'x')), page(9, of('b', 'y'))];
    const two = reflect(['a', 'b']);
    await two.synced();
    expect(client.listed.map(({ namespace }) => namespace)).to.deep.equal(['a', 'b']);
    expect(two.list().map(({ metadata }) => metadata.name)).to.deep.equal(['x', 'y']);
    expect([two.get('a/x'), two.get('b/y')].map((found) => found?.metadata.name)).to.deep.equal(['x', 'y']);
    expect([two.get('a/y'), two.get('c/x')]).to.deep.equal([undefined, undefined]);
    expect(two.states().map(({ listed }) => listed)).to.deep.equal([true, true]);
  });

  it('show a write at once, in its own namespace', async () => {
    client.lists = [page(9, of('a', 'x')), page(9, of('b', 'y'))];
    const two = reflect(['a', 'b']);
    await two.synced();
    two.patched(item('y', 10, 'new', { namespace: 'b' }));
    two.patched(item('z', 10, 'of nobody', { namespace: 'c' }));
    expect(two.get('b/y')?.value).to.equal('new');
    expect(two.list()).to.have.length(2);
  });

  it('say what is not listed yet, where, and why', async () => {
    client.lists = [page(9, of('a', 'x')), new EhosError('Auth', 'list ehosnodes: it is Forbidden', { status: 403 })];
    const two = reflect(['a', 'b']);
    const seen = (): unknown[] =>
      two.states().map(({ namespace, listed, problem }) => [namespace, listed, problem && messageOf(problem)]);
    expect(seen()).to.deep.equal([
      ['a', false, undefined],
      ['b', false, undefined],
    ]);
    await clock.advance(1);
    expect(seen()).to.deep.equal([
      ['a', true, undefined],
      ['b', false, 'list ehosnodes: it is Forbidden'],
    ]);
  });

  it('are not synced when they are stopped before', async () => {
    client.lists = [new EhosError('Transient', 'no')];
    const one = reflect(['a']);
    const synced = one.synced().then(
      () => 'synced',
      () => 'stopped',
    );
    await one.stop();
    expect(await synced).to.equal('stopped');
  });
});
