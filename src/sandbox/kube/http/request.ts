/** One request as the handlers see it. */
import type { IncomingHttpHeaders } from 'node:http';

export interface ApiRequest {
  method: string;
  /** Decoded, without the query. */
  path: string;
  query: URLSearchParams;
  headers: IncomingHttpHeaders;
  body: Buffer;
  /** Texts for `warning` headers of the answer. */
  warnings: string[];
  /** Calls `fn` when the client is gone. */
  onClose(fn: () => void): void;
}

/** A finished answer. */
export interface Answer {
  status: number;
  /** JSON text, or any text with its contentType. */
  text: string;
  contentType?: string;
  headers?: Record<string, string>;
}

/** An answer that goes on: a watch. */
export interface StreamAnswer {
  status: number;
  contentType?: string;
  /** Starts the stream. `write` returns false when the client does not keep up. */
  run(stream: ResponseStream): void;
}

export interface ResponseStream {
  write(text: string): void;
  end(): void;
  onClose(fn: () => void): void;
}

/** Media type and parameters of one alternative in an Accept header, or of a Content-Type. */
export interface MediaType {
  type: string;
  params: Record<string, string>;
}

export function parseMediaTypes(header: string | undefined): MediaType[] {
  return (header ?? '')
    .split(',')
    .filter((part) => part.trim() !== '')
    .map((part) => {
      const [type = '', ...params] = part.split(';').map((word) => word.trim());
      const pairs = params.map((param): [string, string] => {
        const equals = param.indexOf('=');
        return equals < 0 ? [param, ''] : [param.slice(0, equals), param.slice(equals + 1)];
      });
      return { type: type.toLowerCase(), params: Object.fromEntries(pairs) };
    });
}

/** The caller's name for managedFields: the first word of its User-Agent, as the real server takes it. */
export function fieldManagerOf(request: ApiRequest): string {
  const given = request.query.get('fieldManager');
  if (given !== null && given !== '') return given;
  const agent = (request.headers['user-agent'] ?? '').split('/')[0]?.slice(0, 128) ?? '';
  return agent === '' ? 'unknown' : agent;
}

export const isDryRun = (request: ApiRequest): boolean => request.query.getAll('dryRun').includes('All');

export function jsonAnswer(status: number, body: unknown): Answer {
  return { status, text: JSON.stringify(body) };
}
