import { expect } from 'chai';
import type { FakeAnswer } from './fake-master.ts';
import { GROUP, rejectionOf, setUp } from './well.ts';

const WANTED = { pool: undefined, cpus: 1, memory: 512, disk: 1, gpus: 0 };
const queue = (JobIds: string): FakeAnswer => ({ stdout: JSON.stringify([{ ...GROUP, JobIds }]) });
const REFUSED = { stdout: '[{"JobStatus": 1, "LastRejMatchReason": "no match found "}]' };
const ANALYSIS = { stdout: '012.000:  Run analysis summary.  Of 2 machines,\n      2 are able to run your job\n' };

describe('CondorMasterClient.explain', () => {
  it('tells of the oldest idle job of the shape, in two round trips', async () => {
    const { client, fake } = setUp({ 'queue-0': queue('12.0 ... 13.4'), rejection: REFUSED, analysis: ANALYSIS });
    expect(await client.explain(WANTED)).to.deep.equal({
      job: '12.0',
      reason: 'no match found; of 2 machines 2 are able to run your job',
    });
    expect(client.commands()).to.equal(2);
    expect(fake.steps.slice(1).map(({ argv }) => argv)).to.deep.equal([
      ['condor_q', '-allusers', '12.0', '-json', '-attributes', 'LastRejMatchReason,LastRejMatchTime,JobStatus'],
      ['condor_q', '-allusers', '-better-analyze', '-slotconstraint', 'SlotType =!= "Dynamic"', '12.0'],
    ]);
  });

  it('asks the schedd that has the job', async () => {
    const { client, fake } = setUp({ 'queue-0': {}, 'queue-1': queue('3.0'), rejection: REFUSED, analysis: ANALYSIS });
    const found = await client.explain(WANTED, { schedds: ['second@master'] });
    expect(found?.job).to.equal('3.0');
    expect(fake.steps.slice(1).map(({ argv }) => argv.slice(0, 3))).to.deep.equal(
      Array.from({ length: 3 }, () => ['condor_q', '-name', 'second@master']),
    );
  });

  it('has nothing to tell when there is no such job', async () => {
    const { client } = setUp({ 'queue-0': queue('12.0') });
    expect(await client.explain({ ...WANTED, memory: 4 })).to.equal(undefined);
    expect(client.commands()).to.equal(1);
  });

  it('has nothing to tell of a job that has started meanwhile', async () => {
    const { client } = setUp({
      'queue-0': queue('12.0'),
      rejection: { stdout: '[{"JobStatus": 2}]' },
      analysis: ANALYSIS,
    });
    expect(await client.explain(WANTED)).to.equal(undefined);
  });

  it('rejects when the queue cannot be read', async () => {
    const { client } = setUp({ 'queue-0': { code: 1, stderr: 'no schedd' } });
    expect((await rejectionOf(client.explain(WANTED))).errorClass).to.equal('Transient');
    const other = setUp({ 'queue-0': { stdout: 'text' } });
    expect((await rejectionOf(other.client.explain(WANTED))).errorClass).to.equal('Transient');
  });

  it('refuses what is not the name of a schedd', async () => {
    const { client, fake } = setUp();
    expect((await rejectionOf(client.explain(WANTED, { schedds: ['-x'] }))).errorClass).to.equal('Invalid');
    expect(fake.runs).to.deep.equal([]);
  });
});
