/** How long the steps in the life of nodes took, by pool and cloud: observed as their ends are written down. */
import type { EhosNode, EhosNodeStatus } from '../api/resources.ts';
import { Histogram } from '../base/histogram.ts';
import { fromTime } from '../domain/times.ts';

/** Seconds: from a cloud that boots at once to the longest boot timeouts. */
const STARTS = [10, 20, 30, 45, 60, 90, 120, 180, 300, 600, 900, 1800, 3600];
/** Jobs of days may be waited for. */
const DRAINS = [1, 5, 15, 30, 60, 300, 900, 3600, 4 * 3600, 12 * 3600, 24 * 3600, 72 * 3600, 168 * 3600];

export interface StepTimes {
  namespace: string;
  pool: string;
  cloud: string;
  /** From the create that the cloud accepted to a server that runs. */
  boot: Histogram;
  /** From the request for the server to a startd in the pool. */
  join: Histogram;
  /** From the record of the node, that is from the decision to make it, to a startd in the pool. */
  capacity: Histogram;
  /** From the decision to remove it to the proof that it runs nothing. */
  drain: Histogram;
}

export class NodeTimes {
  readonly #steps = new Map<string, StepTimes>();

  all(): Iterable<StepTimes> {
    return this.#steps.values();
  }

  /** `status`: what was written just now. */
  observe({ metadata, spec, status: before = {} }: EhosNode, status: EhosNodeStatus): void {
    const { booted, joined, drained } = status;
    const ends = (now: string | undefined, then: string | undefined): number | undefined =>
      then === undefined ? fromTime(now) : undefined;
    const [bootedAt, joinedAt, drainedAt] = [
      ends(booted, before.booted),
      ends(joined, before.joined),
      ends(drained, before.drained),
    ];
    if (bootedAt === undefined && joinedAt === undefined && drainedAt === undefined) return;
    const { boot, join, capacity, drain } = this.#of(metadata.namespace ?? '', spec);
    record(drain, status.drainRequested, drainedAt);
    // a server that was taken over had joined long before its record was made
    if (spec.adopts !== undefined) return;
    record(boot, status.launched, bootedAt);
    record(join, status.requested, joinedAt);
    record(capacity, metadata.creationTimestamp, joinedAt);
  }

  /** Pools and clouds that are gone are told no more. */
  keep(isThere: (namespace: string, pool: string) => boolean): void {
    for (const [key, { namespace, pool }] of this.#steps) if (!isThere(namespace, pool)) this.#steps.delete(key);
  }

  #of(namespace: string, { poolRef, cloudRef }: EhosNode['spec']): StepTimes {
    const key = `${namespace}/${poolRef.name}/${cloudRef.name}`;
    const known = this.#steps.get(key) ?? {
      ...{ namespace, pool: poolRef.name, cloud: cloudRef.name },
      boot: new Histogram(STARTS),
      join: new Histogram(STARTS),
      capacity: new Histogram(STARTS),
      drain: new Histogram(DRAINS),
    };
    this.#steps.set(key, known);
    return known;
  }
}

function record(times: Histogram, from: string | undefined, to: number | undefined): void {
  const began = fromTime(from);
  // creationTimestamp has whole seconds, and is of the API server's clock
  if (began !== undefined && to !== undefined) times.observe(Math.max(0, to - began) / 1000);
}
