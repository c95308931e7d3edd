/** One cloud under its controller; what it answers is for the test to say. */
import { CLOUDS, NODES, type EhosCloud, type EhosNode, type EhosNodeStatus } from '../../../src/api/resources.ts';
import { EhosError } from '../../../src/base/errors.ts';
import { CloudController } from '../../../src/controllers/cloud-controller.ts';
import type { CloudSnapshot } from '../../../src/domain/snapshots.ts';
import { backend, cloudSnapshot, ehosCloud, Fixture } from './fixture.ts';
import { NODE_SPEC } from './node-spec.ts';

export const SECOND = 1000;
export const MINUTE = 60 * SECOND;
export const KEY = 'ns/cloud-a';

export class CloudStage {
  readonly fixture = new Fixture();
  readonly controller = new CloudController(this.fixture.context);
  /** Passwords with which somebody logged in, in their order. */
  readonly logins: string[] = [];
  readonly closed: string[] = [];
  /** At each listing. */
  readonly volumesAsked: (boolean | undefined)[] = [];
  /** What a password must begin with. */
  password = 'right';
  observe = (): Promise<CloudSnapshot> => Promise.resolve(cloudSnapshot({ observedAt: this.fixture.clock.now() }));
  deleteServerGroups: (name: string) => Promise<void> = () => Promise.resolve();
  projectOf: (yaml: string) => string = () => 'project-1';

  constructor() {
    const { fixture, logins, closed, volumesAsked } = this;
    fixture.cloud = ({ cloudsYaml }) =>
      backend({
        connect: () => {
          logins.push(cloudsYaml);
          if (!cloudsYaml.startsWith(this.password)) return Promise.reject(new EhosError('Auth', '401 from Keystone'));
          return Promise.resolve({ projectId: this.projectOf(cloudsYaml), credentialExpiresAt: undefined });
        },
        observe: (_signal, options) => {
          volumesAsked.push(options?.volumes);
          return this.observe();
        },
        deleteServerGroups: (name) => this.deleteServerGroups(name),
        close: () => {
          closed.push(cloudsYaml);
          return Promise.resolve();
        },
      });
    fixture.kube.put(CLOUDS, ehosCloud());
    fixture.secret('openstack', { 'clouds.yaml': 'right' });
  }

  cloud(): EhosCloud {
    return this.fixture.kube.find(CLOUDS, 'cloud-a') as EhosCloud;
  }

  reason(type: string): string | undefined {
    return this.cloud().status?.conditions?.find((condition) => condition.type === type)?.reason;
  }

  /** Looks as the work queue would, for so long. */
  async run(ms: number): Promise<void> {
    const { clock } = this.fixture;
    const end = clock.now() + ms;
    while (clock.now() <= end) {
      const again = await this.controller.reconcile(KEY);
      await clock.advance(again?.afterMs ?? MINUTE);
    }
  }

  putNode(status: EhosNodeStatus = { serverID: 'server-1', booted: '2026-01-01T00:00:00Z' }): EhosNode {
    return this.fixture.kube.put<EhosNode>(NODES, {
      metadata: { name: 'node-1', uid: 'uid-1' },
      spec: NODE_SPEC,
      status,
    });
  }

  /** The admin has deleted it. */
  leave(): void {
    const { metadata, ...rest } = this.cloud();
    this.fixture.kube.put(CLOUDS, { ...rest, metadata: { ...metadata, deletionTimestamp: '2026-01-01T00:00:00Z' } });
  }
}
