/** Every CEL rule of the CRDs with an object that it takes and one that it refuses, and the words of the refusal. */
import { expect } from 'chai';
import { ruleText } from '../../../scripts/reference.ts';
import { crds, kindOf, nodesOf, refusals, schemaOf } from './admission.ts';
import { manifest } from './manifests.ts';

type Changes = Record<string, unknown>;

interface RuleCase {
  kind: string;
  /** Path of the schema node that has the rule. */
  at: string;
  /** The rule's message; a part of it is enough where it is computed. */
  says: string;
  taken: Changes[];
  refused: Changes[];
  /** For rules about changes: what the object was before. */
  before?: Changes;
}

const onlyOne = (path: string, values: Changes): { taken: Changes[]; refused: Changes[] } => ({
  taken: Object.entries(values).map(([key, value]) => ({ [path]: { [key]: value } })),
  refused: [{ [path]: {} }, { [path]: values }],
});

const image = (kind: string, at: string, path = at): RuleCase => ({
  kind,
  at,
  says: 'give exactly one of id, name and tag of an image',
  ...onlyOne(path, { id: '7d5b', name: 'worker', tag: 'ehos' }),
});

const networks = (kind: string, at: string, path: string): RuleCase => ({
  kind,
  at: `${at}[]`,
  says: 'give exactly one of id and name of a network',
  taken: [{ [path]: [{ id: '7d5b' }, { name: 'private' }] }],
  refused: [{ [path]: [{}] }, { [path]: [{ id: '7d5b', name: 'private' }] }, { [path]: [{ id: '7d5b' }, {}] }],
});

const duration = (kind: string, at: string, least: string, below: string): RuleCase => ({
  kind,
  at,
  says: `must be a duration of at least ${least}, such as 90s, 15m or 1h30m`,
  taken: [{ [at]: least }, { [at]: '1h30m' }, { [at]: '720h' }],
  refused: ['', below, '0h0m0s', '5', '1m1h', '-5m', '1d', '5 m'].map((text) => ({ [at]: text })),
});

const name = (kind: string, most: number): RuleCase => ({
  kind,
  at: '',
  says: `metadata.name must have at most ${most} characters`,
  taken: [{ 'metadata.name': 'a'.repeat(most) }],
  refused: [{ 'metadata.name': 'a'.repeat(most + 1) }],
});

