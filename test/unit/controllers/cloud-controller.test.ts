import { expect } from 'chai';
import { EhosError } from '../../../src/base/errors.ts';
import { CLOUDS, FINALIZER, NODES, POOLS, SECRETS, type EhosCloud, type EhosNode } from '../../../src/api/resources.ts';
import { CloudController } from '../../../src/controllers/cloud-controller.ts';
import { backend, cloudSnapshot, ehosCloud, ehosPool, Fixture, vm } from './fixture.ts';

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const KEY = 'ns/cloud-a';

describe('CloudController', () => {
  let fixture: Fixture;
  let controller: CloudController;
  /** Passwords with which somebody logged in, in their order. */
  let logins: string[];
  let password: string;
  let closed: string[];
  let observe: () => Promise<ReturnType<typeof cloudSnapshot>>;
  let projectOf: (yaml: string) => string;
  /** At each listing. */
  let volumesAsked: (boolean | undefined)[];

  beforeEach(() => {
    fixture = new Fixture();
    controller = new CloudController(fixture.context);
    logins = [];
    closed = [];
    volumesAsked = [];
    password = 'right';
    projectOf = () => 'project-1';
    observe = () => Promise.resolve(cloudSnapshot({ observedAt: fixture.clock.now() }));
    fixture.cloud = ({ cloudsYaml }) =>
      backend({
        connect: () => {
          logins.push(cloudsYaml);
          if (!cloudsYaml.startsWith(password)) return Promise.reject(new EhosError('Auth', '401 from Keystone'));
          return Promise.resolve({ projectId: projectOf(cloudsYaml), credentialExpiresAt: undefined });
        },
        observe: (_signal, options) => {
          volumesAsked.push(options?.volumes);
          return observe();
        },
        close: () => {
          closed.push(cloudsYaml);
          return Promise.resolve();
        },
      });
    fixture.kube.put(CLOUDS, ehosCloud());
    fixture.secret('openstack', { 'clouds.yaml': 'right' });
  });

  const cloud = (): EhosCloud => fixture.kube.find(CLOUDS, 'cloud-a') as EhosCloud;
  const reason = (type: string): string | undefined =>
    cloud().status?.conditions?.find((condition) => condition.type === type)?.reason;
  /** Looks as the work queue would, for so long. */
  const run = async (ms: number): Promise<void> => {
    const end = fixture.clock.now() + ms;
    while (fixture.clock.now() <= end) {
      const again = await controller.reconcile(KEY);
      await fixture.clock.advance(again?.afterMs ?? MINUTE);
    }
  };
  const putNode = (): EhosNode =>
    fixture.kube.put(NODES, {
      metadata: { name: 'node-1', uid: 'uid-1' },
      spec: {
        poolRef: { name: 'pool-a' },
        cloudRef: { name: 'cloud-a' },
        masterRef: { name: 'master' },
        flavor: 'm1.small',
        image: 'i',
        templateHash: 'h',
      },
      status: { serverID: 'server-1', booted: '2026-01-01T00:00:00Z' },
    });

  it('puts the finalizer on before it does anything else', async () => {
    await controller.reconcile(KEY);
    expect(fixture.kube.writes[0]).to.equal('patch ehosclouds ns/cloud-a');
    expect(cloud().metadata.finalizers).to.deep.equal([FINALIZER]);
    expect(reason('Ready')).to.equal('Ready');
  });

  it('logs in once, lists once a minute, and writes nothing while nothing changes', async () => {
    let lists = 0;
    observe = () => {
      lists++;
      return Promise.resolve(cloudSnapshot({ observedAt: fixture.clock.now() }));
    };
    await run(SECOND);
    const writes = fixture.kube.writes.length;
    await run(3 * MINUTE);
    expect(logins).to.deep.equal(['right']);
    expect(lists).to.be.within(4, 5);
    expect(fixture.kube.writes).to.have.length(writes);
  });

  it('lists every 5 s while a server comes or goes', async () => {
    putNode();
    await fixture.kube.patchStatus(NODES, 'ns', 'node-1', { status: { booted: null } });
    expect(await controller.reconcile(KEY)).to.deep.equal({ afterMs: 5000 });
  });

  const slow: [tookMs: number, startToStart: number][] = [
    [500, 5_000],
    [2_000, 16_000],
    [20_000, MINUTE],
  ];
  for (const [tookMs, startToStart] of slow)
    it(`lists every ${startToStart / 1000} s where the cloud takes ${tookMs} ms to answer`, async () => {
      putNode();
      await fixture.kube.patchStatus(NODES, 'ns', 'node-1', { status: { booted: null } });
      observe = async () => {
        const observedAt = fixture.clock.now();
        await fixture.clock.advance(tookMs);
        return cloudSnapshot({ observedAt });
      };
      expect(await controller.reconcile(KEY)).to.deep.equal({ afterMs: startToStart - tookMs });
    });

  describe('with credentials that are refused', () => {
    beforeEach(async () => {
      fixture.secret('openstack', { 'clouds.yaml': 'wrong' });
      await run(20 * MINUTE);
    });

    it('says so, and tries them seldom: repeated failures lock accounts', () => {
      expect(reason('Ready')).to.equal('InvalidCredentials');
      // after 10, 20, 40, 80 and 160 s, and then every 5 minutes
      expect(logins.length).to.be.within(7, 9);
    });

    it('takes up a mended Secret within 15 s', async () => {
      fixture.secret('openstack', { 'clouds.yaml': 'right' });
      await run(15 * SECOND);
      expect(logins.at(-1)).to.equal('right');
      expect(reason('Ready')).to.equal('Ready');
    });

    it('takes up a changed spec at once', async () => {
      const before = logins.length;
      fixture.secret('other', { 'clouds.yaml': 'right' });
      const identityRef = { name: 'other', cloudName: 'c' };
      fixture.kube.put(CLOUDS, {
        ...cloud(),
        metadata: { ...cloud().metadata, generation: 2 },
        spec: { openstack: { identityRef } },
      });
      await controller.reconcile(KEY);
      expect(logins.length - before).to.equal(1);
      expect(reason('Ready')).to.equal('Ready');
    });
  });

  it('heals within 15 s when the Secret appears', async () => {
    fixture.kube.remove(SECRETS, 'openstack');
    await run(10 * MINUTE);
    expect(cloud().status?.conditions?.[0]?.message).to.match(/there is no Secret "openstack"/);
    fixture.secret('openstack', { 'clouds.yaml': 'right' });
    await run(15 * SECOND);
    expect(reason('Ready')).to.equal('Ready');
  });

  it('keeps the old connection for deletions while new credentials are refused, and goes back to it', async () => {
    await run(SECOND);
    const old = controller.session(KEY)?.backend;
    fixture.secret('openstack', { 'clouds.yaml': 'wrong' });
    await run(2 * MINUTE);
    expect(reason('Authenticated')).to.equal('InvalidCredentials');
    expect(controller.session(KEY)?.backend).to.equal(old);
    expect(closed, 'only what was refused').not.to.include('right');
    fixture.secret('openstack', { 'clouds.yaml': 'right' });
    await run(15 * SECOND);
    expect(reason('Ready')).to.equal('Ready');
    expect(controller.session(KEY)?.backend).to.equal(old);
  });

  it('takes up renewed credentials within a minute, and closes the old connection', async () => {
    await run(SECOND);
    fixture.secret('openstack', { 'clouds.yaml': 'right and new' });
    await run(MINUTE);
    expect(logins).to.deep.equal(['right', 'right and new']);
    expect(closed).to.deep.equal(['right']);
  });

  it('a changed weight costs no new login', async () => {
    await run(SECOND);
    fixture.kube.put(CLOUDS, {
      ...cloud(),
      metadata: { ...cloud().metadata, generation: 2 },
      spec: { ...cloud().spec, weight: 90 },
    });
    await run(SECOND);
    expect(logins).to.deep.equal(['right']);
    expect(cloud().status?.observedGeneration).to.equal(2);
  });

  it('one that was deleted and made anew under the same name is looked at anew', async () => {
    await run(SECOND);
    fixture.secret('openstack', { 'clouds.yaml': 'right and other' });
    fixture.kube.put(CLOUDS, ehosCloud({}, { uid: 'uid-second' }));
    await controller.reconcile(KEY);
    expect(logins).to.deep.equal(['right', 'right and other']);
  });

  describe('with credentials of another project', () => {
    beforeEach(async () => {
      projectOf = (yaml) => (yaml === 'right' ? 'project-1' : 'project-2');
      await run(SECOND);
    });

    it('refuses them while it has nodes: they would be taken for gone', async () => {
      putNode();
      fixture.secret('openstack', { 'clouds.yaml': 'right for another' });
      await run(2 * MINUTE);
      expect(reason('Ready')).to.equal('InvalidCredentials');
      expect(cloud().status?.conditions?.[0]?.message).to.equal(
        'spec.openstack.identityRef: the credentials are for project project-2, and 1 node of this cloud is in project project-1: give credentials for that one, or let its nodes go first',
      );
      expect(closed).to.include('right for another').and.not.to.include('right');
    });

    it('takes them without nodes', async () => {
      fixture.secret('openstack', { 'clouds.yaml': 'right for another' });
      await run(MINUTE);
      expect(reason('Ready')).to.equal('Ready');
    });
  });

  it('waits as long as the cloud asks', async () => {
    observe = () => Promise.reject(new EhosError('RateLimited', '429', { retryAfterMs: 4 * MINUTE }));
    const again = await controller.reconcile(KEY);
    expect(again, 'but looks after its Secret meanwhile').to.deep.equal({ afterMs: 15 * SECOND });
    let lists = 0;
    observe = () => {
      lists++;
      return Promise.resolve(cloudSnapshot({ observedAt: fixture.clock.now() }));
    };
    await run(3 * MINUTE);
    expect(lists).to.equal(0);
    await run(2 * MINUTE);
    expect(lists).to.be.greaterThan(0);
  });

  it('wakes the pools that use it, and the nodes whose servers look different', async () => {
    fixture.kube.put(POOLS, ehosPool());
    fixture.kube.put(POOLS, ehosPool({ clouds: [{ name: 'cloud-b' }] }, { name: 'pool-b' }));
    fixture.kube.put(POOLS, ehosPool({}, { name: 'pool-c', namespace: 'other' }));
    putNode();
    observe = () => Promise.resolve(cloudSnapshot({ vms: [vm()] }));
    await controller.reconcile(KEY);
    expect(fixture.wakes).to.deep.equal(['node ns/node-1', 'pool ns/pool-a at once']);
    fixture.wakes.length = 0;
    await run(MINUTE);
    expect(fixture.wakes, 'later looks wake it with all that happens meanwhile').to.deep.equal(['pool ns/pool-a']);
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
        for (const pool of pools) fixture.kube.put(POOLS, pool);
        await controller.reconcile(KEY);
        expect(volumesAsked).to.deep.equal([expected]);
      });

    it('from the next listing on when the first such pool comes, and no more when the last is gone', async () => {
      await controller.reconcile(KEY);
      fixture.kube.put(POOLS, ehosPool(fromVolume));
      await fixture.clock.advance(MINUTE);
      await controller.reconcile(KEY);
      fixture.kube.remove(POOLS, 'pool-a');
      await fixture.clock.advance(MINUTE);
      await controller.reconcile(KEY);
      expect(volumesAsked).to.deep.equal([false, true, false]);
    });
  });

  it('keeps in its status what a node gave after the node is gone', async () => {
    const node = putNode();
    fixture.kube.put(NODES, { ...node, status: { ...node.status, cores: 1, memory: 1900, disk: 9_000_000 } });
    await controller.reconcile(KEY);
    const learned = cloud().status?.flavors;
    expect(learned?.[0]).to.include({ flavor: node.spec.flavor, memory: 1900 });
    fixture.kube.remove(NODES, 'node-1');
    await fixture.clock.advance(MINUTE);
    await controller.reconcile(KEY);
    expect(cloud().status?.flavors).to.deep.equal(learned);
  });

  describe('that is being deleted', () => {
    const leave = (): void =>
      void fixture.kube.put(CLOUDS, {
        ...cloud(),
        metadata: { ...cloud().metadata, deletionTimestamp: '2026-01-01T00:00:00Z' },
      });

    it('lets it go when it has no nodes', async () => {
      await run(SECOND);
      leave();
      expect(await controller.reconcile(KEY)).to.equal(undefined);
      expect(cloud().metadata.finalizers).to.deep.equal([]);
    });

    it('keeps it and its connection while it has nodes, although its Secret is gone', async () => {
      await run(SECOND);
      putNode();
      fixture.kube.remove(SECRETS, 'openstack');
      leave();
      await run(5 * MINUTE);
      expect(cloud().metadata.finalizers).to.deep.equal([FINALIZER]);
      expect(reason('Ready')).to.equal('Deleting');
      expect(reason('Synced')).to.equal('Listed');
    });
  });

  it('forgets a cloud that is gone, and tells its pools', async () => {
    fixture.kube.put(POOLS, ehosPool());
    await run(SECOND);
    fixture.wakes.length = 0;
    fixture.kube.remove(CLOUDS, 'cloud-a');
    expect(await controller.reconcile(KEY)).to.equal(undefined);
    expect(controller.session(KEY)).to.equal(undefined);
    expect(closed).to.deep.equal(['right']);
    expect(fixture.wakes).to.deep.equal(['pool ns/pool-a']);
  });
});
