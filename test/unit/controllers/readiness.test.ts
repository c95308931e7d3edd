import { expect } from 'chai';
import { CLOUDS, NODES } from '../../../src/api/resources.ts';
import { EhosError } from '../../../src/base/errors.ts';
import { missingOf } from '../../../src/controllers/readiness.ts';
import type { CopyState } from '../../../src/kube/reflector.ts';

const NOW = 1_000_000;
const clouds: CopyState = { type: CLOUDS, namespace: undefined, listed: true, problem: undefined, lastContact: NOW };
const nodes: CopyState = { ...clouds, type: NODES };
const failed = (errorClass: EhosError['errorClass'], message: string, status?: number): EhosError =>
  new EhosError(errorClass, message, status === undefined ? {} : { status });

describe('what is missing', () => {
  it('is nothing when all was listed', () => expect(missingOf(undefined, [clouds, nodes], NOW)).to.deep.equal([]));

  it('is what was not listed, by name', () =>
    expect(missingOf(undefined, [clouds, { ...nodes, listed: false }], NOW)).to.deep.equal([
      'ehosnodes.ehos.io: not listed yet',
    ]));

  it('is told with its namespace where one is served', () =>
    expect(missingOf(undefined, [{ ...nodes, namespace: 'science', listed: false }], NOW)).to.deep.equal([
      'ehosnodes.ehos.io in namespace science: not listed yet',
    ]));

  for (const [what, problem, words] of [
    [
      'a CRD',
      failed('NotFound', 'list ehosclouds: 404', 404),
      'ehosclouds.ehos.io: the CRD is not installed, or not in version v1alpha1: kubectl apply -f crds/',
    ],
    [
      'a permission',
      failed('Auth', 'list ehosclouds: forbidden: no list', 403),
      'ehosclouds.ehos.io: permission is missing: list ehosclouds: forbidden: no list',
    ],
    [
      'an account',
      failed('Auth', 'list ehosclouds: Unauthorized', 401),
      "the API server does not accept the operator's credentials: list ehosclouds: Unauthorized",
    ],
    ['something else', failed('Transient', 'list ehosclouds: 500', 500), 'ehosclouds.ehos.io: list ehosclouds: 500'],
  ] as const)
    it(`is ${what}`, () =>
      expect(missingOf(undefined, [{ ...clouds, listed: false, problem }, nodes], NOW)).to.deep.equal([words]));

  it('is the API server, told once for all kinds', () => {
    const copies = [CLOUDS, NODES].map((type) => {
      const problem = failed('Transient', `list ${type.plural}: connect ECONNREFUSED 10.0.0.1:443`);
      return { ...clouds, type, listed: false, problem };
    });
    expect(missingOf(undefined, copies, NOW)).to.deep.equal([
      'the API server cannot be reached: connect ECONNREFUSED 10.0.0.1:443',
    ]);
  });

  it('is no API server that was away for a moment, and one that is for long', () => {
    const away = { ...clouds, problem: failed('Timeout', 'watch ehosclouds: no answer') };
    expect(missingOf(undefined, [{ ...away, lastContact: NOW - 60_000 }], NOW)).to.deep.equal([]);
    expect(missingOf(undefined, [{ ...away, lastContact: NOW - 120_000 }], NOW)).to.deep.equal([
      'the API server cannot be reached: no answer',
    ]);
  });

  it('is what keeps it from starting, before all else', () => {
    const obstacle = failed('Invalid', '--namespace: there is no namespace "scince" in this cluster');
    expect(missingOf(obstacle, [{ ...clouds, listed: false }], NOW)).to.deep.equal([
      '--namespace: there is no namespace "scince" in this cluster',
    ]);
  });
});
