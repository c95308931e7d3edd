import { expect } from 'chai';
import { decideNode } from '../../../src/domain/lifecycle.ts';
import type { CloudView } from '../../../src/domain/lifecycle-types.ts';
import type { EhosNodeStatus } from '../../../src/api/resources.ts';
import {
  ago,
  bootingStatus,
  busy,
  drained,
  MINUTE,
  NOW,
  readyStatus,
  SECOND,
  seen,
  startd,
  vm,
} from './lifecycle-fixture.ts';

const approved: EhosNodeStatus['conditions'] = [
  { type: 'Joined', status: 'False', reason: 'TokenApproved', message: '', lastTransitionTime: ago(MINUTE) },
];
const leaving = { drainRequested: ago(30 * SECOND), drainReason: 'idle for 5m' };

describe('life cycle: leaving without a proof', () => {
  it('a node that was never let in is deleted at once', () => {
    expect(decideNode(seen({ ...bootingStatus, ...leaving })).action.do).to.equal('DeleteServers');
  });

  it('a node whose token was approved is waited for', () => {
    const decision = decideNode(seen({ ...bootingStatus, ...leaving, conditions: approved }));
    expect(decision.action.do).to.equal('None');
    expect(decision.status.conditions?.find(({ type }) => type === 'Drained')?.message).to.contain(
      'may join at any moment',
    );
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

  it('what has not joined within its time goes, but not on the word of a collector that has just started', () => {
    const late = { ...bootingStatus, ...leaving, launched: ago(16 * MINUTE), conditions: approved };
    expect(decideNode(seen(late)).action.do).to.equal('DeleteServers');
    const decision = decideNode(seen(late, { master: { collectorWarm: false } }));
    expect(decision.action.do).to.equal('None');
    expect(decision.requeueAfter).to.equal(10 * SECOND);
  });

  it('the record of a create that was never answered stays until a late server would have shown', () => {
    const asked = (age: number): EhosNodeStatus => ({ requested: ago(age), ...leaving });
    expect(decideNode(seen(asked(9 * MINUTE))).action.do).to.equal('Find');
    expect(decideNode(seen(asked(11 * MINUTE))).action.do).to.equal('RemoveRecord');
    const stale = { cloud: { fresh: false } };
    expect(decideNode(seen(asked(11 * MINUTE), stale)).action.do, 'on an old listing').to.equal('Find');
  });

  it('a lost node is given up on a fresh listing of the cloud only', () => {
    const lost = { ...readyStatus, ...leaving, lostSince: ago(61 * MINUTE) };
    const silent = { startd: undefined };
    expect(decideNode(seen(lost, { master: silent })).action.do).to.equal('DeleteServers');
    expect(decideNode(seen(lost, { master: silent, cloud: { fresh: false } })).action.do).to.equal('None');
  });

  describe('a deletion that the cloud has not begun', () => {
    const asked = { ...readyStatus, ...leaving, deleted: ago(90 * SECOND) };
    const retried = { cloud: { observedAt: NOW - SECOND } };
    const working = { startd: startd(busy(1)) };

    it('is void once its startd has joined after all and runs a job: the node stays', () => {
      const late = { ...bootingStatus, ...leaving, deleted: ago(90 * SECOND), conditions: approved };
      const decision = decideNode(seen(late, { ...retried, master: working }));
      expect(decision.action.do).to.equal('None');
      expect(decision.status).to.not.have.any.keys('deleted', 'drainRequested');
      expect(decision.events.map(({ reason }) => reason)).to.deep.equal(['Joined', 'DeletionVoid', 'DrainCancelled']);
    });

    it('is void once its startd takes jobs again: it is drained anew', () => {
      const decision = decideNode(seen({ ...asked, drained: ago(2 * MINUTE) }, retried));
      expect(decision.action.do).to.equal('Drain');
      expect(decision.status).to.not.have.any.keys('deleted', 'drained');
    });

    it('is asked for again while its startd is drained', () => {
      const master = { startd: startd(drained) };
      const decision = decideNode(seen({ ...asked, drained: ago(2 * MINUTE) }, { ...retried, master }));
      expect(decision.action).to.deep.equal({ do: 'DeleteServers', ids: ['server-1'] });
    });

    for (const [what, cloud] of [
      ['one that it has begun', { vms: [vm({ deleting: true })] }],
      ['one whose server is not listed any more', { vms: [] }],
      ['one that the listing is too old to show', { observedAt: NOW - 2 * MINUTE }],
    ] as [string, Partial<CloudView>][])
      it(`${what} stands`, () => {
        expect(decideNode(seen(asked, { cloud, master: working })).status.deleted).to.equal(asked.deleted);
      });
  });
});
