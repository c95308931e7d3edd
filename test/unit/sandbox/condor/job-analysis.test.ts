import { expect } from 'chai';
import { parseAnalysis } from '../../../../src/condor/analysis.ts';
import type { JobSpec } from '../../../../src/sandbox/condor/pool/jobs.ts';
import { MINUTE, node, startPool } from './support.ts';
import { fixture, run } from './tool-support.ts';

const JOB: JobSpec = { runSeconds: 6000, memory: 200, disk: 1024, pool: 'pool-a' };
const P_SLOTS = ['-slotconstraint', 'SlotType =!= "Dynamic"'];

/** What is said of job 1.0 after some cycles with these nodes. */
async function analysis(spec: Partial<JobSpec>, nodes = [node('n1'), node('n2', { start: 'FALSE' })]): Promise<string> {
  const { clock, pool } = startPool({ concurrencyLimits: { license: 1 } });
  for (const each of nodes) pool.join(each);
  pool.submit({ ...JOB, ...spec }, 2);
  await clock.advance(3 * MINUTE);
  const id = pool.jobs().find(({ status }) => status !== 'Running')?.id ?? '1.0';
  const { code, stdout } = await run(pool, ['condor_q', '-allusers', '-better-analyze', ...P_SLOTS, id]);
  expect(code).to.equal(0);
  return stdout;
}

/** Without what differs from case to case: ids, times, numbers, and the user's conditions. */
const form = (text: string): string[] =>
  text
    .split('\n')
    .filter((line) => !/^\[|^ {4,}\S|^Last failed match/.test(line))
    .map((line) =>
      line
        .replace(/ : <.*/, '')
        .replace(/\d+/g, 'N')
        .replace(/ +$/, ''),
    )
    .join('\n')
    .replace(/\n{2,}/g, '\n')
    .split('\n');

describe('condor_q -better-analyze', () => {
  const recorded: [name: string, spec: Partial<JobSpec>, nodes?: ReturnType<typeof node>[]][] = [
    ['requirements-no-slot-meets', { requirements: 'Machine == "nowhere"' }],
    ['memory-too-large', { memory: 999_999 }],
    ['start-refuses', { pool: 'pool-q' }],
    ['concurrency-limit', { attributes: { ConcurrencyLimits: 'license' } }],
    ['no-machines', {}, []],
  ];
  for (const [name, spec, nodes] of recorded) {
    it(`has the form of the recording of ${name}`, async () => {
      expect(form(await analysis(spec, nodes))).to.deep.equal(form(fixture(`analysis-${name}.txt`)));
    });
  }

  const unmet: [title: string, spec: Partial<JobSpec>, conditions: string[]][] = [
    [
      'each of several conditions by itself',
      { requirements: '((A && (B =?= true)) && (TARGET.Cpus > 1 || "&&" == D))' },
      ['A', 'B is true'],
    ],
    ['brackets that belong to two parts', { requirements: '(A) || (B)' }, ['(A) || (B)']],
    [
      'two that no slot meets together',
      { cpus: 4, memory: 9000 },
      ['TARGET.Memory >= RequestMemory && TARGET.Cpus >= RequestCpus with RequestCpus = 4, RequestMemory = 9000 (mb)'],
    ],
    ['GPUs', { gpus: 1 }, ['TARGET.GPUs >= RequestGPUs with RequestGPUs = 1']],
  ];
  for (const [title, spec, conditions] of unmet) {
    it(`tells ${title}`, async () => {
      const big = { cpus: 2, memory: 10_000, disk: 9_000_000, gpus: 0 };
      const text = await analysis(spec, [node('n1'), node('n2', { total: big })]);
      expect(parseAnalysis(text)).to.deep.equal({
        unmet: conditions,
        machines: { total: 2, counts: [{ machines: 2, words: "are rejected by your job's requirements" }] },
      });
    });
  }

  it('does not see that the machines are full, as the real one', async () => {
    const text = await analysis({ cpus: 4 }, [node('n1')]);
    expect(text).to.match(/Reason for last match failure: no match found \n/);
    const recording = parseAnalysis(fixture('analysis-pool-is-full.txt')).machines?.counts.at(-1);
    expect(recording?.words).to.equal('are able to run your job');
  });

  it('says what holds a job, and that one runs', async () => {
    expect(await analysis({ hold: true })).to.match(/001\.000: {2}Job is held\.\n\nHold reason: submitted on hold/);
    expect(await analysis({ cpus: 2 }, [node('n1')])).to.match(/001\.000: {2}Job is running\./);
  });

  it('says nothing of a job that is not there', async () => {
    const { pool } = startPool();
    const { code, stdout } = await run(pool, ['condor_q', '-allusers', '-better-analyze', '9.0']);
    expect([code, stdout.trim()]).to.deep.equal([0, '-- Schedd: condor-master : <10.20.0.1:9618?...']);
  });

  it('fails without a collector, and with a constraint that cannot be read', async () => {
    const { pool } = startPool();
    const line = ['condor_q', '-allusers', '-better-analyze', '9.0'];
    expect(await run(pool, [...line, '-slotconstraint', '(('])).to.include({ code: 1 });
    pool.collectorState = 'Down';
    expect((await run(pool, line)).stderr).to.match(/collector/);
  });
});
