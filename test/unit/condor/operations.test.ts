import { expect } from 'chai';
import { EhosError } from '../../../src/base/errors.ts';
import { CORDON_CHECK, IDLE_CHECK } from '../../../src/condor/commands.ts';
import type { FakeAnswer } from './fake-master.ts';
import { rejectionOf, setUp } from './well.ts';

describe('CondorMasterClient draining', () => {
  it('asks the startd itself whether it is idle, and can be taken back', async () => {
    const { fake, client } = setUp({ drain: { stdout: 'Sent request to drain the startd' } });
    const reason = `it's "idle" $(id) \`id\`\\`;
    expect(await client.drainIfIdle('slot1@n1', reason)).to.deep.equal({ kind: 'Drained' });
    expect(fake.steps[0]?.argv).to.deep.equal([
      'condor_drain',
      '-graceful',
      '-reason',
      reason,
      '-check',
      IDLE_CHECK,
      'slot1@n1',
    ]);
  });

  it('I20: never asks for an exit, nor for a fast drain', async () => {
    const { fake, client } = setUp();
    await client.drainIfIdle('slot1@n1', 'why');
    expect(fake.steps[0]?.argv).not.to.include('-exit-on-completion').and.not.to.include('-fast');
  });

  it('is Busy when a job runs', async () => {
    const { client } = setUp({ drain: { code: 1, stderr: 'error code 10003: Draining check expression is false' } });
    expect(await client.drainIfIdle('slot1@n1', 'why')).to.include({ kind: 'Busy' });
  });

  for (const name of ['-all', 'n1', 'slot1@n1; id', '']) {
    it(`sends nothing for ${JSON.stringify(name)}`, async () => {
      const { fake, client } = setUp();
      expect(await client.drainIfIdle(name, 'why')).to.include({ kind: 'Failed' });
      expect(await client.cordon(name, 'why')).to.include({ kind: 'Failed' });
      expect(await rejectionOf(client.vacate(name, 'why'))).to.include({ errorClass: 'Invalid' });
      expect(await rejectionOf(client.cancelDrain(name))).to.include({ errorClass: 'Invalid' });
      expect(fake.runs).to.deep.equal([]);
    });
  }

  for (const errorClass of ['Timeout', 'Transient'] as const) {
    it(`proves nothing when the shell fails with ${errorClass}`, async () => {
      const { fake, client } = setUp();
      fake.failure = new EhosError(errorClass, 'gone', { maybeDone: true });
      expect(await client.drainIfIdle('slot1@n1', 'why')).to.deep.equal({ kind: 'Failed', message: 'gone' });
    });
  }

  it('proves nothing when the output ends before the answer', async () => {
    const { fake, client } = setUp();
    fake.cutAt = 5;
    expect(await client.drainIfIdle('slot1@n1', 'why')).to.include({ kind: 'Failed' });
  });

  it('rejects when the account is refused, or the caller gives up', async () => {
    const { fake, client } = setUp();
    fake.failure = new EhosError('Auth', 'refused');
    expect((await rejectionOf(client.drainIfIdle('slot1@n1', 'why'))).errorClass).to.equal('Auth');
    const gone = new EhosError('Transient', 'shutting down');
    expect(await rejectionOf(client.drainIfIdle('slot1@n1', 'why', AbortSignal.abort(gone)))).to.equal(gone);
  });

  it('I28: a busy node is drained only where the startd grants each job time that is as good as endless', async () => {
    const { fake, client } = setUp({ drain: { stdout: 'Sent request to drain the startd' } });
    expect(await client.cordon('slot1@n1', 'why')).to.deep.equal({ kind: 'Drained' });
    const argv = ['condor_drain', '-graceful', '-reason', 'why', '-check', CORDON_CHECK, 'slot1@n1'];
    expect(fake.steps[0]?.argv).to.deep.equal(argv);
    expect(CORDON_CHECK).to.contain(IDLE_CHECK).and.to.contain('RetirementTimeRemaining >= 31536000');
  });

  it('vacates in one round trip, and says which jobs', async () => {
    const jobs = JSON.stringify([
      { Name: 'slot1_1@n1', JobId: '12.3', RemoteOwner: 'alice@pool' },
      { Name: 'slot1_2@n1', JobId: '13.0', RemoteOwner: 'x\u001b[31m; id' },
      { Name: 'slot1_3@n1', JobId: 'none' },
    ]);
    const { fake, client } = setUp({ jobs: { stdout: jobs } });
    expect(await client.vacate('slot1@n1', 'why')).to.deep.equal({ jobs: ['12.3 of alice@pool', '13.0'] });
    expect(client.commands()).to.equal(1);
    expect(fake.steps.map(({ argv }) => argv.slice(0, 2))).to.deep.equal([
      ['condor_status', '-json'],
      ['condor_drain', '-cancel'],
      ['condor_drain', '-quick'],
    ]);
  });

  it('says why jobs could not be vacated', async () => {
    const { client } = setUp({ evict: { code: 1, stderr: 'ERROR: (null)' } });
    const error = await rejectionOf(client.vacate('slot1@n1', 'why'));
    expect(error.errorClass).to.equal('Transient');
    expect(error.message).to.contain('ERROR: (null)');
  });

  it('is cancelled by name', async () => {
    const { fake, client } = setUp();
    await client.cancelDrain('slot1@n1');
    expect(fake.steps[0]?.argv).to.deep.equal(['condor_drain', '-cancel', 'slot1@n1']);
  });

  it('says why a drain could not be cancelled', async () => {
    const { client } = setUp({ 'cancel-drain': { code: 1, stderr: "ERROR: Can't find address" } });
    expect((await rejectionOf(client.cancelDrain('slot1@n1'))).message).to.contain("Can't find address");
  });
});

