import { expect } from 'chai';
import type { CloudBackend } from '../../../src/cloud/backend.ts';
import { cloudSnapshot, startd, vm } from './fixture.ts';
import { Stage } from './stage.ts';

const SECOND = 1_000;
const SINCE = '2025-12-31T23:00:00Z';

/** Working nodes of a pool that keeps them all, and what of the cloud is called in ten minutes in which nothing happens. */
async function callsFor(nodes: number): Promise<Record<string, number>> {
  const stage = await Stage.set();
  const names = Array.from({ length: nodes }, (_, i) => `node-${i}`);
  const now = (): number => stage.fixture.clock.now();
  stage.listing = { vms: names.map((name) => vm({ id: `server-${name}`, name, nodeUid: `uid-${name}` })) };
  await stage.pass(60 * SECOND);
  stage.putPool({ minNodes: nodes, maxNodes: nodes });
  for (const name of names)
    stage.putNode(name, {
      serverID: `server-${name}`,
      requested: SINCE,
      launched: SINCE,
      booted: SINCE,
      joined: SINCE,
    });
  const calls: Record<string, number> = {};
  const counted = <K extends keyof CloudBackend>(name: K, method: CloudBackend[K]): void => {
    stage.backend[name] = ((...args: unknown[]) => {
      calls[name] = (calls[name] ?? 0) + 1;
      return (method as (...all: unknown[]) => unknown)(...args);
    }) as CloudBackend[K];
  };
  counted('observe', () => Promise.resolve(cloudSnapshot({ observedAt: now(), quota: stage.quota, ...stage.listing })));
  for (const name of ['get', 'findByNode', 'console', 'remains', 'create', 'delete'] as const)
    counted(name, () => Promise.reject(new Error(`${name} is called`)));
  for (let second = 0; second < 600; second += 15) {
    stage.reading = {
      startds: names.map((name) =>
        startd({
          name: `slot1@${name}`,
          machine: name,
          nodeId: `uid-${name}`,
          identity: `ehos-node-uid-${name}@pool.example`,
          lastHeardFrom: now(),
        }),
      ),
    };
    await stage.pass(15 * SECOND);
    for (const name of names) await stage.nodes.reconcile(`ns/${name}`);
    await stage.plan();
  }
  expect(stage.records().every(({ status }) => status?.nodeState === 'Idle')).to.equal(true);
  return calls;
}

describe('I16: the API of a cloud', () => {
  it('is asked for one list a minute while nothing happens, however many nodes there are', async () => {
    const few = await callsFor(2);
    expect(await callsFor(60)).to.deep.equal(few);
    expect(Object.keys(few)).to.deep.equal(['observe']);
    expect(few.observe).to.be.within(9, 11);
  });
});
