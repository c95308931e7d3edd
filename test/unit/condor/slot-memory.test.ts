import { expect } from 'chai';
import { SlotMemory } from '../../../src/condor/slot-memory.ts';
import type { SlotReading } from '../../../src/condor/slots.ts';
import type { Startd } from '../../../src/domain/snapshots.ts';

/** One ad at a time; times in seconds. */
interface Told {
  heard: number;
  /** NumDynamicSlotsTime. */
  changed: number | undefined;
  /** Dynamic slots, of one core each. */
  slots: number;
  started?: number;
  drainEnded?: number;
}

function reading(name: string, { heard, changed, slots, started, drainEnded }: Told): SlotReading {
  const shape = { cpus: 4, memory: 8192, disk: 1000, gpus: 0 };
  const at = changed === undefined ? undefined : changed * 1000;
  return {
    name,
    machine: 'n1',
    nodeId: undefined,
    pool: undefined,
    identity: undefined,
    state: 'Unclaimed',
    activity: 'Idle',
    total: shape,
    free: { ...shape, cpus: 4 - slots, disk: 1000 - heard },
    dynamicSlots: slots,
    children: [],
    idleSince: slots > 0 ? undefined : at,
    slotsChangedAt: at,
    accepts: true,
    draining: false,
    drainReason: undefined,
    lastHeardFrom: heard * 1000,
    startedAt: 0,
    jobStarts: started,
    drainEndedAt: drainEnded === undefined ? undefined : drainEnded * 1000,
  };
}

/** What the last of these ads is taken for, in seconds. */
function after(...ads: Told[]): { idle: number | undefined; changed: number | undefined } {
  const memory = new SlotMemory();
  let last: Startd | undefined;
  for (const ad of ads) [last] = memory.correct([reading('slot1@n1', ad)]);
  const seconds = (ms: number | undefined): number | undefined => (ms === undefined ? undefined : ms / 1000);
  return { idle: seconds(last?.idleSince), changed: seconds(last?.slotsChangedAt) };
}

describe('SlotMemory', () => {
  const table: [title: string, ads: Told[], expected: ReturnType<typeof after>][] = [
    ['believes the first ad', [{ heard: 60, changed: 10, slots: 0 }], { idle: 10, changed: 10 }],
    [
      'knows nothing of an ad without a time',
      [{ heard: 60, changed: undefined, slots: 0 }],
      { idle: undefined, changed: undefined },
    ],
    [
      'does not let a slot be idle since before it was last seen busy',
      [
        { heard: 50, changed: 0, slots: 1, started: 1 },
        { heard: 60, changed: 0, slots: 0, started: 1 },
      ],
      { idle: 50, changed: 50 },
    ],
    [
      'believes the next ad, which corrects the time',
      [
        { heard: 50, changed: 0, slots: 1, started: 1 },
        { heard: 60, changed: 0, slots: 0, started: 1 },
        { heard: 120, changed: 58, slots: 0, started: 1 },
      ],
      { idle: 58, changed: 58 },
    ],
    [
      'does the same where one of two jobs ended (recorded: the time stayed for 38 s)',
      [
        { heard: 145, changed: 144, slots: 2, started: 2 },
        { heard: 186, changed: 144, slots: 1, started: 2 },
      ],
      { idle: undefined, changed: 145 },
    ],
    [
      'is not moved by matches that come to nothing',
      [
        { heard: 60, changed: 10, slots: 0, started: 8 },
        { heard: 120, changed: 119, slots: 0, started: 8 },
        { heard: 180, changed: 178, slots: 0, started: 8 },
      ],
      { idle: 10, changed: 10 },
    ],
    [
      'is not moved by them either after the first time was corrected',
      [
        { heard: 50, changed: 0, slots: 1, started: 1 },
        { heard: 60, changed: 0, slots: 0, started: 1 },
        { heard: 120, changed: 58, slots: 0, started: 1 },
        { heard: 180, changed: 170, slots: 0, started: 1 },
      ],
      { idle: 58, changed: 58 },
    ],
    [
      'sees a job that came and went between two ads',
      [
        { heard: 60, changed: 10, slots: 0, started: 8 },
        { heard: 120, changed: 100, slots: 0, started: 9 },
      ],
      { idle: 100, changed: 100 },
    ],
    [
      'believes the time of a startd that does not count its jobs',
      [
        { heard: 60, changed: 10, slots: 0 },
        { heard: 120, changed: 100, slots: 0 },
      ],
      { idle: 100, changed: 100 },
    ],
    [
      'keeps the time while a claim takes one job after the other',
      [
        { heard: 60, changed: 10, slots: 1, started: 1 },
        { heard: 120, changed: 10, slots: 1, started: 9 },
      ],
      { idle: undefined, changed: 10 },
    ],
    [
      'believes the time when a slot becomes busy',
      [
        { heard: 60, changed: 10, slots: 0, started: 0 },
        { heard: 120, changed: 119, slots: 1, started: 1 },
      ],
      { idle: undefined, changed: 119 },
    ],
    [
      'counts what is free from the end of a drain, and idleness from the end of the last job',
      [{ heard: 60, changed: 10, slots: 0, drainEnded: 40 }],
      { idle: 10, changed: 40 },
    ],
    ['forgets an old drain', [{ heard: 60, changed: 10, slots: 0, drainEnded: 5 }], { idle: 10, changed: 10 }],
  ];
  for (const [title, ads, expected] of table) {
    it(title, () => {
      expect(after(...ads)).to.deep.equal(expected);
    });
  }

  it('leaves other slots alone, and forgets one that is gone', () => {
    const memory = new SlotMemory();
    const busy = reading('slot1@n1', { heard: 50, changed: 0, slots: 1 });
    const idle = { heard: 60, changed: 0, slots: 0 };
    memory.correct([busy]);
    expect(memory.correct([reading('slot1@n2', idle)])[0]?.idleSince).to.equal(0);
    expect(memory.correct([reading('slot1@n1', idle)])[0]?.idleSince).to.equal(0);
  });

  it('gives the plain snapshot, with the jobs that it has started where it says so', () => {
    const [startd] = new SlotMemory().correct([reading('slot1@n1', { heard: 1, changed: 0, slots: 0, started: 3 })]);
    expect(startd).not.to.have.any.keys('drainEndedAt');
    expect(startd?.jobStarts).to.equal(3);
    const silent = { ...reading('slot1@n1', { heard: 1, changed: 0, slots: 0 }), jobStarts: undefined };
    expect(new SlotMemory().correct([silent])[0]).not.to.have.any.keys('jobStarts');
  });
});
