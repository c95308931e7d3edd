import { expect } from 'chai';
import { readFileSync } from 'node:fs';
import { parseAllDocuments } from 'yaml';
import { attributesOf, OPERATOR_RIGHTS, rightWords } from '../../../../src/cli/check/permissions.ts';

interface Rule {
  apiGroups: string[];
  resources: string[];
  verbs: string[];
}

describe('the rights that ehos check asks for', () => {
  const documents = parseAllDocuments(readFileSync(new URL('../../../../config/rbac.yaml', import.meta.url), 'utf8'));
  const rules = documents
    .map((document) => document.toJS() as { kind: string; rules?: Rule[] })
    .filter(({ kind }) => kind === 'ClusterRole')
    .flatMap(({ rules: found = [] }) => found);
  const granted = new Set(
    rules.flatMap(({ apiGroups, resources, verbs }) =>
      apiGroups.flatMap((group) =>
        resources.flatMap((resource) => verbs.map((verb) => `${verb} ${group}/${resource}`)),
      ),
    ),
  );
  const asked = OPERATOR_RIGHTS.map(({ verb, group, resource }) => `${verb} ${group}/${resource}`);

  it('are all granted by config/rbac.yaml', () =>
    expect(asked.filter((right) => !granted.has(right))).to.deep.equal([]));

  it('are all that it grants on our kinds', () => {
    const ours = [...granted].filter((right) => right.includes(' ehos.io/') && !right.includes('/finalizers'));
    expect(ours.filter((right) => !asked.includes(right))).to.deep.equal([]);
  });

  it('are named as kubectl auth can-i takes them', () => {
    expect(rightWords({ verb: 'patch', group: 'ehos.io', resource: 'ehosnodes/status' })).to.equal(
      'patch ehosnodes.ehos.io/status',
    );
    expect(rightWords({ verb: 'get', group: '', resource: 'namespaces', name: 'kube-system' })).to.equal(
      'get namespaces "kube-system"',
    );
  });

  it('are asked for in a namespace, unless they lie outside all', () => {
    expect(attributesOf({ verb: 'patch', group: 'ehos.io', resource: 'ehosnodes/status' }, 'ns')).to.deep.equal({
      verb: 'patch',
      group: 'ehos.io',
      resource: 'ehosnodes',
      subresource: 'status',
      namespace: 'ns',
    });
    expect(attributesOf({ verb: 'get', group: '', resource: 'namespaces', cluster: true }, 'ns')).to.not.have.property(
      'namespace',
    );
  });
});
