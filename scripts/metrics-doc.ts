/** docs/metrics.md, from the tables of metrics. */
import type { Metric } from '../src/server/exposition.ts';
import { FLEET_METRICS } from '../src/server/fleet-metrics.ts';
import { PROCESS_METRICS } from '../src/server/process-metrics.ts';
import { markdownTable } from './markdown.ts';

export function renderMetricsDoc(): string {
  return [
    '# Metrics',
    'Made from `src/server/fleet-metrics.ts` and `src/server/process-metrics.ts` by `make generate`.',
    'Each replica serves `/metrics` on port 8080 in the text format of Prometheus. Durations are seconds, sizes bytes; what is named `_total` only grows, until the operator is restarted. Labels have as many values as there are pools, clouds and masters: nothing is told of a single node or job. There are [alerts](runbooks/README.md) and a [dashboard](../charts/ehos-operator/files/dashboard.json).',
    "Two labels bear names that Prometheus gives to what it scrapes: `namespace` is that of the object, not that of the operator, and `service` the one that was called. Scrape with `honorLabels: true`, as the chart's ServiceMonitor does (`honor_labels` in a plain configuration), or they are renamed `exported_namespace` and `exported_service`, which neither alerts nor dashboard ask for. Where a metric has no such label, it is that of the operator.",
    '## The fleet',
    'Told by the replica that acts, and by no other.',
    tableOf(FLEET_METRICS),
    '## The operator itself',
    'Told by each replica.',
    tableOf(PROCESS_METRICS),
    'Beside them those of the process: `process_cpu_seconds_total`, `process_resident_memory_bytes`, `process_open_fds`, `nodejs_eventloop_lag_seconds`, `nodejs_heap_size_used_bytes`, `nodejs_gc_duration_seconds` and others of their kind.',
    '## Questions they answer',
    markdownTable(
      ['question', 'query'],
      [
        [
          'How long do jobs wait for a new node?',
          '`histogram_quantile(0.9, sum by (le, pool) (rate(ehos_time_to_capacity_seconds_bucket[6h])))`',
        ],
        [
          'How much of the cores works?',
          '`sum by (pool) (ehos_node_cores{phase="Ready"})` beside `ehos_jobs{state="running"}`',
        ],
        ['Why does the pool not grow?', '`sum by (pool, reason) (increase(ehos_decisions_total[1h]))`'],
        [
          'Which service of the cloud is slow?',
          '`histogram_quantile(0.99, sum by (le, cloud, service) (rate(ehos_api_request_duration_seconds_bucket[15m])))`',
        ],
        ['How full is the project?', '`ehos_cloud_quota_used / ehos_cloud_quota_limit`'],
      ],
    ),
  ]
    .join('\n\n')
    .concat('\n');
}

function tableOf<T>(metrics: readonly Metric<T>[]): string {
  return markdownTable(
    ['metric', 'type', 'labels', 'meaning'],
    metrics.map(({ name, type, labels, help }) => [
      `\`${name}\``,
      type,
      labels.map((label) => `\`${label}\``).join(', '),
      help,
    ]),
  );
}
