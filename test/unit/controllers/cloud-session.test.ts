import { expect } from 'chai';
import { ManualClock } from '../../../src/base/clock.ts';
import { seededRandom } from '../../../src/base/random.ts';
import { CloudSession } from '../../../src/controllers/cloud-session.ts';
import type { Vm } from '../../../src/domain/snapshots.ts';
import { backend, cloudSnapshot, vm } from './fixture.ts';

const MINUTE = 60_000;

describe('CloudSession', () => {
  let session: CloudSession;
  beforeEach(() => {
    session = new CloudSession(seededRandom(1), new ManualClock(), 8);
  });
  const observe = (...vms: Vm[]): string[] => [...session.observe(cloudSnapshot({ observedAt: 1000, vms }))].sort();

  for (const [what, before, after, changed] of [
    ['a server that appears', [], [vm()], ['uid-1']],
    ['a server that is gone', [vm()], [], ['uid-1']],
    ['a state that changes', [vm({ state: 'Booting' })], [vm()], ['uid-1']],
    ['an address that is given', [vm({ addresses: [] })], [vm()], ['uid-1']],
    ['a twin', [vm()], [vm(), vm({ id: 'server-2' })], ['uid-1']],
    ['a fault that becomes known', [vm({ state: 'Error' })], [vm({ state: 'Error', fault: 'No host' })], ['uid-1']],
    ['the same again', [vm()], [vm()], []],
    ['the same in another order', [vm(), vm({ nodeUid: 'uid-2' })], [vm({ nodeUid: 'uid-2' }), vm()], []],
    ['a server of ours without a node', [], [vm({ nodeUid: undefined })], []],
    ['another node', [vm()], [vm(), vm({ nodeUid: 'uid-2' })], ['uid-2']],
  ] as const)
    it(`${what} wakes ${changed.length === 0 ? 'no node' : changed.join(', ')}`, () => {
      observe(...before);
      expect(observe(...after)).to.deep.equal(changed);
    });

  it('knows the servers of a node, twins included', () => {
    observe(vm(), vm({ id: 'server-2' }), vm({ id: 'server-3', nodeUid: 'uid-2' }));
    expect(session.view('uid-1', 1000, MINUTE).vms.map(({ id }) => id)).to.deep.equal(['server-1', 'server-2']);
    expect(session.view('uid-3', 1000, MINUTE).vms).to.deep.equal([]);
  });

  it('knows nothing before it has listed', () =>
    expect(session.view('uid-1', 0, MINUTE)).to.deep.equal({
      fresh: false,
      observedAt: undefined,
      vms: [],
      problem: undefined,
    }));

  for (const [age, fresh] of [
    [0, true],
    [3 * MINUTE, true],
    [3 * MINUTE + 1, false],
  ] as const)
    it(`a listing that is ${age} ms old is ${fresh ? '' : 'not '}relied on`, () => {
      observe(vm());
      expect(session.view('uid-1', 1000 + age, MINUTE).fresh).to.equal(fresh);
    });

  it('tells why it cannot be listed, and keeps what it knew', () => {
    observe(vm());
    session.problem = { message: '503 from Nova', errorClass: 'Transient', connected: true };
    const view = session.view('uid-1', 2000, MINUTE);
    expect(view.problem).to.equal('the cloud cannot be listed: 503 from Nova');
    expect(view.vms).to.have.length(1);
  });

  it('uses a new backend before the old one is closed', async () => {
    const order: string[] = [];
    const named = (name: string): ReturnType<typeof backend> =>
      backend({
        close: () => {
          order.push(`${name} closed, ${session.backend === second ? 'second' : 'first'} in use`);
          return Promise.resolve();
        },
      });
    const [first, second] = [named('first'), named('second')];
    await session.use(first, 'a');
    await session.use(second, 'b');
    expect(order).to.deep.equal(['first closed, second in use']);
    expect(session.fingerprint).to.equal('b');
    await session.close();
    expect(order.at(-1)).to.match(/^second closed/);
    expect(session).to.include({ backend: undefined, fingerprint: undefined });
  });
});
