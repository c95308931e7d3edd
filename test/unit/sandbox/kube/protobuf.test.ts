import { expect } from 'chai';
import { decodeProtobuf } from '../../../../src/sandbox/kube/http/protobuf.ts';
import { Sandbox } from './harness.ts';

/** A tiny encoder: [field number, value] pairs; numbers are varints, texts and buffers are length-delimited. */
function message(...fields: [number, string | number | Buffer][]): Buffer {
  return Buffer.concat(
    fields.map(([number, value]) => {
      if (typeof value === 'number') return Buffer.concat([varint(number << 3), varint(value)]);
      const bytes = Buffer.from(value);
      return Buffer.concat([varint((number << 3) | 2), varint(bytes.length), bytes]);
    }),
  );
}

function varint(value: number): Buffer {
  const bytes: number[] = [];
  for (; value > 127; value = Math.floor(value / 128)) bytes.push((value % 128) | 128);
  return Buffer.from([...bytes, value]);
}

const wrapped = (apiVersion: string, kind: string, raw: Buffer): Buffer =>
  Buffer.concat([Buffer.from('k8s\0'), message([1, message([1, apiVersion], [2, kind])], [2, raw])]);

const entry = (key: string, value: string | Buffer): Buffer => message([1, key], [2, value]);

describe('protobuf bodies', () => {
  it('a Secret', () => {
    const meta = message([1, 'release'], [11, entry('owner', 'helm')], [11, entry('status', 'deployed')], [14, 'x/y']);
    const raw = message([1, meta], [2, entry('release', Buffer.from([0, 1, 255]))], [3, 'helm.sh/release.v1']);
    expect(decodeProtobuf(wrapped('v1', 'Secret', raw))).to.deep.equal({
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name: 'release', labels: { owner: 'helm', status: 'deployed' }, finalizers: ['x/y'] },
      data: { release: 'AAH/' },
      type: 'helm.sh/release.v1',
    });
  });

  it('a ConfigMap with an owner', () => {
    const owner = message([5, 'v1'], [1, 'Secret'], [3, 'o'], [4, 'u'], [6, 1]);
    const raw = message([1, message([1, 'c'], [13, owner])], [2, entry('a', 'b')], [4, 1]);
    expect(decodeProtobuf(wrapped('v1', 'ConfigMap', raw))).to.deep.include({
      metadata: {
        name: 'c',
        ownerReferences: [{ apiVersion: 'v1', kind: 'Secret', name: 'o', uid: 'u', controller: true }],
      },
      data: { a: 'b' },
      immutable: true,
    });
  });

  it('leaves empty texts and zero times away', () => {
    const meta = message([1, 'n'], [2, ''], [8, message()]);
    expect(decodeProtobuf(wrapped('v1', 'Namespace', message([1, meta])))).to.have.deep.property('metadata', {
      name: 'n',
    });
  });

  it('times with and without microseconds', () => {
    const time = message([1, 1_767_225_600], [2, 123_456_000]);
    const raw = message([1, message([1, 'l'], [8, time])], [2, message([1, 'me'], [2, 15], [4, time])]);
    expect(decodeProtobuf(wrapped('coordination.k8s.io/v1', 'Lease', raw))).to.deep.include({
      metadata: { name: 'l', creationTimestamp: '2026-01-01T00:00:00Z' },
      spec: { holderIdentity: 'me', leaseDurationSeconds: 15, renewTime: '2026-01-01T00:00:00.123456Z' },
    });
  });

  it('DeleteOptions of any version', () => {
    const raw = message([2, message([1, 'the-uid'])], [4, 'Foreground'], [5, 'All']);
    expect(decodeProtobuf(wrapped('meta.k8s.io/v1', 'DeleteOptions', raw))).to.deep.include({
      preconditions: { uid: 'the-uid' },
      propagationPolicy: 'Foreground',
      dryRun: ['All'],
    });
  });

  it('skips fields that it does not know', () => {
    const raw = message([1, message([1, 'n'])], [99, 'what'], [98, 7]);
    expect(decodeProtobuf(wrapped('v1', 'Namespace', raw))).to.have.keys('apiVersion', 'kind', 'metadata');
  });

  const broken: [what: string, body: Buffer, why: string][] = [
    ['no magic', Buffer.from('{}'), 'does not appear to be a protobuf message'],
    ['an unknown kind', wrapped('apps/v1', 'Deployment', message()), 'does not read protobuf of apps/v1 Deployment'],
    ['a cut message', wrapped('v1', 'Secret', message([1, 'x'])).subarray(0, 20), 'unexpected EOF'],
    ['a cut number', Buffer.concat([Buffer.from('k8s\0'), Buffer.from([0x80])]), 'unexpected EOF'],
    ['a wire type of old', Buffer.concat([Buffer.from('k8s\0'), Buffer.from([0x0b])]), 'illegal wireType 3'],
    ['bytes for a number', wrapped('v1', 'Secret', message([5, 'x'])), 'a number is expected'],
  ];
  for (const [what, body, why] of broken) {
    it(`refuses ${what}`, () => {
      expect(() => decodeProtobuf(body)).to.throw(why);
    });
  }

  it('are stored like any other', async () => {
    const sandbox = await Sandbox.start();
    const raw = wrapped('v1', 'ConfigMap', message([1, message([1, 'c'])], [2, entry('a', 'b')]));
    // written as latin1, every byte of this message is one character below 128
    const reply = await sandbox.send('POST', '/api/v1/namespaces/default/configmaps', raw.toString('latin1'), {
      'content-type': 'application/vnd.kubernetes.protobuf',
    });
    expect(reply.status).to.equal(201);
    expect(sandbox.api.objects('configmaps')[0]?.data).to.deep.equal({ a: 'b' });
    await sandbox.api.close();
  });
});
