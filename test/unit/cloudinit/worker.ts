import type { WorkerConfig } from '../../../src/cloudinit/user-data.ts';

/** Looks like a certificate; nobody parses it here. */
const CA = `-----BEGIN CERTIFICATE-----
${'QUJD'.repeat(16)}
QUJD
-----END CERTIFICATE-----
`;

export const TOKEN = 'eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJlaG9zLW5vZGUifQ.c2lnbmF0dXJl';

export function worker(change: Partial<WorkerConfig> = {}): WorkerConfig {
  return {
    nodeUid: '4a91ad8d-f3e5-4d80-a628-896b509204cf',
    pool: 'pool-a',
    collector: { host: '10.20.0.1', port: 9618, alias: 'condor-master' },
    trustDomain: 'pool.example',
    credentials: { method: 'Approve', caCertificate: CA, lifetimeSeconds: 2_592_000 },
    startdAttributes: {},
    updateIntervalSeconds: 60,
    ...change,
  };
}
