import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import { parseAllDocuments } from 'yaml';
import { root } from './admission.ts';

interface Rule {
  apiGroups: string[];
  resources: string[];
  verbs: string[];
  resourceNames?: string[];
}

const documents = parseAllDocuments(readFileSync(new URL('config/rbac.yaml', root), 'utf8')).map(
  (document) => document.toJS() as { kind: string; rules?: Rule[] },
);
const rules = documents.flatMap(({ rules: own = [] }) => own);

describe('config/rbac.yaml', () => {
  it('lets the operator read Secrets and ConfigMaps by name only', () => {
    for (const kind of ['secrets', 'configmaps'])
      expect(rules.filter(({ resources }) => resources.includes(kind)).flatMap(({ verbs }) => verbs)).to.deep.equal([
        'get',
      ]);
  });

  it('gives nothing to all, and of what is not ours only what is listed here', () => {
    for (const { apiGroups, resources, verbs } of rules)
      expect([...apiGroups, ...resources, ...verbs], JSON.stringify(resources)).not.to.include('*');
    const foreign = rules
      .filter(({ apiGroups }) => !apiGroups.includes('ehos.io'))
      .flatMap(({ resources }) => resources);
    expect([...new Set(foreign)].sort()).to.deep.equal(['configmaps', 'events', 'leases', 'namespaces', 'secrets']);
  });

  it('lets it look at one namespace, and at no other', () => {
    const [namespaces] = rules.filter(({ resources }) => resources.includes('namespaces'));
    expect(namespaces).to.deep.include({ resourceNames: ['kube-system'], verbs: ['get'] });
  });

  it('lets it make and delete node records, and none of the admin', () => {
    const writes = rules.filter(({ verbs }) => verbs.includes('create') || verbs.includes('delete'));
    expect(writes.flatMap(({ resources }) => resources).sort()).to.deep.equal(['ehosnodes', 'events', 'leases']);
  });

  it('lets it change one Lease of its own namespace, make one there, and see those of the same name elsewhere', () => {
    const ofLeases = (kind: string): Partial<Rule>[] =>
      documents
        .filter((document) => document.kind === kind)
        .flatMap(({ rules: own = [] }) => own)
        .filter(({ resources }) => resources.includes('leases'))
        .map(({ verbs, resourceNames }) => ({ verbs, ...(resourceNames && { resourceNames }) }));
    expect(ofLeases('Role')).to.deep.equal([
      { verbs: ['create'] },
      { verbs: ['get', 'patch'], resourceNames: ['ehos-operator'] },
    ]);
    expect(ofLeases('ClusterRole')).to.deep.equal([{ verbs: ['list', 'watch'], resourceNames: ['ehos-operator'] }]);
  });
});
