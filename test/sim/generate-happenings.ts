/** What happens in the world of a seed. */
import type { Happening } from './scenario.ts';
import type { Draw } from './seeds.ts';

const SECOND = 1_000;
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

type Maker = (draw: Draw) => Omit<Happening, 'at'>;

const pick = (draw: Draw): number => draw.whole(0, 999);

/** Each with how often it comes. */
const MAKERS: readonly (readonly [number, Maker])[] = [
  [3, (draw) => ({ kind: 'vms-die', count: draw.chance(0.2) ? 10 : 1, pick: pick(draw) })],
  [
    2,
    (draw) => ({
      kind: draw.one(['server-stopped', 'server-deleted', 'server-fails', 'server-rebooted']),
      pick: pick(draw),
    }),
  ],
  [1, (draw) => ({ kind: 'server-locked', pick: pick(draw), forMs: draw.span(30 * SECOND, 10 * MINUTE) })],
  [
    4,
    (draw) => ({
      kind: 'guests',
      behaviour: draw.one(['never-boots', 'never-joins', 'black-hole', 'slow-boot', 'dies-later']),
      count: draw.whole(1, 3),
    }),
  ],
  [1, (draw) => ({ kind: 'joins-twice', pick: pick(draw), forMs: draw.span(MINUTE, 10 * MINUTE) })],
  [
    3,
    (draw) => ({
      kind: draw.one(['node-deleted', 'node-deleted', 'record-lost', 'node-protected', 'node-delete-first']),
      pick: pick(draw),
    }),
  ],
  [2, (draw) => ({ kind: 'drained-by-hand', pick: pick(draw), forMs: draw.span(MINUTE, 10 * MINUTE) })],
  [
    5,
    (draw) => ({
      kind: draw.one([
        'collector-restarts',
        'kube-compacts',
        'tokens-revoked',
        'operator-restarts',
        'operator-restarts',
      ]),
    }),
  ],
  [
    4,
    (draw) => ({
      kind: draw.one(['collector-down', 'collector-hung', 'schedd-down', 'schedd-hung']),
      forMs: draw.span(20 * SECOND, 10 * MINUTE),
    }),
  ],
  [
    4,
    (draw) => ({
      kind: 'outage',
      peer: draw.one(['kube', 'cloud', 'condor']),
      silent: draw.chance(0.4),
      forMs: draw.span(10 * SECOND, HOUR),
    }),
  ],
  [2, (draw) => ({ kind: 'second-operator', forMs: draw.span(5 * SECOND, 2 * MINUTE) })],
  [
    2,
    (draw) => ({
      kind: 'quota-shrinks',
      pick: pick(draw),
      instances: draw.whole(0, 3),
      forMs: draw.span(MINUTE, 15 * MINUTE),
    }),
  ],
  [1, (draw) => ({ kind: 'password-changes', pick: pick(draw), forMs: draw.span(20 * SECOND, 10 * MINUTE) })],
  [2, (draw) => ({ kind: 'clock-step', ms: (draw.chance(0.5) ? 1 : -1) * draw.span(SECOND, 5 * MINUTE) })],
  [
    4,
    (draw) => ({
      kind: draw.one(['scheduler-down', 'no-valid-host', 'spawn-fails', 'delete-fails', 'never-active']),
      forMs: draw.span(20 * SECOND, 10 * MINUTE),
    }),
  ],
  [
    1,
    (draw) => ({ kind: 'slow-deletes', ms: draw.span(5 * SECOND, 2 * MINUTE), forMs: draw.span(MINUTE, 15 * MINUTE) }),
  ],
  [
    1,
    (draw) => ({
      kind: 'pool-shrinks',
      pick: pick(draw),
      maxNodes: draw.whole(0, 2),
      forMs: draw.span(MINUTE, 10 * MINUTE),
    }),
  ],
  [
    1,
    (draw) => ({
      kind: 'pool-mode',
      pick: pick(draw),
      mode: draw.one(['Observe', 'Paused']),
      forMs: draw.span(20 * SECOND, 8 * MINUTE),
    }),
  ],
  [1, (draw) => ({ kind: 'pool-drifts', pick: pick(draw) })],
  [1, (draw) => ({ kind: 'pool-deleted', pick: pick(draw), forMs: draw.span(10 * SECOND, 8 * MINUTE) })],
];

export function happeningsOf(draw: Draw, stormMs: number): Happening[] {
  const count = draw.one([0, 1, 2, 3, 4, 6, 9]);
  return Array.from({ length: count }, () => {
    const at = draw.whole(0, stormMs);
    // each maker gives a whole of its kind; that the union is distributed over them TypeScript cannot tell
    return { at, ...draw.weighted(MAKERS)(draw) } as Happening;
  }).sort((a, b) => a.at - b.at);
}
