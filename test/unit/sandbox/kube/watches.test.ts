import { expect } from 'chai';
import { fixtureCrd, Sandbox, steppedUntil } from './harness.ts';

const POOLS = '/apis/rig.example.com/v1alpha1/namespaces/default/pools';
const ALL = '/apis/rig.example.com/v1alpha1/pools';
const pool = (name: string, labels: Record<string, string> = {}): object => ({
  apiVersion: 'rig.example.com/v1alpha1',
  kind: 'Pool',
  metadata: { name, labels },
  spec: { cloud: 'east' },
});
const told = (watch: { events: { type: string; object: object }[] }): string[] =>
  watch.events.map(({ type, object }) =>
    `${type} ${(object as { metadata: { name?: string } }).metadata.name ?? ''}`.trim(),
  );

describe('watches', () => {
  let sandbox: Sandbox;
  const version = async (): Promise<string> =>
    ((await sandbox.ok('GET', POOLS)).metadata as { resourceVersion: string }).resourceVersion;

  beforeEach(async () => {
    sandbox = await Sandbox.start([fixtureCrd()]);
  });
  afterEach(() => sandbox.api.close());

  it('tell what was missed since a version', async () => {
    const from = await version();
    await sandbox.ok('POST', POOLS, pool('a'));
    const watch = await sandbox.watch(`${POOLS}?watch=1&resourceVersion=${from}`);
    await watch.until(1);
    expect(told(watch)).to.deep.equal(['ADDED a']);
    watch.close();
  });

  it('tell nothing twice', async () => {
    await sandbox.ok('POST', POOLS, pool('a'));
    const watch = await sandbox.watch(`${POOLS}?watch=1&resourceVersion=${await version()}`);
    await sandbox.ok('POST', POOLS, pool('b'));
    await watch.until(1);
    expect(told(watch)).to.deep.equal(['ADDED b']);
    watch.close();
  });

  it('do not tell of writes that change nothing', async () => {
    await sandbox.ok('POST', POOLS, pool('a'));
    const watch = await sandbox.watch(`${POOLS}?watch=1&resourceVersion=${await version()}`);
    await sandbox.merge(`${POOLS}/a`, { spec: { cloud: 'east' } });
    await sandbox.ok('DELETE', `${POOLS}/a`);
    await watch.until(1);
    expect(told(watch)).to.deep.equal(['DELETED a']);
    watch.close();
  });

  it('keep to their namespace', async () => {
    await sandbox.ok('POST', '/api/v1/namespaces', { metadata: { name: 'other' } });
    const from = await version();
    const [here, everywhere] = [
      await sandbox.watch(`${POOLS}?watch=1&resourceVersion=${from}`),
      await sandbox.watch(`${ALL}?watch=1&resourceVersion=${from}`),
    ];
    await sandbox.ok('POST', POOLS.replace('default', 'other'), pool('far'));
    await sandbox.ok('POST', POOLS, pool('near'));
    await Promise.all([here.until(1), everywhere.until(2)]);
    expect([told(here), told(everywhere)]).to.deep.equal([['ADDED near'], ['ADDED far', 'ADDED near']]);
    here.close();
    everywhere.close();
  });

  it('show an object that comes into the selection as new, and one that leaves it as gone', async () => {
    await sandbox.ok('POST', POOLS, pool('a'));
    const watch = await sandbox.watch(`${POOLS}?watch=1&resourceVersion=${await version()}&labelSelector=tier%3Dgold`);
    for (const [i, tier] of ['gold', 'gold', 'iron', null].entries()) {
      await sandbox.merge(`${POOLS}/a`, { metadata: { labels: { tier } }, spec: { maxNodes: i + 1 } });
    }
    await sandbox.ok('DELETE', `${POOLS}/a`);
    await watch.until(3);
    expect(told(watch)).to.deep.equal(['ADDED a', 'MODIFIED a', 'DELETED a']);
    expect(watch.events[2]?.object).to.have.nested.property('metadata.labels.tier', 'gold');
    watch.close();
  });

  it('select by fields', async () => {
    const watch = await sandbox.watch(
      `${POOLS}?watch=1&resourceVersion=${await version()}&fieldSelector=metadata.name%3Db`,
    );
    await sandbox.ok('POST', POOLS, pool('a'));
    await sandbox.ok('POST', POOLS, pool('b'));
    await watch.until(1);
    expect(told(watch)).to.deep.equal(['ADDED b']);
    watch.close();
  });

  it('give a bookmark a minute', async () => {
    const watch = await sandbox.watch(
      `${POOLS}?watch=1&allowWatchBookmarks=true&resourceVersion=${await version()}&timeoutSeconds=600`,
    );
    await steppedUntil(sandbox.clock, sandbox.clock.advance(200_000));
    await watch.until(3);
    expect(told(watch)).to.deep.equal(['BOOKMARK', 'BOOKMARK', 'BOOKMARK']);
    expect(Object.keys(watch.events[0]?.object ?? {})).to.deep.equal(['kind', 'apiVersion', 'metadata']);
    watch.close();
  });

  it('end after half an hour to an hour without a timeout', async () => {
    const watch = await sandbox.watch(`${POOLS}?watch=1&resourceVersion=${await version()}`);
    let isOpen = true;
    void watch.ended.then(() => {
      isOpen = false;
    });
    await sandbox.clock.advance(1_799_000);
    expect(isOpen).to.equal(true);
    await sandbox.clock.advance(1_801_000);
    await watch.ended;
  });

  it('show metadata only, if that is asked for', async () => {
    await sandbox.ok('POST', POOLS, pool('a'));
    const accept = 'application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1';
    const watch = await sandbox.watch(
      `${POOLS}?watch=1&sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true`,
      { accept },
    );
    await watch.until(2);
    expect(watch.events.map((event) => event.object.kind)).to.deep.equal([
      'PartialObjectMetadata',
      'PartialObjectMetadata',
    ]);
    expect(watch.events[0]?.object).not.to.have.property('spec');
    watch.close();
  });

  it('of a table carry columns once', async () => {
    await sandbox.ok('POST', POOLS, pool('a'));
    await sandbox.ok('POST', POOLS, pool('b'));
    const watch = await sandbox.watch(`${POOLS}?watch=1`, { accept: 'application/json;as=Table;v=v1;g=meta.k8s.io' });
    await watch.until(2);
    const columns = watch.events.map((event) => event.object.columnDefinitions as unknown[] | null);
    expect(columns.map((list) => list?.length ?? 0)).to.deep.equal([6, 0]);
    watch.close();
  });

  it('from before a compaction are told that it is expired, and end', async () => {
    await sandbox.ok('POST', POOLS, pool('a'));
    sandbox.api.compact();
    const watch = await sandbox.watch(`${POOLS}?watch=1&resourceVersion=90`);
    await watch.ended;
    expect(watch.events).to.have.length(1);
    expect(watch.events[0]).to.deep.include({ type: 'ERROR' });
    expect(watch.events[0]?.object).to.include({ code: 410, reason: 'Expired' });
  });

  it('go on over a compaction', async () => {
    const watch = await sandbox.watch(`${POOLS}?watch=1&resourceVersion=${await version()}`);
    await sandbox.ok('POST', POOLS, pool('a'));
    sandbox.api.compact();
    await sandbox.ok('POST', POOLS, pool('b'));
    await watch.until(2);
    expect(told(watch)).to.deep.equal(['ADDED a', 'ADDED b']);
    watch.close();
  });

  it('end when the server is closed', async () => {
    const watch = await sandbox.watch(`${POOLS}?watch=1&resourceVersion=${await version()}`);
    const end = watch.ended.catch((error: unknown) => error);
    await sandbox.api.close();
    await end;
    await sandbox.api.close().catch(() => undefined);
    sandbox = await Sandbox.start([fixtureCrd()]);
  });
});
