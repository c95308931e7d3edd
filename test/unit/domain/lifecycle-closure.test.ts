import { expect } from 'chai';
import type { EhosNode } from '../../../src/api/resources.ts';
import { decideNode } from '../../../src/domain/lifecycle.ts';
import type { NodeObservation } from '../../../src/domain/lifecycle-types.ts';
import { ago, bootingStatus, MINUTE, node, NOW, readyStatus, seen, SECOND, startd, vm } from './lifecycle-fixture.ts';

const withSpec = (base: EhosNode, spec: Partial<EhosNode['spec']>): EhosNode => ({
  ...base,
  spec: { ...base.spec, ...spec },
});
const address = { mode: 'Assign', networkID: 'external', portNetworkID: 'inner' } as const;

describe('life cycle: a record that adopts', () => {
  const adopting = (change: Parameters<typeof seen>[1] = {}): NodeObservation =>
    seen(undefined, { node: withSpec(node(undefined), { adopts: 'lost' }), ...change });

  it('never asks for a server, and goes when there is none for it', () => {
    const { action, status } = decideNode(adopting());
    expect(action).to.deep.equal({ do: 'None' });
    expect(status.drainReason).to.equal('there is no server that this record may take over');
    const next = decideNode(adopting({ node: { ...adopting().node, status } }));
    expect(next.action.do).to.equal('RemoveRecord');
  });

  it('waits while the cloud cannot say', () => {
    const { action, status } = decideNode(adopting({ cloud: { fresh: false, problem: 'the cloud cannot be listed' } }));
    expect(action).to.deep.equal({ do: 'None' });
    expect(status.drainRequested).to.equal(undefined);
  });

  it('takes its server for one that has joined: it is not deleted as one that never did', () => {
    const old = vm({ createdAt: NOW - 600 * MINUTE });
    const { action, status } = decideNode(adopting({ cloud: { vms: [old] } }));
    expect(action).to.deep.equal({ do: 'None' });
    expect(status).to.include({ serverID: 'server-1', joined: ago(0), phase: 'Lost' });
    expect(status.drainRequested).to.equal(undefined);
  });

  it('with its startd is in the pool at once', () => {
    const { status } = decideNode(
      adopting({ cloud: { vms: [vm()] }, master: { startd: startd({ dynamicSlots: 1 }) } }),
    );
    expect(status).to.include({ phase: 'Ready', slotName: 'slot1@pool-a-x7k2p.novalocal' });
  });
});

describe('life cycle: what belongs to a server', () => {
  it('its volumes are remembered, and not forgotten when the cloud forgets them', () => {
    const cloud = (...volumes: string[]): { vms: ReturnType<typeof vm>[] } => ({
      vms: [vm(volumes.length === 0 ? {} : { volumes })],
    });
    const first = decideNode(seen(readyStatus, { cloud: cloud('v1') })).status;
    expect(first.volumes).to.deep.equal(['v1']);
    const second = decideNode(seen(first, { cloud: cloud('v2', 'v1') })).status;
    expect(second.volumes).to.deep.equal(['v1', 'v2']);
    expect(decideNode(seen(second, { cloud: cloud() })).status.volumes).to.deep.equal(['v1', 'v2']);
    expect(decideNode(seen(readyStatus)).status).to.not.have.property('volumes');
  });

  const rows: [what: string, observation: NodeObservation, action: string][] = [
    ['a node that is to have none', seen(readyStatus), 'None'],
    [
      'a node in the pool',
      seen(readyStatus, { node: withSpec(node(readyStatus), { floatingIP: address }) }),
      'GiveAddress',
    ],
    [
      'a server that runs and has not joined: it may need it for that',
      seen(bootingStatus, { node: withSpec(node(bootingStatus), { floatingIP: address }) }),
      'GiveAddress',
    ],
    [
      'a server that is being built',
      seen(bootingStatus, {
        node: withSpec(node(bootingStatus), { floatingIP: address }),
        cloud: { vms: [vm({ state: 'Booting' })] },
      }),
      'None',
    ],
    [
      'a node that has one',
      seen(readyStatus, {
        node: withSpec(node({ ...readyStatus, floatingIP: '203.0.113.9' }), { floatingIP: address }),
      }),
      'None',
    ],
    [
      'a node that leaves',
      seen(readyStatus, {
        node: withSpec(node({ ...readyStatus, drainRequested: ago(SECOND) }), { floatingIP: address }),
      }),
      'Drain',
    ],
  ];
  for (const [what, observation, action] of rows)
    it(`a floating IP is given where there is to be one: ${what}: ${action}`, () =>
      expect(decideNode(observation).action.do).to.equal(action));

  it('what is left of a node stands in its conditions', () => {
    const gone = { ...readyStatus, vmState: 'Deleted', drainRequested: ago(MINUTE), deleted: ago(MINUTE) } as const;
    const closureProblem = 'its server is gone and left behind: volume v1';
    const { action, status } = decideNode(seen(gone, { cloud: { vms: [] }, closureProblem }));
    expect(action.do).to.equal('ConfirmGone');
    const messages = status.conditions
      ?.filter(({ type }) => ['Ready', 'Drained'].includes(type))
      .map((one) => one.message);
    expect(messages?.every((message) => message.includes(closureProblem))).to.equal(true);
  });
});
