/** The main job against real peers: queued jobs get real nodes, run, and the nodes go away again without a trace. */
import { spawn, type ChildProcess } from 'node:child_process';
import { createWriteStream, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Report } from './report.ts';
import { cache, cloudsYaml, kubectl, master, must, openstackTruth, rig, submit, type Master } from './rigs.ts';

const NAMESPACE = 'research';
const POOL = 'pool-a';
const root = new URL('../..', import.meta.url).pathname;
/** Three shapes: 60 jobs, 110 cores. */
const JOBS = [
  { count: 30, cpus: 1, memory: 512, seconds: 20 },
  { count: 20, cpus: 2, memory: 1024, seconds: 20 },
  { count: 10, cpus: 4, memory: 2048, seconds: 20 },
];
const TOTAL = JOBS.reduce((sum, { count }) => sum + count, 0);

export async function runScenario(report: Report): Promise<void> {
  const ssh = await master();
  await report.step(
    'kubectl apply: CRDs, RBAC, Secrets, two clouds, a master, a pool',
    async () => await applyAll(ssh),
  );
  const operator = await report.step('start the operator (its own process, its own service account)', startOperator);
  try {
    await report.step('clouds, master and pool become Ready', waitReady);
    const submitted = performance.now();
    await report.step(`submit ${TOTAL} jobs of three shapes`, async () => {
      for (const { count, cpus, memory, seconds } of JOBS)
        await submit(count, cpus, memory, seconds, `+EhosPool="${POOL}"`);
    });
    const peak = await report.step('every job runs to its end', async () => await watchJobs(report, submitted));
    await checkHistory(report);
    report.check('nodes on both clouds', peak.clouds.size === 2, [...peak.clouds].sort().join(', '));
    await report.step('idle nodes are drained and deleted', waitNoNodes);
    await checkNothingLeft(report);
    await report.step('delete pool, master and clouds', deleteAll);
    await checkKubernetesEmpty(report);
  } catch (error) {
    await dump(report);
    throw error;
  } finally {
    await operator.stop();
    report.check("no secret in the operator's log", !operator.leaked(), operator.leaked() ? 'found one' : 'none');
  }
}

async function applyAll(ssh: Master): Promise<void> {
  const secret = (name: string, data: Record<string, string>): object => ({
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name, namespace: NAMESPACE },
    stringData: data,
  });
  const ehos = (kind: string, name: string, spec: object): object => ({
    apiVersion: 'ehos.io/v1alpha1',
    kind,
    metadata: { name, namespace: NAMESPACE },
    spec,
  });
  const cloud = (name: string, cloudName: string): object =>
    ehos('EhosCloud', name, {
      openstack: { identityRef: { name: 'openstack', cloudName } },
      defaults: {
        networks: [{ name: 'ehos-net' }],
        image: { name: 'ehos-worker' },
        keyName: 'ehos-key',
        securityGroups: ['ehos-worker'],
      },
    });
  await kubectl(['apply', '-f', join(root, 'crds')]);
  await kubectl(['wait', '--for=condition=Established', 'crd', '--all', '--timeout=60s']);
  await kubectl(['apply', '-f', join(root, 'config/rbac.yaml')]);
  const objects = [
    { apiVersion: 'v1', kind: 'Namespace', metadata: { name: NAMESPACE } },
    secret('openstack', { 'clouds.yaml': cloudsYaml() }),
    secret('master-ssh', { 'ssh-privatekey': ssh.privateKey, known_hosts: ssh.knownHosts }),
    cloud('cloud-a', 'ehos'),
    cloud('cloud-b', 'ehos-b'),
    ehos('EhosMaster', 'master', {
      ssh: {
        host: ssh.host,
        port: ssh.port,
        user: ssh.user,
        privateKeyRef: { name: 'master-ssh' },
        knownHostsRef: { name: 'master-ssh' },
      },
      condor: { host: ssh.collectorHost, port: ssh.collectorPort },
      pollInterval: '5s',
    }),
    ehos('EhosNodePool', POOL, {
      masterRef: { name: 'master' },
      maxNodes: 12,
      clouds: [{ name: 'cloud-a' }, { name: 'cloud-b' }],
      template: { flavors: ['m1.medium', 'm1.large', 'm1.xlarge'] },
      scaleDown: { consolidateAfter: '20s' },
      bootTimeout: '5m',
    }),
  ];
  // the namespace first; kubectl reads several JSON documents from one stream
  for (const object of objects) await kubectl(['apply', '-f', '-'], JSON.stringify(object));
}

