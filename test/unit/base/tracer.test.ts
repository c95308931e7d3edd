import { expect } from 'chai';
import { ManualClock, sleep } from '../../../src/base/clock.ts';
import { seededRandom } from '../../../src/base/random.ts';
import { SpanTracer, type Span } from '../../../src/base/tracer.ts';

describe('a tracer', () => {
  let clock: ManualClock;
  let spans: Span[];

  beforeEach(() => {
    clock = new ManualClock(0);
    spans = [];
  });

  const tracerOf = (share: number, random = seededRandom(1)): SpanTracer =>
    new SpanTracer({ clock, random, share, onEnd: (span) => spans.push(span) });

  it('tells a span with its parts, each with its time', async () => {
    const tracer = tracerOf(1);
    const attributes: Record<string, string> = { object: 'ns/a' };
    const done = tracer.span('reconcile', attributes, async () => {
      await tracer.part('compute GET servers', {}, async () => await sleep(clock, 20));
      await sleep(clock, 10);
      attributes.result = 'known at the end';
      return 7;
    });
    await clock.advance(100);
    expect(await done).to.equal(7);
    const [part, whole] = spans;
    expect(whole).to.deep.include({ name: 'reconcile', parentId: undefined, beganAt: 0, endedAt: 30 });
    expect(whole?.attributes).to.deep.equal({ object: 'ns/a', result: 'known at the end' });
    expect(part).to.deep.include({ name: 'compute GET servers', traceId: whole?.traceId, parentId: whole?.spanId });
    expect(part).to.include({ beganAt: 0, endedAt: 20 });
    expect(whole?.traceId).to.match(/^[0-9a-f]{32}$/);
    expect(whole?.spanId).to.match(/^[0-9a-f]{16}$/);
  });

  it('keeps what goes on at the same time apart', async () => {
    const tracer = tracerOf(1);
    const one = (name: string, ms: number): Promise<void> =>
      tracer.span(name, {}, async () => {
        await sleep(clock, ms);
        await tracer.part(`part of ${name}`, {}, () => Promise.resolve());
      });
    const done = Promise.all([one('a', 20), one('b', 10)]);
    await clock.advance(100);
    await done;
    for (const name of ['a', 'b'])
      expect(spans.find((span) => span.name === `part of ${name}`)?.traceId).to.equal(
        spans.find((span) => span.name === name)?.traceId,
      );
    expect(new Set(spans.map(({ traceId }) => traceId)).size).to.equal(2);
  });

  it('tells why a span failed, and lets it fail', async () => {
    const failure = await tracerOf(1)
      .span('reconcile', {}, () => Promise.reject(new Error('no such thing')))
      .catch((error: unknown) => error);
    expect(failure).to.be.an('error');
    expect(spans[0]?.error).to.equal('no such thing');
  });

  it('tells no part of nothing', async () => {
    expect(await tracerOf(1).part('alone', {}, () => Promise.resolve(3))).to.equal(3);
    expect(spans).to.deep.equal([]);
  });

  it('tells a share of the traces, each whole or not at all', async () => {
    const tracer = tracerOf(0.25);
    for (let i = 0; i < 400; i++)
      await tracer.span('whole', {}, async () => await tracer.part('part', {}, () => Promise.resolve()));
    const wholes = spans.filter(({ name }) => name === 'whole');
    expect(wholes.length).to.be.within(70, 130);
    expect(spans).to.have.length(2 * wholes.length);
  });

  it('has no id of zeros only, which stands for none', async () => {
    await tracerOf(1, { next: () => 0 }).span('a', {}, () => Promise.resolve());
    expect(spans[0]).to.include({ traceId: `${'0'.repeat(31)}1`, spanId: `${'0'.repeat(15)}1` });
  });
});
