/** What is to be set up, and the files for it. */
import { stringify } from 'yaml';
import type { EhosCloudSpec, EhosMasterSpec, EhosNodePoolSpec } from '../../api/resources.ts';

export interface CloudSetup {
  /** Of the EhosCloud. */
  name: string;
  /** Entry in the clouds.yaml. */
  cloudName: string;
  /** Content of a clouds.yaml with that entry. */
  cloudsYaml: string;
  cacert?: string | undefined;
  defaults: NonNullable<EhosCloudSpec['defaults']>;
}

export interface MasterSetup {
  name: string;
  host: string;
  port: number;
  user: string;
  privateKey: string;
  /** A line of known_hosts. */
  knownHosts: string;
  /** The master as nodes see it. */
  condorHost: string;
  pollInterval?: string | undefined;
}

export interface Setup {
  /** undefined: that of whoever applies it. */
  namespace: string | undefined;
  clouds: CloudSetup[];
  master: MasterSetup;
  pool: { name: string; spec: Omit<EhosNodePoolSpec, 'masterRef' | 'mode'> };
}

export interface SetupFile {
  name: string;
  text: string;
  /** Only for its owner. */
  secret: boolean;
}

export function setupFiles(setup: Setup): SetupFile[] {
  const { clouds, master, pool } = setup;
  const file = (name: string, head: string, objects: readonly object[], secret = false): SetupFile => ({
    name,
    text: [`# ${head}`, ...objects.map((object) => stringify(object, { lineWidth: 0 }))]
      .join('\n---\n')
      .replace('\n---\n', '\n'),
    secret,
  });
  const secrets = [...clouds.map((cloud) => cloudSecret(setup, cloud)), masterSecret(setup, master)];
  return [
    file('secrets.yaml', 'Credentials: keep this file to yourself, and remove it when it is applied.', secrets, true),
    file(
      'clouds.yaml',
      'Clouds in which servers may be made. All fields: kubectl explain ecloud.spec',
      clouds.map((cloud) => cloudObject(setup, cloud)),
    ),
    file('master.yaml', 'The HTCondor master. All fields: kubectl explain emaster.spec', [masterObject(setup, master)]),
    file(
      'pool.yaml',
      'Nodes for the queue. In mode Observe it only says what it would do; then set mode: Active. All fields: kubectl explain epool.spec',
      [poolObject(setup, pool)],
    ),
  ];
}

interface Written {
  apiVersion: string;
  kind: string;
  metadata: { name: string; namespace?: string };
}

function head({ namespace }: Setup, apiVersion: string, kind: string, name: string): Written {
  return { apiVersion, kind, metadata: { name, ...(namespace === undefined ? {} : { namespace }) } };
}

const ehos = (setup: Setup, kind: string, name: string): Written => head(setup, 'ehos.io/v1alpha1', kind, name);

const cloudSecretName = ({ name }: CloudSetup): string => `${name}-clouds`;
const masterSecretName = ({ name }: MasterSetup): string => `${name}-ssh`;

function cloudSecret(setup: Setup, cloud: CloudSetup): object {
  const { cloudsYaml, cacert } = cloud;
  const stringData = { 'clouds.yaml': cloudsYaml, ...(cacert === undefined ? {} : { cacert }) };
  return { ...head(setup, 'v1', 'Secret', cloudSecretName(cloud)), type: 'Opaque', stringData };
}

function masterSecret(setup: Setup, master: MasterSetup): object {
  const { privateKey, knownHosts } = master;
  const stringData = { 'ssh-privatekey': privateKey, known_hosts: knownHosts };
  return { ...head(setup, 'v1', 'Secret', masterSecretName(master)), type: 'kubernetes.io/ssh-auth', stringData };
}

function cloudObject(setup: Setup, cloud: CloudSetup): object {
  const { name, cloudName, defaults } = cloud;
  const spec: EhosCloudSpec = { openstack: { identityRef: { name: cloudSecretName(cloud), cloudName } }, defaults };
  return { ...ehos(setup, 'EhosCloud', name), spec };
}

function masterObject(setup: Setup, master: MasterSetup): object {
  const { name, host, port, user, condorHost, pollInterval } = master;
  const secret = { name: masterSecretName(master) };
  const spec: EhosMasterSpec = {
    ssh: { host, ...(port === 22 ? {} : { port }), user, privateKeyRef: secret, knownHostsRef: secret },
    condor: { host: condorHost },
    ...(pollInterval === undefined ? {} : { pollInterval }),
  };
  return { ...ehos(setup, 'EhosMaster', name), spec };
}

function poolObject(setup: Setup, { name, spec }: Setup['pool']): object {
  const whole: EhosNodePoolSpec = { masterRef: { name: setup.master.name }, mode: 'Observe', ...spec };
  return { ...ehos(setup, 'EhosNodePool', name), spec: whole };
}

/** Names of pools are part of the names of their nodes: shorter than others (the CRD's own bound). */
const MOST_NAME = 57;

/** A name for an object, as near to the given one as Kubernetes allows. */
export function objectNameOf(text: string, otherwise: string): string {
  const name = text
    .toLowerCase()
    .replace(/[^a-z0-9-]+/g, '-')
    .slice(0, MOST_NAME)
    .replace(/^-+|-+$/g, '');
  return name === '' ? otherwise : name;
}
