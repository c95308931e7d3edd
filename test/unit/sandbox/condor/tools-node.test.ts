import { expect } from 'chai';
import type { CondorPool } from '../../../../src/sandbox/condor/pool/pool.ts';
import type { ToolResult } from '../../../../src/sandbox/condor/tools/tool.ts';
import { MINUTE, node, SECOND, startPool } from './support.ts';
import { fixture, run } from './tool-support.ts';

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
