/** Our resources in the real kube-apiserver, through kubectl: what is applied, and what their status says. */
import { join } from 'node:path';
import type { EhosMaster, EhosNode, EhosNodePool } from '../../src/api/resources.ts';
import { cloudsYaml, kubectl, must, root, type Master } from './rigs.ts';

export type Manifest = {
  kind: string;
  metadata: { name: string; namespace?: string; labels?: Record<string, string> };
} & Record<string, unknown>;

/** A namespace with one master and its clouds. */
export class Cluster {
  constructor(readonly namespace: string) {}

  async kubectl(...args: string[]): Promise<string> {
    return await kubectl(['-n', this.namespace, ...args]);
  }

  /** CRDs, rights, and the namespace itself. */
  async prepare(): Promise<void> {
    await kubectl(['apply', '-f', join(root, 'crds')]);
    await kubectl(['wait', '--for=condition=Established', 'crd', '--all', '--timeout=60s']);
    await kubectl(['apply', '-f', join(root, 'config/rbac.yaml')]);
    await this.apply([{ apiVersion: 'v1', kind: 'Namespace', metadata: { name: this.namespace } }]);
  }

  /**
   * Takes the rights in all namespaces from the operator, and gives it those of a chart with `watchNamespaces`: in this one.
   * Call what is returned to take them away again.
   */
  async confine(): Promise<() => Promise<unknown>> {
    const account = 'ehos-operator';
    const values = [
      `watchNamespaces={${this.namespace}}`,
      'serviceAccount.create=false',
      `serviceAccount.name=${account}`,
    ];
    const set = values.flatMap((value) => ['--set', value]);
    const chart = ['template', 'confined', join(root, 'charts/ehos-operator'), '--show-only', 'templates/rbac.yaml'];
    const rights = await must('helm', [...chart, '--namespace', 'ehos-system', ...set]);
    await kubectl(['delete', 'clusterrolebinding', account]);
    await kubectl(['apply', '-f', '-'], rights);
    return async () => await kubectl(['delete', '-f', '-'], rights);
  }

  async apply(objects: Manifest[]): Promise<void> {
    // kubectl reads several JSON documents from one stream
    await kubectl(['apply', '-f', '-'], objects.map((object) => JSON.stringify(object)).join('\n'));
  }

  secret(name: string, stringData: Record<string, string>, labels: Record<string, string> = {}): Manifest {
    return { apiVersion: 'v1', kind: 'Secret', metadata: this.#named(name, labels), stringData };
  }

  configMap(name: string, data: Record<string, string>): Manifest {
    return { apiVersion: 'v1', kind: 'ConfigMap', metadata: this.#named(name), data };
  }

  ehos(kind: 'EhosCloud' | 'EhosMaster' | 'EhosNodePool', name: string, spec: object): Manifest {
    return { apiVersion: 'ehos.io/v1alpha1', kind, metadata: this.#named(name), spec };
  }

  /** The Secrets for clouds and master, as they are reached from where the master is `ssh`. */
  access(ssh: Master): Manifest[] {
    return [
      this.secret('openstack', { 'clouds.yaml': cloudsYaml(ssh.host) }),
      this.secret('master-ssh', { 'ssh-privatekey': ssh.privateKey, known_hosts: ssh.knownHosts }),
    ];
  }

  cloud(name: string, cloudName: string): Manifest {
    return this.ehos('EhosCloud', name, {
      openstack: { identityRef: { name: 'openstack', cloudName } },
      defaults: {
        networks: [{ name: 'ehos-net' }],
        image: { name: 'ehos-worker' },
        keyName: 'ehos-key',
        securityGroups: ['ehos-worker'],
      },
    });
  }

  master(ssh: Master, more: object = {}): Manifest {
    return this.ehos('EhosMaster', 'master', {
      ssh: {
        host: ssh.host,
        port: ssh.port,
        user: ssh.user,
        privateKeyRef: { name: 'master-ssh' },
        knownHostsRef: { name: 'master-ssh' },
      },
      condor: { host: ssh.collectorHost, port: ssh.collectorPort },
      pollInterval: '5s',
      ...more,
    });
  }

  /** Clouds, masters and pools are all Ready, and there are some. */
  async isReady(): Promise<boolean> {
    const objects = await this.#list<Conditioned>('ecloud,emaster,epool');
    return objects.length > 0 && objects.every((object) => conditionOf(object, 'Ready').status === 'True');
  }

  async nodes(): Promise<EhosNode[]> {
    return await this.#list<EhosNode>('enode');
  }

  async pool(name: string): Promise<EhosNodePool> {
    return JSON.parse(await this.kubectl('get', 'epool', name, '-o', 'json')) as EhosNodePool;
  }

  async masterObject(): Promise<EhosMaster> {
    return JSON.parse(await this.kubectl('get', 'emaster', 'master', '-o', 'json')) as EhosMaster;
  }

  async patchPool(name: string, spec: object): Promise<void> {
    await this.kubectl('patch', 'epool', name, '--type=merge', '-p', JSON.stringify({ spec }));
  }

  /** Pools first, as long as they have nodes; then what these needed. */
  async deleteAll(): Promise<void> {
    await this.kubectl('delete', 'epool,emaster,ecloud', '--all', '--timeout=300s');
  }

  async #list<T>(kinds: string): Promise<T[]> {
    return (JSON.parse(await this.kubectl('get', kinds, '-o', 'json')) as { items: T[] }).items;
  }

  #named(name: string, labels: Record<string, string> = {}): Manifest['metadata'] {
    return { name, namespace: this.namespace, labels };
  }
}

export interface Conditioned {
  status?: { conditions?: { type: string; status: string; reason: string; message: string }[] | undefined } | undefined;
}

export function conditionOf(object: Conditioned, type: string): { status: string; reason: string; message: string } {
  const found = object.status?.conditions?.find((condition) => condition.type === type);
  return found ?? { status: 'Unknown', reason: '', message: '' };
}
