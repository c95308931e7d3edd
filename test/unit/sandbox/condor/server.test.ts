import { expect } from 'chai';
import ssh2 from 'ssh2';
import { ManualClock } from '../../../../src/base/clock.ts';
import { seededRandom } from '../../../../src/base/random.ts';
import type { RemoteShell } from '../../../../src/base/remote-shell.ts';
import { CondorMasterClient } from '../../../../src/condor/client.ts';
import { CondorPool } from '../../../../src/sandbox/condor/pool/pool.ts';
import { startCondorMaster, type CondorMasterServer } from '../../../../src/sandbox/condor/server/condor-master.ts';
import { MINUTE, node, SECOND } from './support.ts';

const KEYS = ssh2.utils.generateKeyPairSync('ed25519');
const STRANGER = ssh2.utils.generateKeyPairSync('ed25519');

/** A client of its own, so that these tests tell the server's mistakes from the operator's. */
class PlainShell implements RemoteShell {
  readonly #client: ssh2.Client;

  private constructor(client: ssh2.Client) {
    this.#client = client;
  }

  static connect(port: number, options: { user?: string; privateKey?: string } = {}): Promise<PlainShell> {
    return new Promise((resolve, reject) => {
      const client = new ssh2.Client();
      client.on('ready', () => resolve(new PlainShell(client)));
      client.on('error', reject);
      client.on('close', () => reject(new Error('closed')));
      client.connect({
        host: '127.0.0.1',
        port,
        username: options.user ?? 'ehos',
        privateKey: options.privateKey ?? KEYS.private,
        hostVerifier: () => true,
      });
    });
  }

  run(
    command: string,
    options: { stdin?: string } = {},
  ): Promise<{ code: number | null; stdout: string; stderr: string }> {
    return new Promise((resolve, reject) => {
      this.#client.exec(command, (error, channel) => {
        if (error) {
          reject(error);
          return;
        }
        let stdout = '';
        let stderr = '';
        let code: number | null = null;
        channel.on('data', (data: Buffer) => (stdout += data.toString()));
        channel.stderr.on('data', (data: Buffer) => (stderr += data.toString()));
        channel.on('exit', (exit: number | null) => (code = exit));
        channel.on('close', () => resolve({ code, stdout, stderr }));
        channel.end(options.stdin ?? '');
      });
    });
  }

  close(): void {
    this.#client.end();
  }
}

