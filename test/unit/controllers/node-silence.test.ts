/** Servers that are deleted because HTCondor does not hear of them: it is asked once more, immediately before. */
import { expect } from 'chai';
import { EhosError } from '../../../src/base/errors.ts';
import { NODES, type EhosNode } from '../../../src/api/resources.ts';
import type { CondorMaster } from '../../../src/condor/master.ts';
import { toTime } from '../../../src/domain/times.ts';
import { startd, vm } from './fixture.ts';
import { Stage } from './stage.ts';

const MINUTE = 60_000;

describe('a server that has not joined in time', () => {
  let stage: Stage;
  let deleted: string[];
  let asked: string[];
  let answer: () => ReturnType<CondorMaster['lastHeard']>;

  beforeEach(async () => {
    stage = await Stage.set();
    [deleted, asked] = [[], []];
    const silent = { heardAt: undefined, drained: false, collectorStartedAt: 0 };
    answer = () => Promise.resolve(silent);
    stage.condor = {
      drainIfIdle: () => Promise.resolve({ kind: 'AlreadyDraining' }),
      lastHeard: (nodeId) => {
        asked.push(nodeId);
        return answer();
      },
    };
    stage.backend = {
      delete: (id) => {
        deleted.push(id);
        return Promise.resolve();
      },
    };
    stage.listing = { vms: [vm({ id: 'server-1', name: 'node-1', nodeUid: 'uid-node-1' })] };
    stage.reading = { startds: [], collectorStartedAt: 0 };
    stage.putPool();
    const launched = toTime(stage.fixture.clock.now() - 60 * MINUTE);
    const token = { type: 'Joined', status: 'False', reason: 'TokenApproved', message: 'approved' } as const;
    stage.putNode('node-1', {
      serverID: 'server-1',
      requested: launched,
      launched,
      booted: launched,
      conditions: [{ ...token, lastTransitionTime: launched, observedGeneration: 1 }],
    });
    await stage.pass(MINUTE);
  });

  const node = (): EhosNode | undefined => stage.node('node-1');
  const waitsFor = (): string | undefined =>
    node()?.status?.conditions?.find(({ type }) => type === 'Drained')?.message;

  it('is deleted when HTCondor does not hear of it at that moment either', async () => {
    await stage.lookAtNode('node-1');
    expect([asked, deleted]).to.deep.equal([['uid-node-1'], ['server-1']]);
  });

  it('is kept when it has joined since the last reading, and stays for the jobs that it runs', async () => {
    const now = (): number => stage.fixture.clock.now();
    answer = () => Promise.resolve({ heardAt: now() - 1_000, drained: false, collectorStartedAt: 0 });
    await stage.lookAtNode('node-1');
    expect(deleted).to.deep.equal([]);
    expect(stage.told()).to.include('node-1 HeardInTime');
    stage.reading = {
      startds: [
        startd({
          name: 'slot1@node-1',
          machine: 'node-1',
          nodeId: 'uid-node-1',
          identity: 'ehos-node-uid-node-1@pool.example',
          lastHeardFrom: now() + MINUTE,
          dynamicSlots: 1,
          children: [{ state: 'Claimed', activity: 'Busy' }],
        }),
      ],
      collectorStartedAt: 0,
    };
    await stage.pass(MINUTE);
    await stage.lookAtNode('node-1');
    await stage.lookAtNode('node-1');
    expect(deleted).to.deep.equal([]);
    expect(node()?.status).to.include({ phase: 'Ready', nodeState: 'Busy' });
    expect(node()?.status).not.to.have.any.keys('deleted', 'drainRequested');
  });

  const doubts: [what: string, answer: () => ReturnType<CondorMaster['lastHeard']>, words: string][] = [
    [
      'HTCondor cannot be asked',
      () => Promise.reject(new EhosError('Transient', 'the connection broke')),
      'HTCondor cannot be asked whether its startd has joined meanwhile: the connection broke',
    ],
    [
      'the collector has just started',
      () =>
        Promise.resolve({ heardAt: undefined, drained: false, collectorStartedAt: stage.fixture.clock.now() - 1_000 }),
      'the collector has just started',
    ],
    [
      'the age of the collector is not known',
      () => Promise.resolve({ heardAt: undefined, drained: false, collectorStartedAt: undefined }),
      'the collector has just started',
    ],
  ];
  for (const [what, doubt, words] of doubts)
    it(`is kept while ${what}, says so, and goes when that is over`, async () => {
      const silence = answer;
      answer = doubt;
      await stage.lookAtNode('node-1');
      expect(deleted).to.deep.equal([]);
      await stage.pass(10_000);
      await stage.lookAtNode('node-1');
      expect(waitsFor()).to.contain(words);
      answer = silence;
      for (let i = 0; i < 30 && deleted.length === 0; i++) {
        await stage.pass(10_000);
        await stage.lookAtNode('node-1');
      }
      expect(deleted).to.deep.equal(['server-1']);
    });

  it('one that another has drained by hand goes when HTCondor confirms that it is drained still', async () => {
    const now = (): number => stage.fixture.clock.now();
    const slot = { name: 'slot1@node-1', machine: 'node-1', nodeId: 'uid-node-1' };
    const identity = 'ehos-node-uid-node-1@pool.example';
    const byHand = { state: 'Drained', draining: true, drainReason: 'by hand', accepts: false };
    stage.reading = {
      startds: [startd({ ...slot, ...byHand, identity, lastHeardFrom: now() })],
      collectorStartedAt: 0,
    };
    answer = () => Promise.resolve({ heardAt: now(), drained: false, collectorStartedAt: 0 });
    await stage.pass(MINUTE);
    stage.fixture.kube.put(NODES, {
      ...node(),
      metadata: { ...node()?.metadata, deletionTimestamp: toTime(now()) },
    } as EhosNode);
    await stage.lookAtNode('node-1');
    await stage.lookAtNode('node-1');
    expect(deleted, 'its drain was called off meanwhile').to.deep.equal([]);
    expect(asked).not.to.deep.equal([]);
    answer = () => Promise.resolve({ heardAt: now(), drained: true, collectorStartedAt: 0 });
    await stage.lookAtNode('node-1');
    expect(deleted).to.deep.equal(['server-1']);
  });

  it('an ad of before it fell silent does not keep it', async () => {
    answer = () =>
      Promise.resolve({ heardAt: stage.fixture.clock.now() - 10 * MINUTE, drained: false, collectorStartedAt: 0 });
    await stage.lookAtNode('node-1');
    expect(deleted).to.deep.equal(['server-1']);
  });
});
