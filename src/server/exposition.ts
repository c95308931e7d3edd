/**
 * Metrics in the text format that Prometheus reads (version 0.0.4). Ours are counted elsewhere and only told here, which the client library
 * has no form for: its counters and histograms want to be counted in.
 */
import { Histogram } from '../base/histogram.ts';

/** Values of the labels, in the order of their names. */
export type Sample = readonly [labels: readonly string[], value: number | Histogram];

export interface Metric<T> {
  name: string;
  type: 'counter' | 'gauge' | 'histogram';
  /** A sentence. */
  help: string;
  /** Names of the labels. */
  labels: readonly string[];
  samples: (from: T) => Iterable<Sample>;
}

export function expose<T>(metrics: readonly Metric<T>[], from: T): string {
  const lines: string[] = [];
  for (const { name, type, help, labels, samples } of metrics) {
    lines.push(`# HELP ${name} ${help.replaceAll('\\', '\\\\').replaceAll('\n', '\\n')}`, `# TYPE ${name} ${type}`);
    for (const [values, value] of samples(from)) {
      // an empty label is none; told all the same, it would keep Prometheus from setting the one of the target (honor_labels)
      const pairs = labels.flatMap((label, i) => (values[i] ? [`${label}="${escaped(values[i])}"`] : []));
      if (value instanceof Histogram) lines.push(...histogramLines(name, pairs, value));
      else lines.push(`${name}${listed(pairs)} ${numberText(value)}`);
    }
  }
  return `${lines.join('\n')}\n`;
}

function histogramLines(name: string, pairs: readonly string[], { bounds, counts, sum, count }: Histogram): string[] {
  let below = 0;
  const buckets = counts.map((n, i) => {
    below += n;
    return `${name}_bucket${listed([...pairs, `le="${numberText(bounds[i] ?? Infinity)}"`])} ${below}`;
  });
  return [...buckets, `${name}_sum${listed(pairs)} ${numberText(sum)}`, `${name}_count${listed(pairs)} ${count}`];
}

function listed(pairs: readonly string[]): string {
  return pairs.length === 0 ? '' : `{${pairs.join(',')}}`;
}

function numberText(value: number): string {
  if (value === Infinity) return '+Inf';
  return value === -Infinity ? '-Inf' : String(value);
}

function escaped(value: string): string {
  return value.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n');
}
