/** Stands before a Kubernetes API and writes down which rights the requests need that pass. */
import { createServer, request as forward, type IncomingMessage, type Server } from 'node:http';
import { listenLocally } from '../../src/sandbox/listen.ts';

const VERBS: Record<string, string> = { POST: 'create', PATCH: 'patch', PUT: 'update', DELETE: 'delete' };

export class ApiRelay {
  /** `list ehosnodes`. */
  readonly rights = new Set<string>();
  url = '';
  readonly #server: Server;

  constructor(target: URL) {
    this.#server = createServer((asked, response) => {
      this.#note(asked);
      const { method, headers, url: path } = asked;
      const onward = forward({ host: target.hostname, port: target.port, method, headers, path }, (answer) => {
        response.writeHead(answer.statusCode ?? 502, answer.headers);
        answer.pipe(response);
      });
      onward.on('error', () => response.destroy());
      asked.pipe(onward);
    });
    this.#server.on('upgrade', (asked, socket) => {
      this.#note(asked);
      socket.end('HTTP/1.1 403 Forbidden\r\n\r\n');
    });
  }

  async start(): Promise<this> {
    this.url = `http://127.0.0.1:${await listenLocally(this.#server, 0)}`;
    return this;
  }

  close(): void {
    this.#server.close();
    this.#server.closeAllConnections();
  }

  /** As the API server finds verb and resource (Kubernetes, "Authorization overview", request verbs). */
  #note({ method = '', url = '' }: IncomingMessage): void {
    const { pathname, searchParams } = new URL(url, 'http://localhost');
    const parts =
      /^\/(?:api\/v1|apis\/[^/]+\/[^/]+)\/(?:namespaces\/[^/]+\/(?=[^/]))?([^/]+)(?:\/([^/]+)(?:\/([^/]+))?)?/;
    const [, resource, name, subresource] = parts.exec(pathname) ?? [];
    if (resource === undefined) return;
    const read = searchParams.get('watch') === null ? (name === undefined ? 'list' : 'get') : 'watch';
    const what = subresource === undefined ? resource : `${resource}/${subresource}`;
    this.rights.add(`${VERBS[method] ?? read} ${what}`);
  }
}
