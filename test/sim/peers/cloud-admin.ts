/** Another admin of the same projects, who uses the cloud's own API. */
import type { Clock } from '../../../src/base/clock.ts';
import type { Random } from '../../../src/base/random.ts';
import type { HttpAnswer, HttpRequest, Transport } from '../../../src/openstack/http.ts';
import { OpenStack } from '../../../src/openstack/sdk.ts';
import type { OpenStackServices } from '../../../src/sandbox/openstack/sandbox.ts';
import type { Project, Server } from '../../../src/sandbox/openstack/state.ts';

export class CloudAdmin {
  constructor(
    private readonly services: OpenStackServices,
    private readonly cloudsYaml: () => string,
    private readonly parts: { clock: Clock; random: Random },
    private readonly tell: (what: string, doing: Promise<unknown>) => void,
  ) {}

  delete(project: Project, { id, name }: Server): void {
    this.tell(`openstack server delete ${name}`, this.#open(project).compute.deleteServer(id));
  }

  reboot(project: Project, { id, name }: Server): void {
    const { session } = this.#open(project);
    const path = `/servers/${id}/action`;
    const body = { reboot: { type: 'HARD' } };
    this.tell(`openstack server reboot ${name}`, session.request({ service: 'compute', method: 'POST', path, body }));
  }

  #open({ name }: Project): OpenStack {
    const transport = new DirectTransport(this.services);
    return OpenStack.fromCloudsYaml({ text: this.cloudsYaml(), cloudName: name }, { ...this.parts, transport });
  }
}

class DirectTransport implements Transport {
  constructor(private readonly services: OpenStackServices) {}

  async send({ method, url, headers, body }: HttpRequest): Promise<HttpAnswer> {
    const reply = await this.services.front.answer({ method, url, headers, body: Buffer.from(body ?? '') });
    if (!reply) throw new Error('the sandbox closed a connection by itself');
    const names = new Map(Object.entries(reply.headers).map(([name, value]) => [name.toLowerCase(), value]));
    return { status: reply.status, header: (name) => names.get(name.toLowerCase()), body: reply.body };
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}
