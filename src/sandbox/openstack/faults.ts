/** Failures on demand: what a proxy, a broken service or a lost connection does to single requests. */
import type { ServiceName } from './router.ts';

export interface FaultRule {
  service?: ServiceName;
  method?: string;
  /** Matched against the path below the service's root with its query: `/v2.1/servers/detail?limit=1`. */
  path?: RegExp;
  /** Matched against the body as it was sent: `/"flavorRef":"4"/`. */
  sent?: RegExp;
  /** How many requests it hits; unlimited when absent. */
  count?: number;
  /** The request is held back this long first, milliseconds of the sandbox's clock. */
  delayMs?: number;
  /** Answer with this status ... */
  status?: number;
  /** ... and this body: text as it is, everything else as JSON. */
  body?: unknown;
  headers?: Record<string, string>;
  /** With `status`: the request takes effect all the same, as behind a proxy that gave up waiting. */
  afterEffect?: boolean;
  /** Close the connection without an answer, before or after the request took effect. */
  drop?: 'before' | 'after';
}

export class Faults {
  readonly #rules: { rule: FaultRule; left: number }[] = [];

  /** Rules are tried in the order of their adding; the returned function takes this one back. */
  add(rule: FaultRule): () => void {
    const entry = { rule, left: rule.count ?? Number.POSITIVE_INFINITY };
    this.#rules.push(entry);
    return () => {
      entry.left = 0;
    };
  }

  clear(): void {
    this.#rules.length = 0;
  }

  /** The first rule that hits this request; it is counted as used. */
  take(service: ServiceName, method: string, pathAndQuery: string, body: Buffer): FaultRule | undefined {
    for (const entry of this.#rules) {
      const { rule } = entry;
      if (entry.left <= 0) continue;
      if (rule.service !== undefined && rule.service !== service) continue;
      if (rule.method !== undefined && rule.method !== method) continue;
      if (rule.path && pathAndQuery.search(rule.path) < 0) continue;
      if (rule.sent && body.toString().search(rule.sent) < 0) continue;
      entry.left--;
      return rule;
    }
    return undefined;
  }
}
