import { expect } from 'chai';
import {
  conflictOf,
  look,
  lookAtForeign,
  NEVER_SEEN,
  nextStep,
  type LeaseView,
  type Step,
} from '../../../src/kube/election.ts';
import {
  NAMESPACES_SERVED,
  readLease,
  RELEASE,
  type Lease,
  type LeaseSight,
  type Scope,
} from '../../../src/kube/lease.ts';

const lease = (spec: Lease['spec'], version = '1', annotations: Record<string, string> = {}): Lease => ({
  metadata: { namespace: 'ehos-system', name: 'ehos-operator', uid: 'u', resourceVersion: version, annotations },
  spec,
});
const held = (holder: string, renewTime = '2026-01-01T00:00:00.000000Z', version = '1'): LeaseSight =>
  readLease(
    lease({ holderIdentity: holder, leaseDurationSeconds: 15, renewTime, leaseTransitions: 3 }, version, {
      [RELEASE]: 'ehos',
      [NAMESPACES_SERVED]: '*',
    }),
  );
const free = readLease(lease({ leaseDurationSeconds: 1, leaseTransitions: 3 }, '9'));

describe('what is read of a Lease', () => {
  const rows: [string, Lease['spec'], Partial<LeaseSight>][] = [
    ['nothing', undefined, { holder: undefined, durationMs: 15_000, transitions: 0 }],
    ['null', null, { holder: undefined, durationMs: 15_000, transitions: 0 }],
    ['an empty holder', { holderIdentity: '' }, { holder: undefined }],
    ['a holder of another type', { holderIdentity: { a: 1 } }, { holder: '{"a":1}' }],
    ['a duration of zero', { holderIdentity: 'b', leaseDurationSeconds: 0 }, { durationMs: 15_000 }],
    ['a negative duration', { holderIdentity: 'b', leaseDurationSeconds: -3 }, { durationMs: 15_000 }],
    ['a duration that is a text', { holderIdentity: 'b', leaseDurationSeconds: '9' }, { durationMs: 15_000 }],
    ['a duration of years', { holderIdentity: 'b', leaseDurationSeconds: 2 ** 31 - 1 }, { durationMs: 600_000 }],
    ['a short one', { holderIdentity: 'b', leaseDurationSeconds: 1 }, { durationMs: 1_000 }],
    ['transitions that are no number', { leaseTransitions: 'many' }, { transitions: 0 }],
    ['transitions', { leaseTransitions: 7 }, { transitions: 7 }],
  ];
  for (const [name, spec, expected] of rows)
    it(`${name}: ${JSON.stringify(expected)}`, () => expect(readLease(lease(spec))).to.deep.include(expected));

  const scopes: [string | undefined, Scope][] = [
    [undefined, undefined],
    ['', undefined],
    ['*', undefined],
    ['a,*', undefined],
    ['a', ['a']],
    ['a, b,', ['a', 'b']],
  ];
  for (const [text, scope] of scopes)
    it(`namespaces ${JSON.stringify(text)} are ${JSON.stringify(scope ?? 'all')}`, () => {
      const annotations = text === undefined ? {} : { [NAMESPACES_SERVED]: text };
      expect(readLease(lease({}, '1', annotations)).scope).to.deep.equal(scope);
    });
});

describe('how long a holder is left alone', () => {
  it('begins when its Lease was first seen, whatever time stands in it', () => {
    const old = look(NEVER_SEEN, held('b', '1999-01-01T00:00:00.000000Z'), 1_000);
    const future = look(NEVER_SEEN, held('b', '2099-01-01T00:00:00.000000Z'), 1_000);
    expect([old.heldUntil, future.heldUntil]).to.deep.equal([16_000, 16_000]);
  });

  it('begins anew with each renewal, and not with a look at the same', () => {
    let view = look(NEVER_SEEN, held('b', 'one'), 0);
    view = look(view, held('b', 'one', '2'), 9_000);
    expect(view.heldUntil, 'an annotation was edited').to.equal(15_000);
    expect(view.lease?.resourceVersion).to.equal('2');
    view = look(view, held('b', 'two', '3'), 10_000);
    expect(view.heldUntil).to.equal(25_000);
  });

  it('goes on when the Lease was deleted', () => {
    const view = look(look(NEVER_SEEN, held('b'), 0), undefined, 3_000);
    expect(view).to.deep.equal({ lease: undefined, heldUntil: 15_000 });
  });

  it('ends at once when it was let go', () =>
    expect(look(look(NEVER_SEEN, held('b'), 0), free, 3_000).heldUntil).to.equal(3_000));
});

