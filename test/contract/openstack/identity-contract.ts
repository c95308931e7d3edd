import { expect } from 'chai';
import { EhosError, OpenStack } from '../../../src/openstack/sdk.ts';
import { errorOf, sdkOf, TokenSpy, withAuth, type ContractTarget } from './target.ts';

/** Keystone, the catalog, versions, and what a project can read. */
export function identityContract(getTarget: () => Promise<ContractTarget>): void {
  describe('identity', function () {
    this.timeout(60_000);
    let target: ContractTarget;
    let os: OpenStack;
    before(async () => {
      target = await getTarget();
      os = sdkOf(target);
    });
    after(() => os.close());

    /** A session with other values in clouds.yaml, closed after use. */
    async function asked<T>(text: string, ask: (other: OpenStack) => Promise<T>): Promise<T> {
      const other = OpenStack.fromCloudsYaml({ text, cloudName: target.cloudName });
      try {
        return await ask(other);
      } finally {
        await other.close();
      }
    }
    const identify = (text: string): Promise<unknown> => asked(text, (other) => other.session.identity());

    it('gives a token of the project for the password', async () => {
      const identity = await os.session.identity();
      expect(identity.projectId).to.match(/^[0-9a-f]{32}$/);
      expect(identity.userId).to.match(/^[0-9a-f]{32}$/);
      expect(identity.applicationCredentialId).to.equal(undefined);
    });

    const refused: [string, Record<string, string>][] = [
      ['a wrong password', { password: 'ctr-wrong-password' }],
      ['an unknown user', { username: 'ctr-nobody' }],
      ['an unknown project', { project_name: 'ctr-nowhere' }],
      ['an unknown domain', { user_domain_name: 'ctr-domain' }],
    ];
    for (const [what, auth] of refused) {
      it(`refuses ${what} with 401`, async () => {
        const error = await errorOf(identify(withAuth(target, auth)));
        expect(error).to.include({ errorClass: 'Auth', status: 401, maybeDone: false });
        expect(error.message).to.not.contain('ctr-wrong-password');
      });
    }

    it('refuses an unknown application credential with 404, which is about credentials all the same', async () => {
      const auth = { application_credential_id: '0'.repeat(32), application_credential_secret: 'ctr-secret' };
      const error = await errorOf(identify(withAuth(target, auth, { auth_type: 'v3applicationcredential' })));
      expect(error).to.include({ errorClass: 'Auth', status: 404 });
    });

    it('has compute, image and network in the catalog', async () => {
      expect(await os.session.endpoint('compute')).to.match(/^https?:\/\/.*\/v2\.1/);
      expect(await os.session.endpoint('image')).to.match(/\/v2$/);
      expect(await os.session.endpoint('network')).to.match(/\/v2\.0$/);
    });

    it('says which regions there are when the one asked for is not', async () => {
      const text = withAuth(target, {}, { region_name: 'ctr-region' });
      const error = await errorOf(asked(text, (other) => other.compute.limits()));
      expect(error).to.include({ errorClass: 'Invalid', field: 'clouds.yaml: region_name' });
      expect(error.message).to.match(/no region "ctr-region" for compute: there are "/);
    });

    it('refuses a bad token with 401 in every service', async () => {
      const headers = { 'x-auth-token': 'gAAAAABctr' };
      for (const [service, path] of [
        ['compute', '/limits'],
        ['image', '/images'],
        ['network', '/networks'],
      ] as const) {
        const base = await os.session.endpoint(service);
        const answer = await fetch(`${base}${path}`, { headers });
        expect(answer.status, service).to.equal(401);
        await answer.body?.cancel();
      }
    });

    it('is asked for a new token once when a token ends, and the call succeeds', async () => {
      const transport = new TokenSpy();
      const other = OpenStack.fromCloudsYaml({ text: target.cloudsYaml, cloudName: target.cloudName }, { transport });
      try {
        await other.session.identity();
        const headers = { 'x-auth-token': transport.token, 'x-subject-token': transport.token };
        const revoked = await fetch(`${other.session.cloud.authUrl}/auth/tokens`, { method: 'DELETE', headers });
        expect(revoked.status).to.equal(204);
        // Keystone knows at once; Nova may have validated the token lately and believe in it for some minutes
        await other.session.request({ service: 'identity', method: 'GET', path: '/auth/catalog' });
        expect(other.session.calls().get('identity POST auth')).to.equal(2);
      } finally {
        await other.close();
      }
    });

    it('speaks a microversion of 2.52 or later', async () => {
      expect(await os.compute.microversion()).to.match(/^2\.(5[2-9]|[6-9]\d)$/);
    });

    it('lists flavors with what they have', async () => {
      const flavor = (await os.compute.listFlavors()).find((candidate) => candidate.name === target.flavorName);
      if (!flavor) throw new Error(`no flavor ${target.flavorName}`);
      expect(flavor.vcpus).to.be.greaterThan(0);
      expect(flavor.ram).to.be.greaterThan(0);
      expect(await os.compute.getFlavor(flavor.id)).to.deep.equal(flavor);
    });

    it('says limits and use', async () => {
      const limits = await os.compute.limits();
      for (const what of ['Instances', 'Cores', 'Ram'] as const) {
        expect(limits[`max${what}`]).to.be.at.least(-1);
        expect(limits[`used${what}`]).to.be.at.least(0);
      }
    });

    it('says the same limits as quota set', async () => {
      const { projectId } = await os.session.identity();
      const quota = await os.compute.quotaSet(projectId);
      expect(quota.get('cores')?.limit).to.equal((await os.compute.limits()).maxCores);
    });

    it('finds image, network, security group and key pair by name', async () => {
      const image = await os.image.newestImage({ name: target.imageName, status: 'active' });
      expect(image?.status).to.equal('active');
      expect(await os.image.getImage(image?.id ?? '')).to.deep.include({ name: target.imageName });
      expect(await os.network.listNetworks({ name: target.networkName })).to.have.length(1);
      expect(await os.network.listSecurityGroups({ name: target.securityGroup })).to.have.length(1);
      expect((await os.compute.listKeyPairs()).map((pair) => pair.name)).to.include(target.keyName);
      expect(await os.compute.listAvailabilityZones()).to.not.be.empty;
    });

    it('answers an empty list for names that are not there', async () => {
      expect(await os.image.listImages({ name: 'ctr-nope' })).to.deep.equal([]);
      expect(await os.network.listNetworks({ name: 'ctr-nope' })).to.deep.equal([]);
      expect(await os.compute.listServers({ tags: ['ctr-nope'] })).to.deep.equal([]);
    });

    const missing: [string, (sdk: OpenStack) => Promise<unknown>][] = [
      ['a server', (sdk) => sdk.compute.getServer('00000000-0000-0000-0000-000000000000')],
      ['a flavor', (sdk) => sdk.compute.getFlavor('ctr-nope')],
      ['an image', (sdk) => sdk.image.getImage('00000000-0000-0000-0000-000000000000')],
      ['a network', (sdk) => sdk.network.getNetwork('00000000-0000-0000-0000-000000000000')],
    ];
    for (const [what, ask] of missing) {
      it(`says 404 for ${what} that is not there`, async () => {
        expect(await errorOf(ask(os))).to.include({ errorClass: 'NotFound', status: 404 });
      });
    }

    it("forbids to a member what is the admin's", async () => {
      const ask = os.session.request({ service: 'compute', method: 'GET', path: '/os-services' });
      expect(await errorOf(ask)).to.include({ errorClass: 'Auth', status: 403 });
    });

    it('gives each answer an id, which its error carries', async () => {
      const error = await errorOf(os.compute.getServer('ctr-nope'));
      expect(error).to.be.instanceOf(EhosError);
      expect(error.requestId).to.match(/^req-/);
    });
  });
}
