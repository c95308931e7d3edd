/**
 * Many nodes of a master that fall silent at once: more likely HTCondor does not hear them than that they all died. Then none is given up
 * for its silence, and no storm of others is made in their place, until they are heard again or a human says that they are lost.
 */
import { be, count } from './words.ts';

/** Fewer are no mass. */
const LEAST = 3;
/** So many of all nodes that should be heard, at once. */
const SHARE = 0.3;
/** It is over when so few are silent still: those are lost by themselves. */
const SHARE_LEFT = 0.1;

/** Those that fell silent within this time did so at once, ms: an ad is up to three update intervals old when a node is called silent. */
const AT_ONCE = 10 * 60_000;

export interface MassLost {
  /** When it was first seen, ms. */
  since: number;
  silent: number;
  /** Nodes that should be heard. */
  nodes: number;
  /** A human has said that they are lost. */
  confirmed: boolean;
  /** A node has joined since: what joins is heard, so others may be made as usual. */
  hears: boolean;
}

export interface HearingSight {
  now: number;
  /** Of each node that should be heard (it joined, and the cloud does not say that it is switched off): since when it is silent, ms; undefined: it is heard. */
  silentSince: readonly (number | undefined)[];
  /** When a node last joined, ms. */
  lastJoin: number | undefined;
  /** Up to which time a human has said that silent nodes are lost, ms. */
  confirmedAt: number | undefined;
}

/** undefined: all is as usual. */
export function observeMassLost(before: MassLost | undefined, sight: HearingSight): MassLost | undefined {
  const nodes = sight.silentSince.length;
  const times = sight.silentSince.filter((at) => at !== undefined);
  const silent = times.length;
  const over = silent < LEAST || silent <= SHARE_LEFT * nodes;
  const together = mostWithin(times, AT_ONCE);
  const begins = together >= LEAST && together > SHARE * nodes;
  if (before ? over : !begins) return undefined;
  const since = before?.since ?? sight.now;
  return {
    since,
    silent,
    nodes,
    confirmed: (sight.confirmedAt ?? -Infinity) >= since,
    hears: (sight.lastJoin ?? -Infinity) > since,
  };
}

/** `7 of 12 nodes are not heard of, ...`: in words that stay the same as long as the situation does. */
export function massLostWords({ silent, nodes }: Pick<MassLost, 'silent' | 'nodes'>): string {
  // after a restart, until they are counted again
  const which = nodes === 0 ? 'many nodes are' : `${silent} of ${count(nodes, 'node')} ${be(silent)}`;
  return `${which} not heard of, and fell silent at once: it may be that nobody hears them`;
}

/** How many of these times at most lie within `ms` of each other. */
function mostWithin(times: readonly number[], ms: number): number {
  const sorted = times.toSorted((a, b) => a - b);
  let [from, most] = [0, 0];
  for (const [to, time] of sorted.entries()) {
    while ((sorted[from] ?? time) < time - ms) from += 1;
    most = Math.max(most, to - from + 1);
  }
  return most;
}