describe('CondorMasterClient.invalidateAds', () => {
  it('drops startd and master ads of many machines in one round trip, and looks afterwards', async () => {
    const { fake, client } = setUp();
    await client.invalidateAds(['n1.example', 'n2.example', 'n1.example']);
    expect(client.commands()).to.equal(1);
    expect(fake.steps.map((step) => step.name)).to.deep.equal([
      'drop-startd-ads-0',
      'drop-master-ads-0',
      'left-startd-ads-0',
      'left-master-ads-0',
    ]);
    expect(fake.steps[0]).to.deep.include({
      argv: ['condor_advertise', 'INVALIDATE_STARTD_ADS'],
      stdin: 'MyType = "Query"\nTargetType = "Machine"\nRequirements = member(Machine, {"n1.example", "n2.example"})\n',
    });
    expect(fake.steps[1]?.stdin).to.contain('TargetType = "DaemonMaster"');
    expect(fake.steps[3]?.argv).to.include('-master');
  });

  it('does nothing for no machines', async () => {
    const { client } = setUp();
    await client.invalidateAds([]);
    expect(client.commands()).to.equal(0);
  });

  it('splits very many', async () => {
    const { fake, client } = setUp();
    await client.invalidateAds(Array.from({ length: 250 }, (_, i) => `n${i}`));
    expect(client.commands()).to.equal(1);
    expect(fake.steps.filter((step) => step.argv.includes('INVALIDATE_STARTD_ADS'))).to.have.length(3);
  });

  it('names machines whose ads are still there', async () => {
    const { client } = setUp({ 'left-master-ads-0': { stdout: '[{"Machine": "n1"}]' } });
    const error = await rejectionOf(client.invalidateAds(['n1', 'n2']));
    expect(error.errorClass).to.equal('Transient');
    expect(error.message).to.match(/ads of n1: is the account allowed/);
  });

  const failing: [title: string, answers: Record<string, FakeAnswer>][] = [
    ['the tool fails', { 'drop-master-ads-0': { code: 1, stderr: 'Failed to send' } }],
    ['nobody can say what is left', { 'left-startd-ads-0': { code: 1 } }],
    ['the answer is not JSON', { 'left-startd-ads-0': { stdout: 'what' } }],
  ];
  for (const [title, answers] of failing) {
    it(`rejects when ${title}`, async () => {
      expect((await rejectionOf(setUp(answers).client.invalidateAds(['n1']))).errorClass).to.equal('Transient');
    });
  }

  for (const machine of ['', 'a"}) || true', 'n1\nn2', '-x', 'x'.repeat(256)]) {
    it(`refuses ${JSON.stringify(machine.slice(0, 30))}`, async () => {
      const { fake, client } = setUp();
      expect((await rejectionOf(client.invalidateAds(['n1', machine]))).errorClass).to.equal('Invalid');
      expect(fake.runs).to.deep.equal([]);
    });
  }
});

describe('CondorMasterClient.approveTokenRequests', () => {
  it('approves many in one round trip, each with its own outcome', async () => {
    const { fake, client } = setUp((step) =>
      step.name === 'approve-0000001'
        ? { stdout: 'Request 0000001 approved successfully.\n' }
        : { code: 1, stderr: 'Remote daemon did not provide information for request ID 0000002.' },
    );
    const outcomes = await client.approveTokenRequests(['0000001', '0000002', '0000001', '3; id']);
    expect([...outcomes].map(([id, { approved }]) => [id, approved])).to.deep.equal([
      ['0000001', true],
      ['0000002', false],
      ['3; id', false],
    ]);
    expect(client.commands()).to.equal(1);
    expect(fake.steps.map((step) => step.argv)).to.deep.equal([
      ['condor_token_request_approve', '-reqid', '0000001'],
      ['condor_token_request_approve', '-reqid', '0000002'],
    ]);
    expect(fake.steps.every((step) => step.stdin === 'yes\n')).to.equal(true);
  });

  it('makes no round trip for nothing', async () => {
    const { client } = setUp();
    expect((await client.approveTokenRequests([])).size).to.equal(0);
    expect(client.commands()).to.equal(0);
  });

  it('has not approved what the output does not show', async () => {
    const { fake, client } = setUp();
    fake.cutAt = 3;
    expect((await client.approveTokenRequests(['0000001'])).get('0000001')).to.include({ approved: false });
  });
});

describe('CondorMasterClient', () => {
  it('asks for a negotiation cycle', async () => {
    const { fake, client } = setUp();
    await client.reschedule();
    expect(fake.steps.map((step) => step.argv)).to.deep.equal([['condor_reschedule']]);
  });

  it('says when no cycle could be asked for', async () => {
    const error = await rejectionOf(
      setUp({ reschedule: { code: 1, stderr: "Can't find schedd" } }).client.reschedule(),
    );
    expect(error.message).to.contain("Can't find schedd");
  });

  it('closes its shell', () => {
    const { fake, client } = setUp();
    client.close();
    expect(fake.closed).to.equal(true);
  });
});
