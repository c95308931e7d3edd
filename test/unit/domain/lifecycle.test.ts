import { expect } from 'chai';
import { decideNode } from '../../../src/domain/lifecycle.ts';
import type { EhosNodeStatus } from '../../../src/api/resources.ts';
import type { Startd } from '../../../src/domain/snapshots.ts';
import { toTime } from '../../../src/domain/times.ts';
import { ago, bootingStatus, busy, drained, MINUTE, node, NOW, readyStatus, SECOND, seen, startd, vm } from './lifecycle-fixture.ts';

const events = (decision: ReturnType<typeof decideNode>): string[] => decision.events.map((event) => event.reason);
const condition = (decision: ReturnType<typeof decideNode>, type: string): NonNullable<EhosNodeStatus['conditions']>[number] | undefined =>
  decision.status.conditions?.find((c) => c.type === type);
const approved: EhosNodeStatus['conditions'] = [
  { type: 'Joined', status: 'False', reason: 'TokenApproved', message: '', lastTransitionTime: ago(MINUTE) },
];
const leaving = { drainRequested: ago(30 * SECOND), drainReason: 'idle for 5m' };

describe('life cycle: launch', () => {
  it('asks for the server of a new node', () => {
    const decision = decideNode(seen(undefined));
    expect(decision.action).to.deep.equal({ do: 'Launch' });
    expect(decision.status.phase).to.equal('Launching');
  });

  it('makes nothing on stale cloud data', () => {
    const decision = decideNode(seen(undefined, { cloud: { fresh: false, problem: 'the cloud cannot be listed: 503' } }));
    expect(decision.action).to.deep.equal({ do: 'None' });
    expect(decision.status.phase).to.equal('Pending');
    expect(condition(decision, 'Ready')?.message).to.equal('the cloud cannot be listed: 503');
  });

  it('waits while the create is under way', () => {
    expect(decideNode(seen({ requested: ago(SECOND) }, { launching: true })).action.do).to.equal('None');
  });

  it('I9: looks for the server by its tag when the answer was lost, and never asks again', () => {
    for (const age of [SECOND, 30 * SECOND, 59 * SECOND]) {
      const decision = decideNode(seen({ requested: ago(age) }));
      expect(decision.action.do, `${age} ms`).to.equal('Find');
      expect(decision.requeueAfter).to.equal(5_000);
    }
  });

  it('gives a node up whose server does not show within the window', () => {
    const decision = decideNode(seen({ requested: ago(2 * MINUTE) }));
    expect(decision.action.do).to.equal('None');
    expect(decision.failure?.kind).to.equal('LostAnswer');
    expect(decision.status.drainRequested).to.equal(toTime(NOW));
  });

  it('keeps the record of a given-up node to catch a server that the cloud makes late', () => {
    const status = { requested: ago(5 * MINUTE), ...leaving };
    expect(decideNode(seen(status)).action.do).to.equal('Find');
    expect(decideNode(seen(status)).requeueAfter).to.be.at.most(60_000);
  });

  it('drops the record of a given-up node when no server has come', () => {
    const decision = decideNode(seen({ requested: ago(11 * MINUTE), ...leaving }));
    expect(decision.action).to.deep.equal({ do: 'RemoveRecord', machine: undefined });
  });

  it('does not drop it while the cloud cannot be listed', () => {
    const decision = decideNode(seen({ requested: ago(11 * MINUTE), ...leaving }, { cloud: { fresh: false } }));
    expect(decision.action.do).to.equal('Find');
  });

  it('deletes a late server of a given-up node', () => {
    const late = seen({ requested: ago(5 * MINUTE), ...leaving }, { cloud: { vms: [vm({ createdAt: NOW - MINUTE })] } });
    const decision = decideNode(late);
    expect(decision.action).to.deep.equal({ do: 'DeleteServers', ids: ['server-1'] });
    expect(events(decision)).to.include('Adopted');
  });

  it('I21: adopts a server that the listing shows with our tag', () => {
    const decision = decideNode(seen({ requested: ago(10 * SECOND) }, { cloud: { vms: [vm()] } }));
    expect(decision.status.serverID).to.equal('server-1');
    expect(decision.action.do).to.equal('None');
    expect(decision.status.phase).to.equal('Booting');
  });

  it('keeps the oldest of twins', () => {
    const twins = [vm({ id: 'young', createdAt: NOW - SECOND }), vm({ id: 'old', createdAt: NOW - MINUTE })];
    expect(decideNode(seen({ requested: ago(2 * SECOND) }, { cloud: { vms: twins } })).status.serverID).to.equal('old');
  });

  it('removes the record of a node that was never asked for', () => {
    const deleted = seen(undefined, { node: node(undefined, { deletionTimestamp: ago(SECOND) }) });
    expect(decideNode(deleted).action).to.deep.equal({ do: 'RemoveRecord', machine: undefined });
  });
});

