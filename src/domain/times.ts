/** Times of the Kubernetes API (RFC 3339) and of the domain (milliseconds since the epoch). */

export const toTime = (ms: number): string => new Date(ms).toISOString();

/** undefined for what is absent or no time. */
export function fromTime(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const ms = Date.parse(text);
  return Number.isNaN(ms) ? undefined : ms;
}
