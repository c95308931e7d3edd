/** MIME multipart messages (RFC 2045, RFC 2046), as far as cloud-init's user data uses them. */

export interface MimePart {
  /** Lower case, without parameters. */
  type: string;
  /** Decoded. */
  body: Buffer;
  /** Names in lower case. */
  headers: ReadonlyMap<string, string>;
}

/** The leaves of a message, nested multiparts unfolded. */
export function parseMime(message: string): MimePart[] {
  const text = message.replaceAll('\r\n', '\n');
  const end = text.search(/\n\n/);
  const headers = parseHeaders(end === -1 ? text : text.slice(0, end));
  const body = end === -1 ? '' : text.slice(end + 2);
  const contentType = headers.get('content-type') ?? 'text/plain';
  const type = (contentType.split(';')[0] ?? '').trim().toLowerCase();
  const boundary = /boundary="?([^";]+)"?/i.exec(contentType)?.[1];
  if (!type.startsWith('multipart/') || boundary === undefined) {
    return [{ type, headers, body: decode(body, headers.get('content-transfer-encoding')) }];
  }
  return splitBody(`\n${body}`, boundary).flatMap((part) => parseMime(part));
}

function splitBody(body: string, boundary: string): string[] {
  const [enclosed = ''] = body.split(`\n--${boundary}--`);
  return enclosed.split(`\n--${boundary}\n`).slice(1);
}

function parseHeaders(block: string): Map<string, string> {
  const unfolded = block.replace(/\n[ \t]+/g, ' ');
  return new Map(
    unfolded.split('\n').flatMap((line) => {
      const colon = line.indexOf(':');
      return colon === -1 ? [] : [[line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()] as const];
    }),
  );
}

function decode(body: string, encoding: string | undefined): Buffer {
  if (encoding?.toLowerCase() === 'base64') return Buffer.from(body, 'base64');
  if (encoding?.toLowerCase() !== 'quoted-printable') return Buffer.from(body, 'utf8');
  const bytes = body
    .replace(/=\n/g, '')
    .replace(/=([0-9A-F]{2})/gi, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
  return Buffer.from(bytes, 'latin1');
}
