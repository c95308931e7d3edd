import { expect } from 'chai';
import { NOW, rejectionOf, setUp, SLOT } from './well.ts';

const ID = '0c66b259-fb24-4361-af74-37a8eba83a13';
const heard = (...secondsAgo: number[]): { stdout: string } => ({
  stdout: JSON.stringify(secondsAgo.map((ago) => ({ Name: SLOT.Name, LastHeardFrom: NOW / 1000 - ago }))),
});

describe('when a node was last heard of', () => {
  it('asks the collector for that node alone, in one round trip', async () => {
    const { fake, client } = setUp({ slots: heard(30, 12) });
    expect(await client.lastHeard(ID)).to.deep.equal({
      heardAt: NOW - 12_000,
      drained: false,
      collectorStartedAt: NOW - 1_000_000,
    });
    expect(fake.runs).to.have.length(1);
    expect(fake.steps.find(({ name }) => name === 'slots')?.argv).to.deep.equal([
      'condor_status',
      '-json',
      '-constraint',
      `SlotType =!= "Dynamic" && EhosNodeId == "${ID}"`,
      '-attributes',
      'Name,LastHeardFrom,State,Activity,NumDynamicSlots',
    ]);
  });

  it('is never where there is no ad of it', async () => {
    const { client } = setUp({ slots: { stdout: '' } });
    expect((await client.lastHeard(ID)).heardAt).to.equal(undefined);
  });

  const slots: [what: string, ads: object[], drained: boolean][] = [
    ['drained', [{ State: 'Drained', Activity: 'Idle', NumDynamicSlots: 0 }], true],
    ['about to be', [{ State: 'Drained', Activity: 'Retiring', NumDynamicSlots: 0 }], false],
    ['busy', [{ State: 'Drained', Activity: 'Idle', NumDynamicSlots: 1 }], false],
    ['taking jobs', [{ State: 'Unclaimed', Activity: 'Idle', NumDynamicSlots: 0 }], false],
    [
      'drained in part',
      [
        { State: 'Drained', Activity: 'Idle' },
        { State: 'Unclaimed', Activity: 'Idle' },
      ],
      false,
    ],
    ['not there', [], false],
  ];
  for (const [what, ads, drained] of slots)
    it(`a node that is ${what} is ${drained ? '' : 'not '}drained`, async () => {
      const { client } = setUp({ slots: { stdout: ads.length === 0 ? '' : JSON.stringify(ads) } });
      expect((await client.lastHeard(ID)).drained).to.equal(drained);
    });

  it('is in times of our clock, whatever that of the master shows', async () => {
    const { client } = setUp({ time: { stdout: `${NOW / 1000 + 3600}\n` }, slots: heard(-3600) });
    expect((await client.lastHeard(ID)).heardAt).to.equal(NOW);
  });

  it('does not know the age of a collector that has not said it', async () => {
    const { client } = setUp({ collector: { stdout: '' }, slots: heard() });
    expect((await client.lastHeard(ID)).collectorStartedAt).to.equal(undefined);
  });

  it('an ad without a time was heard of at any time, even now', async () => {
    const { client } = setUp({ slots: { stdout: JSON.stringify([{ Name: SLOT.Name }]) } });
    expect((await client.lastHeard(ID)).heardAt).to.equal(Infinity);
  });

  const broken: [what: string, answers: Parameters<typeof setUp>[0]][] = [
    ['the collector does not answer', { slots: { code: 1, stderr: 'Error: communication error' } }],
    ['the answer is cut short', { slots: { stdout: '[{"Name": "slot1@n1", "LastHe' } }],
    ['the time cannot be read', { time: { stdout: 'soon\n' }, slots: heard(1) }],
  ];
  for (const [what, answers] of broken)
    it(`is not known where ${what}`, async () => {
      const { client } = setUp(answers);
      expect(await rejectionOf(client.lastHeard(ID))).to.include({ errorClass: 'Transient' });
    });

  for (const id of ['', '"', 'a b', `${ID}" || true || "`, 'x'.repeat(65)])
    it(`sends nothing for ${JSON.stringify(id.slice(0, 20))}`, async () => {
      const { fake, client } = setUp();
      expect(await rejectionOf(client.lastHeard(id))).to.include({ errorClass: 'Invalid' });
      expect(fake.runs).to.deep.equal([]);
    });
});
