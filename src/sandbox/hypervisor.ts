/** What the sandbox's OpenStack needs of the thing that makes servers come alive. The sandbox's guest farm implements it. */
export interface GuestSpec {
  serverId: string;
  name: string;
  projectId: string;
  cores: number;
  /** MiB. */
  memory: number;
  /** GiB. */
  disk: number;
  addresses: string[];
  /** Decoded user data; undefined when the server has none. */
  userData: Buffer | undefined;
  metadata: Record<string, string>;
}

export interface Hypervisor {
  /** Powers a new guest on. */
  boot(guest: GuestSpec): void;
  /** Takes the guest away at once, silently, as a deleted VM vanishes. Unknown ids are no error. */
  destroy(serverId: string): void;
  /** What the guest printed so far. */
  console(serverId: string): string;
}
