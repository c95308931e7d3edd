import { expect } from 'chai';
import { readFileSync } from 'node:fs';
import { ManualClock } from '../../../src/base/clock.ts';
import { EhosError } from '../../../src/base/errors.ts';
import { SCRIPT_COMMAND } from '../../../src/base/remote-script.ts';
import { CondorMasterClient } from '../../../src/condor/client.ts';
import { IDLE_CHECK } from '../../../src/condor/commands.ts';
import type { MasterSnapshot } from '../../../src/domain/snapshots.ts';
import { FakeMaster, type FakeAnswer, type FakeStep } from './fake-master.ts';

const NOW = Date.UTC(2026, 0, 1);
const seconds = NOW / 1000;
const SLOT = {
  Name: 'slot1@n1',
  Machine: 'n1',
  SlotType: 'Partitionable',
  State: 'Unclaimed',
  Activity: 'Idle',
  LastHeardFrom: seconds,
  DaemonStartTime: seconds - 60,
};
const GROUP = { JobStatus: 1, JobCount: 3, RequestCpus: 1, RequestMemory: 512, RequestDisk: 1 };
const FACTORY = { JobMaterializeLimit: 10, JobMaterializeNextProcId: 4, RequestCpus: 1 };

/** A master where all is well. */
const WELL: Record<string, FakeAnswer> = {
  time: { stdout: `${seconds}\n` },
  startds: { stdout: JSON.stringify([SLOT]) },
  collector: { stdout: JSON.stringify([{ StatsLastUpdateTime: seconds, StatsLifetime: 1000 }]) },
  'queue-0': { stdout: JSON.stringify([GROUP]) },
  'factories-0': { stdout: JSON.stringify([FACTORY]) },
  'token-requests': { stdout: '', stderr: 'Remote daemon reports no requests pending.' },
};

function setUp(answers: Record<string, FakeAnswer> | ((step: FakeStep) => FakeAnswer | Promise<FakeAnswer>) = {}): {
  fake: FakeMaster;
  client: CondorMasterClient;
  clock: ManualClock;
} {
  const clock = new ManualClock(NOW);
  const all =
    typeof answers === 'function'
      ? answers
      : (step: FakeStep): FakeAnswer => ({ ...WELL, ...answers })[step.name] ?? {};
  const fake = new FakeMaster(all);
  return { fake, client: new CondorMasterClient(fake, { clock }), clock };
}

async function rejectionOf(work: Promise<unknown>): Promise<EhosError> {
  const outcome: unknown = await work.then(
    () => new Error('was not rejected'),
    (error: unknown) => error,
  );
  if (outcome instanceof EhosError) return outcome;
  throw outcome as Error;
}

