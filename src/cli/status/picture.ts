/** A row of bars for a series of numbers: how a pool's last hour went, one character a minute. */
import type { HistoryPoint, PoolPoint } from './history.ts';

const BARS = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];
/** Where nothing was recorded. */
const NOTHING = ' ';

/** Each number as a bar between nothing and `most`; undefined is a gap. A number above 0 is never shown as 0. */
export function bars(values: readonly (number | undefined)[], most: number): string {
  return values
    .map((value) => {
      if (value === undefined) return NOTHING;
      if (value <= 0 || most <= 0) return BARS[0];
      return BARS[Math.min(BARS.length - 1, Math.max(1, Math.ceil((value / most) * (BARS.length - 1))))];
    })
    .join('');
}

/** What a picture has rows for. */
const SERIES: readonly (readonly [keyof PoolPoint, string])[] = [
  ['idle', 'jobs idle'],
  ['running', 'jobs running'],
  ['nodes', 'nodes'],
];

/** The picture of one pool: a row for each series, with its largest and its last number; nothing when nothing was recorded. */
export function picture(points: readonly HistoryPoint[], pool: string, now: number, minutes = 60): string[] {
  const slots = slotsOf(points, pool, now, minutes);
  if (slots.every((slot) => slot === undefined)) return [];
  const rows = SERIES.map(([key, title]) => {
    const values = slots.map((slot) => slot?.[key]);
    const known = values.filter((value) => value !== undefined);
    const most = Math.max(...known);
    // nodes are measured against what was wanted, so that one sees what is missing
    const scale = key === 'nodes' ? Math.max(most, ...slots.map((slot) => slot?.desired ?? 0)) : most;
    return `${title.padEnd(13)}${bars(values, scale)}  now ${known[known.length - 1] ?? '-'}, most ${most}`;
  });
  return [...rows, `${''.padEnd(13)}${'-60 min'.padEnd(minutes - 3)}now`];
}

const MINUTE_MS = 60_000;

/** One for each minute, the last minute last; the latest point of a minute counts. */
function slotsOf(
  points: readonly HistoryPoint[],
  pool: string,
  now: number,
  minutes: number,
): (PoolPoint | undefined)[] {
  const slots = Array.from<PoolPoint | undefined>({ length: minutes }).fill(undefined);
  for (const { time, pools } of points) {
    const ago = Math.floor((now - Date.parse(time)) / MINUTE_MS);
    // a clock that is a little ahead
    const i = minutes - 1 - Math.max(0, ago);
    if (i >= 0 && Object.hasOwn(pools, pool)) slots[i] = pools[pool];
  }
  return slots;
}
