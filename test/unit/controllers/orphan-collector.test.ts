import { expect } from 'chai';
import { EhosError } from '../../../src/base/errors.ts';
import { CLOUDS, NODES, type EhosCloud, type EhosNode } from '../../../src/api/resources.ts';
import type { NodeAddress } from '../../../src/domain/orphan-addresses.ts';
import type { Vm } from '../../../src/domain/snapshots.ts';
import { startd, vm, type Fixture } from './fixture.ts';
import { Stage } from './stage.ts';

const MINUTE = 60_000;
const ORIGIN = {
  namespace: 'ns',
  pool: 'pool-a',
  cloud: 'cloud-a',
  master: 'master',
  image: 'image-1',
  templateHash: '0123456789abcdef',
};
const lost = (change: Partial<Vm> = {}): Vm => vm({ nodeUid: 'uid-lost', origin: ORIGIN, ...change });

describe('servers whose record is lost', () => {
  let stage: Stage;
  let fixture: Fixture;
  beforeEach(async () => {
    stage = await Stage.set();
    ({ fixture } = stage);
  });

  const minutes = async (n: number): Promise<void> => {
    for (let i = 0; i < n; i++) await stage.pass(MINUTE);
  };
  const condition = (): string => {
    const { status } = fixture.kube.find(CLOUDS, 'cloud-a') as EhosCloud;
    const found = status?.conditions?.find(({ type }) => type === 'NoOrphans');
    return `${found?.status} ${found?.reason}: ${found?.message}`;
  };
  const creates = (): string[] => fixture.kube.writes.filter((line) => line.startsWith('create ehosnodes'));

  it('are told at once and taken back after the grace period', async () => {
    stage.putPool();
    stage.listing = { vms: [lost()] };
    await minutes(1);
    expect(condition()).to.match(/^False Waiting: 1 server \(pool-a-x server-1\) has no EhosNode/);
    await minutes(9);
    expect(creates()).to.deep.equal([]);
    await minutes(1);
    expect(creates()).to.deep.equal(['create ehosnodes ns/pool-a-x']);
    const record = stage.node('pool-a-x');
    expect(record?.spec).to.deep.equal({
      poolRef: { name: 'pool-a' },
      cloudRef: { name: 'cloud-a' },
      masterRef: { name: 'master' },
      flavor: 'm1.small',
      availabilityZone: 'nova',
      image: 'image-1',
      templateHash: '0123456789abcdef',
      adopts: 'uid-lost',
    });
    expect(record?.metadata).to.deep.include({
      labels: { 'ehos.io/pool': 'pool-a', 'ehos.io/cloud': 'cloud-a' },
      finalizers: ['ehos.io/cleanup'],
    });
    expect(record?.metadata.ownerReferences?.[0]).to.include({ kind: 'EhosNodePool', uid: 'uid-pool-a' });
    expect(stage.told()).to.include('cloud-a ServerAdopted');
    await minutes(5);
    expect(creates()).to.have.length(1);
    expect(condition()).to.equal('True None: each server of ours has its EhosNode');
  });

  it('are not asked the API server for while the local copy knows all of them', async () => {
    fixture.kube.failing = { line: /^list /, error: new EhosError('Transient', 'must not be asked') };
    stage.putPool();
    stage.putNode('pool-a-x', undefined, { metadata: { uid: 'uid-1' } });
    stage.listing = { vms: [vm({ origin: ORIGIN })] };
    await minutes(20);
    expect(condition()).to.match(/^True None/);
  });

  it('are not those whose record the local copy does not show yet', async () => {
    stage.putPool();
    stage.putNode('pool-a-x', undefined, { metadata: { uid: 'uid-lost' } });
    fixture.kube.late.add('pool-a-x');
    stage.listing = { vms: [lost()] };
    await minutes(30);
    expect(creates()).to.deep.equal([]);
    expect(condition()).to.match(/^True None/);
  });

  it('are not decided about while the API server does not answer (incident I1)', async () => {
    stage.putPool();
    stage.listing = { vms: [lost()] };
    await minutes(8);
    fixture.kube.failing = { line: /^list ehosnodes/, error: new EhosError('Transient', '503 from the API server') };
    await minutes(30);
    expect(creates()).to.deep.equal([]);
    expect(condition()).to.equal(
      'Unknown CannotTell: servers without a record cannot be looked for: 503 from the API server',
    );
    fixture.kube.failing = undefined;
    await minutes(2);
    expect(creates(), 'it was without a record all the time').to.have.length(1);
  });

  it('are not decided about while the cloud cannot be listed', async () => {
    stage.putPool();
    stage.listing = { vms: [lost()] };
    await minutes(8);
    stage.backend = { observe: () => Promise.reject(new EhosError('Transient', '503')) };
    await minutes(30);
    expect(creates()).to.deep.equal([]);
  });

  it('are counted anew after a restart', async () => {
    stage.putPool();
    stage.listing = { vms: [lost()] };
    await minutes(10);
    const restarted = await Stage.set();
    restarted.putPool();
    restarted.listing = { vms: [lost()] };
    for (let i = 0; i < 10; i++) await restarted.pass(MINUTE);
    expect(restarted.records()).to.deep.equal([]);
  });

  it('get another name when theirs is taken, and no second record', async () => {
    stage.putPool();
    stage.putNode('pool-a-x', undefined, { metadata: { uid: 'uid-other' } });
    stage.listing = { vms: [lost()] };
    await minutes(12);
    expect(stage.node('adopted-uid-lost')?.spec.adopts).to.equal('uid-lost');
    expect(creates()).to.have.length(2);
  });

  it('have one record when the answer to its create was lost', async () => {
    stage.putPool();
    stage.listing = { vms: [lost()] };
    await minutes(10);
    stage.putNode('pool-a-x', undefined, { spec: { adopts: 'uid-lost' } });
    fixture.kube.late.add('pool-a-x');
    await minutes(5);
    expect(creates()).to.deep.equal([]);
  });

  it('that cannot be given one do not keep the others from it', async () => {
    stage.putPool();
    stage.listing = { vms: [lost({ id: 's0', name: 'bad' }), lost({ id: 's1', name: 'good', nodeUid: 'uid-2' })] };
    fixture.kube.failing = {
      line: /bad|uid-lost/,
      error: new EhosError('Invalid', 'spec.poolRef.name: Invalid value'),
    };
    await minutes(12);
    expect(stage.node('good')?.spec.adopts).to.equal('uid-2');
    expect(condition()).to.contain('server s0: spec.poolRef.name: Invalid value');
  });

  describe('and whose pool is gone', () => {
    const gone = (n: number): Vm[] =>
      Array.from({ length: n }, (_, i) => lost({ id: `s${i}`, name: `gone-${i}`, nodeUid: `uid-gone-${i}` }));

    it('get a record that leaves at once, and with it the server', async () => {
      const deleted: string[] = [];
      stage.backend = {
        delete: (id) => {
          deleted.push(id);
          return Promise.resolve();
        },
        get: () => Promise.resolve(undefined),
      };
      stage.condor = {
        drainIfIdle: () => Promise.resolve({ kind: 'Accepted' } as never),
        invalidateAds: () => Promise.resolve(),
      };
      const busy = startd({
        nodeId: 'uid-lost',
        identity: 'ehos-node-uid-lost@pool.example',
        dynamicSlots: 1,
        state: 'Owner',
      });
      const hear = (change: object): void => {
        const now = fixture.clock.now();
        stage.reading = { startds: [{ ...busy, lastHeardFrom: now, ...change }] };
      };
      stage.listing = { vms: [lost()] };
      await minutes(11);
      expect(stage.told()).to.include('cloud-a OrphanReleased');
      const look = async (change: object): Promise<EhosNode | undefined> => {
        hear(change);
        await minutes(1);
        await stage.nodes.reconcile('ns/pool-a-x');
        return stage.node('pool-a-x');
      };
      const first = await look({ draining: true, drainReason: 'ehos: its pool is gone' });
      expect(first?.status).to.include({ serverID: 'server-1', phase: 'Draining' });
      await look({ draining: true, drainReason: 'ehos: its pool is gone' });
      expect(deleted, 'a job runs there').to.deep.equal([]);
      await look({ draining: true, dynamicSlots: 0, state: 'Drained', drainReason: 'ehos: its pool is gone' });
      await look({ draining: true, dynamicSlots: 0, state: 'Drained', drainReason: 'ehos: its pool is gone' });
      expect([...new Set(deleted)]).to.deep.equal(['server-1']);
    });

    it('are held by the brake when they are many, and go when an admin says so', async () => {
      stage.listing = { vms: gone(12) };
      await minutes(20);
      expect(creates()).to.deep.equal([]);
      const said = /^False Brake: 12 servers .* ehos\.io\/confirm-orphans=(12-[0-9a-f]{10})$/.exec(condition());
      expect(said, condition()).to.not.equal(null);
      expect(stage.told().filter((line) => line === 'cloud-a OrphanBrake')).to.have.length(1);
      const cloud = fixture.kube.find(CLOUDS, 'cloud-a') as EhosCloud;
      const annotations = { 'ehos.io/confirm-orphans': said?.[1] ?? '' };
      fixture.kube.put(CLOUDS, { ...cloud, metadata: { ...cloud.metadata, annotations } });
      await minutes(2);
      expect(creates()).to.have.length(12);
      expect(stage.records().every(({ metadata }) => metadata.ownerReferences === undefined)).to.equal(true);
    });

    it('keep their cloud, until they are gone', async () => {
      stage.listing = { vms: [lost()] };
      await minutes(1);
      const cloud = fixture.kube.find(CLOUDS, 'cloud-a') as EhosCloud;
      fixture.kube.put(CLOUDS, {
        ...cloud,
        metadata: { ...cloud.metadata, deletionTimestamp: '2026-01-01T00:00:00Z' },
      });
      await minutes(3);
      expect((fixture.kube.find(CLOUDS, 'cloud-a') as EhosCloud).metadata.finalizers).to.deep.equal([
        'ehos.io/cleanup',
      ]);
      stage.listing = { vms: [] };
      await minutes(2);
      expect((fixture.kube.find(CLOUDS, 'cloud-a') as EhosCloud).metadata.finalizers).to.deep.equal([]);
    });
  });

  describe('that are adopted', () => {
    const record = (adopts: string, namespace = 'ns'): EhosNode => {
      stage.putPool();
      return stage.putNode('pool-a-y', undefined, { spec: { adopts }, metadata: { namespace } });
    };
    const reconcile = async (): Promise<EhosNode | undefined> => {
      await stage.nodes.reconcile('ns/pool-a-y');
      await stage.nodes.settled();
      return fixture.kube.find(NODES, 'pool-a-y') as EhosNode | undefined;
    };
    beforeEach(() => {
      stage.backend = { create: () => Promise.reject(new Error('a second server')) };
    });

    it('are taken for joined: jobs may run there, whatever the record says', async () => {
      record('uid-lost');
      stage.listing = { vms: [lost()] };
      await minutes(1);
      const node = await reconcile();
      expect(node?.status).to.include({ serverID: 'server-1', vmState: 'Active', phase: 'Lost' });
      expect(node?.status?.joined).to.be.a('string');
      expect(node?.status?.drainRequested).to.equal(undefined);
    });

    it('with their startd go on as the nodes they were', async () => {
      record('uid-lost');
      stage.listing = { vms: [lost()] };
      const heard = startd({ nodeId: 'uid-lost', identity: 'ehos-node-uid-lost@pool.example', dynamicSlots: 2 });
      stage.reading = { startds: [{ ...heard, lastHeardFrom: fixture.clock.now() }] };
      await stage.pass(MINUTE);
      const node = await reconcile();
      expect(node?.status).to.include({ phase: 'Ready', slotName: 'slot1@node-1' });
    });

    for (const [what, server] of [
      ['of another namespace', lost({ origin: { ...ORIGIN, namespace: 'other' } })],
      ['of another pool', lost({ origin: { ...ORIGIN, pool: 'pool-b' } })],
      ['that does not say whose it is', lost({ origin: undefined })],
    ] as const)
      it(`are not those ${what}: such a record goes, and the server stays`, async () => {
        record('uid-lost');
        stage.listing = { vms: [server] };
        const heard = startd({ nodeId: 'uid-lost', identity: 'ehos-node-uid-lost@pool.example' });
        stage.reading = { startds: [{ ...heard, lastHeardFrom: fixture.clock.now() }] };
        await stage.pass(MINUTE);
        for (let i = 0; i < 4; i++) await reconcile();
        expect(stage.node('pool-a-y')).to.equal(undefined);
      });

    it('never lead to a server of their own', async () => {
      record('uid-lost');
      await stage.pass(MINUTE);
      for (let i = 0; i < 3; i++) await reconcile();
      expect(stage.node('pool-a-y')).to.equal(undefined);
    });
  });

  describe('floating IPs of nodes that are gone', () => {
    it('are released when they have been without a node for the grace period', async () => {
      const address: NodeAddress = { id: 'f1', address: '203.0.113.9', namespace: 'ns', nodeUid: 'x', inUse: false };
      const released: string[] = [];
      stage.backend = {
        addresses: () =>
          Promise.resolve(
            [address, { ...address, id: 'f2', inUse: true }, { ...address, id: 'f3', namespace: 'other' }].filter(
              ({ id }) => !released.includes(id),
            ),
          ),
        releaseAddress: (id) => {
          released.push(id);
          return Promise.resolve();
        },
      };
      await minutes(9);
      expect(released).to.deep.equal([]);
      await minutes(10);
      expect(released).to.deep.equal(['f1']);
      expect(stage.told()).to.include('cloud-a AddressReleased');
    });
  });
});