describe('CondorMasterClient.poll', () => {
  const EVERYTHING = { schedds: [], tokenRequests: true };

  it('reads everything in one round trip', async () => {
    const { fake, client } = setUp();
    const snapshot = await client.poll(EVERYTHING);
    expect(fake.runs.map((run) => run.command)).to.deep.equal([SCRIPT_COMMAND]);
    expect(client.commands()).to.equal(1);
    expect(snapshot).to.include({ observedAt: NOW, collectorStartedAt: NOW - 1_000_000 });
    expect(snapshot.errors).to.deep.equal([]);
    expect(snapshot.jobs?.map((group) => group.count)).to.deep.equal([3, 6]);
    expect(snapshot.startds?.map((startd) => startd.name)).to.deep.equal(['slot1@n1']);
    expect(snapshot.tokenRequests).to.deep.equal([]);
  });

  it('does not ask for token requests that nobody waits for', async () => {
    const { fake, client } = setUp();
    const snapshot = await client.poll({ schedds: [], tokenRequests: false });
    expect(fake.steps.map((step) => step.name)).not.to.include('token-requests');
    expect(snapshot.tokenRequests).to.equal(undefined);
    expect(snapshot.errors).to.deep.equal([]);
  });

  it('reads an empty master', async () => {
    const empty = Object.fromEntries(['startds', 'queue-0', 'factories-0'].map((name) => [name, { stdout: '' }]));
    const snapshot = await setUp(empty).client.poll(EVERYTHING);
    expect(snapshot).to.deep.include({ jobs: [], startds: [], errors: [] });
  });

  it('reads further schedds by name, and the local one without', async () => {
    const { fake, client } = setUp({ 'queue-1': { stdout: JSON.stringify([GROUP]) }, 'factories-1': {} });
    const snapshot = await client.poll({ schedds: ['second@master', 'second@master'], tokenRequests: false });
    expect(snapshot.jobs?.map((group) => group.count)).to.deep.equal([3, 6, 3]);
    const named = fake.steps.filter((step) => step.argv.includes('-name'));
    expect(named.map((step) => [step.name, step.argv[2]])).to.deep.equal([
      ['queue-1', 'second@master'],
      ['factories-1', 'second@master'],
    ]);
  });

  for (const name of ['master', '-help@x', 'a@b; id', '']) {
    it(`refuses ${JSON.stringify(name)} as a schedd`, async () => {
      const { fake, client } = setUp();
      const error = await rejectionOf(client.poll({ schedds: [name], tokenRequests: false }));
      expect(error).to.include({ errorClass: 'Invalid', field: 'spec.condor.schedds' });
      expect(fake.runs).to.deep.equal([]);
    });
  }

  type Part = 'jobs' | 'startds' | 'tokenRequests' | 'collectorStartedAt';
  const failing: [title: string, answers: Record<string, FakeAnswer>, lost: Part[], error: RegExp][] = [
    [
      'the schedd is off',
      { 'queue-0': { code: 1, stderr: "Error: Can't find address for schedd" } },
      ['jobs'],
      /^queue-0: Error: Can't find/,
    ],
    ['factories cannot be read', { 'factories-0': { code: 1 } }, ['jobs'], /^factories-0: exit code 1$/],
    ['the collector hangs', { startds: { code: 124 } }, ['startds'], /^startds: no answer in time$/],
    ['a tool is missing', { 'token-requests': { code: 127, stderr: 'not found' } }, ['tokenRequests'], /exit code 127/],
    ['the collector has just started', { collector: { stdout: '' } }, ['collectorStartedAt'], /not advertised itself/],
    ['nodes are not JSON', { startds: { stdout: 'Name State' } }, ['startds'], /^startds: not JSON/],
    ['the clock cannot be read', { time: { stdout: 'x' } }, ['startds', 'collectorStartedAt'], /^time: not a time/],
  ];
  for (const [title, answers, lost, words] of failing) {
    it(`gives the other parts when ${title}`, async () => {
      const snapshot: MasterSnapshot = await setUp(answers).client.poll(EVERYTHING);
      const parts: Part[] = ['jobs', 'startds', 'tokenRequests', 'collectorStartedAt'];
      expect(parts.filter((part) => snapshot[part] === undefined)).to.deep.equal(lost);
      expect(snapshot.errors).to.have.length(1);
      expect(snapshot.errors[0]).to.match(words);
      expect(snapshot.errors[0]).not.to.match(/\n/);
    });
  }

  it('gives no jobs when one of several schedds fails, and names it', async () => {
    const { client } = setUp({ 'queue-1': { code: 1, stderr: 'Error: no record of schedd' } });
    const snapshot = await client.poll({ schedds: ['second@master'], tokenRequests: false });
    expect(snapshot.jobs).to.equal(undefined);
    expect(snapshot.errors[0]).to.match(/^schedd second@master: queue-1: Error: no record/);
  });

  it('rejects when nothing could be read', async () => {
    const error = await rejectionOf(setUp(() => ({ code: 127, stderr: 'not found' })).client.poll(EVERYTHING));
    expect(error.errorClass).to.equal('Transient');
    expect(error.message).to.match(/^nothing could be read of HTCondor: queue-0: not found/);
  });

  it('loses what stands after the place where the output ends', async () => {
    const { fake, client } = setUp();
    await client.poll(EVERYTHING);
    const whole = JSON.stringify([SLOT]).length;
    fake.cutAt = whole + 120;
    const snapshot = await client.poll(EVERYTHING);
    expect(snapshot.startds).to.have.length(1);
    expect(snapshot.jobs).to.equal(undefined);
    expect(snapshot.tokenRequests).to.equal(undefined);
    expect(snapshot.errors.join()).to.match(/the output ended before/);
  });

  it('rejects with the error of the shell', async () => {
    const { fake, client } = setUp();
    fake.failure = new EhosError('Auth', 'refused');
    expect(await rejectionOf(client.poll(EVERYTHING))).to.equal(fake.failure);
  });

  it('gives the remote commands time, and the connection some more', async () => {
    const { fake, client } = setUp();
    await client.poll(EVERYTHING);
    expect(fake.runs[0]?.options.timeoutMs).to.be.within(60_000, 200_000);
  });
});

