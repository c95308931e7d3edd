/** Eyes of our own on the peers, past the operator: what OpenStack and HTCondor themselves say. */
import { join } from 'node:path';
import { dirs, must, rig } from './rigs.ts';

export const PROJECTS = ['ehos', 'ehos-b'] as const;

/** Runs Python inside OpenStack's chroot, with `c`, an openstacksdk connection of a member of the project. It prints JSON. */
async function python<T>(project: string, code: string): Promise<T> {
  const connect = `
import openstack, json, warnings
warnings.simplefilter('ignore')
c = openstack.connect(load_yaml_config=False, load_envvars=False, auth_url='http://127.0.0.1:5000/v3', username='ehos', password='ehos',
                      project_name='${project}', user_domain_name='Default', project_domain_name='Default', region_name='RegionOne')
`;
  const stdin = `${connect}${code}\n`;
  return JSON.parse(await must('chroot', [join(dirs.RIG_BASE, 'root'), 'python3', '-'], { stdin })) as T;
}

export interface Belongings {
  servers: string[];
  ports: string[];
  volumes: string[];
  floatingIps: string[];
}

export async function belongings(project: string): Promise<Belongings> {
  return await python<Belongings>(
    project,
    `
print(json.dumps({'servers': [s.name for s in c.compute.servers()],
                  'ports': [p.id for p in c.network.ports(project_id=c.current_project_id) if (p.device_owner or '').startswith('compute')],
                  'volumes': [v.id for v in c.block_storage.volumes()],
                  'floatingIps': [f.id for f in c.network.ips(project_id=c.current_project_id)]}))`,
  );
}

/** Names of the servers of all projects. */
export async function serverNames(): Promise<string[]> {
  const all = await Promise.all(PROJECTS.map(async (project) => (await belongings(project)).servers));
  return all.flat().sort();
}

/** Nova's clock, to ask later what was made since. */
export const novaTime = (): string => new Date().toISOString().replace(/\.\d+Z$/, 'Z');

/** Names of all servers that were made since then, those among them that are deleted again. */
export async function serversMadeSince(time: string): Promise<string[]> {
  const made = await Promise.all(
    PROJECTS.map(
      async (project) =>
        await python<string[]>(
          project,
          `
found = c.compute.get('/servers/detail?changes-since=${time}').json()['servers']
print(json.dumps([s['name'] for s in found if s['created'] >= '${time}']))`,
        ),
    ),
  );
  return made.flat().sort();
}

/** JobStatus of each job in the queue. */
export async function jobStates(constraint = 'true'): Promise<string[]> {
  const out = await rig('condor', 'exec', 'condor_q', '-allusers', '-constraint', constraint, '-af', 'JobStatus');
  return out.split('\n').filter(Boolean);
}

export interface PastJob {
  status: string;
  starts: string;
  exitCode: string;
  host: string;
}

/** Jobs that have left the queue, by HTCondor's own history. */
export async function pastJobs(constraint: string): Promise<PastJob[]> {
  const attributes = ['JobStatus', 'NumJobStarts', 'ExitCode', 'LastRemoteHost'];
  const out = await rig('condor', 'exec', 'condor_history', '-constraint', constraint, '-af', ...attributes);
  return out
    .split('\n')
    .filter(Boolean)
    .map((line) => {
      const [status = '', starts = '', exitCode = '', host = ''] = line.split(' ');
      return { status, starts, exitCode, host };
    });
}

/** Machines of ours that the collector knows, startds and masters. */
export async function adsOfOurs(): Promise<string[]> {
  const constraint = 'EhosNodeId isnt undefined';
  const out = await rig('condor', 'exec', 'condor_status', '-any', '-af', 'MyType', 'Name', '-constraint', constraint);
  return out.split('\n').filter((line) => /^(Machine|Slot|DaemonMaster)/.test(line));
}

/** Seconds after which a job is dropped whose shadow still waits for a node that is gone: it would hold on for its lease, 40 minutes. */
const SHADOW_PATIENCE = 20;

/** Removes jobs, and waits until they have left the queue. */
export async function removeJobs(constraint = 'true'): Promise<void> {
  // it fails when there are none that it could still remove: the queue is what counts
  const remove = async (...how: string[]): Promise<unknown> =>
    await rig('condor', 'exec', 'condor_rm', ...how, '-constraint', constraint).catch(() => undefined);
  for (let i = 0; (await jobStates(constraint)).length > 0; i++) {
    if (i === 0) await remove();
    if (i === SHADOW_PATIENCE) await remove('-forcex');
    if (i > 120) throw new Error(`removed jobs stay in the queue: ${constraint}`);
    await new Promise((resolve) => setTimeout(resolve, 1_000));
  }
}
