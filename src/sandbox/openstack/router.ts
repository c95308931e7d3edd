/** Routes of one service: `{id}` in a pattern stands for one path segment. */
import type { IncomingHttpHeaders } from 'node:http';
import type { Reply } from './reply.ts';

/** One request, its path relative to the service's own root (`/v2.1/servers`). */
export interface Exchange {
  method: string;
  path: string;
  query: URLSearchParams;
  headers: IncomingHttpHeaders;
  body: Buffer;
  /** `http://127.0.0.1:PORT`: links are made of it. */
  origin: string;
  requestId: string;
}

export type ServiceName = 'identity' | 'compute' | 'image' | 'network' | 'volume';

export interface Service {
  readonly name: ServiceName;
  /** The pattern of the route that would answer, for counting; undefined when there is none. */
  resource(method: string, path: string): string | undefined;
  answer(exchange: Exchange): Reply;
}

export type Params = Record<string, string>;

interface Route<Context> {
  method: string;
  pattern: string;
  segments: string[];
  handler: (context: Context, params: Params) => Reply;
}

export class Router<Context> {
  readonly #routes: Route<Context>[] = [];

  on(method: string, pattern: string, handler: (context: Context, params: Params) => Reply): this {
    this.#routes.push({ method, pattern, segments: segmentsOf(pattern), handler });
    return this;
  }

  /** The first route that fits; a trailing slash is ignored, as OpenStack does. */
  find(method: string, path: string): { pattern: string; run: (context: Context) => Reply } | undefined {
    const segments = segmentsOf(path);
    for (const route of this.#routes) {
      const params = route.method === method ? fit(route.segments, segments) : undefined;
      if (params) return { pattern: route.pattern, run: (context) => route.handler(context, params) };
    }
    return undefined;
  }
}

function segmentsOf(path: string): string[] {
  return path.split('/').filter((segment) => segment !== '');
}

function fit(pattern: string[], segments: string[]): Params | undefined {
  if (pattern.length !== segments.length) return undefined;
  const params: Params = {};
  for (const [i, wanted] of pattern.entries()) {
    const given = segments[i] ?? '';
    if (wanted.startsWith('{')) params[wanted.slice(1, -1)] = decoded(given);
    else if (wanted !== given) return undefined;
  }
  return params;
}

/** Percent-decoded; as it is when it is not well-formed, so that it is simply not found. */
function decoded(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    return segment;
  }
}