describe('life cycle: boot and join', () => {
  it('follows the server', () => {
    const decision = decideNode(seen(bootingStatus, { cloud: { vms: [vm({ state: 'Booting', addresses: [] })] } }));
    expect(decision.status).to.include({ phase: 'Booting', vmState: 'Booting', nodeState: 'Starting' });
    expect(decision.status.booted).to.equal(undefined);
    expect(decision.requeueAfter).to.equal(13 * MINUTE + SECOND);
  });

  it('notes when the server runs, and its addresses', () => {
    const decision = decideNode(seen(bootingStatus));
    expect(decision.status.booted).to.equal(toTime(NOW));
    expect(decision.status.addresses).to.deep.equal(['10.20.0.5']);
  });

  it('notes the join with what the startd offers', () => {
    const decision = decideNode(seen(bootingStatus, { master: { startd: startd() } }));
    expect(decision.status).to.include({ phase: 'Ready', nodeState: 'Idle', cores: 2, memory: 3900, joined: toTime(NOW) });
    expect(decision.status.slotName).to.equal('slot1@pool-a-x7k2p.novalocal');
    expect(decision.status.idleSince, 'not idle for longer than joined').to.equal(toTime(NOW));
    expect(events(decision)).to.deep.equal(['Joined']);
    expect(condition(decision, 'Ready')?.status).to.equal('True');
  });

  it('I21: replaces a server that has not joined within bootTimeout', () => {
    const decision = decideNode(seen({ ...bootingStatus, launched: ago(16 * MINUTE) }));
    expect(decision.failure?.kind).to.equal('BootTimeout');
    expect(decision.action).to.deep.equal({ do: 'DeleteServers', ids: ['server-1'] });
    expect(decision.status.fault).to.contain('has not joined the pool within 900 s');
    expect(events(decision)).to.include('BootTimeout');
  });

  for (const [why, master] of [
    ['HTCondor is stale', { fresh: false }],
    ['I27: the collector has just started', { collectorWarm: false }],
  ] as const)
    it(`does not delete an approved node at bootTimeout while ${why}`, () => {
      const status = { ...bootingStatus, launched: ago(16 * MINUTE), conditions: approved };
      expect(decideNode(seen(status, { master })).action.do).to.equal('None');
    });

  it('I6, I7: an ERROR server is replaced and its fault text kept', () => {
    const fault = 'No valid host was found. There are not enough hosts available.';
    const decision = decideNode(seen(bootingStatus, { cloud: { vms: [vm({ state: 'Error', fault })] } }));
    expect(decision.action).to.deep.equal({ do: 'DeleteServers', ids: ['server-1'] });
    expect(decision.status.fault).to.equal(fault);
    expect(decision.failure).to.deep.equal({ kind: 'ServerError', message: fault });
    expect(decision.events[0]?.note).to.contain(fault);
  });

  it('a server that vanished while booting ends the node, after a look by id', () => {
    const decision = decideNode(seen(bootingStatus, { cloud: { vms: [] } }));
    expect(decision.status.vmState).to.equal('Deleted');
    expect(decision.action).to.deep.equal({ do: 'ConfirmGone', id: 'server-1' });
  });

  it('a listing that began too soon after the launch proves nothing', () => {
    const decision = decideNode(seen({ ...bootingStatus, launched: ago(20 * SECOND) }, { cloud: { vms: [] } }));
    expect(decision.action.do).to.equal('None');
    expect(decision.status.vmState).to.equal('Booting');
  });
});

