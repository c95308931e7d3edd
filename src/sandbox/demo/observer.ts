/** What the demo shows: read from the Kubernetes API as a user would, and from the sandbox's own truth. */
import { NODES, POOLS, type EhosNode, type EhosNodePool } from '../../api/resources.ts';
import type { KubeClient } from '../../kube/types.ts';
import type { Sandbox } from '../sandbox.ts';

export interface DemoState {
  /** Seconds since the first look. */
  seconds: number;
  idle: number;
  running: number;
  completed: number;
  nodes: { name: string; phase: string; node: string; cloud: string; flavor: string }[];
  servers: number;
  decision: string;
  why: string;
}

export class Observer {
  readonly #started = performance.now();
  /** Names of all nodes ever seen. */
  readonly seenNodes = new Set<string>();
  readonly clouds = new Set<string>();
  /** Seconds until the first job was seen running, and until the last one ended. */
  firstJob: number | undefined;
  lastJob: number | undefined;
  peak = 0;

  constructor(
    private readonly client: KubeClient,
    private readonly sandbox: Sandbox,
    private readonly namespace: string,
    private readonly pool: string,
  ) {}

  /** undefined once the user has deleted it, which he may while the demo stays up. */
  async #findPool(): Promise<EhosNodePool | undefined> {
    const { items } = await this.client.list<EhosNodePool>(POOLS, this.namespace);
    return items.find(({ metadata }) => metadata.name === this.pool);
  }

  async look(): Promise<DemoState> {
    const [pool, { items }] = await Promise.all([this.#findPool(), this.client.list<EhosNode>(NODES, this.namespace)]);
    const jobs = this.sandbox.pool.jobs();
    const running = jobs.filter((job) => job.status === 'Running').length;
    const completed = this.sandbox.pool.history().length;
    const seconds = (performance.now() - this.#started) / 1000;
    for (const node of items) {
      this.seenNodes.add(node.metadata.name);
      this.clouds.add(node.spec.cloudRef.name);
    }
    this.peak = Math.max(this.peak, items.length);
    if (running + completed > 0) this.firstJob ??= seconds;
    if (completed > 0 && jobs.length === 0) this.lastJob ??= seconds;
    return {
      seconds,
      idle: jobs.length - running,
      running,
      completed,
      nodes: items.map(({ metadata, spec, status }) => ({
        name: metadata.name,
        phase: status?.phase ?? 'Pending',
        node: status?.nodeState ?? '',
        cloud: spec.cloudRef.name,
        flavor: spec.flavor,
      })),
      servers: this.sandbox.openstack.servers().length,
      decision: pool?.status?.lastDecision?.what ?? '',
      why: pool?.status?.lastDecision?.why ?? '',
    };
  }
}
