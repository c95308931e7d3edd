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
import { NAMESPACE, pool } from './harness.ts';
import { KINDS } from '../../src/cli/check/manifests.ts';

interface Spoilt {
  kind?: string;
  metadata: { name: string };
  spec: Record<string, Record<string, unknown>>;
  stringData?: Record<string, string>;
}

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

  const cases: [
    string,
    string,
    (object: Spoilt) => void,
    { about: RegExp; what: string; found: RegExp; remedy: RegExp },
  ][] = [
    [
      'a Secret without clouds.yaml',
      'Secret/openstack',
      (o) => (o.stringData = { 'clouds.yml': 'x' }),
      {
        about: /cloud-a$/,
        what: 'Secret',
        found: /no key "clouds.yaml"; its keys: clouds.yml/,
        remedy: /kubectl create secret/,
      },
    ],
    [
      'a clouds.yaml without the entry',
      'EhosCloud/cloud-a',
      (o) => (o.spec.openstack!.identityRef = { name: 'openstack', cloudName: 'west' }),
      { about: /cloud-a$/, what: 'clouds.yaml', found: /clouds\.west: no such cloud/, remedy: /mend/ },
    ],
    [
      'a wrong password',
      'Secret/openstack',
      (o) =>
        (o.stringData!['clouds.yaml'] = o.stringData!['clouds.yaml']!.replace(
          /password: \S+/,
          'password: wrong-password',
        )),
      { about: /EhosCloud/, what: 'authentication', found: /./, remedy: /user, domain, project and password/ },
    ],
    [
      'an image that is not there',
      'EhosCloud/cloud-a',
      (o) => (o.spec.defaults!.image = { name: 'nothing' }),
      {
        about: /pool-a in cloud-a$/,
        what: 'image.name',
        found: /no image has the name "nothing": there (is|are) "/,
        remedy: /name one/,
      },
    ],
    [
      'a network that is not there',
      'EhosCloud/cloud-a',
      (o) => (o.spec.defaults!.networks = [{ name: 'nowhere' }]),
      {
        about: /in cloud-a$/,
        what: 'networks[0].name',
        found: /no network has the name "nowhere"/,
        remedy: /name one/,
      },
    ],
    [
      'a security group that is not there',
      'EhosCloud/cloud-a',
      (o) => (o.spec.defaults!.securityGroups = ['ehos-worker', 'open']),
      { about: /in cloud-a$/, what: 'securityGroups[1]', found: /no security group "open"/, remedy: /name one/ },
    ],
    [
      'a key pair that is not there',
      'EhosCloud/cloud-a',
      (o) => (o.spec.defaults!.keyName = 'lost'),
      { about: /in cloud-a$/, what: 'keyName', found: /"lost"/, remedy: /name one/ },
    ],
    [
      'a flavor that is not there',
      'EhosNodePool/pool-a',
      (o) => (o.spec.template!.flavors = ['m1.medium', 'm1.giant']),
      { about: /in cloud-a$/, what: 'flavor m1.giant', found: /no such flavor/, remedy: /name one/ },
    ],
    [
      'a cloud that is not there',
      'EhosNodePool/pool-a',
      (o) => ((o.spec as Record<string, unknown>).clouds = [{ name: 'cloud-z' }]),
      { about: /in cloud-z$/, what: 'cloud', found: /no EhosCloud "cloud-z"/, remedy: /spec\.clouds/ },
    ],
    [
      'a master that is not there',
      'EhosNodePool/pool-a',
      (o) => (o.spec.masterRef = { name: 'other' }),
      { about: /pool-a$/, what: 'master', found: /no EhosMaster "other".*there is master/, remedy: /spec\.masterRef/ },
    ],
    [
      'another host key',
      'Secret/master-ssh',
      (o) =>
        (o.stringData!.known_hosts = o.stringData!.known_hosts!.replace(/ssh-ed25519 \S+/, `ssh-ed25519 ${OTHER_KEY}`)),
      { about: /EhosMaster/, what: 'host key', found: /not the expected one/, remedy: /ssh-keyscan/ },
    ],
    [
      'a private key that is none',
      'Secret/master-ssh',
      (o) => (o.stringData!['ssh-privatekey'] = 'hello'),
      { about: /EhosMaster/, what: 'private key', found: /holds no private key/, remedy: /kubectl create secret/ },
    ],
    [
      'an account that is not let in',
      'EhosMaster/master',
      (o) => (o.spec.ssh!.user = 'nobody'),
      { about: /EhosMaster/, what: 'SSH', found: /refused the key for user "nobody"/, remedy: /authorized_keys/ },
    ],
    [
      'a port where nobody listens',
      'EhosMaster/master',
      (o) => (
        (o.spec.ssh!.port = 1),
        (o.spec.ssh!.hostKey = `ssh-ed25519 ${OTHER_KEY}`),
        delete o.spec.ssh!.knownHostsRef
      ),
      { about: /EhosMaster/, what: 'SSH', found: /no SSH connection/, remedy: /reachable/ },
    ],
    [
      'a field that nobody knows',
      'EhosNodePool/pool-a',
      (o) => ((o.spec as Record<string, unknown>).maxNodez = 3),
      { about: /pool-a$/, what: 'form', found: /maxNodez/, remedy: /kubectl explain/ },
    ],
    [
      'a field that is missing',
      'EhosMaster/master',
      (o) => delete o.spec.condor,
      { about: /EhosMaster default\/master$/, what: 'form', found: /spec\.condor/, remedy: /kubectl explain/ },
    ],
  ];
  for (const [what, of, spoil, expected] of cases)
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

/** Of a server that there is not. */
const OTHER_KEY = 'AAAAC3NzaC1lZDI1NTE5AAAAIJk6nVdF7n7Wg0m0nQmZrXoG0nJ0c1kqv4l1pV3nQ0aF';
