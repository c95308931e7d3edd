/** The life of a server, by the clock: scheduled, spawned or failed; deleted, lingering, gone. */
import type { Hypervisor } from '../../hypervisor.ts';
import type { Driver } from '../driver.ts';
import type { EventLog, SandboxEvent } from '../events.ts';
import type { Project, Server } from '../state.ts';
import type { Timers } from '../timers.ts';
import type { World } from '../world.ts';
import {
  attachPorts,
  attachVolumes,
  detachPorts,
  detachVolumes,
  freeVolumes,
  hasAmbiguousGroup,
} from './attachments.ts';
import { place } from './placement.ts';
import { quotaError } from './quota.ts';

/** How long a server is a mere build request: a tenth of a second on an idle real cloud. */
const SCHEDULE_MS = 100;
/** A hung scheduler and dead compute hosts are looked at again this often. */
const RETRY_MS = 1000;
/** How many deleted servers `changes-since` remembers. */
const KEEP_DELETED = 5000;

export interface LifeParts {
  world: World;
  hypervisor: Hypervisor;
  driver: Driver;
  events: EventLog;
  timers: Timers;
}

export class ServerLife {
  readonly #parts: LifeParts;
  /** Servers whose guest must still be taken away. */
  readonly #toDestroy = new Set<string>();

  constructor(parts: LifeParts) {
    this.#parts = parts;
  }

  get driver(): Driver {
    return this.#parts.driver;
  }

  /** A server that the API has just accepted. */
  begin(project: Project, server: Server): void {
    project.servers.set(server.id, server);
    this.#toDestroy.add(server.id);
    this.#event('requested', project, server);
    const spawnMs = this.#parts.driver.spawnDelayMs ?? project.cloud.spawnDelayMs;
    const scheduleMs = Math.min(SCHEDULE_MS, spawnMs);
    this.#parts.timers.after(scheduleMs, () => this.#schedule(project, server, spawnMs - scheduleMs));
  }

  /** Deletes as far as the server's state allows at once; a repeated DELETE changes nothing. */
  delete(project: Project, server: Server): void {
    if (server.taskState === 'deleting') return;
    this.#event('delete-requested', project, server);
    const spawning = server.taskState === 'spawning';
    const local = server.host === undefined;
    this.touch(server);
    server.taskState = 'deleting';
    if (local) this.#gone(project, server);
    // a driver that spawns finishes first (measured): #spawned goes on from here
    else if (!spawning) this.#removeSoon(project, server);
  }

  powerOn(project: Project, server: Server): void {
    const { hypervisor } = this.#parts;
    this.#toDestroy.add(server.id);
    const addresses = server.portIds.flatMap((id) => project.ports.get(id)?.address ?? []);
    hypervisor.boot({
      serverId: server.id,
      name: server.name,
      projectId: project.id,
      cores: server.flavor.vcpus,
      memory: server.flavor.ram,
      disk: server.bootVolume?.size ?? server.flavor.disk,
      addresses,
      userData: server.userData,
      metadata: { ...server.metadata },
    });
  }

