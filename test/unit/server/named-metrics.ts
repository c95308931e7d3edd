/** Which metrics an expression of PromQL names, and which labels it asks of each. */
import { FLEET_METRICS } from '../../../src/server/fleet-metrics.ts';
import { PROCESS_METRICS } from '../../../src/server/process-metrics.ts';

/** Name as it is scraped -> its labels. */
const KNOWN = new Map(
  [...FLEET_METRICS, ...PROCESS_METRICS].flatMap(({ name, type, labels }) =>
    type === 'histogram'
      ? [`${name}_bucket`, `${name}_sum`, `${name}_count`].map((series) => [series, [...labels, 'le']] as const)
      : [[name, [...labels]] as const],
  ),
);

/** What is wrong with the expression, in words; empty: nothing. */
export function problemsOf(expression: string): string[] {
  return [...expression.matchAll(/\b(ehos_\w+)(?:\{([^}]*)\})?/g)].flatMap(([, name = '', selectors = '']) => {
    const labels = KNOWN.get(name);
    if (!labels) return [`${name} is not told`];
    const asked = [...selectors.matchAll(/(\w+)\s*(?:=~|!~|!=|=)/g)].map(([, label = '']) => label);
    return asked.filter((label) => !labels.includes(label)).map((label) => `${name} has no label ${label}`);
  });
}
