/** When a cloud is read again, and with which credentials, where something has changed meanwhile. */
import { expect } from 'chai';
import { EhosError } from '../../../src/base/errors.ts';
import { SECRETS } from '../../../src/api/resources.ts';
import { CloudStage, KEY, MINUTE } from './cloud-stage.ts';
import { cloudSnapshot } from './fixture.ts';

describe('a cloud that was read before', () => {
  let stage: CloudStage;
  beforeEach(async () => {
    stage = new CloudStage();
    await stage.controller.reconcile(KEY);
  });

  it('looks at once when the clock was set back: nobody can tell how old the last listing is', async () => {
    let lists = 0;
    stage.observe = () => {
      lists++;
      return Promise.resolve(cloudSnapshot({ observedAt: stage.fixture.clock.now() }));
    };
    await stage.fixture.clock.advance(-10 * MINUTE);
    expect(await stage.controller.reconcile(KEY)).to.deep.equal({ afterMs: MINUTE });
    expect(lists).to.equal(1);
  });

  describe('that is being deleted and still has servers', () => {
    beforeEach(() => {
      stage.putNode({ serverID: 'server-1' });
      stage.leave();
    });

    it('takes up a changed password', async () => {
      stage.password = 'newer';
      stage.observe = () => Promise.reject(new EhosError('Auth', '401 from Keystone'));
      await stage.run(2 * MINUTE);
      expect(stage.reason('Ready')).not.to.equal('Ready');
      stage.fixture.secret('openstack', { 'clouds.yaml': 'newer' });
      stage.observe = () => Promise.resolve(cloudSnapshot({ observedAt: stage.fixture.clock.now() }));
      await stage.run(2 * MINUTE);
      expect(stage.logins.at(-1)).to.equal('newer');
      expect(stage.reason('Synced')).to.equal('Listed');
    });

    it('goes on with what it has when its Secret is gone', async () => {
      stage.fixture.kube.remove(SECRETS, 'openstack');
      await stage.run(3 * MINUTE);
      expect(stage.logins).to.deep.equal(['right']);
      expect(stage.reason('Synced')).to.equal('Listed');
    });
  });
});
