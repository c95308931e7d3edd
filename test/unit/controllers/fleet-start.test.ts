import { expect } from 'chai';
import { CLOUDS, POOLS } from '../../../src/api/resources.ts';
import { EhosError } from '../../../src/base/errors.ts';
import { backend, cloudSnapshot } from './fixture.ts';
import { Stage } from './stage.ts';

describe('FleetController after a start', () => {
  let stage: Stage;
  beforeEach(async () => {
    stage = await Stage.set(['cloud-a', 'cloud-b']);
  });

  it('plans nothing before clouds and masters were looked at once, and waits ten seconds for that at most', async () => {
    const fresh = new Stage();
    fresh.fixture.kube.put(POOLS, stage.putPool());
    for (const cloud of stage.fixture.context.stores.clouds.list()) fresh.fixture.kube.put(CLOUDS, cloud);
    expect(await fresh.plan()).to.deep.equal({ afterMs: 250 });
    expect(fresh.pool().status).to.equal(undefined);
    await fresh.fixture.clock.advance(10_001);
    await fresh.plan();
    expect(fresh.pool().status?.lastDecision?.what).to.equal('nothing to do');
  });

  it('looks up the template of a pool in a cloud that was read while others are not yet', async () => {
    const fresh = new Stage();
    fresh.fixture.kube.put(POOLS, stage.putPool());
    const [first, second] = stage.fixture.context.stores.clouds.list();
    if (!first || !second) throw new Error('the stage has two clouds');
    fresh.fixture.kube.put(CLOUDS, first);
    fresh.fixture.kube.put(CLOUDS, second);
    fresh.fixture.secret('openstack', { 'clouds.yaml': 'x' });
    let looked = 0;
    fresh.fixture.cloud = () =>
      backend({
        observe: () => Promise.resolve(cloudSnapshot({ observedAt: fresh.fixture.clock.now() })),
        resolve: () => {
          looked += 1;
          return Promise.reject(new EhosError('Transient', 'glance is down'));
        },
      });
    await fresh.clouds.reconcile('ns/cloud-a');
    expect(await fresh.plan(), 'what fails is tried again with the plan').to.deep.equal({ afterMs: 250 });
    expect(looked).to.equal(1);
  });
});
