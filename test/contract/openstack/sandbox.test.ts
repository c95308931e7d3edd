/** The contract against the sandbox's OpenStack, in real time like the real one. */
import { systemClock } from '../../../src/base/clock.ts';
import { seededRandom } from '../../../src/base/random.ts';
import type { Hypervisor } from '../../../src/sandbox/hypervisor.ts';
import { defaultSandboxClouds } from '../../../src/sandbox/openstack/clouds.ts';
import { startOpenStack } from '../../../src/sandbox/openstack/sandbox.ts';
import type { OpenStackSandbox } from '../../../src/sandbox/openstack/sandbox.ts';
import { openstackContract } from './contract.ts';

/** Guests that print two lines and do nothing else. */
const hypervisor: Hypervisor = {
  boot: () => undefined,
  destroy: () => undefined,
  console: () => 'booting\nready\n',
};

describe('OpenStack contract: the sandbox', () => {
  let sandbox: OpenStackSandbox;

  before(async () => {
    const clouds = defaultSandboxClouds().map((cloud) => ({ ...cloud, spawnDelayMs: 500 }));
    sandbox = await startOpenStack({ clock: systemClock, random: seededRandom(1), hypervisor, clouds });
  });

  after(() => sandbox.close());

  openstackContract(() =>
    Promise.resolve({
      cloudsYaml: sandbox.cloudsYaml('ehos-b'),
      cloudName: 'ehos-b',
      imageName: 'ehos-worker',
      networkName: 'ehos-net',
      flavorName: 'm1.tiny',
      keyName: 'ehos-key',
      securityGroup: 'ehos-worker',
    }),
  );
});
