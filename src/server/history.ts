/** The last hour in memory, a point a minute: for a picture in the terminal where there is no Prometheus. */
import type { Clock } from '../base/clock.ts';

export interface PoolPoint {
  idle: number;
  running: number;
  nodes: number;
  desired: number;
}

export interface HistoryPoint {
  /** RFC 3339. */
  time: string;
  /** By `namespace/name`. */
  pools: Record<string, PoolPoint>;
}

/** Between two points, seconds. */
const INTERVAL = 60;
const MOST_POINTS = 60;
/** 60 points of so many pools are about a megabyte. */
const MOST_POOLS = 200;

export class History {
  readonly #points: HistoryPoint[] = [];
  #cancel: (() => void) | undefined;

  /** `look`: the pools as they are now; undefined: they are not known. */
  constructor(
    private readonly clock: Clock,
    private readonly look: () => Iterable<readonly [string, PoolPoint]> | undefined,
  ) {}

  /** The first point is taken at once. */
  start(): void {
    this.#cancel?.();
    this.#take();
    this.#cancel = this.clock.after(INTERVAL * 1000, () => this.start());
  }

  stop(): void {
    this.#cancel?.();
    this.#cancel = undefined;
  }

  toJSON(): { interval: number; points: HistoryPoint[] } {
    return { interval: INTERVAL, points: [...this.#points] };
  }

  #take(): void {
    const pools = this.look();
    if (!pools) return;
    const sorted = [...pools].sort(([a], [b]) => (a < b ? -1 : 1)).slice(0, MOST_POOLS);
    this.#points.push({ time: new Date(this.clock.now()).toISOString(), pools: Object.fromEntries(sorted) });
    if (this.#points.length > MOST_POINTS) this.#points.shift();
  }
}
