/** Clouds and masters that answer as badly as they can, all at once, beside a pool whose peers are right. */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import type { EhosCloud, EhosMaster, KubeObject, ResourceType } from '../../src/api/resources.ts';
import { CLOUDS, MASTERS } from '../../src/api/resources.ts';
import { errorClassOf } from '../../src/base/errors.ts';
import { UNPRINTABLE } from '../unit/base/hostile.ts';
import { Stage } from './bad-input-stage.ts';
import { condition, Harness, NAMESPACE, pool } from './harness.ts';
import type { Peers } from './hostile-peers.ts';

/** Bytes: what all that hostility together may take at any moment, and what may be left of it. */
const MOST_AT_ONCE = 600 * 1024 * 1024;
const MOST_LEFT = 150 * 1024 * 1024;
/** Simulated seconds: the deadline of a call, tried three times, and the pauses between. */
const TOLD_WITHIN = 900;
const GOES_ON_WITHIN = 1200;

const BEAT = 20;
/** The one case of a master that is read, since it says only what owners of jobs and nodes may say. */
const READABLE = 'ads of hostile words';

const child = fork(fileURLToPath(new URL('hostile-peers.ts', import.meta.url)), { execArgv: ['--import', 'tsx'] });
const [peers] = (await once(child, 'message')) as [Peers];
const cloudName = (i: number): string => `cloud-hostile-${i}`;
const masterName = (i: number): string => `master-hostile-${i}`;
const stranger = ({ sandbox }: Harness): object => ({ knownHostsRef: undefined, hostKey: sandbox.master.hostKeyLine });