describe('life cycle: in the pool', () => {
  const states: [string, Partial<Startd>, string][] = [
    ['idle', {}, 'Idle'],
    ['I4: a fully busy partitionable slot, which says Unclaimed/Idle', busy(4), 'Busy'],
    ['benchmarking', { activity: 'Benchmarking' }, 'Benchmarking'],
    ['retiring with jobs', { ...busy(1), children: [{ state: 'Claimed', activity: 'Retiring' }] }, 'Retiring'],
    ['vacating', { ...busy(1), children: [{ state: 'Preempting', activity: 'Vacating' }] }, 'Vacating'],
    ['killing', { ...busy(1), children: [{ state: 'Preempting', activity: 'Killing' }] }, 'Killing'],
    ['suspended', { ...busy(1), children: [{ state: 'Claimed', activity: 'Suspended' }] }, 'Suspended'],
    ['drained', drained, 'Retiring'],
  ];
  for (const [what, overrides, state] of states)
    it(`nodeState of ${what} is ${state}`, () => {
      expect(decideNode(seen(readyStatus, { master: { startd: startd(overrides) } })).status.nodeState).to.equal(state);
    });

  it('writes nothing new when nothing changed', () => {
    const first = decideNode(seen(readyStatus));
    const second = decideNode(seen(first.status, { now: NOW + 10 * SECOND, master: { startd: startd({ lastHeardFrom: NOW }) } }));
    expect(second.status).to.deep.equal(first.status);
    expect(second.events).to.deep.equal([]);
  });

  it('notes when it is first busy, and that it is idle no more', () => {
    const decision = decideNode(seen(readyStatus, { master: { startd: startd(busy(1)) } }));
    expect(decision.status.firstBusy).to.equal(toTime(NOW));
    expect(decision.status.idleSince).to.equal(undefined);
  });

  it('takes the time since which it is idle from the startd', () => {
    const { idleSince: _, ...status } = readyStatus;
    expect(decideNode(seen(status)).status.idleSince).to.equal(ago(2 * MINUTE));
  });

  it('a node that was busy is idle since it was first seen idle, whatever its first ad says', () => {
    const { idleSince: _, ...status } = { ...readyStatus, firstBusy: ago(5 * MINUTE) };
    expect(decideNode(seen(status)).status.idleSince).to.equal(toTime(NOW));
  });

  it('I22: a silent startd is Lost, and its server is kept while it runs', () => {
    const decision = decideNode(seen(readyStatus, { master: { startd: startd({ lastHeardFrom: NOW - 4 * MINUTE }) } }));
    expect(decision.status).to.include({ phase: 'Lost', nodeState: 'Lost', lostSince: toTime(NOW) });
    expect(decision.action.do).to.equal('None');
    expect(events(decision)).to.deep.equal(['Lost']);
  });

  it('a reading that is old, though fresh enough, makes no node silent', () => {
    const observedAt = NOW - 55 * SECOND;
    const master = { observedAt, startd: startd({ lastHeardFrom: observedAt - 170 * SECOND }) };
    expect(decideNode(seen(readyStatus, { master })).status.phase).to.equal('Ready');
  });

  it('a startd that is absent from a warm collector is Lost', () => {
    expect(decideNode(seen(readyStatus, { master: { startd: undefined } })).status.phase).to.equal('Lost');
  });

  it('I27: a startd that is absent from a collector which has just started is not Lost', () => {
    const decision = decideNode(seen(readyStatus, { master: { startd: undefined, collectorWarm: false } }));
    expect(decision.status.phase).to.equal('Ready');
    expect(decision.status.lostSince).to.equal(undefined);
  });

  it('I17: stale HTCondor data make nobody Lost', () => {
    const decision = decideNode(seen(readyStatus, { master: { startd: undefined, fresh: false } }));
    expect(decision.status.phase).to.equal('Ready');
  });

  it('a Lost node that is heard of again is Ready', () => {
    const decision = decideNode(seen({ ...readyStatus, lostSince: ago(10 * MINUTE), nodeState: 'Lost' }));
    expect(decision.status).to.include({ phase: 'Ready', nodeState: 'Idle' });
    expect(events(decision)).to.deep.equal(['FoundAgain']);
  });

  for (const state of ['Stopping', 'Error'] as const)
    it(`I6: a Lost node whose server is ${state} is deleted`, () => {
      const lost = { ...readyStatus, lostSince: ago(MINUTE) };
      const decision = decideNode(seen(lost, { master: { startd: undefined }, cloud: { vms: [vm({ state })] } }));
      expect(decision.action).to.deep.equal({ do: 'DeleteServers', ids: ['server-1'] });
    });

  for (const state of ['Active', 'Suspended', 'Restarting', 'Unknown'] as const)
    it(`a Lost node whose server is ${state} is kept until lostTimeout, then deleted`, () => {
      const lost = (since: number) => ({ ...readyStatus, lostSince: ago(since) });
      const view = { master: { startd: undefined }, cloud: { vms: [vm({ state })] } };
      expect(decideNode(seen(lost(59 * MINUTE), view)).action.do).to.equal('None');
      expect(decideNode(seen(lost(61 * MINUTE), view)).action.do).to.equal('DeleteServers');
    });

  it('a node whose server is gone is cleaned up: looked at by id, then its ads and record go', () => {
    const decision = decideNode(seen(readyStatus, { cloud: { vms: [] } }));
    expect(decision.action).to.deep.equal({ do: 'ConfirmGone', id: 'server-1' });
    expect(events(decision)).to.include('ServerVanished');
  });

  it('stale cloud data do not make a server vanish', () => {
    const decision = decideNode(seen(readyStatus, { cloud: { vms: [], fresh: false } }));
    expect(decision.action.do).to.equal('None');
    expect(decision.status.vmState).to.equal('Active');
  });
});

