/**
 * docs/backup.md, typed as it stands there by real kubectl and jq: what was saved is lost from the API, restored, and gone on with, while jobs run.
 * No job may be killed or started anew, and no server doubled.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { expect } from 'chai';
import { parse } from 'yaml';
import { clusterTag, type EhosNode } from '../../src/api/resources.ts';
import { silentLog } from '../../src/base/log.ts';
import { seededRandom } from '../../src/base/random.ts';
import { defaultOrphanSettings } from '../../src/domain/orphans.ts';
import { startOperator, type RunningOperator } from '../../src/main.ts';
import { OpenStack } from '../../src/openstack/sdk.ts';
import { startKubeApi, type KubeApiSandbox } from '../../src/sandbox/kube/api.ts';
import { blocksOf, commandsOf, reworded } from './document.ts';
import { Harness, pool } from './harness.ts';
import { findKubectl, findProgram, Shell } from './shell.ts';

const PAGE = 'docs/backup.md';
const CRDS = new URL('../../crds/', import.meta.url);
const SETTINGS = { orphans: { ...defaultOrphanSettings, grace: 60_000 } };
const NODES = 3;
/** They outlast the test, which takes them out of the queue at its end. */
const JOB = { cpus: 1, memory: 512, disk: 1024, runSeconds: 100_000 };

const blocks = blocksOf(PAGE).filter(({ language }) => language === 'sh');
const block = (section: string, words: string): string => {
  const found = blocks.find((one) => one.section === section && one.text.includes(words));
  if (!found) throw new Error(`${PAGE} has no block under "${section}" with: ${words}`);
  return found.text;
};
const WITHOUT = 'Without saved EhosNodes';
const TYPED = {
  save: block('Save', 'kubectl get ecloud'),
  restore: block('Restore', 'kubectl create'),
  learned: block('Restore', 'kubectl replace'),
  look: block('Restore', 'kubectl wait'),
  restorePaused: block(WITHOUT, 'kubectl create'),
  wait: block(WITHOUT, 'kubectl wait'),
  modes: block(WITHOUT, 'kubectl patch'),
};
/** What other blocks begin with: they are for peers that are not here. */
const NOT_TYPED = [
  'helm get values ehos --namespace ehos-system > ehos-values.yaml',
  'helm install ehos charts/ehos-operator --namespace ehos-system --create-namespace --values ehos-values.yaml --set replicaCount=0',
  'kubectl rollout restart deployment ehos --namespace ehos-system',
  'kubectl scale deployment ehos --namespace ehos-system --replicas=0',
  'kubectl scale deployment ehos --namespace ehos-system --replicas=2',
  // the tags are set as this does it, by the same calls to Nova
  'OLD=$(cat cluster-uid)',
  'openstack floating ip list --long -f value -c ID -c Description | grep "ehos-cluster-$OLD"',
];
/** As by hand, with force, and without the operator. */
const LOSE = `kubectl get ecloud,emaster,epool,enode -o name | xargs kubectl patch --type merge -p '{"metadata":{"finalizers":null}}'
kubectl delete ecloud,emaster,epool,enode,secret --all`;

describe('the commands for backups', () => {
  it('are typed here, or named as those of peers that are not here', () => {
    const typed: string[] = Object.values(TYPED);
    const others = blocks.filter(({ text }) => !typed.includes(text)).map(({ text }) => commandsOf(text)[0] ?? '');
    expect([...new Set(others)].sort()).to.deep.equal(NOT_TYPED.toSorted());
  });
});

const kubectl = findKubectl();
if (kubectl === undefined || findProgram('jq') === undefined)
  console.warn(
    'NOT RUN: backup and restore (EHOS_KUBECTL and PATH name no kubectl of 1.27 or newer, or there is no jq)',
  );
