/**
 * Three clocks tell the time in a snapshot: the node's (NumDynamicSlotsTime, DaemonStartTime), the collector's (LastHeardFrom) and ours.
 * Everything is converted to ours.
 */

/** Differences are taken in steps of ten seconds: the seconds of a round trip must not make times jitter from poll to poll. */
const STEP_MS = 10_000;

function steady(differenceMs: number): number {
  return Math.round(differenceMs / STEP_MS) * STEP_MS;
}

export class MasterTime {
  readonly #offsetMs: number;

  /** `masterSeconds`: what `date +%s` said on the master when our clock showed `oursMs`. The collector runs there too. */
  constructor(masterSeconds: number, oursMs: number) {
    this.#offsetMs = steady(oursMs - masterSeconds * 1000);
  }

  /** Milliseconds of our clock for seconds of the collector's. */
  ours(collectorSeconds: number): number {
    return collectorSeconds * 1000 + this.#offsetMs;
  }

  /** The same for a node that said `nodeNow` in the ad that the collector received at `heardAt` (seconds). */
  oursOfNode(nodeSeconds: number, nodeNow: number | undefined, heardAt: number): number {
    const skew = nodeNow === undefined ? 0 : steady((heardAt - nodeNow) * 1000);
    return this.ours(nodeSeconds) + skew;
  }
}

/** What `date +%s` printed, or an Error. */
export function parseEpochSeconds(output: string): number {
  if (!/^\s*\d{9,11}\s*$/.test(output)) throw new Error(`not a time: ${JSON.stringify(output.trim().slice(0, 40))}`);
  return Number(output);
}
