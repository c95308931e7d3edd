/** The rules of the project's own CRDs, all of them: each is broken by at least one row. Messages as a real server gives them (contract suite). */
import { expect } from 'chai';
import type { KubeJson } from '../../../../src/sandbox/kube/json.ts';
import { resourceOfCrd, type CrdSpec } from '../../../../src/sandbox/kube/custom-resource.ts';
import type { Resource } from '../../../../src/sandbox/kube/resource.ts';
import { withDefaults } from '../../../../src/sandbox/kube/schema/defaults.ts';
import type { CelRule, SchemaNode } from '../../../../src/sandbox/kube/schema/schema.ts';
import { projectCrds } from './harness.ts';

const resources = new Map(
  projectCrds()
    .map((crd) => resourceOfCrd((crd as { spec: CrdSpec }).spec))
    .map((resource): [string, Resource] => [resource.kind, resource]),
);

const GOOD: Record<string, object> = {
  EhosCloud: { openstack: { identityRef: { name: 's', cloudName: 'c' } } },
  EhosMaster: {
    ssh: { host: 'h', user: 'u', privateKeyRef: { name: 'k' }, knownHostsRef: { name: 'h' } },
    condor: { host: 'h' },
  },
  EhosNodePool: { masterRef: { name: 'm' }, maxNodes: 10, clouds: [{ name: 'c' }], template: { flavors: ['f'] } },
  EhosNode: {
    poolRef: { name: 'p' },
    cloudRef: { name: 'c' },
    masterRef: { name: 'm' },
    flavor: 'f',
    image: 'i',
    templateHash: 't',
  },
};

function objectOf(kind: string, spec: object): KubeJson {
  const object = { apiVersion: 'ehos.io/v1alpha1', kind, metadata: { name: 'x' }, spec: { ...GOOD[kind], ...spec } };
  return withDefaults(object, resources.get(kind)!.schema);
}

const faults = (kind: string, spec: object, old?: object): string[] => {
  const before = old && objectOf(kind, old);
  const causes = resources.get(kind)!.validation!.causes(objectOf(kind, spec), before, false);
  return causes.map(({ field, message }) => `${field ?? ''}: ${message}`);
};

const ssh = { host: 'h', user: 'u', privateKeyRef: { name: 'k' } };
const template = (more: object): object => ({ template: { flavors: ['f'], ...more } });
const NETWORK = 'Invalid value: give exactly one of id and name of a network';
const IMAGE = 'Invalid value: give exactly one of id, name and tag of an image';
const USER_DATA = 'Invalid value: give exactly one of inline, configMapRef and secretRef';
const KEYS =
  'Invalid value: a key may hold letters, digits, and any of - _ : . and blank, and must not begin with "ehos."';
const ATTRIBUTES =
  'Invalid value: an attribute name has letters, digits and underscores and must not begin with "Ehos"';
const HOST_KEY =
  'Invalid value: give exactly one of knownHostsRef and hostKey: by it the master is told from an impostor';
const least = (text: string, min: string): string =>
  `Invalid value: "${text}": must be a duration of at least ${min}, such as 90s, 15m or 1h30m`;

