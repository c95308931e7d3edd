/** What a script needs that knows beforehand which servers are wanted: it makes them, so many at a time, and does nothing else. */
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { renderUserData } from '../../src/cloudinit/user-data.ts';
import {
  cleanUp,
  FLAVOR,
  JOBS_OF_POOL,
  PARALLEL,
  POOL,
  queueJobs,
  SERVERS,
  watchJoins,
  type Round,
  type World,
} from './capacity-world.ts';
import { removeJobs } from './truth.ts';

const DELETE_AGAIN_MS = 5_000;

/** What it has to look up it knows before the clock starts. */
export async function scriptRound(world: World): Promise<Round> {
  const { backend } = world;
  const template = await backend.resolve({
    image: { name: 'ehos-worker' },
    networks: [{ name: 'ehos-net' }],
    securityGroups: ['ehos-worker'],
    keyName: 'ehos-key',
    availabilityZones: [],
    rootVolume: undefined,
    serverGroupPolicy: undefined,
    metadata: {},
  });
  const flavor = (await backend.observe()).flavors.get(FLAVOR);
  if (!flavor) throw new Error(`there is no flavor ${FLAVOR}`);
  const wanted = Array.from({ length: SERVERS }, () => {
    const nodeUid = randomUUID();
    return { name: `${POOL}-${nodeUid.slice(0, 5)}`, nodeUid, userData: userDataOf(world, nodeUid) };
  });
  await queueJobs();

  const start = performance.now();
  let failure: Error | undefined;
  let lastPost = start;
  const left = [...wanted];
  const worker = async (): Promise<void> => {
    for (let next = left.pop(); next !== undefined; next = left.pop()) {
      const request = { ...next, flavorId: flavor.id, template, availabilityZone: undefined, serverGroupId: undefined };
      await backend.create(request);
      lastPost = performance.now();
    }
  };
  const posting = Promise.all(Array.from({ length: PARALLEL }, worker)).catch((error: unknown) => {
    failure = error as Error;
  });
  try {
    const { first, last } = await watchJoins(() => {
      if (failure) throw failure;
    });
    return { lastPost: lastPost - start, firstJoin: first - start, lastJoin: last - start };
  } finally {
    await posting;
    // while their nodes are there: a shadow that has lost its node holds on to the job
    await removeJobs(JOBS_OF_POOL);
    await deleteAll(world);
    await cleanUp(
      world,
      wanted.map(({ name }) => name),
    );
  }
}

/** Nova says yes to a DELETE and may forget it all the same when its services are overloaded (measured): asked again. */
async function deleteAll({ backend }: World): Promise<void> {
  for (let { vms } = await backend.observe(); vms.length > 0; { vms } = await backend.observe()) {
    await Promise.all(vms.filter(({ deleting }) => !deleting).map(async ({ id }) => await backend.delete(id)));
    await sleep(DELETE_AGAIN_MS);
  }
}

/** As the operator renders it, with a token (nodeCredentials.method SecretRef). */
function userDataOf({ ssh, facts, token }: World, nodeUid: string): Buffer {
  const config = {
    nodeUid,
    pool: POOL,
    collector: { host: ssh.collectorHost, port: ssh.collectorPort, alias: facts.certificateName },
    trustDomain: facts.trustDomain,
    credentials: { method: 'Token', token } as const,
    startdAttributes: {},
    acceptsUnnamedJobs: false,
    updateIntervalSeconds: 10,
  };
  return renderUserData(config, undefined);
}
