/** The options of a write in its query: what they may be. */
import { invalidOptions, type Cause } from '../status.ts';
import type { ApiRequest } from './request.ts';

type OptionsKind = 'CreateOptions' | 'UpdateOptions' | 'PatchOptions' | 'DeleteOptions';

const VALIDATIONS = ['', 'Ignore', 'Strict', 'Warn'];
const MAX_MANAGER = 128;

/** Throws 422 for options that are none. An apply must name its manager, and nothing but an apply may force. */
export function checkWriteOptions(kind: OptionsKind, request: ApiRequest, isApply = false): void {
  const { query } = request;
  const causes: Cause[] = [];
  const dryRun = query.getAll('dryRun').filter((value) => value !== '');
  if (dryRun.some((value) => value !== 'All')) causes.push(notSupported('dryRun', dryRun, ['All']));
  const manager = query.get('fieldManager') ?? '';
  if (manager.length > MAX_MANAGER) {
    causes.push({ reason: 'FieldValueTooLong', message: `Too long: may not be more than ${MAX_MANAGER} bytes`, field: 'fieldManager' });
  }
  const validation = query.get('fieldValidation') ?? '';
  if (!VALIDATIONS.includes(validation)) causes.push(notSupported('fieldValidation', validation, VALIDATIONS));
  if (kind === 'PatchOptions') causes.push(...applyCauses(query, isApply));
  if (causes.length > 0) throw invalidOptions(kind, causes);
}

function applyCauses(query: URLSearchParams, isApply: boolean): Cause[] {
  if (isApply && !query.get('fieldManager')) {
    return [{ reason: 'FieldValueRequired', message: 'Required value: is required for apply patch', field: 'fieldManager' }];
  }
  if (!isApply && query.has('force')) {
    return [{ reason: 'FieldValueForbidden', message: 'Forbidden: may not be specified for non-apply patch', field: 'force' }];
  }
  return [];
}

export function notSupported(field: string, value: unknown, values: readonly string[]): Cause {
  const supported = values.map((one) => JSON.stringify(one)).join(', ');
  return { reason: 'FieldValueNotSupported', message: `Unsupported value: ${JSON.stringify(value)}: supported values: ${supported}`, field };
}
