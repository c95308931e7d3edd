import { expect } from 'chai';
import { NODES, POOLS, type ResourceType } from '../../../src/api/resources.ts';
import { KubeError } from '../../../src/kube/errors.ts';
import { type Cluster, failureOf } from './target.ts';

interface Refusal {
  name: string;
  act: (cluster: Cluster) => Promise<unknown>;
  errorClass: string;
  status: number;
  reason: string | undefined;
  message: RegExp;
}

const unknownKind: ResourceType = { ...NODES, plural: 'ehosnothings', kind: 'EhosNothing' };
const unknownGroup: ResourceType = { ...NODES, group: 'nothing.ehos.io' };

const table: Refusal[] = [
  {
    name: 'getting what is not there',
    act: ({ client, namespace }) => client.get(NODES, namespace, 'absent'),
    errorClass: 'NotFound',
    status: 404,
    reason: 'NotFound',
    message: /get ehosnodes "absent": ehosnodes.ehos.io "absent" not found/,
  },
  {
    name: 'getting in a namespace that is not there',
    act: ({ client }) => client.get(NODES, 'kt-absent', 'absent'),
    errorClass: 'NotFound',
    status: 404,
    reason: 'NotFound',
    message: /"absent" not found/,
  },
  {
    name: 'creating in a namespace that is not there',
    act: (cluster) => cluster.client.create(NODES, cluster.node('lost', {}, { namespace: 'kt-absent' })),
    errorClass: 'NotFound',
    status: 404,
    reason: 'NotFound',
    message: /namespaces "kt-absent" not found/,
  },
  {
    name: 'patching what is not there',
    act: ({ client, namespace }) => client.patch(NODES, namespace, 'absent', { metadata: { labels: { a: 'b' } } }),
    errorClass: 'NotFound',
    status: 404,
    reason: 'NotFound',
    message: /patch ehosnodes "absent"/,
  },
  {
    name: 'patching the status of what is not there',
    act: ({ client, namespace }) => client.patchStatus(NODES, namespace, 'absent', { status: { phase: 'Ready' } }),
    errorClass: 'NotFound',
    status: 404,
    reason: 'NotFound',
    message: /patchStatus ehosnodes "absent"/,
  },
  {
    name: 'creating what is there already',
    act: async (cluster) => {
      await cluster.client.create(POOLS, cluster.pool('twice'));
      await cluster.client.create(POOLS, cluster.pool('twice'));
    },
    errorClass: 'Conflict',
    status: 409,
    reason: 'AlreadyExists',
    message: /ehosnodepools.ehos.io "twice" already exists/,
  },
  {
    name: 'a patch made from an old version',
    act: async (cluster) => {
      const { client, namespace } = cluster;
      const { metadata } = await client.create(POOLS, cluster.pool('stale'));
      await client.patch(POOLS, namespace, 'stale', { spec: { minNodes: 1 } });
      const { resourceVersion } = metadata;
      await client.patch(POOLS, namespace, 'stale', { metadata: { resourceVersion }, spec: { minNodes: 2 } });
    },
    errorClass: 'Conflict',
    status: 409,
    reason: 'Conflict',
    message: /the object has been modified/,
  },
  {
    name: 'a status patch made from an old version',
    act: async (cluster) => {
      const { client, namespace } = cluster;
      const { metadata } = await client.create(NODES, cluster.node('stale-status'));
      await client.patchStatus(NODES, namespace, 'stale-status', { status: { phase: 'Booting' } });
      const { resourceVersion } = metadata;
      await client.patchStatus(NODES, namespace, 'stale-status', {
        metadata: { resourceVersion },
        status: { phase: 'Ready' },
      });
    },
    errorClass: 'Conflict',
    status: 409,
    reason: 'Conflict',
    message: /the object has been modified/,
  },
  {
    name: 'a kind that the group does not have',
    act: ({ client, namespace }) => client.get(unknownKind, namespace, 'x'),
    errorClass: 'Transient',
    status: 404,
    reason: undefined,
    message: /CustomResourceDefinition/,
  },
  {
    name: 'a group that does not exist',
    act: ({ client, namespace }) => client.list(unknownGroup, namespace),
    errorClass: 'Transient',
    status: 404,
    reason: undefined,
    message: /CustomResourceDefinition/,
  },
  {
    name: 'deleting a kind that is not served, which must not look like success',
    act: ({ client, namespace }) => client.delete(unknownKind, namespace, 'x'),
    errorClass: 'Transient',
    status: 404,
    reason: undefined,
    message: /CustomResourceDefinition/,
  },
  {
    name: 'a selector by a field that cannot be selected by',
    act: ({ client, namespace }) => client.list(NODES, namespace, { fieldSelector: 'spec.flavor=x' }),
    errorClass: 'Invalid',
    status: 400,
    reason: 'BadRequest',
    message: /field label not supported: spec\.flavor/,
  },
  {
    name: 'a continue token that is none',
    act: ({ client, namespace }) => client.list(NODES, namespace, { limit: 1, continueToken: 'nonsense' }),
    errorClass: 'Invalid',
    status: 400,
    reason: 'BadRequest',
    message: /continue/,
  },
];

