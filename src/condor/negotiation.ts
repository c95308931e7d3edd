/** The negotiator's own ad: when its last cycles began and ended. */
import { parseAds, type Ad } from './classad.ts';
import type { MasterTime } from './times.ts';

export interface Negotiation {
  /** Where the negotiator answers itself: what it tells the collector is up to NEGOTIATOR_UPDATE_INTERVAL (300 s) old. */
  address: string | undefined;
  /** Newest first, in our time. */
  cycles: { startedAt: number; endedAt: number }[];
}

/** Cycles that are read at most: NEGOTIATION_CYCLE_STATS_LENGTH is 3 where nobody changed it, and 100 at most (HTCondor manual). */
const MOST_CYCLES = 100;

/**
 * Undefined when there is no ad. Of several negotiators (a high availability pair leaves the ad of the one that went) the one heard last
 * counts. Throws a plain Error when the output is not what condor_status prints.
 */
export function parseNegotiation(output: string, time: MasterTime): Negotiation | undefined {
  const heard = (ad: Ad): number => ad.number('LastHeardFrom') ?? ad.number('MyCurrentTime') ?? 0;
  const [ad] = parseAds(output).sort((a, b) => heard(b) - heard(a));
  return ad && { address: addressOf(ad), cycles: cyclesOf(ad, time) };
}

function cyclesOf(ad: Ad, time: MasterTime): Negotiation['cycles'] {
  const cycles: Negotiation['cycles'] = [];
  for (let i = 0; i < MOST_CYCLES; i++) {
    const end = ad.number(`LastNegotiationCycleEnd${i}`);
    if (end === undefined) break;
    const start = ad.number(`LastNegotiationCycleTime${i}`) ?? end;
    cycles.push({ startedAt: time.ours(start), endedAt: time.ours(end) });
  }
  return cycles;
}

/** A sinful string, `<address:port?...>`; anything else is no argument for a tool. */
function addressOf(ad: Ad): string | undefined {
  const address = ad.text('MyAddress');
  return address !== undefined && /^<[^<>\s]{1,500}>$/.test(address) ? address : undefined;
}
