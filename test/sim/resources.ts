/** What an admin applies in a scenario. */
import type { EhosCloud, EhosMaster, EhosNodePool, KubeObject } from '../../src/api/resources.ts';
import { defaultSandboxClouds, type SandboxCloud } from '../../src/sandbox/openstack/clouds.ts';
import type { OpenStackServices } from '../../src/sandbox/openstack/sandbox.ts';
import type { CloudPlan, PoolPlan, Scenario } from './scenario.ts';

export const NAMESPACE = 'default';

export const IMAGE = 'ehos-worker';
/** The one that the sandbox has. */
const VOLUME_TYPE = '__DEFAULT__';

const ehos = { apiVersion: 'ehos.io/v1alpha1' };

export function sandboxCloud({ name, instances, cores, spawnDelayMs }: CloudPlan): SandboxCloud {
  const [model] = defaultSandboxClouds();
  if (!model) throw new Error('the sandbox has no cloud');
  const rest = { ...model };
  delete rest.applicationCredential;
  return { ...rest, project: name, quota: { instances, cores, ram: -1 }, spawnDelayMs };
}

/** clouds.yaml with the passwords that are valid now. */
export function cloudsSecret(openstack: OpenStackServices): { stringData: Record<string, string> } {
  const [user] = openstack.projects.flatMap(({ users }) => users);
  const text = openstack.cloudsYaml().replace(/password: \S+/g, `password: ${user?.password ?? ''}`);
  return { stringData: { 'clouds.yaml': text } };
}

export function secretObjects(openstack: OpenStackServices): KubeObject[] {
  const secret = (name: string, content: object): KubeObject => ({
    metadata: { name, namespace: NAMESPACE },
    ...content,
  });
  return [
    secret('openstack', cloudsSecret(openstack)),
    secret('master-ssh', {
      stringData: { 'ssh-privatekey': 'not used: there is no SSH here', known_hosts: 'nor this' },
    }),
  ];
}

/** Of pools that name it. */
export const USER_DATA = {
  metadata: { name: 'motd', namespace: NAMESPACE },
  data: { userdata: '#cloud-config\nwrite_files: [{ path: /etc/motd, content: "a node of EHOS" }]\n' },
};

/** `imageId` undefined: it names its image by name. */
export function cloudObject({ name, limitCores }: CloudPlan, imageId: string | undefined): EhosCloud {
  return {
    ...ehos,
    kind: 'EhosCloud',
    metadata: { name, namespace: NAMESPACE },
    spec: {
      openstack: { identityRef: { name: 'openstack', cloudName: name } },
      ...(limitCores === undefined ? {} : { limits: { cores: limitCores } }),
      defaults: {
        networks: [{ name: 'ehos-net' }],
        image: imageId === undefined ? { name: IMAGE } : { id: imageId },
        keyName: 'ehos-key',
        securityGroups: ['ehos-worker'],
      },
    },
  };
}

export function masterObject(
  condor: { host: string; port: number },
  { pollIntervalSeconds, credentials }: Pick<Scenario, 'pollIntervalSeconds' | 'credentials'>,
): EhosMaster {
  return {
    ...ehos,
    kind: 'EhosMaster',
    metadata: { name: 'master', namespace: NAMESPACE },
    spec: {
      ssh: {
        host: 'condor-master',
        user: 'ehos',
        privateKeyRef: { name: 'master-ssh' },
        knownHostsRef: { name: 'master-ssh' },
      },
      condor,
      pollInterval: `${pollIntervalSeconds}s`,
      ...(credentials && { nodeCredentials: { method: credentials } }),
    },
  };
}

export function poolObject(plan: PoolPlan): EhosNodePool {
  const { serverGroup, takesAddresses, named, scratchVolume } = plan.extras ?? {};
  return {
    ...ehos,
    kind: 'EhosNodePool',
    metadata: { name: plan.name, namespace: NAMESPACE },
    spec: {
      masterRef: { name: 'master' },
      jobs: { default: plan.serves === 'unnamed' },
      maxNodes: plan.maxNodes,
      minNodes: plan.minNodes,
      spareNodes: plan.spareNodes,
      allocation: plan.allocation as NonNullable<EhosNodePool['spec']['allocation']>,
      clouds: plan.clouds.map((name) => ({ name })),
      template: {
        flavors: plan.flavors,
        ...(plan.rootVolume && { rootVolume: { size: 20, ...(named && { type: VOLUME_TYPE }) } }),
        ...(plan.floatingIp && { floatingIP: 'Purge' as const }),
        ...(takesAddresses && { floatingIP: 'Assign' as const }),
        ...(serverGroup && { serverGroupPolicy: 'soft-anti-affinity' as const }),
        ...(named && { availabilityZones: ['nova'], userData: { configMapRef: { name: USER_DATA.metadata.name } } }),
        ...(scratchVolume && { scratchVolume: { size: 5 } }),
      },
      scaleDown: { consolidateAfter: `${plan.consolidateAfterSeconds}s` },
      bootTimeout: `${plan.bootTimeoutSeconds}s`,
    },
  };
}
