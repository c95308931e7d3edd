import { expect } from 'chai';
import { NODES, type EhosNode } from '../../../src/api/resources.ts';
import type { Cluster } from './target.ts';

interface List {
  kind: string;
  items: EhosNode[];
  metadata: { resourceVersion: string; continue?: string; remainingItemCount?: number };
}

/** Selecting and paging. */
export function lists(use: () => Cluster): void {
  describe('list', () => {
    const phases = ['Booting', 'Ready', 'Ready', 'Draining', 'Ready'];
    const nodes = phases.map((phase, i) => ({
      name: `list-${i}`,
      phase,
      labels: { list: 'yes', odd: i % 2 === 1 ? 'true' : 'false', ...(i === 0 ? { first: '' } : {}) },
      spec: { poolRef: { name: i < 3 ? 'list-low' : 'list-high' }, cloudRef: { name: `list-cloud-${i}` } },
    }));

    before(async () => {
      for (const { name, phase, labels, spec } of nodes) {
        await use().client.create(NODES, use().node(name, spec, { labels }));
        await use().client.patchStatus(NODES, use().namespace, name, { status: { phase } });
      }
    });

    const names = async (options: { labelSelector?: string; fieldSelector?: string }): Promise<string[]> => {
      const { items } = await use().client.list(NODES, use().namespace, options);
      return items.map((item) => item.metadata.name);
    };

    const selections: [{ labelSelector?: string; fieldSelector?: string }, number[]][] = [
      [{ labelSelector: 'list' }, [0, 1, 2, 3, 4]],
      [{ labelSelector: 'list=yes' }, [0, 1, 2, 3, 4]],
      [{ labelSelector: 'list=no' }, []],
      [{ labelSelector: 'list,odd=true' }, [1, 3]],
      [{ labelSelector: 'list==yes,odd!=true' }, [0, 2, 4]],
      [{ labelSelector: 'odd in (true,maybe)' }, [1, 3]],
      [{ labelSelector: 'list,odd notin (true)' }, [0, 2, 4]],
      [{ labelSelector: 'list,!first' }, [1, 2, 3, 4]],
      [{ labelSelector: 'first' }, [0]],
      [{ fieldSelector: 'metadata.name=list-3' }, [3]],
      [{ fieldSelector: 'metadata.name=list-9' }, []],
      [{ fieldSelector: 'spec.poolRef.name=list-low' }, [0, 1, 2]],
      [{ fieldSelector: 'spec.cloudRef.name=list-cloud-4' }, [4]],
      [{ fieldSelector: 'status.phase=Ready', labelSelector: 'list' }, [1, 2, 4]],
      [{ fieldSelector: 'status.phase!=Ready', labelSelector: 'list' }, [0, 3]],
      [{ fieldSelector: 'spec.poolRef.name=list-high,status.phase=Ready' }, [4]],
      [{ fieldSelector: 'spec.poolRef.name=list-low', labelSelector: 'odd=true' }, [1]],
    ];
    for (const [options, expected] of selections) {
      it(`by ${Object.values(options).join(' and ')}`, async () => {
        expect(await names(options)).to.deep.equal(expected.map((i) => `list-${i}`));
      });
    }

    it('comes in pages that together are the whole, as of one version', async () => {
      const { client, namespace } = use();
      const options = { limit: 2, labelSelector: 'list' };
      const first = await client.list<EhosNode>(NODES, namespace, options);
      expect(first.items).to.have.lengthOf(2);
      expect(first.continueToken).to.be.a('string');
      // made between the pages: not part of what the first one began
      await client.create(NODES, use().node('list-2-late', {}, { labels: { list: 'yes', late: '' } }));
      const second = await client.list<EhosNode>(NODES, namespace, {
        ...options,
        continueToken: first.continueToken ?? '',
      });
      const third = await client.list<EhosNode>(NODES, namespace, {
        ...options,
        continueToken: second.continueToken ?? '',
      });
      expect(third.continueToken).to.equal(undefined);
      const all = [first, second, third].flatMap(({ items }) => items.map(({ metadata }) => metadata.name));
      expect(all).to.deep.equal(nodes.map(({ name }) => name));
      expect([second.resourceVersion, third.resourceVersion]).to.deep.equal([
        first.resourceVersion,
        first.resourceVersion,
      ]);
      await client.delete(NODES, namespace, 'list-2-late');
    });

    it('says how many are left', async () => {
      const { continueToken = '' } = await use().client.list(NODES, use().namespace, { limit: 1 });
      const total = (await use().client.list(NODES, use().namespace)).items.length;
      const page = await use().raw<List>(
        'GET',
        `${use().path('ehosnodes')}?limit=1&continue=${encodeURIComponent(continueToken)}`,
      );
      expect(page.json().kind).to.equal('EhosNodeList');
      expect(page.json().metadata.remainingItemCount).to.equal(total - 2);
    });

    it('of all namespaces holds those of one', async () => {
      const { items } = await use().client.list(NODES, undefined, { labelSelector: 'list' });
      const ours = items.filter(({ metadata }) => metadata.namespace === use().namespace);
      expect(ours.map(({ metadata }) => metadata.name)).to.deep.equal(nodes.map(({ name }) => name));
    });

    it('of a namespace that is not there is empty', async () => {
      const page = await use().client.list(NODES, 'kt-absent');
      expect(page.items).to.deep.equal([]);
      expect(page.resourceVersion).to.match(/^[1-9]\d*$/);
    });

    it('has a version that no item exceeds', async () => {
      const { items, resourceVersion } = await use().client.list(NODES, use().namespace);
      const newest = Math.max(...items.map(({ metadata }) => Number(metadata.resourceVersion)));
      expect(Number(resourceVersion)).to.be.at.least(newest);
    });
  });
}