describe('life cycle: drain and delete', () => {
  it('has the startd prove that it is idle', () => {
    const decision = decideNode(seen({ ...readyStatus, ...leaving }));
    expect(decision.action).to.deep.equal({ do: 'Drain', slotName: 'slot1@pool-a-x7k2p.novalocal', reason: 'ehos: idle for 5m' });
    expect(decision.status.phase).to.equal('Draining');
  });

  it('says why the drain command failed', () => {
    const decision = decideNode(seen({ ...readyStatus, ...leaving }, { drainProblem: 'PERMISSION DENIED' }));
    expect(condition(decision, 'Drained')?.message).to.equal('idle for 5m; PERMISSION DENIED');
  });

  it('deletes the server once the slot is seen Drained', () => {
    const decision = decideNode(seen({ ...readyStatus, ...leaving }, { master: { startd: startd(drained) } }));
    expect(decision.status.drained).to.equal(toTime(NOW));
    expect(decision.status.deleted).to.equal(toTime(NOW));
    expect(decision.action).to.deep.equal({ do: 'DeleteServers', ids: ['server-1'] });
    expect(events(decision)).to.deep.equal(['Drained']);
  });

  it('I2: a job that arrives between decision and proof keeps the node', () => {
    const decision = decideNode(seen({ ...readyStatus, ...leaving }, { master: { startd: startd(busy(1)) } }));
    expect(decision.action).to.deep.equal({ do: 'None' });
    expect(decision.status).to.include({ phase: 'Ready', nodeState: 'Busy' });
    expect(decision.status.drainRequested).to.equal(undefined);
    expect(events(decision)).to.deep.equal(['DrainCancelled']);
  });

  it('a busy node that must leave is waited for, and says so', () => {
    const decision = decideNode(seen({ ...readyStatus, ...leaving }, { mustLeave: true, master: { startd: startd(busy(2)) } }));
    expect(decision.action).to.deep.equal({ do: 'None' });
    expect(decision.status.phase).to.equal('Draining');
    expect(condition(decision, 'Drained')?.message).to.equal('idle for 5m; waits for 2 running jobs');
  });

  it('kubectl delete drains first', () => {
    const deleted = node(readyStatus, { deletionTimestamp: ago(SECOND) });
    const decision = decideNode(seen(readyStatus, { node: deleted, mustLeave: true }));
    expect(decision.action.do).to.equal('Drain');
    expect(decision.status.drainReason).to.equal('the node was deleted by hand or with its pool');
  });

  for (const [why, master] of [
    ['HTCondor data are stale', { fresh: false }],
    ['the slot still runs a job', { startd: startd(busy(1)) }],
    ['the slot is not heard of', { startd: startd({ lastHeardFrom: NOW - 10 * MINUTE }) }],
    ['the slot is absent', { startd: undefined }],
    ['the drain has been asked for and the slot is not Drained yet', { startd: startd({ draining: true, activity: 'Retiring', state: 'Drained' }) }],
  ] as const)
    it(`does not delete the server while ${why}`, () => {
      const action = decideNode(seen({ ...readyStatus, ...leaving }, { mustLeave: true, master })).action;
      expect(action.do).to.not.equal('DeleteServers');
    });

  it('I3: a proof that is void since a restart of the startd is not used', () => {
    const status = { ...readyStatus, ...leaving, drained: ago(MINUTE) };
    const decision = decideNode(seen(status, { mustLeave: true, master: { startd: startd() } }));
    expect(decision.action.do).to.equal('Drain');
    expect(decision.status.drained).to.equal(undefined);
  });

  it('I3: after a restart of the operator a drained node is deleted', () => {
    const status = { ...readyStatus, ...leaving, drained: ago(MINUTE) };
    const decision = decideNode(seen(status, { master: { startd: startd(drained) } }));
    expect(decision.action).to.deep.equal({ do: 'DeleteServers', ids: ['server-1'] });
  });

  it('waits for a deletion, and asks for it again when the server stays', () => {
    const status = (since: number) => ({ ...readyStatus, ...leaving, drained: ago(since), deleted: ago(since) });
    const view = { master: { startd: undefined } };
    expect(decideNode(seen(status(10 * SECOND), view)).action.do).to.equal('None');
    expect(decideNode(seen(status(70 * SECOND), view)).action).to.deep.equal({ do: 'DeleteServers', ids: ['server-1'] });
    const underWay = { ...view, cloud: { vms: [vm({ deleting: true })] } };
    expect(decideNode(seen(status(70 * SECOND), underWay)).action.do).to.equal('None');
  });

  it('looks by id when a listing newer than the deletion does not show the server', () => {
    const status = { ...readyStatus, ...leaving, drained: ago(10 * SECOND), deleted: ago(10 * SECOND) };
    const decision = decideNode(seen(status, { master: { startd: undefined }, cloud: { vms: [] } }));
    expect(decision.action).to.deep.equal({ do: 'ConfirmGone', id: 'server-1' });
    expect(decision.status.phase).to.equal('Deleting');
  });

  it('deletes twins with the server', () => {
    const status = { ...readyStatus, ...leaving };
    const twins = [vm(), vm({ id: 'server-2' })];
    const decision = decideNode(seen(status, { master: { startd: startd(drained) }, cloud: { vms: twins } }));
    expect(decision.action).to.deep.equal({ do: 'DeleteServers', ids: ['server-1', 'server-2'] });
  });

  it('an idle node does not leave by itself', () => {
    expect(decideNode(seen(readyStatus)).action.do).to.equal('None');
  });
});

