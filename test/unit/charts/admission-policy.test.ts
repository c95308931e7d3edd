/** The policy's expressions, evaluated: who may write what. */
import { Environment } from '@marcbachmann/cel-js';
import { expect } from 'chai';
import { CONFIRM_LOST, DELETE_FIRST, DO_NOT_DISRUPT, FINALIZER, NOT_A_BLACK_HOLE } from '../../../src/api/resources.ts';
import { CONFIRM_ORPHANS } from '../../../src/controllers/orphan-status.ts';
import { objectsOf, withHelm } from './helm.ts';

interface Expression {
  name: string;
  expression: string;
}

interface PolicySpec {
  matchConditions: Expression[];
  variables: Expression[];
  validations: { expression: string; message?: string }[];
}

interface Request {
  username?: string;
  groups?: string[];
  operation?: string;
  resource?: string;
  subResource?: string;
}

const OPERATOR = 'system:serviceaccount:ehos-system:ehos-account';
const policy = (): PolicySpec =>
  objectsOf('everything').find(({ kind }) => kind === 'ValidatingAdmissionPolicy')?.spec as PolicySpec;

/** Undefined: let through; else the number of the validation that refuses, or its message. */
function refusal(request: Request, object: object, oldObject: object = {}): string | undefined {
  const { matchConditions, variables, validations } = policy();
  const { username = 'alice', groups = [], operation = 'UPDATE', resource = 'ehosnodepools', subResource } = request;
  const context: Record<string, unknown> = {
    object,
    oldObject,
    request: {
      userInfo: { username, groups },
      operation,
      resource: { resource },
      ...(subResource === undefined ? {} : { subResource }),
    },
    variables: {},
  };
  const cel = new Environment({ unlistedVariablesAreDyn: true, enableOptionalTypes: true });
  const value = (expression: string): unknown => cel.evaluate(expression, context);
  if (!matchConditions.every(({ expression }) => value(expression) === true)) return undefined;
  for (const { name, expression } of variables)
    context.variables = { ...(context.variables as object), [name]: value(expression) };
  const broken = validations.find(({ expression }) => value(expression) !== true);
  return broken && (broken.message ?? 'annotation');
}

const plain = { metadata: {} };
const held = { metadata: { finalizers: [FINALIZER, 'other'] } };

withHelm('the admission policy of the chart', () => {
  it('lets status be written by the operator only', () => {
    const request = { subResource: 'status' };
    expect(refusal(request, plain, plain)).to.include('status:');
    expect(refusal({ ...request, username: OPERATOR }, plain, plain)).to.equal(undefined);
  });

  it('lets EhosNodes be made by the operator, and by those who are named', () => {
    const request = { operation: 'CREATE', resource: 'ehosnodes' };
    expect(refusal(request, plain)).to.include('EhosNode:');
    expect(refusal({ ...request, resource: 'ehosclouds' }, plain)).to.equal(undefined);
    for (const username of [OPERATOR, 'backup@example.org'])
      expect(refusal({ ...request, username }, plain), username).to.equal(undefined);
    expect(refusal({ ...request, groups: ['system:masters'] }, plain)).to.equal(undefined);
    expect(refusal({ ...request, groups: ['system:authenticated'] }, plain)).to.include('EhosNode:');
  });

  it('refuses an annotation of ours that means nothing, and knows all that mean something', () => {
    const annotated = (...keys: string[]): object => ({
      metadata: { annotations: Object.fromEntries(keys.map((key) => [key, 'true'])) },
    });
    expect(refusal({}, annotated('ehos.io/do-not-disrup'), plain)).to.equal('annotation');
    expect(refusal({}, annotated('example.org/do-not-disrup'), plain)).to.equal(undefined);
    const known = [DO_NOT_DISRUPT, DELETE_FIRST, NOT_A_BLACK_HOLE, CONFIRM_LOST, CONFIRM_ORPHANS];
    expect(refusal({}, annotated(...known), plain)).to.equal(undefined);
  });

  it('lets our finalizer be removed by the operator only, and others by all', () => {
    expect(refusal({}, plain, held)).to.include('metadata.finalizers:');
    expect(refusal({}, { metadata: { finalizers: ['other'] } }, held)).to.include('metadata.finalizers:');
    expect(refusal({}, { metadata: { finalizers: [FINALIZER] } }, held)).to.equal(undefined);
    expect(refusal({ username: OPERATOR }, plain, held)).to.equal(undefined);
  });

  it('holds only where this operator serves', () => {
    const binding = objectsOf('everything').find(({ kind }) => kind === 'ValidatingAdmissionPolicyBinding');
    expect(JSON.stringify(binding?.spec)).to.include('"operator":"In","values":["team-a"]');
  });
});
