/** The end of a pool: its nodes, its server groups, its finalizer, in this order. */
import { expect } from 'chai';
import { EhosError } from '../../../src/base/errors.ts';
import { CLOUDS, FINALIZER, NODES, POOLS } from '../../../src/api/resources.ts';
import { toTime } from '../../../src/domain/times.ts';
import { idle, Stage } from './stage.ts';

const MINUTE = 60_000;
const DELETED = { deletionTimestamp: '2026-01-01T00:00:00Z' };

describe('FleetController', () => {
  let stage: Stage;
  beforeEach(async () => {
    stage = await Stage.set(['cloud-a', 'cloud-b']);
  });
  const queued = async (...jobs: ReturnType<typeof idle>[]): Promise<void> => {
    stage.reading = { jobs };
    await stage.pass(MINUTE);
  };
  const held = { finalizers: [FINALIZER] };

  describe('a pool that is deleted', () => {
    const long = toTime(0);
    const there = { serverID: 's', launched: long, joined: long, vmState: 'Active' as const };

    it('lets its nodes go first, then itself', async () => {
      stage.putPool({}, { ...held, ...DELETED });
      stage.putNode('node-1', { ...there, idleSince: long });
      await queued();
      await stage.plan();
      expect(stage.node('node-1')?.status).to.include({ drainReason: 'the pool is being deleted' });
      expect(stage.pool().metadata.finalizers).to.deep.equal([FINALIZER]);
      expect(stage.condition('Ready')).to.equal('False Deleting: drains and deletes 1 node first');
      stage.fixture.kube.remove(NODES, 'node-1');
      await stage.plan();
      expect(stage.pool().metadata.finalizers).to.deep.equal([]);
    });

    it('does so in mode Paused and Observe, too: nothing could ever unpause it', async () => {
      for (const [name, mode] of [
        ['pool-a', 'Paused'],
        ['pool-b', 'Observe'],
      ] as const) {
        stage.putPool({ mode }, { name, ...held, ...DELETED });
        stage.putNode(`node-${name}`, { ...there, idleSince: long }, { spec: { poolRef: { name } } });
      }
      await queued();
      await stage.plan();
      for (const { status } of stage.records()) expect(status?.drainRequested).to.be.a('string');
    });

    it('gets no new nodes and no finalizer', async () => {
      stage.putPool({ minNodes: 1 }, DELETED);
      await queued(idle(3, 'pool-a'));
      stage.fixture.kube.writes.length = 0;
      await stage.plan();
      expect(stage.fixture.kube.writes).to.deep.equal([]);
    });

    it('serves no jobs any more: another one does', async () => {
      stage.putPool({ jobs: { default: true } }, { ...held, ...DELETED });
      stage.putPool({ jobs: { default: true } }, { name: 'pool-b' });
      await queued(idle(2));
      await stage.plan();
      expect(stage.records('pool-b')).to.have.length(2);
    });
  });

  describe('server groups of a pool that is deleted', () => {
    const template = { flavors: ['m1.small'], serverGroupPolicy: 'anti-affinity' as const };
    let asked: string[];
    const finalizers = (): string[] | undefined => stage.pool().metadata.finalizers;
    beforeEach(() => {
      asked = [];
      stage.backend = {
        deleteServerGroups: (name) => {
          asked.push(`${name}, finalizers: ${String(finalizers()?.length)}`);
          return Promise.resolve();
        },
      };
      stage.putPool({ template, clouds: [{ name: 'cloud-a' }, { name: 'cloud-b' }] }, { ...held, ...DELETED });
    });

    it('are removed in each of its clouds before its finalizer is', async () => {
      await stage.plan();
      expect(asked).to.deep.equal(['ehos-uid-pool-a, finalizers: 1', 'ehos-uid-pool-a, finalizers: 1']);
      expect(finalizers()).to.deep.equal([]);
    });

    it('are removed as well in a cloud that was taken out of its spec, which is not waited for', async () => {
      stage.putPool({ template, clouds: [{ name: 'cloud-a' }] }, { ...held, ...DELETED });
      await stage.plan();
      expect(asked).to.have.length(2);
      expect(finalizers()).to.deep.equal([]);

      stage.putPool({ template, clouds: [{ name: 'cloud-a' }] }, { ...held, ...DELETED });
      let calls = 0;
      stage.backend = {
        deleteServerGroups: () =>
          calls++ === 0 ? Promise.resolve() : Promise.reject(new EhosError('Transient', '503 from Nova')),
      };
      await stage.plan();
      expect(calls).to.equal(2);
      expect(finalizers()).to.deep.equal([]);
    });

    it('stay as long as it has nodes', async () => {
      stage.putNode('node-1', { serverID: 's', deleted: toTime(0) });
      await stage.plan();
      expect(asked).to.deep.equal([]);
    });

    it('are looked for though its template has no policy now, and not waited for', async () => {
      stage.putPool({}, { ...held, ...DELETED });
      await stage.plan();
      expect(asked).to.have.length(2);
      expect(finalizers()).to.deep.equal([]);

      stage.putPool({}, { ...held, ...DELETED });
      stage.backend = { deleteServerGroups: () => Promise.reject(new EhosError('Transient', '503 from Nova')) };
      await stage.plan();
      expect(finalizers()).to.deep.equal([]);
      expect(stage.fixture.events).to.deep.equal([]);
    });

    it('that cannot be removed keep the pool, and say why', async () => {
      stage.backend = { deleteServerGroups: () => Promise.reject(new EhosError('Transient', '503 from Nova')) };
      const failure: unknown = await stage.plan().catch((error: unknown) => error);
      expect(failure).to.be.instanceOf(EhosError).and.to.include({ message: '503 from Nova' });
      expect(finalizers()).to.deep.equal([FINALIZER]);
      const [told] = stage.fixture.events;
      expect(told).to.include({ object: 'pool-a', type: 'Warning', reason: 'ServerGroupStays' });
      expect(told?.note).to.equal('its server group on cloud-a is not deleted yet: 503 from Nova');
      stage.backend = {};
      await stage.plan();
      expect(finalizers()).to.deep.equal([]);
    });

    it('that are gone already are no matter', async () => {
      stage.backend = { deleteServerGroups: () => Promise.reject(new EhosError('NotFound', '404 from Nova')) };
      await stage.plan();
      expect(finalizers()).to.deep.equal([]);
    });

    it('on a cloud that was not reached yet, as after a restart, are waited for', async () => {
      const fresh = new Stage();
      fresh.fixture.kube.put(POOLS, stage.pool());
      for (const cloud of stage.fixture.context.stores.clouds.list()) fresh.fixture.kube.put(CLOUDS, cloud);
      await fresh.fixture.clock.advance(11_000);
      const failure: unknown = await fresh.plan().catch((error: unknown) => error);
      expect(failure).to.include({ message: 'the cloud was not looked at yet' });
      expect(fresh.pool().metadata.finalizers).to.deep.equal([FINALIZER]);
    });

    it('on a cloud whose record is gone are not waited for', async () => {
      stage.putPool({ template, clouds: [{ name: 'gone' }] }, { ...held, ...DELETED });
      await stage.plan();
      expect(finalizers()).to.deep.equal([]);
    });
  });
});
