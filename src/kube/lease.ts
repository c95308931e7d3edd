/** The Lease (coordination.k8s.io/v1) as leader election reads and writes it. */
import type { KubeObject, ResourceType } from '../api/resources.ts';
import { microTime } from './event-parts.ts';

export const LEASES: ResourceType = {
  group: 'coordination.k8s.io',
  version: 'v1',
  plural: 'leases',
  kind: 'Lease',
};

/** As it comes: only the API server's own schema has been over it, and people may have edited it. */
export interface Lease extends KubeObject {
  spec?: Readonly<Record<string, unknown>> | null | undefined;
}

/** Of which installation the holder is. */
export const RELEASE = 'ehos.io/release';
/** Which namespaces it serves: `*`, or their names with commas between. */
export const NAMESPACES_SERVED = 'ehos.io/namespaces';

/** Namespaces that an operator serves; undefined: all. */
export type Scope = readonly string[] | undefined;

export interface LeaseSight {
  namespace: string;
  resourceVersion: string;
  /** undefined: nobody. */
  holder: string | undefined;
  /** How long others must leave it alone after each change that they see, ms. */
  durationMs: number;
  transitions: number;
  /** Another text after each renewal. Which time stands there does not matter: clocks differ. */
  revision: string;
  release: string | undefined;
  scope: Scope;
}

/** Of whoever says nothing sensible. */
const DEFAULT_DURATION_MS = 15_000;
/** A duration beyond this is taken for a slip: nobody would lead for as long, and nobody renews that seldom. */
const MAX_DURATION_MS = 600_000;

export function readLease({ metadata, spec }: Lease): LeaseSight {
  const { holderIdentity, leaseDurationSeconds: seconds, leaseTransitions, renewTime, acquireTime } = spec ?? {};
  const usable = typeof seconds === 'number' && seconds > 0;
  const annotations = metadata.annotations ?? {};
  return {
    namespace: metadata.namespace ?? '',
    resourceVersion: metadata.resourceVersion ?? '',
    holder: holderOf(holderIdentity),
    durationMs: usable ? Math.min(seconds * 1000, MAX_DURATION_MS) : DEFAULT_DURATION_MS,
    transitions: typeof leaseTransitions === 'number' && leaseTransitions >= 0 ? Math.floor(leaseTransitions) : 0,
    revision: JSON.stringify([metadata.uid, holderIdentity, renewTime, acquireTime, leaseTransitions]),
    release: annotations[RELEASE],
    scope: scopeOf(annotations[NAMESPACES_SERVED]),
  };
}

/** What is no text is somebody all the same. */
function holderOf(value: unknown): string | undefined {
  if (value === undefined || value === null || value === '') return undefined;
  return typeof value === 'string' ? value : JSON.stringify(value);
}

/** Whoever does not say what it serves is taken to serve all. */
function scopeOf(text: string | undefined): Scope {
  const names = (text ?? '').split(',').map((name) => name.trim());
  const named = names.filter((name) => name !== '');
  return named.length === 0 || named.includes('*') ? undefined : named;
}

function scopeText(scope: Scope): string {
  return scope === undefined ? '*' : scope.join(',');
}

/** The namespaces that both serve; `all` when that cannot be named one by one, undefined when there are none. */
export function overlapOf(a: Scope, b: Scope): string | undefined {
  if (a === undefined && b === undefined) return 'all namespaces';
  if (a === undefined || b === undefined) return inWords(a ?? b ?? []);
  const both = a.filter((name) => b.includes(name));
  return both.length === 0 ? undefined : inWords(both);
}

function inWords(names: readonly string[]): string {
  return `${names.length === 1 ? 'namespace' : 'namespaces'} ${names.join(', ')}`;
}

/** What the holder says of itself when it takes the Lease. */
export interface Tenure {
  identity: string;
  durationMs: number;
  release: string;
  scope: Scope;
}

interface LeaseChange {
  metadata?: { annotations: Record<string, string> };
  spec: Record<string, unknown>;
}

export function takenLease(
  { identity, durationMs, release, scope }: Tenure,
  now: number,
  transitions: number,
): LeaseChange {
  return {
    metadata: { annotations: { [RELEASE]: release, [NAMESPACES_SERVED]: scopeText(scope) } },
    spec: {
      holderIdentity: identity,
      leaseDurationSeconds: durationMs / 1000,
      acquireTime: microTime(now),
      renewTime: microTime(now),
      leaseTransitions: transitions,
    },
  };
}

export function renewedLease(now: number): LeaseChange {
  return { spec: { renewTime: microTime(now) } };
}

/** Nobody's. The short duration is for those who look at it alone, as client-go does. */
export function releasedLease(now: number): LeaseChange {
  return { spec: { holderIdentity: null, leaseDurationSeconds: 1, renewTime: microTime(now) } };
}
