/** The operator's way to the sandbox's Kubernetes API in this process. */
import {
  TransportFailure,
  type ApiAnswer,
  type ApiRequest,
  type ApiStream,
  type Transport,
} from '../../../src/kube/transport.ts';
import type { KubeApi } from '../../../src/sandbox/kube/api.ts';
import type { ApiRequest as Asked, Answer, StreamAnswer } from '../../../src/sandbox/kube/http/request.ts';
import type { Fault, Site } from '../faults.ts';
import { ChunkStream } from './chunk-stream.ts';
import type { Break, Call, Wire } from './wire.ts';

const EXPLANATIONS: Record<Break, string> = {
  unreachable: 'connect ECONNREFUSED',
  lost: 'other side closed',
  timeout: 'no answer in time',
  aborted: 'given up by the caller',
};

export class SimKubeTransport implements Transport {
  #closed = false;

  constructor(
    private readonly api: KubeApi,
    private readonly wire: Wire,
  ) {}

  send(request: ApiRequest): Promise<ApiAnswer> {
    return this.#carry(request, async () => {
      const answer = await this.api.answer(asked(request));
      return answerOf('run' in answer ? { status: 500, text: '' } : answer);
    });
  }

  open(request: ApiRequest): Promise<ApiStream | ApiAnswer> {
    return this.#carry<ApiStream | ApiAnswer>(request, async (_gone, fault) => {
      let leave: () => void = () => undefined;
      const answer = await this.api.answer({ ...asked(request), onClose: (fn) => (leave = fn) });
      if (!('run' in answer)) return answerOf(answer);
      return this.#stream(request, answer, () => leave(), fault);
    });
  }

  close(): Promise<void> {
    this.#closed = true;
    return Promise.resolve();
  }

  #carry<A extends ApiStream | ApiAnswer>(request: ApiRequest, effect: Call<A>['effect']): Promise<A> {
    if (this.#closed) return Promise.reject(new TransportFailure('aborted', 'the client is closed'));
    return this.wire.carry<A>({
      site: siteOf(request),
      timeoutMs: request.timeoutMs,
      signal: request.signal,
      effect,
      broken: (how) => new TransportFailure(how, EXPLANATIONS[how]),
      refusal: (status) => ({ value: refusal(status) as A }),
    });
  }

  #stream(request: ApiRequest, answer: StreamAnswer, leave: () => void, fault: Fault | undefined): ApiStream {
    const { wire } = this;
    const stream = new ChunkStream({
      clock: wire.clock,
      latencyMs: () => wire.latency('kube'),
      passes: () => wire.process.alive && wire.observer.outage('kube') === undefined,
    });
    const onClose = [leave];
    stream.onLeft(() => {
      for (const fn of onClose.splice(0)) fn();
    });
    wire.process.atEnd(() => stream.leave());
    const give = (): void => stream.fail(new TransportFailure('aborted', EXPLANATIONS.aborted));
    if (request.signal?.aborted) give();
    request.signal?.addEventListener('abort', give, { once: true });
    wire.observer.watching(stream, fault);
    answer.run({
      write: (text) => stream.push(text),
      end: () => stream.end(),
      onClose: (fn) => void onClose.push(fn),
    });
    return { status: answer.status, header: () => undefined, chunks: stream };
  }
}

/** The same without a wire: for whoever sits beside the API. Watches are not for him. */
export class DirectKubeTransport implements Transport {
  constructor(private readonly api: KubeApi) {}

  async send(request: ApiRequest): Promise<ApiAnswer> {
    const answer = await this.api.answer(asked(request));
    return answerOf('run' in answer ? { status: 500, text: '' } : answer);
  }

  open(request: ApiRequest): Promise<ApiStream | ApiAnswer> {
    return this.send(request);
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}

function asked({ path, method, headers, body }: ApiRequest): Asked {
  const [pathname = '', search = ''] = path.split('?');
  return {
    method,
    path: decodeURIComponent(pathname),
    query: new URLSearchParams(search),
    headers: { accept: 'application/json', ...headers },
    body: Buffer.from(body ?? ''),
    warnings: [],
    onClose: () => undefined,
  };
}

function answerOf({ status, text, headers }: Answer): ApiAnswer {
  return { status, header: (name) => headers?.[name], body: text };
}

/** What an API server, or a proxy before it, says with this status. */
function refusal(status: number): ApiAnswer {
  // a path that is not served for the moment is answered in plain text
  if (status === 404) return { status, header: () => undefined, body: '404 page not found\n' };
  const body = JSON.stringify({
    kind: 'Status',
    apiVersion: 'v1',
    status: 'Failure',
    message: `fault ${status}`,
    code: status,
  });
  return { status, header: (name) => (name === 'retry-after' && status === 429 ? '1' : undefined), body };
}

const SITES = new Map<string, Site>();

/** `kube PATCH ehosnodes/status`: the verb, with LIST and WATCH told from GET. */
function siteOf({ method, path }: ApiRequest): Site {
  const [pathname = '', search = ''] = path.split('?');
  const parts = pathname.split('/').slice(pathname.startsWith('/apis/') ? 4 : 3);
  const inNamespace = parts[0] === 'namespaces' && parts.length > 2;
  const [plural = '', name, subresource] = inNamespace ? parts.slice(2) : parts;
  const watch = search.includes('watch=1');
  const verb = method !== 'GET' ? method : watch ? 'WATCH' : name === undefined ? 'LIST' : 'GET';
  const text = `kube ${verb} ${plural}${subresource === undefined ? '' : `/${subresource}`}`;
  let site = SITES.get(text);
  if (!site) {
    // a POST that comes twice is refused the second time, since the name is taken; patches carry the version that they change
    site = { peer: 'kube', name: text, mutates: method !== 'GET', repeatable: !watch, watch };
    SITES.set(text, site);
  }
  return site;
}
