/** What is there before the operator comes: what others have, what an admin applies, and when users submit jobs. */
import { CLOUDS, MASTERS, POOLS, SECRETS, type KubeObject, type ResourceType } from '../../src/api/resources.ts';
import type { CondorPool } from '../../src/sandbox/condor/pool/pool.ts';
import { cloudObject, masterObject, poolObject, secretObjects } from './resources.ts';
import type { Simulation } from './simulation.ts';

/** KiB that each job asks for. */
const DISK = 1024;

export function setTheStage(sim: Simulation): void {
  const { scenario, peers, invariants } = sim;
  const apply = (type: ResourceType, object: KubeObject): void =>
    sim.tell(`kubectl apply ${type.kind} ${object.metadata.name}`, peers.admin.create(type, object));
  for (const [i, { name, foreign, limitCores }] of scenario.clouds.entries()) {
    for (let n = 0; n < foreign; n++) peers.openstack.addForeignServer(name, `other-${i}-${n}`);
    if (limitCores !== undefined) invariants.limitCores.set(name, limitCores);
  }
  for (let n = 0; n < scenario.foreignStartds; n++) joinForeign(peers.pool, n);
  invariants.takeForForeign();
  for (const object of secretObjects(peers.openstack)) apply(SECRETS, object);
  for (const plan of scenario.clouds) apply(CLOUDS, cloudObject(plan));
  apply(MASTERS, masterObject(peers.pool.settings.collector, scenario.pollIntervalSeconds));
  for (const plan of scenario.pools) {
    invariants.allowed.set(plan.name, plan.maxNodes);
    apply(POOLS, poolObject(plan));
  }
  for (const { at, count, pool, ...batch } of scenario.jobs)
    sim.clock.after(at, () => {
      sim.trace.note('world', `condor_submit: ${count} jobs ${JSON.stringify({ ...batch, pool })}`);
      peers.pool.submit({ ...batch, disk: DISK, ...(pool === undefined ? {} : { pool }) }, count);
    });
}

/** A worker that the site runs itself, too small for any of our jobs. */
function joinForeign(pool: CondorPool, n: number): void {
  pool.join({
    machine: `own-${n}.campus.example`,
    address: `10.50.0.${n + 1}`,
    total: { cpus: 1, memory: 64, disk: 1024 * 1024, gpus: 0 },
    attributes: {},
    identity: `condor@${pool.settings.trustDomain}`,
    updateIntervalSeconds: 60,
    maxRetirementSeconds: 7 * 24 * 3600,
    masterAd: true,
  });
}
