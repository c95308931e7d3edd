import { expect } from 'chai';
import { ManualClock } from '../../../src/base/clock.ts';
import { EhosError } from '../../../src/base/errors.ts';
import { silentLog, type LogFields } from '../../../src/base/log.ts';
import { NODES } from '../../../src/api/resources.ts';
import { KubeError } from '../../../src/kube/errors.ts';
import { Reflector } from '../../../src/kube/reflector.ts';
import { FakeClient, item, page, type Item } from './fake-client.ts';

const even = { next: (): number => 0.5 };
const broken = (): KubeError => new KubeError('Transient', 'socket hang up');

describe('Reflector, in the long run', () => {
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
});
