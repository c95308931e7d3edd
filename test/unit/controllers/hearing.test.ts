import { expect } from 'chai';
import { CONFIRM_LOST, MASTERS, type EhosMaster, type EhosNodeStatus } from '../../../src/api/resources.ts';
import { toTime } from '../../../src/domain/times.ts';
import { Stage } from './stage.ts';
import { startd, vm } from './fixture.ts';

const MINUTE = 60_000;
const names = ['a', 'b', 'c', 'd', 'e'];

/** Five nodes in the pool, of which so many are heard of. */
async function staged(): Promise<Stage> {
  const stage = await Stage.set();
  stage.putPool();
  const joined: EhosNodeStatus = { requested: toTime(0), launched: toTime(0), booted: toTime(0), joined: toTime(0) };
  for (const name of names) stage.putNode(name, { ...joined, serverID: `server-${name}`, vmState: 'Active' });
  return stage;
}

async function heardOf(stage: Stage, heard: readonly string[], after: number): Promise<void> {
  const now = stage.fixture.clock.now() + after;
  stage.listing = { vms: names.map((name) => vm({ id: `server-${name}`, nodeUid: `uid-${name}` })) };
  stage.reading = {
    collectorStartedAt: -60 * MINUTE,
    startds: heard.map((name) =>
      startd({ name: `slot1@${name}`, identity: `ehos-node-uid-${name}@pool.example`, lastHeardFrom: now }),
    ),
  };
  await stage.pass(after);
}

const masterOf = (stage: Stage): EhosMaster => stage.fixture.kube.find(MASTERS, 'master') as EhosMaster;
const condition = (stage: Stage): string | undefined => {
  const found = masterOf(stage).status?.conditions?.find(({ type }) => type === 'NodesHeard');
  return found && `${found.status} ${found.reason}`;
};
const lost = async (stage: Stage): Promise<(string | undefined)[]> => {
  for (const name of names) await stage.lookAtNode(name);
  return names.map((name) => stage.node(name)?.status?.phase);
};

describe('many nodes of a master that fall silent at once', () => {
  it('I22: none is given up, however long it takes, until a human says that they are lost', async () => {
    const stage = await staged();
    await heardOf(stage, names, 10 * MINUTE);
    expect(condition(stage)).to.equal('True Heard');
    await heardOf(stage, ['a'], 10 * MINUTE);
    expect(condition(stage)).to.equal('False ManySilentAtOnce');
    expect(stage.told()).to.include('master ManyNodesSilent');
    await lost(stage);
    await heardOf(stage, ['a'], 24 * 60 * MINUTE);
    expect(await lost(stage)).to.deep.equal(['Ready', 'Lost', 'Lost', 'Lost', 'Lost']);

    const master = masterOf(stage);
    const annotations = { [CONFIRM_LOST]: toTime(stage.fixture.clock.now()) };
    stage.fixture.kube.put(MASTERS, { ...master, metadata: { ...master.metadata, annotations } });
    stage.backend = { delete: () => Promise.resolve() };
    await heardOf(stage, ['a'], MINUTE);
    expect(condition(stage)).to.equal('False LossConfirmed');
    expect(await lost(stage)).to.deep.equal(['Ready', 'Deleting', 'Deleting', 'Deleting', 'Deleting']);
  });

  it('it is over when they are heard again', async () => {
    const stage = await staged();
    await heardOf(stage, names, 10 * MINUTE);
    await heardOf(stage, [], 10 * MINUTE);
    await lost(stage);
    await heardOf(stage, names, MINUTE);
    expect(condition(stage)).to.equal('True Heard');
    expect(stage.told()).to.include('master NodesHeard');
    expect(await lost(stage)).to.deep.equal(names.map(() => 'Ready'));
  });

  it('a restart forgets neither that it is so nor since when', async () => {
    const stage = await staged();
    await heardOf(stage, names, 10 * MINUTE);
    await heardOf(stage, [], 10 * MINUTE);
    await lost(stage);
    const since = masterOf(stage).status?.conditions?.find(({ type }) => type === 'NodesHeard')?.lastTransitionTime;
    stage.restartMasters();
    // the collector has been restarted, too: it knows nobody, and says nothing either way
    stage.reading = { startds: [], collectorStartedAt: stage.fixture.clock.now() };
    await stage.pass(MINUTE);
    expect(condition(stage)).to.equal('False ManySilentAtOnce');
    await heardOf(stage, [], 120 * MINUTE);
    expect(condition(stage)).to.equal('False ManySilentAtOnce');
    const still = masterOf(stage).status?.conditions?.find(({ type }) => type === 'NodesHeard')?.lastTransitionTime;
    expect(still).to.equal(since);
    expect(await lost(stage)).to.deep.equal(names.map(() => 'Lost'));
  });

  it('servers that the cloud calls switched off are no riddle', async () => {
    const stage = await staged();
    await heardOf(stage, names, 10 * MINUTE);
    await lost(stage);
    stage.backend = { delete: () => Promise.resolve() };
    stage.listing = {
      vms: names.map((name) => vm({ id: `server-${name}`, nodeUid: `uid-${name}`, state: 'Stopping' })),
    };
    await stage.pass(MINUTE);
    await lost(stage);
    stage.reading = { ...stage.reading, startds: [] };
    await stage.pass(10 * MINUTE);
    expect(condition(stage)).to.equal('True Heard');
    expect(await lost(stage)).to.deep.equal(names.map(() => 'Deleting'));
  });
});