const cases: RuleCase[] = [
  name('EhosCloud', 63),
  name('EhosNodePool', 57),
  image('EhosCloud', 'spec.defaults.image'),
  networks('EhosCloud', 'spec.defaults.networks', 'spec.defaults.networks'),

  {
    kind: 'EhosMaster',
    at: 'spec.ssh',
    says: 'give exactly one of knownHostsRef and hostKey',
    taken: [{}, { 'spec.ssh.hostKey': undefined, 'spec.ssh.knownHostsRef': { name: 'hosts' } }],
    refused: [{ 'spec.ssh.hostKey': undefined }, { 'spec.ssh.knownHostsRef': { name: 'hosts' } }],
  },
  duration('EhosMaster', 'spec.pollInterval', '1s', '0s'),
  duration('EhosMaster', 'spec.nodeCredentials.lifetime', '10m', '9m59s'),
  {
    kind: 'EhosMaster',
    at: 'spec.nodeCredentials',
    says: 'method SecretRef needs secretRef',
    taken: [
      {},
      { 'spec.nodeCredentials': { method: 'Approve' } },
      { 'spec.nodeCredentials': { method: 'SecretRef', secretRef: { name: 'token' } } },
    ],
    refused: [{ 'spec.nodeCredentials': { method: 'SecretRef' } }],
  },
  {
    kind: 'EhosMaster',
    at: 'spec.nodeCredentials',
    says: 'secretRef is only for method SecretRef',
    taken: [{ 'spec.nodeCredentials': { method: 'TokenRequest' } }],
    refused: [
      { 'spec.nodeCredentials': { secretRef: { name: 'token' } } },
      { 'spec.nodeCredentials': { method: 'TokenRequest', secretRef: { name: 'token' } } },
    ],
  },

  {
    kind: 'EhosNodePool',
    at: 'spec',
    says: 'minNodes (11) must not exceed maxNodes (10): lower minNodes or raise maxNodes',
    taken: [{ 'spec.minNodes': 10 }, { 'spec.minNodes': 0, 'spec.maxNodes': 0 }],
    refused: [{ 'spec.minNodes': 11 }],
  },
  {
    kind: 'EhosNodePool',
    at: 'spec',
    says: 'spareNodes (11) must not exceed maxNodes (10): lower spareNodes or raise maxNodes',
    taken: [{ 'spec.spareNodes': 10 }],
    refused: [{ 'spec.spareNodes': 11 }],
  },
  {
    kind: 'EhosNodePool',
    at: 'spec',
    says: 'replicas (11) must not exceed maxNodes (10): lower replicas or raise maxNodes',
    taken: [{}, { 'spec.replicas': 0 }, { 'spec.replicas': 10 }],
    refused: [{ 'spec.replicas': 11 }],
  },
  {
    kind: 'EhosNodePool',
    at: 'spec',
    says: 'no flavor to choose from',
    taken: [
      {},
      { 'spec.template': {}, 'spec.clouds': [{ name: 'east', flavors: ['m1.small'] }] },
      { 'spec.clouds': [{ name: 'east', flavors: ['m1.small'] }, { name: 'west' }] },
    ],
    refused: [
      { 'spec.template': undefined },
      { 'spec.template': {}, 'spec.clouds': [{ name: 'east', flavors: ['m1.small'] }, { name: 'west' }] },
    ],
  },
  {
    kind: 'EhosNodePool',
    at: 'spec',
    says: 'template.serverGroupPolicy cannot be changed once it is set: make a new pool and delete this one',
    before: { 'spec.template.serverGroupPolicy': 'anti-affinity' },
    taken: [{ 'spec.template.serverGroupPolicy': 'anti-affinity', 'spec.maxNodes': 11 }],
    refused: [{}, { 'spec.template.serverGroupPolicy': 'soft-affinity' }],
  },
  {
    kind: 'EhosNodePool',
    at: 'spec',
    says: "masterRef is immutable, it is 'main'",
    before: {},
    taken: [{ 'spec.maxNodes': 11 }],
    refused: [{ 'spec.masterRef.name': 'other' }],
  },
  image('EhosNodePool', 'spec.template.image'),
  networks('EhosNodePool', 'spec.template.networks', 'spec.template.networks'),
  {
    kind: 'EhosNodePool',
    at: 'spec.clouds[].image',
    says: 'give exactly one of id, name and tag of an image',
    taken: [{ 'spec.clouds': [{ name: 'east', image: { tag: 'ehos' } }] }],
    refused: [{ 'spec.clouds': [{ name: 'east', image: { id: '7d5b', tag: 'ehos' } }] }],
  },
  {
    kind: 'EhosNodePool',
    at: 'spec.clouds[].networks[]',
    says: 'give exactly one of id and name of a network',
    taken: [{ 'spec.clouds': [{ name: 'east', networks: [{ id: '7d5b' }] }] }],
    refused: [{ 'spec.clouds': [{ name: 'east', networks: [{}] }] }],
  },
  {
    kind: 'EhosNodePool',
    at: 'spec.template.floatingNetwork',
    says: 'give exactly one of id and name of a network',
    taken: [{ 'spec.template.floatingNetwork': { name: 'public' } }],
    refused: [{ 'spec.template.floatingNetwork': {} }, { 'spec.template.floatingNetwork': { id: 'a', name: 'b' } }],
  },
  {
    kind: 'EhosNodePool',
    at: 'spec.clouds[].floatingNetwork',
    says: 'give exactly one of id and name of a network',
    taken: [{ 'spec.clouds': [{ name: 'east', floatingNetwork: { id: '7d5b' } }] }],
    refused: [{ 'spec.clouds': [{ name: 'east', floatingNetwork: {} }] }],
  },
  {
    kind: 'EhosNodePool',
    at: 'spec.template.metadata',
    says: 'a key may hold letters, digits',
    taken: [{ 'spec.template.metadata': { 'cost centre': '7', 'a_b:c.d-e': 'x' } }, { 'spec.template.metadata': {} }],
    refused: [
      { 'spec.template.metadata': { 'ehos.pool': 'x' } },
      { 'spec.template.metadata': { 'a/b': 'x' } },
      { 'spec.template.metadata': { ['k'.repeat(256)]: 'x' } },
    ],
  },
  {
    kind: 'EhosNodePool',
    at: 'spec.template.userData',
    says: 'give exactly one of inline, configMapRef and secretRef',
    ...onlyOne('spec.template.userData', {
      inline: '#cloud-config\n',
      configMapRef: { name: 'a' },
      secretRef: { name: 'b' },
    }),
  },
  {
    kind: 'EhosNodePool',
    at: 'spec.template.startdAttributes',
    says: 'an attribute name has letters, digits and underscores and must not begin with "Ehos"',
    taken: [{ 'spec.template.startdAttributes': { Site: '"north"', _x1: 'true', HasEhos: 'true' } }],
    refused: ['EhosPool', 'ehosNodeId', 'EHOSX', '1st', 'a-b', 'a b', ''].map((name) => ({
      'spec.template.startdAttributes': { [name]: 'true' },
    })),
  },
  duration('EhosNodePool', 'spec.scaleDown.consolidateAfter', '1s', '0s'),
  duration('EhosNodePool', 'spec.disruption.terminationGracePeriod', '1m', '59s'),
  duration('EhosNodePool', 'spec.disruption.expireAfter', '10m', '9m'),
  duration('EhosNodePool', 'spec.bootTimeout', '10s', '9s'),

  {
    kind: 'EhosNode',
    at: 'spec',
    says: 'the spec of a node is immutable',
    before: {},
    taken: [{}, { 'metadata.annotations': { 'ehos.io/delete-first': 'true' } }],
    refused: [{ 'spec.flavor': 'm1.large' }, { 'spec.poolRef.name': 'other' }],
  },
];

describe('CEL rules', () => {
  it('each have a case here, and each case has a rule', () => {
    // the beginning tells the rules of one place apart; values in brackets are computed
    const beginning = (text: string): string => text.replace(/ \([^)]*\)/g, '').slice(0, 20);
    const rules = crds.flatMap((crd) =>
      nodesOf(schemaOf(crd)).flatMap(({ path, schema }) =>
        (schema['x-kubernetes-validations'] ?? []).map(
          (rule) => `${kindOf(crd)} ${path}: ${beginning(ruleText(rule))}`,
        ),
      ),
    );
    expect(cases.map(({ kind, at, says }) => `${kind} ${at}: ${beginning(says)}`)).to.have.members(rules);
  });

  for (const { kind, at, says, taken, refused, before } of cases) {
    const old = before && manifest(kind, before);
    describe(`${kind} ${at}: ${says}`, () => {
      for (const changes of taken) {
        it(`takes ${JSON.stringify(changes)}`, () => expect(refusals(manifest(kind, changes), old)).to.deep.equal([]));
      }
      for (const changes of refused) {
        it(`refuses ${JSON.stringify(changes).slice(0, 120)}, and only for this`, () => {
          const problems = refusals(manifest(kind, changes), old);
          expect(problems).to.have.length(1);
          expect(problems[0]).to.contain(says);
        });
      }
    });
  }
});
