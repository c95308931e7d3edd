/** What happens to machines: servers, their guests, and the startds on them. */
import type { Startd } from '../../../src/sandbox/condor/pool/startd.ts';
import type { Project, Server } from '../../../src/sandbox/openstack/state.ts';
import { machineOf } from '../invariants.ts';
import type { Happening } from '../scenario.ts';
import type { Simulation } from '../simulation.ts';
import type { Undo } from './undo.ts';

/** A slow guest takes this long to boot; a sick one dies this long after it was powered on, ms. */
const SLOW_BOOT_MS = 400_000;
const DIES_AFTER_MS = 200_000;

interface Found {
  project: Project;
  server: Server;
}

export function findServer(sim: Simulation, pick: number): Found | undefined {
  const { peers, invariants } = sim;
  const all = peers.openstack.projects.flatMap((project) =>
    invariants.ours(project).map((server) => ({ project, server })),
  );
  const living = all.filter(({ server }) => server.vmState === 'active' && !invariants.doomed.has(server.name));
  return living[pick % Math.max(1, living.length)];
}

/** The machine is gone without a word; the cloud still says ACTIVE. */
export function kill(sim: Simulation, server: Server | undefined): void {
  if (!server) return;
  sim.invariants.doomed.add(server.name);
  sim.peers.guests.destroy(server.id);
}

export function changeServer(
  sim: Simulation,
  kind: 'server-stopped' | 'server-fails' | 'server-deleted' | 'server-rebooted',
  found: Found | undefined,
): void {
  if (!found) return;
  const { project, server } = found;
  const { invariants } = sim;
  invariants.doomed.add(server.name);
  if (kind === 'server-deleted') sim.cloudAdmin.delete(project, server);
  else if (kind === 'server-rebooted') sim.cloudAdmin.reboot(project, server);
  else {
    sim.peers.guests.destroy(server.id);
    if (kind === 'server-stopped') Object.assign(server, { vmState: 'stopped', powerState: 4 });
    else
      Object.assign(server, {
        vmState: 'error',
        fault: { code: 500, message: 'the host has failed', at: sim.clock.now() },
      });
  }
}

export function lock(server: Server | undefined): Undo | undefined {
  if (!server) return undefined;
  const set = (locked: boolean): void => void Object.assign(server, { locked, lockedByAdmin: locked });
  set(true);
  return () => set(false);
}

export function misbehave(
  sim: Simulation,
  behaviour: (Happening & { kind: 'guests' })['behaviour'],
  count: number,
): void {
  const { guests } = sim.peers;
  if (behaviour === 'never-boots') guests.behave({ neverBoots: true }, count);
  else if (behaviour === 'never-joins') guests.behave({ neverJoins: true }, count);
  else if (behaviour === 'black-hole') guests.behave({ blackHole: true }, count);
  else if (behaviour === 'slow-boot') guests.behave({ bootDelayMs: SLOW_BOOT_MS }, count);
  else guests.behave({ panicAfterMs: DIES_AFTER_MS }, count);
}

function findStartd(sim: Simulation, pick: number): Startd | undefined {
  const { peers, invariants } = sim;
  const ours = [...peers.pool.collector.startds.values()].filter(
    ({ state, spec }) => state === 'Running' && !invariants.isForeign(spec.machine),
  );
  return ours[pick % Math.max(1, ours.length)];
}

/** A copy of a node appears, with the same token: a cloned machine. It is gone after a while. */
export function joinAgain(sim: Simulation, pick: number): Undo | undefined {
  const startd = findStartd(sim, pick);
  if (!startd) return undefined;
  const { pool } = sim.peers;
  const name = `${startd.spec.machine.split('.')[0] ?? ''}-copy`;
  sim.invariants.doomed.add(name);
  const copy = pool.join({ ...startd.spec, machine: machineOf(name), address: '10.99.0.99' });
  return () => pool.execution.vanish(copy);
}

/** By another admin, whose reason is not ours. */
export function drainByHand(sim: Simulation, pick: number): Undo | undefined {
  const startd = findStartd(sim, pick);
  if (!startd || startd.draining) return undefined;
  const { execution } = sim.peers.pool;
  execution.drain(startd, { how: 'graceful', reason: 'maintenance' });
  return () => {
    if (startd.state === 'Running' && startd.draining?.reason === 'maintenance') execution.cancelDrain(startd);
  };
}
