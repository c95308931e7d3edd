/** What GET /metrics answers. */
import { collectDefaultMetrics, Registry } from 'prom-client';
import type { Figures } from '../controllers/figures.ts';
import { expose } from './exposition.ts';
import { FLEET_METRICS } from './fleet-metrics.ts';
import { PROCESS_METRICS } from './process-metrics.ts';

export interface Metrics {
  contentType: string;
  text(): Promise<string>;
}

/** Gauges that are named like counters, which `promtool check metrics` refuses; the same by type remain. */
const MISNAMED = ['nodejs_active_handles_total', 'nodejs_active_requests_total', 'nodejs_active_resources_total'];

/** Between two samples of the event loop, ms. Of an idle operator the usual 10 alone took 0.4 % of a core, and 20 take 0.2 (measured). */
export const EVENT_LOOP_SAMPLE_MS = 20;

/** `figures` is asked anew at each scrape. */
export function createMetrics(figures: () => Figures): Metrics {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry, eventLoopMonitoringPrecision: EVENT_LOOP_SAMPLE_MS });
  for (const name of MISNAMED) registry.removeSingleMetric(name);
  const text = async (): Promise<string> => {
    const now = figures();
    // a replica that stands by knows the fleet, too: told twice, it would count double
    const fleet = now.leader ? expose(FLEET_METRICS, now) : '';
    return `${fleet}${expose(PROCESS_METRICS, now)}${await registry.metrics()}`;
  };
  return { contentType: registry.contentType, text };
}