describe('The simulated master over SSH', () => {
  let clock: ManualClock;
  let pool: CondorPool;
  let server: CondorMasterServer;
  let shell: PlainShell;
  let client: CondorMasterClient;

  beforeEach(async () => {
    clock = new ManualClock();
    pool = new CondorPool({ clock, random: seededRandom(1) });
    server = await startCondorMaster({
      pool,
      users: [
        { name: 'ehos', publicKey: KEYS.public },
        { name: 'bob', publicKey: KEYS.public, administrator: false },
      ],
    });
    shell = await PlainShell.connect(server.port);
    client = new CondorMasterClient(shell, { clock });
  });

  afterEach(async () => {
    client.close();
    await server.close();
    pool.close();
  });

  /** Moves the clock while real packets travel, until the work is done. */
  async function whileTimePasses<T>(work: Promise<T>): Promise<T> {
    const settled = work.then(
      () => true,
      () => true,
    );
    const turn = (): Promise<boolean> => new Promise((resolve) => setTimeout(() => resolve(false), 1));
    while (!(await Promise.race([settled, turn()]))) await clock.advance(250);
    return work;
  }

  it('shows its host key in the form of known_hosts', () => {
    expect(server.knownHostsLine).to.equal(`[127.0.0.1]:${server.port} ${server.hostKeyLine}`);
    expect(server.hostKeyLine).to.match(/^ssh-ed25519 AAAA/);
  });

  for (const [name, options] of [
    ['a key that is not of the user', { privateKey: STRANGER.private }],
    ['a user that is not known', { user: 'root' }],
  ] as const)
    it(`refuses ${name}`, async () => {
      const failure = await PlainShell.connect(server.port, options).then(
        () => undefined,
        (error: unknown) => error,
      );
      expect(String(failure)).to.match(/authentication methods failed/);
    });

  it('probes as the operator does', async () => {
    expect(await client.probe()).to.deep.equal({
      version: '23.9.6',
      trustDomain: 'ehos.sandbox',
      caCertificate: pool.settings.certificates.authority,
      certificateName: 'condor-master',
    });
  });

  it('answers a poll of an empty pool', async () => {
    await clock.advance(MINUTE);
    const snapshot = await client.poll({ schedds: [], tokenRequests: true });
    expect(snapshot).to.deep.include({ jobs: [], startds: [], tokenRequests: [], errors: [] });
    expect(snapshot.collectorStartedAt).to.equal(clock.now() - MINUTE);
  });

  it('answers a poll with jobs, a factory, a node and a token request', async () => {
    pool.submit({ runSeconds: 600, pool: 'pool-a', cpus: 2, memory: 2048, disk: 1024 });
    pool.submit({ runSeconds: 600, pool: 'pool-b', memory: 512, disk: 1024, gpus: 1 }, 3);
    pool.submit({ runSeconds: 600, pool: 'pool-c', memory: 256, disk: 1024, maxIdle: 10 }, 1000);
    pool.join(node('n1'));
    pool.tokens.ask(
      {
        identity: 'ehos-node-x@ehos.sandbox',
        authorizations: ['ADVERTISE_STARTD'],
        lifetime: 60,
        peer: '10.20.1.7',
        clientId: 'x-1',
        authenticatedAs: 'unauthenticated@unmapped',
      },
      clock.now(),
    );
    await clock.advance(2 * MINUTE);
    const { jobs, startds, tokenRequests, errors } = await client.poll({ schedds: [], tokenRequests: true });
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
    const idle = pool.join(node('n1', { start: 'false' }));
    const busy = pool.join(node('n2'));
    pool.submit({ runSeconds: 6000, memory: 512, disk: 1024 });
    await clock.advance(2 * MINUTE);
    expect(await client.drainIfIdle('slot1@n1', 'scale in')).to.deep.equal({ kind: 'Drained' });
    expect(idle.draining?.reason).to.equal('scale in');
    expect(await client.drainIfIdle('slot1@n1', 'scale in')).to.deep.equal({ kind: 'AlreadyDraining' });
    expect((await client.drainIfIdle('slot1@n2', 'scale in')).kind).to.equal('Busy');
    expect(busy.slots.size).to.equal(1);
    expect(await client.drainIfIdle('slot1@n3', 'scale in')).to.include({ kind: 'Failed' });
    await client.cancelDrain('slot1@n1');
    expect(idle.draining).to.equal(undefined);
  });

  it('a drain of a machine that is gone proves nothing', async () => {
    const gone = pool.join(node('n1'));
    pool.execution.vanish(gone);
    const outcome = await whileTimePasses(client.drainIfIdle('slot1@n1', 'scale in'));
    expect(outcome.kind).to.equal('Failed');
  });

  it('drops the ads of machines by name', async () => {
    const gone = pool.join(node('n1'));
    pool.join(node('n2'));
    pool.execution.vanish(gone);
    await clock.advance(SECOND);
    await client.invalidateAds(['n1']);
    expect(pool.collector.visible(clock.now()).map(({ slotName }) => slotName)).to.deep.equal(['slot1@n2']);
    expect(pool.collector.all(clock.now()).map(({ slotName }) => slotName)).to.deep.equal(['slot1@n2']);
  });

  it('approves a token request, and says which it does not know', async () => {
    const ask = pool.tokens.ask(
      {
        identity: 'ehos-node-x@ehos.sandbox',
        authorizations: ['ADVERTISE_STARTD'],
        lifetime: 60,
        peer: '10.20.1.7',
        clientId: 'x-1',
        authenticatedAs: 'unauthenticated@unmapped',
      },
      clock.now(),
    );
    const id = 'id' in ask ? ask.id : '';
    const outcomes = await client.approveTokenRequests([id, '1234567']);
    expect(outcomes.get(id)?.approved).to.equal(true);
    expect(outcomes.get('1234567')).to.deep.include({ approved: false });
    expect(outcomes.get('1234567')?.message).to.match(/did not provide information for request ID 1234567/);
  });

  it('gives a token to the account that approves its own request', async () => {
    const token = await whileTimePasses(client.obtainToken('ehos-node-x@ehos.sandbox', 3600));
    expect(pool.tokens.verify(token, clock.now())).to.deep.include({
      identity: 'ehos-node-x@ehos.sandbox',
      authorizations: ['ADVERTISE_STARTD', 'ADVERTISE_MASTER'],
    });
  });

  it('brings a negotiation cycle forward, but not too much', async () => {
    pool.join(node('n1'));
    await clock.advance(MINUTE);
    pool.submit({ runSeconds: 600, memory: 512, disk: 1024 });
    await clock.advance(20 * SECOND);
    const { cycles } = pool;
    pool.submit({ runSeconds: 600, memory: 512, disk: 1024, pool: 'elsewhere' });
    await client.reschedule();
    await clock.advance(21 * SECOND);
    expect(pool.cycles).to.be.greaterThan(cycles);
  });

  describe('faults', () => {
    it('schedd down: the queue cannot be read, the nodes can', async () => {
      server.faults.scheddDown = true;
      const snapshot = await client.poll({ schedds: [], tokenRequests: false });
      expect(snapshot.jobs).to.equal(undefined);
      expect(snapshot.startds).to.deep.equal([]);
      expect(snapshot.errors.join()).to.match(/Can't find address for schedd condor-master/);
    });

    it('schedd hung: condor_q gives up after 20 s', async () => {
      server.faults.scheddHung = true;
      const before = clock.now();
      const answer = await whileTimePasses(shell.run('condor_q -allusers -totals'));
      expect(answer.code).to.equal(1);
      expect(answer.stderr).to.match(/Failed to fetch ads from/);
      expect(clock.now() - before).to.be.at.least(20 * SECOND);
    });

    it('collector down: the queue can be read, and afterwards the collector knows nothing for a while', async () => {
      pool.join(node('n1', { updateIntervalSeconds: 60 }));
      server.faults.collectorDown = true;
      const during = await client.poll({ schedds: [], tokenRequests: true });
      expect(during).to.deep.include({
        jobs: [],
        startds: undefined,
        tokenRequests: undefined,
        collectorStartedAt: undefined,
      });
      await clock.advance(90 * SECOND);
      server.faults.collectorDown = false;
      const restartedAt = clock.now();
      const after = await client.poll({ schedds: [], tokenRequests: true });
      expect(after).to.deep.include({ startds: [], collectorStartedAt: restartedAt, errors: [] });
      await clock.advance(MINUTE);
      expect((await client.poll({ schedds: [], tokenRequests: true })).startds).to.have.length(1);
    });

    it('collector hung: the deadline of the remote side ends the command', async () => {
      server.faults.collectorHung = true;
      const snapshot = await whileTimePasses(client.poll({ schedds: [], tokenRequests: false }));
      expect(snapshot.startds).to.equal(undefined);
      expect(snapshot.errors.join()).to.match(/no answer in time/);
    });

    it('no HTCondor: the tools are not there', async () => {
      server.faults.noCondor = true;
      expect(await shell.run('condor_q')).to.deep.equal({
        code: 127,
        stdout: '',
        stderr: 'bash: condor_q: command not found\n',
      });
      const failure = await client.probe().then(
        () => undefined,
        (error: unknown) => error,
      );
      expect(failure).to.include({ errorClass: 'Invalid' });
    });

    it('permission denied: no drain, no approval, no dropped ads', async () => {
      const startd = pool.join(node('n1'));
      server.faults.permissionDenied = true;
      expect((await client.drainIfIdle('slot1@n1', 'x')).kind).to.equal('Failed');
      expect(startd.draining).to.equal(undefined);
      const failure = await client.invalidateAds(['n1']).then(
        () => undefined,
        (error: unknown) => error,
      );
      expect(String(failure)).to.match(/failed to send classad/);
    });

    it('dropped connections: the running one ends, new ones too', async () => {
      server.faults.dropConnections = true;
      const failure = await PlainShell.connect(server.port).then(
        () => undefined,
        (error: unknown) => error,
      );
      expect(failure).to.be.instanceOf(Error);
      server.faults.clear();
      (await PlainShell.connect(server.port)).close();
    });

    it('delay: each execution answers later', async () => {
      server.faults.delayMs = 7000;
      const before = clock.now();
      await whileTimePasses(shell.run('true'));
      expect(clock.now() - before).to.be.at.least(7000);
    });
  });

  it('an account without rights sees only its own token requests', async () => {
    const bob = await PlainShell.connect(server.port, { user: 'bob' });
    pool.tokens.ask(
      {
        identity: 'ehos-node-x@ehos.sandbox',
        authorizations: undefined,
        lifetime: 60,
        peer: '10.20.1.7',
        clientId: 'x-1',
        authenticatedAs: 'unauthenticated@unmapped',
      },
      clock.now(),
    );
    expect(await bob.run('condor_token_request_list -json')).to.deep.equal({
      code: 0,
      stdout: '',
      stderr: 'Remote daemon reports no requests pending.\n',
    });
    expect((await shell.run('condor_token_request_list -json')).stdout).to.match(
      /"RequestedIdentity": "ehos-node-x@ehos.sandbox"/,
    );
    bob.close();
  });

  it('counts what was run', async () => {
    await shell.run('condor_version && true');
    await client.poll({ schedds: [], tokenRequests: false });
    expect(server.commands()).to.deep.include({ condor_version: 1, true: 1, condor_q: 2, condor_status: 2, date: 1 });
    expect(server.executions()).to.equal(2);
  });
});
