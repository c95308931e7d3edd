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
const approved: EhosNodeStatus['conditions'] = [
  { type: 'Joined', status: 'False', reason: 'TokenApproved', message: '', lastTransitionTime: ago(MINUTE) },
];
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

  it('a busy node that must leave is waited for, and says so', () => {
    const decision = decideNode(
      seen({ ...readyStatus, ...leaving }, { mustLeave: true, master: { startd: startd(busy(2)) } }),
    );
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
    [
      'the drain has been asked for and the slot is not Drained yet',
      { startd: startd({ draining: true, activity: 'Retiring', state: 'Drained' }) },
    ],
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
