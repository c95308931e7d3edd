/** Nova's microversions: what is asked for, and what the answer says. */
import type { IncomingHttpHeaders } from 'node:http';
import { novaError } from '../reply.ts';

export const MIN_MINOR = 1;
/** 2025.1. */
export const MAX_MINOR = 100;

/** The minor number asked for: 96 for `OpenStack-API-Version: compute 2.96`; 1 without a header. Throws 400 and 406. */
export function microversionOf(headers: IncomingHttpHeaders): number {
  const asked = askedFor(headers);
  if (asked === undefined) return MIN_MINOR;
  if (asked === 'latest') return MAX_MINOR;
  const parts = /^([1-9]\d*)\.([1-9]\d*|0)$/.exec(asked);
  if (!parts) {
    throw novaError(400, `API Version String ${asked} is of invalid format. Must be of format MajorNum.MinorNum.`);
  }
  const minor = Number(parts[2]);
  if (parts[1] === '2' && minor >= MIN_MINOR && minor <= MAX_MINOR) return minor;
  const error = novaError(
    406,
    `Version ${asked} is not supported by the API. Minimum is 2.${MIN_MINOR} and maximum is 2.${MAX_MINOR}.`,
  );
  Object.assign(error.reply.headers, microversionHeaders(asked));
  throw error;
}

function askedFor(headers: IncomingHttpHeaders): string | undefined {
  const header = headers['openstack-api-version'];
  const entries = (typeof header === 'string' ? header : '').split(',').map((entry) => entry.trim().split(/\s+/));
  const modern = entries.find(([service]) => service === 'compute')?.[1];
  const old = headers['x-openstack-nova-api-version'];
  return modern ?? (typeof old === 'string' ? old : undefined);
}

/** The headers of an answer given in this microversion (`2.96`). */
export function microversionHeaders(version: string): Record<string, string> {
  return {
    'openstack-api-version': `compute ${version}`,
    'x-openstack-nova-api-version': version,
    vary: 'OpenStack-API-Version, X-OpenStack-Nova-API-Version',
  };
}
