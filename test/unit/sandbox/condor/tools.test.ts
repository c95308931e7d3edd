import { expect } from 'chai';
import { readFileSync } from 'node:fs';
import type { CondorPool } from '../../../../src/sandbox/condor/pool/pool.ts';
import { findTool } from '../../../../src/sandbox/condor/tools/registry.ts';
import type { ToolResult } from '../../../../src/sandbox/condor/tools/tool.ts';
import { MINUTE, node, SECOND, startPool } from './support.ts';

const FIXTURES = new URL('../../../fixtures/condor/', import.meta.url);
const fixture = (name: string): string => readFileSync(new URL(name, FIXTURES), 'utf8');

function run(pool: CondorPool, line: string[], options: { user?: string; stdin?: string } = {}): Promise<ToolResult> {
  const [name = '', ...argv] = line;
  const tool = findTool(name, { sbinInPath: true, noCondor: false });
  if (!tool) throw new Error(`no tool ${name}`);
  const account = { name: options.user ?? 'ehos', administrator: options.user === undefined };
  const context = { pool, account, noCondor: false, signal: new AbortController().signal };
  return Promise.resolve(tool(argv, context, () => Promise.resolve(options.stdin ?? '')));
}

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
      shows: /OWNER BATCH_NAME .*HOLD  TOTAL JOB_IDS\nalice ID: 1 .* 3 1\.0-2\n/,
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

describe('condor_drain', () => {
  const rows: { name: string; line: string[]; expected: Partial<ToolResult> }[] = [
    { name: 'without a target', line: [], expected: { code: 2, stderr: 'ERROR: must specify one target machine\n' } },
    { name: 'a name without @ and dot', line: ['n1'], expected: { code: 1, stderr: 'ERROR: unknown host n1\n' } },
    {
      name: 'an unknown slot',
      line: ['-graceful', 'slot1@n9'],
      expected: { code: 1, stderr: "ERROR: Can't find address for startd slot1@n9\n" },
    },
    {
      name: 'a check that cannot be parsed is no check',
      line: ['-check', '((', 'slot1@n1'],
      expected: { code: 0, stderr: '' },
    },
    {
      name: 'cancel without a drain',
      line: ['-cancel', 'slot1@n1'],
      expected: { code: 0, stdout: 'Sent request to cancel draining on slot1@n1\n' },
    },
  ];
  for (const { name, line, expected } of rows)
    it(name, async () => {
      const { pool } = startPool();
      pool.join(node('n1'));
      expect(await run(pool, ['condor_drain', ...line])).to.deep.include(expected);
    });

  it('is refused by a busy startd in the words that were measured', async () => {
    const { clock, pool } = startPool();
    pool.join(node('n1'));
    pool.submit({ runSeconds: 600, memory: 512, disk: 1024 });
    await clock.advance(MINUTE);
    const { code, stdout, stderr } = await run(pool, [
      'condor_drain',
      '-graceful',
      '-check',
      'DynamicSlot =!= true',
      'slot1@n1',
    ]);
    expect({ code, stdout }).to.deep.equal({ code: 1, stdout: '' });
    expect(stderr).to.match(
      /^Attempt to send DRAIN_JOBS to startd <.*> failed\nReceived failure from slot1@n1 in response to DRAIN_JOBS request: error code 10003: Draining check expression is false on slot1_1@n1\.\n$/,
    );
  });

  it('finds no startd while the collector is down', async () => {
    const { pool } = startPool();
    pool.join(node('n1'));
    pool.collectorState = 'Down';
    expect(await run(pool, ['condor_drain', 'slot1@n1'])).to.deep.include({ code: 1, stderr: 'ERROR: (null)\n' });
  });
});

describe('condor_advertise', () => {
  const rows: { requirements: string; left: string[] }[] = [
    { requirements: 'Machine == "n1"', left: ['slot1@n2'] },
    { requirements: 'MY.Machine == "n1"', left: ['slot1@n2'] },
    { requirements: 'member(Machine, {"n1", "n2"})', left: [] },
    { requirements: 'TARGET.Machine == "n1"', left: ['slot1@n1', 'slot1@n2'] },
    { requirements: '((', left: ['slot1@n1', 'slot1@n2'] },
  ];
  for (const { requirements, left } of rows)
    it(`Requirements = ${requirements}`, async () => {
      const { clock, pool } = startPool();
      for (const name of ['n1', 'n2']) pool.execution.vanish(pool.join(node(name)));
      await clock.advance(SECOND);
      const stdin = `MyType = "Query"\nTargetType = "Machine"\nRequirements = ${requirements}\n`;
      const result = await run(pool, ['condor_advertise', 'INVALIDATE_STARTD_ADS'], { stdin });
      expect(result).to.deep.equal({ code: 0, stdout: 'Sent 1 of 1 ad to 10.20.0.1:9618.\n', stderr: '' });
      expect(pool.collector.visible(clock.now()).map(({ slotName }) => slotName)).to.deep.equal(left);
    });

  it('a live startd is back with its next update', async () => {
    const { clock, pool } = startPool();
    pool.join(node('n1', { updateIntervalSeconds: 60 }));
    await clock.advance(SECOND);
    await run(pool, ['condor_advertise', 'INVALIDATE_STARTD_ADS'], { stdin: 'Requirements = true\n' });
    expect(pool.collector.visible(clock.now())).to.deep.equal([]);
    await clock.advance(MINUTE);
    expect(pool.collector.visible(clock.now())).to.have.length(1);
  });
});

