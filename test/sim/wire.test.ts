import { expect } from 'chai';
import { SimClock } from './clock.ts';
import type { Fault, Site } from './faults.ts';
import { Wire, type Break, type Call } from './peers/wire.ts';
import { Process } from './process.ts';
import { randomOf } from './seeds.ts';

const START = Date.UTC(2026, 0, 1);
const SITE: Site = { peer: 'cloud', name: 'cloud compute GET servers', mutates: false, repeatable: true, watch: false };

/** One wire whose next call meets with `fault`. */
class Setting {
  readonly clock = new SimClock(randomOf(1, 'ties'), START);
  readonly process = new Process('op');
  fault: Fault | undefined;
  outage: 'refused' | 'silent' | undefined;
  effects = 0;
  crashes = 0;
  readonly wire = new Wire(this.clock, randomOf(1, 'wire'), this.process, {
    begin: () => this.fault,
    crash: (process) => {
      this.crashes++;
      process.end();
    },
    outage: () => this.outage,
    after: () => undefined,
    watching: () => undefined,
  });
  result: string | undefined;

  call(changes: Partial<Call<string>> = {}): void {
    const call: Call<string> = {
      site: SITE,
      timeoutMs: 30_000,
      signal: undefined,
      effect: () => `answer ${++this.effects}`,
      broken: (how: Break) => new Error(how),
      refusal: (status) => ({ value: `status ${status}` }),
      ...changes,
    };
    this.wire.carry(call).then(
      (value) => (this.result = value),
      (error: unknown) => (this.result = (error as Error).message),
    );
  }

  /** What came of a call with this fault, and how often it took effect. */
  async outcome(
    fault: Fault | undefined,
    changes: Partial<Call<string>> = {},
  ): Promise<[result: string | undefined, effects: number]> {
    this.fault = fault;
    this.call(changes);
    await this.pass(200_000);
    return [this.result, this.effects];
  }

  async pass(ms: number): Promise<void> {
    await this.clock.runUntil(this.clock.now() + ms, () => false);
  }
}

describe('a call over the wire', () => {
  let setting: Setting;
  beforeEach(() => (setting = new Setting()));

  const cases: [string, Fault | undefined, string | undefined, number][] = [
    ['is answered', undefined, 'answer 1', 1],
    ['was certainly not sent', { kind: 'unreachable' }, 'unreachable', 0],
    ['is lost on its way', { kind: 'request-lost', silent: false }, 'lost', 0],
    ['is lost on its way, and nobody says so', { kind: 'request-lost', silent: true }, 'timeout', 0],
    ['takes effect, and its answer is lost', { kind: 'reply-lost', silent: false }, 'lost', 1],
    ['takes effect, and its answer never comes', { kind: 'reply-lost', silent: true }, 'timeout', 1],
    ['takes effect when its caller has given up', { kind: 'slow-request', ms: 60_000 }, 'timeout', 1],
    ['is answered when its caller has given up', { kind: 'slow-reply', ms: 60_000 }, 'timeout', 1],
    ['is answered late', { kind: 'slow-reply', ms: 10_000 }, 'answer 1', 1],
    ['is delivered twice', { kind: 'duplicate', second: true }, 'answer 2', 2],
    ['is refused', { kind: 'status', status: 503, afterEffect: false }, 'status 503', 0],
    ['is refused although it has taken effect', { kind: 'status', status: 503, afterEffect: true }, 'status 503', 1],
    ['is cut off in the middle', { kind: 'half' }, 'lost', 1],
    ['is never made, since its caller dies', { kind: 'crash', when: 'before', restartAfterMs: 0 }, undefined, 0],
    ['takes effect, and its caller dies', { kind: 'crash', when: 'after', restartAfterMs: 0 }, undefined, 1],
  ];
  for (const [what, fault, result, effects] of cases)
    it(what, async () => expect(await setting.outcome(fault)).to.deep.equal([result, effects]));

  it('is stale: the answer of a moment ago, and nothing is asked; but not of long ago', async () => {
    const ask = async (fault: Fault | undefined): Promise<[string | undefined, number]> => {
      setting.fault = fault;
      setting.call({ staleKey: 'x' });
      await setting.pass(1_000);
      return [setting.result, setting.effects];
    };
    expect(await ask(undefined)).to.deep.equal(['answer 1', 1]);
    expect(await ask({ kind: 'stale' })).to.deep.equal(['answer 1', 1]);
    await setting.pass(60_000);
    expect(await ask({ kind: 'stale' })).to.deep.equal(['answer 2', 2]);
  });

  it('arrives although its caller dies meanwhile, who does not hear the answer', async () => {
    setting.call();
    setting.process.end();
    await setting.pass(60_000);
    expect([setting.result, setting.effects]).to.deep.equal([undefined, 1]);
  });

  it('is not made by who is dead', async () => {
    setting.process.end();
    setting.call();
    await setting.pass(60_000);
    expect([setting.result, setting.effects]).to.deep.equal([undefined, 0]);
  });

  it('is given up by its caller', async () => {
    const giving = new AbortController();
    setting.call({ signal: giving.signal });
    giving.abort();
    await setting.pass(1_000);
    expect(setting.result).to.equal('aborted');
  });

  it('tells the peer that nobody waits any more', async () => {
    let gone: AbortSignal | undefined;
    setting.call({
      effect: async (signal) => {
        gone = signal();
        await new Promise<void>((resolve) => setting.clock.after(50_000, resolve));
        return 'late';
      },
    });
    await setting.pass(29_000);
    expect(gone?.aborted).to.equal(false);
    await setting.pass(2_000);
    expect(gone?.aborted).to.equal(true);
    expect(setting.result).to.equal('timeout');
  });

  it('is refused or swallowed by an outage, whatever else was to happen', async () => {
    setting.outage = 'refused';
    expect(await setting.outcome(undefined)).to.deep.equal(['unreachable', 0]);
    setting.outage = 'silent';
    expect(await setting.outcome(undefined)).to.deep.equal(['timeout', 0]);
  });
});
