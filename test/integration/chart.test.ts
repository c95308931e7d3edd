/**
 * The chart's life through real helm: installed, upgraded, rolled back, uninstalled and installed again, with a pool that must outlive it all.
 * Against the sandbox, which serves no workloads: these are told to it as resource definitions that take anything. And, where EHOS_CONTRACT_KUBE_REAL
 * names a kubeconfig, against a real API server: there without pods, since nothing runs them.
 */
import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect } from 'chai';
import { parse, stringify } from 'yaml';
import { CHART, helmEnvironment, objectsIn } from '../../scripts/chart-render.ts';
import { findHelm } from '../../scripts/chart-tools.ts';
import { NAMESPACES, POOLS, type EhosNodePool, type KubeObject, type ResourceType } from '../../src/api/resources.ts';
import { systemClock } from '../../src/base/clock.ts';
import { messageOf } from '../../src/base/errors.ts';
import { silentLog } from '../../src/base/log.ts';
import { systemRandom } from '../../src/base/random.ts';
import { RestKubeClient } from '../../src/kube/client.ts';
import { clusterAccess, type ConfigSource } from '../../src/kube/config.ts';
import { startKubeApi } from '../../src/sandbox/kube/api.ts';
import { eventually } from '../contract/kube/target.ts';

const SOMEBODY = 'somebody@example.org';
const RBAC = 'rbac.authorization.k8s.io';
const WORKLOADS = [
  { group: 'apps', plural: 'deployments', kind: 'Deployment', scope: 'Namespaced' },
  { group: RBAC, plural: 'roles', kind: 'Role', scope: 'Namespaced' },
  { group: RBAC, plural: 'rolebindings', kind: 'RoleBinding', scope: 'Namespaced' },
  { group: RBAC, plural: 'clusterroles', kind: 'ClusterRole', scope: 'Cluster' },
  { group: RBAC, plural: 'clusterrolebindings', kind: 'ClusterRoleBinding', scope: 'Cluster' },
];
const DEPLOYMENTS: ResourceType = { group: 'apps', version: 'v1', plural: 'deployments', kind: 'Deployment' };
const BINDINGS: ResourceType = { group: RBAC, version: 'v1', plural: 'rolebindings', kind: 'RoleBinding' };
const POOL = {
  metadata: { name: 'general', namespace: '' },
  spec: {
    masterRef: { name: 'main' },
    maxNodes: 5,
    clouds: [{ name: 'east' }],
    template: { flavors: ['m1.small'] },
  },
} as EhosNodePool;

interface Target {
  config: ConfigSource;
  /** Path of the same. */
  kubeconfig: string;
  close(): Promise<void>;
}

const real = process.env.EHOS_CONTRACT_KUBE_REAL ?? '';
const program = findProgram();
if (program !== undefined) {
  life(program, 'the sandbox', sandbox, ['--values', `${CHART}/ci/minimal-values.yaml`, '--set', 'crds.install=true']);
  if (real === '')
    console.warn('NOT RUN: the life of the chart on a real API server (EHOS_CONTRACT_KUBE_REAL names none)');
  // others may have applied the definitions there
  else
    life(program, 'a real API server', realServer, [
      '--take-ownership',
      '--set',
      'replicaCount=0,admissionPolicy.enabled=true',
    ]);
}

function findProgram(): string | undefined {
  try {
    return findHelm();
  } catch (error) {
    console.warn(`NOT RUN: the life of the chart through real helm (${messageOf(error)})`);
    return undefined;
  }
}

async function sandbox(): Promise<Target> {
  const crds = WORKLOADS.map(({ group, plural, kind, scope }) => ({
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: `${plural}.${group}` },
    spec: {
      group,
      scope,
      names: { plural, kind, singular: kind.toLowerCase(), listKind: `${kind}List` },
      versions: [
        {
          name: 'v1',
          served: true,
          storage: true,
          schema: { openAPIV3Schema: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } },
        },
      ],
    },
  }));
  const api = await startKubeApi({ clock: systemClock, random: systemRandom, crds });
  const folder = mkdtempSync(join(tmpdir(), 'ehos-helm-'));
  const kubeconfig = join(folder, 'config');
  writeFileSync(kubeconfig, api.kubeconfig());
  const close = async (): Promise<void> => {
    await api.close();
    rmSync(folder, { recursive: true });
  };
  return { config: { text: api.kubeconfig() }, kubeconfig, close };
}

function realServer(): Promise<Target> {
  return Promise.resolve({ config: { files: [real] }, kubeconfig: real, close: () => Promise.resolve() });
}

/** The same kubeconfig, for a user who has no rights yet. */
function somebody(): ConfigSource {
  const config = parse(readFileSync(real, 'utf8')) as { users: { user: Record<string, unknown> }[] };
  for (const { user } of config.users) user.as = SOMEBODY;
  return { text: stringify(config) };
}

