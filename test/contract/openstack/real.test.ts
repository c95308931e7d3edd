/**
 * The contract against a real OpenStack. EHOS_CONTRACT_OPENSTACK_REAL is a ContractTarget as JSON, see target.ts.
 */
import { openstackContract } from './contract.ts';
import type { ContractTarget } from './target.ts';

const given = process.env.EHOS_CONTRACT_OPENSTACK_REAL;
if (given === undefined || given === '') {
  console.warn(
    '\n*** The contract of OpenStack does NOT run against a real one: EHOS_CONTRACT_OPENSTACK_REAL is not set. ***\n',
  );
} else {
  describe('OpenStack contract: a real one', () => {
    openstackContract(() => Promise.resolve(JSON.parse(given) as ContractTarget));
  });
}
