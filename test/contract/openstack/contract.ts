/** What EHOS relies on in an OpenStack. The same suite runs against a real one and against the sandbox's. */
import type { ContractTarget } from './target.ts';
import { backendContract } from './backend-contract.ts';
import { closureContract } from './closure-contract.ts';
import { groupContract } from './group-contract.ts';
import { identityContract } from './identity-contract.ts';
import { refusalContract } from './refusal-contract.ts';
import { serverContract } from './server-contract.ts';
import { sizeContract } from './size-contract.ts';

/** Registers the tests. Every server made is named `ctr-...` and deleted again; about sixteen are made. */
export function openstackContract(getTarget: () => Promise<ContractTarget>): void {
  identityContract(getTarget);
  serverContract(getTarget);
  refusalContract(getTarget);
  backendContract(getTarget);
  groupContract(getTarget);
  closureContract(getTarget);
  sizeContract(getTarget);
}
