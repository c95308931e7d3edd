import { expect } from 'chai';
import { passwordAuth, startTestSandbox } from './harness.ts';
import type { Answer, TestSandbox } from './harness.ts';

describe('sandbox OpenStack: Keystone', () => {
  let test: TestSandbox;
  beforeEach(async () => {
    test = await startTestSandbox();
  });
  afterEach(() => test.sandbox.close());

  const get = (path: string, headers: Record<string, string> = {}): Promise<Answer> =>
    test.client.request('GET', `/identity/v3${path}`, { headers });
  const post = (body: unknown): Promise<Answer> =>
    test.client.request('POST', '/identity/v3/auth/tokens', { token: null, body });

  it('refuses a token from the second of its expiry on', async () => {
    const four = 4 * 3600_000;
    await test.clock.advance(four - 1000);
    expect((await test.client.nova('GET', '/limits')).status).to.equal(200);
    await test.clock.advance(1000);
    const expired = await test.client.nova('GET', '/limits');
    expect([expired.status, expired.headers['www-authenticate']]).to.deep.equal([
      401,
      `Keystone uri="${test.sandbox.url}/identity"`,
    ]);
  });

  it('gives a token for a token, in another project', async () => {
    const identity = { methods: ['token'], token: { id: test.client.token } };
    const answer = await post({
      auth: { identity, scope: { project: { name: 'ehos-b', domain: { id: 'default' } } } },
    });
    expect(answer.body.token!.project!.name).to.equal('ehos-b');
  });

  it('finds user and project by id', async () => {
    const { user, project } = (await test.client.logIn()).body.token!;
    const identity = { methods: ['password'], password: { user: { id: user!.id, password: 'ehos' } } };
    expect((await post({ auth: { identity, scope: { project: { id: project!.id } } } })).status).to.equal(201);
  });

  const wrong: [title: string, auth: unknown][] = [
    ['an unknown user', passwordAuth('ehos', 'ehos', 'nobody')],
    [
      'another domain',
      {
        auth: {
          identity: {
            methods: ['password'],
            password: { user: { name: 'ehos', domain: { name: 'Other' }, password: 'ehos' } },
          },
        },
      },
    ],
    ['an invalid token', { auth: { identity: { methods: ['token'], token: { id: 'x' } } } }],
    [
      'an application credential of an unknown name',
      {
        auth: {
          identity: {
            methods: ['application_credential'],
            application_credential: { name: 'x', secret: 'y', user: { name: 'ehos', domain: { id: 'default' } } },
          },
        },
      },
    ],
  ];
  for (const [title, body] of wrong) {
    it(`says 401 for ${title}`, async () => {
      expect((await post(body)).status).to.equal(401);
    });
  }

  it('makes every token worthless when told', async () => {
    test.sandbox.revokeTokens();
    expect((await test.client.nova('GET', '/limits')).status).to.equal(401);
  });

  it('refuses an unscoped token in the other services', async () => {
    const token = (await post(passwordAuth())).headers['x-subject-token']!;
    expect((await test.client.request('GET', '/compute/v2.1/limits', { token })).status).to.equal(401);
    const catalog = await test.client.request('GET', '/identity/v3/auth/catalog', { token });
    expect(catalog.body.catalog).to.deep.equal([]);
  });

  it('shows the own project, user, and the projects one may enter', async () => {
    const { user, project } = (await test.client.logIn()).body.token!;
    expect((await get(`/projects/${project!.id!}`)).body.project!.name).to.equal('ehos');
    expect((await get(`/users/${user!.id!}`)).body.user!.name).to.equal('ehos');
    for (const path of ['/auth/projects', `/users/${user!.id!}/projects`]) {
      const answer = await get(path);
      expect(answer.body.projects!.map((known) => known.name)).to.deep.equal(['ehos', 'ehos-b']);
      expect(answer.body.links!.self).to.equal(`${test.sandbox.url}/identity/v3${path}`);
    }
  });

  it('lists and shows application credentials, never their secret', async () => {
    const user = (await test.client.logIn()).body.token!.user!.id!;
    const list = await get(`/users/${user}/application_credentials`);
    const [credential] = list.body.application_credentials!;
    expect(credential).to.include({ name: 'ehos-operator', expires_at: null });
    const shown = await get(`/users/${user}/application_credentials/${credential!.id!}`);
    expect(shown.body.application_credential).to.deep.equal(credential);
    expect(list.text + shown.text).to.not.include('secret');
    expect((await get(`/users/${user}/application_credentials?name=nope`)).body.application_credentials).to.deep.equal(
      [],
    );
  });

  it('refuses an application credential after its expiry', async () => {
    const user = (await test.client.logIn()).body.token!.user!.id!;
    const expires_at = new Date(test.clock.now() + 60_000).toISOString();
    const body = { application_credential: { name: 'short', secret: 's', expires_at } };
    const made = await test.client.request('POST', `/identity/v3/users/${user}/application_credentials`, { body });
    const credential = { id: made.body.application_credential!.id, secret: 's' };
    const auth = { auth: { identity: { methods: ['application_credential'], application_credential: credential } } };
    expect((await post(auth)).status).to.equal(201);
    await test.clock.advance(60_000);
    expect((await post(auth)).status).to.equal(401);
  });

  it('writes a clouds.yaml: application credential where there is one, else the password', () => {
    const all = test.sandbox.cloudsYaml();
    expect(all).to.match(/^clouds:\n {2}ehos:\n {4}auth_type: v3applicationcredential\n/);
    expect(all).to.match(/ {2}ehos-b:\n {4}auth:\n/);
    expect(test.sandbox.cloudsYaml('ehos-b')).to.not.match(/ {2}ehos:/);
  });
});