describe('life cycle: leaving before the join', () => {
  it('a node that was never let in is deleted at once', () => {
    expect(decideNode(seen({ ...bootingStatus, ...leaving })).action.do).to.equal('DeleteServers');
  });

  it('a node whose token was approved is waited for', () => {
    const decision = decideNode(seen({ ...bootingStatus, ...leaving, conditions: approved }));
    expect(decision.action.do).to.equal('None');
    expect(condition(decision, 'Drained')?.message).to.contain('may join at any moment');
  });

  it('a node with a token of its own may join at any moment, too', () => {
    expect(decideNode(seen({ ...bootingStatus, ...leaving }, { joinNeedsApproval: false })).action.do).to.equal('None');
  });

  for (const [what, view] of [
    ['the cloud', { cloud: { fresh: false } }],
    ['HTCondor', { master: { fresh: false } }],
  ] as const)
    it(`nothing is deleted while ${what} is stale`, () => {
      expect(decideNode(seen({ ...bootingStatus, ...leaving }, view)).action.do).to.equal('None');
    });
});

describe('life cycle: pools that are Observe or Paused', () => {
  const hold = 'its pool is in mode Paused';
  it('nothing is launched', () => {
    expect(decideNode(seen(undefined, { hold })).action.do).to.equal('None');
  });
  it('nothing is drained', () => {
    expect(decideNode(seen({ ...readyStatus, ...leaving }, { hold })).action.do).to.equal('None');
  });
  it('what was asked for is still found', () => {
    expect(decideNode(seen({ requested: ago(SECOND) }, { hold })).action.do).to.equal('Find');
  });
  it('a node that the admin deletes still goes', () => {
    const deleted = node(readyStatus, { deletionTimestamp: ago(SECOND) });
    expect(decideNode(seen(readyStatus, { hold, node: deleted, mustLeave: true })).action.do).to.equal('Drain');
  });
});
