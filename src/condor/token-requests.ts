/** Pending requests for IDTOKENS: listing, approving, and asking for one of our own. */
import type { StepResult } from '../base/remote-script.ts';
import type { TokenRequest } from '../domain/snapshots.ts';
import { parseAds } from './classad.ts';

/** Throws a plain Error when the output is not what condor_token_request_list -json prints. */
export function parseTokenRequests(output: string): TokenRequest[] {
  return parseAds(output).map((ad) => {
    const id = ad.raw('RequestId');
    if (typeof id !== 'string') throw new Error('a token request without RequestId');
    return {
      id,
      // chosen by the requester, so taken literally: a text that looks like an expression is not evaluated
      requestedIdentity: literal(ad.raw('RequestedIdentity')),
      authorizations: listOf(ad.raw('LimitAuthorization')),
      lifetime: lifetimeOf(ad.raw('TokenLifetime')),
      authenticatedAs: literal(ad.raw('AuthenticatedIdentity')),
      peer: literal(ad.raw('PeerLocation')),
    };
  });
}

function literal(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

function listOf(value: unknown): string[] | undefined {
  if (typeof value !== 'string') return undefined;
  return value
    .split(',')
    .map((scope) => scope.trim())
    .filter((scope) => scope !== '');
}

/** Missing or negative: without end. */
function lifetimeOf(value: unknown): number | undefined {
  return typeof value === 'number' && value >= 0 ? value : undefined;
}

/** Seven digits with leading zeros; room for more. */
export function isRequestId(id: string): boolean {
  return /^\d{1,20}$/.test(id);
}

/** rc 0 alone proves nothing: the tool also ends with it when the answer was not understood as yes (measured). */
export function approvalOutcome(id: string, step: StepResult): { approved: boolean; message: string } {
  const lines = step.stdout.trim().split('\n');
  const last = lines[lines.length - 1] ?? '';
  const approved = step.code === 0 && last.includes(`${id} approved successfully`);
  return { approved, message: approved ? last : step.stderr || last || `exit code ${step.code}` };
}

/** The token is the last line; before it stands the advice to ask an administrator. */
export function tokenOf(output: string): string | undefined {
  return output
    .trim()
    .split('\n')
    .map((line) => line.trim())
    .findLast((line) => /^[\w-]+\.[\w-]+\.[\w-]+$/.test(line));
}

/** As whom the collector authenticates us; undefined when it does not say. From `condor_ping -verbose`. */
export function ownIdentity(output: string): string | undefined {
  return /^Remote Mapping:\s+(\S+)\s*$/m.exec(output)?.[1];
}
