/** A node that is being drained because nobody needed it, and is needed again. */
import { expect } from 'chai';
import { EhosError } from '../../../src/base/errors.ts';
import { NODES, type EhosNodeStatus } from '../../../src/api/resources.ts';
import { toTime } from '../../../src/domain/times.ts';
import type { Startd } from '../../../src/domain/snapshots.ts';
import { startd, vm } from './fixture.ts';
import { idle, Stage } from './stage.ts';

const MINUTE = 60_000;
const LONG_AGO = toTime(0);
const OURS = 'ehos: idle for 5m or more, and no queued job needs it';
const FREE = { cpus: 1, memory: 1900, disk: 9_000_000, gpus: 0 };

describe('a drain that is called off', () => {
  let stage: Stage;
  let cancelled: string[];
  let slot: Partial<Startd>;

  beforeEach(async () => {
    stage = await Stage.set();
    cancelled = [];
    slot = { state: 'Drained', activity: 'Idle', draining: true, drainReason: OURS, accepts: false };
    stage.condor = {
      poll: async () => {
        const now = stage.fixture.clock.now();
        const own = { name: 'slot1@node-1', nodeId: 'uid-node-1', identity: 'ehos-node-uid-node-1@pool.example' };
        const seen = startd({ ...own, total: FREE, free: FREE, lastHeardFrom: now, ...slot });
        const rest = { tokenRequests: undefined, collectorStartedAt: 0, negotiation: undefined, errors: [] };
        return await Promise.resolve({ observedAt: now, jobs: [idle(1, 'pool-a')], startds: [seen], ...rest });
      },
      cancelDrain: (name) => {
        cancelled.push(name);
        return Promise.resolve();
      },
    };
    stage.listing = { vms: [vm({ nodeUid: 'uid-node-1' })] };
    stage.putPool();
  });

  const leaving: EhosNodeStatus = {
    ...{ requested: LONG_AGO, launched: LONG_AGO, booted: LONG_AGO, joined: LONG_AGO, idleSince: LONG_AGO },
    ...{ serverID: 'server-1', vmState: 'Active', slotName: 'slot1@node-1' },
    ...{ drainRequested: LONG_AGO, drained: LONG_AGO, drainReason: 'idle', unneeded: true },
  };
  const putLeaving = async (
    change: { [F in keyof EhosNodeStatus]?: EhosNodeStatus[F] | undefined } = {},
    metadata: object = {},
  ): Promise<void> => {
    stage.putNode('node-1', { ...leaving, ...change } as EhosNodeStatus, { metadata });
    await stage.pass(MINUTE);
  };
  const status = (): EhosNodeStatus => stage.node('node-1')?.status ?? {};
  const live = async (): Promise<void> => {
    await stage.nodes.reconcile('ns/node-1');
  };
  const names = (): string[] => stage.records().map(({ metadata }) => metadata.name);

  it('by the plan: the node is wanted again, no other is made, and it is told on both', async () => {
    await putLeaving();
    await stage.plan();
    expect(names()).to.deep.equal(['node-1']);
    expect(status()).not.to.have.any.keys('drainRequested', 'drained', 'drainReason', 'unneeded');
    expect(status()).to.include({ serverID: 'server-1', joined: LONG_AGO });
    expect(stage.told()).to.have.members(['pool-a RecallingNodes', 'node-1 Recalled']);
    expect(stage.pool().status?.lastDecision).to.include({ what: 'call back 1 node: node-1', reason: 'Recall' });
    expect(stage.fixture.wakes).to.include('node ns/node-1');
  });

  for (const [what, answer, seconds] of [
    ['answered', () => Promise.resolve(), 10],
    ['not answered: it may be late', () => Promise.reject(new EhosError('Transient', 'timeout')), 60],
  ] as const)
    it(`proves nothing when the node is not needed a moment later, though a reading still shows it (${what})`, async () => {
      stage.condor = {
        ...stage.condor,
        cancelDrain: answer,
        drainIfIdle: () => Promise.resolve({ kind: 'AlreadyDraining' }),
      };
      await putLeaving();
      await stage.plan();
      await live();
      stage.fixture.kube.put(NODES, {
        ...stage.node('node-1')!,
        status: { ...status(), drainRequested: toTime(stage.fixture.clock.now()), unneeded: true },
      });
      await live();
      expect(status().drained).to.equal(undefined);
      await stage.pass(seconds * 1000);
      await live();
      expect(status().drained, 'it may just have been called off when it was read').to.equal(undefined);
      await stage.pass(15_000);
      await live();
      expect(status().drained).to.equal(toTime(stage.fixture.clock.now()));
    });

  it('is ended at its startd, once for each reading, until it takes jobs again', async () => {
    await putLeaving();
    await stage.plan();
    await live();
    await live();
    expect(cancelled).to.deep.equal(['slot1@node-1']);
    expect(stage.fixture.wakes).to.include('master ns/master');
    // the collector still shows it draining: asked again
    await stage.pass(MINUTE);
    await live();
    expect(cancelled).to.have.length(2);
    slot = {};
    await stage.pass(MINUTE);
    await live();
    expect(cancelled).to.have.length(2);
    expect(status()).to.include({ phase: 'Ready', nodeState: 'Idle' });
  });

  it('makes no other node while its startd still drains', async () => {
    await putLeaving();
    await stage.plan();
    await stage.pass(MINUTE);
    await stage.plan();
    expect(names()).to.deep.equal(['node-1']);
    expect(stage.pool().status).to.include({ nodes: 1, idle: 1, draining: 0 });
  });

  it('is ended, too, when the command took effect only after it was called off', async () => {
    slot = {};
    await putLeaving({ drained: undefined });
    await stage.plan();
    await live();
    expect(cancelled).to.deep.equal([]);
    slot = { state: 'Drained', draining: true, drainReason: OURS, accepts: false };
    await stage.pass(MINUTE);
    await live();
    expect(cancelled).to.deep.equal(['slot1@node-1']);
  });

  it('that cannot be ended is tried again, and the node stays', async () => {
    stage.condor.cancelDrain = () => Promise.reject(new EhosError('Transient', 'the startd does not answer'));
    await putLeaving();
    await stage.plan();
    expect(await stage.nodes.reconcile('ns/node-1')).to.deep.equal({ afterMs: 10_000 });
    expect(status().drainRequested).to.equal(undefined);
  });

  describe('is not', () => {
    const staysLeaving = async (): Promise<void> => {
      await stage.plan();
      expect(status().drainRequested).to.equal(LONG_AGO);
      expect(names(), 'another node is made').to.have.length(2);
      expect(stage.told()).not.to.include('node-1 Recalled');
    };

    for (const [what, change, metadata] of [
      ['of a node that must leave for another reason', { unneeded: false }, {}],
      ['of one whose server was asked to be deleted', { deleted: LONG_AGO }, {}],
      ['of one that is lost', { lostSince: LONG_AGO }, {}],
      ['of one whose server does not run', { vmState: 'Error' }, {}],
      ['of one whose record was deleted', {}, { deletionTimestamp: LONG_AGO }],
      ['of one that is to go first', {}, { annotations: { 'ehos.io/delete-first': 'true' } }],
    ] as [string, EhosNodeStatus, object][])
      it(what, async () => {
        await putLeaving(change, metadata);
        await staysLeaving();
      });

    it("at a startd that drains by an admin's hand", async () => {
      slot = { ...slot, drainReason: 'maintenance' };
      await putLeaving({ drainRequested: undefined, drained: undefined });
      await live();
      expect(cancelled).to.deep.equal([]);
    });

    it('of a node that leaves all the same', async () => {
      await putLeaving({ unneeded: false });
      stage.backend = { delete: () => Promise.resolve() };
      await live();
      expect(cancelled).to.deep.equal([]);
      expect(status().deleted).to.be.a('string');
    });

    it('when its server was asked to be deleted meanwhile: who wrote first wins', async () => {
      await putLeaving();
      const stale = stage.node('node-1')!;
      const { nodes } = stage.fixture.context.stores;
      const list = nodes.list.bind(nodes);
      stage.fixture.kube.put(NODES, { ...stale, status: { ...stale.status, deleted: toTime(MINUTE) } });
      nodes.list = () => list().map((node) => (node.metadata.name === 'node-1' ? stale : node));
      await stage.plan();
      expect(status()).to.include({ deleted: toTime(MINUTE), drainRequested: LONG_AGO });
      expect(stage.told(), 'nothing is told that did not happen').not.to.include('node-1 Recalled');
      nodes.list = list;
      await staysLeaving();
    });
  });

  it('by a job that was there before: the marks of the plan go with the drain', async () => {
    slot = { dynamicSlots: 1, free: { cpus: 0, memory: 0, disk: 0, gpus: 0 } };
    await putLeaving({ drained: undefined });
    await live();
    expect(status()).not.to.have.any.keys('drainRequested', 'drainReason', 'unneeded');
  });
});