/** Every class of error that the client makes of an answer, as real answers. */
export function refusals(use: () => Cluster): void {
  describe('refusals as error classes', () => {
    for (const { name, act, errorClass, status, reason, message } of table) {
      it(name, async () => {
        const { error } = await failureOf(act(use()));
        expect(error).to.be.instanceOf(KubeError);
        expect(error).to.include({ errorClass, status, reason, maybeDone: false });
        expect((error as Error).message).to.match(message);
        expect((error as Error).message).to.not.include('\n');
      });
    }
  });

  describe('refusals of plain requests', () => {
    it('a body that is not JSON', async () => {
      const answer = await use().raw('POST', use().path('ehosnodepools'), '{"spec": ');
      expect([answer.status, answer.json().reason]).to.deep.equal([400, 'BadRequest']);
    });

    it('another version than the path says', async () => {
      const body = { ...use().pool('wrong-version'), apiVersion: 'v1' };
      const answer = await use().raw('POST', use().path('ehosnodepools'), body);
      expect([answer.status, answer.json().reason]).to.deep.equal([400, 'BadRequest']);
    });

    it('another kind than the path says', async () => {
      const answer = await use().raw('POST', use().path('ehosnodepools'), {
        ...use().pool('wrong-kind'),
        kind: 'EhosNode',
      });
      expect(answer.status).to.equal(422);
      expect(answer.json().details?.causes).to.deep.include({
        reason: 'FieldValueInvalid',
        message: 'Invalid value: "EhosNode": must be EhosNodePool',
        field: 'kind',
      });
    });

    it('a name that no host could have', async () => {
      const answer = await use().raw('POST', use().path('ehosnodepools'), use().pool('Not_A_Name'));
      expect([answer.status, answer.json().reason]).to.deep.equal([422, 'Invalid']);
      expect(answer.json().details?.causes?.[0]?.field).to.equal('metadata.name');
    });

    it('an unknown field, strictly taken', async () => {
      const pool = use().pool('unknown-strict', { maxNode: 3 });
      const answer = await use().raw('POST', `${use().path('ehosnodepools')}?fieldValidation=Strict`, pool);
      expect([answer.status, answer.json().reason]).to.deep.equal([400, 'BadRequest']);
      expect(answer.json().message).to.include('strict decoding error: unknown field "spec.maxNode"');
    });

    it('a strategic merge patch of a custom resource', async () => {
      await use().client.create(POOLS, use().pool('strategic'));
      const headers = { 'content-type': 'application/strategic-merge-patch+json' };
      const answer = await use().raw('PATCH', use().path('ehosnodepools', 'strategic'), { spec: {} }, headers);
      expect([answer.status, answer.json().reason]).to.deep.equal([415, 'UnsupportedMediaType']);
    });

    it('a replacement without a version, of an old version, and of a predecessor', async () => {
      const path = use().path('ehosnodepools', 'replaced');
      const made = await use().client.create(POOLS, use().pool('replaced'));
      const unversioned = { ...made.metadata, resourceVersion: undefined };
      const none = await use().raw('PUT', path, { ...made, metadata: unversioned });
      expect([none.status, none.json().reason]).to.deep.equal([422, 'Invalid']);
      const changed = { ...made, spec: { ...made.spec, minNodes: 1 } };
      expect((await use().raw('PUT', path, changed)).status).to.equal(200);
      const old = await use().raw('PUT', path, changed);
      expect([old.status, old.json().reason]).to.deep.equal([409, 'Conflict']);
      const { metadata } = await use().client.get(POOLS, use().namespace, 'replaced');
      const other = { ...changed, metadata: { ...metadata, uid: '11111111-2222-3333-4444-555555555555' } };
      const predecessor = await use().raw('PUT', path, other);
      expect([predecessor.status, predecessor.json().reason]).to.deep.equal([409, 'Conflict']);
      expect(predecessor.json().message).to.include('UID in precondition');
    });

    it('an apply without a field manager', async () => {
      const headers = { 'content-type': 'application/apply-patch+yaml' };
      const answer = await use().raw(
        'PATCH',
        use().path('ehosnodepools', 'unmanaged'),
        use().pool('unmanaged'),
        headers,
      );
      expect(answer.status).to.equal(422);
    });
  });
}
