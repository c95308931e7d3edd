import { expect } from 'chai';
import { ManualClock, systemClock, steadyClock } from '../../../src/base/clock.ts';
import { silentLog } from '../../../src/base/log.ts';
import { systemRandom } from '../../../src/base/random.ts';
import { TimedGate } from '../../../src/base/write-gate.ts';
import { LeaderElection } from '../../../src/kube/leader-election.ts';
import { LEASES, releasedLease, renewedLease, takenLease, type Lease } from '../../../src/kube/lease.ts';
import type { WatchEvent } from '../../../src/kube/types.ts';
import { type Cluster, eventually, failureOf } from './target.ts';

const TENURE = { identity: 'a', durationMs: 15_000, release: 'ehos', scope: ['science'] };

/** What leader election relies on. */
export function leases(use: () => Cluster): void {
  describe('leases', () => {
    const now = (): number => new ManualClock().now();
    const make = async (name: string): Promise<Lease> => {
      const { metadata, spec } = takenLease(TENURE, now(), 0);
      return await use().client.create<Lease>(LEASES, {
        metadata: { ...metadata, namespace: use().namespace, name },
        spec,
      });
    };
    const patch = async (lease: Lease, body: object): Promise<Lease> => {
      const { name, resourceVersion } = lease.metadata;
      return await use().client.patch<Lease>(LEASES, use().namespace, name, { ...body, metadata: { resourceVersion } });
    };

    it('are made, and read as they were made', async () => {
      await make('made');
      const { metadata, spec } = await use().client.get<Lease>(LEASES, use().namespace, 'made');
      expect(spec).to.deep.equal({
        holderIdentity: 'a',
        leaseDurationSeconds: 15,
        acquireTime: '2026-01-01T00:00:00.000000Z',
        renewTime: '2026-01-01T00:00:00.000000Z',
        leaseTransitions: 0,
      });
      expect(metadata.annotations).to.deep.equal({ 'ehos.io/release': 'ehos', 'ehos.io/namespaces': 'science' });
    });

    it('can be made once', async () => {
      await make('once');
      expect((await failureOf(make('once'))).errorClass).to.equal('Conflict');
    });

    it('are renewed by whoever knows their version, and by nobody else', async () => {
      const made = await make('renewed');
      const renewed = await patch(made, renewedLease(now() + 2_000));
      expect(renewed.spec).to.deep.include({ holderIdentity: 'a', renewTime: '2026-01-01T00:00:02.000000Z' });
      expect(Number(renewed.metadata.resourceVersion)).to.be.above(Number(made.metadata.resourceVersion));
      expect((await failureOf(patch(made, renewedLease(now() + 4_000)))).errorClass).to.equal('Conflict');
    });

    it("are nobody's when they were let go, and can be taken then", async () => {
      const free = await patch(await make('let-go'), releasedLease(now() + 1_000));
      expect(free.spec).to.deep.equal({
        leaseDurationSeconds: 1,
        acquireTime: '2026-01-01T00:00:00.000000Z',
        renewTime: '2026-01-01T00:00:01.000000Z',
        leaseTransitions: 0,
      });
      const { spec } = takenLease({ ...TENURE, identity: 'b' }, now(), 1);
      expect((await patch(free, { spec })).spec).to.deep.include({ holderIdentity: 'b', leaseTransitions: 1 });
    });

    for (const renewTime of ['2026-01-01T00:00:00.000Z', '2026-01-01T00:00:00Z', 'yesterday'])
      it(`refuse ${renewTime} as a time: it has not six digits`, async () => {
        const { namespace } = use();
        const body = {
          apiVersion: 'coordination.k8s.io/v1',
          kind: 'Lease',
          metadata: { name: 'digits' },
          spec: { renewTime },
        };
        const answer = await use().raw('POST', `/apis/coordination.k8s.io/v1/namespaces/${namespace}/leases`, body);
        expect(answer.status).to.equal(400);
        expect(answer.json().reason).to.equal('BadRequest');
      });

    it('refuse a duration of zero', async () => {
      const lease = await make('zero');
      const { errorClass } = await failureOf(patch(lease, { spec: { leaseDurationSeconds: 0 } }));
      expect(errorClass).to.equal('Invalid');
    });

    it('are listed and watched by name in all namespaces', async () => {
      const { client } = use();
      const name = `watched-${use().namespace}`;
      const fieldSelector = `metadata.name=${name}`;
      await make('not-this-one');
      const made = await make(name);
      const { items, resourceVersion } = await client.list<Lease>(LEASES, undefined, { fieldSelector });
      expect(items.map(({ metadata }) => metadata.name)).to.deep.equal([name]);
      const abort = new AbortController();
      const events: WatchEvent<Lease>[] = [];
      const watching = (async () => {
        const options = { resourceVersion, timeoutSeconds: 30, fieldSelector };
        for await (const event of client.watch<Lease>(LEASES, undefined, options, abort.signal)) events.push(event);
      })().catch(() => undefined);
      await make('nor-this-one');
      const renewed = await patch(made, renewedLease(now() + 2_000));
      await patch(renewed, releasedLease(now() + 3_000));
      await client.delete(LEASES, use().namespace, name);
      const told = (): WatchEvent<Lease>[] => events.filter(({ type }) => type !== 'BOOKMARK');
      await eventually('three events', () => told().length >= 3);
      abort.abort();
      await watching;
      expect(told().map(({ type, object }) => [type, object.spec?.holderIdentity])).to.deep.equal([
        ['MODIFIED', 'a'],
        ['MODIFIED', undefined],
        ['DELETED', undefined],
      ]);
    });

    it('elect one of two replicas, and the other within 2 s when that one stops', async () => {
      const name = `elect-${use().namespace}`;
      const elected: string[] = [];
      const replica = (identity: string): LeaderElection =>
        new LeaderElection({
          client: use().client,
          clock: systemClock,
          steady: steadyClock,
          random: systemRandom,
          log: silentLog,
          identity,
          namespace: use().namespace,
          name,
          release: 'ehos',
          scope: undefined,
          gate: new TimedGate(steadyClock),
          onElected: () => elected.push(identity),
          onLost: (reason) => elected.push(`${identity} lost: ${reason}`),
        });
      const [a, b] = [replica('a'), replica('b')];
      a.start();
      await eventually('a leads', () => elected.length === 1);
      b.start();
      await eventually('b sees it', () => b.holder === 'a');
      await a.stop();
      await eventually('b leads', () => elected.length === 2, 2_000);
      expect(elected).to.deep.equal(['a', 'b']);
      await b.stop();
    });
  });
}
