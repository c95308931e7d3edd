/** Nodes that expired, or that are not what their pool would make now. */
import { expect } from 'chai';
import { EhosError } from '../../../src/base/errors.ts';
import { POOLS, type EhosNodePool, type EhosNodeStatus } from '../../../src/api/resources.ts';
import { toTime } from '../../../src/domain/times.ts';
import { startd, vm } from './fixture.ts';
import { Stage } from './stage.ts';

const MINUTE = 60_000;
const joined: EhosNodeStatus = {
  ...{ requested: toTime(0), launched: toTime(0), booted: toTime(0), joined: toTime(0), firstBusy: toTime(0) },
  ...{ vmState: 'Active', nodeState: 'Busy' },
};

async function staged(spec: Partial<EhosNodePool['spec']>, names = ['n1', 'n2', 'n3']): Promise<Stage> {
  const stage = await Stage.set();
  stage.putPool(spec);
  for (const name of names)
    stage.putNode(
      name,
      { ...joined, serverID: `server-${name}`, slotName: `slot1@${name}` },
      { metadata: { creationTimestamp: toTime(stage.fixture.clock.now()) } },
    );
  stage.listing = { vms: names.map((name) => vm({ id: `server-${name}`, nodeUid: `uid-${name}` })) };
  return stage;
}

/** All of them run a job. */
async function pass(stage: Stage, ms: number): Promise<void> {
  const now = stage.fixture.clock.now() + ms;
  const startds = stage.records().map(({ metadata: { name } }) =>
    startd({
      ...{
        name: `slot1@${name}`,
        machine: name,
        nodeId: `uid-${name}`,
        identity: `ehos-node-uid-${name}@pool.example`,
      },
      ...{ dynamicSlots: 1, idleSince: undefined, lastHeardFrom: now },
    }),
  );
  stage.reading = { startds };
  await stage.pass(ms);
  await stage.plan();
}

const condition = (stage: Stage, node: string, type: string): string | undefined => {
  const found = stage.node(node)?.status?.conditions?.find((one) => one.type === type);
  return found && `${found.status} ${found.reason}`;
};
const leaving = (stage: Stage): string[] =>
  stage.records().flatMap(({ metadata: { name }, status }) => (status?.drainRequested === undefined ? [] : [name]));

describe('outdated nodes', () => {
  it('expired ones are told, and replaced one after the other', async () => {
    const stage = await staged({ disruption: { expireAfter: '2h' } });
    await pass(stage, 60 * MINUTE);
    expect(condition(stage, 'n1', 'Expired')).to.equal(undefined);
    expect(leaving(stage)).to.deep.equal([]);
    await pass(stage, 61 * MINUTE);
    for (const name of ['n1', 'n2', 'n3']) expect(condition(stage, name, 'Expired')).to.equal('True Old');
    expect(stage.pool().status?.outdated).to.equal(3);
    expect(leaving(stage)).to.deep.equal(['n1']);
    const { status } = stage.node('n1') ?? {};
    expect(status).to.include({ drainReason: 'outdated: it is older than 2h' });
    expect(status?.mustLeaveSince, 'busy, so it drains').to.equal(status?.drainRequested);
    await pass(stage, MINUTE);
    expect(leaving(stage), 'a tenth of three is one').to.deep.equal(['n1']);
  });

  it('where the pool takes its change back, the node that was leaving for it is called back, and all is told as it is', async () => {
    const stage = await staged({ disruption: { expireAfter: '2h' } });
    await pass(stage, 121 * MINUTE);
    expect(leaving(stage)).to.deep.equal(['n1']);
    const pool = stage.pool();
    stage.fixture.kube.put(POOLS, { ...pool, spec: { ...pool.spec, disruption: {} } });
    await pass(stage, MINUTE);
    expect(leaving(stage)).to.deep.equal([]);
    expect(stage.node('n1')?.status?.mustLeaveSince).to.equal(undefined);
    expect(condition(stage, 'n1', 'Expired')).to.equal('False Never');
    expect(stage.pool().status?.outdated).to.equal(undefined);
  });

  it('I15: for a template that no node has shown to work, one node is made, and no old one goes before it has joined', async () => {
    const stage = await staged({});
    await pass(stage, MINUTE);
    expect(condition(stage, 'n1', 'Drifted')).to.equal(undefined);
    const pool = stage.pool();
    stage.fixture.kube.put(POOLS, {
      ...pool,
      spec: { ...pool.spec, template: { ...pool.spec.template, userData: { inline: '#!/bin/sh\nfalse' } } },
    });
    await pass(stage, MINUTE);
    expect(condition(stage, 'n1', 'Drifted')).to.equal('True TemplateChanged');
    expect(stage.records()).to.have.length(4);
    await pass(stage, MINUTE);
    expect(leaving(stage)).to.deep.equal([]);
    expect(stage.records(), 'one, and not one more with each plan').to.have.length(4);
  });

  it('a node that somebody changed meanwhile is not told to be removed, and the next plan removes it', async () => {
    const stage = await staged({ disruption: { expireAfter: '2h' } }, ['n1']);
    await pass(stage, 119 * MINUTE);
    const { kube } = stage.fixture;
    const patch = kube.patchStatus.bind(kube);
    let conflicts = 1;
    kube.patchStatus = async (type, namespace, name, ...rest) => {
      if (name === 'n1' && conflicts-- > 0) throw new EhosError('Conflict', 'the object has been modified');
      return await patch(type, namespace, name, ...rest);
    };
    await pass(stage, 2 * MINUTE);
    expect(stage.told()).not.to.include('pool-a RemovingNodes');
    expect(stage.pool().status?.recentChanges).to.equal(undefined);
    await pass(stage, MINUTE);
    expect(stage.told().filter((one) => one === 'pool-a RemovingNodes')).to.have.length(1);
    expect(stage.pool().status?.recentChanges).to.have.length(1);
  });
});
