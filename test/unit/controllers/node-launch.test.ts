import { expect } from 'chai';
import { CLOUDS, NODES, type EhosCloud, type EhosNode } from '../../../src/api/resources.ts';
import { EhosError } from '../../../src/base/errors.ts';
import { Stage, TEMPLATE } from './stage.ts';

const ASKED = '2026-01-01T00:00:30Z';

describe('a launch beside another process of the operator', () => {
  let stage: Stage;
  let creates: number;
  let inTurn: (() => void) | undefined;

  beforeEach(async () => {
    stage = await Stage.set();
    creates = 0;
    inTurn = undefined;
    stage.backend = {
      // the last thing before the record is written: what happens here happens while the launch is prepared
      resolve: () => {
        inTurn?.();
        return Promise.resolve(TEMPLATE);
      },
      create: () => {
        creates += 1;
        return Promise.resolve({ id: 'server-1' });
      },
    };
    stage.condor = { obtainToken: () => Promise.resolve('aaaa.bbbb.cccc') };
    stage.putPool();
    stage.putNode('node-1', undefined);
  });

  const launch = async (): Promise<void> => {
    await stage.nodes.reconcile('ns/node-1');
    await stage.nodes.settled();
  };
  /** As the other process writes it. */
  const otherAsks = (): void => {
    const node = stage.node('node-1');
    if (!node) throw new Error('its record is gone');
    stage.fixture.kube.put<EhosNode>(NODES, { ...node, status: { phase: 'Launching', requested: ASKED } });
  };

  it('asks once where nobody else does', async () => {
    await launch();
    expect(creates).to.equal(1);
    expect(stage.node('node-1')?.status?.serverID).to.equal('server-1');
  });

  it('asks for no second server when the other has recorded its request meanwhile', async () => {
    inTurn = otherAsks;
    await launch();
    expect(creates).to.equal(0);
    expect(stage.node('node-1')?.status).to.deep.equal({ phase: 'Launching', requested: ASKED });
  });

  it('makes no server beyond maxNodes of a record that has come late', async () => {
    stage.putPool({ maxNodes: 2 });
    for (const name of ['node-2', 'node-3']) stage.putNode(name, { requested: ASKED, serverID: `server-${name}` });
    await launch();
    expect(creates).to.equal(0);
    expect(stage.node('node-1')).to.equal(undefined);
    expect(stage.fixture.events.map(({ note }) => note).join()).to.include(
      '2 servers of its pool are as many as maxNodes allows',
    );
  });

  it('makes no server beyond the limits of its cloud of a record that has come late', async () => {
    stage.putPool({ maxNodes: 10 });
    stage.putNode('node-2', { requested: ASKED, serverID: 'server-node-2', launched: ASKED });
    const cloud = stage.fixture.kube.find(CLOUDS, 'cloud-a') as EhosCloud;
    const limited = (cores: number): void => {
      stage.fixture.kube.put(CLOUDS, { ...cloud, spec: { ...cloud.spec, limits: { cores } } });
    };
    limited(1);
    await launch();
    expect(creates).to.equal(0);
    expect(stage.fixture.events.map(({ note }) => note).join()).to.include(
      'with it 2 of limits.cores 1 of its cloud would be taken',
    );
    limited(2);
    stage.putNode('node-1', undefined);
    await launch();
    expect(creates).to.equal(1);
  });

  it('does not count a record that is given up and only waits for a late server: the plan does not either', async () => {
    stage.putPool({ maxNodes: 1 });
    stage.putNode('node-2', { requested: ASKED, drainRequested: ASKED });
    await launch();
    expect(creates).to.equal(1);
  });

  it('lets the record be when the other has asked for a server that this one could not prepare', async () => {
    inTurn = () => {
      otherAsks();
      throw new EhosError('Invalid', 'image.name: there is no image', { field: 'image.name' });
    };
    await launch();
    expect(stage.node('node-1')?.status?.requested).to.equal(ASKED);
  });

  it('drops the record that nobody else has touched', async () => {
    inTurn = () => {
      throw new EhosError('Invalid', 'image.name: there is no image', { field: 'image.name' });
    };
    await launch();
    expect(stage.node('node-1')).to.equal(undefined);
  });
});
