import { expect } from 'chai';
import fc from 'fast-check';
import { parseSlots, type SlotReading } from '../../../src/condor/slots.ts';
import { MasterTime, parseEpochSeconds } from '../../../src/condor/times.ts';

/** Seconds of the master's clock; ours shows the same. */
const NOW = 1_800_000_000;
const SAME = new MasterTime(NOW, NOW * 1000);

const SLOT = {
  Name: 'slot1@n1.example',
  Machine: 'n1.example',
  SlotType: 'Partitionable',
  State: 'Unclaimed',
  Activity: 'Idle',
  TotalSlotCpus: 4.0,
  TotalSlotMemory: 8192,
  TotalSlotDisk: 1000,
  Cpus: 4,
  Memory: 8192,
  Disk: 1000,
  NumDynamicSlots: 0,
  NumDynamicSlotsTime: NOW - 100,
  ChildState: [],
  ChildActivity: [],
  Start: '/Expr(TARGET.EhosPool == MY.EhosPool)/',
  DaemonStartTime: NOW - 500,
  MyCurrentTime: NOW - 3,
  LastHeardFrom: NOW - 2,
};
const BUSY = { NumDynamicSlots: 1, ChildState: ['Claimed'], ChildActivity: ['Busy'], Cpus: 3 };

function slot(change: Record<string, unknown> = {}, time = SAME): SlotReading {
  const [startd] = parseSlots(JSON.stringify([{ ...SLOT, ...change }]), time);
  if (!startd) throw new Error('no slot');
  return startd;
}

