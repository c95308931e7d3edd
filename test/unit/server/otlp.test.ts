import { expect } from 'chai';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { ManualClock } from '../../../src/base/clock.ts';
import { silentLog } from '../../../src/base/log.ts';
import type { Span } from '../../../src/base/tracer.ts';
import { OtlpExporter } from '../../../src/server/otlp.ts';
import { VERSION } from '../../../src/version.ts';

const span = (name: string, change: Partial<Span> = {}): Span => ({
  ...{ traceId: 'a'.repeat(32), spanId: 'b'.repeat(16), parentId: undefined, name },
  ...{ beganAt: Date.UTC(2026, 0, 1), endedAt: Date.UTC(2026, 0, 1) + 250, attributes: {}, error: undefined },
  ...change,
});

interface Sent {
  path: string | undefined;
  type: string | undefined;
  body: { resourceSpans: { resource: unknown; scopeSpans: { scope: unknown; spans: { name: string }[] }[] }[] };
}

describe('the exporter of traces', () => {
  let server: Server;
  let sent: Sent[];
  let status: number;
  let logged: string[];
  let exporter: OtlpExporter;

  beforeEach(async () => {
    [sent, status, logged] = [[], 200, []];
    server = createServer((request, response) => {
      let text = '';
      request.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
      request.on('end', () => {
        sent.push({
          path: request.url,
          type: request.headers['content-type'],
          body: JSON.parse(text) as Sent['body'],
        });
        response.writeHead(status).end('{}');
      });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    const say = (level: string) => (message: string) => logged.push(`${level} ${message}`);
    const log = { ...silentLog, debug: say('debug'), info: say('info'), warn: say('warn') };
    exporter = new OtlpExporter({ endpoint: `http://127.0.0.1:${port}/`, clock: new ManualClock(), log });
  });
  afterEach(() => {
    server.closeAllConnections();
    server.close();
  });

  it('sends spans in the form of OTLP', async () => {
    const attributes = { object: 'ns/a', code: 200 };
    exporter.add(span('reconcile node', { attributes }));
    exporter.add(span('compute GET servers', { parentId: 'c'.repeat(16), error: 'no answer' }));
    await exporter.stop();
    expect(sent).to.have.length(1);
    expect(sent[0]).to.include({ path: '/v1/traces', type: 'application/json' });
    const [resourceSpans] = sent[0]?.body.resourceSpans ?? [];
    expect(resourceSpans?.resource).to.deep.equal({
      attributes: [
        { key: 'service.name', value: { stringValue: 'ehos-operator' } },
        { key: 'service.version', value: { stringValue: VERSION } },
      ],
    });
    expect(resourceSpans?.scopeSpans[0]?.spans).to.deep.equal([
      {
        ...{ traceId: 'a'.repeat(32), spanId: 'b'.repeat(16), name: 'reconcile node', kind: 1 },
        startTimeUnixNano: '1767225600000000000',
        endTimeUnixNano: '1767225600250000000',
        attributes: [
          { key: 'object', value: { stringValue: 'ns/a' } },
          { key: 'code', value: { doubleValue: 200 } },
        ],
      },
      {
        ...{ traceId: 'a'.repeat(32), spanId: 'b'.repeat(16), parentSpanId: 'c'.repeat(16) },
        ...{ name: 'compute GET servers', kind: 3 },
        startTimeUnixNano: '1767225600000000000',
        endTimeUnixNano: '1767225600250000000',
        attributes: [],
        status: { code: 2, message: 'no answer' },
      },
    ]);
  });

  it('sends nothing when there is nothing', async () => {
    await exporter.flush();
    expect(sent).to.deep.equal([]);
  });

  it('tells once of a collector that does not take them, and once that it does again', async () => {
    status = 503;
    for (let i = 0; i < 3; i++) {
      exporter.add(span('a'));
      await exporter.flush();
    }
    status = 200;
    exporter.add(span('b'));
    await exporter.stop();
    expect(logged).to.deep.equal([
      'warn traces could not be sent',
      'debug traces could not be sent',
      'debug traces could not be sent',
      'info traces are taken again',
    ]);
  });

  it('keeps only so many for a collector that is slow', async () => {
    for (let i = 0; i < 5_000; i++) exporter.add(span(String(i)));
    await exporter.stop();
    expect(sent[0]?.body.resourceSpans[0]?.scopeSpans[0]?.spans).to.have.length(4_096);
  });
});
