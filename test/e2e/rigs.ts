/** The real peers, as the scripts in rigs/ install and run them. What they build lies in the user's cache, outside the clone. */
import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';

const here = new URL('.', import.meta.url).pathname;
/** Of this clone. */
export const root = new URL('../..', import.meta.url).pathname;

/** Set-up failed: no statement about the operator. */
export class NotSetUp extends Error {}

export interface Output {
  code: number;
  stdout: string;
  stderr: string;
}

export const cache =
  process.env.EHOS_E2E_CACHE ?? join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'ehos-e2e');

export const dirs = {
  RIG: join(cache, 'condor'),
  RIG_BASE: join(cache, 'openstack'),
  RIG_CLOUD: join(cache, 'cloud'),
  RIG_KUBE: join(cache, 'kube'),
  RIG_KUBE_NODE: join(cache, 'kube-node'),
};

/** What the API server was asked by service accounts of the operator's namespace, one JSON document a line (audit.k8s.io/v1, level Metadata). */
export const auditLog = join(cache, 'logs/audit.log');

/** Of the control plane: it keeps the audit log, asks for the right behind blockOwnerDeletion, and gives a dead node up within seconds instead of minutes. */
const CONTROL_PLANE = {
  RIG_KUBE_APISERVER_ARGS: [
    `--audit-policy-file=${join(here, 'rigs/audit-policy.yaml')}`,
    `--audit-log-path=${auditLog}`,
    '--audit-log-maxsize=2000',
    '--enable-admission-plugins=OwnerReferencesPermissionEnforcement',
    '--default-unreachable-toleration-seconds=1',
    '--default-not-ready-toleration-seconds=1',
  ].join(' '),
  RIG_KUBE_MANAGER_ARGS: '--node-monitor-grace-period=8s --node-monitor-period=1s',
};

const environment: NodeJS.ProcessEnv = {
  ...process.env,
  ...dirs,
  ...CONTROL_PLANE,
  RIG_MASTER_EXTRA: join(here, 'rigs/master-extra.conf'),
  RIG_PROFILE: 'fast',
  PATH: `${dirs.RIG_KUBE}/bin:${process.env.PATH ?? ''}`,
};

/** Runs a program to its end; its output is kept, and shown line by line when `show` is set. */
export function run(
  program: string,
  args: string[],
  options: { show?: boolean; stdin?: string; env?: NodeJS.ProcessEnv; timeoutMs?: number } = {},
): Promise<Output> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { env: { ...environment, ...options.env }, stdio: ['pipe', 'pipe', 'pipe'] });
    const parts = { stdout: '', stderr: '' };
    const timer = setTimeout(() => child.kill('SIGKILL'), options.timeoutMs ?? 20 * 60_000);
    for (const name of ['stdout', 'stderr'] as const)
      child[name].setEncoding('utf8').on('data', (text: string) => {
        parts[name] += text;
        if (options.show === true) process.stderr.write(text.replace(/^/gm, '    ').replace(/ {4}$/, ''));
      });
    child.on('error', reject);
    child.on('exit', (code, signal) => {
      clearTimeout(timer);
      const done = (): void => resolve({ code: code ?? (signal === null ? 1 : 128), ...parts });
      // daemons that a rig leaves running may hold the pipes for ever: what has come a second after the end is all
      const late = setTimeout(done, 1_000);
      child.on('close', () => {
        clearTimeout(late);
        done();
      });
    });
    child.stdin.on('error', () => undefined);
    child.stdin.end(options.stdin ?? '');
  });
}

/** The same, and anything but success is an error. */
export async function must(program: string, args: string[], options: Parameters<typeof run>[2] = {}): Promise<string> {
  const { code, stdout, stderr } = await run(program, args, options);
  if (code !== 0)
    throw new Error(
      `${program} ${args.join(' ').slice(0, 200)}: exit code ${code}: ${(stderr || stdout).trim().slice(-8000)}`,
    );
  return stdout;
}

const script = (rig: string, name: string): string => join(here, 'rigs', rig, name);
const scripts = {
  cloud: script('cloud', 'rig-cloud.sh'),
  condor: script('condor', 'rig-condor.sh'),
  openstack: script('openstack', 'rig-openstack.sh'),
  kube: script('kube', 'rig-kube.sh'),
  'kube-node': script('kube-node', 'rig-kube-node.sh'),
};

export const rig = async (name: keyof typeof scripts, ...args: string[]): Promise<string> =>
  await must(scripts[name], args);

/** The same with further variables for the script. */
export const rigWith = async (env: NodeJS.ProcessEnv, name: keyof typeof scripts, ...args: string[]): Promise<string> =>
  await must(scripts[name], args, { env });

export function checkMachine(): void {
  if (process.platform !== 'linux' || !existsSync('/etc/debian_version'))
    throw new NotSetUp('the real peers come from Debian packages, and this is no Debian');
  if (process.getuid?.() !== 0) throw new NotSetUp('the real peers need root: chroots, mounts and network namespaces');
}

/** Downloads and builds what is not in the cache yet. */
export async function install(): Promise<void> {
  mkdirSync(cache, { recursive: true });
  const results = await Promise.allSettled([
    must(scripts.cloud, ['install'], { show: true, timeoutMs: 25 * 60_000 }),
    must(scripts.kube, ['install'], { show: true, timeoutMs: 25 * 60_000 }),
  ]);
  for (const result of results) if (result.status === 'rejected') throw new NotSetUp((result.reason as Error).message);
}