describe('hostile peers', function () {
  this.timeout(300_000);
  let harness: Harness;
  let stage: Stage;
  let memoryBefore = 0;
  let peak = 0;
  let longestPause = 0;
  let watch: NodeJS.Timeout | undefined;
  const jobs: string[] = [];

  const submit = (): void => {
    const spec = { cpus: 1, memory: 512, disk: 1024, runSeconds: 5, pool: 'pool-good' };
    jobs.push(`${harness.sandbox.pool.submit(spec)}.0`);
  };
  const done = (): boolean => jobs.every((id) => harness.sandbox.pool.history().some((record) => record.id === id));

  before(async () => {
    harness = await Harness.start();
    stage = new Stage(harness);
    await harness.applyPeers();
    // a minute of simulated time is three seconds of the wall's, in which the hostile ones keep the machine busy as well
    const good = pool({ maxNodes: 2, jobs: {}, bootTimeout: '20m', template: { flavors: ['m1.small'] } }, 'pool-good');
    await harness.apply(good);
    for (const [i, { cloudsYaml }] of peers.clouds.entries()) {
      const name = cloudName(i);
      await stage.secret(name, { 'clouds.yaml': cloudsYaml });
      await harness.apply({
        apiVersion: 'ehos.io/v1alpha1',
        kind: 'EhosCloud',
        metadata: { name, namespace: NAMESPACE },
        spec: { openstack: { identityRef: { name, cloudName: 'c' } } },
      } as KubeObject);
      await stage.pool(name, { clouds: [{ name }] });
    }
    for (const [i, { port, privateKey, knownHosts = '' }] of peers.masters.entries()) {
      const name = masterName(i);
      if (privateKey !== undefined) await stage.secret(name, { 'ssh-privatekey': privateKey, known_hosts: knownHosts });
      const access =
        privateKey === undefined ? stranger(harness) : { privateKeyRef: { name }, knownHostsRef: { name } };
      await stage.master(name.replace('master-', ''), { port, ...access });
    }
    memoryBefore = memory();
    let last = performance.now();
    watch = setInterval(() => {
      peak = Math.max(peak, memory() - memoryBefore);
      longestPause = Math.max(longestPause, performance.now() - last - BEAT);
      last = performance.now();
    }, BEAT);
    child.send('begin');
    submit();
  });
  after(async () => {
    clearInterval(watch);
    await harness.close();
    child.disconnect();
  });

  const toldBy = async (type: ResourceType, name: string): Promise<string> =>
    await harness.until(`${name} says so`, TOLD_WITHIN, async () => {
      const object = await patiently(harness.client.get<EhosCloud | EhosMaster>(type, NAMESPACE, name));
      if (!object) return undefined;
      const bad = ['Authenticated', 'Connected', 'Synced', 'Ready']
        .map((part) => condition(object, part))
        .find((found) => found?.status === 'False');
      return bad?.message;
    });

  describe('of a cloud', () => {
    for (const [i, { badness, place }] of peers.clouds.entries())
      it(`an answer ${badness} to the question for ${place} is told in one line`, async () => {
        const message = await toldBy(CLOUDS, cloudName(i));
        expect(message).not.to.match(UNPRINTABLE);
        expect(message.length).to.be.below(1_500);
        expect(message).not.to.include('hostile-password-1');
      });
  });

  describe('of a master', () => {
    for (const [i, { what }] of peers.masters.entries())
      if (what !== READABLE)
        it(`${what}: told in one line`, async () => {
          const message = await toldBy(MASTERS, masterName(i));
          expect(message).not.to.match(UNPRINTABLE);
          expect(message.length).to.be.below(1_500);
        });

    it(`${READABLE} are read for what they are, and shown in a form that harms nobody`, async () => {
      const name = masterName(peers.masters.findIndex(({ what }) => what === READABLE));
      const status = await harness.until('its jobs are counted', TOLD_WITHIN, async () => {
        const master = await patiently(harness.client.get<EhosMaster>(MASTERS, NAMESPACE, name));
        return master?.status?.jobs?.idle === 12 ? master.status : undefined;
      });
      expect(status.unmatchedJobs).to.equal(12);
      expect(JSON.stringify(status)).not.to.match(UNPRINTABLE);
    });
  });

  describe('meanwhile', () => {
    it('a pool whose peers are right goes on', async () => {
      submit();
      await harness.until('its jobs are done', GOES_ON_WITHIN, done);
      expect(condition(await harness.pool('pool-good'), 'Ready')).to.include({ status: 'True' });
    });

    it('nothing was made for the others', async () => {
      const nodes = await harness.nodes();
      expect(nodes.filter(({ spec }) => spec.poolRef.name !== 'pool-good')).to.deep.equal([]);
      expect(harness.sandbox.openstack.servers().filter(({ name }) => !name.startsWith('pool-good-'))).to.deep.equal(
        [],
      );
    });

    it('memory is bounded, and most of it is given back', async () => {
      await harness.allNodesGone();
      globalThis.gc?.();
      console.log(
        `      peak +${mib(peak)} MiB, left +${mib(memory() - memoryBefore)} MiB, longest pause ${Math.round(longestPause)} ms`,
      );
      expect(peak).to.be.below(MOST_AT_ONCE);
      if (globalThis.gc) expect(memory() - memoryBefore).to.be.below(MOST_LEFT);
    });

    it('no event holds what drives a terminal, or a secret', () => {
      const events = harness.sandbox.kube.objects('events') as unknown as { message: string; reason: string }[];
      for (const { message, reason } of events) {
        expect(message, reason).not.to.match(UNPRINTABLE);
        expect(message, reason).not.to.include('hostile-password-1');
      }
      expect(events.length).to.be.greaterThan(20);
    });
  });
});

/** The deadline of the test's own calls is a second and a half of the wall's time: on a busy machine one may pass. */
async function patiently<T>(answer: Promise<T>): Promise<T | undefined> {
  try {
    return await answer;
  } catch (error) {
    if (errorClassOf(error) === 'Timeout') return undefined;
    throw error;
  }
}

function memory(): number {
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

const mib = (bytes: number): number => Math.round(bytes / 1024 / 1024);
