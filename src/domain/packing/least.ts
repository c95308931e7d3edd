/** The few smallest of many, without sorting all. */

/** Indexes below `length` of the `most` smallest values that are less than `limit`, smallest first; of equal ones the earlier. */
export function leastOf(length: number, most: number, valueOf: (i: number) => number, limit = Infinity): number[] {
  const found: number[] = [];
  const values: number[] = [];
  for (let i = 0; i < length; i++) {
    const value = valueOf(i);
    const isFull = found.length >= most;
    if (value >= (isFull ? (values.at(-1) ?? limit) : limit)) continue;
    let place = found.length;
    while (place > 0 && (values[place - 1] ?? 0) > value) place--;
    found.splice(place, 0, i);
    values.splice(place, 0, value);
    if (isFull) {
      found.pop();
      values.pop();
    }
  }
  return found;
}
