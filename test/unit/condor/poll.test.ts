import { expect } from 'chai';
import { EhosError } from '../../../src/base/errors.ts';
import { SCRIPT_COMMAND } from '../../../src/base/remote-script.ts';
import type { MasterSnapshot } from '../../../src/domain/snapshots.ts';
import type { FakeAnswer } from './fake-master.ts';
import { GROUP, NEGOTIATOR, negotiatorAd, NOW, rejectionOf, setUp, SLOT } from './well.ts';

describe('CondorMasterClient.poll', () => {
  const EVERYTHING = { schedds: [], tokenRequests: true };

  it('reads everything in one round trip', async () => {
    const { fake, client } = setUp();
    const snapshot = await client.poll(EVERYTHING);
    expect(fake.runs.map((run) => run.command)).to.deep.equal([SCRIPT_COMMAND]);
    expect(client.commands()).to.equal(1);
    expect(snapshot).to.include({ observedAt: NOW, collectorStartedAt: NOW - 1_000_000 });
    expect(snapshot.errors).to.deep.equal([]);
    expect(snapshot.jobs?.map((group) => group.count)).to.deep.equal([3, 6]);
    expect(snapshot.startds?.map((startd) => startd.name)).to.deep.equal(['slot1@n1']);
    expect(snapshot.tokenRequests).to.deep.equal([]);
    expect(snapshot.negotiation?.[0]).to.deep.equal({ startedAt: NOW - 100_000, endedAt: NOW - 99_000 });
  });

  describe('of the negotiator', () => {
    const cyclesOf = async (
      answers: Record<string, FakeAnswer>,
      polls = 1,
    ): Promise<{ ago: number[] | undefined; errors: string[]; asked: (string | undefined)[] }> => {
      const { client, fake } = setUp(answers);
      let snapshot = await client.poll(EVERYTHING);
      for (let i = 1; i < polls; i++) snapshot = await client.poll(EVERYTHING);
      return {
        ago: snapshot.negotiation?.map(({ startedAt }) => (NOW - startedAt) / 1000),
        errors: snapshot.errors,
        asked: fake.steps.filter(({ name }) => name === 'negotiator-itself').map(({ argv }) => argv[3]),
      };
    };
    const ITSELF = 'negotiator-itself';

    it('takes what it told the collector at first', async () => {
      expect(await cyclesOf({ [ITSELF]: negotiatorAd(1) })).to.deep.equal({
        ago: [100, 160, 220],
        errors: [],
        asked: [],
      });
    });

    it('asks it itself from then on, where the collector said that it is', async () => {
      const { ago, asked } = await cyclesOf({ [ITSELF]: negotiatorAd(10, 70, 130) }, 2);
      expect(ago).to.deep.equal([10, 70, 130]);
      expect(asked).to.deep.equal([NEGOTIATOR]);
    });

    const failures: [title: string, answer: FakeAnswer][] = [
      ['negotiates', { code: 124 }],
      ['is gone', { code: 1, stderr: 'Error: communication error' }],
      ['has had no cycle yet', negotiatorAd()],
      ['says something else', { stdout: 'what?' }],
    ];
    for (const [title, answer] of failures) {
      it(`takes what it told the collector while it ${title}`, async () => {
        expect((await cyclesOf({ [ITSELF]: answer }, 2)).ago).to.deep.equal([100, 160, 220]);
      });
    }

    it('remembers where it is when its ad is out of date and gone', async () => {
      let polls = 0;
      const { client } = setUp((step) => {
        if (step.name === 'time') polls += 1;
        if (step.name === 'time') return { stdout: String(NOW / 1000) };
        if (step.name === ITSELF) return negotiatorAd(5);
        return step.name === 'negotiator' && polls === 1 ? negotiatorAd(100) : {};
      });
      await client.poll(EVERYTHING);
      await client.poll(EVERYTHING);
      expect((await client.poll(EVERYTHING)).negotiation).to.have.length(1);
    });

    it('knows nothing where there is none, and that is no error', async () => {
      for (const negotiator of [{ stdout: '' }, { code: 1, stderr: 'x' }, { stdout: 'text' }])
        expect(await cyclesOf({ negotiator }, 2)).to.deep.equal({ ago: undefined, errors: [], asked: [] });
    });

    for (const address of ['-direct', 'host', '<a b>', `<${'x'.repeat(600)}>`, 3]) {
      it(`does not ask at ${JSON.stringify(address).slice(0, 20)}`, async () => {
        const ad = { MyAddress: address, LastNegotiationCycleEnd0: NOW / 1000 };
        expect((await cyclesOf({ negotiator: { stdout: JSON.stringify([ad]) } }, 2)).asked).to.deep.equal([]);
      });
    }

    it('believes the one that was heard last of several', async () => {
      const ads = [
        { MyAddress: '<a>', LastHeardFrom: NOW / 1000 - 500, LastNegotiationCycleEnd0: NOW / 1000 - 1 },
        { MyAddress: '<b>', LastHeardFrom: NOW / 1000, LastNegotiationCycleEnd0: NOW / 1000 - 9 },
      ];
      const { ago, asked } = await cyclesOf({ negotiator: { stdout: JSON.stringify(ads) } }, 2);
      expect([ago, asked]).to.deep.equal([[9], ['<b>']]);
    });
  });

  it('does not ask for token requests that nobody waits for', async () => {
    const { fake, client } = setUp();
    const snapshot = await client.poll({ schedds: [], tokenRequests: false });
    expect(fake.steps.map((step) => step.name)).not.to.include('token-requests');
    expect(snapshot.tokenRequests).to.equal(undefined);
    expect(snapshot.errors).to.deep.equal([]);
  });

  it('reads an empty master', async () => {
    const empty = Object.fromEntries(['startds', 'queue-0', 'factories-0'].map((name) => [name, { stdout: '' }]));
    const snapshot = await setUp(empty).client.poll(EVERYTHING);
    expect(snapshot).to.deep.include({ jobs: [], startds: [], errors: [] });
  });

  it('reads further schedds by name, and the local one without', async () => {
    const { fake, client } = setUp({ 'queue-1': { stdout: JSON.stringify([GROUP]) }, 'factories-1': {} });
    const snapshot = await client.poll({ schedds: ['second@master', 'second@master'], tokenRequests: false });
    expect(snapshot.jobs?.map((group) => group.count)).to.deep.equal([3, 6, 3]);
    const named = fake.steps.filter((step) => step.argv.includes('-name'));
    expect(named.map((step) => [step.name, step.argv[2]])).to.deep.equal([
      ['queue-1', 'second@master'],
      ['factories-1', 'second@master'],
    ]);
  });

  for (const name of ['master', '-help@x', 'a@b; id', '']) {
    it(`refuses ${JSON.stringify(name)} as a schedd`, async () => {
      const { fake, client } = setUp();
      const error = await rejectionOf(client.poll({ schedds: [name], tokenRequests: false }));
      expect(error).to.include({ errorClass: 'Invalid', field: 'spec.condor.schedds' });
      expect(fake.runs).to.deep.equal([]);
    });
  }

  type Part = 'jobs' | 'startds' | 'tokenRequests' | 'collectorStartedAt';
  const failing: [title: string, answers: Record<string, FakeAnswer>, lost: Part[], error: RegExp][] = [
    [
      'the schedd is off',
      { 'queue-0': { code: 1, stderr: "Error: Can't find address for schedd" } },
      ['jobs'],
      /^queue-0: Error: Can't find/,
    ],
    ['factories cannot be read', { 'factories-0': { code: 1 } }, ['jobs'], /^factories-0: exit code 1$/],
    ['the collector hangs', { startds: { code: 124 } }, ['startds'], /^startds: no answer in time$/],
    ['a tool is missing', { 'token-requests': { code: 127, stderr: 'not found' } }, ['tokenRequests'], /exit code 127/],
    ['the collector has just started', { collector: { stdout: '' } }, ['collectorStartedAt'], /not advertised itself/],
    ['nodes are not JSON', { startds: { stdout: 'Name State' } }, ['startds'], /^startds: not JSON/],
    ['the clock cannot be read', { time: { stdout: 'x' } }, ['startds', 'collectorStartedAt'], /^time: not a time/],
  ];
  for (const [title, answers, lost, words] of failing) {
    it(`gives the other parts when ${title}`, async () => {
      const snapshot: MasterSnapshot = await setUp(answers).client.poll(EVERYTHING);
      const parts: Part[] = ['jobs', 'startds', 'tokenRequests', 'collectorStartedAt'];
      expect(parts.filter((part) => snapshot[part] === undefined)).to.deep.equal(lost);
      expect(snapshot.errors).to.have.length(1);
      expect(snapshot.errors[0]).to.match(words);
      expect(snapshot.errors[0]).not.to.match(/\n/);
    });
  }

  it('gives no jobs when one of several schedds fails, and names it', async () => {
    const { client } = setUp({ 'queue-1': { code: 1, stderr: 'Error: no record of schedd' } });
    const snapshot = await client.poll({ schedds: ['second@master'], tokenRequests: false });
    expect(snapshot.jobs).to.equal(undefined);
    expect(snapshot.errors[0]).to.match(/^schedd second@master: queue-1: Error: no record/);
  });

  it('rejects when nothing could be read', async () => {
    const error = await rejectionOf(setUp(() => ({ code: 127, stderr: 'not found' })).client.poll(EVERYTHING));
    expect(error.errorClass).to.equal('Transient');
    expect(error.message).to.match(/^nothing could be read of HTCondor: queue-0: not found/);
  });

  it('loses what stands after the place where the output ends', async () => {
    const { fake, client } = setUp();
    await client.poll(EVERYTHING);
    const whole = JSON.stringify([SLOT]).length;
    fake.cutAt = whole + 120;
    const snapshot = await client.poll(EVERYTHING);
    expect(snapshot.startds).to.have.length(1);
    expect(snapshot.jobs).to.equal(undefined);
    expect(snapshot.tokenRequests).to.equal(undefined);
    expect(snapshot.errors.join()).to.match(/the output ended before/);
  });

  it('rejects with the error of the shell', async () => {
    const { fake, client } = setUp();
    fake.failure = new EhosError('Auth', 'refused');
    expect(await rejectionOf(client.poll(EVERYTHING))).to.equal(fake.failure);
  });

  it('gives the remote commands time, and the connection some more', async () => {
    const { fake, client } = setUp();
    await client.poll(EVERYTHING);
    expect(fake.runs[0]?.options.timeoutMs).to.be.within(60_000, 200_000);
  });
});
