import { expect } from 'chai';
import { EhosError } from '../../../src/base/errors.ts';
import type { EhosNode, EhosNodeStatus } from '../../../src/api/resources.ts';
import type { AddressRequest, NodeTraces, Remnant } from '../../../src/cloud/backend.ts';
import { toTime } from '../../../src/domain/times.ts';
import { vm, type Fixture } from './fixture.ts';
import { Stage } from './stage.ts';

const MINUTE = 60_000;

describe('what belongs to a node beside its server', () => {
  let stage: Stage;
  let fixture: Fixture;
  beforeEach(async () => {
    stage = await Stage.set();
    ({ fixture } = stage);
    stage.putPool();
  });

  const reconcile = async (): Promise<EhosNode | undefined> => {
    await stage.nodes.reconcile('ns/node-1');
    return stage.node('node-1');
  };
  const conditionOf = (node: EhosNode | undefined, type: string): string | undefined =>
    node?.status?.conditions?.find((condition) => condition.type === type)?.message;

  describe('its floating IP', () => {
    const floatingIP = { mode: 'Purge', networkID: 'external', portNetworkID: 'inner' } as const;
    const asked: AddressRequest[] = [];
    let answer: () => Promise<string>;
    beforeEach(() => {
      asked.length = 0;
      answer = () => Promise.resolve('203.0.113.9');
      stage.backend = {
        giveAddress: (request) => {
          asked.push(request);
          return answer();
        },
      };
    });
    const boot = async (spec: Partial<EhosNode['spec']> = { floatingIP }): Promise<void> => {
      const at = toTime(fixture.clock.now());
      const status = { serverID: 'server-1', requested: at, launched: at };
      stage.putNode('node-1', status, { spec, metadata: { uid: 'uid-1' } });
      stage.listing = { vms: [vm()] };
      await stage.pass(MINUTE);
    };

    it('is given when its server runs, once, and stands in its status', async () => {
      await boot();
      const node = await reconcile();
      const { mode, networkID: networkId, portNetworkID: portNetworkId } = floatingIP;
      const request = { serverId: 'server-1', namespace: 'ns', nodeUid: 'uid-1', mode, networkId, portNetworkId };
      expect(asked).to.deep.equal([request]);
      expect(node?.status?.floatingIP).to.equal('203.0.113.9');
      await reconcile();
      expect(asked).to.have.length(1);
    });

    it('is not asked for where there is to be none', async () => {
      await boot({});
      await reconcile();
      expect(asked).to.deep.equal([]);
    });

    it('is not asked for before the server runs', async () => {
      await boot();
      stage.listing = { vms: [vm({ state: 'Booting' })] };
      await stage.pass(MINUTE);
      await reconcile();
      expect(asked).to.deep.equal([]);
    });

    it('that cannot be had is told once, and asked for again ever more seldom', async () => {
      answer = () => Promise.reject(new EhosError('NoCapacity', 'no unused floating IP is left'));
      await boot();
      await reconcile();
      await reconcile();
      expect(asked).to.have.length(1);
      expect(conditionOf(await reconcile(), 'Ready')).to.equal(
        'it has no floating IP yet: no unused floating IP is left',
      );
      for (let i = 0; i < 20; i++) {
        await fixture.clock.advance(MINUTE);
        await reconcile();
      }
      expect(asked.length).to.be.within(5, 9);
      expect(stage.told().filter((line) => line === 'node-1 NoFloatingIP')).to.have.length(1);
      answer = () => Promise.resolve('203.0.113.10');
      for (let i = 0; i < 6; i++) {
        await fixture.clock.advance(MINUTE);
        await reconcile();
      }
      expect(stage.node('node-1')?.status?.floatingIP).to.equal('203.0.113.10');
    });
  });

  describe('when its server is gone', () => {
    let remnants: Remnant[];
    let traces: NodeTraces[];
    let clear: (remnant: Remnant) => Promise<void>;
    beforeEach(() => {
      traces = [];
      remnants = [];
      clear = () => Promise.resolve();
      stage.backend = {
        get: () => Promise.resolve(undefined),
        remains: (of) => {
          traces.push(of);
          return Promise.resolve(remnants);
        },
        clear: (remnant) => clear(remnant),
      };
      stage.condor = { invalidateAds: () => Promise.resolve() };
    });
    const leave = async (spec: Partial<EhosNode['spec']> = {}, change: EhosNodeStatus = {}): Promise<void> => {
      const at = toTime(fixture.clock.now());
      const status = { serverID: 'server-1', requested: at, launched: at, drainRequested: at, deleted: at, ...change };
      stage.putNode('node-1', status, { spec, metadata: { uid: 'uid-1' } });
      await stage.pass(2 * MINUTE);
    };

    it('is looked for by all that is known of it; then the record goes', async () => {
      await leave({ volumes: 2 }, { volumes: ['v1', 'v2'] });
      expect(await reconcile()).to.equal(undefined);
      expect(traces).to.deep.equal([
        {
          namespace: 'ns',
          nodeUid: 'uid-1',
          serverId: 'server-1',
          volumeIds: ['v1', 'v2'],
          hasVolumes: true,
          hasAddress: false,
        },
      ]);
    });

    it('I8: keeps the record, which says what it is, until it is gone', async () => {
      remnants = [
        { kind: 'volume', id: 'v1', state: 'in-use' },
        { kind: 'floating IP', id: 'f1', state: '203.0.113.9' },
      ];
      clear = ({ kind }) =>
        kind === 'volume'
          ? Promise.reject(new EhosError('Conflict', 'Volume status must be available'))
          : Promise.resolve();
      await leave({ volumes: 1 });
      await reconcile();
      const said =
        'its server is gone and left behind: volume v1 (in-use): Volume status must be available; floating IP f1 (203.0.113.9)';
      const node = await reconcile();
      expect(conditionOf(node, 'Ready')).to.equal(said);
      expect(conditionOf(node, 'Drained')).to.contain(said);
      expect(stage.told()).to.include('node-1 LeftBehind');
      remnants = [];
      await stage.pass(MINUTE);
      expect(await reconcile()).to.equal(undefined);
    });

    it('and cannot be looked for, keeps the record', async () => {
      stage.backend = { ...stage.backend, remains: () => Promise.reject(new EhosError('Transient', '503 of Neutron')) };
      await leave();
      await reconcile();
      expect(conditionOf(await reconcile(), 'Ready')).to.match(/whether anything of it is left cannot be seen: 503/);
    });
  });

  describe('does not make others its own', () => {
    const leaveWith = async (server: ReturnType<typeof vm>): Promise<string[]> => {
      const deleted: string[] = [];
      stage.backend = {
        delete: (id) => {
          deleted.push(id);
          return Promise.resolve();
        },
        get: (id) => Promise.resolve(id === server.id ? server : undefined),
      };
      const at = toTime(fixture.clock.now());
      // as somebody would write it who may write the status of records
      const status = { serverID: 'server-1', requested: at, drainRequested: at, vmState: 'Error' } as const;
      stage.putNode('node-1', status, { metadata: { uid: 'uid-1' } });
      stage.listing = { vms: [server] };
      await stage.pass(30 * MINUTE);
      stage.listing = { vms: [] };
      await stage.lookAtNode('node-1');
      return deleted;
    };

    it('a server with its tag is deleted', async () => {
      expect(await leaveWith(vm())).to.deep.equal(['server-1']);
    });

    it('a server of another node is not, whatever the record says', async () => {
      expect(await leaveWith(vm({ nodeUid: 'uid-2' }))).to.deep.equal([]);
      expect(stage.told()).to.include('node-1 ForeignServer');
    });

    it('a server without a tag is not', async () => {
      expect(await leaveWith(vm({ nodeUid: undefined }))).to.deep.equal([]);
    });
  });
});
