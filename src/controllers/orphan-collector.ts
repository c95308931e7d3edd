/**
 * Looks after each listing of a cloud for servers, and from time to time for floating IPs, that no EhosNode knows, and has done what is
 * decided. The EhosNodes are read from the API server itself, after the listing: a record is made before its server and goes after it, so
 * a server without one in that order has none. While all is well this costs nothing but a list of floating IPs every few minutes.
 */
import { createHash } from 'node:crypto';
import { messageOf } from '../base/errors.ts';
import { keyOf, nodeIdOf, NODES, POOLS, type EhosCloud, type EhosNodePool, type KubeObject } from '../api/resources.ts';
import type { ResourceType } from '../api/resources.ts';
import type { CloudBackend } from '../cloud/backend.ts';
import { decideAddresses } from '../domain/orphan-addresses.ts';
import { decideOrphans, type Orphan, type OrphanDecision, type Sighting } from '../domain/orphans.ts';
import type { CloudSnapshot } from '../domain/snapshots.ts';
import { count } from '../domain/words.ts';
import type { CloudSession } from './cloud-session.ts';
import type { Context } from './context.ts';
import { adopt } from './orphan-adoption.ts';
import { CONFIRM_ORPHANS, NO_REPORT, type OrphanReport } from './orphan-status.ts';

/** Between two looks at floating IPs, ms. */
const ADDRESS_INTERVAL = 3 * 60_000;
const HOUR = 60 * 60_000;
/** Objects in one page of a list. */
const PAGE = 500;

/** What is remembered of a cloud; after a restart all is counted anew. */
interface Memory {
  /** Of which listing. */
  observedAt: number;
  sightings: Map<string, Sighting>;
  addresses: Map<string, Sighting>;
  addressesAt: number;
  /** When servers were let go, ms. */
  releases: number[];
  /** What the brake was last told about. */
  braked: string | undefined;
}

interface Records {
  known: Set<string>;
  pools: Map<string, EhosNodePool>;
}

export class OrphanCollector {
  readonly #memories = new Map<string, Memory>();

  constructor(private readonly context: Context) {}

  forget(cloudKey: string): void {
    this.#memories.delete(cloudKey);
  }

  /** After a complete listing. What fails is told, and tried again at the next one: the listing stands. */
  async look(cloud: EhosCloud, session: CloudSession, backend: CloudBackend): Promise<void> {
    const { snapshot } = session;
    const memory = this.#memoryOf(keyOf(cloud));
    const before = session.orphans ?? NO_REPORT;
    if (!snapshot || snapshot.observedAt <= memory.observedAt) return;
    memory.observedAt = snapshot.observedAt;
    try {
      const servers = await this.#servers(cloud, snapshot, memory, before);
      session.orphans = servers;
      const addresses = await this.#addresses(cloud, backend, memory);
      session.orphans = { ...servers, addresses: before.addresses + addresses };
    } catch (error) {
      const message = `servers without a record cannot be looked for: ${messageOf(error)}`;
      session.orphans = { ...(session.orphans ?? before), problem: message };
      this.context.log.warn('orphans cannot be looked for', { cloud: keyOf(cloud), error });
    }
  }

