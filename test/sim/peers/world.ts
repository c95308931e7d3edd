/** All peers of the operator on simulated time, in this process and without a network. */
import { readdirSync, readFileSync } from 'node:fs';
import { parse } from 'yaml';
import { silentLog } from '../../../src/base/log.ts';
import type { Random } from '../../../src/base/random.ts';
import { RestKubeClient } from '../../../src/kube/client.ts';
import type { KubeClient } from '../../../src/kube/types.ts';
import { GuestFarm } from '../../../src/sandbox/condor/guest/guest-farm.ts';
import { makeCertificates, type PoolCertificates } from '../../../src/sandbox/condor/pool/certificates.ts';
import { CondorPool } from '../../../src/sandbox/condor/pool/pool.ts';
import type { PoolOptions } from '../../../src/sandbox/condor/pool/pool-options.ts';
import { makeKubeApi, type KubeApi } from '../../../src/sandbox/kube/api.ts';
import type { SandboxCloud } from '../../../src/sandbox/openstack/clouds.ts';
import { makeOpenStack, type OpenStackServices } from '../../../src/sandbox/openstack/sandbox.ts';
import type { SimClock } from '../clock.ts';
import { Hypervisors } from './hypervisors.ts';
import { DirectKubeTransport } from './kube-transport.ts';

export interface Peers {
  kube: KubeApi;
  openstack: OpenStackServices;
  pool: CondorPool;
  guests: Hypervisors;
  /** An admin's client, whose calls are neither slow nor disturbed. */
  admin: KubeClient;
  end(): void;
}

export interface PeersOptions {
  clock: SimClock;
  random: Random;
  clouds: SandboxCloud[];
  pool: PoolOptions;
  /** Told of a guest that will die by itself. */
  onDoom: (name: string) => void;
}

let certificates: PoolCertificates | undefined;
let crds: object[] | undefined;

export function makePeers({ clock, random, clouds, pool: poolOptions, onDoom }: PeersOptions): Peers {
  // keys are expensive, and nothing depends on them
  certificates ??= makeCertificates('ehos.sandbox', 'condor-master', clock.now());
  const pool = new CondorPool({ ...poolOptions, certificates, clock, random });
  const guests = new Hypervisors(new GuestFarm({ pool }), onDoom);
  const kube = makeKubeApi({ clock, random, crds: readCrds(), managedFields: false });
  const openstack = makeOpenStack({ clock, random, hypervisor: guests, clouds });
  const admin = new RestKubeClient({
    access: { transport: new DirectKubeTransport(kube) },
    clock,
    random,
    log: silentLog,
    userAgent: 'kubectl/1.36',
  });
  const end = (): void => {
    kube.end();
    openstack.end();
    pool.close();
  };
  return { kube, openstack, pool, guests, admin, end };
}

function readCrds(): object[] {
  const folder = new URL('../../../crds/', import.meta.url);
  crds ??= readdirSync(folder)
    .filter((file) => file.endsWith('.yaml'))
    .map((file) => parse(readFileSync(new URL(file, folder), 'utf8')) as object);
  return crds;
}
