import { expect } from 'chai';
import { NODES, POOLS } from '../../../src/api/resources.ts';
import type { Cluster } from './target.ts';

interface Table {
  kind: string;
  apiVersion: string;
  columnDefinitions: { name: string; type: string; priority: number }[];
  rows: { cells: unknown[]; object: { kind: string; metadata: { name: string } } }[];
}

interface ResourceList {
  resources: {
    name: string;
    kind: string;
    namespaced: boolean;
    shortNames?: string[];
    categories?: string[];
    verbs: string[];
  }[];
}

const AS_TABLE = { accept: 'application/json;as=Table;v=v1;g=meta.k8s.io,application/json' };

/** What kubectl asks for. */
export function views(use: () => Cluster): void {
  describe('tables', () => {
    it('have the columns of the CRD', async () => {
      await use().client.create(POOLS, use().pool('table'));
      const table = (await use().raw<Table>('GET', use().path('ehosnodepools', 'table'), undefined, AS_TABLE)).json();
      expect(table).to.include({ kind: 'Table', apiVersion: 'meta.k8s.io/v1' });
      const shown = table.columnDefinitions.filter((column) => column.priority === 0).map((column) => column.name);
      expect(shown).to.deep.equal(['Name', 'Ready', 'Nodes', 'Desired', 'Busy', 'Idle', 'Queued', 'Age']);
      const wide = table.columnDefinitions.filter((column) => column.priority === 1).map((column) => column.name);
      expect(wide).to.include.members(['Min', 'Max', 'Mode', 'Decision', 'Why']);
    });

    it('show values by their paths, through conditions too, and nothing for what is absent', async () => {
      const { client, namespace } = use();
      await client.create(POOLS, use().pool('table-values', { minNodes: 1 }));
      const conditions = [
        {
          type: 'MasterSynced',
          status: 'False',
          reason: 'A',
          message: 'a',
          lastTransitionTime: '2026-01-01T00:00:00Z',
        },
        { type: 'Ready', status: 'True', reason: 'B', message: 'b', lastTransitionTime: '2026-01-01T00:00:00Z' },
      ];
      await client.patchStatus(POOLS, namespace, 'table-values', { status: { nodes: 3, busy: 2, conditions } });
      const table = (
        await use().raw<Table>('GET', use().path('ehosnodepools', 'table-values'), undefined, AS_TABLE)
      ).json();
      const cells = new Map(table.columnDefinitions.map((column, i) => [column.name, table.rows[0]?.cells[i]]));
      expect(cells.get('Name')).to.equal('table-values');
      expect([cells.get('Ready'), cells.get('Nodes'), cells.get('Busy')]).to.deep.equal(['True', 3, 2]);
      expect([cells.get('Min'), cells.get('Max'), cells.get('Mode')]).to.deep.equal([1, 10, 'Active']);
      expect(cells.get('Queued')).to.equal(null);
      expect(cells.get('Age')).to.match(/^\d+m?\d*s$/);
    });

    it('of a list have a row for each object, with its metadata', async () => {
      for (const name of ['row-a', 'row-b'])
        await use().client.create(NODES, use().node(name, {}, { labels: { row: '' } }));
      const table = (
        await use().raw<Table>('GET', `${use().path('ehosnodes')}?labelSelector=row`, undefined, AS_TABLE)
      ).json();
      expect(table.rows.map((row) => [row.object.kind, row.object.metadata.name])).to.deep.equal([
        ['PartialObjectMetadata', 'row-a'],
        ['PartialObjectMetadata', 'row-b'],
      ]);
      expect(table.rows.map((row) => row.cells[0])).to.deep.equal(['row-a', 'row-b']);
    });
  });

  describe('discovery', () => {
    it('names the kinds with their short names and subresources', async () => {
      const { resources } = (await use().raw<ResourceList>('GET', '/apis/ehos.io/v1alpha1')).json();
      expect(resources.map((resource) => resource.name)).to.include.members([
        'ehosclouds',
        'ehosclouds/status',
        'ehosmasters',
        'ehosnodepools',
        'ehosnodepools/scale',
        'ehosnodepools/status',
        'ehosnodes',
      ]);
      const pools = resources.find((resource) => resource.name === 'ehosnodepools');
      expect(pools).to.deep.include({
        kind: 'EhosNodePool',
        namespaced: true,
        shortNames: ['epool'],
        categories: ['ehos'],
      });
      expect(pools?.verbs).to.have.members([
        'create',
        'delete',
        'deletecollection',
        'get',
        'list',
        'patch',
        'update',
        'watch',
      ]);
    });

    it('tells the version of the server', async () => {
      const version = (await use().raw<{ major: string; gitVersion: string }>('GET', '/version')).json();
      expect(version.major).to.equal('1');
      expect(version.gitVersion).to.match(/^v1\.\d+\.\d+/);
    });
  });
}
