/** Where users write something wrongly: good peers, and copies of what leads to them, to be spoilt. */
import ssh2 from 'ssh2';
import { parse, stringify } from 'yaml';
import { SECRETS, type KubeObject, type ResourceType } from '../../src/api/resources.ts';
import { startCondorMaster, type CondorMasterServer } from '../../src/sandbox/condor/server/condor-master.ts';
import { NAMESPACE, pool, type Harness } from './harness.ts';

type PoolSpec = Parameters<typeof pool>[0];
export type Data = Record<string, string>;

export interface BadInput {
  /** Part of the names of its objects: `pool-KEY`, and `cloud-KEY` or `master-KEY`. */
  key: string;
  what: string;
  /** Applies it, with a pool that uses it. */
  spoil: (stage: Stage) => Promise<void>;
  told: { by: ResourceType; type: string; status: 'True' | 'False'; reason: string; says: RegExp[] };
  /** What an admin would do. */
  mend: (stage: Stage) => Promise<void>;
}

/** Everything right, to spoil copies of. */
export class Stage {
  readonly cloudsYaml: string;
  readonly privateKey: string;
  readonly #spare: CondorMasterServer[] = [];

  constructor(readonly harness: Harness) {
    const data = (name: string): Data => {
      const secret = harness.sandbox.resources(NAMESPACE).find(({ metadata }) => metadata.name === name);
      return (secret as unknown as { stringData: Data }).stringData;
    };
    this.cloudsYaml = data('openstack')['clouds.yaml']!;
    this.privateKey = data('master-ssh')['ssh-privatekey']!;
  }

  /** clouds.yaml with another password for the user of project ehos-b. */
  withPassword(password: string): string {
    const file = parse(this.cloudsYaml) as { clouds: Record<string, { auth: Record<string, string> }> };
    file.clouds['ehos-b']!.auth.password = password;
    return stringify(file);
  }

  async secret(name: string, stringData: Data): Promise<void> {
    await this.harness.apply({ ...core('Secret', name), stringData } as KubeObject);
  }

  async configMap(name: string, data: Data): Promise<void> {
    await this.harness.apply({ ...core('ConfigMap', name), data } as KubeObject);
  }

  async patchSecret(name: string, stringData: Data): Promise<void> {
    await this.harness.patch(SECRETS, name, { stringData });
  }

  async patchSpec(type: ResourceType, name: string, spec: object): Promise<void> {
    await this.harness.patch(type, name, { spec });
  }

  async pool(key: string, change: PoolSpec): Promise<void> {
    const small = { maxNodes: 1, jobs: {}, clouds: [{ name: 'cloud-a' }], template: { flavors: ['m1.small'] } };
    await this.harness.apply(pool({ ...small, ...change }, `pool-${key}`));
  }

  async cloud(key: string, cloudName = 'ehos'): Promise<void> {
    const good = this.#resource('EhosCloud', 'cloud-a');
    const spec = { ...good.spec, openstack: { identityRef: { name: `cloud-${key}`, cloudName } } };
    await this.harness.apply({ ...good, metadata: { name: `cloud-${key}`, namespace: NAMESPACE }, spec } as KubeObject);
    await this.pool(key, { clouds: [{ name: `cloud-${key}` }] });
  }

  async master(key: string, ssh: object): Promise<void> {
    const good = this.#resource('EhosMaster', 'master');
    const spec = { ...good.spec, ssh: { ...(good.spec.ssh as object), ...ssh } };
    await this.harness.apply({
      ...good,
      metadata: { name: `master-${key}`, namespace: NAMESPACE },
      spec,
    } as KubeObject);
    await this.pool(key, { masterRef: { name: `master-${key}` } });
  }

  /** Another SSH server of the same HTCondor pool. */
  async startMaster(options: { port?: number; hostKey?: string } = {}): Promise<CondorMasterServer> {
    const key = ssh2.utils.parseKey(this.privateKey);
    if (key instanceof Error) throw key;
    const publicKey = `ssh-ed25519 ${key.getPublicSSH().toString('base64')}`;
    const users = [{ name: 'ehos', publicKey }];
    const master = await startCondorMaster({ pool: this.harness.sandbox.pool, users, ...options });
    this.#spare.push(master);
    return master;
  }

  async close(): Promise<void> {
    await Promise.all(this.#spare.splice(0).map(async (master) => await master.close()));
  }

  #resource(kind: string, name: string): KubeObject & { spec: Record<string, unknown> } {
    const found = this.harness.sandbox.resources(NAMESPACE).find((o) => o.kind === kind && o.metadata.name === name);
    return found as KubeObject & { spec: Record<string, unknown> };
  }
}

function core(kind: string, name: string): KubeObject {
  return { apiVersion: 'v1', kind, metadata: { name, namespace: NAMESPACE } };
}
