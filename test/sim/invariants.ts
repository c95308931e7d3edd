/** What must hold at every moment, judged by what the peers know to be so. */
import type { HttpRequest } from '../../src/openstack/http.ts';
import type { KubeJson } from '../../src/sandbox/kube/json.ts';
import type { Project, Server } from '../../src/sandbox/openstack/state.ts';
import { clusterTag, LABEL_POOL } from '../../src/api/resources.ts';
import type { SimClock } from './clock.ts';
import type { Site } from './faults.ts';
import type { Peers } from './peers/world.ts';

export interface Violation {
  invariant:
    | 'job-killed'
    | 'orphan'
    | 'twin'
    | 'two-leaders'
    | 'foreign'
    | 'max-nodes'
    | 'limits'
    | 'operator-error'
    | 'not-converged'
    | 'left-over';
  message: string;
}

/** A server without a record must be gone after so long without any trouble, ms. */
const ORPHAN_MS = 45 * 60_000;
const NODE_TAG = 'ehos-node-';

export class Invariants {
  violation: Violation | undefined;
  /** Machines that the scenario kills: jobs may be lost there. */
  readonly doomed = new Set<string>();
  /** Jobs that were lost so. */
  readonly excused = new Set<string>();
  /** More than one operator was at work lately: both plan, and none knows of the other. */
  crowd = 1;
  /** Of the history of jobs. */
  #checked = 0;
  #lost = 0;
  #drained = 0;
  /** Sequence of the newest server that was looked at. */
  #newest = 0;
  readonly #asked = new Map<string, number>();
  readonly #orphans = new Map<string, number>();
  readonly #foreign = new Map<string, string>();
  readonly #foreignMachines = new Set<string>();

  constructor(
    private readonly clock: SimClock,
    private readonly peers: Peers,
  ) {}

  fail(invariant: Violation['invariant'], message: string): void {
    this.violation ??= { invariant, message };
  }

  /** What is there now belongs to others, in clouds and in the pool. */
  takeForForeign(): void {
    for (const project of this.peers.openstack.projects)
      for (const [id, what] of contentsOf(project)) this.#foreign.set(id, what);
    for (const startd of this.peers.pool.collector.startds.values()) this.#foreignMachines.add(startd.spec.machine);
  }

  isForeign(id: string): boolean {
    return this.#foreign.has(id) || this.#foreignMachines.has(id);
  }

