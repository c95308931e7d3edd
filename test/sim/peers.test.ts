/** The operator's own clients over the ways to the peers that the simulation gives them. */
import { expect } from 'chai';
import { NODES, POOLS, type EhosNodePool, type KubeObject } from '../../src/api/resources.ts';
import { silentLog } from '../../src/base/log.ts';
import { CondorMasterClient } from '../../src/condor/client.ts';
import { RestKubeClient } from '../../src/kube/client.ts';
import type { WatchEvent } from '../../src/kube/types.ts';
import { OpenStack } from '../../src/openstack/sdk.ts';
import { SimClock } from './clock.ts';
import type { Fault, Site } from './faults.ts';
import { SimCloudTransport } from './peers/cloud-transport.ts';
import { SimCondorShell } from './peers/condor-shell.ts';
import { SimKubeTransport } from './peers/kube-transport.ts';
import { Wire } from './peers/wire.ts';
import { makePeers, type Peers } from './peers/world.ts';
import { Process, ProcessClock } from './process.ts';
import { NAMESPACE, poolObject, sandboxCloud, secretObjects } from './resources.ts';
import { scenarioOf } from './generate.ts';
import { randomOf } from './seeds.ts';

const CLOUD = { name: 'cloud-a', instances: 5, cores: 10, limitCores: undefined, spawnDelayMs: 1_000, foreign: 0 };

class Setting {
  readonly clock = new SimClock(randomOf(1, 'ties'));
  readonly peers: Peers = makePeers({
    clock: this.clock,
    random: randomOf(1, 'peers'),
    clouds: [sandboxCloud(CLOUD)],
    pool: {},
    onDoom: () => undefined,
  });
  readonly process = new Process('op');
  readonly sites: string[] = [];
  faultOf: (site: Site) => Fault | undefined = () => undefined;
  readonly wire = new Wire(this.clock, randomOf(1, 'wire'), this.process, {
    begin: (site) => {
      this.sites.push(site.name);
      return this.faultOf(site);
    },
    crash: (process) => process.end(),
    outage: () => undefined,
    after: () => undefined,
    watching: (stream, fault) => {
      if (fault && 'ms' in fault) this.clock.after(fault.ms, () => stream.break(fault.kind));
    },
  });
  readonly own = new ProcessClock(this.clock, this.process, { offsetMs: 0 });

  /** The result of `doing`, which is given so much simulated time. */
  async within<T>(ms: number, doing: Promise<T>): Promise<T> {
    let result: { value: T } | { error: unknown } | undefined;
    doing.then(
      (value) => (result = { value }),
      (error: unknown) => (result = { error }),
    );
    await this.clock.runUntil(this.clock.now() + ms, () => result !== undefined);
    if (!result) throw new Error(`not within ${ms} simulated ms`);
    if ('error' in result) throw result.error;
    return result.value;
  }
}

