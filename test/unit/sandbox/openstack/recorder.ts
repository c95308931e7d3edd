/** Makes the requests of the capture script against the sandbox and keeps the answers by the fixture's name. */
import type { Answer, Client, Json, RequestOptions, TestSandbox } from './harness.ts';
import { passwordAuth, SERVICES } from './harness.ts';

export type ServiceKey = keyof typeof SERVICES;

export class Recorder {
  readonly answers = new Map<string, Answer>();
  readonly test: TestSandbox;
  readonly client: Client;

  constructor(test: TestSandbox) {
    this.test = test;
    this.client = test.client;
  }

  /** One request to a service, its path as in the fixture without host and port. */
  async ask(
    name: string,
    service: ServiceKey,
    method: string,
    path: string,
    options: RequestOptions = {},
  ): Promise<Answer> {
    const root = service === 'compute' ? '/compute' : SERVICES[service];
    const answer = await this.client.request(method, root + path, options);
    this.answers.set(name, answer);
    return answer;
  }

  /** Nova, at 2.96 unless `mv` says otherwise; null sends no microversion. */
  async nova(
    name: string,
    method: string,
    path: string,
    options: { body?: unknown; mv?: string | null } = {},
  ): Promise<Answer> {
    const { body, mv = '2.96' } = options;
    return this.ask(name, 'compute', method, `/v2.1${path}`, {
      ...(body === undefined ? {} : { body }),
      ...(mv === null ? {} : { mv }),
    });
  }

  /** POST /servers with the capture's base, named like the fixture. Returns the server's id, where there is one. */
  async create(
    name: string,
    server: Record<string, unknown> = {},
    options: { hints?: unknown; mv?: string | null } = {},
  ): Promise<string> {
    const { imageId, networkId } = this.test;
    const wish = { name, imageRef: imageId, flavorRef: '2', networks: [{ uuid: networkId }], ...server };
    const hints = options.hints === undefined ? {} : { 'os:scheduler_hints': options.hints };
    const body = { server: wish, ...hints };
    const answer = await this.nova(name, 'POST', '/servers', {
      body,
      ...(options.mv === undefined ? {} : { mv: options.mv }),
    });
    return answer.body.server?.id ?? '';
  }

  /** A token that the rest of the scenario does not use. */
  async freshToken(): Promise<string> {
    const answer = await this.client.request('POST', '/identity/v3/auth/tokens', {
      token: null,
      body: passwordAuth('ehos'),
    });
    return answer.headers['x-subject-token'] ?? '';
  }

  field(name: string, ...path: (string | number)[]): Json {
    return path.reduce<Json>((value, key) => value[key as keyof Json] as Json, this.answers.get(name)!.body);
  }
}
