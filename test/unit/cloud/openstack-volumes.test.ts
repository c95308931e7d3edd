import { expect } from 'chai';
import { HttpFailure } from '../../../src/openstack/http.ts';
import { captured, CINDER, tokenReply, type Handler, type Reply } from '../openstack/fake-transport.ts';
import { made } from './backend-fixture.ts';

const LIMITS = `GET ${CINDER}/limits`;

/** Keystone's captured token without a volume service. */
function withoutVolumes(): Reply {
  const reply = tokenReply();
  const { token } = reply.body as { token: { catalog: { type: string }[] } };
  return tokenReply('t', { catalog: token.catalog.filter(({ type }) => !type.startsWith('volume')) });
}

describe('OpenStack backend: the quota of volumes', () => {
  it('is not asked for unless it is wanted', async () => {
    const { backend, transport } = made({ [LIMITS]: captured('cinder-limits') });
    for (const options of [undefined, { volumes: false }]) {
      const snapshot = await backend.observe(undefined, options);
      expect(snapshot.quota).to.have.all.keys('instances', 'cores', 'memory');
      expect(snapshot).to.not.have.property('volumesProblem');
    }
    expect(transport.count(LIMITS)).to.equal(0);
  });
  it('is read in one call', async () => {
    const { backend, transport } = made({ [LIMITS]: captured('cinder-limits') });
    const snapshot = await backend.observe(undefined, { volumes: true });
    expect(snapshot.quota.volumes).to.deep.equal({ limit: 10, used: 2 });
    expect(snapshot.quota.gigabytes).to.deep.equal({ limit: 1000, used: 4 });
    expect(snapshot).to.not.have.property('volumesProblem');
    expect(transport.count(LIMITS)).to.equal(1);
  });
  it('is -1 where there is none', async () => {
    const absolute = { maxTotalVolumes: -1, maxTotalVolumeGigabytes: -1, totalVolumesUsed: 3, totalGigabytesUsed: 9 };
    const { backend } = made({ [LIMITS]: { body: { limits: { rate: [], absolute } } } });
    const { quota } = await backend.observe(undefined, { volumes: true });
    expect(quota).to.deep.include({ volumes: { limit: -1, used: 3 }, gigabytes: { limit: -1, used: 9 } });
  });
  it('is absent, and nothing is wrong, in a cloud without volumes', async () => {
    const { backend, transport } = made({ 'POST http://127.0.0.1:5000/v3/auth/tokens': withoutVolumes() });
    const snapshot = await backend.observe(undefined, { volumes: true });
    expect(snapshot.quota).to.have.all.keys('instances', 'cores', 'memory');
    expect(snapshot).to.not.have.property('volumesProblem');
    expect(transport.count(LIMITS)).to.equal(0);
  });

  const failures: [string, Reply | HttpFailure | Handler, string][] = [
    ['refuses', captured('nova-os-services-403'), "volume GET /limits: 403 Policy doesn't allow"],
    ['answers nonsense', { body: '<html>' }, 'volume GET /limits: unexpected answer: no object "limits"'],
    [
      'is not there',
      new HttpFailure('unreachable', 'connect ECONNREFUSED'),
      'volume GET /limits: connect ECONNREFUSED',
    ],
  ];
  for (const [what, answer, says] of failures) {
    it(`does not spoil the listing when the volume service ${what}`, async () => {
      const { backend, clock } = made({ [LIMITS]: answer });
      const pending = backend.observe(undefined, { volumes: true });
      await clock.advance(10_000);
      const snapshot = await pending;
      expect(snapshot.quota).to.have.all.keys('instances', 'cores', 'memory');
      expect(snapshot.volumesProblem).to.contain(says);
    });
  }
  it('does not keep the listing waiting for a volume service that hangs', async () => {
    const { backend, clock } = made({
      [LIMITS]: ({ request }) =>
        new Promise((resolve) => {
          clock.after(request.timeoutMs, () => resolve(new HttpFailure('timeout', 'no answer')));
        }),
    });
    const pending = backend.observe(undefined, { volumes: true });
    await clock.advance(10_000);
    expect((await pending).volumesProblem).to.equal('volume GET /limits: no answer');
  });
});
