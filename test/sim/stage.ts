/** What is there before the operator comes: what others have, what an admin applies, and when users submit jobs. */
import {
  CLOUDS,
  CONFIG_MAPS,
  MASTERS,
  POOLS,
  SECRETS,
  type KubeObject,
  type ResourceType,
} from '../../src/api/resources.ts';
import type { CondorPool } from '../../src/sandbox/condor/pool/pool.ts';
import type { Project } from '../../src/sandbox/openstack/state.ts';
import { cloudObject, IMAGE, masterObject, poolObject, secretObjects, USER_DATA } from './resources.ts';
import type { Simulation } from './simulation.ts';

const FREE_ADDRESSES = 30;
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
  if (scenario.pools.some(({ extras }) => extras?.takesAddresses === true))
    for (const project of peers.openstack.projects) addFreeAddresses(project, sim.clock.now());
  for (let n = 0; n < scenario.foreignStartds; n++) joinForeign(peers.pool, n);
  invariants.takeForForeign();
  for (const object of secretObjects(peers.openstack)) apply(SECRETS, object);
  apply(CONFIG_MAPS, USER_DATA);
  const byId = scenario.pools.some(({ extras }) => extras?.named === true);
  for (const plan of scenario.clouds)
    apply(CLOUDS, cloudObject(plan, byId ? imageIdIn(peers.openstack.projects, plan.name) : undefined));
  apply(MASTERS, masterObject(peers.pool.settings.collector, scenario));
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

function imageIdIn(projects: readonly Project[], name: string): string | undefined {
  const images = projects.find((project) => project.name === name)?.images.values() ?? [];
  return [...images].find((image) => image.name === IMAGE)?.id;
}

/** As an admin allocates them beforehand: more than there can be nodes. */
function addFreeAddresses({ networks, floatingIps, name }: Project, now: number): void {
  const external = [...networks.values()].find((network) => network.external);
  if (!external) throw new Error(`project ${name} has no external network`);
  for (let n = 0; n < FREE_ADDRESSES; n++) {
    const id = `00000000-0000-4000-8000-${String(n).padStart(12, '0')}`;
    const times = { created: now, updated: now, revision: 0 };
    const address = `203.0.113.${150 + n}`;
    floatingIps.set(id, { id, address, networkId: external.id, portId: undefined, description: '', ...times });
  }
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
