/** Verbs and kinds that neither the recordings nor the contract suite show. */
import { expect } from 'chai';
import { celEnvironment } from '../../../../src/sandbox/kube/schema/cel-library.ts';
import type { JsonObject } from '../../../../src/sandbox/kube/json.ts';
import { fixtureCrd, Sandbox, without } from './harness.ts';

const POOLS = '/apis/rig.example.com/v1alpha1/namespaces/default/pools';
const TABLE = { accept: 'application/json;as=Table;v=v1;g=meta.k8s.io,application/json' };
const pool = (name: string, labels: Record<string, string> = {}): object => ({
  apiVersion: 'rig.example.com/v1alpha1',
  kind: 'Pool',
  metadata: { name, labels },
  spec: { cloud: 'east' },
});

describe('verbs', () => {
  let sandbox: Sandbox;
  beforeEach(async () => {
    sandbox = await Sandbox.start([fixtureCrd()]);
  });
  afterEach(() => sandbox.api.close());
  const names = (): string[] => sandbox.api.objects('pools').map((object) => object.metadata.name);

  it('deletecollection takes what is selected', async () => {
    for (const [name, tier] of [
      ['a', 'gold'],
      ['b', 'iron'],
      ['c', 'gold'],
    ] as const)
      await sandbox.ok('POST', POOLS, pool(name, { tier }));
    const { items } = (await sandbox.ok('DELETE', `${POOLS}?labelSelector=tier%3Dgold`)) as { items: object[] };
    expect(items).to.have.length(2);
    expect(names()).to.deep.equal(['b']);
  });

  it('a dry run of each verb changes nothing', async () => {
    await sandbox.ok('POST', POOLS, pool('a'));
    const before = structuredClone(sandbox.api.objects('pools'));
    await sandbox.ok('POST', `${POOLS}?dryRun=All`, pool('b'));
    await sandbox.merge(`${POOLS}/a?dryRun=All`, { spec: { maxNodes: 3 } });
    await sandbox.merge(`${POOLS}/a/status?dryRun=All`, { status: { nodes: 3 } });
    await sandbox.merge(`${POOLS}/a/scale?dryRun=All`, { spec: { replicas: 3 } });
    await sandbox.ok('DELETE', `${POOLS}/a?dryRun=All`);
    await sandbox.ok('DELETE', `${POOLS}/a`, { dryRun: ['All'] });
    expect(sandbox.api.objects('pools')).to.deep.equal(before);
  });

  it('pages over all namespaces, consistently under writes', async () => {
    for (const name of ['a', 'b', 'c', 'd']) await sandbox.ok('POST', POOLS, pool(name));
    const first = await sandbox.ok('GET', '/apis/rig.example.com/v1alpha1/pools?limit=2');
    const { continue: token, resourceVersion } = first.metadata as { continue: string; resourceVersion: string };
    await sandbox.ok('DELETE', `${POOLS}/c`);
    await sandbox.ok('POST', POOLS, pool('cc'));
    const second = await sandbox.ok('GET', `/apis/rig.example.com/v1alpha1/pools?limit=2&continue=${token}`);
    expect((second.items as { metadata: { name: string } }[]).map((item) => item.metadata.name)).to.deep.equal([
      'c',
      'd',
    ]);
    expect(second.metadata).to.deep.equal({ continue: '', resourceVersion });
  });

  it('goes on inconsistently with the token of a 410', async () => {
    for (const name of ['a', 'b', 'c']) await sandbox.ok('POST', POOLS, pool(name));
    const { metadata } = await sandbox.ok('GET', `${POOLS}?limit=1`);
    await sandbox.ok('DELETE', `${POOLS}/b`);
    sandbox.api.compact();
    const expired = await sandbox.send(
      'GET',
      `${POOLS}?limit=9&continue=${(metadata as { continue: string }).continue}`,
    );
    expect(expired.status).to.equal(410);
    const fresh = (expired.body.metadata as { continue: string }).continue;
    const rest = await sandbox.ok('GET', `${POOLS}?limit=9&continue=${fresh}`);
    expect((rest.items as { metadata: { name: string } }[]).map((item) => item.metadata.name)).to.deep.equal(['c']);
  });

  it('lists as of an exact version', async () => {
    await sandbox.ok('POST', POOLS, pool('a'));
    const { metadata } = await sandbox.ok('GET', POOLS);
    await sandbox.ok('POST', POOLS, pool('b'));
    const version = (metadata as { resourceVersion: string }).resourceVersion;
    const list = await sandbox.ok('GET', `${POOLS}?resourceVersion=${version}&resourceVersionMatch=Exact`);
    expect(list.items).to.have.length(1);
  });

  it('scales with the version of what was read', async () => {
    await sandbox.ok('POST', POOLS, pool('a'));
    const scale = await sandbox.ok('GET', `${POOLS}/a/scale`);
    expect(scale).to.deep.include({ spec: { replicas: 0 }, status: { replicas: 0 } });
    await sandbox.ok('PUT', `${POOLS}/a/scale`, { ...scale, spec: { replicas: 2 } });
    const stale = await sandbox.send('PUT', `${POOLS}/a/scale`, { ...scale, spec: { replicas: 3 } });
    expect(stale.body).to.include({ code: 409, reason: 'Conflict' });
    const json = await sandbox.send(
      'PATCH',
      `${POOLS}/a/scale`,
      [{ op: 'replace', path: '/spec/replicas', value: 4 }],
      { 'content-type': 'application/json-patch+json' },
    );
    expect(json.body.spec).to.deep.equal({ replicas: 4 });
    expect((await sandbox.ok('GET', `${POOLS}/a`)).metadata).to.include({ generation: 3 });
  });

  const badScales: [what: string, method: string, body: object, type: string, code: number][] = [
    ['a text', 'PATCH', { spec: { replicas: 'x' } }, 'application/merge-patch+json', 400],
    ['another name', 'PATCH', { metadata: { name: 'b' } }, 'application/merge-patch+json', 422],
    ['a strategic patch', 'PATCH', {}, 'application/strategic-merge-patch+json', 415],
    ['a deletion', 'DELETE', {}, 'application/json', 405],
    ['a list', 'PUT', [], 'application/json', 400],
  ];
  for (const [what, method, body, type, code] of badScales) {
    it(`refuses ${what} as a scale`, async () => {
      await sandbox.ok('POST', POOLS, pool('a'));
      expect((await sandbox.send(method, `${POOLS}/a/scale`, body, { 'content-type': type })).status).to.equal(code);
    });
  }

  it('names managers after the user agent', async () => {
    const made = await sandbox.send('POST', POOLS, pool('a'), { 'user-agent': 'kubectl-create/v1 (linux)' });
    expect(made.body.metadata).to.have.nested.property('managedFields[0].manager', 'kubectl-create');
  });

  it('keeps owners of fields for clients that do not send them', async () => {
    const made = await sandbox.ok('POST', `${POOLS}?fieldManager=one`, pool('a'));
    const metadata = without(made.metadata as JsonObject, 'managedFields');
    const put = await sandbox.ok('PUT', `${POOLS}/a?fieldManager=two`, {
      ...made,
      metadata,
      spec: { cloud: 'east', maxNodes: 3 },
    });
    const managers = (put.metadata as { managedFields: { manager: string }[] }).managedFields.map(
      (entry) => entry.manager,
    );
    expect(managers).to.deep.equal(['one', 'two']);
  });

  const reviews: [path: string, kind: string, status: object][] = [
    ['/apis/authorization.k8s.io/v1/selfsubjectaccessreviews', 'SelfSubjectAccessReview', { allowed: true }],
    ['/apis/authorization.k8s.io/v1/subjectaccessreviews', 'SubjectAccessReview', { allowed: true }],
    [
      '/apis/authorization.k8s.io/v1/namespaces/default/localsubjectaccessreviews',
      'LocalSubjectAccessReview',
      { allowed: true },
    ],
  ];
  for (const [path, kind, status] of reviews) {
    it(`${kind} is allowed`, async () => {
      const reply = await sandbox.send('POST', path, { spec: { resourceAttributes: { verb: 'get' } } });
      expect(reply.body).to.deep.include({ kind, status, spec: { resourceAttributes: { verb: 'get' } } });
      expect((await sandbox.send('GET', path)).status).to.equal(405);
    });
  }

  it('knows who asks', async () => {
    const review = await sandbox.ok('POST', '/apis/authentication.k8s.io/v1/selfsubjectreviews', {});
    expect(review.status).to.have.nested.property('userInfo.username', 'sandbox-admin');
    const token = await sandbox.ok('POST', '/apis/authentication.k8s.io/v1/tokenreviews', {});
    expect(token.status).to.include({ authenticated: true });
    const rules = await sandbox.ok('POST', '/apis/authorization.k8s.io/v1/selfsubjectrulesreviews', {});
    expect(rules.status).to.have.nested.property('resourceRules[0].verbs[0]', '*');
  });

  it('gives no token for an account that is not there', async () => {
    expect((await sandbox.send('POST', '/api/v1/namespaces/default/serviceaccounts/no/token', {})).status).to.equal(
      404,
    );
  });

  const tables: [path: string, make: [string, object], row: unknown[]][] = [
    ['/api/v1/namespaces', ['/api/v1/namespaces', { metadata: { name: 'aaa' } }], ['aaa', 'Active', '0s']],
    [
      '/api/v1/namespaces/default/secrets',
      ['/api/v1/namespaces/default/secrets', { metadata: { name: 's' }, stringData: { a: '1', b: '2' } }],
      ['s', 'Opaque', '2', '0s'],
    ],
    [
      '/api/v1/namespaces/default/configmaps',
      [
        '/api/v1/namespaces/default/configmaps',
        { metadata: { name: 'c' }, data: { a: '1' }, binaryData: { b: 'AA==' } },
      ],
      ['c', '2', '0s'],
    ],
    [
      '/apis/coordination.k8s.io/v1/namespaces/default/leases',
      [
        '/apis/coordination.k8s.io/v1/namespaces/default/leases',
        { metadata: { name: 'l' }, spec: { holderIdentity: 'me' } },
      ],
      ['l', 'me', '0s'],
    ],
  ];
  for (const [path, [target, object], row] of tables) {
    it(`shows ${path} as a table`, async () => {
      await sandbox.ok('POST', target, object);
      const { rows } = (await sandbox.send('GET', path, undefined, TABLE)).body as unknown as {
        rows: { cells: unknown[] }[];
      };
      expect(rows[0]?.cells).to.deep.equal(row);
    });
  }

  for (const api of ['/api/v1', '/apis/events.k8s.io/v1']) {
    it(`shows an event made by ${api} in both APIs, selectable by what it is about`, async () => {
      const isCore = api === '/api/v1';
      const about = { kind: 'Pool', name: 'a', namespace: 'default', apiVersion: 'rig.example.com/v1alpha1', uid: 'u' };
      const common = {
        metadata: { name: 'e' },
        type: 'Normal',
        reason: 'Made',
        action: 'Make',
        eventTime: '2026-01-01T00:00:00.000000Z',
        reportingInstance: 'i',
      };
      const event = isCore
        ? { ...common, involvedObject: about, message: 'made it', reportingComponent: 'x/op' }
        : { ...common, regarding: about, note: 'made it', reportingController: 'x/op' };
      await sandbox.ok('POST', `${api}/namespaces/default/events`, event);
      const core = await sandbox.ok(
        'GET',
        '/api/v1/namespaces/default/events?fieldSelector=involvedObject.name%3Da%2CinvolvedObject.uid%3Du',
      );
      expect(core.items).to.have.nested.property('[0].message', 'made it');
      const modern = await sandbox.ok(
        'GET',
        '/apis/events.k8s.io/v1/namespaces/default/events?fieldSelector=regarding.name%3Da',
      );
      expect(modern.items).to.have.nested.property('[0].note', 'made it');
      const table = await sandbox.send('GET', `${api}/namespaces/default/events`, undefined, TABLE);
      expect((table.body.rows as { cells: unknown[] }[])[0]?.cells.slice(0, 7)).to.deep.equal([
        '0s',
        'Normal',
        'Made',
        'pool/a',
        '',
        'x/op, i',
        'made it',
      ]);
    });
  }
});

