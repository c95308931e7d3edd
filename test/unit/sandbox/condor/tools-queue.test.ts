import { expect } from 'chai';
import type { ToolResult } from '../../../../src/sandbox/condor/tools/tool.ts';
import { MINUTE, node, SECOND, startPool } from './support.ts';
import { fixture, run } from './tool-support.ts';

/** The state in which the fixtures condor_q-*-mixed* were taken. */
async function mixedPool() {
  const { clock, pool } = startPool();
  for (let i = 1; i < 29; i++) pool.remove([String(pool.submit({ runSeconds: 1 }))]);
  pool.join(node('n1', { total: { cpus: 3, memory: 8000, disk: 20_000_000, gpus: 0 } }));
  pool.submit({ runSeconds: 600, memory: 512, disk: 1024 });
  pool.submit({ runSeconds: 600, memory: 512, disk: 1024, pool: 'pool-a' }, 2);
  await clock.advance(MINUTE);
  pool.submit({ runSeconds: 600, cpus: 2, memory: 2048, disk: 1024, pool: 'pool-q' }, 3);
  pool.submit({ runSeconds: 600, memory: 512, disk: 1024, gpus: 1 }, 2);
  pool.submit({ runSeconds: 600, memory: 512, disk: 1024, hold: true }, 2);
  pool.submit({ runSeconds: 600, memory: 1024, disk: 20_971_520, pool: 'pool-q' }, 4);
  await clock.advance(SECOND);
  return { clock, pool };
}

const GROUP_BY = ['condor_q', '-allusers', '-group-by', '-attributes'];
const GROUP_ATTRIBUTES = 'JobStatus,EhosPool,RequestCpus,RequestMemory,RequestDisk,RequestGPUs';

describe('condor_q against the fixtures', () => {
  it('-group-by: the same groups, each in the same bytes but for its number', async () => {
    const { pool } = await mixedPool();
    const { stdout } = await run(pool, [...GROUP_BY, GROUP_ATTRIBUTES, '-json']);
    const groups = (text: string): string[] => text.replace(/ {2}"Id": \d+,\n/g, '').split(/^[[\],]\n/m);
    expect(groups(stdout)).to.have.members(groups(fixture('condor_q-group-by-mixed-idle-running-held.json')));
  });

  it('-totals', async () => {
    const { pool } = await mixedPool();
    const { stdout } = await run(pool, ['condor_q', '-allusers', '-totals']);
    const withoutPlaceAndTime = (text: string): string => text.replace(/ : <.*/, '');
    expect(withoutPlaceAndTime(stdout)).to.equal(withoutPlaceAndTime(fixture('condor_q-totals-mixed.txt')));
  });

  it('-hold -af:jV', async () => {
    const { pool } = await mixedPool();
    const format = ['-af:jV', 'HoldReasonCode', 'HoldReasonSubCode', 'HoldReason'];
    const { stdout } = await run(pool, ['condor_q', '-allusers', '-hold', ...format]);
    expect(stdout).to.equal(fixture('condor_q-held-af.txt'));
  });

  it('a request without disk is an expression and brings DiskUsage', async () => {
    const { pool } = startPool();
    for (let i = 1; i < 10; i++) pool.remove([String(pool.submit({ runSeconds: 1 }))]);
    pool.submit({ runSeconds: 600, memory: 256, pool: 'pool-z', maxIdle: 50 }, 100_000);
    const { stdout } = await run(pool, [...GROUP_BY, GROUP_ATTRIBUTES, '-json']);
    const all = JSON.parse(fixture('condor_q-group-by-RequestDisk-is-expression.json')) as unknown[];
    expect(JSON.parse(stdout)).to.deep.equal([all[0]]);
  });

  it('-factory: late materialisation, with and without a limit', async () => {
    const { pool } = startPool();
    for (let i = 1; i < 10; i++) pool.remove([String(pool.submit({ runSeconds: 1 }))]);
    pool.submit({ runSeconds: 600, memory: 256, pool: 'pool-z', maxIdle: 50 }, 100_000);
    pool.submit({ runSeconds: 600, memory: 256, cpus: 2, maxMaterialize: 20 }, 5000);
    const names = [
      'ClusterId',
      'EhosPool',
      'JobsPresent',
      'JobMaterializeLimit',
      'JobMaterializeNextProcId',
      'TotalSubmitProcs',
    ];
    const { stdout } = await run(pool, ['condor_q', '-allusers', '-factory', '-json', '-attributes', names.join(',')]);
    const wanted = (JSON.parse(fixture('condor_q-factory-late-materialization.json')) as Record<string, unknown>[]).map(
      (ad) => Object.fromEntries(names.flatMap((name) => (ad[name] === undefined ? [] : [[name, ad[name]]]))),
    );
    expect(JSON.parse(stdout)).to.deep.equal(wanted);
  });
});

