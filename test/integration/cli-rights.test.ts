/** docs/cli.md tells which rights each command needs: those are the ones that its requests ask for. */
import { expect } from 'chai';
import { NEEDS } from '../../scripts/cli-rights.ts';
import { CLOUDS, CONFIG_MAPS, MASTERS, NODES, POOLS, SECRETS, type KubeObject } from '../../src/api/resources.ts';
import { systemClock } from '../../src/base/clock.ts';
import { silentLog } from '../../src/base/log.ts';
import { seededRandom } from '../../src/base/random.ts';
import { RestKubeClient } from '../../src/kube/client.ts';
import { clusterAccess } from '../../src/kube/config.ts';
import { startSandbox, type Sandbox } from '../../src/sandbox/sandbox.ts';
import { ehos } from '../unit/cli/command.ts';
import { pod } from '../unit/cli/operator-cluster.ts';
import { ApiRelay } from './api-relay.ts';
import { Cli } from './cli.ts';
import { NAMESPACE, pool } from './harness.ts';

const TYPES = [CLOUDS, MASTERS, POOLS, NODES, SECRETS, CONFIG_MAPS];
const NODE = {
  apiVersion: 'ehos.io/v1alpha1',
  kind: 'EhosNode',
  metadata: { name: 'node-1', namespace: NAMESPACE, finalizers: ['ehos.io/cleanup'] },
  spec: {
    poolRef: { name: 'pool-a' },
    cloudRef: { name: 'cloud-a' },
    masterRef: { name: 'master' },
    flavor: 'm1.small',
    image: 'image-1',
    templateHash: 'h',
  },
} as KubeObject;
const MAP = {
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name: 'extra', namespace: NAMESPACE },
  data: { userdata: '#cloud-config\n{}\n' },
} as KubeObject;
const POOL = pool({ template: { flavors: ['m1.small'], userData: { configMapRef: { name: 'extra' } } } }) as KubeObject;

describe('rights that commands need', function () {
  this.timeout(120_000);
  let sandbox: Sandbox;
  let cli: Cli;
  let objects: KubeObject[];

  before(async () => {
    sandbox = await startSandbox({ clock: systemClock, random: seededRandom(3) });
    cli = new Cli(sandbox.kube);
    objects = [...sandbox.resources(NAMESPACE), MAP, POOL];
    const access = clusterAccess({ text: sandbox.kube.kubeconfig() }, systemClock);
    const common = { clock: systemClock, random: seededRandom(1), log: silentLog, userAgent: 'test' };
    const client = new RestKubeClient({ access, ...common });
    for (const object of [...objects, NODE])
      await client.create(
        TYPES.find(({ kind }) => kind === object.kind)!,
        object,
      );
    await client.close();
    const pods = JSON.stringify({ metadata: { resourceVersion: '1' }, items: [pod('ehos-a')] });
    sandbox.kube.faults.add({ path: /^\/api\/v1\/pods\?/, status: 200, body: pods });
    sandbox.kube.faults.add({ path: /\/pods\/ehos-a\/log\?/, status: 200, body: '{}\n' });
    sandbox.kube.faults.add({ path: /\/proxy\/readyz$/, status: 200, body: 'ok' });
  });
  after(async () => {
    cli.close();
    await sandbox.close();
  });

  const asked = async (...lines: string[][]): Promise<string[]> => {
    const relay = await new ApiRelay(new URL(sandbox.kube.url)).start();
    const file = cli.write('relayed', sandbox.kube.kubeconfig().replaceAll(sandbox.kube.url, relay.url));
    for (const line of lines) await ehos(line, { KUBECONFIG: file });
    relay.close();
    return [...relay.rights].sort();
  };
  const told = (command: string): string[] => {
    const needs = NEEDS.filter(({ commands }) => commands.includes(command));
    const all = new Set(needs.flatMap(({ asks = [], asksThere = [] }) => [...asks, ...asksThere]));
    // asked by the API server itself, beside the get
    all.delete('create pods/portforward');
    return [...all].sort();
  };

  for (const [command, ...lines] of [
    ['status', []],
    ['why', ['pool-a']],
    ['nodes', ['pool-a']],
    ['protect', ['node-1'], ['pool-a'], ['node-1', '--off']],
    ['logs', []],
    ['snapshot', []],
    ['drain', ['node-1', '--timeout', '1s']],
  ] as [string, ...string[][]][])
    it(`${command}: what docs/cli.md says, and nothing else`, async () =>
      expect(await asked(...lines.map((line) => [command, ...line]))).to.deep.equal(told(command)));

  it('check: what docs/cli.md says, and nothing else', async () => {
    const all = cli.manifest('all.yaml', objects);
    const one = cli.manifest('one.yaml', [POOL]);
    const rights = await asked(['check'], ['check', '-f', all], ['check', '-f', one]);
    // everybody may (system:basic-user)
    expect(rights.filter((right) => right !== 'create selfsubjectaccessreviews')).to.deep.equal(told('check'));
  });
});
