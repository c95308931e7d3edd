import { expect } from 'chai';
import { ManualClock } from '../../../src/base/clock.ts';
import { EhosError } from '../../../src/base/errors.ts';
import { silentLog, type LogFields } from '../../../src/base/log.ts';
import { seededRandom } from '../../../src/base/random.ts';
import { microTime, noteOf, objectName, TokenBuckets } from '../../../src/kube/event-parts.ts';
import { EventRecorder } from '../../../src/kube/events.ts';
import { FakeClient, type Item } from './fake-client.ts';

const MINUTE = 60_000;
const object = (name: string, metadata: object = {}): Item => ({
  apiVersion: 'ehos.io/v1alpha1',
  kind: 'EhosNode',
  metadata: { namespace: 'ns', name, uid: `uid-of-${name}`, ...metadata },
});

interface Written {
  metadata: { name: string; namespace: string };
  note: string;
  reason: string;
  series?: { count: number; lastObservedTime: string };
}

describe('EventRecorder', () => {
  let clock: ManualClock;
  let client: FakeClient;
  let recorder: EventRecorder;
  let logged: [string, LogFields][];

  beforeEach(() => {
    clock = new ManualClock(Date.UTC(2026, 0, 1));
    client = new FakeClient();
    logged = [];
    const log = {
      ...silentLog,
      debug: (message: string, fields: LogFields = {}) => void logged.push([message, fields]),
    };
    recorder = new EventRecorder({
      client,
      clock,
      random: seededRandom(1),
      log,
      component: 'ehos-operator',
      instance: 'pod-0',
    });
  });

  const bodies = (verb: string): Written[] =>
    client.written.filter((write) => write.verb === verb).map((write) => write.body as Written);
  const counts = (): (number | undefined)[] => bodies('patch').map((body) => body.series?.count);

  it('writes what happened to what', async () => {
    recorder.event(object('a'), 'Warning', 'LaunchFailed', 'No valid host was found.', 'Launch');
    await recorder.flush();
    const [write, ...more] = client.written;
    expect(more).to.deep.equal([]);
    expect(write).to.include({ verb: 'create', namespace: 'ns' });
    expect(write?.name).to.match(/^a\.[0-9a-f]{16}$/);
    expect(write?.body).to.deep.equal({
      metadata: { namespace: 'ns', name: write?.name },
      type: 'Warning',
      reason: 'LaunchFailed',
      note: 'No valid host was found.',
      action: 'Launch',
      eventTime: '2026-01-01T00:00:00.000000Z',
      reportingController: 'ehos-operator',
      reportingInstance: 'pod-0',
      regarding: { apiVersion: 'ehos.io/v1alpha1', kind: 'EhosNode', namespace: 'ns', name: 'a', uid: 'uid-of-a' },
    });
  });

  it('takes the reason for the action, and the component for the instance, where none is given', async () => {
    recorder = new EventRecorder({
      client,
      clock,
      random: seededRandom(1),
      log: silentLog,
      component: 'ehos-operator',
    });
    recorder.event(object('a'), 'Normal', 'Launched', 'x');
    await recorder.flush();
    expect(bodies('create')[0]).to.include({ action: 'Launched', reportingInstance: 'ehos-operator' });
  });

  it('writes without waiting for the caller', async () => {
    recorder.event(object('a'), 'Normal', 'Launched', 'x');
    expect(client.written).to.deep.equal([]);
    await clock.advance(0);
    expect(client.written).to.have.lengthOf(1);
  });

  it('keeps secrets out of notes', async () => {
    recorder.event(object('a'), 'Warning', 'Refused', 'the cloud said: password=hunter2');
    await recorder.flush();
    expect(bodies('create')[0]?.note).to.include('the cloud said').and.not.include('hunter2');
  });

  it('never throws, not even for what is no object', () => {
    recorder.event({} as Item, 'Normal', 'Odd', 'x');
    expect(recorder.metrics().dropped).to.equal(1);
  });

  describe('repetitions', () => {
    const repeat = (note = 'no cores'): void => recorder.event(object('a'), 'Warning', 'QuotaExceeded', note);

    it('are counted once a minute', async () => {
      for (let second = 0; second < 150; second += 10) {
        repeat();
        await clock.advance(10_000);
      }
      expect(bodies('create')).to.have.lengthOf(1);
      // written after one and two minutes: those at 0 ... 50 s (and 60 s, before the timer of that moment), then those to 120 s
      expect(counts()).to.deep.equal([6, 12]);
    });

    it('are written to the event that they repeat, with the time of the last', async () => {
      repeat();
      await clock.advance(20_000);
      repeat();
      await clock.advance(MINUTE);
      const [created, patched] = client.written;
      expect(patched).to.include({ verb: 'patch', namespace: 'ns', name: created?.name });
      expect(patched?.body).to.deep.equal({ series: { count: 2, lastObservedTime: '2026-01-01T00:00:20.000000Z' } });
    });

    it('write nothing when there were none', async () => {
      repeat();
      await clock.advance(20 * MINUTE);
      expect(client.written).to.have.lengthOf(1);
    });

    it('after ten quiet minutes are a new event', async () => {
      repeat();
      await clock.advance(10 * MINUTE);
      repeat();
      await recorder.flush();
      const names = bodies('create').map((body) => body.metadata.name);
      expect(new Set(names).size).to.equal(2);
    });

    it('go on as long as the pauses are shorter', async () => {
      for (let i = 0; i < 5; i++) {
        repeat();
        await clock.advance(9 * MINUTE);
      }
      expect(bodies('create')).to.have.lengthOf(1);
      expect(counts()).to.deep.equal([2, 3, 4, 5]);
    });

    const different: [string, () => void][] = [
      ['another object', () => recorder.event(object('b'), 'Warning', 'QuotaExceeded', 'no cores')],
      [
        'another object of the same name',
        () => recorder.event(object('a', { uid: 'reborn' }), 'Warning', 'QuotaExceeded', 'no cores'),
      ],
      ['another reason', () => recorder.event(object('a'), 'Warning', 'NoCapacity', 'no cores')],
      ['another note', () => repeat('no memory')],
      ['another type', () => recorder.event(object('a'), 'Normal', 'QuotaExceeded', 'no cores')],
    ];
    for (const [name, act] of different) {
      it(`do not include ${name}`, async () => {
        repeat();
        act();
        await recorder.flush();
        expect(bodies('create')).to.have.lengthOf(2);
      });
    }

    it('are written by flush without waiting for their minute', async () => {
      repeat();
      repeat();
      repeat();
      await recorder.flush();
      expect(counts()).to.deep.equal([3]);
      await clock.advance(10 * MINUTE);
      expect(client.written).to.have.lengthOf(2);
    });

    it('of an event that is gone begin a new one', async () => {
      repeat();
      await clock.advance(1000);
      repeat();
      client.writeErrors = [new EhosError('NotFound', 'gone')];
      await clock.advance(MINUTE);
      repeat();
      await recorder.flush();
      expect(bodies('create')).to.have.lengthOf(2);
    });
  });

  describe('many events of one object', () => {
    const many = (count: number, name = 'a'): void => {
      for (let i = 0; i < count; i++) recorder.event(object(name), 'Normal', 'Busy', `note ${i} of ${clock.now()}`);
    };

    it('are limited to a burst of 25, and one more in five minutes', async () => {
      many(30);
      await recorder.flush();
      expect(bodies('create')).to.have.lengthOf(25);
      expect(recorder.metrics()).to.deep.equal({ written: 25, dropped: 5 });
      await clock.advance(5 * MINUTE);
      many(3);
      await recorder.flush();
      expect(bodies('create')).to.have.lengthOf(26);
    });

    it('do not limit those of others', async () => {
      many(30);
      many(5, 'b');
      await recorder.flush();
      expect(bodies('create')).to.have.lengthOf(30);
    });

    it('may repeat without limit', async () => {
      for (let i = 0; i < 100; i++) recorder.event(object('a'), 'Normal', 'Same', 'again');
      await recorder.flush();
      expect(counts()).to.deep.equal([100]);
    });
  });

  describe('a write that is refused', () => {
    const write = async (errors: (Error | undefined)[], ms = MINUTE): Promise<void> => {
      client.writeErrors = errors;
      recorder.event(object('a'), 'Normal', 'Launched', 'x');
      await clock.advance(ms);
    };

    for (const errorClass of ['Auth', 'NotFound', 'Invalid'] as const) {
      it(`as ${errorClass} is dropped, and those after it are written`, async () => {
        await write([new EhosError(errorClass, 'no')]);
        recorder.event(object('b'), 'Normal', 'Launched', 'x');
        await recorder.flush();
        expect(client.written.map(({ verb, body }) => [verb, (body as Written).metadata.name[0]])).to.deep.equal([
          ['create', 'a'],
          ['create', 'b'],
        ]);
        expect(recorder.metrics()).to.deep.equal({ written: 1, dropped: 1 });
        expect(logged[0]).to.deep.equal(['an event was not taken', { class: errorClass, cause: 'no' }]);
      });
    }

    for (const errorClass of ['Transient', 'Timeout', 'RateLimited'] as const) {
      it(`as ${errorClass} is tried again`, async () => {
        await write([new EhosError(errorClass, 'later')]);
        expect(client.written).to.have.lengthOf(2);
        expect(recorder.metrics()).to.deep.equal({ written: 1, dropped: 0 });
      });
    }

    it('is tried four times', async () => {
      await write(Array.from({ length: 10 }, () => new EhosError('Transient', 'later')));
      expect(client.written).to.have.lengthOf(4);
      expect(recorder.metrics()).to.deep.equal({ written: 0, dropped: 1 });
    });

    it('waits as long as the server asks', async () => {
      await write([new EhosError('RateLimited', 'later', { retryAfterMs: 30_000 })], 29_999);
      expect(client.written).to.have.lengthOf(1);
      await clock.advance(1);
      expect(client.written).to.have.lengthOf(2);
    });

    it('because an earlier try had made it is written', async () => {
      await write([new EhosError('Timeout', 'lost', { maybeDone: true }), new EhosError('Conflict', 'exists')]);
      expect(recorder.metrics()).to.deep.equal({ written: 1, dropped: 0 });
    });

    it('because the name is taken is dropped', async () => {
      await write([new EhosError('Conflict', 'exists')]);
      expect(recorder.metrics()).to.deep.equal({ written: 0, dropped: 1 });
    });
  });

  it('holds at most a thousand that wait', async () => {
    for (let i = 0; i < 1500; i++) recorder.event(object(`n${i}`), 'Normal', 'Launched', 'x');
    expect(recorder.metrics().dropped).to.be.within(499, 500);
    await recorder.flush();
    expect(recorder.metrics().written).to.be.within(1000, 1001);
  });

  describe('stop', () => {
    it('writes what waits, counts included', async () => {
      for (let i = 0; i < 3; i++) recorder.event(object('a'), 'Normal', 'Launched', 'x');
      await recorder.stop();
      expect(client.written.map(({ verb }) => verb)).to.deep.equal(['create', 'patch']);
    });

    it('does not wait for tries to come', async () => {
      client.writeErrors = Array.from({ length: 10 }, () => new EhosError('Transient', 'later'));
      recorder.event(object('a'), 'Normal', 'Launched', 'x');
      await recorder.stop();
      expect(client.written).to.have.lengthOf(1);
    });
  });
});

