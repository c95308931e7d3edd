/**
 * A bad day on the real peers: 200 jobs, while the operator is killed (SIGKILL) thirty times at random moments, the APIs of OpenStack fail
 * and lose answers, and the master's daemons and sshd are restarted. Afterwards every job has run to its end, started once, and nothing is left.
 * The moments come from a seed that is printed: the peers take their own time, so that a run can be repeated only roughly.
 */
import { seededRandom } from '../../src/base/random.ts';
import type { Random } from '../../src/base/random.ts';
import { Cluster } from './cluster.ts';
import { checkHistory, marked, submitAll } from './jobs.ts';
import { OperatorProcess } from './operator.ts';
import type { Report } from './report.ts';
import { checkKubernetesEmpty, checkNothingLeft } from './leftovers.ts';
import { master, rig } from './rigs.ts';
import { MINUTE } from './stage.ts';
import { jobStates, serversMadeSince, novaTime } from './truth.ts';

const MARK = 'chaos';
const POOL = 'pool-chaos';
const LOG = 'operator-chaos.log';
const KILLS = 30;
/** One core each; two batches, so that nodes go and come again in between. */
const BATCHES = [120, 80];
const TOTAL = BATCHES.reduce((sum, n) => sum + n, 0);
const SECONDS = 45;
/** How long the operator lives once it is ready, ms at most: it is killed while it makes nodes, while it waits, while it drains. */
const LONGEST_LIFE = 12_000;
/** Of all lives so many end while it starts. */
const STILLBORN = 0.2;
const START_MS = 3_000;
const MOST_MINUTES = 25;

/** What goes wrong meanwhile, one after the other and again from the beginning; each is over when the next one begins. */
const FAULTS: readonly { name: string; begin: () => Promise<unknown> }[] = [
  {
    name: 'answers to POST /servers are lost',
    begin: faults({ service: 'nova', method: 'POST', path: '/servers$', after: true, drop: true, prob: 0.5 }),
  },
  { name: 'the schedd is restarted', begin: condor('condor_restart', '-schedd') },
  {
    name: 'Nova answers 503, now and then 500',
    begin: faults({ service: 'nova', status: 503, prob: 0.3 }, { service: 'nova', status: 500, prob: 0.2 }),
  },
  { name: 'the collector is restarted', begin: condor('condor_restart', '-collector') },
  { name: 'Keystone does not answer', begin: faults({ service: 'keystone', drop: true }) },
  {
    name: 'DELETE is answered 500 after it was done, and before',
    begin: faults(
      { service: 'nova', method: 'DELETE', after: true, status: 500, prob: 0.5 },
      { service: 'nova', method: 'DELETE', status: 500, prob: 0.3 },
    ),
  },
  { name: 'sshd is ended with all sessions', begin: restartSshd },
  { name: 'Neutron answers 503', begin: faults({ service: 'neutron', status: 503, prob: 0.5 }) },
  { name: 'the negotiator is restarted', begin: condor('pkill', '-TERM', '-x', 'condor_negotiat') },
  { name: 'all of Nova takes five seconds', begin: faults({ service: 'nova', delay: 5 }) },
];

export async function runChaos(report: Report, seed = Date.now() % 1_000_000): Promise<void> {
  report.say(`a bad day, seed ${seed}`);
  const ssh = await master();
  const cluster = new Cluster('bad-day');
  await cluster.prepare();
  const release = await cluster.confine();
  const clouds = [cluster.cloud('cloud-a', 'ehos'), cluster.cloud('cloud-b', 'ehos-b')];
  await cluster.apply([...cluster.access(ssh), ...clouds, cluster.master(ssh), pool(cluster)]);
  const since = novaTime();
  const day = new BadDay(report, cluster, seededRandom(seed));
  try {
    const what = `${KILLS} kills, ${FAULTS.length} kinds of fault, ${TOTAL} jobs`;
    await report.step(what, async () => await day.run());
    await report.step('the last nodes go', async () => await day.end());
    await checkHistory(report, 'jobs of a bad day', MARK, TOTAL);
    report.check('the operator was killed at random moments', day.kills === KILLS, `${day.kills} times, seed ${seed}`);
    const made = (await serversMadeSince(since)).filter((name) => name.startsWith(POOL));
    const twins = made.filter((name, i) => made.indexOf(name) !== i);
    const found = `${made.length} servers made, twice: ${twins.join(', ') || 'none'}`;
    report.check('no server was made twice', made.length > 0 && twins.length === 0, found);
    await checkNothingLeft(report, cluster);
    await report.step('delete pool, master and clouds', async () => await cluster.deleteAll());
    await checkKubernetesEmpty(report, cluster);
  } finally {
    await rig('openstack', 'faults', 'off');
    await day.stop();
    await release();
  }
  report.check("no secret in the operator's logs", !day.leaked, day.leaked ? 'found one' : 'none');
}