/** Kind, spec, what is said, and the spec before for rules about changes. */
const BROKEN: [kind: string, spec: object, cause: string, old?: object][] = [
  [
    'EhosNodePool',
    { minNodes: 11 },
    'spec.minNodes: Invalid value: minNodes (11) must not exceed maxNodes (10): lower minNodes or raise maxNodes',
  ],
  [
    'EhosNodePool',
    { spareNodes: 11 },
    'spec.spareNodes: Invalid value: spareNodes (11) must not exceed maxNodes (10): lower spareNodes or raise maxNodes',
  ],
  [
    'EhosNodePool',
    { replicas: 11 },
    'spec.replicas: Invalid value: replicas (11) must not exceed maxNodes (10): lower replicas or raise maxNodes',
  ],
  [
    'EhosNodePool',
    { template: {} },
    'spec.template.flavors: Required value: no flavor to choose from: give template.flavors, or flavors for every entry of clouds',
  ],
  [
    'EhosNodePool',
    { masterRef: { name: 'n' } },
    "spec.masterRef: Forbidden: masterRef is immutable, it is 'm': make a new pool for the other master and delete this one",
    {},
  ],
  ['EhosNodePool', template({ networks: [{}] }), `spec.template.networks[0]: ${NETWORK}`],
  [
    'EhosNodePool',
    template({ networks: [{ id: 'a' }, { id: 'a', name: 'b' }] }),
    `spec.template.networks[1]: ${NETWORK}`,
  ],
  ['EhosNodePool', { clouds: [{ name: 'c', networks: [{}] }] }, `spec.clouds[0].networks[0]: ${NETWORK}`],
  ['EhosCloud', { defaults: { networks: [{}] } }, `spec.defaults.networks[0]: ${NETWORK}`],
  ['EhosNodePool', template({ image: {} }), `spec.template.image: ${IMAGE}`],
  ['EhosNodePool', template({ image: { id: 'a', tag: 'b' } }), `spec.template.image: ${IMAGE}`],
  ['EhosNodePool', { clouds: [{ name: 'c', image: {} }] }, `spec.clouds[0].image: ${IMAGE}`],
  ['EhosCloud', { defaults: { image: { name: 'a', tag: 'b' } } }, `spec.defaults.image: ${IMAGE}`],
  ['EhosNodePool', template({ metadata: { 'ehos.pool': 'x' } }), `spec.template.metadata: ${KEYS}`],
  ['EhosNodePool', template({ metadata: { 'a/b': 'x' } }), `spec.template.metadata: ${KEYS}`],
  ['EhosNodePool', template({ startdAttributes: { EHOSPool: '1' } }), `spec.template.startdAttributes: ${ATTRIBUTES}`],
  ['EhosNodePool', template({ startdAttributes: { '1a': '1' } }), `spec.template.startdAttributes: ${ATTRIBUTES}`],
  ['EhosNodePool', template({ userData: {} }), `spec.template.userData: ${USER_DATA}`],
  [
    'EhosNodePool',
    template({ userData: { inline: 'a', secretRef: { name: 'b' } } }),
    `spec.template.userData: ${USER_DATA}`,
  ],
  ['EhosNodePool', { bootTimeout: '9s' }, `spec.bootTimeout: ${least('9s', '10s')}`],
  ['EhosNodePool', { bootTimeout: '' }, `spec.bootTimeout: ${least('', '10s')}`],
  ['EhosNodePool', { scaleDown: { consolidateAfter: '0s' } }, `spec.scaleDown.consolidateAfter: ${least('0s', '1s')}`],
  ['EhosMaster', { pollInterval: '0m' }, `spec.pollInterval: ${least('0m', '1s')}`],
  ['EhosMaster', { nodeCredentials: { lifetime: '9m59s' } }, `spec.nodeCredentials.lifetime: ${least('9m59s', '10m')}`],
  ['EhosMaster', { ssh }, `spec.ssh: ${HOST_KEY}`],
  [
    'EhosMaster',
    { ssh: { ...ssh, hostKey: 'ssh-ed25519 AAAA', knownHostsRef: { name: 'h' } } },
    `spec.ssh: ${HOST_KEY}`,
  ],
  [
    'EhosMaster',
    { nodeCredentials: { method: 'SecretRef' } },
    'spec.nodeCredentials.secretRef: Required value: method SecretRef needs secretRef: name the Secret that holds the token',
  ],
  [
    'EhosMaster',
    { nodeCredentials: { secretRef: { name: 't' } } },
    'spec.nodeCredentials.secretRef: Forbidden: secretRef is only for method SecretRef: remove secretRef, or set method to SecretRef',
  ],
  [
    'EhosNode',
    { flavor: 'g' },
    'spec: Forbidden: the spec of a node is immutable: delete the node, its pool makes another one if it is needed',
    {},
  ],
];

const KEPT: [kind: string, spec: object, old?: object][] = [
  ...Object.keys(GOOD).map((kind): [string, object] => [kind, {}]),
  ['EhosNode', {}, {}],
  ['EhosNodePool', { minNodes: 10, spareNodes: 10, replicas: 10 }],
  ['EhosNodePool', { template: {}, clouds: [{ name: 'c', flavors: ['f'] }] }],
  ['EhosNodePool', template({ image: { tag: 'a' }, networks: [{ name: 'n' }], metadata: { 'a b:c': 'x' } })],
  ['EhosNodePool', template({ startdAttributes: { Site: '"north"' }, userData: { inline: '#!/bin/sh' } })],
  ['EhosNodePool', { bootTimeout: '10s', scaleDown: { consolidateAfter: '1h30m' } }],
  ['EhosNodePool', { maxNodes: 20 }, {}],
  ['EhosMaster', { nodeCredentials: { method: 'SecretRef', secretRef: { name: 't' } } }],
  ['EhosMaster', { ssh: { ...ssh, hostKey: 'ssh-ed25519 AAAA' } }],
];

describe("rules of the project's CRDs", () => {
  for (const [kind, spec, cause, old] of BROKEN) {
    it(`${kind} ${JSON.stringify(spec)} is refused: ${cause.slice(0, 60)}`, () => {
      expect(faults(kind, spec, old)).to.deep.equal([cause]);
    });
  }

  for (const [kind, spec, old] of KEPT) {
    it(`${kind} ${JSON.stringify(spec)}${old ? ' after a change' : ''} is accepted`, () => {
      expect(faults(kind, spec, old)).to.deep.equal([]);
    });
  }

  for (const rule of new Set(
    [...resources.values()]
      .flatMap((resource) => rulesOf(resource.schema))
      .map((rule) => rule.message ?? rule.messageExpression ?? ''),
  )) {
    it(`has a row for: ${rule.slice(0, 60)}`, () => {
      const begin = rule.replace(/^'/, '').slice(0, 8);
      expect(BROKEN.some(([, , cause]) => cause.includes(begin))).to.equal(true);
    });
  }

  it('does not judge again what did not change (ratcheting)', () => {
    expect(faults('EhosNodePool', { minNodes: 11, mode: 'Paused' }, { minNodes: 11, mode: 'Paused' })).to.deep.equal(
      [],
    );
  });
});

function rulesOf(schema: SchemaNode): CelRule[] {
  const below = [...Object.values(schema.properties ?? {}), schema.items, schema.additionalProperties].filter(
    (node): node is SchemaNode => typeof node === 'object',
  );
  return [...(schema['x-kubernetes-validations'] ?? []), ...below.flatMap(rulesOf)];
}