  powerOff(server: Server): void {
    if (this.#toDestroy.delete(server.id)) this.#parts.hypervisor.destroy(server.id);
  }

  /** What its guest printed; empty while there is none. */
  console(server: Server): string {
    return this.#parts.hypervisor.console(server.id);
  }

  touch(server: Server): void {
    server.updated = this.#parts.world.clock.now();
  }

  /** The conductor makes the request a server, and says so if that was one too many. */
  #schedule(project: Project, server: Server, spawnMs: number): void {
    const { driver, timers } = this.#parts;
    if (!project.servers.has(server.id)) return;
    if (driver.schedulerDown) {
      timers.after(RETRY_MS, () => this.#schedule(project, server, spawnMs));
      return;
    }
    server.buildRequest = false;
    this.touch(server);
    const overQuota = quotaError(project, server.flavor, 0);
    if (overQuota === undefined) this.#place(project, server, spawnMs);
    else this.#fail(project, server, overQuota, 413);
  }

  #place(project: Project, server: Server, spawnMs: number): void {
    const { driver, timers, world } = this.#parts;
    if (!project.servers.has(server.id)) return;
    const placement = place(project, server, isFull(driver, server));
    if ('fault' in placement) {
      this.#fail(project, server, placement.fault);
      return;
    }
    if (driver.neverActive?.test(server.name) === true) {
      // built when the hosts come back (measured)
      timers.after(RETRY_MS, () => this.#place(project, server, spawnMs));
      return;
    }
    const noVolume = attachVolumes(world, project, server);
    if (noVolume !== undefined) {
      server.zoneShown = false;
      this.#fail(project, server, `Build of instance ${server.id} aborted: ${noVolume}`);
      return;
    }
    server.host = placement.host;
    server.taskState = 'spawning';
    if (!attachPorts(world, project, server)) {
      this.#exhausted(project, server);
      return;
    }
    timers.after(spawnMs, () => this.#spawned(project, server));
  }

  #spawned(project: Project, server: Server): void {
    const { driver, world } = this.#parts;
    if (server.taskState === 'deleting') {
      this.#removeSoon(project, server);
      return;
    }
    if (driver.failSpawn?.test(server.name) === true || hasAmbiguousGroup(project, server)) {
      this.#exhausted(project, server);
      return;
    }
    server.vmState = 'active';
    server.taskState = null;
    server.powerState = 1;
    server.addressesShown = true;
    server.launched = world.clock.now();
    this.touch(server);
    this.powerOn(project, server);
    this.#event('active', project, server);
  }

  /** Every host was tried in vain. */
  #exhausted(project: Project, server: Server): void {
    detachPorts(this.#parts.world, project, server);
    freeVolumes(this.#parts.world, project, server);
    server.host = undefined;
    server.zoneShown = false;
    const reason = `Exhausted all hosts available for retrying build failures for instance ${server.id}.`;
    this.#fail(project, server, `Exceeded maximum number of retries. ${reason}`);
  }

  #fail(project: Project, server: Server, message: string, code = 500): void {
    this.touch(server);
    server.vmState = 'error';
    server.taskState = null;
    server.fault = { code, message, at: server.updated };
    const create = server.actions.find(({ action }) => action === 'create');
    if (create && server.host === undefined) Object.assign(create, { message: 'Error', updated: server.updated });
    this.#event('error', project, server);
  }

  #removeSoon(project: Project, server: Server): void {
    const { driver, timers } = this.#parts;
    timers.after(driver.deleteDelayMs, () => {
      if (driver.failDelete?.test(server.name) === true) {
        detachPorts(this.#parts.world, project, server);
        this.#fail(project, server, 'Failed to terminate instance: the hypervisor was told to fail', 400);
      } else this.#gone(project, server);
    });
  }

  #gone(project: Project, server: Server): void {
    detachPorts(this.#parts.world, project, server);
    if (this.#parts.driver.keepsVolumes) server.volumes = [];
    else detachVolumes(this.#parts.world, project, server);
    project.servers.delete(server.id);
    this.touch(server);
    Object.assign(server, { vmState: 'deleted', taskState: null, powerState: 0, terminated: server.updated });
    if (!server.buildRequest) project.deletedServers.push(server);
    if (project.deletedServers.length > KEEP_DELETED) project.deletedServers.shift();
    this.powerOff(server);
    this.#event('gone', project, server);
  }

  #event(type: SandboxEvent['type'], project: Project, server: Server): void {
    const at = this.#parts.world.clock.now();
    this.#parts.events.add({ at, type, project: project.name, serverId: server.id, name: server.name });
  }
}

function isFull({ noValidHost, noHostFor }: Driver, { name, zone, flavor }: Server): boolean {
  if (noValidHost?.test(name) === true) return true;
  return noHostFor.some((row) => (row.zone ?? zone) === zone && (row.flavor ?? flavor.name) === flavor.name);
}
