/** The user's own user data, in any form that cloud-init knows, as parts of ours. */
import { gunzipSync } from 'node:zlib';
import { EhosError } from '../base/errors.ts';
import { textPart, type MimePart } from './mime.ts';

const FIELD = 'template.userData';

/** Unpacked; a small file can unpack to gigabytes. */
const MAX_BYTES = 1024 * 1024;

/** First line -> content type (cloud-init, cloudinit/handlers: INCLUSION_TYPES_MAP); longer ones first, since the beginning decides. */
const FIRST_LINES: [string, string][] = [
  ['#cloud-config-archive', 'text/cloud-config-archive'],
  ['#cloud-config-jsonp', 'text/cloud-config-jsonp'],
  ['#cloud-config', 'text/cloud-config'],
  ['#cloud-boothook', 'text/cloud-boothook'],
  ['#include-once', 'text/x-include-once-url'],
  ['#include', 'text/x-include-url'],
  ['#part-handler', 'text/part-handler'],
  ['## template: jinja', 'text/jinja2'],
  ['#!', 'text/x-shellscript'],
];

/**
 * No part for nothing. A multipart message is nested as it is: cloud-init walks through it in order.
 * Throws `Invalid` for what cloud-init would silently ignore.
 */
export function userParts(userData: string | Buffer | undefined): MimePart[] {
  if (userData === undefined) return [];
  const text = decode(typeof userData === 'string' ? Buffer.from(userData, 'utf8') : userData);
  if (text.trim() === '') return [];
  if (/(^|\n)mime-version:/i.test(text.slice(0, 4096))) return [nested(text)];
  const type = typeOf(text);
  if (type !== undefined) return [textPart(type, 'user-data', text)];
  const first = text.trimStart().split('\n')[0]?.slice(0, 60) ?? '';
  const known = FIRST_LINES.map(([line]) => line).join(', ');
  throw invalid(
    `cloud-init would ignore it, since its first line is ${JSON.stringify(first)}: it must begin with ${known}, or be a MIME multipart message`,
  );
}

function decode(raw: Buffer): string {
  const bytes = raw[0] === 0x1f && raw[1] === 0x8b ? unpack(raw) : raw;
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw invalid('is neither text in UTF-8 nor gzip of it');
  }
}

function unpack(raw: Buffer): Buffer {
  try {
    return gunzipSync(raw, { maxOutputLength: MAX_BYTES });
  } catch (error) {
    throw new EhosError('Invalid', `${FIELD}: begins like gzip but cannot be unpacked to at most ${MAX_BYTES} bytes`, {
      field: FIELD,
      cause: error,
    });
  }
}

function typeOf(text: string): string | undefined {
  const start = text.trimStart().slice(0, 40).toLowerCase();
  return FIRST_LINES.find(([line]) => start.startsWith(line))?.[1];
}

/** A message is a part already: headers, an empty line, a body. */
function nested(message: string): MimePart {
  const text = message.trimStart().replaceAll('\r\n', '\n');
  const end = text.indexOf('\n\n');
  if (end < 0) throw invalid('is a MIME message without an empty line after its headers');
  // "From nobody ..." of a mailbox is not a header, and in a nested part would end the headers
  const headers = text
    .slice(0, end)
    .split('\n')
    .filter((line) => !line.startsWith('From '));
  if (!headers.some((line) => /^content-type:/i.test(line))) throw invalid('is a MIME message without Content-Type');
  return { headers, body: text.slice(end + 2) };
}

function invalid(message: string): EhosError {
  return new EhosError('Invalid', `${FIELD}: ${message}`, { field: FIELD });
}
