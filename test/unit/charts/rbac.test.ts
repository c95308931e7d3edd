/** The chart gives the operator what config/rbac.yaml gives it, wherever it serves, and nothing else. */
import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import { parseAllDocuments } from 'yaml';
import { renderRules } from '../../../scripts/chart-rules.ts';
import { RELEASE, type ChartObject } from '../../../scripts/chart-render.ts';
import { objectsOf, withHelm } from './helm.ts';

interface Rule {
  apiGroups: string[];
  resources: string[];
  verbs: string[];
}

type Role = ChartObject & { rules: Rule[] };
type Binding = ChartObject & {
  roleRef: { kind: string; name: string };
  subjects: { name: string; namespace: string }[];
};

const source = readFileSync(new URL('../../../config/rbac.yaml', import.meta.url), 'utf8');
const wanted = parseAllDocuments(source).map((document) => document.toJS() as Role);
const rulesOf = (objects: readonly ChartObject[], kind: string): Rule[] =>
  objects.filter((object) => object.kind === kind).flatMap((object) => (object as Role).rules);
const sorted = (rules: readonly Rule[]): string[] => rules.map((rule) => JSON.stringify(rule)).sort();
/** Roles for people are another matter. */
const ofOperator = (form: string): ChartObject[] =>
  objectsOf(form).filter(({ metadata }) => !/-(view|edit|admin)$/.test(metadata.name));

withHelm('rights of the operator by the chart', () => {
  for (const form of ['default', 'minimal'])
    it(`${form}: all namespaces: exactly those of config/rbac.yaml`, () => {
      for (const kind of ['ClusterRole', 'Role'])
        expect(sorted(rulesOf(ofOperator(form), kind))).to.deep.equal(sorted(rulesOf(wanted, kind)));
    });

  it('namespaces: in each of them what all would give, and a look at itself; in the cluster only the one that names it, and Leases', () => {
    const objects = ofOperator('namespaces');
    const inCluster = rulesOf(objects, 'ClusterRole');
    expect(inCluster).to.deep.equal([
      { apiGroups: [''], resources: ['namespaces'], resourceNames: ['kube-system'], verbs: ['get'] },
      {
        apiGroups: ['coordination.k8s.io'],
        resources: ['leases'],
        resourceNames: ['ehos-operator'],
        verbs: ['list', 'watch'],
      },
    ]);
    const all = rulesOf(wanted, 'ClusterRole');
    for (const namespace of ['team-a', 'team-b']) {
      const there = objects.filter((object) => object.metadata.namespace === namespace);
      const itself = { apiGroups: [''], resources: ['namespaces'], resourceNames: [namespace], verbs: ['get'] };
      expect(sorted([...rulesOf(there, 'Role'), ...inCluster])).to.deep.equal(sorted([...all, itself]));
    }
    const own = objects.filter((object) => object.metadata.namespace === RELEASE.namespace);
    expect(rulesOf(own, 'Role')).to.deep.equal(rulesOf(wanted, 'Role'));
  });

  it('every role is bound to the account of the pods, and every binding has its role', () => {
    for (const form of ['default', 'namespaces', 'everything']) {
      const objects = ofOperator(form);
      const place = ({ kind, metadata }: ChartObject): string => `${kind} ${metadata.namespace ?? ''}/${metadata.name}`;
      const bindings = objects.filter(({ kind }) => kind.endsWith('RoleBinding')) as Binding[];
      const roles = objects.filter(({ kind }) => /^(Cluster)?Role$/.test(kind)).map(place);
      const bound = bindings.map(({ roleRef, metadata }) =>
        place({ ...roleRef, apiVersion: '', metadata: { ...metadata, name: roleRef.name } }),
      );
      expect(bound.sort()).to.deep.equal(roles.sort());
      const [account] = objects.filter(({ kind }) => kind === 'ServiceAccount');
      for (const { subjects } of bindings)
        expect(subjects).to.deep.equal([
          { kind: 'ServiceAccount', name: account!.metadata.name, namespace: RELEASE.namespace },
        ]);
    }
  });

  it('the Lease is the one that is set', () => {
    const leases = rulesOf(ofOperator('everything'), 'Role').filter(({ resources }) => resources.includes('leases'));
    expect(JSON.stringify(leases)).to.include('ehos-leader').and.not.to.include('ehos-operator');
  });

  it('roles for people hold only resources of ours, and nobody but admins makes nodes or writes status', () => {
    const people = objectsOf('default').filter(({ metadata }) => /-(view|edit|admin)$/.test(metadata.name)) as Role[];
    expect(people.map(({ metadata }) => metadata.name.split('-').at(-1))).to.deep.equal(['view', 'edit', 'admin']);
    for (const { rules, metadata } of people) {
      expect(rules.flatMap(({ apiGroups }) => apiGroups).every((group) => group === 'ehos.io')).to.equal(true);
      const writes = rules.filter(({ verbs }) => verbs.some((verb) => !['get', 'list', 'watch'].includes(verb)));
      if (metadata.name.endsWith('-view')) expect(writes).to.deep.equal([]);
      if (metadata.name.endsWith('-admin')) continue;
      expect(writes.flatMap(({ resources }) => resources).filter((name) => name.endsWith('/status'))).to.deep.equal([]);
      const made = rules.filter(({ verbs }) => verbs.includes('create')).flatMap(({ resources }) => resources);
      expect(made).not.to.include('ehosnodes');
    }
  });
});

describe('the rights that the chart is made of', () => {
  it('part what belongs to no namespace from what does', () => {
    const text = renderRules(source);
    const parts = [...text.matchAll(/define "([\w.-]+)"/g)].map((match) => match[1]);
    expect(parts).to.deep.equal(['cluster', 'served', 'own'].map((part) => `ehos-operator.rules.${part}`));
    expect(text.split('define').at(1)).to.include('kube-system').and.not.to.include('secrets');
  });

  it('are refused when a part is empty, since a template without rules gives none', () => {
    const [first = ''] = source.split('kind: Role\n');
    expect(() => renderRules(first)).to.throw('config/rbac.yaml: no rules for the part "own" of the chart');
  });
});
