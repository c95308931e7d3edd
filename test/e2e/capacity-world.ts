/** What operator and script have in common when their time to capacity is measured: jobs, cloud, master, and one clock for both. */
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { systemClock } from '../../src/base/clock.ts';
import { systemRandom } from '../../src/base/random.ts';
import { OpenStackBackend } from '../../src/cloud/openstack.ts';
import { CondorMasterClient } from '../../src/condor/client.ts';
import type { MasterFacts } from '../../src/condor/master.ts';
import { SshConnection } from '../../src/ssh/connection.ts';
import { cloudsYaml, master, rig, submit, type Master } from './rigs.ts';
import { serverNames } from './truth.ts';

export const JOBS = 200;
export const SERVERS = 25;
export const CORES = 8;
export const FLAVOR = 'm1.xlarge';
export const PARALLEL = 8;
/** Of the master; 15 unless one says otherwise. */
export const POLL_SECONDS = 2;
export const POOL = 'capacity';
/** A round that takes longer has failed. */
const PATIENCE_MS = 10 * 60_000;
/** Longer than any round. */
const JOB_SECONDS = 3600;
const LOOK_EVERY_MS = 1_000;
export const JOBS_OF_POOL = `EhosPool == "${POOL}"`;

/** Milliseconds since the start of the round: the script's first create, or the end of condor_submit. */
export interface Round {
  planned?: number | undefined;
  firstPost?: number;
  /** When the last create was answered. */
  lastPost: number;
  firstJoin: number;
  lastJoin: number;
  /** CPU time of the operator. */
  cpu?: number;
}

export interface World {
  ssh: Master;
  condor: CondorMasterClient;
  facts: MasterFacts;
  backend: OpenStackBackend;
  /** For all nodes of all rounds: both kinds of round have the same boots then. */
  token: string;
}

export async function openWorld(): Promise<World> {
  const ssh = await master();
  const { host, port, user, privateKey, knownHosts } = ssh;
  const condor = new CondorMasterClient(
    new SshConnection({ host, port, user, privateKey, hostKeys: { kind: 'KnownHosts', text: knownHosts } }),
  );
  const backend = new OpenStackBackend({
    cloudsYaml: cloudsYaml(),
    cloudName: 'ehos',
    clusterUid: randomUUID(),
    clock: systemClock,
    random: systemRandom,
  });
  const token = (await rig('cloud', 'token', 'capacity')).trim();
  return { ssh, condor, facts: await condor.probe(), backend, token };
}

export async function closeWorld({ condor, backend }: World): Promise<void> {
  condor.close();
  await backend.close();
}

/** The same jobs in both kinds of round, since running jobs take CPU from booting servers. They outlive the round. */
export async function queueJobs(): Promise<void> {
  await submit(JOBS, 1, 256, JOB_SECONDS, `+EhosPool = "${POOL}"`);
}

/** Looks at the collector until all servers have joined; returns the times of the first and the last, on the clock of performance.now. */
export async function watchJoins(mustGoOn: () => void): Promise<{ first: number; last: number }> {
  const end = performance.now() + PATIENCE_MS;
  let first: number | undefined;
  for (;;) {
    mustGoOn();
    const machines = await joined();
    const now = performance.now();
    if (machines.length > 0) first ??= now;
    if (first !== undefined && machines.length >= SERVERS) return { first, last: now };
    if (now > end) throw new Error(`only ${machines.length} of ${SERVERS} servers have joined`);
    await sleep(LOOK_EVERY_MS);
  }
}

async function joined(): Promise<string[]> {
  const constraint = `${JOBS_OF_POOL} && SlotType == "Partitionable"`;
  const out = await rig('condor', 'exec', 'condor_status', '-constraint', constraint, '-af', 'Machine');
  return out.split('\n').filter(Boolean);
}

/** No server and no ad, after the jobs were removed: the next round begins as this one did. */
export async function cleanUp({ condor }: World, machines: string[]): Promise<void> {
  await untilNone('servers', serverNames);
  await condor.invalidateAds(machines);
  // ads that were on their way are dropped when they are old (CLASSAD_LIFETIME)
  await untilNone('ads', joined);
}

async function untilNone(what: string, look: () => Promise<string[]>): Promise<void> {
  const end = performance.now() + PATIENCE_MS;
  for (let left = await look(); left.length > 0; left = await look()) {
    if (performance.now() > end) throw new Error(`${what} are left: ${left.join(', ')}`);
    await sleep(LOOK_EVERY_MS);
  }
}
