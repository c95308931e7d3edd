import { expect } from 'chai';
import { EhosError } from '../../../src/base/errors.ts';
import { readWatch } from '../../../src/kube/watch-stream.ts';
import type { WatchEvent } from '../../../src/kube/types.ts';

interface Named {
  metadata: { name: string };
}

const line = (type: string, name: string): string => `${JSON.stringify({ type, object: { metadata: { name } } })}\n`;

async function read(chunks: (string | Uint8Array)[], maxLineBytes?: number): Promise<string[]> {
  const said: string[] = [];
  async function* source(): AsyncGenerator<Uint8Array> {
    for (const chunk of chunks) yield await Promise.resolve(typeof chunk === 'string' ? Buffer.from(chunk) : chunk);
  }
  const events: AsyncIterable<WatchEvent<Named>> = readWatch<Named>(source(), maxLineBytes);
  for await (const event of events) said.push(`${event.type} ${event.object.metadata.name}`);
  return said;
}

describe('readWatch', () => {
  const text = line('ADDED', 'a') + line('MODIFIED', 'bü') + line('DELETED', 'c');
  const all = ['ADDED a', 'MODIFIED bü', 'DELETED c'];

  const rows: [string, (string | Uint8Array)[], string[]][] = [
    ['nothing of nothing', [], []],
    ['events in one chunk', [text], all],
    ['an event a chunk', text.split(/(?<=\n)/), all],
    ['one byte a chunk, also within a letter', [...Buffer.from(text)].map((byte) => Uint8Array.of(byte)), all],
    ['empty chunks', ['', text, ''], all],
    ['empty lines', [`\n${text}\n\n`], all],
    ['line breaks of Windows', [text.replaceAll('\n', '\r\n')], all],
    ['nothing of a piece at the end', [text, '{"type":"ADD'], all],
  ];
  for (const [name, chunks, expected] of rows) {
    it(`reads ${name}`, async () => expect(await read(chunks)).to.deep.equal(expected));
  }

  const refused: [string, string, RegExp][] = [
    ['what is not JSON', 'nonsense\n', /not JSON/],
    ['a number', '5\n', /not an event/],
    ['null', 'null\n', /not an event/],
    ['an event without an object', '{"type":"ADDED"}\n', /not an event/],
    ['an event without a type', '{"object":{}}\n', /not an event/],
    ['an event with null for an object', '{"type":"ADDED","object":null}\n', /not an event/],
    ['an event with a list for an object', '{"type":"ADDED","object":[]}\n', /not an event/],
    ['an object without metadata', '{"type":"ADDED","object":{}}\n', /not an event/],
    ['an object whose name is a number', '{"type":"DELETED","object":{"metadata":{"name":5}}}\n', /not an event/],
    ['an object whose spec is a text', line('ADDED', 'a').replace('}}}', '},"spec":"x"}}'), /not an event/],
    ['a bookmark without a version', '{"type":"BOOKMARK","object":{"metadata":{}}}\n', /not an event/],
    ['an event of no known type', line('RENAMED', 'a'), /not an event/],
    ['100,000 brackets', `${'['.repeat(100_000)}\n`, /nests deeper than 100/],
  ];
  for (const [name, chunk, message] of refused) {
    it(`refuses ${name}`, async () => {
      const error = await read([chunk]).then(
        () => undefined,
        (reason: unknown) => reason,
      );
      expect(error).to.be.instanceOf(EhosError);
      expect(error).to.have.property('errorClass', 'Transient');
      expect(error).to.have.property('message').that.matches(message);
    });
  }

  it('refuses a line beyond the limit before it has ended', async () => {
    const error = await read(['x'.repeat(60), 'x'.repeat(60), '\n'], 100).then(
      () => undefined,
      (reason: unknown) => reason,
    );
    expect(error).to.have.property('message', 'watch: an event is longer than 100 bytes');
  });

  it('counts the limit for each line anew', async () => {
    expect(
      await read([line('ADDED', 'a').slice(0, 20), line('ADDED', 'a').slice(20), line('ADDED', 'b')], 75),
    ).to.deep.equal(['ADDED a', 'ADDED b']);
  });
});