/** The same for what pods run on. After the others: it installs packages, and it shares the modules of the control plane. */
export async function installNodes(): Promise<void> {
  try {
    await must(scripts['kube-node'], ['install'], { show: true, timeoutMs: 25 * 60_000 });
  } catch (error) {
    throw new NotSetUp((error as Error).message);
  }
}

/** Brings all peers up, with empty databases, queue and etcd. */
export async function startFresh(): Promise<void> {
  try {
    await Promise.all([startKube(), rig('cloud', 'reset')]);
    await offerCertificates();
  } catch (error) {
    throw new NotSetUp((error as Error).message);
  }
}

async function startKube(): Promise<void> {
  await rig('kube', 'reset');
  mkdirSync(dirname(auditLog), { recursive: true });
  rmSync(auditLog, { force: true });
  await rig('kube', 'start');
}

/** Do all peers run? */
export async function isUp(): Promise<boolean> {
  const states = await Promise.all([run(scripts.cloud, ['status']), run(scripts.kube, ['status'])]);
  return states.every(({ code }) => code === 0);
}

export async function stopAll(): Promise<void> {
  await Promise.allSettled([rig('cloud', 'stop'), rig('kube', 'stop')]);
}

export async function destroyAll(): Promise<void> {
  await Promise.allSettled([rig('cloud', 'destroy'), rig('kube', 'destroy')]);
}

/** The collector makes its certificates at its first start, and offers SSL only after the next one (measured). */
async function offerCertificates(): Promise<void> {
  await rig('condor', 'exec', '/usr/sbin/condor_restart', '-collector');
  for (let i = 0; i < 60; i++) {
    const { code, stdout } = await run(scripts.condor, ['exec', 'condor_status', '-schedd', '-af', 'Name']);
    if (code === 0 && stdout.trim() !== '') return;
    await new Promise((resolve) => setTimeout(resolve, 1000));
  }
  throw new NotSetUp('the collector did not come back after its restart');
}

export interface Master {
  host: string;
  port: number;
  user: string;
  privateKey: string;
  knownHosts: string;
  keyFile: string;
  knownHostsFile: string;
  collectorHost: string;
  collectorPort: number;
}

export async function master(): Promise<Master> {
  const info = new Map(
    (await rig('cloud', 'ssh-info'))
      .split('\n')
      .flatMap((line) =>
        line.includes('=') ? [[line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)] as const] : [],
      ),
  );
  const get = (key: string): string => info.get(key) ?? '';
  const [collectorHost = '', collectorPort = '9618'] = get('collector').split(':');
  return {
    host: get('host'),
    port: Number(get('port')),
    user: get('user'),
    privateKey: readFileSync(get('key'), 'utf8'),
    knownHosts: `${get('known_hosts_line')}\n`,
    keyFile: get('key'),
    knownHostsFile: join(dirs.RIG, 'keys/known_hosts'),
    collectorHost,
    collectorPort: Number(collectorPort),
  };
}

/** Where the peers of this machine are. */
const LOOPBACK = '127.0.0.1';
/** This machine's loopback to the pods of kube-node. */
const HOST_OF_PODS = 'host.rig';

/** clouds.yaml of the real OpenStack's two projects, by their names, as seen from `host`. The catalog itself says 127.0.0.1. */
export function cloudsYaml(host = LOOPBACK): string {
  const overrides = `    compute_endpoint_override: http://${host}:8774/v2.1
    image_endpoint_override: http://${host}:9292
    network_endpoint_override: http://${host}:9696
    volume_endpoint_override: http://${host}:8776/v3
`;
  const entry = (project: string): string => `  ${project}:
    auth:
      auth_url: http://${host}:5000/v3
      username: ehos
      password: ehos
      project_name: ${project}
      user_domain_name: Default
      project_domain_name: Default
    region_name: RegionOne
    interface: public
${host === LOOPBACK ? '' : overrides}`;
  return `clouds:\n${entry('ehos')}${entry('ehos-b')}`;
}

/** The same master, as pods reach it. */
export function masterForPods(ssh: Master): Master {
  return { ...ssh, host: HOST_OF_PODS, knownHosts: ssh.knownHosts.replaceAll(ssh.host, HOST_OF_PODS) };
}

export const kubectlPath = join(dirs.RIG_KUBE, 'bin/kubectl');
export const helmPath = join(dirs.RIG_KUBE, 'bin/helm');
export const kubeconfig = join(dirs.RIG_KUBE, 'kubeconfig/admin');

export async function kubectl(args: string[], stdin?: string): Promise<string> {
  return await must('kubectl', args, { env: { KUBECONFIG: kubeconfig }, ...(stdin === undefined ? {} : { stdin }) });
}

/** Submits through the real condor_submit, as a user of the master. */
export async function submit(
  count: number,
  cpus: number,
  memoryMiB: number,
  seconds: number,
  ...lines: string[]
): Promise<void> {
  await rig('condor', 'submit', String(count), String(cpus), String(memoryMiB), String(seconds), ...lines);
}
