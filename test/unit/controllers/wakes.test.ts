/** What became of a node while nobody looked is in no list of changes: all are looked at when a peer is heard again. */
import { expect } from 'chai';
import { EhosError } from '../../../src/base/errors.ts';
import { toTime } from '../../../src/domain/times.ts';
import { vm } from './fixture.ts';
import { Stage } from './stage.ts';

const MINUTE = 60_000;

async function staged(): Promise<Stage> {
  const stage = await Stage.set();
  stage.putPool();
  const times = { requested: toTime(0), launched: toTime(0), booted: toTime(0), joined: toTime(0) };
  stage.putNode('a', { ...times, serverID: 'server-a', vmState: 'Active' });
  return stage;
}

describe('a node whose server and startd are in no list', () => {
  it('is looked at again after the first look at its master and its cloud', async () => {
    const stage = await staged();
    stage.restartAll();
    stage.fixture.wakes.length = 0;
    await stage.masters.reconcile('ns/master');
    expect(stage.fixture.wakes).to.include('node ns/a');
    stage.fixture.wakes.length = 0;
    await stage.clouds.reconcile('ns/cloud-a');
    expect(stage.fixture.wakes).to.include('node ns/a');
  });

  for (const [peer, fail] of [
    ['master', (stage: Stage) => (stage.condor = { poll: () => Promise.reject(new EhosError('Transient', 'away')) })],
    [
      'cloud',
      (stage: Stage) => (stage.backend = { observe: () => Promise.reject(new EhosError('Transient', 'away')) }),
    ],
  ] as const)
    it(`is looked at again when its ${peer} is back, and not with each reading after that`, async () => {
      const stage = await staged();
      await stage.pass(MINUTE);
      fail(stage);
      await stage.pass(MINUTE);
      [stage.condor, stage.backend] = [{}, {}];
      stage.fixture.wakes.length = 0;
      await stage.pass(6 * MINUTE);
      expect(stage.fixture.wakes).to.include('node ns/a');
      stage.fixture.wakes.length = 0;
      await stage.pass(MINUTE);
      expect(stage.fixture.wakes).not.to.include('node ns/a');
    });

  it('is looked at again after some minutes, whatever happens', async () => {
    const stage = await staged();
    stage.listing = { vms: [vm({ id: 'server-a', nodeUid: 'uid-a' })] };
    await stage.pass(MINUTE);
    const again = await stage.nodes.reconcile('ns/a');
    expect(again?.afterMs).to.be.within(1, 10 * MINUTE);
  });
});
