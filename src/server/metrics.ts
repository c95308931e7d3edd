/** What the operator counts, in the form that Prometheus reads. */
import { collectDefaultMetrics, Gauge, Registry } from 'prom-client';
import type { Figures } from '../controllers/figures.ts';

export interface Metrics {
  contentType: string;
  text(): Promise<string>;
}

/** `figures` is asked anew at each scrape. */
export function createMetrics(figures: () => Figures): Metrics {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  let now = figures();
  const gauge = (
    name: string,
    help: string,
    labelNames: string[],
    fill: (gauge: Gauge, now: Figures) => void,
  ): void => {
    const made: Gauge = new Gauge({
      name,
      help,
      labelNames,
      registers: [registry],
      collect: () => {
        made.reset();
        fill(made, now);
      },
    });
  };
  gauge('ehos_nodes', 'EhosNodes by pool and phase.', ['namespace', 'pool', 'phase'], (made, { nodes }) => {
    for (const { namespace, pool, phase, count } of nodes) made.set({ namespace, pool, phase }, count);
  });
  gauge('ehos_jobs', 'Jobs by pool and state, as last read.', ['namespace', 'pool', 'state'], (made, { jobs }) => {
    for (const { namespace, pool, state, count } of jobs) made.set({ namespace, pool, state }, count);
  });
  gauge(
    'ehos_decisions_total',
    'Plans since the start, by pool and by what decided.',
    ['namespace', 'pool', 'reason'],
    (made, { decisions }) => {
      for (const { namespace, pool, reason, count } of decisions) made.set({ namespace, pool, reason }, count);
    },
  );
  gauge(
    'ehos_orphans',
    'Servers without an EhosNode by cloud: waiting, braked, untold; since the start: adopted, released, and addresses released.',
    ['cloud', 'state'],
    (made, { orphans }) => {
      for (const { cloud, state, count } of orphans) made.set({ cloud, state }, count);
    },
  );
  gauge('ehos_queue_depth', 'Objects that wait to be reconciled.', ['queue'], (made, { queues }) => {
    for (const [queue, depth] of queues) made.set({ queue }, depth);
  });
  gauge('ehos_calls', 'Calls since the start, by peer and kind.', ['peer', 'call'], (made, { calls }) => {
    for (const { peer, call, count } of calls) made.set({ peer, call }, count);
  });
  const text = async (): Promise<string> => {
    // once for all of them: it looks at every node
    now = figures();
    return await registry.metrics();
  };
  return { contentType: registry.contentType, text };
}
