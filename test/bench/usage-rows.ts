/** Rows that several benches have: CPU and event loop of the operator over a stretch of time. */
import type { Usage } from './gauge.ts';
import { listed, total, writes, type Requests } from './requests.ts';
import { below, exactly, type Row } from './table.ts';

/** The loop may be held up this long, ms: probes, watches and deadlines of others wait behind it. */
const MOST_DELAY_MS = 50;

export function usageRows(usage: Usage): Row[] {
  return [
    {
      what: 'CPU meanwhile',
      value: `${usage.cpuSeconds.toFixed(1)} s`,
      how: `in ${usage.seconds.toFixed(1)} s, all threads of the operator; garbage collection held its loop up for ${usage.gcSeconds.toFixed(1)} s`,
    },
    delayRow(usage),
  ];
}

export function delayRow({ delay }: Usage): Row {
  return {
    what: 'event loop delay p99',
    value: `${delay.p99.toFixed(1)} ms`,
    ...below(delay.p99, MOST_DELAY_MS, `${MOST_DELAY_MS} ms`),
    how: `half of the time ${delay.p50.toFixed(1)} ms, most ${delay.max.toFixed(0)} ms`,
  };
}

export function kubernetesWrites({ calls }: Usage): Requests {
  return writes(calls.get('kubernetes') ?? new Map<string, number>());
}

/** While nothing happens. The renewal of lastSyncTime, a write for each cloud and master in five minutes, shows that they are still read. */
export function restingWritesRow(usage: Usage): Row {
  const made = kubernetesWrites(usage);
  const renewals = ['patchStatus ehosclouds', 'patchStatus ehosmasters'];
  const others = new Map([...made].filter(([call]) => !renewals.includes(call)));
  const value = String(total(others));
  const renewed = total(made) - total(others);
  return {
    what: 'Kubernetes writes',
    value,
    ...exactly(value, '0'),
    how: `${listed(others) || 'none'} in ${usage.seconds.toFixed(0)} s, besides ${renewed} of clouds and master, whose lastSyncTime is renewed every 5 minutes`,
  };
}