interface RunningOperator {
  stop(): Promise<void>;
  leaked(): boolean;
}

async function startOperator(): Promise<RunningOperator> {
  const config = (await rig('kube', 'sa-kubeconfig', 'ehos-system', 'ehos-operator')).trim().split('\n').at(-1) ?? '';
  const logs = join(cache, 'logs');
  mkdirSync(logs, { recursive: true });
  const file = createWriteStream(join(logs, 'operator.log'));
  const child: ChildProcess = spawn(
    process.execPath,
    [
      '--import',
      'tsx',
      join(root, 'src/cli.ts'),
      'run',
      '--kubeconfig',
      config,
      '--log-level',
      'debug',
      '--metrics-port',
      '0',
      '--node-update-interval',
      '10',
    ],
    {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env },
    },
  );
  let leaked = false;
  // what of the secrets would show in clear: the private key's body, and IDTOKENs
  const secrets = [/BEGIN OPENSSH PRIVATE KEY/, /eyJhbGciOi[A-Za-z0-9_-]{20,}/, /"?password"?\s*[:=]\s*"?ehos\b/];
  for (const stream of [child.stdout, child.stderr])
    stream?.setEncoding('utf8').on('data', (text: string) => {
      leaked ||= secrets.some((secret) => secret.test(text));
      file.write(text);
    });
  const exited = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  return {
    leaked: () => leaked,
    stop: async () => {
      child.kill('SIGTERM');
      await exited;
      file.end();
    },
  };
}

async function waitReady(): Promise<void> {
  const kinds = ['ecloud', 'emaster', 'epool'];
  for (const kind of kinds)
    await kubectl(['-n', NAMESPACE, 'wait', '--for=condition=Ready', kind, '--all', '--timeout=120s']);
}

interface Node {
  metadata: { name: string };
  spec: { cloudRef: { name: string }; flavor: string };
  status?: { phase?: string; joined?: string; requested?: string };
}

async function nodes(): Promise<Node[]> {
  const list = JSON.parse(await kubectl(['-n', NAMESPACE, 'get', 'enode', '-o', 'json'])) as { items: Node[] };
  return list.items;
}

