import { parseAds } from './classad.ts';

/**
 * When the collector started, in seconds of its clock; undefined while it has not advertised itself (some seconds after a start).
 * Its DaemonStartTime is undefined (measured), so it is the last update of its statistics less their age. Of several collectors the
 * youngest counts, since the one that answered may be any of them.
 */
export function parseCollectorStart(output: string): number | undefined {
  const starts = parseAds(output).flatMap((ad) => {
    const updated = ad.number('StatsLastUpdateTime');
    const age = ad.number('StatsLifetime');
    return updated === undefined || age === undefined ? [] : [updated - age];
  });
  return starts.length === 0 ? undefined : Math.max(...starts);
}
