import { expect } from 'chai';
import { MasterFixture, PlainShell, rejectionOf } from './master-support.ts';
import { MINUTE, node, SECOND } from './support.ts';

describe('The simulated master with faults', () => {
  let fixture: MasterFixture;

  beforeEach(async () => {
    fixture = await MasterFixture.start();
  });

  afterEach(() => fixture.close());

  it('schedd down: the queue cannot be read, the nodes can', async () => {
    fixture.server.faults.scheddDown = true;
    const snapshot = await fixture.client.poll({ schedds: [], tokenRequests: false });
    expect(snapshot.jobs).to.equal(undefined);
    expect(snapshot.startds).to.deep.equal([]);
    expect(snapshot.errors.join()).to.match(/Can't find address for schedd condor-master/);
  });

  it('schedd hung: condor_q gives up after 20 s', async () => {
    fixture.server.faults.scheddHung = true;
    const before = fixture.clock.now();
    const answer = await fixture.whileTimePasses(fixture.shell.run('condor_q -allusers -totals'));
    expect(answer.code).to.equal(1);
    expect(answer.stderr).to.match(/Failed to fetch ads from/);
    expect(fixture.clock.now() - before).to.be.at.least(20 * SECOND);
  });

  it('collector down: the queue can be read, and afterwards the collector knows nothing for a while', async () => {
    fixture.pool.join(node('n1', { updateIntervalSeconds: 60 }));
    fixture.server.faults.collectorDown = true;
    const during = await fixture.client.poll({ schedds: [], tokenRequests: true });
    expect(during).to.deep.include({
      jobs: [],
      startds: undefined,
      tokenRequests: undefined,
      collectorStartedAt: undefined,
    });
    await fixture.clock.advance(90 * SECOND);
    fixture.server.faults.collectorDown = false;
    const restartedAt = fixture.clock.now();
    const after = await fixture.client.poll({ schedds: [], tokenRequests: true });
    expect(after).to.deep.include({ startds: [], collectorStartedAt: restartedAt, errors: [] });
    await fixture.clock.advance(MINUTE);
    expect((await fixture.client.poll({ schedds: [], tokenRequests: true })).startds).to.have.length(1);
  });

  it('collector hung: the deadline of the remote side ends the command', async () => {
    fixture.server.faults.collectorHung = true;
    const snapshot = await fixture.whileTimePasses(fixture.client.poll({ schedds: [], tokenRequests: false }));
    expect(snapshot.startds).to.equal(undefined);
    expect(snapshot.errors.join()).to.match(/no answer in time/);
  });

  it('no HTCondor: the tools are not there', async () => {
    fixture.server.faults.noCondor = true;
    expect(await fixture.shell.run('condor_q')).to.deep.equal({
      code: 127,
      stdout: '',
      stderr: 'bash: condor_q: command not found\n',
    });
    const failure = await rejectionOf(fixture.client.probe());
    expect(failure).to.include({ errorClass: 'Invalid' });
  });

  it('permission denied: no drain, no approval, no dropped ads', async () => {
    const startd = fixture.pool.join(node('n1'));
    fixture.server.faults.permissionDenied = true;
    expect((await fixture.client.drainIfIdle('slot1@n1', 'x')).kind).to.equal('Failed');
    expect(startd.draining).to.equal(undefined);
    const failure = await rejectionOf(fixture.client.invalidateAds(['n1']));
    expect(String(failure)).to.match(/failed to send classad/);
  });

  it('dropped connections: the running one ends, new ones too', async () => {
    fixture.server.faults.dropConnections = true;
    const failure = await rejectionOf(PlainShell.connect(fixture.server.port));
    expect(failure).to.be.instanceOf(Error);
    fixture.server.faults.clear();
    (await PlainShell.connect(fixture.server.port)).close();
  });

  it('delay: each execution answers later', async () => {
    fixture.server.faults.delayMs = 7000;
    const before = fixture.clock.now();
    await fixture.whileTimePasses(fixture.shell.run('true'));
    expect(fixture.clock.now() - before).to.be.at.least(7000);
  });
});
