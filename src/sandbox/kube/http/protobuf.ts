/** Protobuf bodies of typed clients: `kubectl create configmap`, helm's release Secrets. Only what such clients send is known here. */
import type { JsonObject } from '../json.ts';
import { badRequest } from '../status.ts';

const MAGIC = Buffer.from('k8s\0', 'latin1');

type Kind = 'string' | 'int' | 'bool' | 'bytes' | 'time' | 'microTime' | 'stringMap' | 'bytesMap' | Message;
interface Message {
  fields: Record<number, [name: string, kind: Kind, repeated?: 'repeated']>;
}

/** Field numbers from generated.proto of k8s.io/apimachinery and k8s.io/api. */
const OWNER_REFERENCE: Message = {
  fields: {
    1: ['kind', 'string'],
    3: ['name', 'string'],
    4: ['uid', 'string'],
    5: ['apiVersion', 'string'],
    6: ['controller', 'bool'],
    7: ['blockOwnerDeletion', 'bool'],
  },
};
const OBJECT_META: Message = {
  fields: {
    1: ['name', 'string'],
    2: ['generateName', 'string'],
    3: ['namespace', 'string'],
    5: ['uid', 'string'],
    6: ['resourceVersion', 'string'],
    7: ['generation', 'int'],
    8: ['creationTimestamp', 'time'],
    9: ['deletionTimestamp', 'time'],
    10: ['deletionGracePeriodSeconds', 'int'],
    11: ['labels', 'stringMap'],
    12: ['annotations', 'stringMap'],
    13: ['ownerReferences', OWNER_REFERENCE, 'repeated'],
    14: ['finalizers', 'string', 'repeated'],
  },
};
const LOCAL_REFERENCE: Message = { fields: { 1: ['name', 'string'] } };
const RESOURCE_ATTRIBUTES: Message = {
  fields: {
    1: ['namespace', 'string'],
    2: ['verb', 'string'],
    3: ['group', 'string'],
    4: ['version', 'string'],
    5: ['resource', 'string'],
    6: ['subresource', 'string'],
    7: ['name', 'string'],
  },
};
const KINDS: Record<string, Message> = {
  'v1/Secret': {
    fields: {
      1: ['metadata', OBJECT_META],
      2: ['data', 'bytesMap'],
      3: ['type', 'string'],
      4: ['stringData', 'stringMap'],
      5: ['immutable', 'bool'],
    },
  },
  'v1/ConfigMap': {
    fields: {
      1: ['metadata', OBJECT_META],
      2: ['data', 'stringMap'],
      3: ['binaryData', 'bytesMap'],
      4: ['immutable', 'bool'],
    },
  },
  'v1/Namespace': {
    fields: {
      1: ['metadata', OBJECT_META],
      2: ['spec', { fields: { 1: ['finalizers', 'string', 'repeated'] } }],
      3: ['status', { fields: { 1: ['phase', 'string'] } }],
    },
  },
  'v1/ServiceAccount': {
    fields: {
      1: ['metadata', OBJECT_META],
      3: ['imagePullSecrets', LOCAL_REFERENCE, 'repeated'],
      4: ['automountServiceAccountToken', 'bool'],
    },
  },
  'coordination.k8s.io/v1/Lease': {
    fields: {
      1: ['metadata', OBJECT_META],
      2: [
        'spec',
        {
          fields: {
            1: ['holderIdentity', 'string'],
            2: ['leaseDurationSeconds', 'int'],
            3: ['acquireTime', 'microTime'],
            4: ['renewTime', 'microTime'],
            5: ['leaseTransitions', 'int'],
          },
        },
      ],
    },
  },
  'authorization.k8s.io/v1/SelfSubjectAccessReview': {
    fields: {
      1: ['metadata', OBJECT_META],
      2: [
        'spec',
        {
          fields: {
            1: ['resourceAttributes', RESOURCE_ATTRIBUTES],
            2: ['nonResourceAttributes', { fields: { 1: ['path', 'string'], 2: ['verb', 'string'] } }],
          },
        },
      ],
    },
  },
  'authorization.k8s.io/v1/SelfSubjectRulesReview': {
    fields: { 1: ['metadata', OBJECT_META], 2: ['spec', { fields: { 1: ['namespace', 'string'] } }] },
  },
  'authentication.k8s.io/v1/SelfSubjectReview': { fields: { 1: ['metadata', OBJECT_META] } },
  'authentication.k8s.io/v1/TokenRequest': {
    fields: {
      1: ['metadata', OBJECT_META],
      2: ['spec', { fields: { 1: ['audiences', 'string', 'repeated'], 4: ['expirationSeconds', 'int'] } }],
    },
  },
};
const DELETE_OPTIONS: Message = {
  fields: {
    1: ['gracePeriodSeconds', 'int'],
    2: ['preconditions', { fields: { 1: ['uid', 'string'], 2: ['resourceVersion', 'string'] } }],
    3: ['orphanDependents', 'bool'],
    4: ['propagationPolicy', 'string'],
    5: ['dryRun', 'string', 'repeated'],
  },
};
const TYPE_META: Message = { fields: { 1: ['apiVersion', 'string'], 2: ['kind', 'string'] } };
const UNKNOWN: Message = { fields: { 1: ['typeMeta', TYPE_META], 2: ['raw', 'bytes'] } };

