/** The sandbox's hypervisor: makes servers come alive as nodes of a simulated HTCondor pool. */
import type { GuestSpec, Hypervisor } from '../../hypervisor.ts';
import type { CondorPool } from '../pool/pool.ts';
import type { Footprint } from '../pool/schedd.ts';
import { Guest, type GuestBehaviour } from './guest.ts';

export interface GuestFarmOptions {
  pool: CondorPool;
  /** From power-on until cloud-init runs, milliseconds, drawn evenly (default 20,000 to 40,000). */
  bootDelayMs?: readonly [min: number, max: number];
  /** From the start of HTCondor to its first ad, milliseconds (default 3,500: measured). */
  startMs?: number;
  /** Domain of the guests' names (default `novalocal`). */
  domain?: string;
  /** What a guest shows to HTCondor (default: `usableOf`). */
  resources?: (guest: GuestSpec) => Footprint;
}

/** A rule for guests yet to come: the first that matches decides. */
export interface BehaviourRule extends GuestBehaviour {
  /** By name; absent: every guest. */
  match?: RegExp;
  /** For so many guests (default: all). */
  count?: number;
}

export class GuestFarm implements Hypervisor {
  readonly #pool: CondorPool;
  readonly #options: GuestFarmOptions;
  readonly #guests = new Map<string, Guest>();
  #rules: (BehaviourRule & { left: number })[] = [];

  constructor(options: GuestFarmOptions) {
    this.#pool = options.pool;
    this.#options = options;
  }

  /** Replaces the rules; without arguments all further guests are healthy. */
  behave(...rules: BehaviourRule[]): void {
    this.#rules = rules.map((rule) => ({ ...rule, left: rule.count ?? Infinity }));
  }

  boot(spec: GuestSpec): void {
    this.destroy(spec.serverId);
    const behaviour = this.#behaviourOf(spec.name);
    const [min, max] = this.#options.bootDelayMs ?? [20_000, 40_000];
    const drawn = min + Math.floor(this.#pool.random.next() * (max - min + 1));
    const guest = new Guest(this.#pool, {
      serverId: spec.serverId,
      hostname: spec.name,
      // Debian's manage_etc_hosts makes HTCondor call itself by the name with Nova's dhcp_domain (measured)
      fqdn: `${spec.name}.${this.#options.domain ?? 'novalocal'}`,
      address: spec.addresses[0] ?? '0.0.0.0',
      userData: spec.userData,
      resources: (this.#options.resources ?? usableOf)(spec),
      bootDelayMs: behaviour.bootDelayMs ?? drawn,
      startMs: this.#options.startMs ?? 3500,
      behaviour,
    });
    this.#guests.set(spec.serverId, guest);
  }

  destroy(serverId: string): void {
    this.#guests.get(serverId)?.destroy();
    this.#guests.delete(serverId);
  }

  console(serverId: string): string {
    return this.#guests.get(serverId)?.console ?? '';
  }

  #behaviourOf(name: string): GuestBehaviour {
    const rule = this.#rules.find(({ match, left }) => left > 0 && (match?.test(name) ?? true));
    if (!rule) return {};
    rule.left--;
    return rule;
  }
}

/** The kernel keeps about 2 % and some fixed part of the memory, the file system and the image a part of the disk. Disk in KiB. */
export function usableOf(guest: GuestSpec): Footprint {
  const memory = Math.max(64, guest.memory - 40 - Math.ceil(guest.memory * 0.02));
  const disk = Math.max(1024 * 1024, Math.floor(guest.disk * 1024 * 1024 * 0.94) - 1536 * 1024);
  return { cpus: guest.cores, memory, disk, gpus: 0 };
}