function pool(cluster: Cluster): ReturnType<Cluster['ehos']> {
  return cluster.ehos('EhosNodePool', POOL, {
    masterRef: { name: 'master' },
    maxNodes: 12,
    clouds: [{ name: 'cloud-a' }, { name: 'cloud-b' }],
    template: { flavors: ['m1.medium', 'm1.large'] },
    scaleDown: { consolidateAfter: '10s' },
    bootTimeout: '5m',
  });
}

function faults(...rules: object[]): () => Promise<unknown> {
  return async () => await rig('openstack', 'faults', JSON.stringify({ rules }));
}

function condor(...command: string[]): () => Promise<unknown> {
  return async () => await rig('condor', 'exec', ...command);
}

/** As `systemctl restart ssh` with all sessions ended. */
async function restartSshd(): Promise<void> {
  await rig(
    'condor',
    'exec',
    'sh',
    '-c',
    'pkill -KILL -x sshd; pkill -KILL -x sshd-session; sleep 2; /usr/sbin/sshd -f /etc/ssh/sshd_rig -E /var/log/sshd_rig.log',
  );
}

/** JobStatus of each job that is not done; undefined while the schedd is down. */
async function queue(): Promise<string[] | undefined> {
  try {
    return await jobStates(marked(MARK));
  } catch {
    return undefined;
  }
}

/** The operator, which is killed and started again, and what happens around it meanwhile. */
class BadDay {
  kills = 0;
  leaked = false;
  readonly #report: Report;
  readonly #cluster: Cluster;
  readonly #random: Random;
  #operator: OperatorProcess | undefined;
  #fault = 0;

  constructor(report: Report, cluster: Cluster, random: Random) {
    this.#report = report;
    this.#cluster = cluster;
    this.#random = random;
  }

  /** Until all has happened and all jobs have left the queue. */
  async run(): Promise<void> {
    const end = performance.now() + MOST_MINUTES * MINUTE;
    const later = [...BATCHES];
    for (;;) {
      if (performance.now() > end) throw new Error(`the bad day was not over within ${MOST_MINUTES} minutes`);
      const waiting = await queue();
      // the second batch comes when the first is done and nodes go
      if (waiting?.length === 0 && (later.length === BATCHES.length || this.kills >= KILLS / 2)) {
        const batch = later.shift();
        if (batch !== undefined)
          await submitAll(POOL, MARK, [{ count: batch, cpus: 1, memory: 256, seconds: SECONDS }]);
        else if (this.kills >= KILLS) break;
      }
      await this.#start();
      if (this.kills < KILLS) await this.#live();
      else await this.#rest();
      this.#tell(waiting);
    }
  }

  /** Without further faults all nodes go. */
  async end(): Promise<void> {
    await rig('openstack', 'faults', 'off');
    const operator = await this.#start();
    await operator.until('no EhosNode of the bad day is left', 10 * MINUTE, async () => {
      const nodes = await this.#cluster.nodes();
      return nodes.every(({ spec }) => spec.poolRef.name !== POOL);
    });
  }

  async stop(): Promise<void> {
    await this.#operator?.stop();
    this.leaked ||= this.#operator?.leaked ?? false;
  }

  async #start(): Promise<OperatorProcess> {
    return (this.#operator ??= await OperatorProcess.start({
      log: LOG,
      namespace: this.#cluster.namespace,
      follows: this.kills > 0,
    }));
  }

  async #live(): Promise<void> {
    // every third life another thing goes wrong; in between the cloud and the master are well
    if (this.kills % 3 === 0) await this.#nextFault();
    else if (this.kills % 3 === 2) await rig('openstack', 'faults', 'off');
    const stillborn = this.#random.next() < STILLBORN;
    if (!stillborn) await this.#operator?.untilReady();
    const ms = this.#random.next() * (stillborn ? START_MS : LONGEST_LIFE);
    await new Promise((resolve) => setTimeout(resolve, ms));
    this.#operator?.mustRun();
    await this.#operator?.kill();
    this.leaked ||= this.#operator?.leaked ?? false;
    this.#operator = undefined;
    this.kills += 1;
  }

  async #nextFault(): Promise<void> {
    await rig('openstack', 'faults', 'off');
    const fault = FAULTS[this.#fault % FAULTS.length];
    this.#fault += 1;
    if (!fault) return;
    this.#report.say(`  ${fault.name}`);
    await fault.begin();
  }

  async #rest(): Promise<void> {
    await rig('openstack', 'faults', 'off');
    await new Promise((resolve) => setTimeout(resolve, 5_000));
    this.#operator?.mustRun();
  }

  #tell(states: readonly string[] | undefined): void {
    if (!states) {
      this.#report.say(`  ${this.kills} kills; the schedd does not answer`);
      return;
    }
    const running = states.filter((state) => state === '2').length;
    this.#report.say(`  ${this.kills} kills; ${states.length - running} idle, ${running} running`);
  }
}
