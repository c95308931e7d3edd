import { expect } from 'chai';
import { CLOUDS, MASTERS, NODES, type EhosNode } from '../../../src/api/resources.ts';
import { ehosCloud, ehosMaster } from './fixture.ts';
import { Stage } from './stage.ts';

describe('a node whose cloud or master was not looked at yet', () => {
  const joined = { serverID: 's', requested: '2026-01-01T00:00:00Z', launched: '2026-01-01T00:00:00Z' };
  const record = (stage: Stage): EhosNode =>
    stage.fixture.kube.put<EhosNode>(NODES, {
      metadata: { name: 'node-1', uid: 'uid-1', finalizers: ['ehos.io/cleanup'] },
      spec: {
        poolRef: { name: 'pool-a' },
        cloudRef: { name: 'cloud-a' },
        masterRef: { name: 'master' },
        flavor: 'm1.small',
        image: 'image-1',
        templateHash: 'h',
      },
      status: joined,
    });
  const statusOf = (stage: Stage): EhosNode['status'] =>
    (stage.fixture.kube.find(NODES, 'node-1') as EhosNode | undefined)?.status;

  it('is left as it is after a restart: what is not known yet would be told and taken back', async () => {
    const stage = new Stage();
    stage.fixture.kube.put(CLOUDS, ehosCloud());
    stage.fixture.kube.put(MASTERS, ehosMaster());
    record(stage);
    expect(await stage.nodes.reconcile('ns/node-1')).to.deep.equal({ afterMs: 5_000 });
    expect(statusOf(stage)).to.deep.equal(joined);
  });

  it('is looked at when both were read', async () => {
    const stage = await Stage.set();
    // the cloud does not list its server: it is asked for it by its id
    stage.backend = { get: () => Promise.resolve(undefined) };
    record(stage);
    await stage.nodes.reconcile('ns/node-1');
    expect(statusOf(stage)?.conditions).to.not.equal(undefined);
  });

  it('is told that there is no such cloud, which is for an admin to mend', async () => {
    const stage = await Stage.set([]);
    record(stage);
    await stage.nodes.reconcile('ns/node-1');
    const ready = statusOf(stage)?.conditions?.find(({ type }) => type === 'Ready');
    expect(ready?.status).to.equal('False');
  });
});
