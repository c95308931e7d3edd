/** Configuration of the simulated pool, in the words of HTCondor's configuration variables. */
import { makeCertificates, type PoolCertificates } from './certificates.ts';

export interface PoolOptions {
  /** NEGOTIATOR_INTERVAL, seconds (default 60). */
  negotiatorIntervalSeconds?: number;
  /** NEGOTIATOR_CYCLE_DELAY, seconds (default 20): not sooner than this after the last cycle. */
  negotiatorCycleDelaySeconds?: number;
  /** NAME_LIMIT by NAME: concurrency limits (default none). */
  concurrencyLimits?: Readonly<Record<string, number>>;
  /** CLASSAD_LIFETIME, seconds (default 900): silent nodes' ads go after one to two of these. */
  adLifetimeSeconds?: number;
  /** JOB_DEFAULT_LEASE_DURATION, seconds (default 2400). */
  leaseSeconds?: number;
  /** CLAIM_WORKLIFE, seconds (default 1200). */
  claimWorklifeSeconds?: number;
  /** The collector lags so much behind the startds, milliseconds (default 1000; measured: up to 2 s). */
  reportLagMs?: number;
  /** Name of the master's host (default `condor-master`): Name of the schedd, and in the collector's certificate. */
  hostname?: string;
  /** Where workers find the collector (default 10.20.0.1:9618). */
  collector?: { host: string; port: number };
  /** TRUST_DOMAIN (default `ehos.sandbox`). */
  trustDomain?: string;
  /** The collector's certificates (default: made anew). */
  certificates?: PoolCertificates;
  /** SEC_TOKEN_REQUEST_LIMITS; absent: requests are not cut down. */
  tokenLimits?: readonly string[];
  /** SEC_ISSUED_TOKEN_EXPIRATION, seconds. */
  maxTokenSeconds?: number;
}

export type PoolSettings = Required<Omit<PoolOptions, 'tokenLimits' | 'maxTokenSeconds'>>;

export function resolveSettings(options: PoolOptions, now: number): PoolSettings {
  const hostname = options.hostname ?? 'condor-master';
  const trustDomain = options.trustDomain ?? 'ehos.sandbox';
  return {
    negotiatorIntervalSeconds: options.negotiatorIntervalSeconds ?? 60,
    negotiatorCycleDelaySeconds: options.negotiatorCycleDelaySeconds ?? 20,
    concurrencyLimits: options.concurrencyLimits ?? {},
    adLifetimeSeconds: options.adLifetimeSeconds ?? 900,
    leaseSeconds: options.leaseSeconds ?? 2400,
    claimWorklifeSeconds: options.claimWorklifeSeconds ?? 1200,
    reportLagMs: options.reportLagMs ?? 1000,
    hostname,
    collector: options.collector ?? { host: '10.20.0.1', port: 9618 },
    trustDomain,
    certificates: options.certificates ?? makeCertificates(trustDomain, hostname, now),
  };
}
