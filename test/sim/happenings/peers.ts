/** What happens to the peers as a whole: their daemons, their quota, their hardware. */
import { SECRETS } from '../../../src/api/resources.ts';
import { cloudsSecret } from '../resources.ts';
import type { Simulation } from '../simulation.ts';
import { patch } from './objects.ts';
import type { Undo } from './undo.ts';

export function onPeer(
  sim: Simulation,
  kind: 'collector-restarts' | 'kube-compacts' | 'tokens-revoked' | 'operator-restarts' | 'operator-crashes',
): void {
  const { peers, operators } = sim;
  if (kind === 'collector-restarts') peers.pool.restartCollector();
  else if (kind === 'kube-compacts') peers.kube.compact();
  else if (kind === 'tokens-revoked') peers.openstack.revokeTokens();
  else if (kind === 'operator-restarts') operators.stop();
  else operators.crash();
}

export function daemon(
  sim: Simulation,
  kind: 'collector-down' | 'collector-hung' | 'schedd-down' | 'schedd-hung',
): Undo {
  const { pool } = sim.peers;
  const state = kind.endsWith('down') ? 'Down' : 'Hung';
  if (kind.startsWith('collector')) {
    pool.collectorState = state;
    return () => (pool.collectorState = 'Up');
  }
  pool.scheddState = state;
  return () => (pool.scheddState = 'Up');
}

export function shrinkQuota(sim: Simulation, pick: number, instances: number): Undo {
  const { openstack } = sim.peers;
  const project = openstack.projects[pick % openstack.projects.length]!;
  openstack.setQuota(project.name, { instances });
  return () => openstack.setQuota(project.name, { instances: project.cloud.quota.instances });
}

/** The user's password changes, and with it every token; the Secret follows some time later. */
export function changePassword(sim: Simulation, pick: number): Undo {
  const { openstack } = sim.peers;
  for (const user of openstack.projects[pick % openstack.projects.length]!.users) user.password = `new-${pick}`;
  openstack.revokeTokens();
  return () => patch(sim, SECRETS, 'openstack', cloudsSecret(sim.peers.openstack));
}

export function hardware(
  sim: Simulation,
  kind: 'scheduler-down' | 'no-valid-host' | 'spawn-fails' | 'delete-fails' | 'never-active',
): Undo {
  const { driver } = sim.peers.openstack;
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

export function slowDeletes(sim: Simulation, ms: number): Undo {
  const { driver } = sim.peers.openstack;
  const before = driver.deleteDelayMs;
  driver.deleteDelayMs = ms;
  return () => (driver.deleteDelayMs = before);
}

/** Cinder is not asked when servers go: their volumes stay. */
export function keepVolumes(sim: Simulation): Undo {
  const { driver } = sim.peers.openstack;
  driver.keepsVolumes = true;
  return () => (driver.keepsVolumes = false);
}
