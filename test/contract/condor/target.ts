import type { MasterFacts } from '../../../src/condor/master.ts';

/** What the contract suite needs of a master, real or simulated. */
export interface CondorTarget {
  ssh: {
    host: string;
    port: number;
    user: string;
    privateKey: string;
    /** known_hosts lines of the server. */
    knownHosts: string;
  };
  /** A concurrency limit of this pool that lets one job run at a time: NAME_LIMIT = 1. */
  limit: string;
  /** Queues `n` jobs of a user of the pool. Memory MiB; `extra` are further lines of the submit description. */
  submit(n: number, cpus: number, memory: number, seconds: number, extra?: string[]): Promise<void>;
  /** Removes all jobs that `submit` queued, and waits until they are gone. */
  removeAll(): Promise<void>;
  /** Boots an execute node with this token, which joins by itself; absent where the target has no way to. */
  addNode?(options: { uid: string; pool: string; token: string; facts: MasterFacts }): Promise<void>;
  /** Takes that node away silently, as a deleted VM vanishes. */
  removeNode?(uid: string): Promise<void>;
}
