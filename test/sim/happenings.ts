/** Makes happen what a scenario says, and takes back what lasts for a while. */
import {
  DELETE_FIRST,
  DO_NOT_DISRUPT,
  NODES,
  POOLS,
  SECRETS,
  type EhosNodePool,
  type KubeObject,
  type ResourceType,
} from '../../src/api/resources.ts';
import type { KubeJson } from '../../src/sandbox/kube/json.ts';
import type { Project, Server } from '../../src/sandbox/openstack/state.ts';
import type { Startd } from '../../src/sandbox/condor/pool/startd.ts';
import { cloudsSecret, NAMESPACE, poolObject } from './resources.ts';
import { machineOf } from './invariants.ts';
import type { Happening } from './scenario.ts';
import type { Simulation } from './simulation.ts';

type Undo = () => void;

const pick = ({ maxNodes, minNodes, spareNodes }: EhosNodePool['spec']): object => ({ maxNodes, minNodes, spareNodes });

/** A black hole's jobs fail within a second; a slow guest takes this long to boot; a sick one dies this long after it was powered on, ms. */
const SLOW_BOOT_MS = 400_000;
const DIES_AFTER_MS = 200_000;

export class Happenings {
  readonly #undo = new Set<Undo>();
  /** Pools that are deleted, and will be made anew. */
  readonly #toCome = new Set<string>();

  constructor(private readonly sim: Simulation) {}

  /** False while something that was taken away is still to come back. */
  get complete(): boolean {
    return this.#toCome.size === 0;
  }

  /** Everything is right again. */
  heal(): void {
    for (const undo of [...this.#undo]) undo();
    this.sim.peers.guests.heal();
  }

  happen(happening: Happening): void {
    const undo = this.#begin(happening);
    if (!undo) return;
    const once = (): void => {
      if (this.#undo.delete(once)) undo();
    };
    this.#undo.add(once);
    this.sim.clock.after('forMs' in happening ? happening.forMs : 0, once);
  }

  #begin(happening: Happening): Undo | undefined {
    switch (happening.kind) {
      case 'vms-die':
        for (let i = 0; i < happening.count; i++) this.#kill(this.#server(happening.pick)?.server);
        return undefined;
      case 'server-stopped':
      case 'server-fails':
      case 'server-deleted':
      case 'server-rebooted':
        this.#change(happening.kind, this.#server(happening.pick));
        return undefined;
      case 'server-locked':
        return this.#lock(this.#server(happening.pick)?.server);
      case 'guests':
        this.#misbehave(happening.behaviour, happening.count);
        return undefined;
      case 'joins-twice':
        return this.#joinAgain(happening.pick);
      case 'node-deleted':
      case 'node-protected':
      case 'node-delete-first':
        this.#onNode(happening.kind, happening.pick);
        return undefined;
      case 'drained-by-hand':
        return this.#drain(happening.pick);
      case 'collector-restarts':
      case 'kube-compacts':
      case 'tokens-revoked':
      case 'operator-restarts':
      case 'operator-crashes':
        this.#onPeer(happening.kind);
        return undefined;
      case 'collector-down':
      case 'collector-hung':
      case 'schedd-down':
      case 'schedd-hung':
        return this.#daemon(happening.kind);
      case 'outage':
        return this.sim.outages.begin(happening.peer, happening.silent ? 'silent' : 'refused');
      case 'second-operator':
        return this.sim.secondOperator();
      case 'quota-shrinks':
        return this.#shrinkQuota(happening.pick, happening.instances);
      case 'password-changes':
        return this.#changePassword(happening.pick);
      case 'clock-step':
        this.sim.operators.machine.offsetMs += happening.ms;
        return undefined;
      case 'scheduler-down':
      case 'no-valid-host':
      case 'spawn-fails':
      case 'delete-fails':
      case 'never-active':
        return this.#hardware(happening.kind);
      case 'slow-deletes':
        return this.#slowDeletes(happening.ms);
      case 'pool-shrinks':
      case 'pool-mode':
      case 'pool-drifts':
      case 'pool-deleted':
        return this.#onPool(happening);
    }
  }

  #server(pick: number): { project: Project; server: Server } | undefined {
    const { peers, invariants } = this.sim;
    const all = peers.openstack.projects.flatMap((project) =>
      invariants.ours(project).map((server) => ({ project, server })),
    );
    const living = all.filter(({ server }) => server.vmState === 'active' && !invariants.doomed.has(server.name));
    return living[pick % Math.max(1, living.length)];
  }

  /** The machine is gone without a word; the cloud still says ACTIVE. */
  #kill(server: Server | undefined): void {
    if (!server) return;
    this.sim.invariants.doomed.add(server.name);
    this.sim.peers.guests.destroy(server.id);
  }

