/** An HTCondor master as the controllers use it. Implemented by `CondorMasterClient` over a RemoteShell. */
import type { MachineOutcomes } from '../domain/black-holes.ts';
import type { JobGroup, MasterSnapshot } from '../domain/snapshots.ts';

/** What a master is and can, read once per connection. */
export interface MasterFacts {
  /** `23.9.6`. */
  version: string;
  trustDomain: string;
  /** PEM of the pool's certificate authority (public); undefined when the master has none. */
  caCertificate: string | undefined;
  /** Name in the certificate of the collector, for `alias=` in COLLECTOR_HOST. */
  certificateName: string | undefined;
  /** NEGOTIATOR_INTERVAL, seconds: a negotiation cycle begins that often when nobody asks for one earlier. */
  negotiatorInterval: number;
}

export type DrainOutcome =
  /** The startd accepted: it runs nothing and takes nothing any more. */
  | { kind: 'Drained' }
  /** The startd refused: it runs a job. Not an error. */
  | { kind: 'Busy'; message: string }
  /** Draining had begun before; look at the ad. */
  | { kind: 'AlreadyDraining' }
  /** Not known whether it took effect, or not possible now: nothing is proved. */
  | { kind: 'Failed'; message: string };

/** Milliseconds of our clock. */
export interface LastHeard {
  /** When the collector last heard of its startd; undefined: it has no ad of it. */
  heardAt: number | undefined;
  /** It is there, and each of its slots runs nothing and takes nothing. */
  drained: boolean;
  /** When the collector started; undefined while it has not said so. */
  collectorStartedAt: number | undefined;
}

/** Which jobs, in the words of a JobGroup. */
export type ExplainedJobs = Pick<JobGroup, 'pool' | 'cpus' | 'memory' | 'disk' | 'gpus'>;

export interface CondorMaster {
  /** Reads version, trust domain and certificates. Rejects with `Invalid` when there is no HTCondor, or an unsupported version. */
  probe(signal?: AbortSignal): Promise<MasterFacts>;
  /** One round trip: queue groups, factories, slots, age of the collector, negotiation cycles and (if asked) pending token requests. Rejects when nothing could be read at all. */
  poll(options: { schedds: string[]; tokenRequests: boolean }, signal?: AbortSignal): Promise<MasterSnapshot>;
  /** Of one node, by its id. Rejects with `Transient` when it cannot be told. */
  lastHeard(nodeId: string, signal?: AbortSignal): Promise<LastHeard>;
  /** `condor_drain -graceful -check 'DynamicSlot =!= true'`: takes effect only on a node that runs nothing. */
  drainIfIdle(slotName: string, reason: string, signal?: AbortSignal): Promise<DrainOutcome>;
  /**
   * The same for a node that runs jobs: it takes no more of them, and those that run go on. Takes effect only if the startd grants each of
   * them time that is as good as endless; `Busy` otherwise.
   */
  cordon(slotName: string, reason: string, signal?: AbortSignal): Promise<DrainOutcome>;
  /** Ends the jobs of a node, each with its own soft kill first, after which they are queued again; returns which they were. It takes no more. */
  vacate(slotName: string, reason: string, signal?: AbortSignal): Promise<{ jobs: string[] }>;
  /** `condor_drain -cancel`. */
  cancelDrain(slotName: string, signal?: AbortSignal): Promise<void>;
  /** Drops the startd and master ads of these machines (all in one round trip), so that the negotiator does not match jobs to them. */
  invalidateAds(machines: string[], signal?: AbortSignal): Promise<void>;
  /** Approves pending token requests by id, all in one round trip; returns the outcome of each. */
  approveTokenRequests(
    ids: string[],
    signal?: AbortSignal,
  ): Promise<Map<string, { approved: boolean; message: string }>>;
  /** Obtains a token for `identity@trustDomain`, for method TokenRequest. Lifetime in seconds. */
  obtainToken(identity: string, lifetime: number, signal?: AbortSignal): Promise<string>;
  /** What became of jobs on which machine (in lower case) within so many seconds, as far as the local schedd knows. Two round trips. */
  outcomes(seconds: number, signal?: AbortSignal): Promise<Map<string, MachineOutcomes>>;
  /** Asks for a negotiation cycle (`condor_reschedule`). */
  reschedule(signal?: AbortSignal): Promise<void>;
  /**
   * Why one job of this shape waits: the oldest idle one, and in one line of at most 500 characters what HTCondor itself says of it.
   * Undefined when there is none any more. `jobs` is as in a JobGroup.
   */
  explain(
    jobs: ExplainedJobs,
    options?: { schedds?: string[] },
    signal?: AbortSignal,
  ): Promise<{ job: string; reason: string } | undefined>;
  /** Remote commands (round trips) so far. */
  commands(): number;
  close(): void;
}