describe('the peers of the simulation', () => {
  let setting: Setting;
  beforeEach(() => (setting = new Setting()));
  afterEach(() => setting.peers.end());

  describe('Kubernetes', () => {
    const clientOf = ({ peers, wire, own }: Setting): RestKubeClient =>
      new RestKubeClient({
        access: { transport: new SimKubeTransport(peers.kube, wire) },
        clock: own,
        random: randomOf(1, 'client'),
        log: silentLog,
        userAgent: 'test',
      });
    const [plan] = scenarioOf(1).pools;
    const pool: EhosNodePool = poolObject({ ...plan!, name: 'pool-a' });

    it('answers the client, and names what was called', async () => {
      const client = clientOf(setting);
      await setting.within(5_000, client.create(POOLS, pool));
      expect((await setting.within(5_000, client.get(POOLS, NAMESPACE, 'pool-a'))).metadata.uid).to.be.a('string');
      await setting.within(5_000, client.patchStatus(POOLS, NAMESPACE, 'pool-a', { status: { nodes: 1 } }));
      await setting.within(5_000, client.list(NODES, undefined));
      await setting.within(5_000, client.delete(POOLS, NAMESPACE, 'pool-a'));
      expect(setting.sites).to.deep.equal([
        'kube POST ehosnodepools',
        'kube GET ehosnodepools',
        'kube PATCH ehosnodepools/status',
        'kube LIST ehosnodes',
        'kube DELETE ehosnodepools',
      ]);
    });

    /** Watches pools until the watch ends, or for so long. */
    async function watched(ms: number, meanwhile: () => void = () => undefined): Promise<string[]> {
      const client = clientOf(setting);
      const { resourceVersion } = await setting.within(5_000, client.list<KubeObject>(POOLS, NAMESPACE));
      const seen: string[] = [];
      const watch = async (): Promise<void> => {
        const options = { resourceVersion, timeoutSeconds: 300 };
        const events: AsyncIterable<WatchEvent<KubeObject>> = client.watch(
          POOLS,
          NAMESPACE,
          options,
          new AbortController().signal,
        );
        for await (const { type, object } of events)
          if (type !== 'BOOKMARK') seen.push(type === 'ERROR' ? type : `${type} ${object.metadata.name}`);
        seen.push('end');
      };
      watch().catch((error: unknown) => seen.push((error as Error).message));
      setting.clock.after(100, () => void setting.peers.admin.create(POOLS, pool));
      setting.clock.after(200, meanwhile);
      await setting.clock.runUntil(setting.clock.now() + ms, () => false);
      return seen;
    }

    const onWatch = (fault: Fault) => (site: Site) => (site.watch ? fault : undefined);

    it('tells a watch what comes', async () => {
      expect(await watched(1_000)).to.deep.equal(['ADDED pool-a']);
    });

    it('tells it nothing more once it has gone silent, and does not say so', async () => {
      setting.faultOf = onWatch({ kind: 'watch-silent', ms: 50 });
      expect(await watched(600_000)).to.deep.equal([]);
    });

    it('closes it', async () => {
      setting.faultOf = onWatch({ kind: 'watch-closed', ms: 50 });
      expect(await watched(5_000)).to.deep.equal(['end']);
    });

    it('lets it expire: an ERROR event, then the end', async () => {
      setting.faultOf = onWatch({ kind: 'watch-expired', ms: 50 });
      expect(await watched(5_000)).to.deep.equal(['ERROR', 'end']);
    });

    it('a watch of a dead process hears nothing any more', async () => {
      setting.clock.after(60, () => setting.process.end());
      expect(await watched(5_000)).to.deep.equal([]);
    });
  });

  it('OpenStack answers the SDK; sites carry neither ids nor projects', async () => {
    const { peers, clock, wire, own } = setting;
    const os = OpenStack.fromCloudsYaml(
      { text: peers.openstack.cloudsYaml(), cloudName: 'cloud-a' },
      {
        clock: own,
        random: randomOf(1, 'os'),
        transport: new SimCloudTransport(peers.openstack, wire, () => undefined),
      },
    );
    peers.openstack.addForeignServer('cloud-a', 'other');
    const [server] = await setting.within(60_000, os.compute.listServers({}));
    expect(server?.name).to.equal('other');
    await setting.within(60_000, os.compute.deleteServer(server?.id ?? ''));
    await clock.runUntil(clock.now() + 5_000, () => false);
    expect(peers.openstack.servers()).to.deep.equal([]);
    expect(setting.sites).to.deep.equal([
      'cloud identity POST auth/tokens',
      'cloud compute GET versions',
      'cloud compute GET servers/detail',
      'cloud compute DELETE servers/{id}',
    ]);
  });

  describe('HTCondor', () => {
    const masterOf = ({ peers, wire, own }: Setting): CondorMasterClient =>
      new CondorMasterClient(new SimCondorShell(peers.pool, wire, () => undefined), { clock: own });

    it('answers the client; a script is named by the command that matters', async () => {
      const master = masterOf(setting);
      setting.peers.pool.submit({ runSeconds: 10 }, 3);
      const { jobs } = await setting.within(60_000, master.poll({ schedds: [], tokenRequests: false }));
      expect(jobs?.map(({ count }) => count)).to.deep.equal([3]);
      await setting.within(60_000, master.drainIfIdle('slot1@x.example', 'test'));
      await setting.within(60_000, master.reschedule());
      expect(setting.sites).to.deep.equal(['condor poll', 'condor condor_drain', 'condor condor_reschedule']);
    });

    it('a connection that breaks in the middle has run the first half only', async () => {
      const { pool } = setting.peers;
      const ask = (): string => {
        const asked = {
          identity: 'ehos-node-x@d',
          authorizations: undefined,
          lifetime: 60,
          peer: '10.0.0.1',
          clientId: 'c',
        };
        const request = pool.tokens.ask({ ...asked, authenticatedAs: 'unauthenticated@unmapped' }, setting.clock.now());
        return 'id' in request ? request.id : '';
      };
      const ids = [ask(), ask(), ask(), ask()];
      setting.faultOf = () => ({ kind: 'half' });
      await setting.within(60_000, masterOf(setting).approveTokenRequests(ids)).catch(() => undefined);
      expect(pool.tokens.list(setting.clock.now())).to.have.length(2);
    });
  });

  it('Secrets of the stage hold the password that is valid now', () => {
    const { peers } = setting;
    for (const user of peers.openstack.projects.flatMap(({ users }) => users)) user.password = 'changed';
    const [secret] = secretObjects(peers.openstack) as unknown as { stringData: Record<string, string> }[];
    expect(secret?.stringData['clouds.yaml']).to.contain('password: changed');
  });
});
