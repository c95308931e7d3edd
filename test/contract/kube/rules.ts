import { expect } from 'chai';
import { NODES, POOLS } from '../../../src/api/resources.ts';
import { KubeError } from '../../../src/kube/errors.ts';
import { type Cluster, failureOf } from './target.ts';

interface Rule {
  kind: 'pool' | 'cloud' | 'master' | 'node';
  spec: object;
  field: string;
  /** The cause's message, whole. */
  message: string;
  reason?: string;
}

const plurals = { pool: 'ehosnodepools', cloud: 'ehosclouds', master: 'ehosmasters', node: 'ehosnodes' };
const duration = (text: string, least: string): string =>
  `Invalid value: "${text}": must be a duration of at least ${least}, such as 90s, 15m or 1h30m`;
const IMAGE = 'Invalid value: give exactly one of id, name and tag of an image';
const NETWORK = 'Invalid value: give exactly one of id and name of a network';
const USER_DATA = 'Invalid value: give exactly one of inline, configMapRef and secretRef';
const METADATA =
  'Invalid value: a key may hold letters, digits, and any of - _ : . and blank, and must not begin with "ehos."';
const ATTRIBUTES =
  'Invalid value: an attribute name has letters, digits and underscores and must not begin with "Ehos"';
const HOST_KEY =
  'Invalid value: give exactly one of knownHostsRef and hostKey: by it the master is told from an impostor';
const FLAVORS = 'Required value: no flavor to choose from: give template.flavors, or flavors for every entry of clouds';
const ssh = { host: 'h', user: 'u', privateKeyRef: { name: 'k' } };

