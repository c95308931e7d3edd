import { expect } from 'chai';
import type { ManualClock } from '../../../src/base/clock.ts';
import { EhosError } from '../../../src/base/errors.ts';
import type { FakeAnswer } from './fake-master.ts';
import { rejectionOf, setUp } from './well.ts';

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
