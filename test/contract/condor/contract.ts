/**
 * What the operator expects of an HTCondor master behind SSH. The same suite runs against the sandbox's master and against a real one,
 * so that the simulation cannot drift from what it simulates. Jobs carry a pool of their own: other jobs and nodes may be there.
 */
import { expect } from 'chai';
import { randomBytes } from 'node:crypto';
import { CondorMasterClient } from '../../../src/condor/client.ts';
import type { JobGroup, MasterSnapshot, Startd } from '../../../src/domain/snapshots.ts';
import { newSshKey } from '../../../src/sandbox/ssh-key.ts';
import { SshConnection, type SshTarget } from '../../../src/ssh/connection.ts';
import { countOf, eventually, PATIENCE_MS, rejectionOf } from './looking.ts';
import type { CondorTarget } from './target.ts';

export function condorContract(getTarget: () => Promise<CondorTarget>): void {
  const suffix = randomBytes(3).toString('hex');
  const pool = `contract-${suffix}`;
  let target: CondorTarget;
  let shell: SshConnection;
  let master: CondorMasterClient;

  const sshTarget = (change: Partial<SshTarget> = {}): SshTarget => ({
    host: target.ssh.host,
    port: target.ssh.port,
    user: target.ssh.user,
    privateKey: target.ssh.privateKey,
    hostKeys: { kind: 'KnownHosts', text: target.ssh.knownHosts },
    ...change,
  });
  const poll = (): Promise<MasterSnapshot> => master.poll({ schedds: [], tokenRequests: true });
  const ourJobs = async (): Promise<JobGroup[]> => {
    const { jobs, errors } = await poll();
    expect(errors).to.deep.equal([]);
    return (jobs ?? []).filter((group) => group.pool === pool);
  };

  before(async function () {
    this.timeout(PATIENCE_MS);
    target = await getTarget();
    shell = new SshConnection(sshTarget());
    master = new CondorMasterClient(shell);
    await target.removeAll();
  });

  after(async function () {
    this.timeout(PATIENCE_MS);
    await target.removeAll();
    master.close();
  });

  describe('the shell', () => {
    it('returns exit code, standard output and standard error', async () => {
      const result = await shell.run(`printf out; printf err >&2; exit 3`);
      expect(result).to.deep.equal({ code: 3, stdout: 'out', stderr: 'err' });
    });

    it('gives standard input to the command', async () => {
      const result = await shell.run('cat', { stdin: 'zwölf\nlines' });
      expect(result.stdout).to.equal('zwölf\nlines');
    });

    it('ends with 127 for an unknown command', async () => {
      expect((await shell.run('/no/such/command')).code).to.equal(127);
    });

    it('runs two commands at a time on one connection', async () => {
      const order: string[] = [];
      const slow = shell.run('sleep 1; echo slow').then(({ stdout }) => order.push(stdout.trim()));
      const fast = shell.run('echo fast').then(({ stdout }) => order.push(stdout.trim()));
      await Promise.all([slow, fast]);
      expect(order).to.deep.equal(['fast', 'slow']);
    });

    it('gives up at the deadline, and works on', async () => {
      const error = await rejectionOf(shell.run('sleep 5', { timeoutMs: 300 }));
      expect(error.errorClass).to.equal('Timeout');
      expect(error.maybeDone).to.equal(true);
      expect((await shell.run('echo on')).stdout).to.equal('on\n');
    });

    it('gives up at the output limit, and works on', async () => {
      const error = await rejectionOf(shell.run('cat', { stdin: 'x'.repeat(100_000), maxOutputBytes: 1000 }));
      expect(error.errorClass).to.equal('Transient');
      expect(error.message).to.match(/more than 1000 bytes/);
      expect((await shell.run('echo on')).stdout).to.equal('on\n');
    });
  });

  describe('the login', () => {
    it('refuses another host key, and names its fingerprint and the field', async () => {
      const stranger = newSshKey().public.split(' ').slice(0, 2).join(' ');
      const other = new SshConnection(sshTarget({ hostKeys: { kind: 'HostKey', line: stranger } }));
      const error = await rejectionOf(other.run('true'));
      other.close();
      expect(error.errorClass).to.equal('Invalid');
      expect(error.field).to.equal('spec.ssh.hostKey');
      expect(error.message).to.match(/SHA256:/);
    });

    it('is refused with another key, and names user and host', async () => {
      const { private: privateKey } = newSshKey();
      const other = new SshConnection(sshTarget({ privateKey }));
      const error = await rejectionOf(other.run('true'));
      other.close();
      expect(error.errorClass).to.equal('Auth');
      expect(error.message).to.contain(`"${target.ssh.user}"`).and.to.contain(target.ssh.host);
    });
  });

  describe('probe', () => {
    it('finds version, trust domain, certificate authority and the name in the certificate', async () => {
      const facts = await master.probe();
      expect(facts.version).to.match(/^\d+\.\d+\.\d+$/);
      expect(facts.trustDomain).to.match(/^[\w.-]+$/);
      expect(facts.caCertificate).to.match(/^-----BEGIN CERTIFICATE-----\n/);
      expect(facts.certificateName).to.match(/^[\w.-]+$/);
    });
  });

  describe('poll', () => {
    afterEach(async function () {
      this.timeout(PATIENCE_MS);
      await target.removeAll();
    });

    it('reads an empty queue as no jobs, with all parts there', async () => {
      const before = Date.now();
      const snapshot = await poll();
      expect(snapshot.errors).to.deep.equal([]);
      expect(snapshot.jobs?.filter((group) => group.pool === pool)).to.deep.equal([]);
      expect(snapshot.startds).to.be.an('array');
      expect(snapshot.tokenRequests).to.be.an('array');
      expect(snapshot.observedAt).to.be.within(before, Date.now());
      expect(snapshot.collectorStartedAt).to.be.below(Date.now() + 10_000);
    });

    it('is one round trip', async () => {
      const before = master.commands();
      await poll();
      expect(master.commands() - before).to.equal(1);
    });

    it('leaves token requests out when they are not asked for', async () => {
      const snapshot = await master.poll({ schedds: [], tokenRequests: false });
      expect(snapshot.tokenRequests).to.equal(undefined);
      expect(snapshot.errors).to.deep.equal([]);
    });

    it('groups idle jobs by what they ask for', async function () {
      this.timeout(PATIENCE_MS);
      await target.submit(3, 1, 512, 600, [`+EhosPool = "${pool}"`]);
      await target.submit(2, 4, 2048, 600, [`+EhosPool = "${pool}"`]);
      const groups = await eventually(ourJobs, (jobs) => countOf(jobs, 'Idle') === 5);
      const shapes = groups.map(({ cpus, memory, gpus, state, count }) => ({ cpus, memory, gpus, state, count }));
      expect(shapes).to.have.deep.members([
        { cpus: 1, memory: 512, gpus: 0, state: 'Idle', count: 3 },
        { cpus: 4, memory: 2048, gpus: 0, state: 'Idle', count: 2 },
      ]);
    });

    it('tells held jobs from idle ones', async function () {
      this.timeout(PATIENCE_MS);
      await target.submit(2, 1, 512, 600, [`+EhosPool = "${pool}"`, 'hold = true']);
      await target.submit(1, 1, 512, 600, [`+EhosPool = "${pool}"`]);
      const groups = await eventually(ourJobs, (jobs) => countOf(jobs, 'Held') === 2);
      expect(countOf(groups, 'Idle')).to.equal(1);
    });

    it('keeps jobs apart by pool, and reads jobs without one', async function () {
      this.timeout(PATIENCE_MS);
      await target.submit(1, 1, 131, 600, [`+EhosPool = "${pool}"`]);
      await target.submit(1, 1, 131, 600, [`+EhosPool = "${pool}-b"`]);
      // held, so that no node takes it while this runs
      await target.submit(1, 1, 131, 600, ['hold = true']);
      const seen = await eventually(
        async () => ((await poll()).jobs ?? []).filter((group) => group.memory === 131),
        (groups) => groups.length === 3,
      );
      expect(seen.map((group) => group.pool)).to.have.members([pool, `${pool}-b`, undefined]);
    });

    it('counts jobs of a cluster that materialises late as idle', async function () {
      this.timeout(PATIENCE_MS);
      await target.submit(500, 1, 256, 600, [`+EhosPool = "${pool}"`, 'max_idle = 5']);
      const groups = await eventually(ourJobs, (jobs) => countOf(jobs, 'Idle') === 500);
      expect(groups.every((group) => group.memory === 256 && group.cpus === 1)).to.equal(true);
    });

    it('reads requests for GPUs', async function () {
      this.timeout(PATIENCE_MS);
      await target.submit(1, 1, 512, 600, [`+EhosPool = "${pool}"`, 'request_gpus = 2']);
      const groups = await eventually(ourJobs, (jobs) => countOf(jobs, 'Idle') === 1);
      expect(groups[0]?.gpus).to.equal(2);
    });

    it('says which schedd cannot be found, and gives no jobs then', async () => {
      const schedd = `nobody-${suffix}@nowhere.example`;
      const snapshot = await master.poll({ schedds: [schedd], tokenRequests: false });
      expect(snapshot.jobs).to.equal(undefined);
      expect(snapshot.startds).to.be.an('array');
      expect(snapshot.errors).to.have.length(1);
      expect(snapshot.errors[0]).to.contain(schedd);
    });

    it('refuses a schedd name that HTCondor would take for a host', async () => {
      const error = await rejectionOf(master.poll({ schedds: ['justaname'], tokenRequests: false }));
      expect(error.errorClass).to.equal('Invalid');
      expect(error.field).to.equal('spec.condor.schedds');
    });
  });

  describe('operations on what is not there', () => {
    it('approving an unknown token request says so', async () => {
      const outcome = (await master.approveTokenRequests(['0000001'])).get('0000001');
      expect(outcome?.approved).to.equal(false);
      expect(outcome?.message).to.match(/0000001/);
    });

    it('a node that was never there was never heard of, by a collector whose age is known', async () => {
      const { heardAt, collectorStartedAt } = await eventually(
        async () => await master.lastHeard(`none-${suffix}`),
        (seen) => seen.collectorStartedAt !== undefined,
      );
      expect(heardAt).to.equal(undefined);
      expect(collectorStartedAt).to.be.below(Date.now() + 10_000);
    });

    it('draining an unknown slot proves nothing', async () => {
      const outcome = await master.drainIfIdle(`slot1@none-${suffix}.example`, 'contract');
      expect(outcome.kind).to.equal('Failed');
      expect(outcome).to.have.property('message').that.contains(`none-${suffix}.example`);
    });

    it('cancelling the drain of an unknown slot fails', async () => {
      const error = await rejectionOf(master.cancelDrain(`slot1@none-${suffix}.example`));
      expect(error.errorClass).to.equal('Transient');
    });

    it('invalidating the ads of absent machines is done already', async () => {
      const before = master.commands();
      await master.invalidateAds([`none-${suffix}.example`, `neither-${suffix}.example`]);
      expect(master.commands() - before).to.equal(1);
    });
  });

  it('asks for a negotiation cycle', async () => {
    const before = master.commands();
    await master.reschedule();
    expect(master.commands() - before).to.equal(1);
  });

  it('obtains a token for an identity, limited in scope and time', async function () {
    this.timeout(PATIENCE_MS);
    const { trustDomain } = await master.probe();
    const identity = `ehos-node-contract-${suffix}@${trustDomain}`;
    const token = await master.obtainToken(identity, 600);
    const claims = JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString()) as Record<
      string,
      unknown
    >;
    expect(claims.sub).to.equal(identity);
    expect(claims.iss).to.equal(trustDomain);
    expect(String(claims.scope).split(' ')).to.have.members(['condor:/ADVERTISE_STARTD', 'condor:/ADVERTISE_MASTER']);
    expect(Number(claims.exp) - Number(claims.iat)).to.be.within(1, 600);
    expect((await poll()).tokenRequests?.filter((request) => request.requestedIdentity === identity)).to.deep.equal([]);
  });

  describe('a node', () => {
    const uid = `contract-${suffix}`;
    const slot = async (): Promise<Startd | undefined> =>
      (await poll()).startds?.find((startd) => startd.nodeId === uid);
    const slotWhen = async (test: (startd: Startd) => boolean): Promise<Startd> => {
      const startd = await eventually(slot, (found) => found !== undefined && test(found));
      if (!startd) throw new Error('no slot');
      return startd;
    };

    before(async function () {
      this.timeout(2 * PATIENCE_MS);
      if (!target.addNode || !target.removeNode) this.skip();
      const facts = await master.probe();
      const token = await master.obtainToken(`ehos-node-${uid}@${facts.trustDomain}`, 3600);
      await target.addNode({ uid, pool, token, facts });
    });

    after(async function () {
      this.timeout(PATIENCE_MS);
      await target.removeAll();
      await target.removeNode?.(uid);
    });

    it('joins under its identity, idle since its start', async function () {
      this.timeout(2 * PATIENCE_MS);
      const startd = await slotWhen(() => true);
      expect(startd.identity).to.match(new RegExp(`^ehos-node-${uid}@`));
      expect(startd.pool).to.equal(pool);
      expect(startd.name).to.equal(`slot1@${startd.machine}`);
      expect(startd).to.include({ state: 'Unclaimed', dynamicSlots: 0, draining: false });
      expect(startd.free).to.deep.equal(startd.total);
      expect(startd.total.cpus).to.be.greaterThan(0);
      expect(startd.lastHeardFrom).to.be.within(Date.now() - PATIENCE_MS, Date.now() + 10_000);
      expect(startd.idleSince).to.be.at.least(startd.startedAt ?? Infinity);
      // asked for alone it is heard of as in a reading, or later
      const { heardAt } = await master.lastHeard(uid);
      expect(heardAt).to.be.within(startd.lastHeardFrom, Date.now() + 10_000);
    });

    it('shows a running job as a dynamic slot, and refuses to drain', async function () {
      this.timeout(2 * PATIENCE_MS);
      await target.submit(1, 1, 256, 20, [`+EhosPool = "${pool}"`]);
      const busy = await slotWhen((startd) => startd.dynamicSlots === 1);
      expect(busy.idleSince).to.equal(undefined);
      expect(busy.free.cpus).to.equal(busy.total.cpus - 1);
      expect(busy.children).to.have.length(1);
      const outcome = await master.drainIfIdle(busy.name, 'contract');
      expect(outcome.kind).to.equal('Busy');
      expect(await slotWhen(() => true)).to.include({ draining: false, dynamicSlots: 1 });
    });

    it('drains when idle, says why, and can be taken back', async function () {
      this.timeout(3 * PATIENCE_MS);
      const reason = `contract: it's "idle" $(enough)`;
      await target.removeAll();
      const idle = await slotWhen((startd) => startd.dynamicSlots === 0);
      expect(await master.drainIfIdle(idle.name, reason)).to.deep.equal({ kind: 'Drained' });
      expect(await master.drainIfIdle(idle.name, reason)).to.deep.equal({ kind: 'AlreadyDraining' });
      const drained = await slotWhen((startd) => startd.state === 'Drained');
      expect(drained).to.include({ draining: true, drainReason: reason, activity: 'Idle', dynamicSlots: 0 });
      await master.cancelDrain(idle.name);
      expect(await slotWhen((startd) => startd.state === 'Unclaimed')).to.include({ draining: false });
    });

    it('is forgotten at once when its ads are dropped', async function () {
      this.timeout(2 * PATIENCE_MS);
      const { machine } = await slotWhen(() => true);
      await target.removeNode?.(uid);
      await master.invalidateAds([machine]);
      expect(await slot()).to.equal(undefined);
      expect((await master.lastHeard(uid)).heardAt).to.equal(undefined);
    });
  });
}
