/** Credentials that are renewed while the operator runs. */
import { expect } from 'chai';
import { parse, stringify } from 'yaml';
import { OpenStack } from '../../src/openstack/sdk.ts';
import type { Stage } from './bad-input-stage.ts';
import { ONE_SMALL, stageForEach } from './change-stage.ts';
import { condition, pool, type Harness } from './harness.ts';

interface Entry {
  auth: Record<string, string>;
  auth_type?: string;
}
interface File {
  clouds: Record<string, Entry>;
}

describe('rotation of credentials without a restart', function () {
  this.timeout(120_000);
  let harness: Harness;
  let stage: Stage;
  stageForEach((made) => ([stage, harness] = [made, made.harness]));

  /** clouds.yaml with the user's password for project ehos. */
  const withPassword = (): string => {
    const file = parse(stage.cloudsYaml) as File;
    const auth = { ...file.clouds['ehos-b']!.auth, project_name: 'ehos' };
    return stringify({ clouds: { ...file.clouds, ehos: { ...file.clouds['ehos-b'], auth } } });
  };
  const withCredential = (id: string, secret: string): string => {
    const file = parse(stage.cloudsYaml) as File;
    const { auth_url = '' } = file.clouds.ehos!.auth;
    const auth = { auth_url, application_credential_id: id, application_credential_secret: secret };
    return stringify({
      clouds: { ...file.clouds, ehos: { ...file.clouds.ehos, auth, auth_type: 'v3applicationcredential' } },
    });
  };

  it('a new application credential is taken up from the Secret before the old one ends, and nodes are made with it', async () => {
    const os = OpenStack.fromCloudsYaml({ text: withPassword(), cloudName: 'ehos' });
    try {
      const { userId } = await os.session.identity();
      const path = `/users/${userId}/application_credentials`;
      const make = async (name: string): Promise<{ id: string; secret: string }> => {
        const body = { application_credential: { name } };
        const answer = await os.session.request({ service: 'identity', method: 'POST', path, body });
        return (answer.body as { application_credential: { id: string; secret: string } }).application_credential;
      };
      const [old, renewed] = [await make('old'), await make('renewed')];
      await stage.patchSecret('openstack', { 'clouds.yaml': withCredential(old.id, old.secret) });
      // longer than the operator goes without reading Secrets again, and lists a cloud
      const passes = async (): Promise<void> => await harness.pass(150);
      await passes();
      await stage.patchSecret('openstack', { 'clouds.yaml': withCredential(renewed.id, renewed.secret) });
      await passes();
      // ends its tokens, too
      await os.session.request({ service: 'identity', method: 'DELETE', path: `${path}/${old.id}` });
      await harness.apply(pool(ONE_SMALL));
      harness.sandbox.pool.submit({ cpus: 1, memory: 512, disk: 1024, runSeconds: 5 });
      await harness.allJobsDone(1);
      expect(condition(await harness.cloud('cloud-a'), 'Authenticated')?.status).to.equal('True');
      const events = harness.sandbox.kube.objects('events') as unknown as { reason: string }[];
      expect(events.map(({ reason }) => reason)).to.not.include('AuthenticationFailed');
      await harness.allNodesGone();
      harness.checkPromises(1);
    } finally {
      await os.close();
    }
  });
});
