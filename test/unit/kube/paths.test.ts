import { expect } from 'chai';
import { NAMESPACES, NODES, SECRETS } from '../../../src/api/resources.ts';
import { apiVersionOf, resourcePath } from '../../../src/kube/paths.ts';

describe('resourcePath', () => {
  const rows: [string, string][] = [
    [resourcePath(NODES, {}), '/apis/ehos.io/v1alpha1/ehosnodes'],
    [resourcePath(NODES, { namespace: 'a' }), '/apis/ehos.io/v1alpha1/namespaces/a/ehosnodes'],
    [resourcePath(NODES, { namespace: undefined, name: 'b' }), '/apis/ehos.io/v1alpha1/ehosnodes/b'],
    [resourcePath(NODES, { namespace: 'a', name: 'b' }), '/apis/ehos.io/v1alpha1/namespaces/a/ehosnodes/b'],
    [
      resourcePath(NODES, { namespace: 'a', name: 'b', subresource: 'status' }),
      '/apis/ehos.io/v1alpha1/namespaces/a/ehosnodes/b/status',
    ],
    [resourcePath(SECRETS, { namespace: 'a', name: 'b' }), '/api/v1/namespaces/a/secrets/b'],
    [resourcePath(NAMESPACES, { namespace: '', name: 'kube-system' }), '/api/v1/namespaces/kube-system'],
    [resourcePath(SECRETS, { namespace: '../a', name: 'b?c' }), '/api/v1/namespaces/..%2Fa/secrets/b%3Fc'],
    [
      resourcePath(
        SECRETS,
        { namespace: 'a' },
        { limit: 5, continue: undefined, labelSelector: 'x in (y,z)', empty: '' },
      ),
      '/api/v1/namespaces/a/secrets?limit=5&labelSelector=x+in+%28y%2Cz%29',
    ],
  ];
  for (const [path, expected] of rows) it(expected, () => expect(path).to.equal(expected));

  it('knows the version of a group, and of the core group', () => {
    expect([apiVersionOf(NODES), apiVersionOf(SECRETS)]).to.deep.equal(['ehos.io/v1alpha1', 'v1']);
  });
});