describe('CEL functions of Kubernetes', () => {
  const rows: [expression: string, value: unknown][] = [
    [`'%s is %d of %s'.format(['a', 2, [1, 2]])`, 'a is 2 of [1, 2]'],
    [`'%.2f %x %X %o %b %% %s'.format([1.5, 255, 255, 8, 2, true])`, '1.50 ff FF 10 10 % true'],
    [`'%e'.format([1500.0])`, '1.500000e+3'],
    [`'%s'.format([{'a': 1}])`, '{a: 1}'],
    [`'abc'.charAt(1)`, 'b'],
    [`'a-b-c'.replace('-', '+')`, 'a+b+c'],
    [`'node-12'.find('[0-9]+')`, '12'],
    [`'node'.find('[0-9]+')`, ''],
    [`'1-2'.findAll('[0-9]')`, ['1', '2']],
    ['[1, 2, 3].sum()', 6n],
    ['[1.5, 2.0].sum()', 3.5],
    ['[2, 1].min()', 1n],
    ['[2, 3].max()', 3n],
    ['[1, 2, 2].isSorted()', true],
    ['[2, 1].isSorted()', false],
    [`['a', 'b'].indexOf('b')`, 1n],
    [`duration('1h') > duration('59m')`, true],
    ['self.?absent.orValue(5)', 5n],
  ];
  for (const [expression, value] of rows) {
    it(expression, () => {
      expect(celEnvironment().parse(expression)({ self: {} })).to.deep.equal(value);
    });
  }

  it('format wants a value for each place', () => {
    expect(() => celEnvironment().parse(`'%s %s'.format(['a'])`)({}) as unknown).to.throw('no value');
  });
});
