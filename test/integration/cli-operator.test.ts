/** What the `ehos` command asks the operator's pods: logs and the last hour. The sandbox has no pods, so their answers are laid down. */
import { expect } from 'chai';
import { systemClock } from '../../src/base/clock.ts';
import { seededRandom } from '../../src/base/random.ts';
import type { CheckReport } from '../../src/cli/check/run.ts';
import type { StatusReport } from '../../src/cli/status/report.ts';
import { startKubeApi, type KubeApiSandbox } from '../../src/sandbox/kube/api.ts';
import { ended, startEhos } from '../unit/cli/command.ts';
import { Cli } from './cli.ts';

const pod = (name: string): object => ({
  metadata: { name, namespace: 'ehos-system' },
  spec: { serviceAccountName: 'ehos-operator', containers: [{ ports: [{ name: 'http', containerPort: 9090 }] }] },
});
const PODS = JSON.stringify({
  kind: 'PodList',
  apiVersion: 'v1',
  metadata: { resourceVersion: '1' },
  items: [pod('ehos-a'), pod('ehos-b')],
});
const line = (second: number, level: string, message: string, fields: object = {}): string =>
  JSON.stringify({ time: `2026-01-01T12:00:0${second}.000Z`, level, message, ...fields });

describe("ehos, and the operator's pods", function () {
  this.timeout(60_000);
  let kube: KubeApiSandbox;
  let cli: Cli;
  before(async () => {
    kube = await startKubeApi({ clock: systemClock, random: seededRandom(1), crds: [] });
    cli = new Cli(kube);
  });
  after(async () => {
    cli.close();
    await kube.close();
  });
  beforeEach(() => {
    kube.faults.clear();
    kube.faults.add({ path: /^\/api\/v1\/pods\?.*labelSelector=app/, status: 200, body: PODS });
    for (const kind of ['ehosclouds', 'ehosmasters', 'ehosnodepools', 'ehosnodes'])
      kube.faults.add({
        path: new RegExp(`/${kind}\\?`),
        status: 200,
        body: '{"metadata":{"resourceVersion":"1"},"items":[]}',
      });
  });

  const logOf = (name: string, lines: string[]): void =>
    kube.faults.add({
      path: new RegExp(`/ehos-system/pods/${name}/log\\?`),
      status: 200,
      body: `${lines.join('\n')}\n`,
    });

  it('logs shows all replicas in the order of time', async () => {
    logOf('ehos-a', [line(1, 'info', 'leading'), line(3, 'warn', 'cloud cannot be listed', { cloud: 'science/east' })]);
    logOf('ehos-b', [line(2, 'info', 'waiting for the lease')]);
    const { code, stdout } = await cli.run('logs');
    expect(code).to.equal(0);
    expect(stdout).to.equal(
      [
        '2026-01-01T12:00:01.000Z INFO  ehos-a leading',
        '2026-01-01T12:00:02.000Z INFO  ehos-b waiting for the lease',
        '2026-01-01T12:00:03.000Z WARN  ehos-a cloud cannot be listed cloud=science/east',
        '',
      ].join('\n'),
    );
  });

  it('logs filters by object and level, follows to the end, and gives JSON to programs', async () => {
    logOf('ehos-a', [line(1, 'info', 'leading'), line(3, 'warn', 'cloud cannot be listed', { cloud: 'science/east' })]);
    logOf('ehos-b', [line(2, 'error', 'broken')]);
    const { stdout } = await cli.run('logs', '-f', '--object', 'east', '--level', 'warn', '-o', 'json');
    expect(
      stdout
        .trim()
        .split('\n')
        .map((text) => JSON.parse(text) as unknown),
    ).to.deep.equal([
      {
        time: '2026-01-01T12:00:03.000Z',
        level: 'warn',
        pod: 'ehos-a',
        message: 'cloud cannot be listed',
        cloud: 'science/east',
      },
    ]);
  });

  it('logs says so where no pod is found: exit code 1', async () => {
    const { code, stderr } = await cli.run('logs', '--selector', 'other=label');
    expect(code).to.equal(1);
    expect(stderr).to.match(/no pod has the labels other=label/);
  });

  it('check asks each replica whether it is ready, and tells a second release', async () => {
    const other = pod('ehos-c') as { metadata: { labels?: object } };
    other.metadata.labels = { 'app.kubernetes.io/instance': 'second' };
    kube.faults.clear();
    const items = [pod('ehos-a'), other];
    const list = JSON.stringify({ metadata: { resourceVersion: '1' }, items });
    kube.faults.add({ path: /^\/api\/v1\/pods\?.*labelSelector=app/, status: 200, body: list });
    kube.faults.add({ path: /pods\/ehos-a:9090\/proxy\/readyz$/, status: 200, body: 'ok' });
    kube.faults.add({ path: /pods\/ehos-c:9090\/proxy\/readyz$/, status: 503, body: 'the CRD ehosnodes is missing' });
    const told = new Map<string, string>();
    const { stdout } = await cli.run('check', '-n', 'nowhere', '-o', 'json', '--kubeconfig', cli.kubeconfig);
    for (const { about, what, result, found } of (JSON.parse(stdout) as CheckReport).lines)
      if (about === 'kubernetes') told.set(what, `${result} ${found}`);
    expect(told.get('operator')).to.match(/^FAIL readiness of pod ehos-c: the CRD ehosnodes is missing \(HTTP 503\)$/);
    expect(told.get('releases')).to.equal('WARN ehos-system/ and ehos-system/second are installed');
    expect(told.get("operator's permissions")).to.match(/^OK ehos-system\/ehos-operator may do all/);
    expect(told.get('CRD ehosnodes')).to.equal('FAIL it is not installed');
    expect(told.get('objects')).to.match(/^FAIL list ehos\w+: .*is its CustomResourceDefinition installed/);
    expect(told.get('namespace')).to.equal('FAIL there is no namespace nowhere');
  });

  it('status takes the last hour from the replica that remembers most', async () => {
    const points = [
      { time: new Date().toISOString(), pools: { 'a/b': { idle: 1, running: 2, nodes: 3, desired: 4 } } },
    ];
    const historyOf = (name: string, status: number, body: string): void =>
      kube.faults.add({ path: new RegExp(`/ehos-system/pods/${name}:9090/proxy/history$`), status, body });
    historyOf('ehos-a', 200, '{"interval":60,"points":[]}');
    historyOf('ehos-b', 200, JSON.stringify({ interval: 60, points }));
    const report = JSON.parse((await cli.run('status', '-o', 'json')).stdout) as StatusReport;
    expect(report.history).to.deep.equal(points);
    kube.faults.clear();
  });

  it('snapshot is that of the replica that leads, and of the namespace that is named', async () => {
    const answer = (name: string, status: number, body: string): void =>
      kube.faults.add({
        path: new RegExp(`/pods/${name}:9090/proxy/snapshot\\.json\\?namespace=science$`),
        status,
        body,
      });
    answer('ehos-a', 503, 'a standby plans nothing: ask the leader, whose /readyz says so');
    answer('ehos-b', 200, '{"apiVersion":"ehos.io/v1alpha1","kind":"EhosSnapshot","namespace":"science"}');
    expect(await cli.run('snapshot', '-n', 'science')).to.deep.equal({
      code: 0,
      stdout: 'apiVersion: ehos.io/v1alpha1\nkind: EhosSnapshot\nnamespace: science\n',
      stderr: '',
    });
  });

  it('snapshot says which pods stand by where none leads: exit code 1', async () => {
    kube.faults.add({ path: /\/proxy\/snapshot\.json$/, status: 503, body: 'a standby plans nothing: ask the leader' });
    const { code, stdout, stderr } = await cli.run('snapshot');
    expect({ code, stdout }).to.deep.equal({ code: 1, stdout: '' });
    expect(stderr).to.match(
      /^ehos: no pod of the operator leads: [^\n]*ehos-a[^\n]*standby[^\n]*ehos-b[^\n]*standby[^\n]*\n$/,
    );
  });

  it('status --watch looks again and again until it is interrupted: exit code 0', async () => {
    const child = startEhos(['status', '-w', '--interval', '1'], { KUBECONFIG: cli.kubeconfig });
    let looks = 0;
    child.stdout.on('data', (chunk: Buffer) => {
      looks += chunk.toString().split('there is no EhosNodePool').length - 1;
      if (looks === 2) child.kill('SIGINT');
    });
    expect(await ended(child)).to.deep.include({ code: 0, stderr: '' });
    expect(looks).to.equal(2);
  });

  it('status says why there is no picture when no replica answers', async () => {
    kube.faults.add({ path: /\/proxy\/history$/, status: 503, body: 'no endpoints' });
    const { code, stdout } = await cli.run('status');
    expect(code).to.equal(0);
    expect(stdout).to.match(/no picture of the last hour: history of pod ehos-a: .*503/);
  });
});
