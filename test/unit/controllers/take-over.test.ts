/** A standby that is elected: what it followed may be old, since a watch that breaks in silence is noticed late. */
import { expect } from 'chai';
import { ManualClock } from '../../../src/base/clock.ts';
import { EhosError } from '../../../src/base/errors.ts';
import { silentLog } from '../../../src/base/log.ts';
import { Operator } from '../../../src/controllers/operator.ts';
import type { KubeClient } from '../../../src/kube/types.ts';

const aborted = (signal: AbortSignal): Promise<never> =>
  new Promise((_resolve, reject) => {
    signal.addEventListener('abort', () => reject(new EhosError('Transient', 'given up by the caller')));
  });
const PLURALS = ['ehosclouds', 'ehosmasters', 'ehosnodepools', 'ehosnodes'];

describe('an operator that takes over', () => {
  let clock: ManualClock;
  let listed: string[];
  /** Lists wait for it. */
  let gate: Promise<void>;
  let operator: Operator;

  beforeEach(async () => {
    clock = new ManualClock(1_000_000);
    listed = [];
    gate = Promise.resolve();
    const client = {
      get: () => Promise.resolve({ metadata: { name: 'kube-system', uid: 'u' } }),
      list: async ({ plural }: { plural: string }, _namespace: unknown, _options: unknown, signal: AbortSignal) => {
        listed.push(plural);
        await Promise.race([gate, aborted(signal)]);
        return { items: [], resourceVersion: String(listed.length), continueToken: undefined };
      },
      // silent, as one on a connection that is dead
      watch: async function* (_type: unknown, _namespace: unknown, _options: unknown, signal: AbortSignal) {
        yield* [];
        await aborted(signal);
      },
    } as unknown as KubeClient;
    const factories = { cloud: () => expect.fail('no cloud'), master: () => expect.fail('no master') };
    operator = new Operator({ client, clock, random: { next: () => 0.5 }, log: silentLog, factories });
    const prepared = operator.prepare();
    await clock.advance(0);
    await prepared;
  });

  afterEach(async () => {
    await operator.stop();
  });

  it('lists everything anew, and does not lead before it has', async () => {
    expect(listed.toSorted()).to.deep.equal(PLURALS);
    let open: () => void = () => undefined;
    gate = new Promise((resolve) => (open = resolve));
    const leading = operator.takeOver();
    await clock.advance(1_000);
    expect(listed.slice(PLURALS.length).toSorted()).to.deep.equal(PLURALS);
    expect(operator.leads).to.equal(false);
    open();
    await clock.advance(0);
    await leading;
    expect(operator.leads).to.equal(true);
  });

  it('leads no more when it was stopped meanwhile', async () => {
    gate = new Promise(() => undefined);
    const leading = operator.takeOver().catch(() => 'stopped');
    await clock.advance(0);
    await operator.stop();
    expect(await leading).to.equal('stopped');
    expect(operator.leads).to.equal(false);
  });
});
