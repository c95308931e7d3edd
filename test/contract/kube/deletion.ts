import { expect } from 'chai';
import { CONFIG_MAPS, FINALIZER, NAMESPACES, NODES, POOLS, type KubeObject } from '../../../src/api/resources.ts';
import { KubeError } from '../../../src/kube/errors.ts';
import { type Cluster, eventually, failureOf } from './target.ts';

/** How objects end: finalizers, preconditions, owners. */
export function deletion(use: () => Cluster): void {
  const isGone = async (name: string): Promise<boolean> =>
    (await use().raw('GET', use().path('ehosnodes', name))).status === 404;

  describe('delete', () => {
    it('ends an object without finalizers at once', async () => {
      const made = await use().client.create(NODES, use().node('delete-plain'));
      const answer = await use().raw('DELETE', use().path('ehosnodes', 'delete-plain'));
      expect(answer.status).to.equal(200);
      expect(answer.json()).to.include({ kind: 'Status', status: 'Success' });
      expect(answer.json().details?.uid).to.equal(made.metadata.uid);
      expect(await isGone('delete-plain')).to.equal(true);
    });

    it('of what is not there is no error for the client, and 404 for others', async () => {
      await use().client.delete(NODES, use().namespace, 'never-there');
      const answer = await use().raw('DELETE', use().path('ehosnodes', 'never-there'));
      expect([answer.status, answer.json().reason]).to.deep.equal([404, 'NotFound']);
    });

    it('with the uid of another object is refused, and deletes nothing', async () => {
      await use().client.create(NODES, use().node('delete-other'));
      const uid = '11111111-2222-3333-4444-555555555555';
      const { error } = await failureOf(use().client.delete(NODES, use().namespace, 'delete-other', { uid }));
      expect(error).to.be.instanceOf(KubeError);
      expect(error).to.include({ errorClass: 'Conflict', status: 409, reason: 'Conflict' });
      expect(await isGone('delete-other')).to.equal(false);
    });

    it('with the right uid passes', async () => {
      const { metadata } = await use().client.create(NODES, use().node('delete-right'));
      await use().client.delete(NODES, use().namespace, 'delete-right', { uid: metadata.uid ?? '' });
      expect(await isGone('delete-right')).to.equal(true);
    });

    it('tries only, with dryRun', async () => {
      await use().client.create(NODES, use().node('delete-dry'));
      const answer = await use().raw('DELETE', `${use().path('ehosnodes', 'delete-dry')}?dryRun=All`);
      expect(answer.status).to.equal(200);
      expect(await isGone('delete-dry')).to.equal(false);
    });

    it('of all that a selector finds', async () => {
      for (const name of ['many-1', 'many-2'])
        await use().client.create(NODES, use().node(name, {}, { labels: { many: 'yes' } }));
      const answer = await use().raw('DELETE', `${use().path('ehosnodes')}?labelSelector=many%3Dyes`);
      expect(answer.status).to.equal(200);
      expect([await isGone('many-1'), await isGone('many-2')]).to.deep.equal([true, true]);
    });
  });

  describe('finalizers', () => {
    const hold = async (name: string): Promise<KubeObject> => {
      const made = await use().client.create(NODES, use().node(name, {}, { finalizers: [FINALIZER] }));
      await use().client.delete(NODES, use().namespace, name);
      return made;
    };

    it('keep a deleted object, which counts as a change of the spec', async () => {
      const made = await hold('held');
      const { metadata } = await use().client.get(NODES, use().namespace, 'held');
      expect(metadata.deletionTimestamp).to.match(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
      expect(metadata).to.include({ uid: made.metadata.uid, generation: 2, deletionGracePeriodSeconds: 0 });
      expect(Number(metadata.resourceVersion)).to.be.above(Number(made.metadata.resourceVersion));
    });

    it('keep it in a second deletion, too, which changes nothing', async () => {
      await hold('held-twice');
      const first = await use().client.get(NODES, use().namespace, 'held-twice');
      const answer = await use().raw<KubeObject>('DELETE', use().path('ehosnodes', 'held-twice'));
      expect([answer.status, answer.json().kind]).to.deep.equal([200, 'EhosNode']);
      expect((await use().client.get(NODES, use().namespace, 'held-twice')).metadata).to.deep.equal(first.metadata);
    });

    it('cannot be added while it is being deleted', async () => {
      await hold('held-more');
      const patch = { metadata: { finalizers: [FINALIZER, 'example.com/other'] } };
      const answer = await use().raw('PATCH', use().path('ehosnodes', 'held-more'), patch);
      expect(answer.status).to.equal(422);
      expect(answer.json().message).to.include('no new finalizers can be added if the object is being deleted');
    });

    it('bar a new object of the name until they are gone', async () => {
      await hold('held-name');
      const { error } = await failureOf(use().client.create(NODES, use().node('held-name')));
      expect(error).to.include({ errorClass: 'Conflict', reason: 'AlreadyExists' });
      expect((error as Error).message).to.include('object is being deleted');
    });

    it('let it go with the last one, answering its last state', async () => {
      const made = await hold('held-last');
      const patched = await use().client.patch(NODES, use().namespace, 'held-last', { metadata: { finalizers: [] } });
      expect(patched.metadata.uid).to.equal(made.metadata.uid);
      expect(patched.metadata.deletionTimestamp).to.be.a('string');
      expect(await isGone('held-last')).to.equal(true);
    });

    it('let the status be written meanwhile', async () => {
      await hold('held-status');
      const patched = await use().client.patchStatus<KubeObject & { status?: { phase?: string } }>(
        NODES,
        use().namespace,
        'held-status',
        { status: { phase: 'Deleting' } },
      );
      expect([patched.status?.phase, patched.metadata.generation]).to.deep.equal(['Deleting', 2]);
    });

    after(async () => {
      for (const name of ['held', 'held-twice', 'held-more', 'held-name', 'held-status'])
        await use().raw('PATCH', use().path('ehosnodes', name), { metadata: { finalizers: null } });
    });
  });

  describe('owners', () => {
    it('take their dependants with them', async function () {
      // a real garbage collector gets to know a new kind only at its next look, every 30 s
      this.timeout(120_000);
      const { client, namespace } = use();
      const pool = await client.create(POOLS, use().pool('owner'));
      const { uid = '' } = pool.metadata;
      const owner = { apiVersion: 'ehos.io/v1alpha1', kind: 'EhosNodePool', name: 'owner', uid, controller: true };
      await client.create(NODES, use().node('owned', {}, { ownerReferences: [owner] }));
      await client.delete(POOLS, namespace, 'owner');
      await eventually('the dependant is collected', async () => await isGone('owned'), 90_000);
    });

    it('that do not exist let an object be collected', async function () {
      this.timeout(120_000);
      const uid = '11111111-2222-3333-4444-555555555555';
      const owner = { apiVersion: 'v1', kind: 'ConfigMap', name: 'nobody', uid };
      const { client, namespace } = use();
      await client.create(CONFIG_MAPS, { metadata: { name: 'orphan', namespace, ownerReferences: [owner] } });
      const orphan = `/api/v1/namespaces/${namespace}/configmaps/orphan`;
      await eventually('the orphan is collected', async () => (await use().raw('GET', orphan)).status === 404, 90_000);
    });
  });

  describe('a namespace that is going away', () => {
    it('waits for finalizers, and takes nothing new', async () => {
      const { client } = use();
      const namespace = `${use().namespace}-end`;
      await client.create(NAMESPACES, { metadata: { name: namespace } });
      await client.create(NODES, use().node('keeper', {}, { namespace, finalizers: [FINALIZER] }));
      await client.delete(NAMESPACES, '', namespace);
      try {
        const { error } = await failureOf(client.create(NODES, use().node('late', {}, { namespace })));
        expect(error).to.include({ errorClass: 'NotFound', status: 403, reason: 'NamespaceTerminating' });
        await eventually('the deletion has reached the node', async () => {
          const { metadata } = await client.get(NODES, namespace, 'keeper');
          return metadata.deletionTimestamp;
        });
      } finally {
        await client.patch(NODES, namespace, 'keeper', { metadata: { finalizers: null } });
      }
      const path = `/api/v1/namespaces/${namespace}`;
      await eventually('the namespace is gone', async () => (await use().raw('GET', path)).status === 404, 50_000);
    });
  });
}