function clientOf(config: ConfigSource): RestKubeClient {
  const access = clusterAccess(config, systemClock);
  const common = { clock: systemClock, random: systemRandom, log: silentLog };
  return new RestKubeClient({ access, ...common, userAgent: 'ehos-chart-test/1' });
}

function life(path: string, title: string, start: () => Promise<Target>, values: string[]): void {
  describe(`the chart in ${title}`, function () {
    this.timeout(120_000);
    const namespace = `chart-${Date.now().toString(36)}`;
    let target: Target;
    let client: RestKubeClient;
    let uid: string | undefined;

    before(async () => {
      target = await start();
      client = clientOf(target.config);
    });
    after(async () => {
      // what belongs to no namespace does not go with it, should a test have failed
      await run('uninstall', 'ehos', '--wait', '--ignore-not-found');
      await client.delete(NAMESPACES, '', namespace);
      await client.close();
      await target.close();
    });

    const run = async (...args: string[]): Promise<string> => {
      const options = { env: helmEnvironment(target.kubeconfig), maxBuffer: 64 * 1024 * 1024 };
      // rejects with what helm says when it fails
      return (await promisify(execFile)(path, [...args, '--namespace', namespace], options)).stdout;
    };
    const pool = async (): Promise<EhosNodePool> => await client.get<EhosNodePool>(POOLS, namespace, 'general');
    const poolIsAsItWas = async (): Promise<void> => {
      const { metadata, spec } = await pool();
      expect(metadata.uid).to.equal(uid);
      expect(metadata.deletionTimestamp).to.equal(undefined);
      expect(spec.maxNodes).to.equal(5);
    };
    const deployments = async (): Promise<string[]> =>
      (await client.list(DEPLOYMENTS, namespace)).items.map(({ metadata }) => metadata.name);

    it('is installed, and says the next three commands', async () => {
      const notes = await run('install', 'ehos', CHART, '--create-namespace', ...values);
      expect(notes.match(/^ {3}kubectl -n /gm)).to.have.length(3);
      expect(await deployments()).to.deep.equal(['ehos']);
      const made = { ...POOL, metadata: { ...POOL.metadata, namespace } };
      uid = (await client.create(POOLS, made)).metadata.uid;
    });

    if (start === realServer)
      it('lets who may edit make pools, and its policy refuses annotations that mean nothing', async () => {
        await client.create(BINDINGS, {
          metadata: { name: 'editor', namespace },
          roleRef: { apiGroup: RBAC, kind: 'ClusterRole', name: 'edit' },
          subjects: [{ apiGroup: RBAC, kind: 'User', name: SOMEBODY }],
        } as KubeObject);
        const editor = clientOf(somebody());
        try {
          await eventually('the role and the policy are in force', async () => {
            const said = await refusalOf(editor, namespace, { 'ehos.io/do-not-disrup': 'true' });
            return said?.includes('means nothing to the operator; there are ehos.io/do-not-disrupt') === true;
          });
          expect(await refusalOf(editor, namespace, { 'ehos.io/do-not-disrupt': 'true' })).to.equal(undefined);
        } finally {
          await editor.close();
        }
      });

    it('is upgraded, and again with nothing new', async () => {
      await run('upgrade', 'ehos', CHART, ...values, '--set', 'log.level=debug');
      await run('upgrade', 'ehos', CHART, ...values, '--set', 'log.level=debug');
      const manifest = objectsIn(await run('get', 'manifest', 'ehos'));
      expect(JSON.stringify(manifest)).to.include('--log-level=debug');
      await poolIsAsItWas();
    });

    it('is rolled back', async () => {
      await run('rollback', 'ehos', '1');
      expect(await run('get', 'manifest', 'ehos')).to.include('--log-level=info');
      await poolIsAsItWas();
    });

    it('is uninstalled, and leaves definitions and objects alone', async () => {
      expect(await run('uninstall', 'ehos', '--wait')).to.match(/kept due to the resource policy/);
      expect(await deployments()).to.deep.equal([]);
      await poolIsAsItWas();
    });

    it('is installed again over what was left', async () => {
      await run('install', 'ehos', CHART, ...values);
      await poolIsAsItWas();
      await run('uninstall', 'ehos', '--wait');
    });
  });
}

/** Why a pool with these annotations may not be made; undefined: it may, and is removed again. */
async function refusalOf(
  client: RestKubeClient,
  namespace: string,
  annotations: Record<string, string>,
): Promise<string | undefined> {
  const object = { ...POOL, metadata: { name: 'annotated', namespace, annotations } };
  try {
    await client.create(POOLS, object);
  } catch (error) {
    return messageOf(error);
  }
  await client.delete(POOLS, namespace, 'annotated');
  return undefined;
}
