/** Paths of the Kubernetes API for which the typed client has no verb. */
import { parseJson } from '../base/json.ts';
import { answerError, failureError } from '../kube/errors.ts';
import type { ApiAnswer, ApiRequest, Transport } from '../kube/transport.ts';

export class RawApi {
  readonly #transport: Transport;
  readonly #userAgent: string;
  readonly #timeoutMs: number;

  constructor(transport: Transport, userAgent: string, timeoutMs: number) {
    this.#transport = transport;
    this.#userAgent = userAgent;
    this.#timeoutMs = timeoutMs;
  }

  /** The body of a success. Rejects with EhosError as KubeClient does; `what` begins its message. */
  async text(what: string, path: string): Promise<string> {
    return (await this.#send(what, { method: 'GET', path })).body;
  }

  async json(what: string, path: string): Promise<unknown> {
    return parseJson(await this.text(what, path));
  }

  /** Asks a question that changes nothing, such as an access review. */
  async ask(what: string, path: string, question: object): Promise<unknown> {
    const answer = await this.#send(what, { method: 'POST', path, body: JSON.stringify(question) });
    return parseJson(answer.body);
  }

  /** What the server would say to this change: the path must ask for a dry run. */
  async dryRun(what: string, method: 'POST' | 'PATCH', path: string, object: object): Promise<void> {
    await this.#send(what, { method, path, body: JSON.stringify(object) });
  }

  /** The lines of an answer as they come, until it ends or `signal` ends it. */
  async *lines(what: string, path: string, signal: AbortSignal): AsyncGenerator<string> {
    try {
      const stream = await this.#transport.open({ ...this.#request({ method: 'GET', path }), signal });
      if (!('chunks' in stream)) throw refusal(what, stream);
      const decoder = new TextDecoder();
      let rest = '';
      for await (const chunk of stream.chunks) {
        const lines = (rest + decoder.decode(chunk, { stream: true })).split('\n');
        rest = lines.pop() ?? '';
        yield* lines;
      }
      if (rest !== '') yield rest;
    } catch (error) {
      if (!signal.aborted) throw failureError({ what, mutates: false }, error);
    }
  }

  async #send(what: string, request: Pick<ApiRequest, 'method' | 'path' | 'body'>): Promise<ApiAnswer> {
    let answer: ApiAnswer;
    try {
      answer = await this.#transport.send(this.#request(request));
    } catch (error) {
      throw failureError({ what, mutates: false }, error);
    }
    if (answer.status >= 200 && answer.status < 300) return answer;
    throw refusal(what, answer);
  }

  #request({ method, path, body }: Pick<ApiRequest, 'method' | 'path' | 'body'>): ApiRequest {
    const type = method === 'PATCH' ? 'application/merge-patch+json' : 'application/json';
    return {
      method,
      path,
      headers: { 'user-agent': this.#userAgent, ...(body === undefined ? {} : { 'content-type': type }) },
      ...(body === undefined ? {} : { body }),
      timeoutMs: this.#timeoutMs,
    };
  }
}

function refusal(what: string, { status, body, header }: ApiAnswer): Error {
  return answerError({ what, mutates: false }, status, body, header('retry-after'));
}
