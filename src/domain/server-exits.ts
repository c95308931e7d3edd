/**
 * Every state of a server has a way out (incident I6), and none is taken on a doubt: what the cloud says of a server, what HTCondor says of
 * its startd, and what is done about both. docs/node-states.md has the same table for admins; a test compares the two.
 */
import type { LifecycleSettings } from './lifecycle-types.ts';
import type { VmState } from './snapshots.ts';

export type StartdView =
  /** Its startd was never in the pool: no job can have run there. */
  | 'NotJoined'
  /** HTCondor hears of it. */
  | 'Heard'
  /** It was in the pool and has not been heard of for three of its update intervals. */
  | 'Lost';

export interface Exit {
  /** Keep: it stays as long as both say the same. Replace: it leaves after that time. */
  act: 'Keep' | 'Replace';
  /** From the launch where it has not joined, from the loss where it is Lost; 0: at once. */
  after: 0 | keyof Pick<LifecycleSettings, 'bootTimeout' | 'lostTimeout' | 'suspendedTimeout'>;
  why: string;
}

const boot = (why: string): Exit => ({ act: 'Replace', after: 'bootTimeout', why });
const keep = (why: string): Exit => ({ act: 'Keep', after: 0, why });
const lost = (why: string): Exit => ({ act: 'Replace', after: 'lostTimeout', why });
const now = (why: string): Exit => ({ act: 'Replace', after: 0, why });

const HEARD = 'HTCondor hears of it, so it runs, whatever the cloud says';
const MAY_RUN = 'jobs may run there; after that time the schedd has given them to others (their lease is 40 minutes)';
const GONE = 'the server is gone';

export const EXITS: Readonly<Record<VmState, Readonly<Record<StartdView, Exit>>>> = {
  Booting: {
    NotJoined: boot('it may still boot; a build that never ends is stuck'),
    Heard: keep(HEARD),
    Lost: lost(MAY_RUN),
  },
  Active: {
    NotJoined: boot('it may still join'),
    Heard: keep(HEARD),
    Lost: lost(MAY_RUN),
  },
  Restarting: {
    NotJoined: boot('it may join after the reboot'),
    Heard: keep(HEARD),
    Lost: lost('it comes back from a reboot by itself'),
  },
  Suspended: {
    NotJoined: boot('nobody suspends a node that has not joined to keep it'),
    Heard: keep('HTCondor heard of it a moment ago'),
    Lost: {
      act: 'Replace',
      after: 'suspendedTimeout',
      why: 'somebody suspended or paused it, and its jobs go on where they were when it is resumed',
    },
  },
  Stopping: {
    NotJoined: boot('somebody may start it again'),
    Heard: keep('HTCondor heard of it a moment ago'),
    Lost: now('it is switched off, and its jobs with it'),
  },
  Error: {
    NotJoined: now("the cloud could not build it; its own words stand in the node's status"),
    Heard: keep(HEARD),
    Lost: lost('ERROR says that an operation failed, not that it was switched off: jobs may run there'),
  },
  Deleted: {
    NotJoined: now(GONE),
    Heard: now('the cloud has no such server, asked for by its id'),
    Lost: now(GONE),
  },
  Unknown: {
    NotJoined: boot('the cloud does not know either'),
    Heard: keep(HEARD),
    Lost: lost(MAY_RUN),
  },
};

/** ms; 0: at once. */
export function exitAfter({ after }: Exit, settings: LifecycleSettings): number {
  return after === 0 ? 0 : settings[after];
}

/** Nothing can run on a server in this state: it is switched off, or gone. */
export function isOff(state: VmState | undefined): boolean {
  return state === 'Stopping' || state === 'Deleted';
}