  async #servers(
    cloud: EhosCloud,
    snapshot: CloudSnapshot,
    memory: Memory,
    before: OrphanReport,
  ): Promise<OrphanReport> {
    const { context } = this;
    const { adopted, released, addresses } = before;
    const counts = { adopted, released, addresses };
    const cached = new Set(context.stores.nodes.list().map(nodeIdOf));
    if (snapshot.vms.every(({ nodeUid, deleting }) => deleting || (nodeUid !== undefined && cached.has(nodeUid)))) {
      memory.sightings.clear();
      memory.braked = undefined;
      return { ...NO_REPORT, ...counts };
    }
    const { known, pools } = await this.#records(cloud, true);
    const now = context.clock.now();
    memory.releases = memory.releases.filter((at) => now - at < HOUR);
    const decision = decideOrphans({
      now,
      cloud: { namespace: cloud.metadata.namespace ?? '', name: cloud.metadata.name },
      vms: snapshot.vms,
      known,
      pools: new Set(pools.keys()),
      clouds: new Set(context.stores.clouds.list().map(keyOf)),
      before: memory.sightings,
      lately: memory.releases.length,
      digest: (text) => createHash('sha256').update(text).digest('hex').slice(0, 10),
      confirmed: cloud.metadata.annotations?.[CONFIRM_ORPHANS],
      settings: context.settings.orphans,
    });
    memory.sightings = decision.sightings;
    this.#tellBrake(cloud, decision, memory);
    const problems: string[] = [];
    for (const orphan of [...decision.adopt, ...decision.release]) {
      const pool = pools.get(orphan.origin.pool);
      try {
        await this.#adopt(cloud, pool, orphan);
        if (!pool) memory.releases.push(...orphan.vms.map(() => now));
      } catch (error) {
        // what one server says of itself may be nonsense: the others get their records all the same
        problems.push(`server ${orphan.vms[0]?.id ?? ''}: ${messageOf(error)}`);
      }
    }
    const { waiting, untold, elsewhere, braked } = decision;
    return {
      problem: problems.length === 0 ? undefined : `servers could not be given a record: ${problems.join('; ')}`,
      waiting,
      untold,
      elsewhere,
      braked: braked && { ...braked, servers: braked.orphans.flatMap(({ vms }) => vms) },
      ...counts,
      adopted: adopted + decision.adopt.length,
      released: released + decision.release.length,
    };
  }

  async #adopt(cloud: EhosCloud, pool: EhosNodePool | undefined, orphan: Orphan): Promise<void> {
    const { context } = this;
    const name = await adopt(context, cloud, pool, orphan);
    const servers = orphan.vms.map(({ name: server, id }) => `${server} ${id}`).join(', ');
    const what = `server ${servers} had no EhosNode: ${name} takes it over`;
    const note = pool ? what : `${what}, to be drained and removed, for its pool ${orphan.origin.pool} is gone`;
    context.events.event(cloud, 'Warning', pool ? 'ServerAdopted' : 'OrphanReleased', note);
    context.log.warn(note, { cloud: keyOf(cloud) });
  }

  /** Once for each set of servers that it holds. */
  #tellBrake(cloud: EhosCloud, { braked }: OrphanDecision, memory: Memory): void {
    if (braked && braked.confirmation !== memory.braked) {
      const servers = count(braked.orphans.length, 'server');
      const note = `${servers} of ${braked.of} have neither EhosNode nor pool: too many at once, none is removed; to confirm annotate this EhosCloud with ${CONFIRM_ORPHANS}=${braked.confirmation}`;
      this.context.events.event(cloud, 'Warning', 'OrphanBrake', note);
      this.context.log.error(note, { cloud: keyOf(cloud) });
    }
    memory.braked = braked?.confirmation;
  }

  /** Returns how many were released. */
  async #addresses(cloud: EhosCloud, backend: CloudBackend, memory: Memory): Promise<number> {
    const { context } = this;
    const now = context.clock.now();
    if (now - memory.addressesAt < ADDRESS_INTERVAL) return 0;
    memory.addressesAt = now;
    const namespace = cloud.metadata.namespace ?? '';
    const addresses = (await backend.addresses(context.signal)).filter((one) => one.namespace === namespace);
    const cached = new Set(context.stores.nodes.list().map(nodeIdOf));
    if (addresses.every(({ nodeUid, inUse }) => inUse || cached.has(nodeUid))) {
      memory.addresses.clear();
      return 0;
    }
    const { known } = await this.#records(cloud, false);
    const settings = context.settings.orphans;
    const { release, sightings } = decideAddresses({
      now,
      namespace,
      addresses,
      known,
      before: memory.addresses,
      settings,
    });
    memory.addresses = sightings;
    for (const { id, address, nodeUid } of release) {
      await backend.releaseAddress(id, context.signal);
      const note = `floating IP ${address} (${id}) was released: its node ${nodeUid} is gone`;
      context.events.event(cloud, 'Warning', 'AddressReleased', note);
      context.log.warn(note, { cloud: keyOf(cloud) });
    }
    return release.length;
  }

  /** As the API server has them now, all of this namespace: a server says itself of which it is, and others are not touched. */
  async #records(cloud: EhosCloud, withPools: boolean): Promise<Records> {
    const namespace = cloud.metadata.namespace ?? '';
    const [nodes, pools] = await Promise.all([
      this.#list<Parameters<typeof nodeIdOf>[0]>(NODES, namespace),
      withPools ? this.#list<EhosNodePool>(POOLS, namespace) : [],
    ]);
    const known = new Set(nodes.flatMap((node) => [nodeIdOf(node), node.metadata.uid ?? '']));
    return { known, pools: new Map(pools.map((pool) => [pool.metadata.name, pool])) };
  }

  async #list<T extends KubeObject>(type: ResourceType, namespace: string): Promise<T[]> {
    const { client, signal } = this.context;
    const items: T[] = [];
    let continueToken: string | undefined;
    do {
      const page = await client.list<T>(
        type,
        namespace,
        { limit: PAGE, ...(continueToken === undefined ? {} : { continueToken }) },
        signal,
      );
      items.push(...page.items);
      ({ continueToken } = page);
    } while (continueToken !== undefined);
    return items;
  }

  #memoryOf(key: string): Memory {
    const memory = this.#memories.get(key) ?? {
      observedAt: -Infinity,
      sightings: new Map<string, Sighting>(),
      addresses: new Map<string, Sighting>(),
      addressesAt: -Infinity,
      releases: [],
      braked: undefined,
    };
    this.#memories.set(key, memory);
    return memory;
  }
}