  #change(
    kind: 'server-stopped' | 'server-fails' | 'server-deleted' | 'server-rebooted',
    found: { project: Project; server: Server } | undefined,
  ): void {
    if (!found) return;
    const { project, server } = found;
    const { invariants } = this.sim;
    invariants.doomed.add(server.name);
    if (kind === 'server-deleted') this.sim.cloudAdmin.delete(project, server);
    else if (kind === 'server-rebooted') this.sim.cloudAdmin.reboot(project, server);
    else {
      this.sim.peers.guests.destroy(server.id);
      if (kind === 'server-stopped') Object.assign(server, { vmState: 'stopped', powerState: 4 });
      else
        Object.assign(server, {
          vmState: 'error',
          fault: { code: 500, message: 'the host has failed', at: this.sim.clock.now() },
        });
    }
  }

  #lock(server: Server | undefined): Undo | undefined {
    if (!server) return undefined;
    const set = (locked: boolean): void => void Object.assign(server, { locked, lockedByAdmin: locked });
    set(true);
    return () => set(false);
  }

  #misbehave(behaviour: (Happening & { kind: 'guests' })['behaviour'], count: number): void {
    const { guests } = this.sim.peers;
    if (behaviour === 'never-boots') guests.behave({ neverBoots: true }, count);
    else if (behaviour === 'never-joins') guests.behave({ neverJoins: true }, count);
    else if (behaviour === 'black-hole') guests.behave({ blackHole: true }, count);
    else if (behaviour === 'slow-boot') guests.behave({ bootDelayMs: SLOW_BOOT_MS }, count);
    else guests.behave({ panicAfterMs: DIES_AFTER_MS }, count);
  }

  #startd(pick: number): Startd | undefined {
    const { peers, invariants } = this.sim;
    const ours = [...peers.pool.collector.startds.values()].filter(
      ({ state, spec }) => state === 'Running' && !invariants.isForeign(spec.machine),
    );
    return ours[pick % Math.max(1, ours.length)];
  }

  /** A copy of a node appears, with the same token: a cloned machine. It is gone after a while. */
  #joinAgain(pick: number): Undo | undefined {
    const startd = this.#startd(pick);
    if (!startd) return undefined;
    const { pool } = this.sim.peers;
    const name = `${startd.spec.machine.split('.')[0] ?? ''}-copy`;
    this.sim.invariants.doomed.add(name);
    const copy = pool.join({ ...startd.spec, machine: machineOf(name), address: '10.99.0.99' });
    return () => pool.execution.vanish(copy);
  }

  #onNode(kind: 'node-deleted' | 'node-protected' | 'node-delete-first', pick: number): void {
    const nodes = this.sim.peers.kube.objects('ehosnodes');
    const node = nodes[pick % Math.max(1, nodes.length)];
    if (!node) return;
    const { name } = node.metadata;
    if (kind === 'node-deleted')
      this.sim.tell(`kubectl delete enode ${name}`, this.sim.peers.admin.delete(NODES, NAMESPACE, name));
    else {
      const annotation = kind === 'node-protected' ? DO_NOT_DISRUPT : DELETE_FIRST;
      this.#patch(NODES, name, { metadata: { annotations: { [annotation]: 'true' } } });
    }
  }

  #patch(type: ResourceType, name: string, patch: unknown): void {
    this.sim.tell(
      `kubectl patch ${type.kind} ${name} ${JSON.stringify(patch)}`,
      this.sim.peers.admin.patch(type, NAMESPACE, name, patch),
    );
  }

  /** By another admin, whose reason is not ours. */
  #drain(pick: number): Undo | undefined {
    const startd = this.#startd(pick);
    if (!startd || startd.draining) return undefined;
    const { execution } = this.sim.peers.pool;
    execution.drain(startd, { how: 'graceful', reason: 'maintenance' });
    return () => {
      if (startd.state === 'Running' && startd.draining?.reason === 'maintenance') execution.cancelDrain(startd);
    };
  }

  #onPeer(
    kind: 'collector-restarts' | 'kube-compacts' | 'tokens-revoked' | 'operator-restarts' | 'operator-crashes',
  ): void {
    const { peers, operators } = this.sim;
    if (kind === 'collector-restarts') peers.pool.restartCollector();
    else if (kind === 'kube-compacts') peers.kube.compact();
    else if (kind === 'tokens-revoked') peers.openstack.revokeTokens();
    else if (kind === 'operator-restarts') operators.stop();
    else operators.crash();
  }

  #daemon(kind: 'collector-down' | 'collector-hung' | 'schedd-down' | 'schedd-hung'): Undo {
    const { pool } = this.sim.peers;
    const state = kind.endsWith('down') ? 'Down' : 'Hung';
    if (kind.startsWith('collector')) {
      pool.collectorState = state;
      return () => (pool.collectorState = 'Up');
    }
    pool.scheddState = state;
    return () => (pool.scheddState = 'Up');
  }

  #shrinkQuota(pick: number, instances: number): Undo {
    const { openstack } = this.sim.peers;
    const project = openstack.projects[pick % openstack.projects.length]!;
    openstack.setQuota(project.name, { instances });
    return () => openstack.setQuota(project.name, { instances: project.cloud.quota.instances });
  }

  /** The user's password changes, and with it every token; the Secret follows some time later. */
  #changePassword(pick: number): Undo {
    const { openstack } = this.sim.peers;
    for (const user of openstack.projects[pick % openstack.projects.length]!.users) user.password = `new-${pick}`;
    openstack.revokeTokens();
    return () => this.#patch(SECRETS, 'openstack', cloudsSecret(this.sim.peers.openstack));
  }

  #hardware(kind: 'scheduler-down' | 'no-valid-host' | 'spawn-fails' | 'delete-fails' | 'never-active'): Undo {
    const { driver } = this.sim.peers.openstack;
    if (kind === 'scheduler-down') {
      driver.schedulerDown = true;
      return () => (driver.schedulerDown = false);
    }
    const knob = (
      {
        'no-valid-host': 'noValidHost',
        'spawn-fails': 'failSpawn',
        'delete-fails': 'failDelete',
        'never-active': 'neverActive',
      } as const
    )[kind];
    driver[knob] = /./;
    return () => (driver[knob] = undefined);
  }

  #slowDeletes(ms: number): Undo {
    const { driver } = this.sim.peers.openstack;
    const before = driver.deleteDelayMs;
    driver.deleteDelayMs = ms;
    return () => (driver.deleteDelayMs = before);
  }

  #onPool(
    happening: Happening & { kind: 'pool-shrinks' | 'pool-mode' | 'pool-drifts' | 'pool-deleted' },
  ): Undo | undefined {
    const { scenario, peers } = this.sim;
    const plan = scenario.pools[happening.pick % scenario.pools.length]!;
    const { name } = plan;
    switch (happening.kind) {
      case 'pool-shrinks':
        this.#patch(POOLS, name, {
          spec: { maxNodes: Math.min(happening.maxNodes, plan.maxNodes), minNodes: 0, spareNodes: 0 },
        });
        return () => this.#patch(POOLS, name, { spec: pick(poolObject(plan).spec) });
      case 'pool-mode':
        this.#patch(POOLS, name, { spec: { mode: happening.mode } });
        return () => this.#patch(POOLS, name, { spec: { mode: 'Active' } });
      case 'pool-drifts':
        this.#patch(POOLS, name, { spec: { template: { metadata: { drift: 'true' } } } });
        return undefined;
      case 'pool-deleted':
        if (this.#toCome.has(name)) return undefined;
        this.#toCome.add(name);
        this.sim.tell(`kubectl delete epool ${name}`, peers.admin.delete(POOLS, NAMESPACE, name));
        return () => this.#again(poolObject(plan));
    }
  }

  /** The pool is made anew, once the old one is gone. */
  #again(object: EhosNodePool): void {
    const there = (this.sim.peers.kube.objects('ehosnodepools') as (KubeJson & KubeObject)[]).some(
      ({ metadata }) => metadata.name === object.metadata.name,
    );
    if (there) {
      this.sim.clock.after(5_000, () => this.#again(object));
      return;
    }
    this.#toCome.delete(object.metadata.name);
    this.sim.tell(`kubectl apply epool ${object.metadata.name}`, this.sim.peers.admin.create(POOLS, object));
  }
}