  /** Just before the cloud does what the operator asks for. */
  beforeCloud({ method, url }: HttpRequest): void {
    if (method !== 'DELETE') return;
    const id = url.split('/').at(-1) ?? '';
    if (this.#foreign.has(id))
      this.fail('foreign', `the operator deletes ${this.#foreign.get(id) ?? ''} of somebody else`);
    const server = this.#servers().find(({ server: each }) => each.id === id)?.server;
    if (!server || this.doomed.has(server.name)) return;
    const startd = this.peers.pool.collector.startds.get(machineOf(server.name));
    if (startd?.state === 'Running' && startd.slots.size > 0)
      this.fail('job-killed', `server ${server.name} is deleted while ${startd.slots.size} jobs run there`);
  }

  /** Just before the master runs what the operator asks for. */
  beforeScript(script: string): void {
    if (!/condor_drain|INVALIDATE/.test(script)) return;
    for (const machine of this.#foreignMachines)
      if (script.includes(machine)) this.fail('foreign', `the operator touches ${machine}, which is somebody else's`);
  }

  /** Just after a call took effect. */
  afterCall({ name }: Site): void {
    if (name === 'cloud compute POST servers') {
      this.#checkSize();
      this.#checkTwins();
      this.#checkLimits();
    }
  }

  /** After every step: cheap. */
  afterStep(): void {
    const { execution, schedd } = this.peers.pool;
    for (; this.#lost < execution.killedByVmLoss.length; this.#lost++) {
      const job = execution.killedByVmLoss[this.#lost] ?? '';
      const machine = schedd.running.get(job)?.slotName.split('@')[1] ?? '';
      if (this.doomed.has(machine.split('.')[0] ?? '')) this.excused.add(job);
      else this.fail('job-killed', `job ${job} was lost with ${machine}`);
    }
    for (; this.#drained < execution.killedByDrain.length; this.#drained++)
      this.fail('job-killed', `job ${execution.killedByDrain[this.#drained] ?? ''} was evicted by a drain`);
  }

  /** Now and then: what takes a look at everything. `calm`: nothing has gone wrong for a while. */
  sweep(calm: boolean): void {
    this.#checkForeign();
    this.#checkOrphans(calm);
    this.#checkStarts();
  }

  /** Servers of ours in a project, those that are being deleted included. */
  ours(project: Project): Server[] {
    const mark = clusterTag(this.peers.kube.clusterUid);
    return [...project.servers.values()].filter(({ tags, id }) => tags.includes(mark) && !this.#foreign.has(id));
  }

  /** What is left in clouds and pool that was not there before us. */
  leftOvers(): string[] {
    const { openstack, kube, pool } = this.peers;
    const inClouds = openstack.projects.flatMap((project) =>
      [...contentsOf(project)].filter(([id]) => !this.#foreign.has(id)).map(([, what]) => `${what} in ${project.name}`),
    );
    const records = kube.objects('ehosnodes').map(({ metadata }) => `EhosNode ${metadata.name}`);
    const ads = pool.collector.visible(this.clock.now()).map(({ spec }) => spec.machine);
    const ours = ads.filter(
      (machine) => !this.#foreignMachines.has(machine) && !this.doomed.has(machine.split('.')[0] ?? ''),
    );
    return [...inClouds, ...records, ...ours.map((machine) => `the ad of ${machine}`)];
  }

  #servers(): { project: Project; server: Server }[] {
    return this.peers.openstack.projects.flatMap((project) =>
      [...project.servers.values()].map((server) => ({ project, server })),
    );
  }

  /** Servers of a pool, but for those that came late for a node that was given up: they are not wanted, and go again. */
  #checkSize(): void {
    const records = new Map(
      this.peers.kube.objects('ehosnodes').flatMap((node) => uidsOf(node).map((uid) => [uid, node])),
    );
    const living = this.#servers().flatMap(({ server }) => {
      const record = records.get(nodeUidOf(server) ?? '');
      return record && server.taskState !== 'deleting' && !isGivenUp(record) ? [{ record, name: server.name }] : [];
    });
    for (const name of this.allowed.keys()) {
      const own = living.filter(({ record }) => record.metadata.labels?.[LABEL_POOL] === name);
      const most = (this.allowed.get(name) ?? 0) * this.crowd;
      if (own.length <= most) continue;
      this.fail('max-nodes', `${name} has servers ${own.map((each) => each.name).join(', ')}, and maxNodes is ${most}`);
    }
  }

  /** Pool -> the largest maxNodes that it ever has. */
  readonly allowed = new Map<string, number>();
  /** Project -> the largest `limits.cores`. */
  readonly limitCores = new Map<string, number>();

  /** A node asks for its server once: whoever asks twice has two, sooner or later. */
  #checkTwins(): void {
    for (const { server } of this.#servers()) {
      if (server.sequence <= this.#newest) continue;
      const uid = nodeUidOf(server);
      if (uid === undefined) continue;
      const count = (this.#asked.get(uid) ?? 0) + 1;
      this.#asked.set(uid, count);
      if (count > 1) this.fail('twin', `${count} servers were made for node ${uid}`);
    }
    this.#newest = Math.max(this.#newest, ...this.#servers().map(({ server }) => server.sequence));
  }

  #checkLimits(): void {
    for (const project of this.peers.openstack.projects) {
      const limit = (this.limitCores.get(project.name) ?? Infinity) * this.crowd;
      const cores = this.ours(project).reduce((sum, { flavor }) => sum + flavor.vcpus, 0);
      if (cores > limit) this.fail('limits', `${cores} cores of ours in ${project.name}, and limits.cores is ${limit}`);
    }
  }

  #checkForeign(): void {
    const there = new Set(this.peers.openstack.projects.flatMap((project) => [...contentsOf(project).keys()]));
    for (const [id, what] of this.#foreign)
      if (!there.has(id)) this.fail('foreign', `${what} of somebody else is gone`);
    for (const machine of this.#foreignMachines) {
      const startd = this.peers.pool.collector.startds.get(machine);
      if (startd?.draining !== undefined) this.fail('foreign', `${machine} of somebody else is drained`);
    }
  }

  #checkOrphans(calm: boolean): void {
    const records = new Set(this.peers.kube.objects('ehosnodes').flatMap(uidsOf));
    const now = this.clock.now();
    for (const { server } of this.#servers()) {
      const uid = nodeUidOf(server);
      if (uid === undefined || this.#foreign.has(server.id)) continue;
      if (!calm || records.has(uid)) this.#orphans.delete(server.id);
      else if (now - (this.#orphans.get(server.id) ?? now) > ORPHAN_MS)
        this.fail('orphan', `server ${server.name} has had no record for ${ORPHAN_MS / 60_000} min`);
      else if (!this.#orphans.has(server.id)) this.#orphans.set(server.id, now);
    }
  }

  #checkStarts(): void {
    const history = this.peers.pool.history();
    // it may have been begun anew
    this.#checked = Math.min(this.#checked, history.length);
    for (; this.#checked < history.length; this.#checked++) {
      const { id, starts, outcome } = history[this.#checked]!;
      if (starts > 1 && outcome === 'Completed' && !this.excused.has(id))
        this.fail('job-killed', `job ${id} was started ${starts} times`);
    }
  }
}

export const machineOf = (server: string): string => `${server}.novalocal`;

/** Which node a server says that it belongs to. */
function nodeUidOf({ tags }: Pick<Server, 'tags'>): string | undefined {
  return tags.find((tag) => tag.startsWith(NODE_TAG))?.slice(NODE_TAG.length);
}

/** A node's own uid, and that of the lost record whose server it has taken over. */
function uidsOf(node: KubeJson): string[] {
  const { adopts } = (node.spec ?? {}) as { adopts?: string };
  return [node.metadata.uid ?? '', ...(adopts === undefined ? [] : [adopts])];
}

/** A record that has no server and will get none: what was refused, or never asked for. */
function isGivenUp({ metadata, status = {} }: KubeJson): boolean {
  const { serverID, drainRequested } = status as { serverID?: string; drainRequested?: string };
  return serverID === undefined && (metadata.deletionTimestamp !== undefined || drainRequested !== undefined);
}

/** All that a project holds and that counts or costs, by id. */
function contentsOf(project: Project): Map<string, string> {
  return new Map([
    ...[...project.servers.values()].map(({ id, name }) => [id, `server ${name}`] as const),
    ...[...project.ports.values()].map(({ id, name }) => [id, `port ${name || id}`] as const),
    ...[...project.volumes.values()].map(({ id, name }) => [id, `volume ${name || id}`] as const),
    ...[...project.floatingIps.values()].map(({ id, address }) => [id, `floating IP ${address}`] as const),
    ...[...project.serverGroups.values()].map(({ id, name }) => [id, `server group ${name}`] as const),
  ]);
}
