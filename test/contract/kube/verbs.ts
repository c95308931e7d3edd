import { expect } from 'chai';
import {
  CLOUDS,
  CONFIG_MAPS,
  NODES,
  POOLS,
  SECRETS,
  type EhosCloud,
  type EhosNodePool,
  type KubeObject,
} from '../../../src/api/resources.ts';
import { type Cluster, failureOf } from './target.ts';

interface DataObject extends KubeObject {
  data?: Record<string, string>;
  type?: string;
}

/** Each verb of the client, and what it answers. */
export function verbs(use: () => Cluster): void {
  describe('create', () => {
    it('gives identity, version and generation', async () => {
      const made = await use().client.create(POOLS, use().pool('create-identity'));
      expect(made.metadata.uid).to.match(/^[0-9a-f-]{36}$/);
      expect(made.metadata.resourceVersion).to.match(/^\d+$/);
      expect(made.metadata.generation).to.equal(1);
      expect(made.metadata.creationTimestamp).to.match(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
      expect(made).to.include({ apiVersion: 'ehos.io/v1alpha1', kind: 'EhosNodePool' });
    });

    it('fills in the defaults of the schema, nested ones too', async () => {
      const { spec } = await use().client.create<EhosNodePool>(POOLS, use().pool('create-defaults'));
      expect(spec).to.deep.include({
        minNodes: 0,
        spareNodes: 0,
        mode: 'Active',
        allocation: 'RoundRobin',
        bootTimeout: '15m',
      });
      expect(spec.scaleDown).to.deep.equal({ consolidateAfter: '5m' });
      expect(spec.scaleUp).to.deep.equal({ maxBooting: 50, maxPerMinute: 100 });
    });

    it('does not default what stands below something that is absent', async () => {
      const { spec } = await use().client.create<EhosCloud>(CLOUDS, use().cloud('create-absent'));
      expect(spec).to.not.have.any.keys('limits', 'defaults');
      expect(spec.weight).to.equal(50);
    });

    it('ignores a status', async () => {
      const made = await use().client.create(NODES, { ...use().node('create-status'), status: { phase: 'Ready' } });
      expect(made).to.not.have.property('status');
    });

    it('draws a name from generateName', async () => {
      const metadata = { ...use().pool('').metadata, name: undefined, generateName: 'drawn-' };
      const answer = await use().raw<KubeObject>('POST', use().path('ehosnodepools'), { ...use().pool(''), metadata });
      expect(answer.status).to.equal(201);
      expect(answer.json().metadata.name).to.match(/^drawn-[a-z0-9]{5}$/);
    });

    it('tries only, with dryRun', async () => {
      const answer = await use().raw<EhosNodePool>(
        'POST',
        `${use().path('ehosnodepools')}?dryRun=All`,
        use().pool('dry'),
      );
      expect(answer.status).to.equal(201);
      expect(answer.json().spec.mode).to.equal('Active');
      expect((await failureOf(use().client.get(POOLS, use().namespace, 'dry'))).errorClass).to.equal('NotFound');
    });

    it('drops a field that the schema does not know, and warns', async () => {
      const pool = use().pool('unknown-warn', { maxNode: 3 });
      const answer = await use().raw<EhosNodePool>('POST', use().path('ehosnodepools'), pool);
      expect(answer.status).to.equal(201);
      expect(answer.header('warning')).to.equal('299 - "unknown field \\"spec.maxNode\\""');
      expect(answer.json().spec).to.not.have.property('maxNode');
    });
  });

  describe('get', () => {
    it('answers what was made', async () => {
      const made = await use().client.create(NODES, use().node('get-it', {}, { labels: { a: 'b' } }));
      const got = await use().client.get(NODES, use().namespace, 'get-it');
      expect(got).to.deep.equal(made);
      expect(got.metadata.labels).to.deep.equal({ a: 'b' });
    });
  });

  describe('patch', () => {
    it('changes, adds and removes fields', async () => {
      await use().client.create(POOLS, use().pool('patch-fields', { minNodes: 2, replicas: 3 }));
      const patch = { spec: { minNodes: 1, replicas: null, spareNodes: 4 } };
      const { spec } = await use().client.patch<EhosNodePool>(POOLS, use().namespace, 'patch-fields', patch);
      expect(spec).to.deep.include({ minNodes: 1, spareNodes: 4 });
      expect(spec).to.not.have.property('replicas');
    });

    it('puts the default back for a field that was removed', async () => {
      await use().client.create(POOLS, use().pool('patch-default', { mode: 'Paused' }));
      const patch = { spec: { mode: null } };
      const { spec } = await use().client.patch<EhosNodePool>(POOLS, use().namespace, 'patch-default', patch);
      expect(spec.mode).to.equal('Active');
    });

    it('replaces arrays whole', async () => {
      await use().client.create(POOLS, use().pool('patch-array', { template: { flavors: ['a', 'b'] } }));
      const patch = { spec: { template: { flavors: ['c'] } } };
      const { spec } = await use().client.patch<EhosNodePool>(POOLS, use().namespace, 'patch-array', patch);
      expect(spec.template?.flavors).to.deep.equal(['c']);
    });

    it('takes a JSON patch under its own type', async () => {
      await use().client.create(POOLS, use().pool('patch-json'));
      const operations = [
        { op: 'test', path: '/spec/minNodes', value: 0 },
        { op: 'replace', path: '/spec/minNodes', value: 5 },
      ];
      const headers = { 'content-type': 'application/json-patch+json' };
      const answer = await use().raw<EhosNodePool>(
        'PATCH',
        use().path('ehosnodepools', 'patch-json'),
        operations,
        headers,
      );
      expect([answer.status, answer.json().spec.minNodes]).to.deep.equal([200, 5]);
      const again = await use().raw('PATCH', use().path('ehosnodepools', 'patch-json'), operations, headers);
      expect([again.status, again.json().reason]).to.deep.equal([422, 'Invalid']);
    });

    it('creates and updates by server-side apply', async () => {
      const path = `${use().path('ehosnodepools', 'applied')}?fieldManager=one`;
      const headers = { 'content-type': 'application/apply-patch+yaml' };
      expect((await use().raw('PATCH', path, use().pool('applied'), headers)).status).to.equal(201);
      const answer = await use().raw<EhosNodePool>('PATCH', path, use().pool('applied', { maxNodes: 7 }), headers);
      expect([answer.status, answer.json().spec.maxNodes]).to.deep.equal([200, 7]);
    });

    it('refuses an apply of a field that another manager owns, unless forced', async () => {
      const path = use().path('ehosnodepools', 'applied-by-two');
      const headers = { 'content-type': 'application/apply-patch+yaml' };
      await use().raw('PATCH', `${path}?fieldManager=one`, use().pool('applied-by-two', { maxNodes: 7 }), headers);
      const other = use().pool('applied-by-two', { maxNodes: 8 });
      const refused = await use().raw('PATCH', `${path}?fieldManager=two`, other, headers);
      expect([refused.status, refused.json().reason]).to.deep.equal([409, 'Conflict']);
      expect(refused.json().details?.causes).to.deep.include({
        reason: 'FieldManagerConflict',
        message: 'conflict with "one"',
        field: '.spec.maxNodes',
      });
      const forced = await use().raw<EhosNodePool>('PATCH', `${path}?fieldManager=two&force=true`, other, headers);
      expect([forced.status, forced.json().spec.maxNodes]).to.deep.equal([200, 8]);
    });
  });

  describe('Secrets and ConfigMaps', () => {
    it('keep data in base64, taking stringData as text', async () => {
      const secret = {
        metadata: { name: 'keys', namespace: use().namespace },
        data: { a: 'YQ==' },
        stringData: { b: 'text' },
      };
      const made = await use().client.create<DataObject>(SECRETS, secret);
      expect(made.data).to.deep.equal({ a: 'YQ==', b: 'dGV4dA==' });
      expect(made).to.include({ type: 'Opaque', kind: 'Secret', apiVersion: 'v1' });
      expect(made).to.not.have.property('stringData');
    });

    it('are replaced key by key', async () => {
      const namespace = use().namespace;
      await use().client.create<DataObject>(SECRETS, {
        metadata: { name: 'rotated', namespace },
        data: { a: 'YQ==', b: 'Yg==' },
      });
      const patched = await use().client.patch<DataObject>(SECRETS, namespace, 'rotated', {
        data: { a: 'Yw==', b: null },
      });
      expect(patched.data).to.deep.equal({ a: 'Yw==' });
    });

    it('refuse what is not base64', async () => {
      const secret = { metadata: { name: 'broken', namespace: use().namespace }, data: { a: '***' } };
      expect((await failureOf(use().client.create<DataObject>(SECRETS, secret))).errorClass).to.equal('Invalid');
    });

    it('have no generation', async () => {
      const map = { metadata: { name: 'plain', namespace: use().namespace }, data: { a: 'text' } };
      const made = await use().client.create<DataObject>(CONFIG_MAPS, map);
      expect(made.data).to.deep.equal({ a: 'text' });
      expect(made.metadata).to.not.have.property('generation');
    });

    it('are listed with their kind by the client', async () => {
      const { items } = await use().client.list<DataObject>(CONFIG_MAPS, use().namespace, {
        fieldSelector: 'metadata.name=plain',
      });
      expect(items.map(({ kind, apiVersion }) => [kind, apiVersion])).to.deep.equal([['ConfigMap', 'v1']]);
    });
  });
}
