/** What the operator's process uses, and what it asks of its peers, over a stretch of time. */
import { performance } from 'node:perf_hooks';
import { EVENT_LOOP_SAMPLE_MS } from '../../src/server/metrics.ts';
import type { OperatorProcess } from './operator-process.ts';
import type { Samples } from './samples.ts';
import { since, type Requests } from './requests.ts';

const LAG = 'nodejs_eventloop_lag';

export interface Usage {
  seconds: number;
  cpuSeconds: number;
  /** Of garbage collection, its work beside the main thread left out. */
  gcSeconds: number;
  /** Event loop delay, ms. */
  delay: { p50: number; p99: number; max: number };
  /** Bytes of heap in use at the end, garbage included. */
  heap: number;
  /** Calls by peer (kubernetes, `default/cloud-a`, ...), by the operator's own count. */
  calls: ReadonlyMap<string, Requests>;
}

export interface Gauge {
  stop(): Promise<Usage>;
}

export async function startGauge(operator: OperatorProcess): Promise<Gauge> {
  const first = await operator.scrape();
  const before = callsIn(first);
  const cpu = operator.cpuSeconds();
  const began = performance.now();
  return {
    stop: async () => {
      const seconds = (performance.now() - began) / 1000;
      const cpuSeconds = operator.cpuSeconds() - cpu;
      const samples = await operator.scrape();
      // the histogram counts in the time between two samples
      const delay = (which: string): number =>
        Math.max(0, samples.value(`${LAG}_${which}_seconds`) * 1000 - EVENT_LOOP_SAMPLE_MS);
      const calls = [...callsIn(samples)].map(
        ([peer, counts]) => [peer, since(before.get(peer) ?? new Map<string, number>(), counts)] as const,
      );
      return {
        seconds,
        cpuSeconds,
        gcSeconds: samples.sum('nodejs_gc_duration_seconds_sum') - first.sum('nodejs_gc_duration_seconds_sum'),
        delay: { p50: delay('p50'), p99: delay('p99'), max: delay('max') },
        heap: samples.value('nodejs_heap_size_used_bytes'),
        calls: new Map(calls),
      };
    },
  };
}

/** By peer and call; what came of them does not matter here. */
export function callsIn(samples: Samples): Map<string, Map<string, number>> {
  const calls = new Map<string, Map<string, number>>();
  const add = (peer: string, call: string, n: number): void => {
    const counts = calls.get(peer) ?? new Map<string, number>();
    calls.set(peer, counts.set(call, (counts.get(call) ?? 0) + n));
  };
  for (const { labels, value } of samples.all('ehos_api_requests_total')) {
    const { service = '', namespace = '', cloud = '', request = '' } = labels;
    if (service === 'kubernetes') add(service, request, value);
    else add(`${namespace}/${cloud}`, `${service} ${request}`, value);
  }
  for (const { labels, value } of samples.all('ehos_condor_commands_total'))
    add(`${labels.namespace ?? ''}/${labels.master ?? ''}`, 'command', value);
  return calls;
}