else
  describe('a backup, restored', function () {
    this.timeout(120_000);
    let harness: Harness;
    let shell: Shell;
    let saved: EhosNode[];

    beforeEach(async () => {
      harness = await Harness.start();
      shell = new Shell(kubectl, harness.sandbox.kube.kubeconfig());
      await harness.applyPeers();
      const clouds = [{ name: 'cloud-a' }];
      // were the nodes not known, others would be made for minNodes
      await harness.apply(pool({ clouds, minNodes: NODES, maxNodes: 2 * NODES, template: { flavors: ['m1.small'] } }));
      harness.sandbox.pool.submit(JOB, NODES);
      saved = await harness.until('all nodes run jobs', 300, async () => {
        const nodes = await harness.nodes();
        return nodes.length === NODES && nodes.every(({ status }) => status?.nodeState === 'Busy') && nodes;
      });
      await harness.until('what a flavor gives is known', 60, async () => {
        return (await harness.cloud('cloud-a')).status?.flavors !== undefined;
      });
      await shell.must(`kubectl annotate enode ${saved[0]!.metadata.name} ehos.io/do-not-disrupt=true`);
      await shell.must(reworded(TYPED.save, [['east-clouds condor-ssh', 'openstack master-ssh']]));
      await harness.stopOperator();
    });
    afterEach(async () => {
      shell.close();
      await harness.close();
    });

    const nodes = async (): Promise<EhosNode[]> =>
      (JSON.parse(await shell.must('kubectl get enode -o json')) as { items: EhosNode[] }).items;
    /** Names, and the id by which cloud and HTCondor know them. */
    const known = (list: EhosNode[]): unknown => list.map(({ metadata, spec }) => [metadata.name, spec.adopts]);
    const asBefore = (): unknown => saved.map(({ metadata }) => [metadata.name, metadata.uid]);
    /** All are there again, and do what they did. */
    const goesOn = async (): Promise<void> => {
      const after = await harness.until('all nodes are known to be busy', 200, async () => {
        const list = await nodes();
        return list.length === NODES && list.every(({ status }) => status?.nodeState === 'Busy') && list;
      });
      expect(known(after)).to.deep.equal(asBefore());
      await harness.pass(60);
      expect(known(await nodes()), 'later').to.deep.equal(asBefore());
      expect(harness.requested(), 'servers ever asked for').to.equal(NODES);
      const jobs = harness.sandbox.pool.jobs();
      expect(jobs.map(({ status, starts }) => [status, starts])).to.deep.equal(
        Array.from({ length: NODES }, () => ['Running', 1]),
      );
    };
    /** Scaling works: the nodes go when nothing needs them. */
    const ends = async (): Promise<void> => {
      harness.sandbox.pool.remove(harness.sandbox.pool.jobs().map(({ id }) => id));
      await shell.must(`kubectl patch epool pool-a --type merge -p '{"spec":{"minNodes":0}}'`);
      await shell.must('kubectl annotate enode --all ehos.io/do-not-disrupt-');
      await harness.until('all nodes are gone', 600, async () => (await nodes()).length === 0);
      harness.checkPromises(0, NODES);
    };

    it('goes on with every node at once, its annotations and what was learned', async () => {
      await shell.must(LOSE);
      expect(await nodes()).to.deep.equal([]);
      await shell.must(TYPED.restore);
      await shell.must(TYPED.learned);
      const learned = await shell.must(`kubectl get ecloud cloud-a -o jsonpath='{.status.flavors[0].flavor}'`);
      expect(learned).to.equal('m1.small');
      await harness.startOperator();
      expect(await shell.must(TYPED.look)).to.match(/cloud-a condition met/);
      await goesOn();
      const kept = (await nodes()).find(({ metadata }) => metadata.name === saved[0]!.metadata.name);
      expect(kept?.metadata.annotations).to.include({ 'ehos.io/do-not-disrupt': 'true' });
      await ends();
    });

    it('finds the nodes again without their records, and makes none in their place meanwhile', async () => {
      await shell.must(LOSE);
      await shell.must(TYPED.restorePaused);
      await harness.startOperator(SETTINGS);
      await shell.must(TYPED.wait);
      await shell.must(TYPED.modes);
      expect(await shell.must(`kubectl get epool -o jsonpath='{.items[*].spec.mode}'`)).to.equal('Active');
      await goesOn();
      await ends();
    });

    it('goes on in another cluster when the servers are given its tag', async () => {
      const { kube, openstack } = harness.sandbox;
      const next = await startKubeApi({ clock: harness.clock, random: seededRandom(99), crds: definitions() });
      const os = OpenStack.fromCloudsYaml({ text: openstack.cloudsYaml('ehos'), cloudName: 'ehos' });
      let operator: RunningOperator | undefined;
      try {
        expect(next.clusterUid).to.not.equal(kube.clusterUid);
        expect(shell.read('cluster-uid')).to.equal(kube.clusterUid);
        shell.write('.kubeconfig', next.kubeconfig());
        await moveTags(os, kube, next);
        await shell.must(TYPED.restore);
        operator = await startOperator({
          config: { text: next.kubeconfig() },
          namespaces: undefined,
          log: silentLog,
          http: undefined,
          clock: harness.clock,
          random: seededRandom(43),
          settings: { cloudSyncInterval: 30_000, cloudBusyInterval: 3_000, nodeUpdateInterval: 20 },
        });
        await goesOn();
        await ends();
      } finally {
        await operator?.stop();
        await os.close();
        await next.close();
      }
    });
  });

function definitions(): object[] {
  return readdirSync(CRDS).map((file) => parse(readFileSync(new URL(file, CRDS), 'utf8')) as object);
}

/** As `openstack server set --tag` and `server unset --tag` do. */
async function moveTags(os: OpenStack, from: KubeApiSandbox, to: KubeApiSandbox): Promise<void> {
  const headers = { 'openstack-api-version': 'compute 2.26' };
  for (const { id } of await os.compute.listServers({ tags: [clusterTag(from.clusterUid)] })) {
    const path = `/servers/${id}/tags`;
    const ask = async (method: 'PUT' | 'DELETE', tag: string): Promise<unknown> =>
      await os.session.request({ service: 'compute', method, path: `${path}/${tag}`, headers });
    await ask('PUT', clusterTag(to.clusterUid));
    await ask('DELETE', clusterTag(from.clusterUid));
  }
}
