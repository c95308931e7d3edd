/** What goes on without a request: garbage collection, the end of namespaces, the coming and going of kinds. */
import { expect } from 'chai';
import type { JsonObject } from '../../../../src/sandbox/kube/json.ts';
import { fixtureCrd, Sandbox } from './harness.ts';

const POOLS = '/apis/rig.example.com/v1alpha1/namespaces/default/pools';
const CRDS = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions';

interface Owner {
  apiVersion: string;
  kind: string;
  name: string;
  uid: string;
  blockOwnerDeletion?: boolean;
}

const pool = (name: string, metadata: object = {}): object => ({
  apiVersion: 'rig.example.com/v1alpha1',
  kind: 'Pool',
  metadata: { name, ...metadata },
  spec: { cloud: 'east' },
});

describe('controllers', () => {
  let sandbox: Sandbox;
  beforeEach(async () => {
    sandbox = await Sandbox.start([fixtureCrd()]);
  });
  afterEach(() => sandbox.api.close());

  const make = async (name: string, owners: Owner[] = [], metadata: object = {}): Promise<Owner> => {
    const made = await sandbox.ok('POST', POOLS, pool(name, { ...metadata, ownerReferences: owners }));
    const { uid } = made.metadata as { uid: string };
    return { apiVersion: 'rig.example.com/v1alpha1', kind: 'Pool', name, uid };
  };
  const names = (): string[] => sandbox.api.objects('pools').map((object) => object.metadata.name);
  const settle = (): Promise<void> => sandbox.clock.advance(1000);

  describe('garbage collection', () => {
    it('takes dependants, and theirs, after their owner', async () => {
      const owner = await make('owner');
      const child = await make('child', [owner]);
      await make('grandchild', [child]);
      await make('stranger');
      await sandbox.ok('DELETE', `${POOLS}/owner`);
      expect(names()).to.include('child');
      await settle();
      expect(names()).to.deep.equal(['stranger']);
    });

    it('lets finalizers of dependants hold', async () => {
      const owner = await make('owner');
      await make('child', [owner], { finalizers: ['x/hold'] });
      await sandbox.ok('DELETE', `${POOLS}/owner`);
      await settle();
      expect(sandbox.api.objects('pools')[0]?.metadata.deletionTimestamp).to.be.a('string');
    });

    it('takes objects whose owner never was', async () => {
      await make('child', [{ apiVersion: 'rig.example.com/v1alpha1', kind: 'Pool', name: 'no', uid: 'never' }]);
      await settle();
      expect(names()).to.deep.equal([]);
    });

    it('leaves objects whose owner is of a kind that is not served', async () => {
      await make('child', [{ apiVersion: 'apps/v1', kind: 'Deployment', name: 'd', uid: 'somewhere' }]);
      await settle();
      expect(names()).to.deep.equal(['child']);
    });

    it('keeps an object while one owner lives, and drops the dead reference', async () => {
      const [one, two] = [await make('one'), await make('two')];
      await make('child', [one, two]);
      await sandbox.ok('DELETE', `${POOLS}/one`);
      await settle();
      const child = sandbox.api.objects('pools').find((object) => object.metadata.name === 'child');
      expect(child?.metadata.ownerReferences?.map((owner) => owner.name)).to.deep.equal(['two']);
    });

    it('orphans', async () => {
      const owner = await make('owner');
      await make('child', [owner]);
      await sandbox.ok('DELETE', `${POOLS}/owner`, { propagationPolicy: 'Orphan' });
      await settle();
      expect(names()).to.deep.equal(['child']);
      expect(sandbox.api.objects('pools')[0]?.metadata).not.to.have.property('ownerReferences');
    });

    it('deletes in the foreground: the owner goes after what blocks it', async () => {
      const owner = await make('owner');
      await make('child', [{ ...owner, blockOwnerDeletion: true }], { finalizers: ['x/hold'] });
      await sandbox.ok('DELETE', `${POOLS}/owner`, { propagationPolicy: 'Foreground' });
      await settle();
      expect(names()).to.deep.equal(['child', 'owner']);
      await sandbox.merge(`${POOLS}/child`, { metadata: { finalizers: null } });
      await settle();
      expect(names()).to.deep.equal([]);
    });

    it('does not wait in the foreground for what does not block', async () => {
      const owner = await make('owner');
      await make('child', [owner], { finalizers: ['x/hold'] });
      await sandbox.ok('DELETE', `${POOLS}/owner`, { propagationPolicy: 'Foreground' });
      await settle();
      expect(names()).to.deep.equal(['child']);
    });

    it('follows a reference that is added later', async () => {
      const owner = await make('owner');
      await make('child');
      await sandbox.merge(`${POOLS}/child`, { metadata: { ownerReferences: [owner] } });
      await sandbox.ok('DELETE', `${POOLS}/owner`);
      await settle();
      expect(names()).to.deep.equal([]);
    });
  });

  describe('namespaces', () => {
    it('are there from the start, with an account each', () => {
      const initial = ['default', 'kube-node-lease', 'kube-public', 'kube-system'];
      expect(sandbox.api.objects('namespaces').map((object) => object.metadata.name)).to.deep.equal(initial);
      expect(sandbox.api.objects('serviceaccounts').map((object) => object.metadata.namespace)).to.deep.equal(initial);
    });

    it('of the system have the uid that the operator knows its cluster by', () => {
      const system = sandbox.api.objects('namespaces').find((object) => object.metadata.name === 'kube-system');
      expect(sandbox.api.clusterUid).to.equal(system?.metadata.uid);
    });

    it('go with all that is in them', async () => {
      await sandbox.ok('POST', '/api/v1/namespaces', { metadata: { name: 'n' } });
      await sandbox.ok('POST', POOLS.replace('default', 'n'), pool('a'));
      await sandbox.ok('POST', '/api/v1/namespaces/n/secrets', { metadata: { name: 's' } });
      await sandbox.ok('DELETE', '/api/v1/namespaces/n');
      await settle();
      expect((await sandbox.send('GET', '/api/v1/namespaces/n')).status).to.equal(404);
      expect([...sandbox.api.objects('pools'), ...sandbox.api.objects('secrets')]).to.deep.equal([]);
    });

    it('keep their label', async () => {
      await sandbox.merge('/api/v1/namespaces/default', {
        metadata: { labels: { 'kubernetes.io/metadata.name': null } },
      });
      expect(sandbox.api.objects('namespaces')[0]?.metadata.labels).to.deep.equal({
        'kubernetes.io/metadata.name': 'default',
      });
    });

    it('wait for finalizers and then go', async () => {
      await sandbox.ok('POST', '/api/v1/namespaces', { metadata: { name: 'n' } });
      await sandbox.ok('POST', POOLS.replace('default', 'n'), pool('a', { finalizers: ['x/hold'] }));
      await sandbox.ok('DELETE', '/api/v1/namespaces/n');
      await settle();
      const { status } = await sandbox.ok('GET', '/api/v1/namespaces/n');
      const message = (status as { conditions: { type: string; message: string }[] }).conditions.find(
        (one) => one.type === 'NamespaceFinalizersRemaining',
      )?.message;
      expect(message).to.equal(
        'Some content in the namespace has finalizers remaining: x/hold in 1 resource instances',
      );
      await sandbox.merge(`${POOLS.replace('default', 'n')}/a`, { metadata: { finalizers: null } });
      await settle();
      expect((await sandbox.send('GET', '/api/v1/namespaces/n')).status).to.equal(404);
    });
  });

  describe('CustomResourceDefinitions', () => {
    const other = (): JsonObject =>
      JSON.parse(JSON.stringify(fixtureCrd()).replaceAll('pool', 'tank').replaceAll('Pool', 'Tank')) as JsonObject;
    const TANKS = POOLS.replace('pools', 'tanks');

    it('are served once they are made', async () => {
      expect((await sandbox.send('GET', TANKS)).status).to.equal(404);
      await sandbox.ok('POST', CRDS, other());
      expect((await sandbox.send('GET', TANKS)).status).to.equal(200);
      const { status } = await sandbox.ok('GET', `${CRDS}/tanks.rig.example.com`);
      const conditions = (status as { conditions: { type: string; status: string }[] }).conditions;
      expect(conditions.map((one) => `${one.type} ${one.status}`)).to.deep.equal([
        'NamesAccepted True',
        'Established True',
      ]);
    });

    it('are served with their new schema after a change', async () => {
      const schema = { spec: { properties: { color: { type: 'string' } } } };
      const path = `${CRDS}/pools.rig.example.com`;
      const crd = await sandbox.ok('GET', path);
      const versions = (
        crd.spec as { versions: { schema: { openAPIV3Schema: { properties: { spec: { properties: object } } } } }[] }
      ).versions;
      Object.assign(versions[0]!.schema.openAPIV3Schema.properties.spec.properties, schema.spec.properties);
      await sandbox.ok('PUT', path, crd);
      const made = await sandbox.ok('POST', POOLS, { ...pool('a'), spec: { cloud: 'east', color: 'red' } });
      expect(made.spec).to.include({ color: 'red' });
    });

    it('keep their objects over a change', async () => {
      await sandbox.ok('POST', POOLS, pool('a'));
      await sandbox.merge(`${CRDS}/pools.rig.example.com`, { metadata: { labels: { a: 'b' } } });
      expect(names()).to.deep.equal(['a']);
    });

    it('take their kind away when they are deleted', async () => {
      await sandbox.ok('DELETE', `${CRDS}/pools.rig.example.com`);
      expect((await sandbox.send('GET', POOLS)).status).to.equal(404);
      expect(sandbox.api.objects('pools')).to.deep.equal([]);
    });

    const refused: [what: string, change: (crd: JsonObject) => void, why: string][] = [
      [
        'another name',
        (crd) => Object.assign(crd.metadata as object, { name: 'x.rig.example.com' }),
        'must be spec.names.plural',
      ],
      ['a rule that is not CEL', (crd) => setRule(crd, 'self.a =!= 1'), 'spec.versions'],
      ['a function that nobody knows', (crd) => setRule(crd, 'nobody(self.a)'), 'nobody'],
    ];
    for (const [what, change, why] of refused) {
      it(`refuse ${what}`, async () => {
        const crd = other();
        change(crd);
        const reply = await sandbox.send('POST', CRDS, crd);
        expect(reply.status).to.equal(422);
        expect(reply.body.message).to.include(why);
      });
    }

    it('that are not valid keep the sandbox from starting', async () => {
      const crd = other();
      setRule(crd, 'self.a =!= 1');
      const failure = await Sandbox.start([crd]).then(
        () => undefined,
        (error: unknown) => error,
      );
      expect(String(failure)).to.include('tanks.rig.example.com');
    });
  });
});

function setRule(crd: JsonObject, rule: string): void {
  const { versions } = crd.spec as { versions: { schema: { openAPIV3Schema: JsonObject } }[] };
  versions[0]!.schema.openAPIV3Schema['x-kubernetes-validations'] = [{ rule }];
}