describe('CondorMasterClient.probe', () => {
  const pem = (name: string): string => readFileSync(new URL(`certificates/${name}`, import.meta.url), 'utf8');
  const FILES: Record<string, string> = {
    '/etc/condor/ca.pem': pem('ca.pem'),
    '/etc/condor/host.pem': pem('host.pem'),
  };
  const PROBE: Record<string, FakeAnswer> = {
    version: { stdout: '$CondorVersion: 23.9.6 2026-07-12 $\n' },
    'trust-domain': { stdout: 'ehos.rig\n' },
    'auth-ssl-server-certfile': { stdout: '/etc/condor/gone.pem, /etc/condor/host.pem\n' },
    'trust-domain-cafile': { stdout: '/etc/condor/ca.pem\n' },
    'auth-ssl-server-cafile': { code: 1, stderr: 'Not defined: AUTH_SSL_SERVER_CAFILE' },
  };
  const probing = (answers: Record<string, FakeAnswer> = {}): ReturnType<typeof setUp> =>
    setUp((step) => {
      if (step.argv[0] !== 'cat') return { ...PROBE, ...answers }[step.name] ?? { code: 1 };
      const content = FILES[step.argv[1] ?? ''];
      return content === undefined ? { code: 1, stderr: 'No such file or directory' } : { stdout: content };
    });

  it('reads version, trust domain and certificates in two round trips', async () => {
    const { client } = probing();
    const facts = await client.probe();
    expect(facts).to.include({ version: '23.9.6', trustDomain: 'ehos.rig', certificateName: 'condor-master' });
    expect(facts.caCertificate?.trim()).to.equal(pem('ca.pem').trim());
    expect(client.commands()).to.equal(2);
  });

  const without: [title: string, answers: Record<string, FakeAnswer>][] = [
    [
      'the snakeoil certificate that Debian names and nobody makes',
      { 'auth-ssl-server-certfile': { stdout: '/etc/ssl/certs/ssl-cert-snakeoil.pem' } },
    ],
    ['no certificate in the configuration', { 'auth-ssl-server-certfile': { code: 1 } }],
    ['nothing at all', { 'auth-ssl-server-certfile': { code: 1 }, 'trust-domain-cafile': { code: 1 } }],
    ['an authority that is not there', { 'trust-domain-cafile': { stdout: '/nowhere.pem' } }],
  ];
  for (const [title, answers] of without) {
    it(`finds no certificates with ${title}`, async () => {
      expect(await probing(answers).client.probe()).to.deep.include({
        caCertificate: undefined,
        certificateName: undefined,
      });
    });
  }

  const invalid: [title: string, answers: Record<string, FakeAnswer>, words: RegExp][] = [
    ['there is no HTCondor', { version: { code: 127, stderr: 'not found' } }, /no condor_version/],
    ['it is too old', { version: { stdout: '$CondorVersion: 9.0.1 May 2021 $' } }, /9\.0\.1 is too old/],
    ['the trust domain is odd', { 'trust-domain': { stdout: 'a b"' } }, /TRUST_DOMAIN/],
    ['the trust domain is empty', { 'trust-domain': { stdout: '\n' } }, /TRUST_DOMAIN/],
  ];
  for (const [title, answers, words] of invalid) {
    it(`is Invalid when ${title}`, async () => {
      const error = await rejectionOf(probing(answers).client.probe());
      expect(error).to.include({ errorClass: 'Invalid', field: 'spec.ssh.host' });
      expect(error.message).to.match(words);
    });
  }

  it('is Transient when the version cannot be read for another reason', async () => {
    expect((await rejectionOf(probing({ version: { code: 124 } }).client.probe())).errorClass).to.equal('Transient');
  });
});

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

  it('never asks for an exit, nor for a fast drain', async () => {
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

describe('CondorMasterClient.obtainToken', () => {
  const IDENTITY = 'ehos-node-u1@ehos.rig';
  const TOKEN = 'eyJhbGciOiJub25lIn0.eyJzdWIiOiJ4In0.c2ln';
  const REQUEST = {
    RequestId: '0000007',
    RequestedIdentity: IDENTITY,
    AuthenticatedIdentity: 'ehos@ehos.rig',
    LimitAuthorization: 'ADVERTISE_STARTD,ADVERTISE_MASTER',
    TokenLifetime: 600,
    PeerLocation: '10.0.0.1',
  };

  /** A collector: the request appears at the second look, the token when it was approved. */
  function collector(
    pending: object[],
    approval: FakeAnswer = { stdout: 'Request 0000007 approved successfully.' },
  ): ReturnType<typeof setUp> {
    let give: (answer: FakeAnswer) => void = () => undefined;
    const given = new Promise<FakeAnswer>((resolve) => (give = resolve));
    let looks = 0;
    return setUp((step) => {
      if (step.name === 'whoami') return { stdout: 'Remote Mapping:              ehos@ehos.rig\n' };
      if (step.name === 'token') return given;
      if (step.name === 'list') return { stdout: ++looks < 2 ? '' : JSON.stringify(pending) };
      if (approval.code === undefined) give({ stdout: `Token request enqueued.\n${TOKEN}\n` });
      return approval;
    });
  }
  const stepClock = async (clock: ManualClock): Promise<void> => {
    for (let i = 0; i < 4; i++) await clock.advance(1_000);
  };

  it('asks, approves its own request, and returns the token', async () => {
    const { fake, client, clock } = collector([REQUEST]);
    const token = client.obtainToken(IDENTITY, 600);
    await stepClock(clock);
    expect(await token).to.equal(TOKEN);
    expect(fake.steps.find((step) => step.name === 'token')?.argv).to.deep.equal([
      'condor_token_request',
      '-identity',
      IDENTITY,
      '-authz',
      'ADVERTISE_STARTD',
      '-authz',
      'ADVERTISE_MASTER',
      '-lifetime',
      '600',
    ]);
    expect(fake.steps.filter((step) => step.name.startsWith('approve')).map((step) => step.argv[2])).to.deep.equal([
      '0000007',
    ]);
  });

  const others: [title: string, change: object][] = [
    ['of somebody else for the same identity', { AuthenticatedIdentity: 'alice@ehos.rig' }],
    ['of nobody', { AuthenticatedIdentity: 'unauthenticated@unmapped' }],
    ['for another identity', { RequestedIdentity: 'condor@ehos.rig' }],
    ['without limits', { LimitAuthorization: undefined }],
    ['for longer', { TokenLifetime: 601 }],
    ['without end', { TokenLifetime: undefined }],
    ['with an odd id', { RequestId: '7; id' }],
  ];
  for (const [title, change] of others) {
    it(`does not approve a request ${title}`, async () => {
      const { fake, client, clock } = collector([{ ...REQUEST, ...change }]);
      const controller = new AbortController();
      const token = rejectionOf(client.obtainToken(IDENTITY, 600, controller.signal));
      await stepClock(clock);
      controller.abort(new EhosError('Transient', 'enough'));
      await clock.advance(1_000);
      expect(fake.steps.some((step) => step.name.startsWith('approve'))).to.equal(false);
      expect(fake.steps.some((step) => step.name === 'list')).to.equal(true);
      expect((await token).message).to.equal('enough');
    });
  }

  it('is an Auth error when the approval is refused', async () => {
    const { client, clock } = collector([REQUEST], { code: 1, stderr: 'Insufficient privilege' });
    const outcome = rejectionOf(client.obtainToken(IDENTITY, 600));
    await stepClock(clock);
    const error = await outcome;
    expect(error.errorClass).to.equal('Auth');
    expect(error.message).to.contain('Insufficient privilege');
    expect(error.message).not.to.contain(TOKEN);
  });

  it('does not show standard output when no token comes', async () => {
    const { client, clock } = setUp((step) => {
      if (step.name === 'whoami') return { stdout: 'Remote Mapping: ehos@ehos.rig\n' };
      if (step.name === 'token') return { code: 1, stdout: TOKEN, stderr: 'Failed to authenticate' };
      return {};
    });
    const outcome = rejectionOf(client.obtainToken(IDENTITY, 600));
    await stepClock(clock);
    const error = await outcome;
    expect(error).to.include({ errorClass: 'Transient' });
    expect(error.message).to.contain('Failed to authenticate').and.not.to.contain(TOKEN);
  });

  it('is Transient when the collector does not know us', async () => {
    const error = await rejectionOf(setUp(() => ({ code: 1 })).client.obtainToken(IDENTITY, 600));
    expect(error.errorClass).to.equal('Transient');
  });

  const unsound: [identity: string, lifetime: number][] = [
    ['no-domain', 600],
    ['-x@d', 600],
    ['a b@d', 600],
    [IDENTITY, 0],
    [IDENTITY, 1.5],
    [IDENTITY, Infinity],
  ];
  for (const [identity, lifetime] of unsound) {
    it(`refuses ${identity} for ${lifetime} s`, async () => {
      const { fake, client } = setUp();
      expect((await rejectionOf(client.obtainToken(identity, lifetime))).errorClass).to.equal('Invalid');
      expect(fake.runs).to.deep.equal([]);
    });
  }
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
