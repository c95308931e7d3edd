/** Finding what a template names, and saying well that it is not there. */
import { EhosError } from '../base/errors.ts';

const SHOWN_NAMES = 10;

/** `there are "a", "b" and 3 more`, in alphabetical order; `there is none`. */
export function whatThereIs(names: readonly string[]): string {
  const unique = [...new Set(names)].sort();
  const shown = unique.slice(0, SHOWN_NAMES).map((name) => `"${name}"`);
  if (shown.length === 0) return 'there is none';
  const more = unique.length > shown.length ? ` and ${unique.length - shown.length} more` : '';
  return `${unique.length === 1 ? 'there is' : 'there are'} ${shown.join(', ')}${more}`;
}

/** `field` is relative to the template. */
export function invalid(field: string, why: string): EhosError {
  return new EhosError('Invalid', `${field}: ${why}`, { field });
}

/**
 * All of `lookups`, which run side by side. When several fail it is always the same one that is reported, whichever answered first:
 * the first `Invalid`, for it is what the user can act on, else the first.
 */
export async function allOf<T extends readonly unknown[]>(lookups: { [K in keyof T]: Promise<T[K]> }): Promise<T> {
  const results = await Promise.allSettled(lookups);
  const errors = results.filter((result) => result.status === 'rejected').map((result): unknown => result.reason);
  if (errors.length > 0) {
    throw errors.find((error) => error instanceof EhosError && error.errorClass === 'Invalid') ?? errors[0];
  }
  return results.map((result) => (result as PromiseFulfilledResult<unknown>).value) as unknown as T;
}
