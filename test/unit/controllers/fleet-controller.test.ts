import { expect } from 'chai';
import { EhosError } from '../../../src/base/errors.ts';
import { FINALIZER, POOLS } from '../../../src/api/resources.ts';
import { toTime } from '../../../src/domain/times.ts';
import { vm } from './fixture.ts';
import { idle, quota, Stage } from './stage.ts';

const MINUTE = 60_000;

describe('FleetController', () => {
  let stage: Stage;
  beforeEach(async () => {
    stage = await Stage.set(['cloud-a', 'cloud-b']);
  });
  const queued = async (...jobs: ReturnType<typeof idle>[]): Promise<void> => {
    stage.reading = { jobs };
    await stage.pass(MINUTE);
  };
  const planFails = async (): Promise<Error> => {
    try {
      await stage.plan();
    } catch (error) {
      return error as Error;
    }
    throw new Error('it did not fail');
  };
  const held = { finalizers: [FINALIZER] };

  it('two pools on one cloud with quota for two nodes get one each', async () => {
    stage.quota.instances = quota(2);
    stage.putPool();
    stage.putPool({}, { name: 'pool-b' });
    await queued(idle(5, 'pool-a'), idle(5, 'pool-b'));
    await stage.plan();
    expect([stage.records('pool-a'), stage.records('pool-b')].map((all) => all.length)).to.deep.equal([1, 1]);
    await stage.plan();
    expect(stage.records(), 'what is under way counts at the next plan').to.have.length(2);
    expect(stage.condition('ScalingLimited')).to.match(
      /^True Quota: cloud-a: quota of instances is used up \(2 of 2\)/,
    );
  });

  it('pools of another namespace are not its business', async () => {
    stage.putPool({ minNodes: 1 }, { namespace: 'other' });
    await stage.plan();
    expect(stage.fixture.kube.writes.filter((line) => line.includes('ehosnode'))).to.deep.equal([]);
  });

  it('makes the record of a node with all that it needs, and tells all of them in one event', async () => {
    stage.putPool();
    await queued(idle(3, 'pool-a'));
    await stage.plan();
    const [node, ...others] = stage.records();
    expect(others).to.have.length(2);
    expect(node?.metadata).to.deep.include({
      labels: { 'ehos.io/pool': 'pool-a', 'ehos.io/cloud': 'cloud-a' },
      finalizers: [FINALIZER],
    });
    expect(node?.metadata.ownerReferences?.[0]).to.include({ kind: 'EhosNodePool', uid: 'uid-pool-a' });
    expect(node?.spec).to.deep.include({ flavor: 'm1.small', image: 'image-1', cloudRef: { name: 'cloud-a' } });
    expect(node?.spec).not.to.have.property('availabilityZone');
    const told = stage.fixture.events.filter(({ object }) => object === 'pool-a');
    expect(told.map(({ reason }) => reason)).to.deep.equal(['CreatingNodes']);
    expect(told[0]?.note).to.match(/^create 3 nodes: 3 x m1.small on cloud-a; 3 idle jobs .* need 3 cores/);
    expect(stage.fixture.wakes.filter((wake) => wake.startsWith('node '))).to.have.length(3);
  });

  it('puts nodes into the zones of the template by turns', async () => {
    stage.putPool({ template: { flavors: ['m1.small'], availabilityZones: ['zone-1', 'zone-2'] } });
    await queued(idle(4, 'pool-a'));
    await stage.plan();
    const zones = stage.records().map(({ spec }) => spec.availabilityZone);
    expect(zones.sort()).to.deep.equal(['zone-1', 'zone-1', 'zone-2', 'zone-2']);
  });

  it('the same situation again writes nothing', async () => {
    stage.putPool({ minNodes: 1 });
    await queued(idle(2, 'pool-a'));
    await stage.plan();
    await stage.plan();
    stage.fixture.kube.writes.length = 0;
    await stage.plan();
    expect(stage.fixture.kube.writes).to.deep.equal([]);
  });

  describe('one pool that fails holds up no other, is told, and is mended by itself:', () => {
    for (const [what, line] of [
      ['its finalizer cannot be set', /^patch ehosnodepools ns\/pool-a$/],
      ['records of its nodes cannot be written', /^create ehosnodes ns\/pool-a-/],
      ['its status cannot be written', /^patchStatus ehosnodepools ns\/pool-a$/],
    ] as const)
      it(what, async () => {
        stage.putPool();
        stage.putPool({}, { name: 'pool-b' });
        await queued(idle(1, 'pool-a'), idle(1, 'pool-b'));
        stage.fixture.kube.failing = { line, error: new EhosError('Transient', '503 from the API server') };
        expect((await planFails()).message).to.equal('503 from the API server');
        expect(stage.records('pool-b')).to.have.length(1);
        expect(stage.pool('pool-b').status).to.include({ nodes: 1, starting: 1 });
        expect(stage.pool().status).to.equal(undefined);
        stage.fixture.kube.failing = undefined;
        await stage.plan();
        expect(stage.records('pool-a')).to.have.length(1);
        expect(stage.records('pool-b')).to.have.length(1);
        expect(stage.pool().status).to.include({ nodes: 1, starting: 1 });
      });

    it('nothing is made in the name of a pool without finalizer, and no other pool takes its jobs', async () => {
      stage.putPool({ jobs: { default: true } });
      stage.putPool({ jobs: { default: true } }, { name: 'pool-b', ...held });
      await queued(idle(3));
      const error = new EhosError('Conflict', 'the object has been modified');
      stage.fixture.kube.failing = { line: /^patch ehosnodepools ns\/pool-a$/, error };
      await planFails();
      expect(stage.records()).to.deep.equal([]);
      stage.fixture.kube.failing = undefined;
      await stage.plan();
      expect(stage.records('pool-a')).to.have.length(3);
      expect(stage.records('pool-b')).to.deep.equal([]);
    });

    it('of several records that one plan makes the others are made, and the next plan makes the one that lacks', async () => {
      stage.putPool();
      await queued(idle(3, 'pool-a'));
      let creates = 0;
      const { client } = stage.fixture.context;
      const create = client.create.bind(client);
      stage.fixture.context.client.create = async (type, object, signal) => {
        if (++creates === 2) throw new EhosError('Timeout', 'no answer');
        return await create(type, object, signal);
      };
      expect((await planFails()).message).to.equal('no answer');
      expect(stage.records()).to.have.length(2);
      await stage.plan();
      expect(stage.records()).to.have.length(3);
    });
  });

  describe('the create of a record that is not answered', () => {
    const lost = new EhosError('Timeout', 'no answer within 30 s', { maybeDone: true });
    /** The store shows what was made only later, as a watch may. */
    const loseAnswers = (made: boolean): void => {
      const { client, stores } = stage.fixture.context;
      const create = client.create.bind(client);
      const [list, seen] = [stores.nodes.list.bind(stores.nodes), new Set<string>()];
      client.create = async (type, object, signal) => {
        if (made) await create(type, object, signal);
        throw lost;
      };
      stores.nodes.list = () => list().filter(({ metadata }) => seen.has(metadata.name));
      stage.fixture.context.remember = (_type, object) => void seen.add(object.metadata.name);
    };
    beforeEach(async () => {
      stage.putPool({}, held);
      stage.putPool({}, { name: 'pool-b', ...held });
      await queued(idle(2, 'pool-a'));
    });

    it('is no reason for another one when it was carried out all the same', async () => {
      loseAnswers(true);
      expect(await planFails()).to.equal(lost);
      await stage.plan();
      expect(stage.records('pool-a')).to.have.length(2);
      expect(stage.fixture.kube.writes.filter((line) => line.startsWith('create'))).to.have.length(2);
      expect(stage.pool().status).to.include({ nodes: 2, starting: 2 });
    });

    it('holds its pool up, and no other, until it is known', async () => {
      loseAnswers(true);
      await planFails();
      stage.fixture.kube.failing = { line: /^get ehosnodes/, error: new EhosError('Transient', '503') };
      expect((await planFails()).message).to.equal('503');
      expect(stage.fixture.kube.writes.filter((line) => line.startsWith('create'))).to.have.length(2);
      expect(stage.pool('pool-b').status?.lastDecision).to.include({ reason: 'Enough' });
    });

    it('is made again when it was not carried out', async () => {
      const { client } = stage.fixture.context;
      const create = client.create.bind(client);
      loseAnswers(false);
      await planFails();
      client.create = create;
      await stage.plan();
      expect(stage.records('pool-a')).to.have.length(2);
    });
  });

  describe('in mode Observe', () => {
    it('writes nothing but the status, and tells no event', async () => {
      stage.putPool({ mode: 'Observe', minNodes: 2 }, held);
      await queued(idle(3, 'pool-a'));
      stage.fixture.kube.writes.length = 0;
      await stage.plan();
      expect(stage.fixture.kube.writes).to.deep.equal(['patchStatus ehosnodepools ns/pool-a']);
      expect(stage.pool().status?.lastDecision?.what).to.equal('would create 3 nodes: 3 x m1.small on cloud-a');
      expect(stage.pool().status).not.to.have.property('recentChanges');
      expect(stage.told()).to.deep.equal([]);
    });

    it('takes nothing from the others', async () => {
      stage.quota.instances = quota(2);
      stage.putPool({ mode: 'Observe' });
      stage.putPool({}, { name: 'pool-b' });
      await queued(idle(5, 'pool-a'), idle(5, 'pool-b'));
      await stage.plan();
      expect([stage.records('pool-a'), stage.records('pool-b')].map((all) => all.length)).to.deep.equal([0, 2]);
    });

    it('removes no idle node', async () => {
      const long = toTime(0);
      stage.putPool({ mode: 'Observe', scaleDown: { consolidateAfter: '1s' } }, held);
      stage.putNode('node-1', { serverID: 's', launched: long, joined: long, idleSince: long, vmState: 'Active' });
      await queued();
      await stage.plan();
      expect(stage.pool().status?.lastDecision?.what).to.equal('would remove 1 node: node-1');
      expect(stage.node('node-1')?.status?.drainRequested).to.equal(undefined);
    });
  });

  it('a paused pool is told so, and does nothing', async () => {
    stage.putPool({ mode: 'Paused', minNodes: 2 });
    await queued(idle(3, 'pool-a'));
    await stage.plan();
    expect(stage.records()).to.deep.equal([]);
    expect(stage.pool().status?.lastDecision).to.include({ reason: 'Paused' });
  });

  describe('counts how it decided', () => {
    const counted = (): string[] =>
      stage.fleet.decisions().map(({ pool, reason, count }) => `${pool} ${reason} ${count}`);

    it('for each pool and reason', async () => {
      stage.putPool();
      stage.putPool({}, { name: 'pool-b' });
      await queued(idle(2, 'pool-a'));
      await stage.plan();
      await stage.plan();
      await stage.plan();
      expect(counted().sort()).to.deep.equal(['ns/pool-a Enough 2', 'ns/pool-a ScaleUp 1', 'ns/pool-b Enough 3']);
    });

    it('and forgets a pool that is gone', async () => {
      stage.putPool();
      stage.putPool({}, { name: 'pool-b' });
      await stage.plan();
      stage.fixture.kube.remove(POOLS, 'pool-a');
      await stage.plan();
      expect(counted()).to.deep.equal(['ns/pool-b Enough 2']);
      stage.fixture.kube.remove(POOLS, 'pool-b');
      expect(await stage.plan()).to.equal(undefined);
      expect(counted()).to.deep.equal([]);
      expect([...stage.fleet.sights()]).to.deep.equal([]);
    });
  });

  it('keeps what the last plan was made from', async () => {
    stage.putPool();
    await queued(idle(2, 'pool-a'));
    await stage.plan();
    const sight = stage.fleet.sights().get('ns');
    expect(sight?.pools.map(({ pool }) => pool.metadata.name)).to.deep.equal(['pool-a']);
    expect(sight?.clouds.map(({ object }) => object.metadata.name)).to.deep.equal(['cloud-a', 'cloud-b']);
    expect(sight?.masters[0]?.queue).to.deep.equal([idle(2, 'pool-a')]);
  });

  describe('looks again', () => {
    it('after five minutes when nothing is expected', async () => {
      stage.putPool();
      await queued();
      expect(await stage.plan()).to.deep.equal({ afterMs: 5 * MINUTE });
    });

    it('when the pace of one of its pools allows more, whatever the others wait for', async () => {
      stage.putPool();
      stage.putPool({ scaleUp: { maxPerMinute: 2 } }, { name: 'pool-b' });
      await queued(idle(5, 'pool-b'));
      await stage.plan();
      await stage.fixture.clock.advance(10_000);
      expect(await stage.plan()).to.deep.equal({ afterMs: 50_000 });
      expect(stage.records('pool-b')).to.have.length(2);
      await stage.pass(50_000);
      await stage.plan();
      expect(stage.records('pool-b')).to.have.length(4);
    });
  });

  it('RoundRobin goes on where it was, and does not move while nothing is carried out', async () => {
    const clouds = [{ name: 'cloud-a' }, { name: 'cloud-b' }];
    stage.putPool({ clouds, mode: 'Observe' });
    await queued(idle(1, 'pool-a'));
    await stage.plan();
    stage.putPool({ clouds });
    await stage.plan();
    await queued(idle(2, 'pool-a'));
    await stage.plan();
    expect(stage.records().map(({ spec }) => spec.cloudRef.name)).to.deep.equal(['cloud-a', 'cloud-b']);
  });

  it('a master that is not read makes no nodes for jobs, and says so', async () => {
    stage.putPool({ masterRef: { name: 'elsewhere' } });
    await stage.plan();
    expect(stage.condition('Ready')).to.match(/^False MasterNotSynced: .*there is no EhosMaster "elsewhere"/);
    expect(stage.pool().status?.lastDecision).to.include({ reason: 'QueueUnknown' });
  });

  it('what a node gave is what the next one is expected to give', async () => {
    const joined = { serverID: 's', launched: toTime(0), joined: toTime(40_000), vmState: 'Active' as const };
    stage.putPool();
    stage.listing = { vms: [vm({ nodeUid: 'uid-node-1' })] };
    stage.putNode('node-1', { ...joined, cores: 1, memory: 1200, disk: 9_000_000, idleSince: toTime(40_000) });
    await queued(idle(1, 'pool-a', { memory: 1280 }));
    await stage.plan();
    expect(stage.records()).to.have.length(1);
    expect(stage.pool().status?.jobs?.unsatisfiable?.[0]?.reason).to.equal(
      'needs 1280 MiB of memory, nodes of m1.small on cloud cloud-a give 1200 MiB of their 2 GiB to jobs',
    );
  });

  it('a spec that changes while a plan is carried out is planned again from what is there', async () => {
    stage.putPool({}, held);
    await queued(idle(1, 'pool-a'));
    const stale = stage.pool();
    const { stores } = stage.fixture.context;
    const list = stores.pools.list.bind(stores.pools);
    stage.fixture.kube.put(POOLS, { ...stale, spec: { ...stale.spec, mode: 'Paused' } });
    stores.pools.list = () => [stale];
    expect((await planFails()).message).to.equal('the object has been modified');
    stores.pools.list = list;
    await stage.plan();
    expect(stage.pool().status?.lastDecision).to.include({ reason: 'Paused' });
  });
});
