/** Fields of all records that are logged while something is under way, whoever logs them: which object, and which look at it. */
import { AsyncLocalStorage } from 'node:async_hooks';
import type { LogFields } from './log.ts';

const scope = new AsyncLocalStorage<LogFields>();

/** Records logged by `work`, and by all that it begins, carry `fields`. */
export function withLogFields<T>(fields: LogFields, work: () => T): T {
  return scope.run(fields, work);
}

export function scopeFields(): LogFields | undefined {
  return scope.getStore();
}