describe('parts of events', () => {
  for (const [ms, text] of [
    [Date.UTC(2026, 0, 1), '2026-01-01T00:00:00.000000Z'],
    [Date.UTC(2026, 0, 1, 1, 2, 3, 45), '2026-01-01T01:02:03.045000Z'],
  ] as const) {
    it(`writes ${ms} as ${text}`, () => expect(microTime(ms)).to.equal(text));
  }

  const notes: [string, string, number][] = [
    ['an empty one', '', 0],
    ['a short one', 'short', 5],
    ['one of exactly the limit', 'x'.repeat(1024), 1024],
    ['one beyond it', 'x'.repeat(1025), 1024],
    ['one of two bytes a letter', 'ü'.repeat(600), 1023],
    ['one of four bytes a letter', '🚀'.repeat(600), 1023],
  ];
  for (const [name, note, bytes] of notes) {
    it(`keeps a note within 1024 bytes: ${name}`, () => {
      const kept = noteOf(note);
      expect(Buffer.byteLength(kept)).to.equal(bytes);
      expect(kept).to.not.include('\ufffd');
      expect(note.startsWith(kept.replace(/\.\.\.$/, ''))).to.equal(true);
    });
  }

  const names: [string, string][] = [
    ['a', 'a'],
    ['a.b-c', 'a.b-c'],
    [`${'a'.repeat(235)}.b`, 'a'.repeat(235)],
    ['a'.repeat(253), 'a'.repeat(236)],
  ];
  for (const [name, kept] of names) {
    it(`leaves room for the suffix of a name of ${name.length}`, () => expect(objectName(name)).to.equal(kept));
  }

  it('forgets the oldest of very many buckets', () => {
    const clock = new ManualClock(0);
    const buckets = new TokenBuckets(clock);
    for (let i = 0; i < 25; i++) buckets.take('first');
    expect(buckets.take('first')).to.equal(false);
    for (let i = 0; i < 5000; i++) buckets.take(`n${i}`);
    expect(buckets.take('first')).to.equal(true);
  });
});
