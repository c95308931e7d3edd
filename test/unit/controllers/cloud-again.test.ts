/** When a cloud is read again, and with which credentials, where something has changed meanwhile. */
import { expect } from 'chai';
import { EhosError } from '../../../src/base/errors.ts';
import { CLOUDS, NODES, SECRETS, type EhosCloud } from '../../../src/api/resources.ts';
import { CloudController } from '../../../src/controllers/cloud-controller.ts';
import { backend, cloudSnapshot, ehosCloud, Fixture } from './fixture.ts';

const MINUTE = 60_000;
const KEY = 'ns/cloud-a';

describe('a cloud that was read before', () => {
  let fixture: Fixture;
  let controller: CloudController;
  let logins: string[];
  let password: string;
  let observe: () => Promise<ReturnType<typeof cloudSnapshot>>;

  beforeEach(async () => {
    fixture = new Fixture();
    controller = new CloudController(fixture.context);
    logins = [];
    password = 'right';
    observe = () => Promise.resolve(cloudSnapshot({ observedAt: fixture.clock.now() }));
    fixture.cloud = ({ cloudsYaml }) =>
      backend({
        connect: () => {
          logins.push(cloudsYaml);
          return cloudsYaml === password
            ? Promise.resolve({ projectId: 'project-1', credentialExpiresAt: undefined })
            : Promise.reject(new EhosError('Auth', '401 from Keystone'));
        },
        observe: () => observe(),
      });
    fixture.kube.put(CLOUDS, ehosCloud());
    fixture.secret('openstack', { 'clouds.yaml': 'right' });
    await controller.reconcile(KEY);
  });

  const cloud = (): EhosCloud => fixture.kube.find(CLOUDS, 'cloud-a') as EhosCloud;
  const reason = (type: string): string | undefined =>
    cloud().status?.conditions?.find((condition) => condition.type === type)?.reason;
  /** Looks as the work queue would, for so long. */
  const run = async (ms: number): Promise<void> => {
    const end = fixture.clock.now() + ms;
    while (fixture.clock.now() <= end) {
      const again = await controller.reconcile(KEY);
      await fixture.clock.advance(again?.afterMs ?? MINUTE);
    }
  };

  it('looks at once when the clock was set back: nobody can tell how old the last listing is', async () => {
    let lists = 0;
    observe = () => {
      lists++;
      return Promise.resolve(cloudSnapshot({ observedAt: fixture.clock.now() }));
    };
    await fixture.clock.advance(-10 * MINUTE);
    expect(await controller.reconcile(KEY)).to.deep.equal({ afterMs: MINUTE });
    expect(lists).to.equal(1);
  });

  describe('that is being deleted and still has servers', () => {
    beforeEach(() => {
      const spec = { poolRef: { name: 'pool-a' }, cloudRef: { name: 'cloud-a' }, masterRef: { name: 'master' } };
      fixture.kube.put(NODES, {
        metadata: { name: 'node-1' },
        spec: { ...spec, flavor: 'm1.small', image: 'i', templateHash: 'h' },
        status: { serverID: 'server-1' },
      });
      const { metadata, ...rest } = cloud();
      fixture.kube.put(CLOUDS, { ...rest, metadata: { ...metadata, deletionTimestamp: '2026-01-01T00:00:00Z' } });
    });

    it('takes up a changed password', async () => {
      password = 'newer';
      observe = () => Promise.reject(new EhosError('Auth', '401 from Keystone'));
      await run(2 * MINUTE);
      expect(reason('Ready')).not.to.equal('Ready');
      fixture.secret('openstack', { 'clouds.yaml': 'newer' });
      observe = () => Promise.resolve(cloudSnapshot({ observedAt: fixture.clock.now() }));
      await run(2 * MINUTE);
      expect(logins.at(-1)).to.equal('newer');
      expect(reason('Synced')).to.equal('Listed');
    });

    it('goes on with what it has when its Secret is gone', async () => {
      fixture.kube.remove(SECRETS, 'openstack');
      await run(3 * MINUTE);
      expect(logins).to.deep.equal(['right']);
      expect(reason('Synced')).to.equal('Listed');
    });
  });
});
