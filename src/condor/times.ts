/**
 * Three clocks tell the time in a snapshot: the node's (NumDynamicSlotsTime, DaemonStartTime), the collector's (LastHeardFrom) and ours.
 * Everything is converted to ours.
 */

/**
 * Differences are taken in steps, so that seconds of delay do not make times jitter from poll to poll: a round trip takes some, and an ad's
 * MyCurrentTime was found up to 12 s older than its arrival.
 */
const MASTER_STEP_MS = 10_000;
const NODE_STEP_MS = 60_000;

function steady(differenceMs: number, stepMs: number): number {
  return Math.round(differenceMs / stepMs) * stepMs;
}

export class MasterTime {
  readonly #offsetMs: number;

  /** `masterSeconds`: what `date +%s` said on the master when our clock showed `oursMs`. The collector runs there too. */
  constructor(masterSeconds: number, oursMs: number) {
    this.#offsetMs = steady(oursMs - masterSeconds * 1000, MASTER_STEP_MS);
  }

  /** Milliseconds of our clock for seconds of the collector's. */
  ours(collectorSeconds: number): number {
    return collectorSeconds * 1000 + this.#offsetMs;
  }

  /** The same for a node that said `nodeNow` in the ad that the collector received at `heardAt` (seconds). */
  oursOfNode(nodeSeconds: number, nodeNow: number | undefined, heardAt: number): number {
    const skew = nodeNow === undefined ? 0 : steady((heardAt - nodeNow) * 1000, NODE_STEP_MS);
    return this.ours(nodeSeconds) + skew;
  }
}

/** What `date +%s` printed, or an Error. */
export function parseEpochSeconds(output: string): number {
  if (!/^\s*\d{9,11}\s*$/.test(output)) throw new Error(`not a time: ${JSON.stringify(output.trim().slice(0, 40))}`);
  return Number(output);
}
