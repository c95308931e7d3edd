/** A sandbox with a stepped clock and a recorded hypervisor, and a bare HTTP client for it. */
import { Agent, fetch } from 'undici';
import { ManualClock } from '../../../../src/base/clock.ts';
import { seededRandom } from '../../../../src/base/random.ts';
import type { GuestSpec, Hypervisor } from '../../../../src/sandbox/hypervisor.ts';
import { defaultSandboxClouds } from '../../../../src/sandbox/openstack/clouds.ts';
import type { SandboxCloud } from '../../../../src/sandbox/openstack/clouds.ts';
import { startOpenStack } from '../../../../src/sandbox/openstack/sandbox.ts';
import type { OpenStackOptions, OpenStackSandbox } from '../../../../src/sandbox/openstack/sandbox.ts';

export class FakeHypervisor implements Hypervisor {
  readonly booted: GuestSpec[] = [];
  readonly destroyed: string[] = [];
  consoleText = 'FAKE CONSOLE OUTPUT\nANOTHER\nLAST LINE';

  boot(guest: GuestSpec): void {
    this.booted.push(guest);
  }

  destroy(serverId: string): void {
    this.destroyed.push(serverId);
  }

  console(): string {
    return this.consoleText;
  }
}

export interface Answer {
  status: number;
  headers: Record<string, string>;
  text: string;
  /** The parsed body; an empty object when it is no JSON object. */
  body: Json;
}

/** JSON as tests read it: any path may be asked for, its end taken for a text. */
export type Json = readonly Json[] & string & { readonly [key: string]: Json };

export interface RequestOptions {
  body?: unknown;
  /** Compute microversion. */
  mv?: string;
  token?: string | null;
  headers?: Record<string, string>;
}

export const SERVICES = {
  identity: '/identity',
  compute: '/compute/v2.1',
  image: '/image',
  network: '/network',
  volume: '/volume',
} as const;

/** One connection a request: a port that a closed sandbox has left may soon be another's. */
const agent = new Agent({ pipelining: 0 });

export class Client {
  constructor(
    readonly url: string,
    public token: string | null = null,
  ) {}

  async request(method: string, path: string, options: RequestOptions = {}): Promise<Answer> {
    const token = options.token === undefined ? this.token : options.token;
    const headers: Record<string, string> = { ...options.headers };
    if (token !== null) headers['x-auth-token'] = token;
    if (options.mv !== undefined) headers['openstack-api-version'] = `compute ${options.mv}`;
    const { body } = options;
    if (body !== undefined) headers['content-type'] ??= 'application/json';
    const response = await fetch(this.url + path, {
      method,
      headers,
      redirect: 'manual',
      dispatcher: agent,
      ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    });
    const text = await response.text();
    return { status: response.status, headers: Object.fromEntries(response.headers), text, body: parsed(text) };
  }

  /** Nova at 2.96 unless told otherwise. */
  async nova(method: string, path: string, body?: unknown, mv = '2.96'): Promise<Answer> {
    return this.request(method, SERVICES.compute + path, { mv, ...(body === undefined ? {} : { body }) });
  }

  async neutron(method: string, path: string, body?: unknown): Promise<Answer> {
    return this.request(method, `/network/v2.0${path}`, body === undefined ? {} : { body });
  }

  async glance(method: string, path: string, body?: unknown): Promise<Answer> {
    return this.request(method, `/image/v2${path}`, body === undefined ? {} : { body });
  }

  async logIn(project = 'ehos'): Promise<Answer> {
    const answer = await this.request('POST', '/identity/v3/auth/tokens', { token: null, body: passwordAuth(project) });
    this.token = answer.headers['x-subject-token'] ?? null;
    return answer;
  }
}

function parsed(text: string): Json {
  try {
    return JSON.parse(text) as Json;
  } catch {
    return {} as Json;
  }
}

/** The text of an error in whichever form its service writes it. */
export function messageOf(answer: Answer): string | undefined {
  const first = Object.values(answer.body as unknown as Record<string, { message?: string } | undefined>)[0];
  return first?.message ?? / {2}([^<\n]+)<br \/>/.exec(answer.text)?.[1];
}

const DEFAULT_DOMAIN = { name: 'Default' };

export function passwordAuth(project?: string, password = 'ehos', user = 'ehos'): unknown {
  const identity = { methods: ['password'], password: { user: { name: user, domain: DEFAULT_DOMAIN, password } } };
  if (project === undefined) return { auth: { identity } };
  return { auth: { identity, scope: { project: { name: project, domain: DEFAULT_DOMAIN } } } };
}

export interface TestSandbox {
  sandbox: OpenStackSandbox;
  clock: ManualClock;
  hypervisor: FakeHypervisor;
  /** Logged in to the project `ehos`. */
  client: Client;
  imageId: string;
  networkId: string;
  projectId: string;
  /** POST /servers with an image, a network and flavor 2, unless `server` says otherwise. */
  create: (server?: Record<string, unknown>, options?: { hints?: unknown; mv?: string }) => Promise<Answer>;
  /** Creates and returns the id; throws when it was refused. */
  createId: (server?: Record<string, unknown>) => Promise<string>;
  show: (id: string, mv?: string) => Promise<Json>;
}

export async function startTestSandbox(
  change: (clouds: SandboxCloud[]) => SandboxCloud[] = (clouds) => clouds,
  options: Partial<OpenStackOptions> = {},
): Promise<TestSandbox> {
  const clock = new ManualClock();
  const hypervisor = new FakeHypervisor();
  const clouds = change(defaultSandboxClouds());
  const sandbox = await startOpenStack({ clock, random: seededRandom(7), hypervisor, clouds, ...options });
  const client = new Client(sandbox.url);
  const login = await client.logIn();
  const imageId = (await client.glance('GET', '/images?name=ehos-worker')).body.images![0]!.id!;
  const networkId = (await client.neutron('GET', '/networks?name=ehos-net')).body.networks![0]!.id!;
  const create: TestSandbox['create'] = (server = {}, { hints, mv } = {}) => {
    const wish = { name: 'node-1', imageRef: imageId, flavorRef: '2', networks: [{ uuid: networkId }], ...server };
    return client.nova(
      'POST',
      '/servers',
      { server: wish, ...(hints === undefined ? {} : { 'os:scheduler_hints': hints }) },
      mv,
    );
  };
  return {
    sandbox,
    clock,
    hypervisor,
    client,
    imageId,
    networkId,
    projectId: login.body.token!.project!.id!,
    create,
    createId: async (server) => {
      const answer = await create(server);
      if (answer.status !== 202) throw new Error(`POST /servers: ${answer.status} ${answer.text}`);
      return answer.body.server!.id!;
    },
    show: async (id, mv) => (await client.nova('GET', `/servers/${id}`, undefined, mv)).body.server!,
  };
}