/** The JSON form of a protobuf body. Throws 400 for a kind that is not known here. */
export function decodeProtobuf(body: Buffer): JsonObject {
  if (!body.subarray(0, MAGIC.length).equals(MAGIC))
    throw badRequest('provided data does not appear to be a protobuf message');
  const envelope = decode(body.subarray(MAGIC.length), UNKNOWN);
  const { apiVersion = '', kind = '' } = (envelope.typeMeta ?? {}) as { apiVersion?: string; kind?: string };
  const message = kind === 'DeleteOptions' ? DELETE_OPTIONS : KINDS[`${apiVersion}/${kind}`];
  if (!message) throw badRequest(`the sandbox does not read protobuf of ${apiVersion} ${kind}: send JSON`);
  const raw = Buffer.from(textOf(envelope.raw), 'base64');
  return { apiVersion, kind, ...decode(raw, message) };
}

const textOf = (value: unknown): string => (typeof value === 'string' ? value : '');

/** One wire field: its number and its value, a number or bytes. */
function* wireFields(bytes: Buffer): Generator<[number, bigint | Buffer]> {
  let at = 0;
  const varint = (): bigint => {
    let value = 0n;
    for (let shift = 0n; ; shift += 7n) {
      const byte = bytes[at++];
      if (byte === undefined) throw badRequest('unexpected EOF');
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) return BigInt.asIntN(64, value);
    }
  };
  while (at < bytes.length) {
    const tag = Number(varint());
    const number = tag >> 3;
    switch (tag & 7) {
      case 0:
        yield [number, varint()];
        break;
      case 2: {
        const length = Number(varint());
        if (at + length > bytes.length) throw badRequest('unexpected EOF');
        yield [number, bytes.subarray(at, (at += length))];
        break;
      }
      default:
        throw badRequest(`illegal wireType ${tag & 7}`);
    }
  }
}

function decode(bytes: Buffer, message: Message): JsonObject {
  const out: JsonObject = {};
  for (const [number, value] of wireFields(bytes)) {
    const field = message.fields[number];
    if (!field) continue;
    const [name, kind, repeated] = field;
    const decoded = valueOf(value, kind);
    if (kind === 'stringMap' || kind === 'bytesMap')
      out[name] = { ...((out[name] ?? {}) as JsonObject), ...(decoded as JsonObject) };
    else if (repeated) out[name] = [...((out[name] ?? []) as unknown[]), decoded];
    // Go writes empty texts of scalar fields; in JSON they are left out
    else if (decoded !== '' && decoded !== undefined) out[name] = decoded;
  }
  return out;
}

function valueOf(value: bigint | Buffer, kind: Kind): unknown {
  if (typeof value === 'bigint') return kind === 'bool' ? value !== 0n : Number(value);
  switch (kind) {
    case 'string':
      return value.toString('utf8');
    case 'bytes':
      return value.toString('base64');
    case 'stringMap':
      return mapEntry(value, 'string');
    case 'bytesMap':
      return mapEntry(value, 'bytes');
    case 'time':
    case 'microTime':
      return timeOf(value, kind);
    case 'int':
    case 'bool':
      throw badRequest('a number is expected');
    default:
      return decode(value, kind);
  }
}

function mapEntry(bytes: Buffer, kind: 'string' | 'bytes'): JsonObject {
  const entry = decode(bytes, { fields: { 1: ['key', 'string'], 2: ['value', kind] } });
  return { [textOf(entry.key)]: entry.value ?? '' };
}

function timeOf(bytes: Buffer, kind: 'time' | 'microTime'): string | undefined {
  const { seconds = 0, nanos = 0 } = decode(bytes, { fields: { 1: ['seconds', 'int'], 2: ['nanos', 'int'] } }) as {
    seconds?: number;
    nanos?: number;
  };
  if (seconds === 0 && nanos === 0) return undefined;
  const whole = new Date(seconds * 1000).toISOString().slice(0, 19);
  return kind === 'time' ? `${whole}Z` : `${whole}.${String(Math.floor(nanos / 1000)).padStart(6, '0')}Z`;
}
