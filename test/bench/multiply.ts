/**
 * A fleet of thousands out of a few pilot nodes that the operator itself has made. Record, server and startd of a pilot are copied with
 * another name, uid, id and address, so that they agree with each other and look as the operator writes them, whatever it writes.
 */
import type { EhosNode } from '../../src/api/resources.ts';
import type { Random } from '../../src/base/random.ts';
import type { AdValue } from '../../src/sandbox/condor/pool/classad.ts';
import { Startd } from '../../src/sandbox/condor/pool/startd.ts';
import type { JsonObject, KubeJson } from '../../src/sandbox/kube/json.ts';
import type { Seeder } from '../../src/sandbox/kube/seed.ts';
import type { SandboxServer } from '../../src/sandbox/openstack/server-truth.ts';
import type { Sandbox } from '../../src/sandbox/sandbox.ts';

/** As the operator's user agent has it: whose fields they are. */
const CLIENT = 'ehos-operator';
/** The copies are so old: nodes of one age would all report in the same second. */
const AGE_MS = 3_600_000;

/** Each cloud's pilots are copied in turn until it has so many nodes. Returns how many each pool has then. */
export function multiply(sandbox: Sandbox, perCloud: Record<string, number>, random: Random): Record<string, number> {
  const copier = new Copier(sandbox, random);
  const nodes = sandbox.kube.objects('ehosnodes') as unknown as EhosNode[];
  // else it would count as one that has just started, to which nodes are still to report
  sandbox.pool.collector.startedAt -= 2 * AGE_MS;
  for (const [cloud, count] of Object.entries(perCloud)) {
    const pilots = nodes.filter(({ spec }) => spec.cloudRef.name === cloud);
    for (let i = pilots.length; i < count; i++) {
      const pilot = pilots[i % pilots.length];
      if (!pilot) throw new Error(`${cloud} has no node to copy`);
      copier.copy(pilot);
    }
  }
  const perPool: Record<string, number> = {};
  for (const { spec } of sandbox.kube.objects('ehosnodes') as unknown as EhosNode[])
    perPool[spec.poolRef.name] = (perPool[spec.poolRef.name] ?? 0) + 1;
  return perPool;
}

class Copier {
  readonly #sandbox: Sandbox;
  readonly #random: Random;
  readonly #seeder: Seeder;
  readonly #servers: ReadonlyMap<string, SandboxServer>;
  #copies = 0;

  constructor(sandbox: Sandbox, random: Random) {
    this.#sandbox = sandbox;
    this.#random = random;
    this.#seeder = sandbox.kube.seeder(CLIENT);
    this.#servers = new Map(sandbox.openstack.servers().map((server) => [server.id, server]));
  }

  copy(pilot: EhosNode): void {
    const { namespace, labels, finalizers, ownerReferences } = pilot.metadata;
    const { status } = pilot;
    const name = `${pilot.spec.poolRef.name}-${String(++this.#copies).padStart(5, '0')}`;
    const metadata = { name, namespace, labels, finalizers, ownerReferences };
    const record = this.#seeder.create('ehosnodes', { ...pilot, metadata } as unknown as KubeJson);
    const { uid = '' } = record.metadata;
    const own = (text: string): string =>
      text.replaceAll(pilot.metadata.name, name).replaceAll(pilot.metadata.uid ?? '', uid);
    const server = this.#servers.get(status?.serverID ?? '');
    if (!server) throw new Error(`${pilot.metadata.name} has no server`);
    const { id, address } = this.#copyServer(server, name, own);
    const text = own(JSON.stringify(status))
      .replaceAll(server.id, id)
      .replaceAll(`"${server.addresses[0] ?? ''}"`, `"${address}"`);
    this.#seeder.setStatus('ehosnodes', record, JSON.parse(text) as JsonObject);
    this.#copyStartd(status?.slotName ?? '', own, address);
  }

  #copyServer(server: SandboxServer, name: string, own: (text: string) => string): { id: string; address: string } {
    const metadata = Object.fromEntries(Object.entries(server.metadata).map(([key, value]) => [key, own(value)]));
    const { id, addresses } = this.#sandbox.openstack.cloneServer(server.id, {
      name,
      metadata,
      tags: server.tags.map(own),
    });
    return { id, address: addresses[0] ?? '' };
  }

  /** It runs as many jobs of the same clusters as the pilot. */
  #copyStartd(slotName: string, own: (text: string) => string, address: string): void {
    const { pool } = this.#sandbox;
    const pilot = pool.findStartd(slotName);
    if (!pilot) throw new Error(`the collector has no ${slotName}`);
    const { spec } = pilot;
    const attributes: Record<string, AdValue> = {};
    for (const [key, value] of Object.entries(spec.attributes))
      attributes[key] = typeof value === 'string' ? own(value) : value;
    const spread = Math.floor(this.#random.next() * spec.updateIntervalSeconds * 1000);
    const startd = new Startd(
      { ...spec, machine: own(spec.machine), identity: own(spec.identity), address, attributes },
      pool.clock.now() - AGE_MS - spread,
    );
    pool.collector.startds.set(startd.spec.machine, startd);
    for (const { job } of pilot.slots.values()) {
      const proc = job.cluster.nextIdle();
      if (proc === undefined || !pool.execution.claim(startd, job.cluster, proc))
        throw new Error(`cluster ${job.cluster.id} has no job for ${startd.slotName}`);
    }
  }
}
