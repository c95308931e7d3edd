/** A watch's answer: one JSON document a line, in chunks that end anywhere. */
import { EhosError, messageOf } from '../base/errors.ts';
import { parseJson } from '../base/json.ts';
import { isKubeObject } from './answers.ts';
import type { WatchEvent } from './types.ts';

/** etcd takes 1.5 MiB in a request (2 MiB here, measured); as JSON with managedFields an object stays well below this. */
const MAX_LINE_BYTES = 16 * 1024 * 1024;
const NEWLINE = 0x0a;

/**
 * The events of a watch, in order. Ends with the stream; what follows the last line break is a piece of an event and is dropped.
 * Rejects with EhosError `Transient` when a line is no event or exceeds `maxLineBytes`.
 */
export async function* readWatch<T>(
  chunks: AsyncIterable<Uint8Array>,
  maxLineBytes = MAX_LINE_BYTES,
): AsyncGenerator<WatchEvent<T>> {
  let pieces: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of chunks) {
    let start = 0;
    for (let end = chunk.indexOf(NEWLINE); end >= 0; end = chunk.indexOf(NEWLINE, start)) {
      pieces.push(chunk.subarray(start, end));
      const line = Buffer.concat(pieces).toString('utf8');
      pieces = [];
      size = 0;
      start = end + 1;
      if (line.trim() !== '') yield parseEvent<T>(line);
    }
    if (start === chunk.byteLength) continue;
    const rest = chunk.subarray(start);
    size += rest.byteLength;
    if (size > maxLineBytes) throw new EhosError('Transient', `watch: an event is longer than ${maxLineBytes} bytes`);
    pieces.push(rest);
  }
}

const TYPES = ['ADDED', 'MODIFIED', 'DELETED', 'BOOKMARK', 'ERROR'];

function parseEvent<T>(line: string): WatchEvent<T> {
  let event: unknown;
  try {
    event = parseJson(line);
  } catch (error) {
    throw new EhosError('Transient', `watch: a line is ${messageOf(error)}`);
  }
  if (!isEvent<T>(event)) throw new EhosError('Transient', 'watch: a line is not an event');
  return event;
}

/** The object of an ERROR is a Status, that of a BOOKMARK has a version and no name. */
function isEvent<T>(value: unknown): value is WatchEvent<T> {
  if (typeof value !== 'object' || value === null) return false;
  const { type, object } = value as { type?: unknown; object?: unknown };
  if (typeof type !== 'string' || !TYPES.includes(type) || typeof object !== 'object' || object === null) return false;
  if (type === 'ERROR') return true;
  if (type !== 'BOOKMARK') return isKubeObject(object);
  const { metadata } = object as { metadata?: { resourceVersion?: unknown } | null };
  return typeof metadata?.resourceVersion === 'string';
}
