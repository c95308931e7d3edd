import { ManualClock } from '../../../../src/base/clock.ts';
import { seededRandom } from '../../../../src/base/random.ts';
import { CondorPool } from '../../../../src/sandbox/condor/pool/pool.ts';
import type { PoolOptions } from '../../../../src/sandbox/condor/pool/pool-options.ts';
import type { StartdSpec } from '../../../../src/sandbox/condor/pool/startd.ts';

export const SECOND = 1000;
export const MINUTE = 60 * SECOND;

export function startPool(options: PoolOptions = {}): { clock: ManualClock; pool: CondorPool } {
  const clock = new ManualClock();
  return { clock, pool: new CondorPool({ clock, random: seededRandom(1), ...options }) };
}

/** A node of pool-a with 4 cores and 8000 MiB. */
export function node(machine: string, overrides: Partial<StartdSpec> = {}): StartdSpec {
  return {
    machine,
    address: '10.20.1.1',
    total: { cpus: 4, memory: 8000, disk: 20_000_000, gpus: 0 },
    attributes: { EhosNodeId: machine, EhosPool: 'pool-a' },
    start: '(TARGET.EhosPool =?= undefined || TARGET.EhosPool == MY.EhosPool)',
    identity: `ehos-node-${machine}@ehos.sandbox`,
    updateIntervalSeconds: 60,
    maxRetirementSeconds: 7 * 24 * 3600,
    masterAd: true,
    ...overrides,
  };
}
