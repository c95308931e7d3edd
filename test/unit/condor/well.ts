/** A master where all is well, and a client of it. */
import { ManualClock } from '../../../src/base/clock.ts';
import { EhosError } from '../../../src/base/errors.ts';
import { CondorMasterClient } from '../../../src/condor/client.ts';
import { FakeMaster, type FakeAnswer, type FakeStep } from './fake-master.ts';

export const NOW = Date.UTC(2026, 0, 1);
const seconds = NOW / 1000;
export const SLOT = {
  Name: 'slot1@n1',
  Machine: 'n1',
  SlotType: 'Partitionable',
  State: 'Unclaimed',
  Activity: 'Idle',
  Start: true,
  LastHeardFrom: seconds,
  DaemonStartTime: seconds - 60,
};
export const GROUP = { JobStatus: 1, JobCount: 3, RequestCpus: 1, RequestMemory: 512, RequestDisk: 1 };
const FACTORY = { JobMaterializeLimit: 10, JobMaterializeNextProcId: 4, RequestCpus: 1 };

/** Where the negotiator of it answers. */
export const NEGOTIATOR = '<127.0.0.1:9618?addrs=127.0.0.1-9618&sock=negotiator_26_698d>';
/** Ad of a negotiator whose cycles began so many seconds ago, and took one each. */
export function negotiatorAd(...secondsAgo: number[]): FakeAnswer {
  const cycles = secondsAgo.flatMap((ago, i): [string, number][] => [
    [`LastNegotiationCycleTime${i}`, seconds - ago],
    [`LastNegotiationCycleEnd${i}`, seconds - ago + 1],
  ]);
  const times = Object.fromEntries<number>(cycles);
  const ad = { Name: 'master', MyAddress: NEGOTIATOR, LastHeardFrom: seconds, ...times };
  return { stdout: JSON.stringify([ad]) };
}

/** A master where all is well. */
const WELL: Record<string, FakeAnswer> = {
  time: { stdout: `${seconds}\n` },
  startds: { stdout: JSON.stringify([SLOT]) },
  collector: { stdout: JSON.stringify([{ StatsLastUpdateTime: seconds, StatsLifetime: 1000 }]) },
  negotiator: negotiatorAd(100, 160, 220),
  'queue-0': { stdout: JSON.stringify([GROUP]) },
  'factories-0': { stdout: JSON.stringify([FACTORY]) },
  'token-requests': { stdout: '', stderr: 'Remote daemon reports no requests pending.' },
};

export function setUp(
  answers: Record<string, FakeAnswer> | ((step: FakeStep) => FakeAnswer | Promise<FakeAnswer>) = {},
): {
  fake: FakeMaster;
  client: CondorMasterClient;
  clock: ManualClock;
} {
  const clock = new ManualClock(NOW);
  const all =
    typeof answers === 'function'
      ? answers
      : (step: FakeStep): FakeAnswer => ({ ...WELL, ...answers })[step.name] ?? {};
  const fake = new FakeMaster(all);
  return { fake, client: new CondorMasterClient(fake, { clock }), clock };
}

export async function rejectionOf(work: Promise<unknown>): Promise<EhosError> {
  const outcome: unknown = await work.then(
    () => new Error('was not rejected'),
    (error: unknown) => error,
  );
  if (outcome instanceof EhosError) return outcome;
  throw outcome as Error;
}
