import { expect } from 'chai';
import { ManualClock, systemClock } from '../../../src/base/clock.ts';
import { EhosError } from '../../../src/base/errors.ts';
import { silentLog } from '../../../src/base/log.ts';
import { TimedGate } from '../../../src/base/write-gate.ts';
import { NODES } from '../../../src/api/resources.ts';
import { RestKubeClient } from '../../../src/kube/client.ts';
import { ApiStub, json, type Answer } from './api-stub.ts';

const NODE = { metadata: { namespace: 'ns', name: 'a' } };

describe('the gate before the Kubernetes API', () => {
  let api: ApiStub;
  let client: RestKubeClient;
  let clock: ManualClock;
  let gate: TimedGate;

  beforeEach(async () => {
    api = new ApiStub();
    await api.listen();
    api.answers = [json(200, NODE)];
    clock = new ManualClock();
    gate = new TimedGate(clock);
    client = new RestKubeClient({
      access: api.access(),
      clock: systemClock,
      random: { next: () => 0.5 },
      log: silentLog,
      userAgent: 'ehos-operator/1',
      gate,
    });
  });

  afterEach(async () => {
    await client.close();
    await api.close();
  });

  const failureOf = async (promise: Promise<unknown>): Promise<EhosError> => {
    const error = await promise.then(
      () => undefined,
      (reason: unknown) => reason,
    );
    if (!(error instanceof EhosError)) throw new Error('it was not refused');
    return error;
  };

  const WRITES: [string, () => Promise<unknown>][] = [
    ['create', () => client.create(NODES, NODE)],
    ['patch', () => client.patch(NODES, 'ns', 'a', {})],
    ['patchStatus', () => client.patchStatus(NODES, 'ns', 'a', {})],
    ['delete', () => client.delete(NODES, 'ns', 'a')],
  ];
  for (const [verb, write] of WRITES) {
    it(`lets ${verb} pass while it is open`, async () => {
      gate.openUntil(clock.now() + 1_000);
      await write();
      expect(api.asked).to.have.length(1);
    });

    for (const opened of [false, true])
      it(`refuses ${verb} ${opened ? 'when its time is over' : 'before it was opened'}: nothing is sent`, async () => {
        if (opened) gate.openUntil(clock.now() + 1_000);
        await clock.advance(1_000);
        const { errorClass, maybeDone, message } = await failureOf(write());
        expect({ errorClass, maybeDone }).to.deep.equal({ errorClass: 'Transient', maybeDone: false });
        expect(message).to.match(new RegExp(`^${verb} ehosnodes "a": not sent, since`));
        expect(api.asked).to.deep.equal([]);
        expect(api.connections).to.equal(0);
      });
  }

  it('does not stop reads', async () => {
    await client.get(NODES, 'ns', 'a');
    api.answers = [json(200, { metadata: { resourceVersion: '1' }, items: [] })];
    await client.list(NODES, 'ns');
    expect(api.asked).to.have.length(2);
  });

  it('ends what is under way, which may have been done', async () => {
    const silence: Answer = () => undefined;
    api.answers = [silence];
    gate.openUntil(clock.now() + 1_000);
    const failure = failureOf(client.create(NODES, NODE));
    while (api.asked.length === 0) await new Promise((resolve) => setTimeout(resolve, 2));
    await clock.advance(1_000);
    expect(await failure).to.include({ errorClass: 'Transient', maybeDone: true });
  });

  it('stops what has passed it and waits for its credentials, or for a connection, when its time is over then', async () => {
    let give: () => void = () => undefined;
    const waiting = new Promise<void>((resolve) => (give = resolve));
    const access = api.access();
    // a clock whose timers come late, as after SIGSTOP: only what is asked counts
    let aheadMs = 0;
    const frozen = { now: () => clock.now() + aheadMs, after: (): (() => void) => () => undefined };
    const late = new TimedGate(frozen);
    const slow = new RestKubeClient({
      access: { ...access, credentials: async () => (await waiting, await access.credentials()) },
      clock: systemClock,
      random: { next: () => 0.5 },
      log: silentLog,
      userAgent: 'ehos-operator/1',
      gate: late,
    });
    late.openUntil(frozen.now() + 1_000);
    const failure = failureOf(slow.create(NODES, NODE));
    aheadMs = 60_000;
    give();
    const { maybeDone, message } = await failure;
    expect(maybeDone).to.equal(false);
    expect(message).to.include('not sent');
    expect(api.asked).to.deep.equal([]);
    await slow.close();
  });
});