describe('parseSlots', () => {
  it('reads an idle partitionable slot', () => {
    const change = { EhosNodeId: 'u1', EhosPool: 'pool-a', AuthenticatedIdentity: 'ehos-node-u1@d' };
    expect(slot(change)).to.deep.equal({
      name: 'slot1@n1.example',
      machine: 'n1.example',
      nodeId: 'u1',
      pool: 'pool-a',
      identity: 'ehos-node-u1@d',
      state: 'Unclaimed',
      activity: 'Idle',
      total: { cpus: 4, memory: 8192, disk: 1000, gpus: 0 },
      free: { cpus: 4, memory: 8192, disk: 1000, gpus: 0 },
      dynamicSlots: 0,
      children: [],
      idleSince: (NOW - 100) * 1000,
      slotsChangedAt: (NOW - 100) * 1000,
      accepts: true,
      draining: false,
      drainReason: undefined,
      lastHeardFrom: (NOW - 2) * 1000,
      startedAt: (NOW - 500) * 1000,
      jobStarts: undefined,
      drainEndedAt: undefined,
    });
  });

  const table: [title: string, change: Record<string, unknown>, expected: Partial<SlotReading>][] = [
    [
      'a busy slot is idle since never',
      BUSY,
      { dynamicSlots: 1, idleSince: undefined, slotsChangedAt: (NOW - 100) * 1000, accepts: true },
    ],
    [
      'the lists count where the number lags',
      { ...BUSY, NumDynamicSlots: 0 },
      { dynamicSlots: 1, idleSince: undefined },
    ],
    ['the number counts where the lists lag', { NumDynamicSlots: 2 }, { dynamicSlots: 2, idleSince: undefined }],
    ['a restart ends the idle time before it', { DaemonStartTime: NOW - 10 }, { idleSince: (NOW - 10) * 1000 }],
    [
      'no time of dynamic slots: since the start',
      { NumDynamicSlotsTime: undefined },
      { idleSince: (NOW - 500) * 1000 },
    ],
    [
      'no start: since the last dynamic slot',
      { DaemonStartTime: undefined },
      { idleSince: (NOW - 100) * 1000, startedAt: undefined },
    ],
    ['neither: not known', { DaemonStartTime: undefined, NumDynamicSlotsTime: undefined }, { idleSince: undefined }],
    [
      'a drain in progress',
      { Draining: true, DrainReason: 'why' },
      { draining: true, drainReason: 'why', accepts: false },
    ],
    ['a drained slot', { State: 'Drained' }, { state: 'Drained', draining: true, accepts: false }],
    ['START is false: the slot stays Unclaimed', { Start: false }, { state: 'Unclaimed', accepts: false }],
    ['no START: turned off peacefully', { Start: undefined }, { accepts: false, draining: false }],
    ['START is undefined', { Start: null }, { accepts: false }],
    ['START is true', { Start: true }, { accepts: true }],
    ['its owner has it', { State: 'Owner' }, { accepts: false }],
    ['jobs it has started', { JobStarts: 7 }, { jobStarts: 7 }],
    ['a drain that was taken back', { LastDrainStopTime: NOW - 9 }, { drainEndedAt: (NOW - 9) * 1000 }],
    [
      'GPUs, of which one is given away',
      { DetectedGPUs: 'GPU-1, GPU-2', TotalSlotGPUs: 2, GPUs: 1, NumDynamicSlots: 1 },
      { dynamicSlots: 1 },
    ],
    ['no activity', { Activity: undefined }, { activity: 'Unknown' }],
    [
      'a static slot that is free',
      { SlotType: 'Static', EnteredCurrentState: NOW - 50 },
      { dynamicSlots: 0, idleSince: (NOW - 50) * 1000 },
    ],
    [
      'a static slot that runs a job',
      { SlotType: 'Static', State: 'Claimed' },
      { dynamicSlots: 1, idleSince: undefined },
    ],
    ['a static slot that loses a job', { SlotType: 'Static', State: 'Preempting' }, { dynamicSlots: 1 }],
  ];
  for (const [title, change, expected] of table) {
    it(title, () => {
      expect(slot(change)).to.include(expected);
    });
  }

  it('has nothing free in a static slot that runs a job', () => {
    const claimed = slot({ SlotType: 'Static', State: 'Claimed' });
    expect(claimed.free).to.deep.equal({ cpus: 0, memory: 0, disk: 0, gpus: 0 });
    expect(claimed.total.cpus).to.equal(4);
  });

  it('takes totals of the machine where the slot has none', () => {
    const totals = { TotalSlotCpus: undefined, TotalCpus: 8.0, TotalSlotGPUs: undefined, TotalGPUs: 2, GPUs: 1 };
    const startd = slot(totals);
    expect(startd.total).to.include({ cpus: 8, gpus: 2 });
    expect(startd.free.gpus).to.equal(1);
  });

  it('pairs states and activities of dynamic slots', () => {
    const { children } = slot({ NumDynamicSlots: 2, ChildState: ['Claimed', 'Claimed'], ChildActivity: ['Busy'] });
    expect(children).to.deep.equal([
      { state: 'Claimed', activity: 'Busy' },
      { state: 'Claimed', activity: 'Unknown' },
    ]);
  });

  it('leaves dynamic slots out', () => {
    expect(parseSlots(JSON.stringify([{ ...SLOT, SlotType: 'Dynamic' }]), SAME)).to.deep.equal([]);
  });

  for (const attribute of ['Name', 'LastHeardFrom']) {
    it(`refuses an ad without ${attribute}`, () => {
      expect(() => slot({ [attribute]: undefined })).to.throw(/a slot ad without/);
    });
  }

  describe('of what a startd writes itself', () => {
    const odd: [name: string, change: Record<string, unknown>][] = [
      ['no State', { State: undefined }],
      ['a State that is a number', { State: 5 }],
      ['no count of dynamic slots', { NumDynamicSlots: undefined }],
      ['a count that is a text', { NumDynamicSlots: '0' }],
      ['a count below nothing', { NumDynamicSlots: -1 }],
      ['a count that cannot be evaluated', { NumDynamicSlots: '/Expr(error)/' }],
      ['a count of half a slot', { NumDynamicSlots: 0.5 }],
      ['no type', { SlotType: undefined }],
      ['a type that nobody knows', { SlotType: 'Imaginary' }],
      ['a static slot in a state that nobody knows', { SlotType: 'Static', State: 'Busy' }],
    ];
    for (const [name, change] of odd)
      it(`takes ${name} for busy`, () => {
        // a partitionable slot says Unclaimed whatever runs there: its count alone decides
        const busy = change.SlotType === undefined && 'State' in change ? { ...change, SlotType: 'Static' } : change;
        expect(slot(busy).dynamicSlots).to.be.greaterThan(0);
        expect(slot(busy).idleSince).to.equal(undefined);
      });

    it('reads the others as well when one is odd', () => {
      const names = parseSlots(
        JSON.stringify([{ Name: '/Expr(strcat("a","b"))/', LastHeardFrom: NOW }, SLOT, { ...SLOT, Machine: 5 }]),
        SAME,
      ).map(({ name, machine }) => [name, machine]);
      expect(names).to.deep.equal([
        ['/Expr(strcat("a","b"))/', '/Expr(strcat("a","b"))/'],
        ['slot1@n1.example', 'n1.example'],
        ['slot1@n1.example', 'n1.example'],
      ]);
    });

    it('has numbers that can be reckoned with, whatever it says', () => {
      const numbers = fc.oneof(
        fc.double(),
        fc.constantFrom('/Expr(1/0)/', '/Expr(real("INF"))/', '4', null, [], {}, true, 1e300, -1e300, 2 ** 63),
      );
      const names = Object.keys(SLOT).filter((name) => !['Name', 'LastHeardFrom', 'SlotType'].includes(name));
      fc.assert(
        fc.property(fc.dictionary(fc.constantFrom(...names), numbers), (change) => {
          const startd = slot(change);
          for (const { cpus, memory, disk, gpus } of [startd.total, startd.free])
            for (const amount of [cpus, memory, disk, gpus])
              expect(Number.isSafeInteger(amount) && amount >= 0).to.equal(true);
          for (const time of [startd.idleSince, startd.slotsChangedAt, startd.startedAt, startd.lastHeardFrom])
            expect(time === undefined || Number.isFinite(new Date(time).getTime())).to.equal(true);
          expect(Number.isSafeInteger(startd.dynamicSlots)).to.equal(true);
        }),
      );
    });
  });

  describe('whose clocks differ', () => {
    it("gives times in the operator's clock when the master is an hour behind", () => {
      const time = new MasterTime(NOW - 3600, NOW * 1000);
      const startd = slot(
        {
          LastHeardFrom: NOW - 3602,
          MyCurrentTime: NOW - 3602,
          DaemonStartTime: NOW - 4100,
          NumDynamicSlotsTime: NOW - 3700,
        },
        time,
      );
      expect(startd.lastHeardFrom).to.equal((NOW - 2) * 1000);
      expect(startd.idleSince).to.equal((NOW - 100) * 1000);
    });

    it('corrects a node that is an hour ahead', () => {
      const startd = slot({ MyCurrentTime: NOW + 3598, NumDynamicSlotsTime: NOW + 3500, DaemonStartTime: NOW + 3000 });
      expect(startd.idleSince).to.equal((NOW - 100) * 1000);
      expect(startd.startedAt).to.equal((NOW - 600) * 1000);
    });

    it('takes an ad that was old when it arrived for no difference', () => {
      expect(slot({ MyCurrentTime: NOW - 14 }).idleSince).to.equal((NOW - 100) * 1000);
    });

    it('does not jitter with the seconds of a round trip', () => {
      const times = [0, 1, 2, 3].map((delay) => slot({}, new MasterTime(NOW, NOW * 1000 + delay * 1000)).idleSince);
      expect(new Set(times).size).to.equal(1);
    });

    it('takes a node without a clock of its own at its word', () => {
      expect(slot({ MyCurrentTime: undefined }).idleSince).to.equal((NOW - 100) * 1000);
    });
  });
});

describe('parseEpochSeconds', () => {
  it('reads what date prints', () => {
    expect(parseEpochSeconds('1795486063\n')).to.equal(1_795_486_063);
  });
  for (const output of ['', 'today', '12', '1795486063 1']) {
    it(`refuses ${JSON.stringify(output)}`, () => {
      expect(() => parseEpochSeconds(output)).to.throw(/not a time/);
    });
  }
});