const table: Rule[] = [
  {
    kind: 'pool',
    spec: { minNodes: 11 },
    field: 'spec.minNodes',
    message: 'Invalid value: minNodes (11) must not exceed maxNodes (10): lower minNodes or raise maxNodes',
  },
  {
    kind: 'pool',
    spec: { spareNodes: 11 },
    field: 'spec.spareNodes',
    message: 'Invalid value: spareNodes (11) must not exceed maxNodes (10): lower spareNodes or raise maxNodes',
  },
  {
    kind: 'pool',
    spec: { replicas: 11 },
    field: 'spec.replicas',
    message: 'Invalid value: replicas (11) must not exceed maxNodes (10): lower replicas or raise maxNodes',
  },
  {
    kind: 'pool',
    spec: { template: {} },
    field: 'spec.template.flavors',
    message: FLAVORS,
    reason: 'FieldValueRequired',
  },
  {
    kind: 'pool',
    spec: { template: {}, clouds: [{ name: 'east', flavors: ['a'] }, { name: 'west' }] },
    field: 'spec.template.flavors',
    message: FLAVORS,
    reason: 'FieldValueRequired',
  },
  { kind: 'pool', spec: { clouds: [{ name: 'east', image: {} }] }, field: 'spec.clouds[0].image', message: IMAGE },
  {
    kind: 'pool',
    spec: { template: { flavors: ['a'], image: { id: 'a', tag: 'b' } } },
    field: 'spec.template.image',
    message: IMAGE,
  },
  {
    kind: 'pool',
    spec: { template: { flavors: ['a'], networks: [{ id: 'a' }, { id: 'a', name: 'b' }] } },
    field: 'spec.template.networks[1]',
    message: NETWORK,
  },
  {
    kind: 'pool',
    spec: { clouds: [{ name: 'east', networks: [{}] }] },
    field: 'spec.clouds[0].networks[0]',
    message: NETWORK,
  },
  {
    kind: 'pool',
    spec: { template: { flavors: ['a'], metadata: { 'ehos.x': '1' } } },
    field: 'spec.template.metadata',
    message: METADATA,
  },
  {
    kind: 'pool',
    spec: { template: { flavors: ['a'], metadata: { 'a/b': '1' } } },
    field: 'spec.template.metadata',
    message: METADATA,
  },
  {
    kind: 'pool',
    spec: { template: { flavors: ['a'], userData: {} } },
    field: 'spec.template.userData',
    message: USER_DATA,
  },
  {
    kind: 'pool',
    spec: { template: { flavors: ['a'], startdAttributes: { EHOSthing: '1' } } },
    field: 'spec.template.startdAttributes',
    message: ATTRIBUTES,
  },
  {
    kind: 'pool',
    spec: { template: { flavors: ['a'], startdAttributes: { 'two words': '1' } } },
    field: 'spec.template.startdAttributes',
    message: ATTRIBUTES,
  },
  {
    kind: 'pool',
    spec: { scaleDown: { consolidateAfter: '0s' } },
    field: 'spec.scaleDown.consolidateAfter',
    message: duration('0s', '1s'),
  },
  { kind: 'pool', spec: { bootTimeout: '9s' }, field: 'spec.bootTimeout', message: duration('9s', '10s') },
  { kind: 'pool', spec: { bootTimeout: '' }, field: 'spec.bootTimeout', message: duration('', '10s') },
  { kind: 'pool', spec: { bootTimeout: '5 min' }, field: 'spec.bootTimeout', message: duration('5 min', '10s') },
  { kind: 'pool', spec: { bootTimeout: '1.5h' }, field: 'spec.bootTimeout', message: duration('1.5h', '10s') },
  {
    kind: 'pool',
    spec: { bootTimeout: '99999999999999999999h' },
    field: 'spec.bootTimeout',
    message: duration('99999999999999999999h', '10s'),
  },
  { kind: 'cloud', spec: { defaults: { networks: [{}] } }, field: 'spec.defaults.networks[0]', message: NETWORK },
  { kind: 'cloud', spec: { defaults: { image: {} } }, field: 'spec.defaults.image', message: IMAGE },
  { kind: 'master', spec: { ssh }, field: 'spec.ssh', message: HOST_KEY },
  {
    kind: 'master',
    spec: { ssh: { ...ssh, knownHostsRef: { name: 'a' }, hostKey: 'ssh-ed25519 AAAA' } },
    field: 'spec.ssh',
    message: HOST_KEY,
  },
  { kind: 'master', spec: { pollInterval: '0s' }, field: 'spec.pollInterval', message: duration('0s', '1s') },
  {
    kind: 'master',
    spec: { nodeCredentials: { lifetime: '5m' } },
    field: 'spec.nodeCredentials.lifetime',
    message: duration('5m', '10m'),
  },
  {
    kind: 'master',
    spec: { nodeCredentials: { method: 'SecretRef' } },
    field: 'spec.nodeCredentials.secretRef',
    message: 'Required value: method SecretRef needs secretRef: name the Secret that holds the token',
    reason: 'FieldValueRequired',
  },
  {
    kind: 'master',
    spec: { nodeCredentials: { secretRef: { name: 'a' } } },
    field: 'spec.nodeCredentials.secretRef',
    message: 'Forbidden: secretRef is only for method SecretRef: remove secretRef, or set method to SecretRef',
    reason: 'FieldValueForbidden',
  },
];

interface SchemaCase {
  kind: Rule['kind'];
  spec: object;
  field: string;
  reason: string;
}

const schemaTable: SchemaCase[] = [
  { kind: 'pool', spec: { maxNodes: -1 }, field: 'spec.maxNodes', reason: 'FieldValueInvalid' },
  { kind: 'pool', spec: { maxNodes: 'ten' }, field: 'spec.maxNodes', reason: 'FieldValueTypeInvalid' },
  { kind: 'pool', spec: { mode: 'On' }, field: 'spec.mode', reason: 'FieldValueNotSupported' },
  { kind: 'pool', spec: { masterRef: {} }, field: 'spec.masterRef.name', reason: 'FieldValueRequired' },
  { kind: 'pool', spec: { clouds: [] }, field: 'spec.clouds', reason: 'FieldValueInvalid' },
  {
    kind: 'pool',
    spec: { clouds: [{ name: 'a' }, { name: 'a' }] },
    field: 'spec.clouds[1]',
    reason: 'FieldValueDuplicate',
  },
  {
    kind: 'pool',
    spec: { template: { flavors: ['a', 'a'] } },
    field: 'spec.template.flavors[1]',
    reason: 'FieldValueDuplicate',
  },
  { kind: 'cloud', spec: { weight: 0 }, field: 'spec.weight', reason: 'FieldValueInvalid' },
  { kind: 'cloud', spec: { limits: { memory: '64G' } }, field: 'spec.limits.memory', reason: 'FieldValueInvalid' },
  { kind: 'cloud', spec: { openstack: {} }, field: 'spec.openstack.identityRef', reason: 'FieldValueRequired' },
  {
    kind: 'master',
    spec: { condor: { host: 'h', port: 70000 } },
    field: 'spec.condor.port',
    reason: 'FieldValueInvalid',
  },
  { kind: 'node', spec: { flavor: '' }, field: 'spec.flavor', reason: 'FieldValueInvalid' },
];

