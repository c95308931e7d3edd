/** Faults to order: what tests and demos let go wrong on the way. */
import type { ApiRequest } from './request.ts';

export interface FaultRule {
  /** `GET`, `PATCH` ...; absent: any. */
  method?: string;
  /** Matched against path and query; absent: any. */
  path?: RegExp;
  /** Answered instead of the real answer. */
  status?: number;
  /** Body of that answer; absent: a Status with this code. */
  body?: string;
  /** Headers of that answer, such as retry-after. */
  headers?: Record<string, string>;
  /** `before`: the connection is cut and nothing happens. `after`: it happens, and the answer is lost. */
  drop?: 'before' | 'after' | true;
  /** Waits this long first, milliseconds. */
  delayMs?: number;
  /** How many requests it hits; absent: all until it is cleared. */
  count?: number;
}

export class Faults {
  #rules: FaultRule[] = [];

  /** Adds a rule; the first one that matches a request is used. */
  add(rule: FaultRule): void {
    this.#rules.push({ ...rule });
  }

  clear(): void {
    this.#rules = [];
  }

  /** The rule for a request, counted down. */
  take(request: Pick<ApiRequest, 'method' | 'path' | 'query'>): FaultRule | undefined {
    const target = request.query.size === 0 ? request.path : `${request.path}?${request.query.toString()}`;
    const rule = this.#rules.find(
      (candidate) =>
        (candidate.method === undefined || candidate.method === request.method) &&
        (candidate.path?.test(target) ?? true),
    );
    if (rule?.count !== undefined && --rule.count <= 0) this.#rules = this.#rules.filter((other) => other !== rule);
    return rule;
  }
}
