import { expect } from 'chai';
import { EhosError } from '../../../src/base/errors.ts';
import { CONFIG_MAPS, type EhosMaster, type EhosNodePool, type KubeObject } from '../../../src/api/resources.ts';
import { MasterSession } from '../../../src/controllers/master-session.ts';
import { WorkerCheck } from '../../../src/controllers/worker-check.ts';
import { workerData } from '../../../src/controllers/worker-data.ts';
import { condor, ehosMaster, ehosPool, facts, Fixture } from './fixture.ts';

const TOKEN = 'aaaa.bbbb.cccc';

describe('what a node is given', () => {
  let fixture: Fixture;
  let session: MasterSession;
  let check: WorkerCheck;
  let asked: [identity: string, lifetime: number][];

  beforeEach(() => {
    fixture = new Fixture();
    check = new WorkerCheck(fixture.context);
    session = new MasterSession(fixture.random);
    session.facts = facts;
    asked = [];
    session.condor = condor({
      obtainToken: (identity, lifetime) => {
        asked.push([identity, lifetime]);
        return Promise.resolve(TOKEN);
      },
    });
  });
  const problemOf = async (pool: EhosNodePool, master: EhosMaster = ehosMaster()): Promise<string | undefined> => {
    const problem = await check.problem(pool, master, session);
    return problem && `${problem.errorClass}: ${problem.message}`;
  };
  const dataOf = async (pool: EhosNodePool, master: EhosMaster = ehosMaster()): Promise<string> =>
    (await workerData(fixture.context, 'uid-1', { pool, master, masterSession: session })).toString('utf8');
  const withUserData = (userData: NonNullable<EhosNodePool['spec']['template']>['userData']): EhosNodePool =>
    ehosPool({ template: { flavors: ['m1.small'], ...(userData ? { userData } : {}) } });
  const putMap = (data: Record<string, string>): void =>
    void fixture.kube.put(CONFIG_MAPS, { metadata: { name: 'map' }, data } as KubeObject);
  const FOR_NODES = { 'ehos.io/for-nodes': 'true' };
  const secretRef = { method: 'SecretRef' as const, secretRef: { name: 'token', key: 'token' } };

  it('is right: nothing stands against it', async () => expect(await problemOf(ehosPool())).to.equal(undefined));

  it('cannot be told without a master: that is told elsewhere', async () => {
    expect(await check.problem(ehosPool(), undefined, session)).to.equal(undefined);
    session.facts = undefined;
    expect(await problemOf(ehosPool())).to.equal(undefined);
  });

  for (const [what, make, expected] of [
    [
      'a ConfigMap that is not there',
      () => problemOf(withUserData({ configMapRef: { name: 'none' } })),
      'Invalid: spec.template.userData.configMapRef: there is no ConfigMap "none" in namespace "ns"',
    ],
    [
      'a Secret without the key',
      () => {
        fixture.secret('own', { other: 'x' }, FOR_NODES);
        return problemOf(withUserData({ secretRef: { name: 'own' } }));
      },
      'Invalid: spec.template.userData.secretRef: Secret "own" has no key "userdata"; it has: other',
    ],
    [
      'user data that cloud-init would ignore',
      () => problemOf(withUserData({ inline: 'hello' })),
      'Invalid: spec.template.userData: cloud-init would ignore it, since its first line is "hello"',
    ],
    [
      "an attribute that is the operator's own",
      () => problemOf(ehosPool({ template: { flavors: [], startdAttributes: { START: 'true' } } })),
      'Invalid: spec.template.startdAttributes.START: is set by the operator itself',
    ],
    [
      'a master without a certificate authority',
      () => {
        session.facts = { ...facts, caCertificate: undefined };
        return problemOf(ehosPool());
      },
      'Invalid: EhosMaster "master": spec.nodeCredentials.method: Approve needs a certificate authority on the master',
    ],
    [
      'a name that is not in the certificate of the master',
      () => problemOf(ehosPool(), ehosMaster({ condor: { host: 'other.example' } })),
      'Invalid: EhosMaster "master": spec.condor.host: "other.example" is not the name in the master\'s certificate',
    ],
    [
      'a token that is not there',
      () => problemOf(ehosPool(), ehosMaster({ nodeCredentials: secretRef })),
      'Invalid: EhosMaster "master": spec.nodeCredentials.secretRef: there is no Secret "token" in namespace "ns"',
    ],
    [
      'a Secret that nobody said is for nodes, in user data',
      () => {
        fixture.secret('own', { userdata: '#!/bin/sh' });
        return problemOf(withUserData({ secretRef: { name: 'own' } }));
      },
      'Invalid: spec.template.userData.secretRef: Secret "own" would go into the user data of servers, where jobs can read it: if it is meant for them, kubectl label secret own -n ns ehos.io/for-nodes=true',
    ],
    [
      'a Secret that nobody said is for nodes, as token',
      () => {
        fixture.secret('token', { token: TOKEN });
        return problemOf(ehosPool(), ehosMaster({ nodeCredentials: secretRef }));
      },
      'Invalid: EhosMaster "master": spec.nodeCredentials.secretRef: Secret "token" would go into the user data of servers, where jobs can read it: if it is meant for them, kubectl label secret token -n ns ehos.io/for-nodes=true',
    ],
    [
      'a token that is none',
      () => {
        fixture.secret('token', { token: 'not-a-token' }, FOR_NODES);
        return problemOf(ehosPool(), ehosMaster({ nodeCredentials: secretRef }));
      },
      'Invalid: the token must be an IDTOKEN on one line',
    ],
    [
      'a master that is being deleted',
      () => problemOf(ehosPool(), ehosMaster({}, { deletionTimestamp: '2026-01-01T00:00:00Z' })),
      'Transient: EhosMaster "master" is being deleted',
    ],
    [
      'the API of Kubernetes not answering',
      () => {
        fixture.kube.failing = { line: /^get configmaps/, error: new EhosError('Timeout', 'no answer') };
        return problemOf(withUserData({ configMapRef: { name: 'map' } }));
      },
      'Timeout: no answer',
    ],
  ] as const)
    it(`${what} is found before a node is planned`, async () => {
      const found = await make();
      expect(found?.slice(0, expected.length)).to.equal(expected);
    });

  it('asks the master for no token before there is a node', async () => {
    expect(await problemOf(ehosPool(), ehosMaster({ nodeCredentials: { method: 'TokenRequest' } }))).to.equal(
      undefined,
    );
    expect(asked).to.deep.equal([]);
  });

  it('a pool whose nodes could not be prepared rests, and no other pool does', async () => {
    session.cooldowns.fail(
      'pool-a',
      { errorClass: 'Auth', reason: 'the account may not approve' },
      fixture.clock.now(),
    );
    expect(await problemOf(ehosPool())).to.equal('Transient: nodes could not be prepared: the account may not approve');
    expect(await problemOf(ehosPool({}, { name: 'pool-b' }))).to.equal(undefined);
    await fixture.clock.advance(60_000);
    expect(await problemOf(ehosPool())).to.equal(undefined);
  });

  it('a ConfigMap is read again after 5 s, and a bad one each time', async () => {
    const pool = withUserData({ configMapRef: { name: 'map' } });
    putMap({ userdata: '#!/bin/sh\n' });
    expect(await problemOf(pool)).to.equal(undefined);
    putMap({ userdata: 'bad' });
    expect(await problemOf(pool), 'believed for 5 s').to.equal(undefined);
    await fixture.clock.advance(5_000);
    expect(await problemOf(pool)).to.match(/^Invalid/);
    putMap({ userdata: '#!/bin/sh\n' });
    expect(await problemOf(pool), 'at once').to.equal(undefined);
  });

  it('a changed spec is checked at once', async () => {
    expect(await problemOf(ehosPool())).to.equal(undefined);
    const template = { flavors: [], startdAttributes: { START: 'true' } };
    expect(await problemOf(ehosPool({ template }, { generation: 2 }))).to.match(/^Invalid/);
  });

  describe('when it is made', () => {
    it('Approve: no secret is in it', async () => {
      const text = await dataOf(ehosPool());
      expect(text).to.include('BEGIN CERTIFICATE').and.to.include('ehos-node-uid-1').and.not.to.include(TOKEN);
    });

    it('TokenRequest: a token for this node, for as long as the spec says', async () => {
      const nodeCredentials = { method: 'TokenRequest' as const, lifetime: '2h' };
      expect(await dataOf(ehosPool(), ehosMaster({ nodeCredentials }))).to.include(TOKEN);
      expect(asked).to.deep.equal([['ehos-node-uid-1@pool.example', 7200]]);
    });

    it("SecretRef: the admin's token, without the line break at its end", async () => {
      fixture.secret('token', { token: `${TOKEN}\n` }, FOR_NODES);
      expect(await dataOf(ehosPool(), ehosMaster({ nodeCredentials: secretRef }))).to.include(TOKEN);
    });

    for (const [what, userData] of [
      ['inline', { inline: '#!/bin/sh\necho mine\n' }],
      ['in a ConfigMap', { configMapRef: { name: 'map' } }],
      ['in a Secret', { secretRef: { name: 'own', key: 'mine' } }],
    ] as const)
      it(`user data ${what} come first`, async () => {
        putMap({ userdata: '#!/bin/sh\necho mine\n' });
        fixture.secret('own', { mine: '#!/bin/sh\necho mine\n' }, FOR_NODES);
        const text = await dataOf(withUserData(userData));
        expect(text.indexOf('echo mine')).to.be.within(1, text.indexOf('#cloud-config'));
      });
  });
});
