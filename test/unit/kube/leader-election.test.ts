import { expect } from 'chai';
import { EhosError } from '../../../src/base/errors.ts';
import { NAMESPACES_SERVED, RELEASE } from '../../../src/kube/lease.ts';
import { stageForEach, type Replica } from './election-stage.ts';

const KEY = 'ehos-system/ehos-operator';

describe('LeaderElection', () => {
  const stage = stageForEach();
  const { replica, kill, pass } = stage;

  it('makes the Lease where there is none, and leads', async () => {
    const a = replica('a');
    await pass(1);
    expect(a.told).to.deep.equal(['elected']);
    expect(a.gate.isOpen).to.equal(true);
    expect(stage.server.get(KEY)).to.deep.include({
      spec: {
        holderIdentity: 'a',
        leaseDurationSeconds: 15,
        acquireTime: '2026-01-01T00:00:00.000000Z',
        renewTime: '2026-01-01T00:00:00.000000Z',
        leaseTransitions: 0,
      },
    });
    expect(stage.server.get(KEY)?.metadata.annotations).to.deep.equal({ [RELEASE]: 'ehos', [NAMESPACES_SERVED]: '*' });
  });

  it('renews every 2 s, and stays open', async () => {
    const a = replica('a');
    await pass(60_000);
    expect(a.gate.isOpen).to.equal(true);
    expect(a.told).to.deep.equal(['elected']);
    const patches = a.wire.asked.filter((verb) => verb === 'patch').length;
    expect(patches).to.be.within(29, 31);
    expect(a.wire.asked.length - patches, 'one write for each renewal, and no reads').to.be.below(6);
  });

  it('elects one of two that begin together', async () => {
    const [a, b] = [replica('a'), replica('b')];
    await pass(60_000);
    expect([...a.told, ...b.told]).to.deep.equal(['elected']);
    expect([a.gate.isOpen, b.gate.isOpen].filter((open) => open)).to.have.length(1);
  });

  it('hands over within milliseconds when the leader stops in order', async () => {
    const a = replica('a');
    await pass(1);
    const b = replica('b');
    await pass(5_000);
    const stopping = a.election.stop();
    await pass(1);
    await stopping;
    expect(a.gate.isOpen).to.equal(false);
    expect(b.told).to.deep.equal(['elected']);
    expect(stage.server.get(KEY)?.spec?.leaseTransitions).to.equal(1);
    expect(a.told, 'a stop is no loss').to.deep.equal(['elected']);
  });

  it('takes over 15 s after the last sign of a leader that was killed', async () => {
    const a = replica('a');
    await pass(1);
    const b = replica('b');
    await pass(31_000);
    kill(a);
    await pass(12_900);
    expect(b.told).to.deep.equal([]);
    await pass(2_200);
    expect(b.told).to.deep.equal(['elected']);
  });

  it('has closed the gate of the old leader before that, whatever the old leader can reach', async () => {
    const a = replica('a');
    await pass(1);
    const b = replica('b');
    await pass(31_000);
    kill(a);
    let both = 0;
    for (let i = 0; i < 30_000; i += 100) {
      await pass(100);
      if (a.gate.isOpen && b.gate.isOpen) both++;
    }
    expect(both).to.equal(0);
    expect(a.told[1]).to.match(/^lost: the Lease could not be renewed in time/);
    expect(b.told).to.deep.equal(['elected']);
  });

  for (const skewMs of [-3_600_000, 3_600_000])
    it(`does not care that the other's clock is ${skewMs / 60_000} minutes off`, async () => {
      const a = replica('a', { skewMs });
      await pass(1);
      const b = replica('b');
      await pass(60_000);
      expect([a.told, b.told]).to.deep.equal([['elected'], []]);
      kill(a);
      await pass(15_100);
      expect(b.told).to.deep.equal(['elected']);
    });

  it('notices the end of the leader without a watch, too', async () => {
    const a = replica('a');
    await pass(1);
    const b = replica('b');
    await pass(10_000);
    b.wire.deaf = true;
    const stopping = a.election.stop();
    await pass(5_100);
    await stopping;
    expect(b.told).to.deep.equal(['elected']);
  });

  it('is patient with a leader whose renewals it does not hear of', async () => {
    const a = replica('a');
    await pass(1);
    const b = replica('b');
    await pass(1_000);
    b.wire.deaf = true;
    await pass(120_000);
    expect([a.told, b.told]).to.deep.equal([['elected'], []]);
  });

  describe('a leader', () => {
    let a: Replica;
    beforeEach(async () => {
      a = replica('a');
      await pass(1);
      expect(a.told).to.deep.equal(['elected']);
    });

    const TRANSIENT: [string, EhosError][] = [
      ['500', new EhosError('Transient', 'HTTP 500', { maybeDone: true })],
      ['a timeout', new EhosError('Timeout', 'no answer', { maybeDone: true })],
      ['a connection that is refused', new EhosError('Transient', 'ECONNREFUSED')],
      ['a refusal of its rights', new EhosError('Auth', 'cannot patch leases', { status: 403 })],
      ['flow control', new EhosError('RateLimited', 'too many', { status: 429, retryAfterMs: 1_000 })],
    ];
    for (const [name, error] of TRANSIENT)
      for (const after of [false, true])
        it(`goes on after ${name}${after ? ', though the renewal was made' : ''}`, async () => {
          a.wire.faults.push({ verb: 'patch', error, after }, { verb: 'get', error });
          await pass(60_000);
          expect(a.told).to.deep.equal(['elected']);
          expect(a.gate.isOpen).to.equal(true);
          expect(a.warned).to.include(error.message);
        });

    it('goes on when somebody edits its Lease', async () => {
      const { spec } = stage.server.get(KEY) ?? {};
      stage.server.put(KEY, { spec, metadata: { annotations: { edited: 'yes' } } });
      await pass(60_000);
      expect(a.told).to.deep.equal(['elected']);
    });

    it('makes its Lease again at once when it was deleted, before a standby does', async () => {
      const b = replica('b');
      await pass(4_000);
      stage.server.remove(KEY);
      await pass(1);
      expect(stage.server.holder(KEY)).to.equal('a');
      await pass(60_000);
      expect([a.told, b.told]).to.deep.equal([['elected'], []]);
    });

    it('ends at once when another holds its Lease', async () => {
      await pass(3_000);
      stage.server.put(KEY, { spec: { ...stage.server.get(KEY)?.spec, holderIdentity: 'x' } });
      await pass(1);
      expect(a.told).to.deep.equal(['elected', 'lost: the Lease is held by x']);
      expect(a.gate.isOpen).to.equal(false);
    });

    it("ends at once when its Lease is nobody's", async () => {
      await pass(3_000);
      stage.server.put(KEY, { spec: null });
      await pass(1);
      expect(a.told).to.deep.equal(['elected', 'lost: the Lease is held by nobody']);
    });

    it('ends 10 s after its last renewal began when the API does not answer, and says why', async () => {
      await pass(2_000);
      a.wire.silent = true;
      await pass(7_900);
      expect(a.gate.isOpen).to.equal(true);
      await pass(2_200);
      expect(a.gate.isOpen).to.equal(false);
      expect(a.told).to.have.length(2);
    });

    it('tells once what keeps it from renewing, and in the end', async () => {
      const error = new EhosError('Auth', 'cannot patch leases', { status: 403 });
      for (let i = 0; i < 20; i++) a.wire.faults.push({ verb: 'patch', error }, { verb: 'get', error });
      await pass(20_000);
      expect(a.warned.filter((text) => text === 'cannot patch leases')).to.have.length(1);
      expect(a.told).to.deep.equal(['elected', 'lost: the Lease could not be renewed in time: cannot patch leases']);
    });

    it('lets the Lease go although its last renewal is still on the way', async () => {
      await pass(1_999);
      a.wire.faults.push({
        verb: 'patch',
        error: new EhosError('Timeout', 'no answer', { maybeDone: true }),
        after: true,
      });
      await pass(1);
      const stopping = a.election.stop();
      await pass(100);
      await stopping;
      expect(stage.server.holder(KEY)).to.equal(undefined);
    });
  });

  describe('a candidate', () => {
    it('waits for a Lease with strange content, and takes it then', async () => {
      stage.server.put(KEY, { spec: { holderIdentity: 42, leaseDurationSeconds: -1, renewTime: 'yesterday' } });
      const a = replica('a');
      await pass(14_900);
      expect(a.told).to.deep.equal([]);
      await pass(200);
      expect(a.told).to.deep.equal(['elected']);
      expect(stage.server.get(KEY)?.spec).to.deep.include({ holderIdentity: 'a', leaseDurationSeconds: 15 });
    });

    it('leads after all when it has the Lease and the answer was lost', async () => {
      const a = replica('a');
      a.wire.faults.push({
        verb: 'create',
        error: new EhosError('Timeout', 'no answer', { maybeDone: true }),
        after: true,
      });
      await pass(3_000);
      expect(a.told).to.deep.equal(['elected']);
      expect(a.wire.asked.filter((verb) => verb === 'create')).to.have.length(1);
    });

    it('says what keeps it, and tries on without hurry', async () => {
      const a = replica('a');
      const error = new EhosError('NotFound', 'namespaces "ehos-system" not found', { status: 404 });
      for (let i = 0; i < 100; i++) a.wire.faults.push({ verb: 'create', error });
      await pass(20_000);
      expect(a.election.problem).to.equal(error.message);
      expect(a.warned).to.deep.equal([error.message]);
      expect(a.wire.asked.filter((verb) => verb === 'create')).to.have.length.within(9, 13);
    });

    it('is kept by a right that is missing to see other installations, and says so', async () => {
      const error = new EhosError('Auth', 'list leases: it is Forbidden', { status: 403 });
      const a = replica('a');
      for (let i = 0; i < 3; i++) a.wire.faults.push({ verb: 'list', error });
      await pass(1_000);
      expect(a.election.problem).to.equal('list leases: it is Forbidden');
      expect(a.told).to.deep.equal([]);
      await pass(60_000);
      expect([a.told, a.election.problem]).to.deep.equal([['elected'], undefined]);
    });

    it('does nothing more once it was stopped', async () => {
      stage.server.put(KEY, { spec: { holderIdentity: 'x', leaseDurationSeconds: 15 } });
      const a = replica('a');
      await pass(1_000);
      const stopping = a.election.stop();
      await pass(1);
      await stopping;
      const { length } = a.wire.asked;
      await pass(60_000);
      expect(a.wire.asked).to.have.length(length);
      expect(a.told).to.deep.equal([]);
      expect(stage.server.holder(KEY)).to.equal('x');
    });
  });
});
