/** How long ago, as kubectl says it: the two largest units, the second only where it matters. */

const UNITS: readonly [ms: number, unit: string, secondUpTo: number][] = [
  [86_400_000, 'd', 8],
  [3_600_000, 'h', 8],
  [60_000, 'm', 10],
  [1_000, 's', 0],
];

/** `5m30s`, `3h`, `12d`; `-` when there is no such time. */
export function age(time: string | undefined, now: number): string {
  const since = time === undefined ? NaN : now - Date.parse(time);
  if (Number.isNaN(since)) return '-';
  const ms = Math.max(0, since);
  const i = UNITS.findIndex(([size]) => ms >= size);
  const [size, unit, secondUpTo] = UNITS[i] ?? [1_000, 's', 0];
  const most = Math.floor(ms / size);
  const [smaller, smallerUnit] = UNITS[i + 1] ?? [0, ''];
  const rest = smaller > 0 && most < secondUpTo ? Math.floor((ms % size) / smaller) : 0;
  return `${most}${unit}${rest > 0 ? `${rest}${smallerUnit}` : ''}`;
}

/** `5m30s ago`. */
export function ago(time: string | undefined, now: number): string {
  const words = age(time, now);
  return words === '-' ? 'at an unknown time' : `${words} ago`;
}
