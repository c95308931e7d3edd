import { expect } from 'chai';
import { NODES, POOLS, type EhosNode, type EhosNodePool } from '../../../src/api/resources.ts';
import { statusPatch } from '../../../src/kube/status.ts';
import type { Cluster } from './target.ts';

interface Scale {
  kind: string;
  spec: { replicas?: number };
  status: { replicas: number; selector?: string };
}

const TIME = '2026-01-01T00:00:00Z';
const ready = (status: string): object => ({
  type: 'Ready',
  status,
  reason: 'Test',
  message: 'm',
  lastTransitionTime: TIME,
});

/** What a write changes besides what it says: version, generation, and what it must leave alone. */
export function writes(use: () => Cluster): void {
  describe('version and generation', () => {
    interface Row {
      name: string;
      patch: object;
      status?: boolean;
      generation: number;
      changes: boolean;
    }
    const rows: Row[] = [
      { name: 'a change of the spec', patch: { spec: { minNodes: 1 } }, generation: 2, changes: true },
      { name: 'a patch that changes nothing', patch: { spec: { minNodes: 0 } }, generation: 1, changes: false },
      { name: 'an empty patch', patch: {}, generation: 1, changes: false },
      { name: 'a label', patch: { metadata: { labels: { a: 'b' } } }, generation: 1, changes: true },
      { name: 'an annotation', patch: { metadata: { annotations: { a: 'b' } } }, generation: 1, changes: true },
      { name: 'a finalizer', patch: { metadata: { finalizers: ['ehos.io/cleanup'] } }, generation: 1, changes: true },
      { name: 'a change of the status', patch: { status: { nodes: 1 } }, status: true, generation: 1, changes: true },
      { name: 'an empty status patch', patch: { status: {} }, status: true, generation: 1, changes: false },
      {
        name: 'the spec in a status patch',
        patch: { spec: { minNodes: 9 } },
        status: true,
        generation: 1,
        changes: false,
      },
      { name: 'the status in a patch', patch: { status: { nodes: 9 } }, generation: 1, changes: false },
    ];
    for (const [i, { name, patch, status, generation, changes }] of rows.entries()) {
      it(`after ${name}: generation ${generation}, ${changes ? 'a newer version' : 'the same version'}`, async () => {
        const { client, namespace } = use();
        // with a status of its own, so that an empty one is no change either
        const poolName = `generation-${i}`;
        await client.create(POOLS, use().pool(poolName));
        const made = await client.patchStatus(POOLS, namespace, poolName, { status: { desiredNodes: 0 } });
        const after = status
          ? await client.patchStatus(POOLS, namespace, poolName, patch)
          : await client.patch(POOLS, namespace, poolName, patch);
        expect(after.metadata.generation).to.equal(generation);
        if (changes) expect(Number(after.metadata.resourceVersion)).to.be.above(Number(made.metadata.resourceVersion));
        else expect(after.metadata.resourceVersion).to.equal(made.metadata.resourceVersion);
        await client.patch(POOLS, namespace, poolName, { metadata: { finalizers: null } });
      });
    }

    it('one sequence of versions for all kinds', async () => {
      const pool = await use().client.create(POOLS, use().pool('sequence'));
      const node = await use().client.create(NODES, use().node('sequence'));
      const again = await use().client.patch(POOLS, use().namespace, 'sequence', { spec: { minNodes: 1 } });
      const versions = [pool, node, again].map(({ metadata }) => Number(metadata.resourceVersion));
      expect(versions).to.deep.equal([...versions].sort((a, b) => a - b));
      expect(new Set(versions).size).to.equal(3);
    });

    it('a patch with the current version passes', async () => {
      const { metadata } = await use().client.create(POOLS, use().pool('current'));
      const patch = { metadata: { resourceVersion: metadata.resourceVersion }, spec: { minNodes: 3 } };
      const { spec } = await use().client.patch<EhosNodePool>(POOLS, use().namespace, 'current', patch);
      expect(spec.minNodes).to.equal(3);
    });
  });

  describe('status', () => {
    it('is written beside the spec, which stays, as labels do', async () => {
      const { client, namespace } = use();
      await client.create(NODES, use().node('status-alone', {}, { labels: { a: 'b' } }));
      const patch = {
        metadata: { labels: { a: 'changed' } },
        spec: { flavor: 'changed' },
        status: { phase: 'Booting' },
      };
      const written = await client.patchStatus<EhosNode>(NODES, namespace, 'status-alone', patch);
      expect(written.status?.phase).to.equal('Booting');
      expect(written.spec.flavor).to.equal('m1.small');
      expect(written.metadata.labels).to.deep.equal({ a: 'b' });
    });

    it('follows the difference that statusPatch makes, step by step', async () => {
      const { client, namespace } = use();
      const steps = [
        { phase: 'Launching', requested: TIME, conditions: [ready('False')] },
        { phase: 'Booting', serverID: 'abc', addresses: ['10.0.0.1', 'fd00::1'], conditions: [ready('False')] },
        {
          phase: 'Ready',
          addresses: ['10.0.0.1'],
          cores: 4,
          conditions: [ready('True'), { ...ready('True'), type: 'Joined' }],
        },
        { phase: 'Deleting', fault: 'its own words' },
      ];
      let node = await client.create<EhosNode>(NODES, use().node('status-steps'));
      for (const wanted of steps) {
        const patch = {
          metadata: { resourceVersion: node.metadata.resourceVersion },
          status: statusPatch(node.status ?? {}, wanted),
        };
        node = await client.patchStatus<EhosNode>(NODES, namespace, 'status-steps', patch);
        expect(node.status).to.deep.equal(wanted);
        expect(statusPatch(node.status ?? {}, wanted)).to.equal(undefined);
      }
      expect(node.metadata.generation).to.equal(1);
    });

    const invalid: [string, object, string][] = [
      ['a phase that there is not', { phase: 'Sleeping' }, 'status.phase'],
      ['a negative number', { cores: -1 }, 'status.cores'],
      ['a time that is none', { requested: 'yesterday' }, 'status.requested'],
      ['a condition twice', { conditions: [ready('True'), ready('False')] }, 'status.conditions[1]'],
      ['a condition that is neither', { conditions: [ready('Maybe')] }, 'status.conditions[0].status'],
    ];
    for (const [i, [name, status, field]] of invalid.entries()) {
      it(`refuses ${name}`, async () => {
        await use().client.create(NODES, use().node(`status-invalid-${i}`));
        const answer = await use().raw('PATCH', use().path('ehosnodes', `status-invalid-${i}/status`), { status });
        expect(answer.status).to.equal(422);
        expect(answer.json().details?.causes?.map((cause) => cause.field)).to.include(field);
      });
    }
  });

  describe('scale', () => {
    const scalePath = (name: string): string => use().path('ehosnodepools', `${name}/scale`);

    it('shows the nodes and the selector of the status', async () => {
      const { client, namespace } = use();
      await client.create(POOLS, use().pool('scale-shown', { replicas: 4 }));
      const before = (await use().raw<Scale>('GET', scalePath('scale-shown'))).json();
      expect(before).to.deep.include({ kind: 'Scale', spec: { replicas: 4 }, status: { replicas: 0 } });
      await client.patchStatus(POOLS, namespace, 'scale-shown', { status: { nodes: 3, selector: 'ehos.io/pool=x' } });
      const after = (await use().raw<Scale>('GET', scalePath('scale-shown'))).json();
      expect(after.status).to.deep.equal({ replicas: 3, selector: 'ehos.io/pool=x' });
    });

    it('sets spec.replicas, by patch and by replacement', async () => {
      const { client, namespace } = use();
      await client.create(POOLS, use().pool('scale-set'));
      expect((await use().raw('PATCH', scalePath('scale-set'), { spec: { replicas: 2 } })).status).to.equal(200);
      const patched = await client.get<EhosNodePool>(POOLS, namespace, 'scale-set');
      expect([patched.spec.replicas, patched.metadata.generation]).to.deep.equal([2, 2]);
      const scale = (await use().raw<Scale>('GET', scalePath('scale-set'))).json();
      const put = await use().raw<Scale>('PUT', scalePath('scale-set'), { ...scale, spec: { replicas: 5 } });
      expect([put.status, put.json().spec.replicas]).to.deep.equal([200, 5]);
      expect((await client.get<EhosNodePool>(POOLS, namespace, 'scale-set')).spec.replicas).to.equal(5);
    });

    it('is not there for kinds without it', async () => {
      await use().client.create(NODES, use().node('scale-none'));
      expect((await use().raw('GET', use().path('ehosnodes', 'scale-none/scale'))).status).to.equal(404);
    });
  });
}
