import { expect } from 'chai';
import type { ToolResult } from '../../../../src/sandbox/condor/tools/tool.ts';
import { MINUTE, node, SECOND, startPool } from './support.ts';
import { fixture, run } from './tool-support.ts';

describe('condor_status', () => {
  async function busyPool() {
    const { clock, pool } = startPool();
    pool.join(node('n1'));
    pool.submit({ runSeconds: 6000, memory: 512, disk: 1024 }, 4);
    await clock.advance(MINUTE + 2 * SECOND);
    return { clock, pool };
  }

  it('has only attributes that a real slot has, each of the same type', async () => {
    const { pool } = await busyPool();
    const { stdout } = await run(pool, ['condor_status', '-json']);
    const ours = JSON.parse(stdout) as Record<string, unknown>[];
    const real = JSON.parse(fixture('condor_status-pslot-4-dynamic-claimed-busy.json')) as Record<string, unknown>[];
    expect(ours).to.have.length(real.length);
    // MaxJobRetirementTime is given as a number here, as an expression in the fixture
    const typesOf = (ad: Record<string, unknown> | undefined): Record<string, string> =>
      Object.fromEntries(
        Object.entries(ad ?? {}).map(([key, value]) => [key, key === 'MaxJobRetirementTime' ? '' : typeof value]),
      );
    for (const i of [0, 1]) expect(typesOf(real[i])).to.include(typesOf(ours[i]));
  });

  it('shows a full node as the fixture does', async () => {
    const { pool } = await busyPool();
    const names = [
      'SlotType',
      'State',
      'Activity',
      'TotalCpus',
      'Cpus',
      'NumDynamicSlots',
      'ChildCpus',
      'ChildState',
      'ChildActivity',
      'ChildMemory',
      'ChildDisk',
    ];
    const line = ['condor_status', '-json', '-constraint', 'SlotType =!= "Dynamic"', '-attributes', names.join(',')];
    const [ours] = JSON.parse((await run(pool, line)).stdout) as Record<string, unknown>[];
    const [real] = JSON.parse(fixture('condor_status-pslot-4-dynamic-claimed-busy.json')) as Record<string, unknown>[];
    expect(ours).to.deep.equal(Object.fromEntries(names.map((name) => [name, real?.[name]])));
  });

  it('shows a node that drains with jobs as the fixture does', async () => {
    const { clock, pool } = startPool();
    const startd = pool.join(node('n1'));
    pool.submit({ runSeconds: 6000, memory: 512, disk: 1024 }, 2);
    await clock.advance(MINUTE);
    pool.execution.drain(startd, { how: 'graceful', reason: 'scale-in' });
    await clock.advance(2 * SECOND);
    const names = [
      'State',
      'Activity',
      'Draining',
      'DrainReason',
      'DrainingRequestId',
      'NumDynamicSlots',
      'ChildState',
      'ChildActivity',
      'Requirements',
      'Start',
    ];
    const line = ['condor_status', '-json', '-constraint', 'SlotType =!= "Dynamic"', '-attributes', names.join(',')];
    const [ours] = JSON.parse((await run(pool, line)).stdout) as Record<string, unknown>[];
    const [real] = JSON.parse(fixture('condor_status-draining-retiring-2-jobs-plus-idle-node.json')) as Record<
      string,
      unknown
    >[];
    const wanted = names.flatMap((name) => (real?.[name] === undefined ? [] : [[name, real[name]]]));
    expect(ours).to.deep.equal(Object.fromEntries(wanted));
  });

  it('prints the table of the fixture', async () => {
    const { clock, pool } = startPool();
    const drained = pool.join(
      node('ehos-pool-a-ccccc', { total: { cpus: 4, memory: 8192, disk: 20_000_000, gpus: 0 } }),
    );
    pool.submit({ runSeconds: 6000, memory: 512, disk: 1024, pool: 'pool-a' }, 2);
    await clock.advance(MINUTE);
    pool.join(node('ehos-pool-b-bbbbb', { total: { cpus: 4, memory: 4096, disk: 20_000_000, gpus: 0 } }));
    await clock.advance(200 * SECOND);
    pool.execution.drain(drained, { how: 'graceful' });
    await clock.advance(20 * SECOND);
    const { stdout } = await run(pool, ['condor_status']);
    expect(stdout).to.equal(fixture('condor_status-draining-retiring-2-jobs-plus-idle-node.txt'));
  });

  const rows: { name: string; line: string[]; expected: Partial<ToolResult> }[] = [
    {
      name: 'nothing matches: no byte',
      line: ['condor_status', '-json', '-constraint', 'false'],
      expected: { code: 0, stdout: '' },
    },
    {
      name: '-af',
      line: ['condor_status', '-af', 'Name', 'Cpus', 'ChildCpus', 'NoSuch'],
      expected: { stdout: 'slot1@n1 4 {  } undefined\n' },
    },
    { name: 'by machine', line: ['condor_status', 'n1', '-af', 'Name'], expected: { stdout: 'slot1@n1\n' } },
    { name: 'by an unknown machine', line: ['condor_status', 'n9', '-af', 'Name'], expected: { stdout: '' } },
    {
      name: 'schedds',
      line: ['condor_status', '-schedd', '-af', 'Name', 'TotalIdleJobs'],
      expected: { stdout: 'condor-master 2\n' },
    },
    {
      name: 'submitters',
      line: ['condor_status', '-submitters', '-af', 'Name', 'IdleJobs'],
      expected: { stdout: 'alice@ehos.sandbox 2\n' },
    },
    { name: 'masters', line: ['condor_status', '-master', '-af', 'Name'], expected: { stdout: 'condor-master\nn1\n' } },
    {
      name: 'its own age',
      line: ['condor_status', '-collector', '-af', 'StatsLifetime'],
      expected: { stdout: '10\n' },
    },
    {
      name: 'the spelling of the ad',
      line: ['condor_status', '-long', '-attributes', 'machine'],
      expected: { stdout: 'Machine = "n1"\n\n' },
    },
    {
      name: 'a bad constraint',
      line: ['condor_status', '-constraint', '((('],
      expected: { code: 1, stderr: 'Error: invalid constraint\n\n' },
    },
    {
      name: 'an unknown option',
      line: ['condor_status', '-bogus'],
      expected: { code: 1, stderr: 'Error:  Unknown option -bogus\n' },
    },
  ];
  for (const { name, line, expected } of rows)
    it(name, async () => {
      const { clock, pool } = startPool();
      pool.join(node('n1'));
      pool.submit({ runSeconds: 60, cpus: 99, memory: 512, disk: 1024 }, 2);
      await clock.advance(10 * SECOND);
      expect(await run(pool, line)).to.deep.include(expected);
    });
});
