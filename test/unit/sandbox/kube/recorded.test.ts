/**
 * 240 small requests and what kube-apiserver 1.37.2 answered to each, in recorded/requests.json; the sandbox answers the same.
 * Left out of the recording, for the sandbox differs: words of the YAML parser, YAML as an answer, the PEM warning of TLS Secrets,
 * fractions in limits (the server cuts them), POST to a name (the server ignores the name), and the order of fields inside one message.
 */
import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import type { JsonObject } from '../../../../src/sandbox/kube/json.ts';
import { Sandbox, without, type Reply } from './harness.ts';

interface Recorded {
  method: string;
  path: string;
  body?: unknown;
  headers?: Record<string, string>;
  answer: {
    status: number;
    reason?: string;
    warning?: string;
    text?: string;
    message?: string;
    causes?: string[];
    subject?: string;
    details?: JsonObject;
    fields?: JsonObject;
    metadata?: JsonObject;
    names?: string[];
  };
}

const FOLDER = new URL('recorded/', import.meta.url);
const read = (name: string): unknown => JSON.parse(readFileSync(new URL(name, FOLDER), 'utf8'));
const SAMPLES = '/apis/sandbox.example.com/v1/namespaces/cap/samples';
const UID = /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/g;

/** Made-up parts as the recording has them. */
const plain = (text: string): string =>
  text
    .replace(UID, 'UID')
    .replace(/-[bcdfghjklmnpqrstvwxz2456789]{5}"/g, '-RAND"')
    .replace(/record \(\d+\)/, 'record (N)');

/** The parts of an answer that the recording has. */
function answerOf(reply: Reply, recorded: Recorded['answer']): Recorded['answer'] {
  const { body } = reply;
  const answer: Recorded['answer'] = { status: reply.status };
  if (typeof reply.headers.warning === 'string') answer.warning = reply.headers.warning;
  if (typeof body === 'string') return { ...answer, text: body };
  if (body.kind === 'Status') return { ...answer, ...refusalOf(body) };
  if (recorded.fields) answer.fields = pick(body, Object.keys(recorded.fields));
  if (recorded.metadata) answer.metadata = pick(body.metadata as JsonObject, Object.keys(recorded.metadata));
  if (recorded.names) answer.names = (body.items as { metadata: { name: string } }[]).map((item) => item.metadata.name);
  return answer;
}

function refusalOf(body: JsonObject): Partial<Recorded['answer']> {
  if (body.status === 'Success') return {};
  const message = plain(body.message as string);
  const { causes, ...details } = without(body.details ?? {}, 'uid');
  return {
    ...(body.reason === undefined ? {} : { reason: body.reason as string }),
    ...(causes === undefined
      ? { message }
      : { causes: lines(causes), subject: message.split(' is invalid: ')[0] ?? '' }),
    ...(Object.keys(details).length === 0 ? {} : { details: JSON.parse(plain(JSON.stringify(details))) as JsonObject }),
  };
}

function lines(causes: unknown): string[] {
  const list = causes as { reason?: string; field?: string; message: string }[];
  return list.map((cause) => plain(`${cause.reason ?? ''} ${cause.field ?? ''}: ${cause.message}`)).sort();
}

function pick(object: JsonObject, keys: string[]): JsonObject {
  return Object.fromEntries(keys.filter((key) => key in object).map((key) => [key, object[key]]));
}

describe('recorded requests', () => {
  let sandbox: Sandbox;

  before(async () => {
    sandbox = await Sandbox.start([read('crd.json') as object]);
    await sandbox.ok('POST', '/api/v1/namespaces', { metadata: { name: 'cap' } });
  });
  after(() => sandbox.api.close());

  (read('requests.json') as Recorded[]).forEach((recorded, i) => {
    const { method, path, body, headers = {}, answer } = recorded;
    const what = body === undefined ? '' : JSON.stringify((body as JsonObject).spec ?? body).slice(0, 80);
    it(`${i}: ${method} ${path.replace(SAMPLES, '~')} ${what} -> ${answer.status}`, async () => {
      // the recorder's client names its own content type for texts as well
      const type = body !== undefined && !('content-type' in headers) ? { 'content-type': 'application/json' } : {};
      const reply = await sandbox.send(method, path, body, {
        accept: '*/*',
        'user-agent': 'node',
        ...type,
        ...headers,
      });
      expect(answerOf(reply, answer)).to.deep.equal(answer);
      if (isTrial(recorded)) await sandbox.ok('DELETE', `${SAMPLES}/${(reply.body.metadata as { name: string }).name}`);
    });
  });
});

/** Objects that the recorder took away again at once. */
function isTrial({ method, path, body, answer }: Recorded): boolean {
  const isStored = method === 'POST' && answer.status === 201 && path.startsWith(SAMPLES) && !path.includes('dryRun');
  return isStored && !JSON.stringify(body).includes('"celi":1');
}
