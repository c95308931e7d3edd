/** `ehos check` against the sandbox: what is right is called right, and each thing that is wrong is told with its remedy. */
import { expect } from 'chai';
import { parse } from 'yaml';
import type { CheckOptions } from '../../src/cli/check.ts';
import type { Line } from '../../src/cli/check/line.ts';
import { checkLines, type CheckReport } from '../../src/cli/check/run.ts';
import type { KubeObject } from '../../src/api/resources.ts';
import { startSandbox, type Sandbox } from '../../src/sandbox/sandbox.ts';
import { seededRandom } from '../../src/base/random.ts';
import { systemClock } from '../../src/base/clock.ts';
import { RestKubeClient } from '../../src/kube/client.ts';
import { clusterAccess } from '../../src/kube/config.ts';
import { silentLog } from '../../src/base/log.ts';
import { Cli } from './cli.ts';
import { SPOILT, type Spoilt } from './cli-check-cases.ts';
import { NAMESPACE, pool } from './harness.ts';
import { KINDS } from '../../src/cli/check/manifests.ts';

describe('ehos check', function () {
  this.timeout(120_000);
  let sandbox: Sandbox;
  let cli: Cli;
  before(async () => {
    sandbox = await startSandbox({ clock: systemClock, random: seededRandom(3) });
    cli = new Cli(sandbox.kube);
  });
  after(async () => {
    cli.close();
    await sandbox.close();
  });
  afterEach(() => sandbox.kube.faults.clear());

  /** All that an admin would apply, with one of the objects spoilt. */
  const objects = (kind = '', spoil: (object: Spoilt) => void = () => undefined): object[] => {
    const all = [...sandbox.resources(NAMESPACE), pool()].map((object) => structuredClone(object) as unknown as Spoilt);
    for (const object of all) if (`${object.kind ?? ''}/${object.metadata.name}` === kind) spoil(object);
    return all;
  };
  /** Without a process of its own, which takes seconds to start. */
  const check = async (all: readonly object[], more: Partial<CheckOptions> = {}): Promise<Line[]> =>
    await checkLines({
      kubeconfig: cli.kubeconfig,
      file: [cli.manifest('all.yaml', all)],
      output: 'json',
      kubernetes: true,
      strict: false,
      ...more,
    });

  it('finds nothing wrong with what is right, before it is applied: exit code 0', async () => {
    const { code, stdout, stderr } = await cli.run('check', '-f', cli.manifest('all.yaml', objects()), '-o', 'json');
    expect(stderr).to.equal('');
    const { lines } = JSON.parse(stdout) as CheckReport;
    expect(lines.filter(({ result }) => result === 'FAIL')).to.deep.equal([]);
    expect(code).to.equal(0);
    const told = lines.filter(({ result }) => result === 'OK').map(({ about, what }) => `${about}: ${what}`);
    expect(told).to.include.members([
      'kubernetes: API server',
      'kubernetes: CRD ehosnodepools',
      'kubernetes: your permissions',
      'EhosNodePool default/pool-a: form',
      'EhosCloud default/cloud-a: clouds.yaml',
      'EhosCloud default/cloud-a: authentication',
      'EhosCloud default/cloud-a: quota',
      'EhosMaster default/master: host key',
      'EhosMaster default/master: SSH',
      'EhosMaster default/master: HTCondor',
      'EhosMaster default/master: queue and nodes',
      'EhosMaster default/master: may ADMINISTRATOR',
      'EhosMaster default/master: certificate',
      'EhosNodePool default/pool-a: user data',
      'EhosNodePool default/pool-a in cloud-a: image',
      'EhosNodePool default/pool-a in cloud-a: networks',
      'EhosNodePool default/pool-a in cloud-a: securityGroups',
      'EhosNodePool default/pool-a in cloud-a: keyName',
      'EhosNodePool default/pool-a in cloud-b: flavor m1.medium',
    ]);
    expect(sandbox.kube.objects('ehosnodepools'), 'nothing was applied').to.deep.equal([]);
    expect(sandbox.openstack.servers()).to.deep.equal([]);
  });

  it('says it for people, with a summary, and without colours where nobody looks', async () => {
    const { stdout } = await cli.run('check', '-f', cli.manifest('all.yaml', objects()));
    expect(stdout).to.match(/^ {2}OK {4}API server +http:\/\/127\.0\.0\.1/m);
    expect(stdout).to.match(/\n\d+ OK, \d+ WARN, \d+ SKIP\n$/);
    expect(stdout).to.not.include('\u001b');
  });

  it('shows no secret, whatever is wrong: exit code 2', async () => {
    const spoilt = objects('Secret/openstack', (object) => {
      const text = object.stringData!['clouds.yaml']!;
      object.stringData = { 'clouds.yaml': text.replace(/password: \S+/, 'password: hush-hush-hush') };
    });
    const { code, stdout, stderr } = await cli.run('check', '-f', cli.manifest('all.yaml', spoilt), '-o', 'yaml');
    expect(code).to.equal(2);
    expect(stdout).to.include('authentication');
    const key = sandbox.resources(NAMESPACE).find(({ metadata }) => metadata.name === 'master-ssh');
    const lines = (key as unknown as Spoilt)
      .stringData!['ssh-privatekey']!.split('\n')
      .filter((line) => line.length > 20);
    for (const secret of ['hush-hush-hush', ...lines]) expect(stdout + stderr).to.not.include(secret);
  });

  for (const [what, of, spoil, expected] of SPOILT)
    it(`tells ${what}, with a remedy`, async () => {
      const lines = await check(objects(of, spoil));
      const failed = lines.filter(({ result }) => result === 'FAIL');
      const told = failed.find((line) => expected.about.test(line.about) && line.what === expected.what);
      expect(told, JSON.stringify(failed, undefined, 1)).to.not.equal(undefined);
      expect(told?.found).to.match(expected.found);
      expect(told?.remedy).to.match(expected.remedy);
    });

  it('tells everything that is wrong in a template, not only the first', async () => {
    const lines = await check(
      objects(
        'EhosCloud/cloud-a',
        ({ spec }) =>
          (spec.defaults = {
            image: { name: 'x' },
            networks: [{ name: 'y' }],
            securityGroups: ['z', 'ehos-worker', 'w'],
            keyName: 'k',
          }),
      ),
    );
    const wrong = lines
      .filter(({ about, result }) => result === 'FAIL' && about.endsWith('in cloud-a'))
      .map(({ what }) => what);
    expect(wrong).to.have.members([
      'image.name',
      'networks[0].name',
      'securityGroups[0]',
      'securityGroups[2]',
      'keyName',
    ]);
  });

  it('without Kubernetes checks cloud and master of the files alone', async () => {
    const lines = await check(objects(), { kubernetes: false });
    expect(lines.filter(({ result }) => result === 'FAIL')).to.deep.equal([]);
    expect(lines.some(({ about }) => about === 'kubernetes')).to.equal(false);
    expect(lines.some(({ what, result }) => what === 'authentication' && result === 'OK')).to.equal(true);
  });

  it('tells a missing CRD, an older one, and rights that somebody lacks', async () => {
    const crd = sandbox.kube
      .objects('customresourcedefinitions')
      .find(({ metadata }) => metadata.name === 'ehosnodes.ehos.io');
    const older = JSON.stringify(crd).replaceAll('"lostSince"', '"lostAt"');
    sandbox.kube.faults.add({
      path: /customresourcedefinitions\/ehosclouds/,
      status: 404,
      body: JSON.stringify({ kind: 'Status', status: 'Failure', reason: 'NotFound', code: 404 }),
    });
    sandbox.kube.faults.add({ path: /customresourcedefinitions\/ehosnodes\./, status: 200, body: older });
    sandbox.kube.faults.add({
      path: /\/selfsubjectaccessreviews$/,
      status: 201,
      body: '{"status":{"allowed":false}}',
      count: 1,
    });
    sandbox.kube.faults.add({
      path: /\/subjectaccessreviews$/,
      status: 201,
      body: '{"status":{"allowed":false}}',
      count: 1,
    });
    const lines = await check(objects(), { operatorAccount: 'ehos-system/ehos-operator' });
    const told = new Map(
      lines.filter(({ about }) => about === 'kubernetes').map((line) => [line.what, `${line.result} ${line.found}`]),
    );
    expect(told.get('CRD ehosclouds')).to.equal('FAIL it is not installed');
    expect(told.get('CRD ehosnodes')).to.equal('FAIL it is older than this program: it lacks status.lostSince');
    expect(told.get('your permissions')).to.match(/^WARN you may not get ehosclouds\.ehos\.io in namespace default/);
    expect(told.get("operator's permissions")).to.match(
      /^FAIL ehos-system\/ehos-operator may not \w+ ehosclouds\.ehos\.io/,
    );
  });

  it('tells an API server that is not there, and still checks what the files hold', async () => {
    const gone = cli.write('gone', sandbox.kube.kubeconfig().replace(/127\.0\.0\.1:\d+/, '127.0.0.1:1'));
    const lines = await check(objects(), { kubeconfig: gone });
    expect(lines[0]).to.include({ about: 'kubernetes', what: 'API server', result: 'FAIL' });
    expect(lines.some(({ what, result }) => what === 'SSH' && result === 'OK')).to.equal(true);
  });

  it('checks what is applied when no file is given', async () => {
    const access = clusterAccess({ text: sandbox.kube.kubeconfig() }, systemClock);
    const client = new RestKubeClient({
      access,
      clock: systemClock,
      random: seededRandom(1),
      log: silentLog,
      userAgent: 'test',
    });
    try {
      for (const object of objects() as KubeObject[])
        await client.create(
          KINDS.find(({ kind }) => kind === object.kind)!,
          object,
        );
    } finally {
      await client.close();
    }
    const { code, stdout } = await cli.run('check', '-n', NAMESPACE, '-o', 'yaml');
    const { lines } = parse(stdout) as CheckReport;
    expect(lines.filter(({ result }) => result === 'FAIL')).to.deep.equal([]);
    expect(
      lines.some(({ about, what }) => about === 'EhosNodePool default/pool-a in cloud-b' && what === 'image'),
    ).to.equal(true);
    expect(code).to.equal(0);
  });

  for (const [what, args, words] of [
    ['a file that is not there', ['-f', 'none.yaml'], /none\.yaml: there is no such file/],
    ['no file without Kubernetes', ['--no-kubernetes'], /--no-kubernetes: give the files/],
    ['a wrong account', ['--operator-account', 'me'], /must be a namespace and a name/],
  ] as const)
    it(`refuses ${what}: exit code 1`, async () => {
      const { code, stdout, stderr } = await cli.run('check', ...args);
      expect({ code, stdout }).to.deep.equal({ code: 1, stdout: '' });
      expect(stderr).to.match(words);
    });
});
