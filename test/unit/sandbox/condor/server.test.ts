import { expect } from 'chai';
import { newSshKey } from '../../../../src/sandbox/ssh-key.ts';
import { MasterFixture, PlainShell, rejectionOf } from './master-support.ts';
import { MINUTE, node, SECOND } from './support.ts';

const STRANGER = newSshKey();

describe('The simulated master over SSH', () => {
  let fixture: MasterFixture;

  beforeEach(async () => {
    fixture = await MasterFixture.start();
  });

  afterEach(() => fixture.close());

  it('shows its host key in the form of known_hosts', () => {
    expect(fixture.server.knownHostsLine).to.equal(`[127.0.0.1]:${fixture.server.port} ${fixture.server.hostKeyLine}`);
    expect(fixture.server.hostKeyLine).to.match(/^ssh-ed25519 AAAA/);
  });

  for (const [name, options] of [
    ['a key that is not of the user', { privateKey: STRANGER.private }],
    ['a user that is not known', { user: 'root' }],
  ] as const)
    it(`refuses ${name}`, async () => {
      const failure = await rejectionOf(PlainShell.connect(fixture.server.port, options));
      expect(String(failure)).to.match(/authentication methods failed/);
    });

  it('probes as the operator does', async () => {
    expect(await fixture.client.probe()).to.deep.equal({
      version: '23.9.6',
      trustDomain: 'ehos.sandbox',
      caCertificate: fixture.pool.settings.certificates.authority,
      certificateName: 'condor-master',
      negotiatorInterval: 60,
    });
  });

  it('answers a poll of an empty pool', async () => {
    await fixture.clock.advance(MINUTE);
    const snapshot = await fixture.client.poll({ schedds: [], tokenRequests: true });
    expect(snapshot).to.deep.include({ jobs: [], startds: [], tokenRequests: [], errors: [] });
    expect(snapshot.collectorStartedAt).to.equal(fixture.clock.now() - MINUTE);
  });

  it('answers a poll with jobs, a factory, a node and a token request', async () => {
    fixture.pool.submit({ runSeconds: 600, pool: 'pool-a', cpus: 2, memory: 2048, disk: 1024 });
    fixture.pool.submit({ runSeconds: 600, pool: 'pool-b', memory: 512, disk: 1024, gpus: 1 }, 3);
    fixture.pool.submit({ runSeconds: 600, pool: 'pool-c', memory: 256, disk: 1024, maxIdle: 10 }, 1000);
    fixture.pool.join(node('n1'));
    fixture.askForToken();
    await fixture.clock.advance(2 * MINUTE);
    const { jobs, startds, tokenRequests, errors } = await fixture.client.poll({ schedds: [], tokenRequests: true });
    expect(errors).to.deep.equal([]);
    const counts = jobs?.map(({ pool: name, state, count, cpus, gpus }) => ({ name, state, count, cpus, gpus }));
    expect(counts).to.have.deep.members([
      { name: 'pool-a', state: 'Running', count: 1, cpus: 2, gpus: 0 },
      { name: 'pool-b', state: 'Idle', count: 3, cpus: 1, gpus: 1 },
      { name: 'pool-c', state: 'Idle', count: 10, cpus: 1, gpus: 0 },
      { name: 'pool-c', state: 'Idle', count: 990, cpus: 1, gpus: 0 },
    ]);
    expect(startds).to.have.length(1);
    expect(startds?.[0]).to.deep.include({
      name: 'slot1@n1',
      pool: 'pool-a',
      identity: 'ehos-node-n1@ehos.sandbox',
      total: { cpus: 4, memory: 8000, disk: 20_000_000, gpus: 0 },
      free: { cpus: 2, memory: 5952, disk: 19_997_952, gpus: 0 },
      dynamicSlots: 1,
      children: [{ state: 'Claimed', activity: 'Busy' }],
      idleSince: undefined,
      draining: false,
    });
    expect(tokenRequests?.map(({ peer, lifetime }) => ({ peer, lifetime }))).to.deep.equal([
      { peer: '10.20.1.7', lifetime: 60 },
    ]);
  });

  it('drains an idle node once, refuses a busy one, cancels', async () => {
    const idle = fixture.pool.join(node('n1', { start: 'false' }));
    const busy = fixture.pool.join(node('n2'));
    fixture.pool.submit({ runSeconds: 6000, memory: 512, disk: 1024 });
    await fixture.clock.advance(2 * MINUTE);
    expect(await fixture.client.drainIfIdle('slot1@n1', 'scale in')).to.deep.equal({ kind: 'Drained' });
    expect(idle.draining?.reason).to.equal('scale in');
    expect(await fixture.client.drainIfIdle('slot1@n1', 'scale in')).to.deep.equal({ kind: 'AlreadyDraining' });
    expect((await fixture.client.drainIfIdle('slot1@n2', 'scale in')).kind).to.equal('Busy');
    expect(busy.slots.size).to.equal(1);
    expect(await fixture.client.drainIfIdle('slot1@n3', 'scale in')).to.include({ kind: 'Failed' });
    await fixture.client.cancelDrain('slot1@n1');
    expect(idle.draining).to.equal(undefined);
  });

  it('a drain of a machine that is gone proves nothing', async () => {
    const gone = fixture.pool.join(node('n1'));
    fixture.pool.execution.vanish(gone);
    const outcome = await fixture.whileTimePasses(fixture.client.drainIfIdle('slot1@n1', 'scale in'));
    expect(outcome.kind).to.equal('Failed');
  });

  it('drops the ads of machines by name', async () => {
    const gone = fixture.pool.join(node('n1'));
    fixture.pool.join(node('n2'));
    fixture.pool.execution.vanish(gone);
    await fixture.clock.advance(SECOND);
    await fixture.client.invalidateAds(['n1']);
    expect(fixture.pool.collector.visible(fixture.clock.now()).map(({ slotName }) => slotName)).to.deep.equal([
      'slot1@n2',
    ]);
    expect(fixture.pool.collector.all(fixture.clock.now()).map(({ slotName }) => slotName)).to.deep.equal(['slot1@n2']);
  });

  it('approves a token request, and says which it does not know', async () => {
    const id = fixture.askForToken();
    const outcomes = await fixture.client.approveTokenRequests([id, '1234567']);
    expect(outcomes.get(id)?.approved).to.equal(true);
    expect(outcomes.get('1234567')).to.deep.include({ approved: false });
    expect(outcomes.get('1234567')?.message).to.match(/did not provide information for request ID 1234567/);
  });

  it('gives a token to the account that approves its own request', async () => {
    const token = await fixture.whileTimePasses(fixture.client.obtainToken('ehos-node-x@ehos.sandbox', 3600));
    expect(fixture.pool.tokens.verify(token, fixture.clock.now())).to.deep.include({
      identity: 'ehos-node-x@ehos.sandbox',
      authorizations: ['ADVERTISE_STARTD', 'ADVERTISE_MASTER'],
    });
  });

  it('brings a negotiation cycle forward, but not too much', async () => {
    fixture.pool.join(node('n1'));
    await fixture.clock.advance(MINUTE);
    fixture.pool.submit({ runSeconds: 600, memory: 512, disk: 1024 });
    await fixture.clock.advance(20 * SECOND);
    const { cycles } = fixture.pool;
    fixture.pool.submit({ runSeconds: 600, memory: 512, disk: 1024, pool: 'elsewhere' });
    await fixture.client.reschedule();
    await fixture.clock.advance(21 * SECOND);
    expect(fixture.pool.cycles).to.be.greaterThan(cycles);
  });

  it('an account without rights sees only its own token requests', async () => {
    const bob = await PlainShell.connect(fixture.server.port, { user: 'bob' });
    fixture.askForToken();
    expect(await bob.run('condor_token_request_list -json')).to.deep.equal({
      code: 0,
      stdout: '',
      stderr: 'Remote daemon reports no requests pending.\n',
    });
    expect((await fixture.shell.run('condor_token_request_list -json')).stdout).to.match(
      /"RequestedIdentity": "ehos-node-x@ehos.sandbox"/,
    );
    bob.close();
  });

  it('counts what was run', async () => {
    await fixture.shell.run('condor_version && true');
    await fixture.client.poll({ schedds: [], tokenRequests: false });
    expect(fixture.server.commands()).to.deep.include({
      condor_version: 1,
      true: 1,
      condor_q: 2,
      condor_status: 3,
      date: 1,
    });
    expect(fixture.server.executions()).to.equal(2);
  });
});