async function until(what: string, timeoutMs: number, condition: () => Promise<boolean>): Promise<void> {
  const end = performance.now() + timeoutMs;
  while (!(await condition())) {
    if (performance.now() > end) throw new Error(`not within ${timeoutMs / 1000} s: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 2_000));
  }
}

async function watchJobs(report: Report, submitted: number): Promise<{ clouds: Set<string>; nodes: number }> {
  const clouds = new Set<string>();
  let peak = 0;
  const marks = new Map<string, number>();
  const mark = (what: string): void => {
    if (!marks.has(what)) marks.set(what, (performance.now() - submitted) / 1000);
  };
  let shown = '';
  await until('all jobs leave the queue', 10 * 60_000, async () => {
    const totals = await rig('condor', 'exec', 'condor_q', '-allusers', '-af', 'JobStatus');
    const states = totals.split('\n').filter(Boolean);
    const list = await nodes();
    peak = Math.max(peak, list.length);
    for (const node of list) clouds.add(node.spec.cloudRef.name);
    if (list.some((node) => node.status?.requested !== undefined)) mark('first server asked for');
    if (list.some((node) => node.status?.joined !== undefined)) mark('first node joined');
    if (states.includes('2')) mark('first job runs');
    if (states.length === 0) mark('last job ended');
    const phases = list.map((node) => node.status?.phase ?? 'Pending').sort();
    const line = `${states.filter((s) => s === '1').length} idle, ${states.filter((s) => s === '2').length} running; nodes: ${phases.join(' ')}`;
    if (line !== shown) report.say(`  ${line}`);
    shown = line;
    return states.length === 0;
  });
  report.section(
    [
      '## Times from submit',
      '',
      '| what | seconds |',
      '|---|---|',
      ...[...marks].map(([what, s]) => `| ${what} | ${s.toFixed(1)} |`),
      '',
      `Most nodes at a time: ${peak}.`,
      '',
    ].join('\n'),
  );
  return { clouds, nodes: peak };
}

async function checkHistory(report: Report): Promise<void> {
  const out = await rig(
    'condor',
    'exec',
    'condor_history',
    '-constraint',
    `EhosPool == "${POOL}"`,
    '-af',
    'ClusterId',
    'ProcId',
    'JobStatus',
    'NumJobStarts',
    'ExitCode',
  );
  const jobs = out
    .split('\n')
    .filter(Boolean)
    .map((line) => line.split(' '));
  const completed = jobs.filter(([, , status]) => status === '4');
  report.check('jobs completed', completed.length === TOTAL, `${completed.length} of ${TOTAL}`);
  const once = jobs.filter(([, , , starts]) => starts === '1');
  report.check(
    "started exactly once, by HTCondor's own history",
    once.length === TOTAL && jobs.length === TOTAL,
    `${once.length} of ${jobs.length}`,
  );
  report.check(
    'exit code 0',
    jobs.every(([, , , , exit]) => exit === '0'),
    `${jobs.filter(([, , , , exit]) => exit === '0').length} of ${jobs.length}`,
  );
}

async function waitNoNodes(): Promise<void> {
  await until('no EhosNode is left', 5 * 60_000, async () => (await nodes()).length === 0);
}

async function checkNothingLeft(report: Report): Promise<void> {
  for (const project of ['ehos', 'ehos-b']) {
    const { servers, ports, volumes, floatingIps } = await openstackTruth(project);
    const found = `${servers.length} servers, ${ports.length} ports, ${volumes.length} volumes, ${floatingIps.length} floating IPs`;
    report.check(
      `nothing of ours in project ${project}`,
      servers.length + ports.length + volumes.length + floatingIps.length === 0,
      found,
    );
  }
  const ads = (
    await rig(
      'condor',
      'exec',
      'condor_status',
      '-any',
      '-af',
      'MyType',
      'Name',
      '-constraint',
      'EhosNodeId isnt undefined',
    )
  )
    .split('\n')
    .filter((line) => /^(Machine|Slot|DaemonMaster)/.test(line));
  report.check('no ad of ours in the collector', ads.length === 0, ads.length === 0 ? 'none' : ads.join('; '));
  const left = await nodes();
  report.check('no EhosNode in the kube-apiserver', left.length === 0, String(left.length));
  const events = await kubectl([
    '-n',
    NAMESPACE,
    'get',
    'events.events.k8s.io',
    '-o',
    'jsonpath={range .items[*]}{.reason}{"\\n"}{end}',
  ]);
  const reasons = new Set(events.split('\n').filter(Boolean));
  const wanted = ['CreatingNode', 'Launched', 'Joined', 'RemovingNode', 'Drained'];
  report.check(
    'events say what was done',
    wanted.every((reason) => reasons.has(reason)),
    [...reasons].sort().join(', '),
  );
}

async function deleteAll(): Promise<void> {
  await kubectl(['-n', NAMESPACE, 'delete', 'epool,emaster,ecloud', '--all', '--timeout=120s']);
}

async function checkKubernetesEmpty(report: Report): Promise<void> {
  const left = (await kubectl(['-n', NAMESPACE, 'get', 'ehos', '-o', 'name'])).trim();
  report.check('pool, master and clouds are gone', left === '', left || 'none left');
}

/** What a person would look at first when a run failed. */
async function dump(report: Report): Promise<void> {
  const show = async (title: string, task: () => Promise<string>): Promise<void> => {
    report.say(title);
    console.log(await task().catch((error: unknown) => String(error)));
  };
  await show('resources', async () => await kubectl(['-n', NAMESPACE, 'get', 'ehos', '-o', 'wide']));
  await show('pool', async () => await kubectl(['-n', NAMESPACE, 'describe', 'epool,emaster,ecloud']));
  await show('servers', async () => await rig('cloud', 'servers'));
  await show('queue', async () => await rig('condor', 'exec', 'condor_q', '-allusers'));
  await show('operator log', async () => await must('tail', ['-n', '60', join(cache, 'logs/operator.log')]));
}
