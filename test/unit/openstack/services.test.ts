import { expect } from 'chai';
import { credentialExpiry } from '../../../src/openstack/sdk.ts';
import { CINDER, GLANCE, NEUTRON, tokenReply } from './fake-transport.ts';
import { errorOf, made } from './sdk-fixture.ts';

describe('image, network, volume', () => {
  it('the newest image wins, and of two of one second always the same', async () => {
    const image = (id: string, at: string): Record<string, unknown> => ({ id, created_at: at, status: 'active' });
    const images = [
      image('a', '2026-01-01T00:00:00Z'),
      image('c', '2026-02-01T00:00:00Z'),
      image('b', '2026-02-01T00:00:00Z'),
    ];
    const { os, transport } = made({ [`GET ${GLANCE}/images`]: { body: { images } } });
    expect((await os.image.newestImage({ tag: 't', status: 'active' }))?.id).to.equal('b');
    expect(Object.fromEntries(transport.seen.at(-1)!.query)).to.deep.equal({
      limit: '1000',
      tag: 't',
      status: 'active',
      sort: 'created_at:desc',
    });
  });
  it('a name with a colon or comma is one name', async () => {
    const { os, transport } = made({ [`GET ${GLANCE}/images`]: 'glance-image-by-name-none' });
    for (const name of ['a:b', 'say "x"', 'plain']) await os.image.listImages({ name });
    expect(transport.seen.slice(-3).map((seen) => seen.query.get('name'))).to.deep.equal([
      'in:"a:b"',
      'in:"say \\"x\\""',
      'plain',
    ]);
  });
  it('reads an image', async () => {
    const { os } = made({
      [`GET ${GLANCE}/images`]: 'glance-image-by-name',
      [`GET ${GLANCE}/images/x`]: 'glance-image-hidden-by-id',
    });
    expect((await os.image.listImages({ name: 'ehos-worker' }))[0]).to.deep.include({
      name: 'ehos-worker',
      status: 'active',
      hidden: false,
    });
    expect(await os.image.getImage('x')).to.deep.include({ hidden: true });
  });
  it('reads what Neutron has', async () => {
    const { os, transport } = made({
      [`GET ${NEUTRON}/networks`]: 'neutron-network-by-name',
      [`GET ${NEUTRON}/networks/n`]: { body: { network: { id: 'n', tenant_id: 'p' } } },
      [`GET ${NEUTRON}/subnets`]: 'neutron-subnets',
      [`GET ${NEUTRON}/ports`]: 'neutron-ports-by-device',
      [`GET ${NEUTRON}/ports/p`]: 'neutron-own-port-after-delete',
      [`POST ${NEUTRON}/ports`]: 'neutron-port-create',
      [`PUT ${NEUTRON}/ports/p/tags`]: 'neutron-port-tags',
      [`DELETE ${NEUTRON}/ports/p`]: { status: 204 },
      [`GET ${NEUTRON}/security-groups`]: 'neutron-sg-by-name',
      [`POST ${NEUTRON}/security-groups`]: 'neutron-sg-create',
      [`DELETE ${NEUTRON}/security-groups/g`]: { status: 204 },
      [`GET ${NEUTRON}/floatingips`]: 'neutron-fips-by-port',
      [`GET ${NEUTRON}/floatingips/f`]: 'neutron-fip-after-delete',
      [`POST ${NEUTRON}/floatingips`]: 'neutron-fip-create',
      [`DELETE ${NEUTRON}/floatingips/f`]: { status: 204 },
    });
    const { network } = os;
    expect((await network.listNetworks({ name: 'ehos-net', external: false }))[0]).to.include({
      name: 'ehos-net',
      status: 'ACTIVE',
    });
    expect(transport.seen.at(-1)?.query.get('router:external')).to.equal('false');
    expect((await network.getNetwork('n')).projectId).to.equal('p');
    expect((await network.listSubnets({ networkId: 'n' }))[0]).to.include({ cidr: '10.20.0.0/16', ipVersion: 4 });
    expect((await network.listPorts({ deviceId: 'd', tags: ['a', 'b'] }))[0]?.deviceId).to.be.a('string');
    expect(transport.seen.at(-1)?.query.get('tags')).to.equal('a,b');
    expect((await network.getPort('p')).deviceId).to.equal(undefined);
    expect(await network.createPort({ networkId: 'n', name: 'ehos-port', securityGroups: ['g'] })).to.deep.include({
      name: 'ehos-port',
      addresses: ['10.20.1.231'],
    });
    await network.setPortTags('p', ['a']);
    expect(transport.seen.at(-1)?.body).to.deep.equal({ tags: ['a'] });
    await network.deletePort('p');
    expect((await network.listSecurityGroups({ name: 'ehos-worker' }))[0]).to.include({ name: 'ehos-worker' });
    expect(transport.seen.at(-1)?.query.getAll('fields')).to.deep.equal(['id', 'name', 'description', 'project_id']);
    expect((await network.createSecurityGroup('g', 'd')).id).to.not.equal('');
    await network.deleteSecurityGroup('g');
    expect((await network.listFloatingIps({ portId: 'p' })).length).to.be.greaterThan(0);
    expect((await network.getFloatingIp('f')).portId).to.equal(undefined);
    expect(await network.createFloatingIp({ networkId: 'n', portId: 'p' })).to.include({
      address: '203.0.113.117',
      fixedAddress: '10.20.1.90',
    });
    await network.deleteFloatingIp('f');
  });
  it('reads what Cinder has', async () => {
    const { os, transport } = made({
      [`GET ${CINDER}/volumes/detail`]: 'cinder-volumes-detail',
      [`GET ${CINDER}/volumes/v`]: { body: { volume: { id: 'v', size: 3, status: 'available' } } },
      [`POST ${CINDER}/volumes`]: { status: 202, body: { volume: { id: 'w' } } },
      [`DELETE ${CINDER}/volumes/v`]: { status: 202 },
      [`GET ${CINDER}/types`]: 'cinder-types',
      [`GET ${CINDER}/limits`]: 'cinder-limits',
    });
    expect((await os.volume.listVolumes())[0]).to.deep.include({
      status: 'in-use',
      size: 2,
      bootable: true,
      serverIds: ['a52e48e6-8cf1-49c1-8dd2-d7c88daca2b2'],
    });
    expect(await os.volume.getVolume('v')).to.include({ id: 'v', size: 3, type: undefined, bootable: false });
    expect((await os.volume.createVolume({ size: 1, type: 't', name: 'n' })).id).to.equal('w');
    expect(transport.seen.at(-1)?.body).to.deep.equal({ volume: { size: 1, name: 'n', volume_type: 't' } });
    await os.volume.deleteVolume('v');
    expect((await os.volume.listVolumeTypes()).map((type) => type.name)).to.deep.equal(['__DEFAULT__']);
    expect(await os.volume.limits()).to.deep.equal({
      maxVolumes: 10,
      usedVolumes: 2,
      maxGigabytes: 1000,
      usedGigabytes: 4,
    });
    await os.close();
    expect(transport.closed).to.equal(true);
  });
});

