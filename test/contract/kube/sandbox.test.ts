/** The contract against the sandbox's API: what it passes here, a real server passes in real.test.ts. */
import { systemClock } from '../../../src/base/clock.ts';
import { systemRandom } from '../../../src/base/random.ts';
import { startKubeApi, type KubeApiSandbox } from '../../../src/sandbox/kube/api.ts';
import { kubeContract } from './kube-contract.ts';

describe('sandbox Kubernetes', () => {
  let api: KubeApiSandbox | undefined;
  after(() => api?.close());

  kubeContract(async () => {
    api = await startKubeApi({ clock: systemClock, random: systemRandom, crds: [] });
    api.compact();
    return { kubeconfig: api.kubeconfig(), expiredVersion: '1' };
  });
});
