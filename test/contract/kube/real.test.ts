/** The contract against a real API server: EHOS_CONTRACT_KUBE_REAL is the path of an administrator's kubeconfig. */
import { readFileSync } from 'node:fs';
import { kubeContract } from './kube-contract.ts';

const path = process.env.EHOS_CONTRACT_KUBE_REAL;
if (path === undefined || path === '') {
  console.warn(
    'NOT RUN: the Kubernetes contract against a real API server (EHOS_CONTRACT_KUBE_REAL names no kubeconfig)',
  );
} else {
  describe('real Kubernetes', () => {
    // every server has had its first version long ago; its watch cache does not go back to it
    kubeContract(() => Promise.resolve({ kubeconfig: readFileSync(path, 'utf8'), expiredVersion: '1' }));
  });
}
