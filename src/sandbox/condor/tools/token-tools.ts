/** condor_token_request(1), condor_token_request_list(1), condor_token_request_approve(1). */
import { plainAd, type Ad, type AdValue } from '../pool/classad.ts';
import { classadText, renderJson } from '../pool/classad-text.ts';
import type { PendingRequest } from '../pool/token-desk.ts';
import { failed, hang, ok, pause, type Tool, type ToolContext, type ToolResult } from './tool.ts';

const POLL_MS = 5000;
const CONNECTION_ERROR =
  'SECMAN:2011:Connection closed during command authorization. Probably due to an unknown command.\n';

/** A collector that does not answer; undefined when it does. */
function unreachable(context: ToolContext): ToolResult | Promise<ToolResult> | undefined {
  if (context.pool.collectorState === 'Down') return failed(CONNECTION_ERROR);
  return context.pool.collectorState === 'Hung' ? hang(context) : undefined;
}

export function identityOf({ account, pool }: ToolContext): string {
  return `${account.name}@${pool.settings.trustDomain}`;
}

/** Who is no administrator sees only requests for his own identity (measured). */
function visibleRequests(context: ToolContext): PendingRequest[] {
  const all = context.pool.tokens.list(context.pool.clock.now());
  return context.account.administrator ? all : all.filter(({ identity }) => identity === identityOf(context));
}

export const tokenRequestList: Tool = (argv, context) => {
  const blocked = unreachable(context);
  if (blocked) return blocked;
  const ads = visibleRequests(context).map(requestAd);
  if (ads.length === 0) return ok('', 'Remote daemon reports no requests pending.\n');
  if (argv.includes('-json')) return ok(renderJson(ads));
  return ok(ads.map((ad) => `${describe(ad, ad.names())}\n`).join(''));
};

export const tokenRequestApprove: Tool = async (argv, context, stdin) => {
  const blocked = unreachable(context);
  if (blocked) return blocked;
  const id = argv[argv.indexOf('-reqid') + 1];
  const now = context.pool.clock.now();
  if (!argv.includes('-reqid')) return failed('Remote daemon has no request to approve.\n');
  const request = visibleRequests(context).find((candidate) => candidate.id === id);
  if (!request || id === undefined)
    return failed(`Remote daemon did not provide information for request ID ${id ?? ''}.\n`);
  const text = `Request contents:\n${describe(requestAd(request), APPROVAL_ORDER)}\nTo approve, please type 'yes'\n`;
  if ((await stdin()).split('\n')[0] !== 'yes') return { code: 1, stdout: text, stderr: 'Request was NOT approved.\n' };
  context.pool.tokens.approve(id, now);
  return ok(`${text}Request ${id} approved successfully.\n`);
};

/** Asks as the account itself, and waits until somebody approves. */
export const tokenRequest: Tool = async (argv, context) => {
  const blocked = unreachable(context);
  if (blocked) return blocked;
  const after = (option: string): string[] => argv.filter((_, i) => argv[i - 1] === option);
  const authorizations = after('-authz');
  const { pool } = context;
  const request = pool.tokens.ask(
    {
      identity: after('-identity')[0] ?? identityOf(context),
      authorizations: authorizations.length > 0 ? authorizations : undefined,
      lifetime: after('-lifetime').map(Number)[0],
      peer: pool.settings.collector.host,
      clientId: `${pool.settings.hostname}-${100 + Math.floor(pool.random.next() * 900)}`,
      authenticatedAs: identityOf(context),
    },
    pool.clock.now(),
  );
  if ('error' in request) return failed(`Failed to request a token: ${request.error}\n`);
  const enqueued = `Token request enqueued.  Ask an administrator to please approve request ${request.id}.\n`;
  while (await pause(context, POLL_MS)) {
    const answer = pool.tokens.poll(request.id, pool.clock.now());
    if (answer === 'Gone') return { code: 1, stdout: enqueued, stderr: 'DAEMON:4:Request failed\n' };
    if (answer !== 'Pending') return ok(`${enqueued}${answer.token}\n`);
  }
  return { code: 143, stdout: enqueued, stderr: '' };
};

/** The order in which the approving tool prints them (measured). */
const APPROVAL_ORDER = [
  'ClientId',
  'RequestId',
  'PeerLocation',
  'TokenLifetime',
  'RequestedIdentity',
  'LimitAuthorization',
  'AuthenticatedIdentity',
];

function requestAd(request: PendingRequest): Ad {
  const attributes: Record<string, AdValue | undefined> = {
    AuthenticatedIdentity: request.authenticatedAs,
    ClientId: request.clientId,
    LimitAuthorization: request.authorizations?.join(','),
    PeerLocation: request.peer,
    RequestedIdentity: request.identity,
    RequestId: request.id,
    TokenLifetime: request.lifetime,
  };
  return plainAd(attributes);
}

function describe(ad: Ad, names: readonly string[]): string {
  const present = names.filter((name) => ad.get(name) !== undefined);
  return present.map((name) => `${name} = ${classadText(ad.get(name))}\n`).join('');
}