describe('the next step', () => {
  const view = (sight: LeaseSight | undefined, heldUntil: number): LeaseView => ({ lease: sight, heldUntil });
  const rows: { name: string; view: LeaseView; leads?: boolean; step: Step }[] = [
    { name: 'no Lease: make it', view: NEVER_SEEN, step: { kind: 'Create' } },
    {
      name: 'another holds it: wait for the rest of its time',
      view: view(held('b'), 14_000),
      step: { kind: 'Wait', ms: 4_000 },
    },
    {
      name: 'its time is over: take it, if nobody has changed it since',
      view: view(held('b', 'x', '42'), 10_000),
      step: { kind: 'Take', resourceVersion: '42', transitions: 4 },
    },
    {
      name: 'nobody holds it: take it',
      view: view(free, 10_000),
      step: { kind: 'Take', resourceVersion: '9', transitions: 4 },
    },
    {
      name: 'it is ours, though the answer was lost: renew it',
      view: view(held('a', 'x', '42'), 99_000),
      step: { kind: 'Renew', resourceVersion: '42' },
    },
    {
      name: 'ours, while we lead: renew it',
      view: view(held('a', 'x', '42'), 0),
      leads: true,
      step: { kind: 'Renew', resourceVersion: '42' },
    },
    {
      name: 'deleted under another: wait, since that one need not know',
      view: view(undefined, 14_000),
      step: { kind: 'Wait', ms: 4_000 },
    },
    {
      name: 'deleted under us: make it again at once',
      view: view(undefined, 99_000),
      leads: true,
      step: { kind: 'Create' },
    },
  ];
  for (const { name, view: seen, leads = false, step } of rows)
    it(name, () => expect(nextStep(seen, 'a', leads, 10_000)).to.deep.equal(step));
});

describe('two installations', () => {
  const other = (scope: string, holder: string | undefined = 'pod-b', version = '1'): LeaseSight =>
    readLease({
      metadata: {
        namespace: 'two',
        name: 'ehos-operator',
        resourceVersion: version,
        annotations: { [RELEASE]: 'second', [NAMESPACES_SERVED]: scope },
      },
      spec: { holderIdentity: holder, leaseDurationSeconds: 15 },
    });
  const conflict = (scope: Scope, view: LeaseView, now = 0): string | undefined =>
    conflictOf({ release: 'ehos', scope, lease: NEVER_SEEN }, [view], now);

  const rows: [Scope, string, string | undefined][] = [
    [undefined, '*', 'all namespaces'],
    [undefined, 'a,b', 'namespaces a, b'],
    [['a'], '*', 'namespace a'],
    [['a', 'b'], 'b,c', 'namespace b'],
    [['a'], 'b', undefined],
  ];
  for (const [scope, theirs, overlap] of rows)
    it(`that serve ${scope?.join(',') ?? 'all'} and ${theirs}: ${overlap ?? 'do not meet'}`, () => {
      const said = conflict(scope, look(NEVER_SEEN, other(theirs), 0));
      if (overlap === undefined) expect(said).to.equal(undefined);
      else
        expect(said).to.equal(
          `${overlap}: served already by the release "second" in namespace two (pod-b): uninstall one of them, or give them different namespaces`,
        );
    });

  it('do not disturb each other once one of them is gone for a minute', () => {
    const view = lookAtForeign(NEVER_SEEN, other('*'), 0);
    expect(conflict(undefined, view, 74_999)).to.be.a('string');
    expect(conflict(undefined, view, 75_000)).to.equal(undefined);
  });

  it('leave each other the time of a rolling update', () => {
    const view = lookAtForeign(lookAtForeign(NEVER_SEEN, other('*'), 0), other('*', '', '2'), 5_000);
    expect(conflict(undefined, view, 64_999)).to.be.a('string');
    expect(conflict(undefined, view, 65_000)).to.equal(undefined);
  });

  it('do not wait for one that had let go before', () =>
    expect(conflict(undefined, lookAtForeign(NEVER_SEEN, other('*', ''), 0), 0)).to.equal(undefined));

  it('in one namespace follow each other when the first let its Lease go before the second came', () => {
    const letGo = { ...free, release: 'first' };
    const own = { release: 'second', scope: ['a'], lease: look(NEVER_SEEN, letGo, 5_000) };
    expect(conflictOf(own, [], 5_000)).to.equal(undefined);
  });

  it('in one namespace share the Lease: the second is told', () => {
    const own = { release: 'second', scope: ['a'], lease: look(NEVER_SEEN, held('pod-a'), 0) };
    expect(conflictOf(own, [], 0)).to.equal(
      'its Lease in namespace ehos-system is that of the release "ehos" (pod-a), and this is "second": uninstall one of them, or install it in another namespace',
    );
    expect(conflictOf(own, [], 74_999), 'its own next leader comes first').to.be.a('string');
    expect(conflictOf(own, [], 75_000), 'dead').to.equal(undefined);
  });

  it('of which the other says nothing of itself count as all', () => {
    const view = look(NEVER_SEEN, { ...held('pod-b'), scope: undefined, release: undefined }, 0);
    expect(conflict(['a'], view)).to.include('namespace a: served already by the release "unknown"');
  });
});
