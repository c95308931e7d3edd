import type { Startd } from '../domain/snapshots.ts';
import type { SlotReading } from './slots.ts';

interface Remembered {
  reading: SlotReading;
  /** Since when its dynamic slots are the same, corrected. */
  since: number | undefined;
  /** The time that the ad says is the first one since they changed, so it may still be the one of the change before. */
  provisional: boolean;
}

/**
 * Corrects since when the dynamic slots of a startd are the same. NumDynamicSlotsTime errs on both sides (measured with 23.9.6):
 *
 * - When a dynamic slot goes, the ad that says so may still carry the time of the change before; only the next update corrects it, which is
 *   UPDATE_INTERVAL later. Without this, a node would look idle, and what became free on it would look free, for as long as the job ran.
 * - A match that comes to nothing makes a dynamic slot and takes it away again. A job whose request the startd refuses
 *   (`request_cpus = 1.5`) does that in each negotiation cycle, on one node after the other: no node would ever look idle for long.
 *   JobStarts tells that nothing ran.
 */
export class SlotMemory {
  #remembered = new Map<string, Remembered>();

  /** Slots that are gone are forgotten. */
  correct(readings: SlotReading[]): Startd[] {
    const before = this.#remembered;
    this.#remembered = new Map();
    return readings.map((reading) => {
      const now = remember(reading, before.get(reading.name));
      this.#remembered.set(reading.name, now);
      return toStartd(reading, now.since);
    });
  }
}

function remember(reading: SlotReading, before: Remembered | undefined): Remembered {
  const said = reading.slotsChangedAt;
  if (said === undefined || before?.since === undefined) return { reading, since: said, provisional: false };
  if (!sameSlots(reading, before.reading)) {
    const otherAt = Math.max(before.since, before.reading.lastHeardFrom);
    return { reading, since: Math.max(said, otherAt), provisional: said < otherAt };
  }
  if (said === before.reading.slotsChangedAt) return { ...before, reading };
  const nothingRan = reading.jobStarts !== undefined && reading.jobStarts === before.reading.jobStarts;
  if (nothingRan && !before.provisional) return { ...before, reading };
  return { reading, since: Math.max(said, before.since), provisional: false };
}

/** Free disk changes by itself. */
function sameSlots(a: SlotReading, b: SlotReading): boolean {
  return (
    a.dynamicSlots === b.dynamicSlots &&
    a.free.cpus === b.free.cpus &&
    a.free.memory === b.free.memory &&
    a.free.gpus === b.free.gpus
  );
}

/** The plain snapshot again: what only this file needs is left out. */
function toStartd({ jobStarts, drainEndedAt, ...plain }: SlotReading, since: number | undefined): Startd {
  return {
    ...plain,
    idleSince: plain.dynamicSlots > 0 ? undefined : since,
    slotsChangedAt: since === undefined ? undefined : Math.max(since, drainEndedAt ?? since),
    ...(jobStarts !== undefined && { jobStarts }),
  };
}
