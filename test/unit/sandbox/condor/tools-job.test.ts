import { expect } from 'chai';
import type { ToolResult } from '../../../../src/sandbox/condor/tools/tool.ts';
import { MINUTE, node, startPool } from './support.ts';
import { run } from './tool-support.ts';

describe('job commands', () => {
  const SUBMIT =
    'executable = /bin/sleep\narguments = 30\nrequest_cpus = 2\nrequest_memory = 2G\nrequest_disk = 1M\n+EhosPool = "pool-a"\n';

  it('submits what a description says', async () => {
    const { pool } = startPool();
    const result = await run(pool, ['condor_submit', '-terse', '-'], { user: 'bob', stdin: `${SUBMIT}queue 3\n` });
    expect(result).to.deep.equal({ code: 0, stdout: '1.0 - 1.2\n', stderr: '' });
    const format = ['-af', 'Owner', 'EhosPool', 'RequestCpus', 'RequestMemory', 'RequestDisk', 'Args'];
    const { stdout } = await run(pool, ['condor_q', '-limit', '1', ...format], { user: 'bob' });
    expect(stdout).to.equal('bob pool-a 2 2048 1024 30\n');
  });

  it('refuses a description without queue', async () => {
    const { pool } = startPool();
    const result = await run(pool, ['condor_submit', '-'], { stdin: SUBMIT });
    expect(result.code).to.equal(1);
    expect(result.stderr).to.match(/no queue statement/);
  });

  const rows: { name: string; line: string[]; user?: string; left: string[]; code: number }[] = [
    { name: 'one job', line: ['1.0'], left: ['1.1', '2.0'], code: 0 },
    { name: 'a cluster', line: ['1'], left: ['2.0'], code: 0 },
    { name: 'all', line: ['-all'], left: [], code: 0 },
    { name: 'a constraint', line: ['-constraint', 'ProcId == 1'], left: ['1.0', '2.0'], code: 0 },
    { name: "another's jobs", line: ['-all'], user: 'bob', left: ['1.0', '1.1', '2.0'], code: 1 },
    { name: 'nothing', line: ['99'], left: ['1.0', '1.1', '2.0'], code: 1 },
  ];
  for (const { name, line, user, left, code } of rows)
    it(`condor_rm: ${name}`, async () => {
      const { pool } = startPool();
      pool.submit({ runSeconds: 60 }, 2);
      pool.submit({ runSeconds: 60 });
      const result = await run(pool, ['condor_rm', ...line], user === undefined ? {} : { user });
      expect(result.code).to.equal(code);
      expect(pool.jobs().map(({ id }) => id)).to.deep.equal(left);
    });

  it('condor_rm of a cluster that materialises late ends it', async () => {
    const { pool } = startPool();
    pool.submit({ runSeconds: 60, maxIdle: 5 }, 1000);
    await run(pool, ['condor_rm', '1']);
    expect(pool.jobs()).to.deep.equal([]);
    expect(pool.history()).to.have.length(5);
  });

  it('hold and release', async () => {
    const { clock, pool } = startPool();
    const startd = pool.join(node('n1'));
    pool.submit({ runSeconds: 600, memory: 512, disk: 1024 });
    await clock.advance(MINUTE);
    await run(pool, ['condor_hold', '1']);
    expect(pool.jobs()[0]?.status).to.equal('Held');
    expect(startd.slots.size).to.equal(0);
    await run(pool, ['condor_release', '1']);
    await clock.advance(MINUTE);
    expect(pool.jobs()[0]).to.include({ status: 'Running', starts: 2 });
  });

  it('history: the last first, an empty one as brackets', async () => {
    const { clock, pool } = startPool();
    expect((await run(pool, ['condor_history', '-json'])).stdout).to.equal('[\n]\n');
    pool.join(node('n1'));
    pool.submit({ runSeconds: 5, memory: 512, disk: 1024 }, 2);
    await clock.advance(MINUTE);
    const { stdout } = await run(pool, [
      'condor_history',
      '-af',
      'ClusterId',
      'ProcId',
      'JobStatus',
      'NumJobStarts',
      'ExitCode',
    ]);
    expect(stdout).to.equal('1 1 4 1 0\n1 0 4 1 0\n');
    expect((await run(pool, ['condor_history', '-limit', '1'])).stdout).to.match(/ C {2}01\/01 .* \/bin\/sleep\n$/);
  });
});

describe('what the master says about itself', () => {
  const rows: { line: string[]; expected: Partial<ToolResult> }[] = [
    {
      line: ['condor_version'],
      expected: {
        stdout:
          '$CondorVersion: 23.9.6 2026-07-12 PackageID: 23.9.6+dfsg-2.1+b10 $\n$CondorPlatform: X86_64-Debian_13 $\n',
      },
    },
    {
      line: ['condor_config_val', 'TRUST_DOMAIN', 'NOSUCH'],
      expected: { code: 1, stdout: 'ehos.sandbox\n', stderr: 'Not defined: NOSUCH\n' },
    },
    {
      line: ['cat', '/etc/shadow'],
      expected: { code: 1, stdout: '', stderr: 'cat: /etc/shadow: No such file or directory\n' },
    },
    { line: ['date', '+%s'], expected: { code: 0, stdout: '1767225600\n' } },
    { line: ['hostname'], expected: { stdout: 'condor-master\n' } },
    {
      line: ['condor_ping', '-type', 'COLLECTOR', 'ADMINISTRATOR'],
      expected: {
        stdout: 'ADMINISTRATOR command using (AES, AES, and FS) succeeded as ehos@ehos.sandbox to local collector.\n',
      },
    },
  ];
  for (const { line, expected } of rows)
    it(line.join(' '), async () => {
      expect(await run(startPool().pool, line)).to.deep.include(expected);
    });
});
