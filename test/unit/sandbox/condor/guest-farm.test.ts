import { expect } from 'chai';
import { gzipSync } from 'node:zlib';
import { ManualClock } from '../../../../src/base/clock.ts';
import { seededRandom } from '../../../../src/base/random.ts';
import { renderUserData, type WorkerConfig } from '../../../../src/cloudinit/user-data.ts';
import { GuestFarm, usableOf } from '../../../../src/sandbox/condor/guest/guest-farm.ts';
import { CondorPool } from '../../../../src/sandbox/condor/pool/pool.ts';
import type { GuestSpec } from '../../../../src/sandbox/hypervisor.ts';

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const IDENTITY = 'ehos-node-11111111-2222-4333-8444-555555555555@ehos.sandbox';

function start() {
  const clock = new ManualClock();
  const pool = new CondorPool({ clock, random: seededRandom(1) });
  const farm = new GuestFarm({ pool, bootDelayMs: [20_000, 20_000] });
  return { clock, pool, farm };
}

function config(pool: CondorPool, overrides: Partial<WorkerConfig> = {}): WorkerConfig {
  return {
    nodeUid: '11111111-2222-4333-8444-555555555555',
    pool: 'pool-a',
    collector: { host: '10.20.0.1', port: 9618, alias: 'condor-master' },
    trustDomain: 'ehos.sandbox',
    credentials: { method: 'Approve', caCertificate: pool.settings.certificates.authority, lifetimeSeconds: 86_400 },
    startdAttributes: { HasScratch: 'true', Site: '"north"' },
    updateIntervalSeconds: 30,
    ...overrides,
  };
}

function guest(userData: Buffer | undefined, overrides: Partial<GuestSpec> = {}): GuestSpec {
  return {
    serverId: 's1',
    name: 'ehos-pool-a-x1',
    projectId: 'p1',
    cores: 4,
    memory: 8192,
    disk: 40,
    addresses: ['10.20.1.5'],
    userData,
    metadata: {},
    ...overrides,
  };
}

describe('GuestFarm: a worker with the operator user data', () => {
  it('asks for its token from its own address, joins once it is approved and runs a job', async () => {
    const { clock, pool, farm } = start();
    farm.boot(guest(renderUserData(config(pool), undefined)));
    pool.submit({ runSeconds: 60, pool: 'pool-a', memory: 512, disk: 1024 });
    await clock.advance(21 * SECOND);
    const [request] = pool.tokens.list(clock.now());
    expect(request).to.include({
      identity: IDENTITY,
      lifetime: 86_400,
      peer: '10.20.1.5',
      authenticatedAs: 'unauthenticated@unmapped',
    });
    expect(request?.authorizations).to.deep.equal(['ADVERTISE_STARTD', 'ADVERTISE_MASTER']);
    await clock.advance(MINUTE);
    expect(pool.collector.visible(clock.now())).to.deep.equal([]);
    pool.tokens.approve(request?.id ?? '', clock.now());
    await clock.advance(10 * SECOND);
    const [startd] = pool.collector.visible(clock.now());
    expect(startd?.slotName).to.equal('slot1@ehos-pool-a-x1.novalocal');
    expect(startd?.spec).to.deep.include({
      identity: IDENTITY,
      updateIntervalSeconds: 30,
      maxRetirementSeconds: 10 * 365 * 24 * 3600,
      masterAd: true,
    });
    expect(startd?.spec.attributes).to.deep.include({ EhosPool: 'pool-a', HasScratch: true, Site: 'north' });
    expect(startd?.spec.total).to.deep.equal(usableOf(guest(undefined)));
    await clock.advance(3 * MINUTE);
    expect(pool.history().map(({ starts, exitCode }) => ({ starts, exitCode }))).to.deep.equal([
      { starts: 1, exitCode: 0 },
    ]);
    expect(farm.console('s1')).to.match(/ehos: asking for a token\nehos: token received\nehos: condor started\n$/);
  });

  it('asks again after the collector has forgotten its request', async () => {
    const { clock, pool, farm } = start();
    farm.boot(guest(renderUserData(config(pool), undefined)));
    await clock.advance(21 * SECOND);
    const before = pool.tokens.list(clock.now())[0]?.id;
    pool.restartCollector();
    expect(pool.tokens.list(clock.now())).to.deep.equal([]);
    await clock.advance(10 * SECOND);
    expect(pool.tokens.list(clock.now())).to.have.length(1);
    expect(pool.tokens.list(clock.now())[0]?.id).to.not.equal(before);
  });

  it('vanishes silently: the ad stays until its lifetime is over', async () => {
    const { clock, pool, farm } = start();
    const { token } = pool.tokens.issue(IDENTITY, ['ADVERTISE_STARTD'], undefined, clock.now());
    farm.boot(guest(renderUserData(config(pool, { credentials: { method: 'Token', token } }), undefined)));
    pool.submit({ runSeconds: 6000, memory: 512, disk: 1024 });
    await clock.advance(2 * MINUTE);
    expect(pool.jobs()[0]?.status).to.equal('Running');
    farm.destroy('s1');
    expect(pool.killedByVmLoss).to.deep.equal(['1.0']);
    await clock.advance(10 * MINUTE);
    expect(pool.collector.visible(clock.now())).to.have.length(1);
    await clock.advance(25 * MINUTE);
    expect(pool.collector.visible(clock.now())).to.deep.equal([]);
    expect(farm.console('s1')).to.equal('');
  });
});

