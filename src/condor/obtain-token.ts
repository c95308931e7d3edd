/**
 * A token for a node without root rights on the master: the operator asks for it and, being ADMINISTRATOR at the collector, approves
 * its own request. The asking tool holds its output back until it ends, so the request is found in the list of pending ones.
 */
import { sleep, type Clock } from '../base/clock.ts';
import { EhosError } from '../base/errors.ts';
import { rememberSecret } from '../base/known-secrets.ts';
import type { ScriptStep } from '../base/remote-script.ts';
import { cut } from '../base/text.ts';
import type { TokenRequest } from '../domain/snapshots.ts';
import { approveTokenRequest, queryOwnIdentity, queryTokenRequests, requestToken } from './commands.ts';
import type { Answers } from './round-trip.ts';
import { approvalOutcome, isRequestId, ownIdentity, parseTokenRequests, tokenOf } from './token-requests.ts';

/** The asking tool looks every 5 s whether it was approved (measured). */
const REQUEST_SECONDS = 60;
const LOOK_EVERY_MS = 1_000;

export interface WantedToken {
  /** With the domain: `ehos-node-<uid>@<trust domain>`. */
  identity: string;
  /** Seconds. */
  lifetime: number;
}

type Run = (steps: ScriptStep[], signal?: AbortSignal) => Promise<Answers>;

/**
 * The token. Rejects with `Invalid` for an identity or lifetime that cannot be, `Auth` when the account may not approve, `Transient` else.
 * Nothing of the token is in any message.
 */
export async function obtainToken(wanted: WantedToken, run: Run, clock: Clock, signal?: AbortSignal): Promise<string> {
  requireSound(wanted);
  const own = ownIdentity((await run([queryOwnIdentity('whoami')], signal)).of('whoami').stdout);
  if (own === undefined) throw new EhosError('Transient', 'the collector did not say as whom it knows the account');
  const done = new AbortController();
  const whileAsking = signal ? AbortSignal.any([signal, done.signal]) : done.signal;
  const asking = run([requestToken('token', wanted.identity, wanted.lifetime, REQUEST_SECONDS)], whileAsking);
  const approving = approveOwn(wanted, own, run, clock, whileAsking);
  try {
    // approving ends first; it matters here only when it fails
    const answers = await Promise.race([asking, approving.then(() => asking)]);
    return tokenIn(answers);
  } finally {
    done.abort(new EhosError('Transient', 'the token was asked for no longer'));
    await Promise.allSettled([asking, approving]);
  }
}

function requireSound({ identity, lifetime }: WantedToken): void {
  if (!/^[A-Za-z0-9][\w.-]*@[A-Za-z0-9][\w.:-]*$/.test(identity))
    throw new EhosError(
      'Invalid',
      `${JSON.stringify(identity.slice(0, 80))} is not an identity: write it like ehos-node-1@pool.example`,
    );
  if (!Number.isSafeInteger(lifetime) || lifetime <= 0)
    throw new EhosError('Invalid', `a token cannot be valid for ${lifetime} s: whole seconds above 0`);
}

/** Looks until the request is there, then approves it. Rejects when the approval is refused, or the signal is aborted. */
async function approveOwn(
  wanted: WantedToken,
  own: string,
  run: Run,
  clock: Clock,
  signal: AbortSignal,
): Promise<void> {
  for (;;) {
    await sleep(clock, LOOK_EVERY_MS, signal);
    const listed = parseTokenRequests((await run([queryTokenRequests('list')], signal)).output('list'));
    const mine = listed.filter((request) => isOurs(request, wanted, own)).map((request) => request.id);
    if (mine.length === 0) continue;
    const answers = await run(
      mine.map((id) => approveTokenRequest(`approve-${id}`, id)),
      signal,
    );
    const outcomes = mine.map((id) => approvalOutcome(id, answers.of(`approve-${id}`)));
    const refused = outcomes.find((outcome) => !outcome.approved);
    if (outcomes.some((outcome) => outcome.approved)) return;
    throw new EhosError('Auth', `the account may not approve token requests: ${refused?.message ?? ''}`);
  }
}

/** Anybody may ask for this identity; only what the collector authenticated as our own account is ours. */
function isOurs(request: TokenRequest, wanted: WantedToken, own: string): boolean {
  return (
    isRequestId(request.id) &&
    request.requestedIdentity === wanted.identity &&
    request.authenticatedAs === own &&
    request.authorizations !== undefined &&
    request.lifetime !== undefined &&
    request.lifetime <= wanted.lifetime
  );
}

function tokenIn(answers: Answers): string {
  const step = answers.of('token');
  const token = step.code === 0 ? tokenOf(step.stdout) : undefined;
  // standard output is left out of the message: it may hold the token
  if (token === undefined)
    throw new EhosError('Transient', `no token was given: ${cut(step.stderr, 300) || `exit code ${step.code}`}`);
  rememberSecret(token);
  return token;
}