describe('the end of credentials', () => {
  const AUTH = 'POST http://127.0.0.1:5000/v3/auth/tokens';
  const user = { id: 'u', password_expires_at: '2030-06-01T00:00:00.000000' };
  const credential = 'GET http://127.0.0.1:5000/v3/users/u/application_credentials/a';
  const asApplication = { [AUTH]: tokenReply('t', { user: { id: 'u' }, application_credential: { id: 'a' } }) };
  it('of a password is in the token', async () => {
    expect(await credentialExpiry(made({ [AUTH]: tokenReply('t', { user }) }).os.session)).to.equal(
      Date.UTC(2030, 5, 1),
    );
    expect(await credentialExpiry(made({}).os.session)).to.equal(undefined);
  });
  it('of an application credential is read', async () => {
    const { os } = made({ ...asApplication, [credential]: 'keystone-appcred-create' });
    expect(await credentialExpiry(os.session)).to.equal(Date.UTC(2030, 0, 1));
  });
  it('is unknown when Keystone forbids to read it, and an outage is none of that', async () => {
    expect(
      await credentialExpiry(made({ ...asApplication, [credential]: 'keystone-appcred-restricted-403' }).os.session),
    ).to.equal(undefined);
    const broken = made({ ...asApplication, [credential]: { status: 404, body: '<html>nginx</html>' } });
    expect(await errorOf(credentialExpiry(broken.os.session))).to.include({ errorClass: 'Transient' });
  });
});
