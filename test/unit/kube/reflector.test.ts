import { expect } from 'chai';
import { ManualClock } from '../../../src/base/clock.ts';
import { EhosError } from '../../../src/base/errors.ts';
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

  describe('a silent watch', () => {
    it('is taken for a half-open connection after 150 s, and replaced from where it was', async () => {
      await start();
      client.openWatch.bookmark(50);
      await clock.advance(149_999);
      expect(client.watches).to.have.lengthOf(1);
      await clock.advance(1);
      expect(client.watches).to.have.lengthOf(2);
      expect(client.watches[0]?.left).to.equal(true);
      expect(client.openWatch.options.resourceVersion).to.equal('50');
      expect(client.listed).to.have.lengthOf(1);
    });

    it('is one from which not even bookmarks come', async () => {
      await start();
      for (let i = 0; i < 4; i++) {
        await clock.advance(60_000);
        client.openWatch.bookmark(11 + i);
      }
      await clock.advance(0);
      expect(client.watches).to.have.lengthOf(1);
    });

    it('leaves no timer behind', async () => {
      await start();
      await clock.advance(1000);
      client.openWatch.end();
      await clock.advance(150_000 - 1000);
      expect(client.watches).to.have.lengthOf(2);
    });
  });

  describe('the safety net', () => {
    it('lists anew at the end of a watch ten minutes later, and tells what was missed', async () => {
      await start();
      client.lists = [page(40, item('a', 39, 'missed'))];
      for (let i = 0; i < 11; i++) {
        await clock.advance(60_000);
        client.openWatch.bookmark(11 + i);
      }
      client.openWatch.end();
      await clock.advance(0);
      expect(client.listed).to.have.lengthOf(2);
      expect(seen).to.deep.equal(['ns/a one', 'ns/a missed']);
    });

    it('has an interval of its own choice', async () => {
      reflector = make({ relistIntervalMs: 5000 });
      await start();
      for (const expected of [1, 2, 2]) {
        await clock.advance(3000);
        client.openWatch.end();
        await clock.advance(0);
        expect(client.listed).to.have.lengthOf(expected);
      }
    });
  });

  describe('lastContact', () => {
    it('is 0 before the first answer, then the time of the list, of events and of orderly ends', async () => {
      expect(reflector.lastContact()).to.equal(0);
      await start();
      expect(reflector.lastContact()).to.equal(1_000_000);
      await clock.advance(10_000);
      expect(reflector.lastContact()).to.equal(1_000_000);
      client.openWatch.bookmark(11);
      await clock.advance(10_000);
      expect(reflector.lastContact()).to.equal(1_010_000);
      client.openWatch.end();
      await clock.advance(0);
      expect(reflector.lastContact()).to.equal(1_020_000);
    });

    it('stands still while nothing answers', async () => {
      await start();
      client.watchErrors = Array.from({ length: 100 }, broken);
      client.lists = [broken()];
      client.openWatch.end(broken());
      await clock.advance(100_000);
      expect(reflector.lastContact()).to.equal(1_000_000);
    });
  });

  describe('a handler that throws', () => {
    it('is logged, and stops neither the list nor the watch', async () => {
      let calls = 0;
      onChange = () => {
        calls++;
        throw new Error('bug');
      };
      client.lists = [page(10, item('a', 5), item('b', 6))];
      await start();
      client.openWatch.send('MODIFIED', item('a', 11, 'two'));
      await clock.advance(0);
      expect(calls).to.equal(3);
      expect(reflector.store.get('ns/a')?.value).to.equal('two');
      expect(logged).to.deep.equal(Array<string>(3).fill('error a handler of changes failed'));
      await reflector.synced;
    });
  });

  describe('patched', () => {
    it('is seen at once and told when the event comes', async () => {
      await start();
      reflector.patched(item('a', 12, 'mine'));
      expect(reflector.store.get('ns/a')?.value).to.equal('mine');
      expect(seen).to.deep.equal(['ns/a one']);
      client.openWatch.send('MODIFIED', item('a', 12, 'mine'));
      await clock.advance(0);
      expect(seen).to.deep.equal(['ns/a one', 'ns/a mine']);
    });

    it('that ended an object is told at once', async () => {
      await start();
      reflector.patched(item('a', 12, 'mine', { deletionTimestamp: 'now' }));
      expect(seen).to.deep.equal(['ns/a one', 'ns/a -']);
    });
  });

  describe('stop', () => {
    it('ends an open watch', async () => {
      await start();
      await reflector.stop();
      expect(client.openWatch.left).to.equal(true);
      await clock.advance(1_000_000);
      expect([client.watches.length, client.listed.length]).to.deep.equal([1, 1]);
    });

    it('ends a pause', async () => {
      client.lists = [broken()];
      await start();
      await reflector.stop();
      await clock.advance(1_000_000);
      expect(client.listed).to.have.lengthOf(1);
    });

    it('while the list is under way opens no watch', async () => {
      let fail: ((error: Error) => void) | undefined;
      client.lists = [() => new Promise((_, reject) => (fail = reject))];
      await start();
      const stopping = reflector.stop();
      fail?.(broken());
      await stopping;
      expect(client.watches).to.deep.equal([]);
      expect(logged).to.deep.equal([]);
    });

    it('while events wait takes no more of them', async () => {
      onChange = (key, object) => {
        seen.push(`${key} ${object?.value ?? '-'}`);
        if (object?.value === 'stop') void reflector.stop();
      };
      await start();
      client.openWatch.send('MODIFIED', item('a', 11, 'stop'));
      client.openWatch.send('MODIFIED', item('a', 12, 'after'));
      await clock.advance(0);
      expect(seen).to.deep.equal(['ns/a one', 'ns/a stop']);
      expect(client.openWatch.left).to.equal(true);
    });

    it('before the first list tells who waits for it', async () => {
      client.lists = [broken()];
      await start();
      const waiting = reflector.synced.then(
        () => undefined,
        (error: unknown) => error,
      );
      await reflector.stop();
      expect(await waiting).to.be.instanceOf(EhosError);
    });

    it('after the first list leaves synced as it was', async () => {
      await start();
      await reflector.stop();
      await reflector.synced;
      expect(names()).to.deep.equal(['a']);
    });

    it('before the start resolves', async () => {
      await reflector.stop();
      expect(client.listed).to.deep.equal([]);
    });
  });

  it('starts once', async () => {
    await start();
    await start();
    expect(client.listed).to.have.lengthOf(1);
  });
});