describe('GuestFarm: the way of the token in the user data', () => {
  const forms: { name: string; wrap: (data: Buffer) => Buffer }[] = [
    { name: 'as it is', wrap: (data) => data },
    { name: 'gzip', wrap: (data) => gzipSync(data) },
    { name: 'with line ends of Windows', wrap: (data) => Buffer.from(data.toString().replaceAll('\n', '\r\n')) },
  ];
  for (const { name, wrap } of forms)
    it(`joins with user data ${name}`, async () => {
      const { clock, pool, farm } = start();
      const { token } = pool.tokens.issue(IDENTITY, ['ADVERTISE_STARTD'], undefined, clock.now());
      farm.boot(guest(wrap(renderUserData(config(pool, { credentials: { method: 'Token', token } }), undefined))));
      await clock.advance(MINUTE);
      expect(pool.collector.visible(clock.now())).to.have.length(1);
    });

  it('joins with the part of a user beside ours', async () => {
    const { clock, pool, farm } = start();
    const { token } = pool.tokens.issue(IDENTITY, ['ADVERTISE_STARTD'], undefined, clock.now());
    const own = '#cloud-config\nruncmd:\n  - echo hello\nwrite_files:\n  - {path: /etc/motd, content: hi}\n';
    farm.boot(guest(renderUserData(config(pool, { credentials: { method: 'Token', token } }), own)));
    await clock.advance(MINUTE);
    expect(pool.collector.visible(clock.now())).to.have.length(1);
  });
});

describe('GuestFarm: user data that is wrong never joins, and the console says why', () => {
  const token = (authorizations: string[] | undefined, lifetime?: number) => (pool: CondorPool) => ({
    credentials: {
      method: 'Token' as const,
      token: pool.tokens.issue(IDENTITY, authorizations, lifetime, pool.clock.now()).token,
    },
  });
  const rows: { name: string; overrides: (pool: CondorPool) => Partial<WorkerConfig>; says: RegExp }[] = [
    {
      name: 'another collector',
      overrides: () => ({ collector: { host: '10.9.9.9', port: 9618, alias: 'condor-master' } }),
      says: /Failed to connect to collector 10\.9\.9\.9:9618/,
    },
    {
      name: 'another port',
      overrides: () => ({ collector: { host: '10.20.0.1', port: 9619, alias: 'condor-master' } }),
      says: /Failed to connect to collector 10\.20\.0\.1:9619/,
    },
    {
      name: 'an address with another name than the one in the certificate',
      overrides: () => ({ collector: { host: '10.20.0.1', port: 9618, alias: 'impostor' } }),
      says: /no token yet: .*Failed to authenticate using SSL/,
    },
    {
      name: 'another authority',
      overrides: () => {
        const { certificates } = new CondorPool({ clock: new ManualClock(), random: seededRandom(2) }).settings;
        return { credentials: { method: 'Approve', caCertificate: certificates.authority, lifetimeSeconds: 60 } };
      },
      says: /no token yet: .*Failed to authenticate using SSL/,
    },
    { name: 'a token without the right', overrides: token(['READ']), says: /PERMISSION DENIED .* UPDATE_STARTD_AD/ },
    {
      name: 'an expired token',
      overrides: token(['ADVERTISE_STARTD'], 5),
      says: /Failed to authenticate using IDTOKENS/,
    },
    {
      name: 'a token of another pool',
      overrides: () => ({ credentials: { method: 'Token', token: 'eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJ4In0.c2ln' } }),
      says: /Failed to authenticate using IDTOKENS/,
    },
  ];
  for (const { name, overrides, says } of rows)
    it(name, async () => {
      const { clock, pool, farm } = start();
      farm.boot(guest(renderUserData(config(pool, overrides(pool)), undefined)));
      await clock.advance(5 * MINUTE);
      expect(pool.collector.visible(clock.now())).to.deep.equal([]);
      expect(farm.console('s1')).to.match(says);
      expect(farm.console('s1')).to.match(/Cloud-init v\. 25\.1\.4 finished at/);
    });

  const raw: { name: string; data: string | undefined; says: RegExp }[] = [
    { name: 'none', data: undefined, says: /no configuration for a worker/ },
    { name: 'YAML without its first line', data: 'write_files: []\n', says: /Unhandled non-multipart/ },
    { name: 'bad YAML', data: '#cloud-config\nwrite_files: [}\n', says: /Failed loading yaml blob/ },
    {
      name: 'base64 twice',
      data: Buffer.from('#cloud-config\n{}\n').toString('base64'),
      says: /Unhandled non-multipart/,
    },
    {
      name: 'no token',
      data: '#cloud-config\nwrite_files:\n- {path: /etc/condor/config.d/50-x.conf, content: "COLLECTOR_HOST = 10.20.0.1"}\n',
      says: /no token in .* and no condor_token_request/,
    },
    {
      name: 'no startd among the daemons',
      data: '#cloud-config\nwrite_files:\n- {path: /etc/condor/config.d/50-x.conf, content: "DAEMON_LIST = MASTER"}\n',
      says: /DAEMON_LIST is MASTER: no STARTD/,
    },
  ];
  for (const { name, data, says } of raw)
    it(`user data: ${name}`, async () => {
      const { clock, pool, farm } = start();
      farm.boot(guest(data === undefined ? undefined : Buffer.from(data)));
      await clock.advance(5 * MINUTE);
      expect(pool.collector.visible(clock.now())).to.deep.equal([]);
      expect(farm.console('s1')).to.match(says);
    });
});