describe('token requests', () => {
  const ask = (
    pool: CondorPool,
    identity: string,
    authorizations: string[] | undefined,
    lifetime: number | undefined,
  ) =>
    pool.tokens.ask(
      {
        identity,
        authorizations,
        lifetime,
        peer: '127.9.1.1',
        clientId: 'na-1',
        authenticatedAs: 'unauthenticated@unmapped',
      },
      pool.clock.now(),
    );

  it('are listed in the form of the fixture', async () => {
    const { pool } = startPool();
    ask(pool, 'condor@ehos.rig', undefined, undefined);
    ask(pool, 'condor@na', ['ADMINISTRATOR'], undefined);
    ask(pool, 'ehos-node-a1@ehos.rig', ['ADVERTISE_STARTD', 'ADVERTISE_MASTER'], 3600);
    const { stdout } = await run(pool, ['condor_token_request_list', '-json']);
    const anonymous = (text: string): string[] =>
      text.replace(/"(ClientId|RequestId)": ".*"/g, '"$1": ""').split('\n,\n');
    const real = anonymous(fixture('token-request-list-pending-admin-and-condor-identities.json'));
    expect(anonymous(stdout).slice(0, 2)).to.deep.equal(real.slice(0, 2));
  });

  it('none: nothing on standard output', async () => {
    const { pool } = startPool();
    expect(await run(pool, ['condor_token_request_list', '-json'])).to.deep.equal({
      code: 0,
      stdout: '',
      stderr: 'Remote daemon reports no requests pending.\n',
    });
  });

  it('are cut down to the limits and the longest lifetime', () => {
    const { pool } = startPool({ tokenLimits: ['ADVERTISE_STARTD', 'ADVERTISE_MASTER'], maxTokenSeconds: 7200 });
    expect(ask(pool, 'a@d', ['ADVERTISE_STARTD', 'ADMINISTRATOR'], 999_999)).to.deep.include({
      authorizations: ['ADVERTISE_STARTD'],
      lifetime: 7200,
    });
    expect(ask(pool, 'a@d', undefined, undefined)).to.deep.include({
      authorizations: ['ADVERTISE_STARTD', 'ADVERTISE_MASTER'],
      lifetime: 7200,
    });
    expect(ask(pool, 'a@d', ['ADMINISTRATOR'], 60)).to.deep.equal({
      error: 'DAEMON:3:All requested authorizations were eliminated',
    });
  });

  it('above a thousand the collector takes no more', () => {
    const { pool } = startPool();
    for (let i = 0; i <= 1000; i++) ask(pool, `x${i}@d`, undefined, 60);
    expect(ask(pool, 'ehos-node-1@d', undefined, 60)).to.deep.equal({
      error: 'BUG! Daemon::startTokenRequest() received a malformed ad',
    });
  });

  it('are forgotten after their lifetime', async () => {
    const { clock, pool } = startPool();
    ask(pool, 'a@d', undefined, 60);
    await clock.advance(61 * MINUTE);
    expect(pool.tokens.list(clock.now())).to.deep.equal([]);
  });

  it('anything but yes leaves the request pending', async () => {
    const { pool, clock } = startPool();
    const request = ask(pool, 'a@d', ['READ'], 60);
    const id = 'id' in request ? request.id : '';
    const no = await run(pool, ['condor_token_request_approve', '-reqid', id], { stdin: 'no\n' });
    expect(no).to.include({ code: 1, stderr: 'Request was NOT approved.\n' });
    expect(pool.tokens.list(clock.now())).to.have.length(1);
    const yes = await run(pool, ['condor_token_request_approve', '-reqid', id], { stdin: 'yes\n' });
    expect(yes.stdout).to.match(new RegExp(`\nRequest ${id} approved successfully\\.\n$`));
    expect(pool.tokens.list(clock.now())).to.have.length(0);
  });
});

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
