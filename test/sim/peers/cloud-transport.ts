/** The operator's way to the sandbox's OpenStack in this process. */
import { HttpFailure, type HttpAnswer, type HttpRequest, type Transport } from '../../../src/openstack/http.ts';
import type { OpenStackServices } from '../../../src/sandbox/openstack/sandbox.ts';
import type { Site } from '../faults.ts';
import type { Break, Wire } from './wire.ts';

const EXPLANATIONS: Record<Break, string> = {
  unreachable: 'cannot connect to openstack: ECONNREFUSED',
  lost: 'the connection to openstack broke: other side closed',
  timeout: 'no answer in time',
  aborted: 'given up by the caller',
};

export class SimCloudTransport implements Transport {
  #closed = false;

  constructor(
    private readonly services: OpenStackServices,
    private readonly wire: Wire,
    /** Told of each request just before the cloud does it. */
    private readonly onEffect: (request: HttpRequest) => void,
  ) {}

  send(request: HttpRequest): Promise<HttpAnswer> {
    if (this.#closed) return Promise.reject(new HttpFailure('aborted', 'the session is closed'));
    const site = siteOf(request);
    return this.wire.carry<HttpAnswer>({
      site,
      timeoutMs: request.timeoutMs,
      signal: request.signal,
      effect: async () => {
        this.onEffect(request);
        const { method, url, headers, body } = request;
        const reply = await this.services.front.answer({ method, url, headers, body: Buffer.from(body ?? '') });
        if (!reply) throw new Error('the sandbox closed a connection by itself');
        return { status: reply.status, header: (name) => headerOf(reply.headers, name), body: reply.body };
      },
      broken: (how) => new HttpFailure(how, EXPLANATIONS[how]),
      refusal: (status) => ({ value: refusal(status, site) }),
      ...(request.method === 'GET' ? { staleKey: `${request.url} ${request.headers['x-auth-token'] ?? ''}` } : {}),
    });
  }

  close(): Promise<void> {
    this.#closed = true;
    return Promise.resolve();
  }
}

function headerOf(headers: Record<string, string>, name: string): string | undefined {
  return headers[name] ?? headers[name.toLowerCase()];
}

/** What a service, or a proxy before it, says with this status. */
function refusal(status: number, { name }: Site): HttpAnswer {
  const html = `<html><body>fault ${status}</body></html>`;
  const nova = (kind: string, message: string): HttpAnswer => ({
    status,
    header: (header) => (header.toLowerCase() === 'content-type' ? 'application/json' : undefined),
    body: JSON.stringify({ [kind]: { code: status, message } }),
  });
  if (status === 403 && name === 'cloud compute POST servers')
    return nova('forbidden', 'Quota exceeded for cores: Requested 4, but already used 20 of 20 cores');
  if (status === 429) return { status, header: (header) => (header === 'retry-after' ? '2' : undefined), body: html };
  if (status === 409)
    return nova('conflictingRequest', `Cannot do it while the instance is in another task (fault ${status})`);
  return {
    status,
    header: (header) => (header.toLowerCase() === 'content-type' ? 'text/html' : undefined),
    body: html,
  };
}

const SITES = new Map<string, Site>();
const ID = /^(?:[0-9a-f]{8}-[0-9a-f-]{27}|[0-9a-f]{32})$/;

/** `cloud compute DELETE servers/{id}`: versions, project ids and queries are left out. */
function siteOf({ method, url }: HttpRequest): Site {
  const [service = '', ...parts] = new URL(url).pathname.slice(1).split('/');
  const words = parts.filter((part) => part !== '' && !/^v\d/.test(part));
  if (service === 'volume' && ID.test(words[0] ?? '')) words.shift();
  const path = words.map((part) => (ID.test(part) || /^\d+$/.test(part) ? '{id}' : part)).join('/');
  const text = `cloud ${service} ${method} ${path || 'versions'}`;
  let site = SITES.get(text);
  if (!site) {
    const mutates = method !== 'GET' && !path.endsWith('auth/tokens');
    site = { peer: 'cloud', name: text, mutates, repeatable: method === 'GET' || method === 'DELETE', watch: false };
    SITES.set(text, site);
  }
  return site;
}
