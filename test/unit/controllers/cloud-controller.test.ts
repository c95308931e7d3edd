import { expect } from 'chai';
import { EhosError } from '../../../src/base/errors.ts';
import { CLOUDS, FINALIZER, NODES, POOLS, SECRETS } from '../../../src/api/resources.ts';
import { CloudStage, KEY, MINUTE, SECOND } from './cloud-stage.ts';
import { cloudSnapshot, ehosCloud, ehosPool, vm } from './fixture.ts';

describe('CloudController', () => {
  let stage: CloudStage;
  beforeEach(() => (stage = new CloudStage()));

  it('puts the finalizer on before it does anything else', async () => {
    await stage.controller.reconcile(KEY);
    expect(stage.fixture.kube.writes[0]).to.equal('patch ehosclouds ns/cloud-a');
    expect(stage.cloud().metadata.finalizers).to.deep.equal([FINALIZER]);
    expect(stage.reason('Ready')).to.equal('Ready');
  });

  it('logs in once, lists once a minute, and writes nothing while nothing changes', async () => {
    let lists = 0;
    stage.observe = () => {
      lists++;
      return Promise.resolve(cloudSnapshot({ observedAt: stage.fixture.clock.now() }));
    };
    await stage.run(SECOND);
    const writes = stage.fixture.kube.writes.length;
    await stage.run(3 * MINUTE);
    expect(stage.logins).to.deep.equal(['right']);
    expect(lists).to.be.within(4, 5);
    expect(stage.fixture.kube.writes).to.have.length(writes);
  });

  it('lists every 5 s while a server comes or goes', async () => {
    stage.putNode();
    await stage.fixture.kube.patchStatus(NODES, 'ns', 'node-1', { status: { booted: null } });
    expect(await stage.controller.reconcile(KEY)).to.deep.equal({ afterMs: 5000 });
  });

  const slow: [tookMs: number, startToStart: number][] = [
    [500, 5_000],
    [2_000, 16_000],
    [20_000, MINUTE],
  ];
  for (const [tookMs, startToStart] of slow)
    it(`lists every ${startToStart / 1000} s where the cloud takes ${tookMs} ms to answer`, async () => {
      stage.putNode();
      await stage.fixture.kube.patchStatus(NODES, 'ns', 'node-1', { status: { booted: null } });
      stage.observe = async () => {
        const observedAt = stage.fixture.clock.now();
        await stage.fixture.clock.advance(tookMs);
        return cloudSnapshot({ observedAt });
      };
      expect(await stage.controller.reconcile(KEY)).to.deep.equal({ afterMs: startToStart - tookMs });
    });

  describe('with credentials that are refused', () => {
    beforeEach(async () => {
      stage.fixture.secret('openstack', { 'clouds.yaml': 'wrong' });
      await stage.run(20 * MINUTE);
    });

    it('says so, and tries them seldom: repeated failures lock accounts', () => {
      expect(stage.reason('Ready')).to.equal('InvalidCredentials');
      // after 10, 20, 40, 80 and 160 s, and then every 5 minutes
      expect(stage.logins.length).to.be.within(7, 9);
    });

    it('takes up a mended Secret within 15 s', async () => {
      stage.fixture.secret('openstack', { 'clouds.yaml': 'right' });
      await stage.run(15 * SECOND);
      expect(stage.logins.at(-1)).to.equal('right');
      expect(stage.reason('Ready')).to.equal('Ready');
    });

    it('takes up a changed spec at once', async () => {
      const before = stage.logins.length;
      stage.fixture.secret('other', { 'clouds.yaml': 'right' });
      const identityRef = { name: 'other', cloudName: 'c' };
      stage.fixture.kube.put(CLOUDS, {
        ...stage.cloud(),
        metadata: { ...stage.cloud().metadata, generation: 2 },
        spec: { openstack: { identityRef } },
      });
      await stage.controller.reconcile(KEY);
      expect(stage.logins.length - before).to.equal(1);
      expect(stage.reason('Ready')).to.equal('Ready');
    });
  });

  it('heals within 15 s when the Secret appears', async () => {
    stage.fixture.kube.remove(SECRETS, 'openstack');
    await stage.run(10 * MINUTE);
    expect(stage.cloud().status?.conditions?.[0]?.message).to.match(/there is no Secret "openstack"/);
    stage.fixture.secret('openstack', { 'clouds.yaml': 'right' });
    await stage.run(15 * SECOND);
    expect(stage.reason('Ready')).to.equal('Ready');
  });

  it('keeps the old connection for deletions while new credentials are refused, and goes back to it', async () => {
    await stage.run(SECOND);
    const old = stage.controller.session(KEY)?.backend;
    stage.fixture.secret('openstack', { 'clouds.yaml': 'wrong' });
    await stage.run(2 * MINUTE);
    expect(stage.reason('Authenticated')).to.equal('InvalidCredentials');
    expect(stage.controller.session(KEY)?.backend).to.equal(old);
    expect(stage.closed, 'only what was refused').not.to.include('right');
    stage.fixture.secret('openstack', { 'clouds.yaml': 'right' });
    await stage.run(15 * SECOND);
    expect(stage.reason('Ready')).to.equal('Ready');
    expect(stage.controller.session(KEY)?.backend).to.equal(old);
  });

  it('takes up renewed credentials within a minute, and closes the old connection', async () => {
    await stage.run(SECOND);
    stage.fixture.secret('openstack', { 'clouds.yaml': 'right and new' });
    await stage.run(MINUTE);
    expect(stage.logins).to.deep.equal(['right', 'right and new']);
    expect(stage.closed).to.deep.equal(['right']);
  });

  it('a changed weight costs no new login', async () => {
    await stage.run(SECOND);
    stage.fixture.kube.put(CLOUDS, {
      ...stage.cloud(),
      metadata: { ...stage.cloud().metadata, generation: 2 },
      spec: { ...stage.cloud().spec, weight: 90 },
    });
    await stage.run(SECOND);
    expect(stage.logins).to.deep.equal(['right']);
    expect(stage.cloud().status?.observedGeneration).to.equal(2);
  });

  it('one that was deleted and made anew under the same name is looked at anew', async () => {
    await stage.run(SECOND);
    stage.fixture.secret('openstack', { 'clouds.yaml': 'right and other' });
    stage.fixture.kube.put(CLOUDS, ehosCloud({}, { uid: 'uid-second' }));
    await stage.controller.reconcile(KEY);
    expect(stage.logins).to.deep.equal(['right', 'right and other']);
  });

  describe('with credentials of another project', () => {
    beforeEach(async () => {
      stage.projectOf = (yaml) => (yaml === 'right' ? 'project-1' : 'project-2');
      await stage.run(SECOND);
    });

    it('refuses them while it has nodes: they would be taken for gone', async () => {
      stage.putNode();
      stage.fixture.secret('openstack', { 'clouds.yaml': 'right for another' });
      await stage.run(2 * MINUTE);
      expect(stage.reason('Ready')).to.equal('InvalidCredentials');
      expect(stage.cloud().status?.conditions?.[0]?.message).to.equal(
        'spec.openstack.identityRef: the credentials are for project project-2, and 1 node of this cloud is in project project-1: give credentials for that one, or let its nodes go first',
      );
      expect(stage.closed).to.include('right for another').and.not.to.include('right');
    });

    it('takes them without nodes', async () => {
      stage.fixture.secret('openstack', { 'clouds.yaml': 'right for another' });
      await stage.run(MINUTE);
      expect(stage.reason('Ready')).to.equal('Ready');
    });
  });

  it('waits as long as the cloud asks', async () => {
    stage.observe = () => Promise.reject(new EhosError('RateLimited', '429', { retryAfterMs: 4 * MINUTE }));
    const again = await stage.controller.reconcile(KEY);
    expect(again, 'but looks after its Secret meanwhile').to.deep.equal({ afterMs: 15 * SECOND });
    let lists = 0;
    stage.observe = () => {
      lists++;
      return Promise.resolve(cloudSnapshot({ observedAt: stage.fixture.clock.now() }));
    };
    await stage.run(3 * MINUTE);
    expect(lists).to.equal(0);
    await stage.run(2 * MINUTE);
    expect(lists).to.be.greaterThan(0);
  });

  it('wakes the pools that use it, and the nodes whose servers look different', async () => {
    stage.fixture.kube.put(POOLS, ehosPool());
    stage.fixture.kube.put(POOLS, ehosPool({ clouds: [{ name: 'cloud-b' }] }, { name: 'pool-b' }));
    stage.fixture.kube.put(POOLS, ehosPool({}, { name: 'pool-c', namespace: 'other' }));
    stage.putNode();
    stage.observe = () => Promise.resolve(cloudSnapshot({ vms: [vm()] }));
    await stage.controller.reconcile(KEY);
    expect(stage.fixture.wakes).to.deep.equal(['node ns/node-1', 'pool ns/pool-a at once']);
    stage.fixture.wakes.length = 0;
    await stage.run(MINUTE);
    expect(stage.fixture.wakes, 'later looks wake it with all that happens meanwhile').to.deep.equal([
      'pool ns/pool-a',
    ]);
  });

  describe('asks for the quota of volumes', () => {
    const fromVolume = { template: { flavors: ['m1.small'], rootVolume: { size: 20 } } };
    for (const [what, pools, expected] of [
      ['not without pools', [], false],
      ['not when its pools boot from the disk of the flavor', [ehosPool()], false],
      ['when one of its pools boots from a volume', [ehosPool(), ehosPool(fromVolume, { name: 'pool-b' })], true],
      ['not for a pool of another cloud', [ehosPool({ ...fromVolume, clouds: [{ name: 'cloud-b' }] })], false],
      ['not for a pool of another namespace', [ehosPool(fromVolume, { namespace: 'other' })], false],
    ] as const)
      it(what, async () => {
        for (const pool of pools) stage.fixture.kube.put(POOLS, pool);
        await stage.controller.reconcile(KEY);
        expect(stage.volumesAsked).to.deep.equal([expected]);
      });

    it('from the next listing on when the first such pool comes, and no more when the last is gone', async () => {
      await stage.controller.reconcile(KEY);
      stage.fixture.kube.put(POOLS, ehosPool(fromVolume));
      await stage.fixture.clock.advance(MINUTE);
      await stage.controller.reconcile(KEY);
      stage.fixture.kube.remove(POOLS, 'pool-a');
      await stage.fixture.clock.advance(MINUTE);
      await stage.controller.reconcile(KEY);
      expect(stage.volumesAsked).to.deep.equal([false, true, false]);
    });
  });

  it('keeps in its status what a node gave after the node is gone', async () => {
    const node = stage.putNode();
    stage.fixture.kube.put(NODES, { ...node, status: { ...node.status, cores: 1, memory: 1900, disk: 9_000_000 } });
    await stage.controller.reconcile(KEY);
    const learned = stage.cloud().status?.flavors;
    expect(learned?.[0]).to.include({ flavor: node.spec.flavor, memory: 1900 });
    stage.fixture.kube.remove(NODES, 'node-1');
    await stage.fixture.clock.advance(MINUTE);
    await stage.controller.reconcile(KEY);
    expect(stage.cloud().status?.flavors).to.deep.equal(learned);
  });

  describe('that is being deleted', () => {
    it('lets it go when it has no nodes', async () => {
      await stage.run(SECOND);
      stage.leave();
      expect(await stage.controller.reconcile(KEY)).to.equal(undefined);
      expect(stage.cloud().metadata.finalizers).to.deep.equal([]);
    });

    it('takes the server groups of the pools of its namespace with it: nobody would find them any more', async () => {
      const template = { flavors: ['m1.small'], serverGroupPolicy: 'anti-affinity' as const };
      for (const [name, namespace] of [
        ['pool-a', 'ns'],
        ['pool-b', 'ns'],
        ['pool-c', 'other'],
      ] as const)
        stage.fixture.kube.put(POOLS, ehosPool({ template }, { name, namespace, uid: `uid-${name}` }));
      stage.fixture.kube.put(POOLS, ehosPool({}, { name: 'without', uid: 'uid-without' }));
      await stage.run(SECOND);
      stage.leave();
      const asked: string[] = [];
      stage.deleteServerGroups = (name) => {
        asked.push(`${name}, finalizers: ${String(stage.cloud().metadata.finalizers?.length)}`);
        if (name.endsWith('pool-a')) return Promise.reject(new EhosError('NotFound', 'it is gone'));
        return asked.length < 3 ? Promise.reject(new EhosError('Transient', '503 from Nova')) : Promise.resolve();
      };
      await stage.controller.reconcile(KEY);
      expect(stage.fixture.events).to.deep.include({
        object: 'cloud-a',
        type: 'Warning',
        reason: 'ServerGroupStays',
        note: 'the server group of pool pool-b is not deleted yet: 503 from Nova',
      });
      await stage.controller.reconcile(KEY);
      const twice = ['ehos-uid-pool-a, finalizers: 1', 'ehos-uid-pool-b, finalizers: 1'];
      expect(asked).to.deep.equal([...twice, ...twice]);
      expect(stage.cloud().metadata.finalizers).to.deep.equal([]);
    });

    it('asks nobody for server groups where it was never reached', async () => {
      const template = { flavors: ['m1.small'], serverGroupPolicy: 'anti-affinity' as const };
      stage.fixture.kube.put(POOLS, ehosPool({ template }));
      stage.password = 'another';
      await stage.run(SECOND);
      stage.leave();
      expect(await stage.controller.reconcile(KEY)).to.equal(undefined);
      expect(stage.cloud().metadata.finalizers).to.deep.equal([]);
    });

    it('keeps it and its connection while it has nodes, although its Secret is gone', async () => {
      await stage.run(SECOND);
      stage.putNode();
      stage.fixture.kube.remove(SECRETS, 'openstack');
      stage.leave();
      await stage.run(5 * MINUTE);
      expect(stage.cloud().metadata.finalizers).to.deep.equal([FINALIZER]);
      expect(stage.reason('Ready')).to.equal('Deleting');
      expect(stage.reason('Synced')).to.equal('Listed');
    });
  });

  it('forgets a cloud that is gone, and tells its pools', async () => {
    stage.fixture.kube.put(POOLS, ehosPool());
    await stage.run(SECOND);
    stage.fixture.wakes.length = 0;
    stage.fixture.kube.remove(CLOUDS, 'cloud-a');
    expect(await stage.controller.reconcile(KEY)).to.equal(undefined);
    expect(stage.controller.session(KEY)).to.equal(undefined);
    expect(stage.closed).to.deep.equal(['right']);
    expect(stage.fixture.wakes).to.deep.equal(['pool ns/pool-a']);
  });
});
