/** Of a node whose making no test looks at. */
import type { EhosNode } from '../../../src/api/resources.ts';

export const NODE_SPEC: EhosNode['spec'] = {
  poolRef: { name: 'pool-a' },
  cloudRef: { name: 'cloud-a' },
  masterRef: { name: 'master' },
  flavor: 'm1.small',
  image: 'i',
  templateHash: 'h',
};
