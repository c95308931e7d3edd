import { expect } from 'chai';
import { readFileSync } from 'node:fs';
import { parseAllDocuments } from 'yaml';
import { LEASE_NAME } from '../../../../src/cli/cluster.ts';
import { attributesOf, operatorRights, rightWords, type Right } from '../../../../src/cli/check/permissions.ts';

interface Rule {
  apiGroups: string[];
  resources: string[];
  resourceNames?: string[];
  verbs: string[];
}

interface Role {
  metadata: { namespace?: string };
  rules?: Rule[];
}

/** One right as text: what is granted and what is asked for are compared by it. */
const textOf = (namespace: string | undefined, { verb, group, resource, name }: Right): string =>
  [namespace ?? 'anywhere', verb, `${group}/${resource}`, name ?? 'any'].join(' ');

const granted = parseAllDocuments(readFileSync(new URL('../../../../config/rbac.yaml', import.meta.url), 'utf8'))
  .map((document) => document.toJS() as Role)
  .flatMap(({ metadata: { namespace }, rules = [] }) => rules.map((rule) => ({ namespace, rule })))
  .flatMap(({ namespace, rule: { apiGroups, resources, resourceNames = [undefined], verbs } }) =>
    apiGroups.flatMap((group) =>
      resources.flatMap((resource) =>
        resourceNames.flatMap((name) =>
          verbs.map((verb) => textOf(namespace, { verb, group, resource, ...(name === undefined ? {} : { name }) })),
        ),
      ),
    ),
  );

describe('the rights that ehos check asks for', () => {
  const rights = operatorRights({ namespace: 'ehos-system', name: LEASE_NAME });

  it('are those that config/rbac.yaml grants: each of them, where it grants them, and no other', () =>
    expect(rights.map((right) => textOf(right.namespace, right)).sort()).to.deep.equal(granted.sort()));

  it('lie outside of the namespaces that are served only where the chart grants them so', () =>
    expect(rights.filter(({ cluster }) => cluster === true).map(rightWords)).to.deep.equal([
      'get namespaces "kube-system"',
      'list leases.coordination.k8s.io "ehos-operator"',
      'watch leases.coordination.k8s.io "ehos-operator"',
    ]));

  it('are none on Leases where nobody is elected', () =>
    expect(operatorRights(undefined)).to.deep.equal(rights.filter(({ resource }) => resource !== 'leases')));

  it('are named as kubectl auth can-i takes them', () => {
    expect(rightWords({ verb: 'patch', group: 'ehos.io', resource: 'ehosnodes/status' })).to.equal(
      'patch ehosnodes.ehos.io/status',
    );
    expect(rightWords({ verb: 'get', group: '', resource: 'namespaces', name: 'kube-system' })).to.equal(
      'get namespaces "kube-system"',
    );
    const own = { group: 'coordination.k8s.io', resource: 'leases', namespace: 'ehos-system' };
    expect(rightWords({ verb: 'create', ...own })).to.equal(
      'create leases.coordination.k8s.io in namespace ehos-system',
    );
  });

  it('are asked for in a namespace, unless they lie outside all or in one of their own', () => {
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
    const own = { verb: 'create', group: 'coordination.k8s.io', resource: 'leases', namespace: 'ehos-system' };
    expect(attributesOf(own, 'ns')).to.include({ namespace: 'ehos-system' });
    expect(attributesOf(own, undefined)).to.include({ namespace: 'ehos-system' });
  });
});
