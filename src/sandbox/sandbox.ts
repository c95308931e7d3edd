/**
 * All peers of the operator in one process: a Kubernetes API, an OpenStack with two projects, and an HTCondor master behind a real SSH
 * server, whose nodes boot when servers are made. For trying, demos and tests; never for real work, and it says so wherever it shows.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { parse } from 'yaml';
import type { Clock } from '../base/clock.ts';
import { EhosError } from '../base/errors.ts';
import { silentLog, type Log } from '../base/log.ts';
import type { Random } from '../base/random.ts';
import type { KubeObject } from '../api/resources.ts';
import { GuestFarm, type GuestFarmOptions } from './condor/guest/guest-farm.ts';
import type { PoolOptions } from './condor/pool/pool-options.ts';
import { CondorPool } from './condor/pool/pool.ts';
import { startCondorMaster, type CondorMasterServer } from './condor/server/condor-master.ts';
import { startKubeApi, type KubeApiSandbox } from './kube/api.ts';
import { defaultSandboxClouds, type SandboxCloud } from './openstack/clouds.ts';
import { startOpenStack, type OpenStackSandbox } from './openstack/sandbox.ts';
import { newSshKey } from './ssh-key.ts';

export interface SandboxOptions {
  clock: Clock;
  random: Random;
  log?: Log;
  /** Port of the Kubernetes API on 127.0.0.1; 0 or absent: any free one. */
  kubePort?: number;
  pool?: PoolOptions;
  guests?: Omit<GuestFarmOptions, 'pool'>;
  /** Default: two projects, `ehos` and `ehos-b`. */
  clouds?: SandboxCloud[];
}

export interface Sandbox {
  kube: KubeApiSandbox;
  openstack: OpenStackSandbox;
  master: CondorMasterServer;
  pool: CondorPool;
  guests: GuestFarm;
  /** Everything that an admin would apply for these peers but pools: Secrets, an EhosCloud for each cloud (cloud-a, cloud-b, ...), an EhosMaster. */
  resources(namespace: string): KubeObject[];
  close(): Promise<void>;
}

/** The account that the operator uses on the sandbox's master. */
const USER = 'ehos';

export async function startSandbox(options: SandboxOptions): Promise<Sandbox> {
  const { clock, random, log = silentLog, clouds = defaultSandboxClouds() } = options;
  const pool = new CondorPool({ ...options.pool, clock, random });
  const guests = new GuestFarm({ ...options.guests, pool });
  const keys = newSshKey();
  const started: { close(): Promise<void> }[] = [];
  const start = async <T extends { close(): Promise<void> }>(starting: Promise<T>): Promise<T> => {
    const peer = await starting;
    started.push(peer);
    return peer;
  };
  const close = async (): Promise<void> => {
    await Promise.all(started.map(async (peer) => await peer.close()));
    pool.close();
  };
  try {
    const kube = await start(startKubeApi({ clock, random, crds: readCrds(), log, port: options.kubePort ?? 0 }));
    const openstack = await start(
      startOpenStack({
        clock,
        random,
        hypervisor: guests,
        clouds,
        log: (line) => log.debug(line, { peer: 'openstack' }),
      }),
    );
    const users = [{ name: USER, publicKey: keys.public }];
    const master = await start(startCondorMaster({ pool, users, log }));
    const peers = { openstack, master, pool, privateKey: keys.private, projects: clouds.map(({ project }) => project) };
    return { kube, openstack, master, pool, guests, resources: (namespace) => resources(namespace, peers), close };
  } catch (error) {
    await close();
    throw error;
  }
}

/** Beside the sources two folders up, beside the bundle one. */
function readCrds(): object[] {
  const folder = ['../crds/', '../../crds/']
    .map((path) => new URL(path, import.meta.url))
    .find((candidate) => existsSync(candidate));
  if (!folder) throw new EhosError('Invalid', 'the sandbox needs the folder crds of the project, and does not find it');
  return readdirSync(folder)
    .filter((file) => file.endsWith('.yaml'))
    .map((file) => parse(readFileSync(new URL(file, folder), 'utf8')) as object);
}

interface Peers {
  openstack: OpenStackSandbox;
  master: CondorMasterServer;
  pool: CondorPool;
  privateKey: string;
  projects: string[];
}

const FIRST_LETTER = 'a'.charCodeAt(0);

function resources(namespace: string, { openstack, master, pool, privateKey, projects }: Peers): KubeObject[] {
  const secret = (
    name: string,
    stringData: Record<string, string>,
  ): KubeObject & { stringData: Record<string, string> } => ({
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name, namespace },
    stringData,
  });
  const ehos = (kind: string, name: string, spec: object): KubeObject & { spec: object } => ({
    apiVersion: 'ehos.io/v1alpha1',
    kind,
    metadata: { name, namespace },
    spec,
  });
  const cloud = (cloudName: string, index: number): KubeObject =>
    ehos('EhosCloud', `cloud-${String.fromCharCode(FIRST_LETTER + index)}`, {
      openstack: { identityRef: { name: 'openstack', cloudName } },
      defaults: {
        networks: [{ name: 'ehos-net' }],
        image: { name: 'ehos-worker' },
        keyName: 'ehos-key',
        securityGroups: ['ehos-worker'],
      },
    });
  return [
    secret('openstack', { 'clouds.yaml': openstack.cloudsYaml() }),
    secret('master-ssh', { 'ssh-privatekey': privateKey, known_hosts: master.knownHostsLine }),
    ...projects.map(cloud),
    ehos('EhosMaster', 'master', {
      ssh: {
        host: master.host,
        port: master.port,
        user: USER,
        privateKeyRef: { name: 'master-ssh' },
        knownHostsRef: { name: 'master-ssh' },
      },
      condor: pool.settings.collector,
      pollInterval: '2s',
    }),
  ];
}
