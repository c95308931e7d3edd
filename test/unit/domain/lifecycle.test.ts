import { expect } from 'chai';
import { decideNode } from '../../../src/domain/lifecycle.ts';
import type { EhosNodeStatus } from '../../../src/api/resources.ts';
import type { Startd } from '../../../src/domain/snapshots.ts';
import { toTime } from '../../../src/domain/times.ts';
import {
  ago,
  bootingStatus,
  busy,
  drained,
  MINUTE,
  node,
  NOW,
  readyStatus,
  SECOND,
  seen,
  startd,
  vm,
  without,
} from './lifecycle-fixture.ts';

const events = (decision: ReturnType<typeof decideNode>): string[] => decision.events.map((event) => event.reason);
const condition = (
  decision: ReturnType<typeof decideNode>,
  type: string,
): NonNullable<EhosNodeStatus['conditions']>[number] | undefined =>
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
    const decision = decideNode(
      seen(undefined, { cloud: { fresh: false, problem: 'the cloud cannot be listed: 503' } }),
    );
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
    const late = seen(
      { requested: ago(5 * MINUTE), ...leaving },
      { cloud: { vms: [vm({ createdAt: NOW - MINUTE })] } },
    );
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
    expect(decision.status).to.include({
      phase: 'Ready',
      nodeState: 'Idle',
      cores: 2,
      memory: 3900,
      joined: toTime(NOW),
    });
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

  for (const [why, confirmedAt] of [
    ['was never asked for it', undefined],
    ['was asked for it too long ago', NOW - 6_000],
    ['was asked for it before the clock was set back', NOW + 1_000],
  ] as const)
    it(`asks HTCondor for it before its server is deleted: it ${why}`, () => {
      const status = { ...bootingStatus, launched: ago(16 * MINUTE) };
      const decision = decideNode({ ...seen(status), confirmedAt });
      expect(decision.action).to.deep.equal({ do: 'AskAgain' });
      expect(decision.status.deleted).to.equal(undefined);
    });

  it('asks again before it asks the cloud again', () => {
    const deleted = ago(100_000);
    const status = { ...bootingStatus, launched: ago(16 * MINUTE), drainRequested: deleted, deleted };
    const decision = decideNode({ ...seen(status), confirmedAt: NOW - 100_000 });
    expect(decision.action).to.deep.equal({ do: 'AskAgain' });
    expect(decideNode(seen(status)).action).to.deep.equal({ do: 'DeleteServers', ids: ['server-1'] });
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
    const second = decideNode(
      seen(first.status, { now: NOW + 10 * SECOND, master: { startd: startd({ lastHeardFrom: NOW }) } }),
    );
    expect(second.status).to.deep.equal(first.status);
    expect(second.events).to.deep.equal([]);
  });

  it('notes when it is first busy, and that it is idle no more', () => {
    const decision = decideNode(seen(readyStatus, { master: { startd: startd(busy(1)) } }));
    expect(decision.status.firstBusy).to.equal(toTime(NOW));
    expect(decision.status.idleSince).to.equal(undefined);
  });

  it('takes the time since which it is idle from the startd', () => {
    expect(decideNode(seen(without(readyStatus, 'idleSince'))).status.idleSince).to.equal(ago(2 * MINUTE));
  });

  it('a node that was busy is idle since it was first seen idle, whatever its first ad says', () => {
    const status = { ...readyStatus, firstBusy: ago(5 * MINUTE) };
    expect(decideNode(seen(without(status, 'idleSince'))).status.idleSince).to.equal(toTime(NOW));
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

  it('a reading that is late makes no busy loop', () => {
    const observedAt = NOW - 60 * SECOND;
    const master = { observedAt, startd: startd({ lastHeardFrom: observedAt - 175 * SECOND }) };
    expect(decideNode(seen(readyStatus, { master })).requeueAfter).to.be.at.least(SECOND);
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
