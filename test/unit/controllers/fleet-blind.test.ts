import { expect } from 'chai';
import { FINALIZER, type EhosNodeStatus } from '../../../src/api/resources.ts';
import { EhosError } from '../../../src/base/errors.ts';
import { toTime } from '../../../src/domain/times.ts';
import { Stage } from './stage.ts';

describe('FleetController: a master that has just failed to answer', () => {
  let stage: Stage;
  const long = toTime(0);
  const idleNode: EhosNodeStatus = {
    serverID: 's',
    launched: long,
    joined: long,
    idleSince: long,
    vmState: 'Active',
  };
  beforeEach(async () => {
    stage = await Stage.set();
    stage.putPool({ scaleDown: { consolidateAfter: '20s' }, minNodes: 1 }, { finalizers: [FINALIZER] });
    stage.putNode('node-1', idleNode);
    stage.putNode('node-2', idleNode);
  });
  const leaving = (): number => stage.records().filter(({ status }) => status?.drainRequested !== undefined).length;
  const away = (): Promise<never> => Promise.reject(new EhosError('Transient', 'away'));

  for (const [what, fail, why] of [
    ['cannot be reached', () => (stage.condor = { poll: away }), 'HTCondor could not be read just now'],
    ['does not tell its nodes', () => (stage.reading = { startds: undefined }), 'HTCondor could not be read just now'],
    ['does not tell its queue', () => (stage.reading = { jobs: undefined }), 'the queue is not known'],
  ] as const)
    it(`${what}: no node begins to leave by what it said before, and the decision says why`, async () => {
      fail();
      await stage.pass(15_000);
      await stage.plan();
      expect(leaving()).to.equal(0);
      expect(stage.pool().status?.lastDecision?.why).to.include(`2 idle nodes are kept because ${why}`);
      stage.condor = {};
      stage.reading = {};
      await stage.pass(15_000);
      await stage.plan();
      expect(leaving()).to.equal(1);
    });
});
