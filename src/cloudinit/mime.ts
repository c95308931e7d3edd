/** A MIME multipart message as cloud-init reads it (RFC 2046; cloud-init documentation, "User data formats", MIME multi-part archive). */

export interface MimePart {
  /** Header lines without line ends. */
  headers: string[];
  body: string;
}

/** A part of text; base64 as soon as a character is not printable ASCII. */
export function textPart(contentType: string, fileName: string, text: string): MimePart {
  const plain = /^[\t\n\r\x20-\x7e]*$/.test(text);
  return {
    headers: [
      `Content-Type: ${contentType}; charset="${plain ? 'us-ascii' : 'utf-8'}"`,
      'MIME-Version: 1.0',
      `Content-Transfer-Encoding: ${plain ? '7bit' : 'base64'}`,
      `Content-Disposition: attachment; filename="${fileName}"`,
    ],
    body: plain ? text : base64Lines(text),
  };
}

/** The whole message. `seed` makes the boundary: the same input gives the same bytes. */
export function multipart(parts: MimePart[], seed: string): string {
  const texts = parts.map((part) => `${part.headers.join('\n')}\n\n${part.body}`);
  const boundary = boundaryFor(texts, seed);
  return [
    `Content-Type: multipart/mixed; boundary="${boundary}"`,
    'MIME-Version: 1.0',
    '',
    // the line break before a boundary belongs to the boundary, so the part keeps its own
    ...texts.flatMap((text) => [`--${boundary}`, text]),
    `--${boundary}--`,
    '',
  ].join('\n');
}

/** One that occurs in no part: what users wrote may hold anything, even our last boundary. */
function boundaryFor(texts: string[], seed: string): string {
  for (let i = 0; ; i++) {
    const boundary = `ehos-${seed}-${i}`;
    if (!texts.some((text) => text.includes(boundary))) return boundary;
  }
}

function base64Lines(text: string): string {
  return Buffer.from(text, 'utf8')
    .toString('base64')
    .replace(/.{76}(?=.)/g, '$&\n');
}
