/** The options of a write in its query: what they may be. */
import {
  fieldForbidden,
  fieldNotSupported,
  fieldRequired,
  fieldTooLong,
  invalidOptions,
  type Cause,
} from '../status.ts';
import type { ApiRequest } from './request.ts';

type OptionsKind = 'CreateOptions' | 'UpdateOptions' | 'PatchOptions' | 'DeleteOptions';

const VALIDATIONS = ['', 'Ignore', 'Strict', 'Warn'];
const MAX_MANAGER = 128;

/** Throws 422 for options that are none. An apply must name its manager, and nothing but an apply may force. */
export function checkWriteOptions(kind: OptionsKind, request: ApiRequest, isApply = false): void {
  const { query } = request;
  const causes: Cause[] = [];
  const dryRun = query.getAll('dryRun').filter((value) => value !== '');
  if (dryRun.some((value) => value !== 'All')) causes.push(fieldNotSupported('dryRun', dryRun, ['All']));
  const manager = query.get('fieldManager') ?? '';
  if (manager.length > MAX_MANAGER) {
    causes.push(fieldTooLong('fieldManager', MAX_MANAGER));
  }
  const validation = query.get('fieldValidation') ?? '';
  if (!VALIDATIONS.includes(validation)) causes.push(fieldNotSupported('fieldValidation', validation, VALIDATIONS));
  if (kind === 'PatchOptions') causes.push(...applyCauses(query, isApply));
  if (causes.length > 0) throw invalidOptions(kind, causes);
}

function applyCauses(query: URLSearchParams, isApply: boolean): Cause[] {
  if (isApply && !query.get('fieldManager')) {
    return [fieldRequired('fieldManager', 'is required for apply patch')];
  }
  if (!isApply && query.has('force')) {
    return [fieldForbidden('force', 'may not be specified for non-apply patch')];
  }
  return [];
}
