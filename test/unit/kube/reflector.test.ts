import { expect } from 'chai';
import { ManualClock } from '../../../src/base/clock.ts';
import { silentLog, type LogFields } from '../../../src/base/log.ts';
import { NODES } from '../../../src/api/resources.ts';
import { KubeError } from '../../../src/kube/errors.ts';
import { Reflector } from '../../../src/kube/reflector.ts';
import type { ListPage } from '../../../src/kube/types.ts';
import { FakeClient, item, page, type Item } from './fake-client.ts';

const even = { next: (): number => 0.5 };
const expired = (): KubeError =>
  new KubeError('Transient', 'too old resource version', { status: 410, reason: 'Expired' });
const broken = (): KubeError => new KubeError('Transient', 'socket hang up');

describe('Reflector', () => {
  let clock: ManualClock;
  let client: FakeClient;
  let seen: string[];
  let logged: string[];
  let reflector: Reflector<Item>;
  let onChange: (key: string, object: Item | undefined, previous: Item | undefined) => void;

  const make = (options: { namespace?: string; relistIntervalMs?: number } = {}): Reflector<Item> => {
    const say =
      (level: string) =>
      (message: string, fields: LogFields = {}) =>
        void logged.push(`${level} ${message}${'reason' in fields ? `: ${String(fields.reason)}` : ''}`);
    const log = { ...silentLog, info: say('info'), warn: say('warn'), error: say('error'), child: () => log };
    const change = (key: string, object: Item | undefined, previous: Item | undefined): void =>
      onChange(key, object, previous);
    return new Reflector<Item>({ client, type: NODES, clock, random: even, log, onChange: change, ...options });
  };

  beforeEach(() => {
    clock = new ManualClock(1_000_000);
    client = new FakeClient();
    client.lists = [page(10, item('a', 5, 'one'))];
    seen = [];
    logged = [];
    onChange = (key, object) => seen.push(`${key} ${object?.value ?? '-'}`);
    reflector = make();
  });

  afterEach(async () => {
    await reflector.stop();
  });

  const start = async (): Promise<void> => {
    reflector.start();
    await clock.advance(0);
  };
  const names = (): string[] => reflector.store.list().map(({ metadata }) => metadata.name);

  describe('list', () => {
    it('fills the store, tells all of it, and watches from its version', async () => {
      await start();
      await reflector.synced;
      expect(seen).to.deep.equal(['ns/a one']);
      expect(names()).to.deep.equal(['a']);
      expect(client.openWatch.options.resourceVersion).to.equal('10');
      expect(client.listed).to.deep.equal([{ namespace: undefined, limit: 500 }]);
    });

    it('is limited to its namespace, and so is the watch', async () => {
      reflector = make({ namespace: 'ns' });
      await start();
      expect([client.listed[0]?.namespace, client.openWatch.namespace]).to.deep.equal(['ns', 'ns']);
    });

    it('takes page after page and tells nothing before the last', async () => {
      let release: ((page: ListPage<Item>) => void) | undefined;
      client.lists = [
        { ...page(10, item('a', 5)), continueToken: 'more' },
        () => new Promise((resolve) => (release = resolve)),
      ];
      await start();
      expect([names(), seen]).to.deep.equal([[], []]);
      release?.(page(10, item('b', 6)));
      await clock.advance(0);
      expect(names()).to.deep.equal(['a', 'b']);
      expect(client.listed.map(({ continueToken }) => continueToken)).to.deep.equal([undefined, 'more']);
    });

    it('begins again when a page has expired', async () => {
      client.lists = [{ ...page(10, item('gone', 5)), continueToken: 'more' }, expired(), page(20, item('b', 15))];
      await start();
      await clock.advance(1000);
      expect(names()).to.deep.equal(['b']);
      expect(client.listed.map(({ continueToken }) => continueToken)).to.deep.equal([undefined, 'more', undefined]);
    });

    it('is tried for ever, less and less often', async () => {
      client.lists = [broken()];
      await start();
      await clock.advance(600_000);
      // 1, 2, 4, 8, 16, 30, 30 ... s
      expect(client.listed.length).to.equal(1 + 5 + Math.floor((600 - 31) / 30));
      client.lists = [page(10, item('a', 5))];
      await clock.advance(30_000);
      await reflector.synced;
      expect(names()).to.deep.equal(['a']);
    });

    it('waits as long as the server asks', async () => {
      client.lists = [new KubeError('RateLimited', 'slowly', { status: 429, retryAfterMs: 20_000 }), page(10)];
      await start();
      await clock.advance(19_999);
      expect(client.listed).to.have.lengthOf(1);
      await clock.advance(1);
      expect(client.listed).to.have.lengthOf(2);
    });

    it('that is forbidden is tried again, too', async () => {
      client.lists = [new KubeError('Auth', 'forbidden', { status: 403 }), page(10, item('a', 5))];
      await start();
      await clock.advance(1000);
      await reflector.synced;
      expect(logged).to.deep.equal(['warn list failed: forbidden']);
    });
  });

  describe('watch', () => {
    it('carries changes over', async () => {
      await start();
      client.openWatch.send('MODIFIED', item('a', 11, 'two'));
      client.openWatch.send('ADDED', item('b', 12, 'new'));
      client.openWatch.send('DELETED', item('a', 13, 'two'));
      await clock.advance(0);
      expect(seen).to.deep.equal(['ns/a one', 'ns/a two', 'ns/b new', 'ns/a -']);
      expect(names()).to.deep.equal(['b']);
    });

    it('tells what an object was before', async () => {
      const pairs: string[] = [];
      onChange = (_key, object, previous) => pairs.push(`${previous?.value ?? '-'}>${object?.value ?? '-'}`);
      await start();
      client.openWatch.send('MODIFIED', item('a', 11, 'two'));
      client.openWatch.send('DELETED', item('a', 13, 'two'));
      await clock.advance(0);
      expect(pairs).to.deep.equal(['->one', 'one>two', 'two>-']);
    });

    it('ends by a time drawn for each', async () => {
      await start();
      expect(client.openWatch.options.timeoutSeconds).to.equal(270);
    });

    for (const [what, feed, version] of [
      ['an event', () => client.openWatch.send('MODIFIED', item('a', 15, 'x')), '15'],
      ['a deletion', () => client.openWatch.send('DELETED', item('a', 17, 'x')), '17'],
      ['a bookmark', () => client.openWatch.bookmark(99), '99'],
    ] as const) {
      it(`goes on from the version of ${what} after its orderly end, without a list`, async () => {
        await start();
        feed();
        await clock.advance(100_000);
        client.openWatch.end();
        await clock.advance(0);
        expect(client.watches).to.have.lengthOf(2);
        expect(client.openWatch.options.resourceVersion).to.equal(version);
        expect(client.listed).to.have.lengthOf(1);
      });
    }

    it('that breaks goes on from the last version after a pause', async () => {
      await start();
      client.openWatch.send('MODIFIED', item('a', 15, 'x'));
      await clock.advance(5000);
      client.openWatch.end(broken());
      await clock.advance(999);
      expect(client.watches).to.have.lengthOf(1);
      await clock.advance(1);
      expect(client.openWatch.options.resourceVersion).to.equal('15');
      expect(client.listed).to.have.lengthOf(1);
    });

    it('that breaks now and then always waits the shortest time', async () => {
      await start();
      for (let i = 1; i <= 5; i++) {
        await clock.advance(60_000);
        client.openWatch.end(broken());
        await clock.advance(1000);
        expect(client.watches).to.have.lengthOf(1 + i);
      }
      expect(client.listed).to.have.lengthOf(1);
    });

    it('that fails three times running is replaced by a list', async () => {
      client.watchErrors = [broken(), broken(), broken()];
      await start();
      await clock.advance(7000);
      expect(client.watches).to.have.lengthOf(4);
      expect(client.listed).to.have.lengthOf(2);
    });

    it('that the server ends at once is not asked for in a loop', async () => {
      await start();
      for (let i = 0; i < 10; i++) {
        client.openWatch.end();
        await clock.advance(0);
      }
      expect(client.watches).to.have.lengthOf(1);
      await clock.advance(1000);
      expect(client.watches).to.have.lengthOf(2);
    });

    it('waits as long as the server asks', async () => {
      client.watchErrors = [new KubeError('RateLimited', 'slowly', { status: 429, retryAfterMs: 10_000 })];
      await start();
      await clock.advance(9999);
      expect(client.watches).to.have.lengthOf(1);
      await clock.advance(1);
      expect(client.watches).to.have.lengthOf(2);
    });
  });

  describe('an expired version', () => {
    for (const [where, expire] of [
      ['as the answer', () => client.openWatch.end(expired())],
      [
        'as an event',
        () => {
          const object = { metadata: { name: '' }, kind: 'Status', code: 410, reason: 'Expired', message: 'too old' };
          client.openWatch.send('ERROR', object);
        },
      ],
    ] as const) {
      it(`leads to a list: ${where}`, async () => {
        await start();
        client.lists = [page(30, item('b', 25, 'new'))];
        await clock.advance(100_000);
        expire();
        await clock.advance(999);
        expect(client.listed).to.have.lengthOf(1);
        await clock.advance(1);
        expect(seen).to.deep.equal(['ns/a one', 'ns/b new', 'ns/a -']);
        expect(client.openWatch.options.resourceVersion).to.equal('30');
        expect(logged.map((line) => line.split(':')[0])).to.deep.equal(['info the watch expired, listing anew']);
      });
    }

    it('again and again slows down', async () => {
      client.watchErrors = Array.from({ length: 50 }, expired);
      await start();
      await clock.advance(300_000);
      expect(client.listed.length).to.be.within(8, 20);
    });

    it('as an ERROR of another code is a failure of the watch', async () => {
      await start();
      client.openWatch.send('ERROR', { metadata: { name: '' }, kind: 'Status', code: 500, message: 'no' } as Item);
      await clock.advance(1000);
      expect(client.watches).to.have.lengthOf(2);
      expect(client.listed).to.have.lengthOf(1);
    });
  });

  describe('refresh', () => {
    it('lists anew though the watch is silent, and goes on watching from there', async () => {
      await start();
      client.lists = [page(20, item('a', 5, 'one'), item('b', 15, 'missed'))];
      let done = false;
      const refreshed = reflector.refresh().then(() => (done = true));
      await clock.advance(0);
      await refreshed;
      expect([done, names()]).to.deep.equal([true, ['a', 'b']]);
      expect(client.openWatch.options.resourceVersion).to.equal('20');
      expect(logged).to.deep.equal([]);
    });

    it('does not wait for the pause after a failure', async () => {
      client.lists = [broken(), page(20, item('a', 5, 'one'))];
      await start();
      expect(client.listed).to.have.length(1);
      const refreshed = reflector.refresh();
      await clock.advance(0);
      await refreshed;
      expect(names()).to.deep.equal(['a']);
    });

    it('is not answered by a list that had begun before', async () => {
      client.lists = [page(10, item('a', 5, 'one')), page(20, item('a', 5, 'one'), item('b', 15, 'newer'))];
      reflector.start();
      const refreshed = reflector.refresh();
      await clock.advance(0);
      await refreshed;
      expect(client.listed).to.have.length(2);
      expect(names()).to.deep.equal(['a', 'b']);
    });

    it('goes on until a list succeeds', async () => {
      await start();
      client.lists = [broken(), page(20, item('c', 15, 'late'))];
      const refreshed = reflector.refresh();
      await clock.advance(60_000);
      await refreshed;
      expect(names()).to.deep.equal(['c']);
    });

    it('is rejected when the reflector is stopped before', async () => {
      client.lists = [broken()];
      await start();
      client.lists = [broken()];
      const refreshed = reflector.refresh().then(
        () => 'refreshed',
        () => 'stopped',
      );
      await clock.advance(0);
      await reflector.stop();
      expect(await refreshed).to.equal('stopped');
    });
  });

  it('starts once', async () => {
    await start();
    await start();
    expect(client.listed).to.have.lengthOf(1);
  });
});