/** What the CRDs refuse, in the words that a user reads at `kubectl apply`. */
export function rules(use: () => Cluster): void {
  describe('CEL rules', () => {
    for (const { kind, spec, field, message, reason = 'FieldValueInvalid' } of table) {
      it(`${kind} ${JSON.stringify(spec)}`, async () => {
        const answer = await use().raw('POST', use().path(plurals[kind]), use()[kind]('refused', spec));
        expect(answer.status).to.equal(422);
        expect(answer.json().details?.causes).to.deep.equal([{ reason, message, field }]);
      });
    }

    it('say the field in the error', async () => {
      const { error } = await failureOf(use().client.create(POOLS, use().pool('refused', { minNodes: 11 })));
      expect(error).to.be.instanceOf(KubeError);
      expect(error).to.include({ errorClass: 'Invalid', field: 'spec.minNodes', status: 422, reason: 'Invalid' });
    });

    it('keep a pool at its master', async () => {
      await use().client.create(POOLS, use().pool('faithful'));
      const answer = await use().raw('PATCH', use().path('ehosnodepools', 'faithful'), {
        spec: { masterRef: { name: 'other' } },
      });
      expect(answer.status).to.equal(422);
      expect(answer.json().details?.causes).to.deep.equal([
        {
          reason: 'FieldValueForbidden',
          message:
            "Forbidden: masterRef is immutable, it is 'main': make a new pool for the other master and delete this one",
          field: 'spec.masterRef',
        },
      ]);
    });

    it('keep the spec of a node as it was made, and let all else change', async () => {
      await use().client.create(NODES, use().node('immutable'));
      const path = use().path('ehosnodes', 'immutable');
      const refused = await use().raw('PATCH', path, { spec: { flavor: 'other' } });
      expect(refused.status).to.equal(422);
      expect(refused.json().details?.causes).to.deep.equal([
        {
          reason: 'FieldValueForbidden',
          message:
            'Forbidden: the spec of a node is immutable: delete the node, its pool makes another one if it is needed',
          field: 'spec',
        },
      ]);
      expect((await use().raw('PATCH', path, { metadata: { labels: { a: 'b' } } })).status).to.equal(200);
      expect((await use().raw('PATCH', `${path}/status`, { status: { phase: 'Ready' } })).status).to.equal(200);
    });

    it('hold for the scale subresource', async () => {
      await use().client.create(POOLS, use().pool('scaled-too-far'));
      const answer = await use().raw('PATCH', use().path('ehosnodepools', 'scaled-too-far/scale'), {
        spec: { replicas: 11 },
      });
      expect(answer.status).to.equal(422);
      expect(answer.json().message).to.include('replicas (11) must not exceed maxNodes (10)');
    });
  });

  describe('schemas', () => {
    for (const { kind, spec, field, reason } of schemaTable) {
      it(`${kind} ${JSON.stringify(spec)}`, async () => {
        const answer = await use().raw('POST', use().path(plurals[kind]), use()[kind]('refused', spec));
        expect([answer.status, answer.json().reason]).to.deep.equal([422, 'Invalid']);
        const causes = answer.json().details?.causes ?? [];
        expect(causes.filter((cause) => cause.field === field).map((cause) => cause.reason)).to.deep.equal([reason]);
      });
    }

    it('tell all violations at once', async () => {
      const spec = { maxNodes: -1, mode: 'On', clouds: [] };
      const answer = await use().raw('POST', use().path('ehosnodepools'), use().pool('refused', spec));
      const fields = (answer.json().details?.causes ?? []).map((cause) => cause.field);
      expect(fields).to.include.members(['spec.maxNodes', 'spec.mode', 'spec.clouds']);
    });
  });
}