describe('condor_q', () => {
  const rows: { name: string; line: string[]; user?: string; expected: Partial<ToolResult> }[] = [
    {
      name: 'empty -json prints nothing',
      line: [...GROUP_BY, 'JobStatus', '-json', '-constraint', 'false'],
      expected: { code: 0, stdout: '' },
    },
    {
      name: '-group-by -af',
      line: ['condor_q', '-allusers', '-group-by', '-af:V', 'JobCount', 'JobStatus', 'EhosPool', 'RequestGPUs'],
      expected: { stdout: '3 1 "pool-a" undefined\n2 5 undefined 1\n' },
    },
    {
      name: 'a constraint applies to the groups',
      line: ['condor_q', '-allusers', '-group-by', '-constraint', 'JobStatus==5', '-af', 'JobCount', 'JobStatus'],
      expected: { stdout: '2 5\n' },
    },
    {
      name: 'without JobStatus in the list a constraint on it matches nothing',
      line: [...GROUP_BY, 'EhosPool', '-json', '-constraint', 'JobStatus==1'],
      expected: { stdout: '' },
    },
    {
      name: 'one job',
      line: ['condor_q', '1.1', '-af:j', 'JobStatus', 'NumJobStarts'],
      expected: { stdout: '1.1 1 0\n' },
    },
    { name: 'of one owner', line: ['condor_q', 'bob', '-af', 'ClusterId'], expected: { stdout: '' } },
    { name: 'only own jobs without -allusers', line: ['condor_q', '-af', 'ClusterId'], expected: { stdout: '' } },
    {
      name: 'own jobs',
      line: ['condor_q', '-limit', '1', '-af', 'ClusterId'],
      user: 'alice',
      expected: { stdout: '1\n' },
    },
    {
      name: 'a schedd without @ and dot',
      line: ['condor_q', '-name', 'condor-master', '-totals'],
      expected: { code: 1, stdout: '\n' },
    },
    {
      name: 'a schedd that is not known',
      line: ['condor_q', '-name', 'x@y.z', '-totals'],
      expected: { code: 1, stderr: 'Error: Collector has no record of schedd/submitter\n' },
    },
    {
      name: 'a constraint that cannot be parsed',
      line: ['condor_q', '-constraint', '((('],
      expected: { code: 1, stderr: '\n-- Parse error in constraint expression "((("' },
    },
    {
      name: 'an unknown option',
      line: ['condor_q', '-bogus'],
      expected: { code: 1, stderr: 'Error: unrecognized argument -bogus\n' },
    },
  ];
  for (const { name, line, user, expected } of rows)
    it(name, async () => {
      const { pool } = startPool();
      pool.submit({ runSeconds: 600, memory: 512, disk: 1024, pool: 'pool-a' }, 3);
      pool.submit({ runSeconds: 600, memory: 512, disk: 1024, gpus: 1, hold: true }, 2);
      expect(await run(pool, line, user === undefined ? {} : { user })).to.deep.include(expected);
    });

  const tables: { name: string; line: string[]; shows: RegExp }[] = [
    {
      name: 'batches',
      line: ['condor_q', '-allusers'],
      shows: /OWNER BATCH_NAME .*HOLD {2}TOTAL JOB_IDS\nalice ID: 1 .* 3 1\.0-2\n/,
    },
    {
      name: 'jobs',
      line: ['condor_q', '-allusers', '-nobatch'],
      shows: / 1\.2 {3}alice .* I {2}0 {4}0\.0 sleep 600\n/,
    },
    {
      name: 'held',
      line: ['condor_q', '-allusers', '-hold'],
      shows: /HELD_SINCE.*\n {3}2\.0 .* submitted on hold at user's request\n/,
    },
    { name: 'running', line: ['condor_q', '-allusers', '-run'], shows: /HOST\(S\)\n$/ },
  ];
  for (const { name, line, shows } of tables)
    it(`a table of ${name}`, async () => {
      const { pool } = startPool();
      pool.submit({ runSeconds: 600, memory: 512, disk: 1024 }, 3);
      pool.submit({ runSeconds: 600, memory: 512, disk: 1024, hold: true }, 2);
      expect((await run(pool, line)).stdout).to.match(shows);
    });
});
