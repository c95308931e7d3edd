/** The peers of the quick start: the sandbox, under the names that the page has for a cloud and a master. */
import { parse } from 'yaml';
import { systemClock } from '../../src/base/clock.ts';
import { silentLog } from '../../src/base/log.ts';
import { seededRandom } from '../../src/base/random.ts';
import { fetchHostKey } from '../../src/cli/init/host-key.ts';
import { startOperator, type RunningOperator } from '../../src/main.ts';
import { startSandbox, type Sandbox } from '../../src/sandbox/sandbox.ts';
import { ScaledClock } from '../../src/sandbox/scaled-clock.ts';
import { reworded } from './document.ts';
import { NAMESPACE } from './harness.ts';
import { Shell } from './shell.ts';

const FACTOR = Number(process.env.EHOS_TEST_FACTOR ?? 20);
export class QuickStart {
  #operator: RunningOperator | undefined;

  private constructor(
    readonly sandbox: Sandbox,
    readonly shell: Shell,
    readonly clock: ScaledClock,
    private readonly fingerprint: string,
  ) {}

  static async start(kubectl: string): Promise<QuickStart> {
    const clock = new ScaledClock(FACTOR);
    const sandbox = await startSandbox({
      clock,
      random: seededRandom(7),
      pool: { negotiatorIntervalSeconds: 10, negotiatorCycleDelaySeconds: 2 },
      guests: { bootDelayMs: [5_000, 10_000], startMs: 2_000 },
    });
    const { host, port } = sandbox.master;
    const { fingerprint } = await fetchHostKey(host, port, systemClock);
    const shell = new Shell(kubectl, sandbox.kube.kubeconfig());
    const stage = new QuickStart(sandbox, shell, clock, fingerprint);
    shell.bring('crds');
    shell.write('id_ed25519', stage.#secret('master-ssh', 'ssh-privatekey'));
    // the sandbox has the definitions from its start, and the page installs them
    await shell.must('kubectl delete -f crds/');
    return stage;
  }

  /** As `ssh-keyscan` would. */
  scanHostKey(): void {
    this.shell.write('known_hosts', `${this.sandbox.master.knownHostsLine}\n`);
  }

  /** The clouds.yaml of the page, with an application credential of the sandbox. */
  writeCloudsYaml(text: string): void {
    const { clouds } = parse(this.sandbox.openstack.cloudsYaml('ehos')) as {
      clouds: Record<string, { auth: Record<string, string> }>;
    };
    const { auth_url = '', application_credential_id = '', application_credential_secret = '' } = clouds.ehos!.auth;
    const words = [
      ['https://keystone.example.org:5000/v3', auth_url],
      ['_id: ID', `_id: ${application_credential_id}`],
      ['_secret: SECRET', `_secret: ${application_credential_secret}`],
    ] as const;
    this.shell.write('clouds.yaml', reworded(text, words));
  }

  /** The cloud, the master and the pool of the page. */
  writeFirst(text: string): void {
    const { host, port } = this.sandbox.master;
    const words = [
      ['host: condor.example.org', `host: ${host}\n    port: ${port}`],
      ['name: private', 'name: ehos-net'],
    ] as const;
    this.shell.write('first.yaml', reworded(text, words));
  }

  /** `ehos init` as on the page. */
  initCommand(text: string): string {
    const { host, port } = this.sandbox.master;
    return reworded(text, [
      ['condor.example.org', `${host}:${port}`],
      ['--network private', '--network ehos-net'],
      ['SHA256:...', this.fingerprint],
    ]);
  }

  /** The submit file of the page, as far as it matters to the sandbox. */
  submit(text: string): void {
    const of = (key: string): number => {
      const [, value] = new RegExp(`^${key} *= *(\\d+)$`, 'm').exec(text) ?? [];
      if (value === undefined) throw new Error(`the submit file says nothing of ${key}`);
      return Number(value);
    };
    const job = { cpus: of('request_cpus'), memory: of('request_memory'), runSeconds: of('arguments'), disk: 1024 };
    this.sandbox.pool.submit(job);
  }

  async runOperator(): Promise<void> {
    this.#operator = await startOperator({
      config: { text: this.sandbox.kube.kubeconfig() },
      namespaces: undefined,
      log: silentLog,
      http: undefined,
      clock: this.clock,
      random: seededRandom(42),
      settings: {
        cloudSyncInterval: 30_000,
        cloudBusyInterval: 3_000,
        joinPollInterval: 2_000,
        nodeUpdateInterval: 20,
      },
    });
  }

  async close(): Promise<void> {
    await this.#operator?.stop();
    this.shell.close();
    await this.sandbox.close();
  }

  #secret(name: string, key: string): string {
    const secret = this.sandbox.resources(NAMESPACE).find(({ metadata }) => metadata.name === name);
    return (secret as unknown as { stringData: Record<string, string> }).stringData[key] ?? '';
  }
}
