/** Keystone v3 below /identity: versions, tokens, catalog, projects, users, application credentials. */
import { parseJson } from '../json.ts';
import { ApiError, empty, json, keystoneError } from '../reply.ts';
import type { Reply } from '../reply.ts';
import { Router } from '../router.ts';
import type { Exchange, Service } from '../router.ts';
import type { Project } from '../state.ts';
import type { World } from '../world.ts';
import { createCredential, deleteCredential, listCredentials, showCredential } from './application-credentials.ts';
import type { KeystoneCall } from './application-credentials.ts';
import { authenticate, unauthorized } from './authenticate.ts';
import { catalogOf } from './catalog.ts';
import { tokenView } from './tokens.ts';
import type { Token, Tokens } from './tokens.ts';

/** These answer without a token. */
const OPEN = new Set(['GET /', 'GET /v3', 'POST /v3/auth/tokens']);

export class Keystone implements Service {
  readonly name = 'identity';
  readonly #world: World;
  readonly #tokens: Tokens;
  readonly #router = routes();

  constructor(world: World, tokens: Tokens) {
    this.#world = world;
    this.#tokens = tokens;
  }

  resource(method: string, path: string): string | undefined {
    return this.#router.find(method, path)?.pattern;
  }

  answer(exchange: Exchange): Reply {
    const reply = this.#answer(exchange);
    reply.headers.vary = 'X-Auth-Token';
    reply.headers['x-openstack-request-id'] = exchange.requestId;
    if (reply.status === 401) reply.headers['www-authenticate'] = `Keystone uri="${exchange.origin}/identity/v3"`;
    return reply;
  }

  #answer(exchange: Exchange): Reply {
    const base = `${exchange.origin}/identity/v3`;
    const found = this.#router.find(exchange.method, exchange.path);
    if (!found) return notFound();
    try {
      const token = this.#tokens.valid(exchange.headers['x-auth-token'] as string | undefined);
      if (OPEN.has(`${exchange.method} ${found.pattern}`)) return this.#open(exchange, base);
      if (!token) throw unauthorized();
      return found.run({ world: this.#world, tokens: this.#tokens, exchange, token, base });
    } catch (error) {
      if (error instanceof ApiError) return error.reply;
      throw error;
    }
  }

  #open(exchange: Exchange, base: string): Reply {
    if (exchange.method === 'POST') {
      const token = authenticate(this.#world, this.#tokens, parseJson(exchange.body));
      return json(201, { token: view(this.#world, token, exchange) }, { 'x-subject-token': token.value });
    }
    const version = {
      id: 'v3.14',
      status: 'stable',
      updated: '2020-04-07T00:00:00Z',
      links: [{ rel: 'self', href: `${base}/` }],
      'media-types': [{ base: 'application/json', type: 'application/vnd.openstack.identity-v3+json' }],
    };
    if (exchange.path.startsWith('/v3')) return json(200, { version });
    return json(300, { versions: { values: [version] } }, { location: `${base}/` });
  }
}

function routes(): Router<KeystoneCall> {
  const neverRun = (): Reply => notFound();
  return new Router<KeystoneCall>()
    .on('GET', '/', neverRun)
    .on('GET', '/v3', neverRun)
    .on('POST', '/v3/auth/tokens', neverRun)
    .on('GET', '/v3/auth/tokens', showToken)
    .on('HEAD', '/v3/auth/tokens', showToken)
    .on('DELETE', '/v3/auth/tokens', revokeToken)
    .on('GET', '/v3/auth/catalog', showCatalog)
    .on('GET', '/v3/auth/projects', listOwnProjects)
    .on('GET', '/v3/projects', () => forbidden('identity:list_projects'))
    .on('GET', '/v3/projects/{id}', (call, { id }) => showProject(call, id ?? ''))
    .on('GET', '/v3/users', () => forbidden('identity:list_users'))
    .on('GET', '/v3/users/{user}', (call, { user }) => showUser(call, user ?? ''))
    .on('GET', '/v3/users/{user}/projects', listOwnProjects)
    .on('POST', '/v3/users/{user}/application_credentials', (call) =>
      createCredential(call, parseJson(call.exchange.body)),
    )
    .on('GET', '/v3/users/{user}/application_credentials', listCredentials)
    .on('GET', '/v3/users/{user}/application_credentials/{id}', showCredential)
    .on('DELETE', '/v3/users/{user}/application_credentials/{id}', deleteCredential);
}

function notFound(): Reply {
  const text =
    'The requested URL was not found on the server. If you entered the URL manually please check your spelling and try again.';
  const body = `<!doctype html>\n<html lang=en>\n<title>404 Not Found</title>\n<h1>Not Found</h1>\n<p>${text}</p>\n`;
  return { status: 404, headers: { 'content-type': 'text/html; charset=utf-8' }, body };
}

function forbidden(policy: string): Reply {
  return keystoneError(403, `You are not authorized to perform the requested action: ${policy}.`).reply;
}

function view(world: World, token: Token, exchange: Exchange): Record<string, unknown> {
  const wanted = token.project && !exchange.query.has('nocatalog');
  return tokenView(token, world, wanted && token.project ? catalogOf(token.project, exchange.origin) : undefined);
}

function subject({ tokens, exchange }: KeystoneCall): Token {
  const token = tokens.valid(exchange.headers['x-subject-token'] as string | undefined);
  if (!token) throw keystoneError(404, 'Could not find token.');
  return token;
}

function showToken(call: KeystoneCall): Reply {
  const token = subject(call);
  return json(200, { token: view(call.world, token, call.exchange) }, { 'x-subject-token': token.value });
}

function revokeToken(call: KeystoneCall): Reply {
  call.tokens.revoke(subject(call).value);
  return empty(204);
}

function showCatalog({ token, exchange, base }: KeystoneCall): Reply {
  const catalog = token.project ? catalogOf(token.project, exchange.origin) : [];
  return json(200, { catalog, links: { self: `${base}/auth/catalog` } });
}

function projectView(project: Project, base: string): unknown {
  return {
    id: project.id,
    name: project.name,
    domain_id: 'default',
    description: '',
    enabled: true,
    parent_id: 'default',
    is_domain: false,
    tags: [],
    options: {},
    links: { self: `${base}/projects/${project.id}` },
  };
}

function listOwnProjects({ world, token, exchange, base }: KeystoneCall): Reply {
  const own = world.projects.filter((project) => project.users.includes(token.user));
  const links = { next: null, self: base + exchange.path.replace(/^\/v3/, ''), previous: null };
  return json(200, { projects: own.map((project) => projectView(project, base)), links });
}

/** A member may see the project of the token; everything else is policy. */
function showProject({ token, base }: KeystoneCall, id: string): Reply {
  if (token.project?.id !== id) return forbidden('identity:get_project');
  return json(200, { project: projectView(token.project, base) });
}

function showUser({ token, base }: KeystoneCall, id: string): Reply {
  if (token.user.id !== id) return forbidden('identity:get_user');
  const { name } = token.user;
  const links = { self: `${base}/users/${id}` };
  return json(200, {
    user: { id, name, domain_id: 'default', enabled: true, password_expires_at: null, options: {}, links },
  });
}