describe('GuestFarm: behaviours', () => {
  function bootAll(names: string[], ...rules: Parameters<GuestFarm['behave']>) {
    const { clock, pool, farm } = start();
    farm.behave(...rules);
    for (const name of names) {
      const { token } = pool.tokens.issue(
        `ehos-node-${name}@ehos.sandbox`,
        ['ADVERTISE_STARTD'],
        undefined,
        clock.now(),
      );
      const data = renderUserData(config(pool, { credentials: { method: 'Token', token } }), undefined);
      farm.boot(guest(data, { serverId: name, name }));
    }
    const joined = () => pool.collector.visible(clock.now()).map(({ spec }) => spec.machine.split('.')[0]);
    return { clock, pool, farm, joined };
  }

  it('neverBoots: no guest at all', async () => {
    const { clock, farm, joined } = bootAll(['a1', 'b1'], { match: /^a/, neverBoots: true });
    await clock.advance(10 * MINUTE);
    expect(joined()).to.deep.equal(['b1']);
    expect(farm.console('a1')).to.equal('Boot failed: not a bootable disk\n');
  });

  it('neverJoins: cloud-init runs, HTCondor is not there', async () => {
    const { clock, farm, joined } = bootAll(['a1'], { neverJoins: true });
    await clock.advance(10 * MINUTE);
    expect(joined()).to.deep.equal([]);
    expect(farm.console('a1')).to.match(/Unit condor\.service not found[^]*finished at/);
  });

  it('count: only so many guests', async () => {
    const { clock, joined } = bootAll(['a1', 'a2', 'a3'], { match: /^a/, count: 2, neverBoots: true });
    await clock.advance(10 * MINUTE);
    expect(joined()).to.deep.equal(['a3']);
  });

  it('bootDelayMs: later than the others', async () => {
    const { clock, joined } = bootAll(['a1', 'b1'], { match: /^a/, bootDelayMs: 5 * MINUTE });
    await clock.advance(MINUTE);
    expect(joined()).to.deep.equal(['b1']);
    await clock.advance(5 * MINUTE);
    expect(joined()).to.have.members(['a1', 'b1']);
  });

  it('panicAfterMs: dead, its job lost, the console says so', async () => {
    const { clock, pool, farm } = bootAll(['a1'], { panicAfterMs: 5 * MINUTE });
    pool.submit({ runSeconds: 3600, memory: 512, disk: 1024 });
    await clock.advance(6 * MINUTE);
    expect(pool.killedByVmLoss).to.deep.equal(['1.0']);
    expect(farm.console('a1')).to.match(/Kernel panic/);
  });

  it('blackHole: jobs end at once with exit code 1', async () => {
    const { clock, pool } = bootAll(['a1'], { blackHole: true });
    pool.submit({ runSeconds: 3600, memory: 512, disk: 1024 }, 50);
    await clock.advance(3 * MINUTE);
    expect(pool.history()).to.have.length(50);
    expect(new Set(pool.history().map(({ exitCode }) => exitCode))).to.deep.equal(new Set([1]));
  });
});
