import { expect } from 'chai';
import { decideNode } from '../../../src/domain/lifecycle.ts';
import type { EhosNodeStatus } from '../../../src/api/resources.ts';
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
} from './lifecycle-fixture.ts';

const events = (decision: ReturnType<typeof decideNode>): string[] => decision.events.map((event) => event.reason);
const condition = (
  decision: ReturnType<typeof decideNode>,
  type: string,
): NonNullable<EhosNodeStatus['conditions']>[number] | undefined =>
  decision.status.conditions?.find((c) => c.type === type);
const DELETED = 'the node was deleted by hand or with its pool';
const leaving = { drainRequested: ago(30 * SECOND), drainReason: 'idle for 5m' };

describe('life cycle: drain and delete', () => {
  it('has the startd prove that it is idle', () => {
    const decision = decideNode(seen({ ...readyStatus, ...leaving }));
    expect(decision.action).to.deep.equal({
      do: 'Drain',
      slotName: 'slot1@pool-a-x7k2p.novalocal',
      reason: 'ehos: idle for 5m',
    });
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

  it('a node that is only not needed waits for the plan that may call it back, then goes', () => {
    const unneeded = { ...readyStatus, ...leaving, unneeded: true };
    const master = { startd: startd(drained) };
    const decision = decideNode(seen(unneeded, { master }));
    expect(decision.status.drained).to.equal(toTime(NOW));
    expect(decision.action).to.deep.equal({ do: 'None' });
    expect(decision.requeueAfter).to.equal(2 * SECOND);
    const later = decideNode(seen({ ...unneeded, drained: ago(2 * SECOND) }, { master }));
    expect(later.action).to.deep.equal({ do: 'DeleteServers', ids: ['server-1'] });
  });

  it('I2: a job that arrives between decision and proof keeps the node', () => {
    const decision = decideNode(seen({ ...readyStatus, ...leaving }, { master: { startd: startd(busy(1)) } }));
    expect(decision.action).to.deep.equal({ do: 'None' });
    expect(decision.status).to.include({ phase: 'Ready', nodeState: 'Busy' });
    expect(decision.status.drainRequested).to.equal(undefined);
    expect(events(decision)).to.deep.equal(['DrainCancelled']);
  });

  it('I28: a busy node that must leave takes no more jobs', () => {
    const decision = decideNode(seen({ ...readyStatus }, { mustLeave: DELETED, master: { startd: startd(busy(2)) } }));
    const slotName = 'slot1@pool-a-x7k2p.novalocal';
    expect(decision.action).to.deep.equal({ do: 'Cordon', slotName, reason: `ehos: ${DELETED}` });
    expect(decision.status.mustLeaveSince).to.equal(toTime(NOW));
    expect(decision.status.unneeded).to.equal(undefined);
    const retiring = startd({ ...busy(2), ...drained, activity: 'Retiring' });
    const next = decideNode(seen(decision.status, { mustLeave: DELETED, master: { startd: retiring } }));
    expect(next.action.do).to.equal('None');
    expect(condition(next, 'Drained')?.message).to.equal(`${DELETED}; waits for 2 running jobs`);
  });

  it('a node that was only not needed and then must leave is not called back any more', () => {
    const status = { ...readyStatus, ...leaving, unneeded: true };
    const decision = decideNode(seen(status, { mustLeave: 'its pool is being deleted' }));
    expect(decision.status).to.include({ mustLeaveSince: toTime(NOW), drainReason: 'its pool is being deleted' });
    expect(decision.status.unneeded).to.equal(undefined);
  });

  it('where a job may not be waited for, the node says so and waits until it is idle', () => {
    const drainProblem = 'a job there may not be waited for';
    const view = { mustLeave: DELETED, drainProblem, master: { startd: startd(busy(1)) } };
    const decision = decideNode(seen({ ...readyStatus }, view));
    expect(decision.action.do).to.equal('Cordon');
    expect(condition(decision, 'Drained')?.message).to.equal(`${DELETED}; waits for 1 running job; ${drainProblem}`);
  });

  const asked = (since: number): EhosNodeStatus => ({
    ...readyStatus,
    drainRequested: ago(since),
    mustLeaveSince: ago(since),
    drainReason: DELETED,
  });
  const retiring = { startd: startd({ ...busy(1), ...drained, activity: 'Retiring' }) };

  it('jobs are vacated when the grace period is over, and not before', () => {
    const view = { mustLeave: DELETED, gracePeriod: 60 * MINUTE, master: retiring };
    const before = decideNode(seen(asked(59 * MINUTE), view));
    expect(before.action.do).to.equal('None');
    expect(before.requeueAfter).to.be.at.most(MINUTE);
    expect(condition(before, 'Drained')?.message).to.contain(`until ${toTime(NOW + MINUTE)} at the latest`);
    const after = decideNode(seen(asked(60 * MINUTE), view));
    expect(after.action).to.deep.include({ do: 'Vacate', slotName: 'slot1@pool-a-x7k2p.novalocal' });
    expect(after.status.forced).to.equal(toTime(NOW));
  });

  it('they are asked once, again when they are still there after the longest soft kill, sooner where the command failed', () => {
    const view = { mustLeave: DELETED, gracePeriod: MINUTE, master: retiring };
    const at = (forced: number): EhosNodeStatus => ({ ...asked(2 * 60 * MINUTE), forced: ago(forced) });
    expect(decideNode(seen(at(10 * MINUTE), view)).action.do).to.equal('None');
    expect(decideNode(seen(at(16 * MINUTE), view)).action.do).to.equal('Vacate');
    expect(decideNode(seen(at(20 * SECOND), { ...view, drainProblem: 'no answer' })).action.do).to.equal('Vacate');
  });

  it('a node that was vacated is deleted on the same proof as any other', () => {
    const view = { mustLeave: DELETED, gracePeriod: MINUTE, master: { startd: startd(drained) } };
    const decision = decideNode(seen({ ...asked(60 * MINUTE), forced: ago(MINUTE) }, view));
    expect(decision.action).to.deep.equal({ do: 'DeleteServers', ids: ['server-1'] });
  });

  for (const [why, status] of [
    ['is only not needed', { ...readyStatus, drainRequested: ago(60 * MINUTE), unneeded: true }],
    ['has not joined in time', { ...readyStatus, drainRequested: ago(60 * MINUTE) }],
  ] as const)
    it(`a node that ${why} never loses a job, whatever the grace period`, () => {
      const decision = decideNode(seen(status, { gracePeriod: MINUTE, master: { startd: startd(busy(1)) } }));
      expect(decision.action.do).to.equal('None');
      expect(decision.status.forced).to.equal(undefined);
    });

  it('without a grace period jobs are waited for as long as they take', () => {
    const decision = decideNode(seen(asked(365 * 24 * 60 * MINUTE), { mustLeave: DELETED, master: retiring }));
    expect(decision.action.do).to.equal('None');
  });

  it('I3: a restart within the grace period goes on where it was', () => {
    const view = { gracePeriod: 60 * MINUTE, master: retiring };
    // nothing but the record says that it must leave: it expired or drifted
    expect(decideNode(seen(asked(30 * MINUTE), view)).status).to.include({ mustLeaveSince: ago(30 * MINUTE) });
    expect(decideNode(seen(asked(61 * MINUTE), view)).action.do).to.equal('Vacate');
  });

  it('what cannot be reached is not idle: it is waited for, whatever the grace period', () => {
    const status = { ...asked(30 * MINUTE), lostSince: ago(30 * MINUTE) };
    const view = { mustLeave: DELETED, gracePeriod: MINUTE, master: { startd: undefined } };
    const decision = decideNode(seen(status, view));
    expect(decision.action.do).to.equal('None');
    expect(condition(decision, 'Drained')?.message).to.contain('it cannot be proved idle');
  });

  it('a cloud that would not delete the server is quoted', () => {
    const status = { ...readyStatus, ...leaving, drained: ago(SECOND), deleted: ago(SECOND) };
    const deleteProblem = 'the cloud does not delete its server: it is locked';
    const decision = decideNode(seen(status, { deleteProblem, master: { startd: startd(drained) } }));
    expect(condition(decision, 'Drained')?.message).to.equal(`idle for 5m; ${deleteProblem}`);
    expect(condition(decision, 'Ready')?.message).to.equal(deleteProblem);
  });

  it('kubectl delete drains first', () => {
    const deleted = node(readyStatus, { deletionTimestamp: ago(SECOND) });
    const decision = decideNode(seen(readyStatus, { node: deleted, mustLeave: DELETED }));
    expect(decision.action.do).to.equal('Drain');
    expect(decision.status.drainReason).to.equal('the node was deleted by hand or with its pool');
  });

  for (const [why, master] of [
    ['HTCondor data are stale', { fresh: false }],
    ['the slot still runs a job', { startd: startd(busy(1)) }],
    ['the slot is not heard of', { startd: startd({ lastHeardFrom: NOW - 10 * MINUTE }) }],
    ['the slot is absent', { startd: undefined }],
    [
      'the drain has been asked for and the slot is not Drained yet',
      { startd: startd({ draining: true, activity: 'Retiring', state: 'Drained' }) },
    ],
  ] as const)
    it(`does not delete the server while ${why}`, () => {
      const action = decideNode(seen({ ...readyStatus, ...leaving }, { mustLeave: DELETED, master })).action;
      expect(action.do).to.not.equal('DeleteServers');
    });

  it('I3: a proof that is void since a restart of the startd is not used', () => {
    const status = { ...readyStatus, ...leaving, drained: ago(MINUTE) };
    const decision = decideNode(seen(status, { mustLeave: DELETED, master: { startd: startd() } }));
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
    expect(decideNode(seen(status(70 * SECOND), view)).action).to.deep.equal({
      do: 'DeleteServers',
      ids: ['server-1'],
    });
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
    expect(decideNode(seen(readyStatus, { hold, node: deleted, mustLeave: DELETED })).action.do).to.equal('Drain');
  });
});

describe('life cycle: black holes', () => {
  const blackHole: EhosNodeStatus['conditions'] = [
    {
      type: 'BlackHole',
      status: 'True',
      reason: 'JobsFailAtOnce',
      message: '12 of 12',
      lastTransitionTime: ago(MINUTE),
    },
  ];

  it('it takes no more jobs, loses none, and is kept', () => {
    const status = { ...readyStatus, conditions: blackHole };
    const decision = decideNode(seen(status, { master: { startd: startd(busy(1)) } }));
    expect(decision.action.do).to.equal('Cordon');
    expect(condition(decision, 'BlackHole')).to.include({ status: 'True', message: '12 of 12' });
    expect(condition(decision, 'Ready')).to.include({ status: 'False', reason: 'BlackHole' });
    const cordoned = decideNode(seen(decision.status, { master: { startd: startd(drained) } }));
    expect(cordoned.action.do).to.equal('None');
    expect(cordoned.status.drainRequested).to.equal(undefined);
  });

  it('it takes jobs again when an admin has released it', () => {
    const released = blackHole.map((one) => ({ ...one, status: 'False' as const, reason: 'Released' }));
    const decision = decideNode(
      seen({ ...readyStatus, conditions: released }, { master: { startd: startd(drained) } }),
    );
    expect(decision.action.do).to.equal('CancelDrain');
  });

  it('a drain whose last job has just ended is called off when it is over: before, the next jobs would be granted no time', () => {
    const released = blackHole.map((one) => ({ ...one, status: 'False' as const, reason: 'Released' }));
    const ending = startd({ ...drained, activity: 'Retiring' });
    const decision = decideNode(seen({ ...readyStatus, conditions: released }, { master: { startd: ending } }));
    expect(decision.action.do).to.equal('None');
    expect(condition(decision, 'Ready')?.message).to.contain('its drain is about to end');
    expect(decision.requeueAfter).to.equal(5_000);
  });
});

describe('life cycle: many nodes silent at once', () => {
  const massLost = '6 of 12 nodes went silent at once';
  const lost = { ...readyStatus, lostSince: ago(120 * MINUTE), nodeState: 'Lost' as const };
  const view = { master: { startd: undefined, massLost } };

  it('none is given up, and each says why', () => {
    const decision = decideNode(seen(lost, view));
    expect(decision.action.do).to.equal('None');
    expect(decision.status.phase).to.equal('Lost');
    expect(condition(decision, 'Ready')?.message).to.contain(massLost);
    expect(decideNode(seen({ ...lost, ...leaving }, view)).action.do).to.equal('None');
  });

  it('a server that is switched off is explained by the cloud', () => {
    const off = { ...view, cloud: { vms: [vm({ state: 'Stopping' as const })] } };
    expect(decideNode(seen(lost, off)).action.do).to.equal('DeleteServers');
  });

  it('a node that a human deletes is given up', () => {
    const deleted = { ...view, mustLeave: DELETED, node: node(lost, { deletionTimestamp: ago(MINUTE) }) };
    expect(decideNode(seen(lost, deleted)).action.do).to.equal('DeleteServers');
  });
});

describe('life cycle: a master that cannot be read', () => {
  it('is told by nodes that wait for it, and changes nothing of those that work', () => {
    const problem = 'the master cannot be read: connection refused';
    const first = decideNode(seen(readyStatus));
    const later = decideNode(seen(first.status, { master: { fresh: false, problem, startd: undefined } }));
    expect(later.status).to.deep.equal(first.status);
    const booting = decideNode(seen(bootingStatus, { master: { fresh: false, problem } }));
    expect(condition(booting, 'Ready')?.message).to.equal(problem);
    const drain = decideNode(seen({ ...readyStatus, ...leaving }, { master: { fresh: false, problem } }));
    expect(condition(drain, 'Drained')?.message).to.contain(problem);
  });
});
