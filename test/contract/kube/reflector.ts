import { expect } from 'chai';
import { systemClock } from '../../../src/base/clock.ts';
import { silentLog } from '../../../src/base/log.ts';
import { systemRandom } from '../../../src/base/random.ts';
import { keyOf, NODES, type EhosNode } from '../../../src/api/resources.ts';
import { Reflector } from '../../../src/kube/reflector.ts';
import { type Cluster, eventually } from './target.ts';

/** The local copy against the server, end to end. */
export function reflector(use: () => Cluster): void {
  describe('reflector', () => {
    let seen: string[];
    let reflected: Reflector<EhosNode>;

    beforeEach(async () => {
      await use().client.create(NODES, use().node('mirror-old'));
      seen = [];
      reflected = new Reflector<EhosNode>({
        client: use().client,
        type: NODES,
        namespace: use().namespace,
        clock: systemClock,
        random: systemRandom,
        log: silentLog,
        onChange: (key, object) =>
          seen.push(`${key.split('/')[1] ?? ''} ${object?.status?.phase ?? (object ? 'made' : 'gone')}`),
      });
      reflected.start();
      await reflected.synced;
    });

    afterEach(async () => {
      await reflected.stop();
      for (const name of ['mirror-old', 'mirror-new']) await use().client.delete(NODES, use().namespace, name);
    });

    const at = (name: string): EhosNode | undefined => reflected.store.get(`${use().namespace}/${name}`);

    it('knows what is there when it is synced', async () => {
      const { items } = await use().client.list<EhosNode>(NODES, use().namespace);
      expect(reflected.store.list().map(keyOf).sort()).to.deep.equal(items.map(keyOf).sort());
      expect(seen).to.include('mirror-old made');
      expect(Date.now() - reflected.lastContact()).to.be.below(10_000);
    });

    it('follows what is made, changed and deleted', async () => {
      const { client, namespace } = use();
      await client.create(NODES, use().node('mirror-new'));
      await client.patchStatus(NODES, namespace, 'mirror-new', { status: { phase: 'Ready' } });
      await eventually('the change is seen', () => at('mirror-new')?.status?.phase === 'Ready');
      await client.delete(NODES, namespace, 'mirror-new');
      await eventually('the deletion is seen', () => at('mirror-new') === undefined);
      const told = seen.filter((line) => line.startsWith('mirror-new'));
      expect(told).to.deep.equal(['mirror-new made', 'mirror-new Ready', 'mirror-new gone']);
    });

    it('shows a write to its writer at once, and to all when the server tells it', async () => {
      const { client, namespace } = use();
      const written = await client.patchStatus<EhosNode>(NODES, namespace, 'mirror-old', { status: { phase: 'Lost' } });
      reflected.patched(written);
      expect(at('mirror-old')?.status?.phase).to.equal('Lost');
      await eventually('the event is told', () => seen.includes('mirror-old Lost'));
    });

    it('holds no managedFields', async () => {
      await use().client.patch(NODES, use().namespace, 'mirror-old', { metadata: { labels: { seen: 'yes' } } });
      await eventually('the change is seen', () => at('mirror-old')?.metadata.labels?.seen === 'yes');
      expect(JSON.stringify(reflected.store.list())).to.not.include('managedFields');
    });
  });
}
