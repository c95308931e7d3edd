import { expect } from 'chai';
import {
  explained,
  observePhantoms,
  phantomsIn,
  rememberedPhantoms,
  shapeKey,
  type PhantomMemory,
  type PhantomSight,
} from '../../../src/domain/phantoms.ts';
import type { Demand, Phantom } from '../../../src/domain/plan-types.ts';
import { GIB, jobs, MINUTE, NOW, shape } from './planning.ts';

const SECOND = 1000;
const EMPTY: PhantomMemory = new Map();
/** The first look at which three cycles have begun and ended since NOW. */
const GIVEN_UP = NOW + 2.25 * MINUTE;

type Node = PhantomSight['nodes'][number];

/** A node on which 4 cores stand free, since an hour before the first look unless told otherwise. */
function room(more: Partial<Node> = {}): Node {
  return { cloud: 'a', flavor: 'm1.large', free: shape(4, 8 * GIB), freeSince: NOW - 60 * MINUTE, ...more };
}

/** Cycles that began every `step` ms up to `now`, and took 2 s each. */
function cycles(now: number, n = 3, step = MINUTE): PhantomSight['cycles'] {
  return Array.from({ length: n }, (_, i) => ({
    startedAt: now - 5 * SECOND - i * step,
    endedAt: now - 3 * SECOND - i * step,
  }));
}

function look(at: number, demand: Demand[], more: Partial<PhantomSight> = {}): PhantomSight {
  return { observedAt: at, demand, nodes: [room()], cycles: cycles(at), negotiatorInterval: MINUTE, ...more };
}

/** Looks every 15 s over so many minutes, `from` on. */
function watch(
  memory: PhantomMemory,
  from: number,
  minutes: number,
  sight: (at: number) => PhantomSight,
): PhantomMemory {
  let after = memory;
  for (let at = from; at <= from + minutes * MINUTE; at += 15 * SECOND) after = observePhantoms(after, sight(at));
  return after;
}

const counts = (memory: PhantomMemory): number[] => phantomsIn(memory).map(({ count }) => count);

describe('phantom demand: the evidence', () => {
  const rows: [what: string, minutes: number, sight: (at: number) => PhantomSight, expected: number[]][] = [
    ['40 jobs idle beside free room through 3 cycles', 3, (at) => look(at, [jobs(40)]), [40]],
    ['through less than 3 cycles', 2, (at) => look(at, [jobs(40)]), []],
    [
      'it remembers only 2 cycles: 3 intervals and 20 s',
      3.5,
      (at) => look(at, [jobs(40)], { cycles: cycles(at, 2) }),
      [40],
    ],
    ['it remembers only 2 cycles: not before', 3.25, (at) => look(at, [jobs(40)], { cycles: cycles(at, 2) }), []],
    [
      'the last cycle began before the job came',
      3.5,
      (at) => look(at, [jobs(40)], { cycles: [{ startedAt: NOW - 1, endedAt: NOW }] }),
      [],
    ],
    ['none has ended since the negotiator was started', 30, (at) => look(at, [jobs(40)], { cycles: [] }), []],
    [
      'cycles every 5 s are no evidence before a minute',
      0.75,
      (at) => look(at, [jobs(40)], { cycles: cycles(at, 3, 5 * SECOND) }),
      [],
    ],
    ['cycles every 5 s: after a minute', 1, (at) => look(at, [jobs(40)], { cycles: cycles(at, 3, 5 * SECOND) }), [40]],
    ['nothing is heard of the negotiator', 30, (at) => look(at, [jobs(40)], { cycles: undefined }), []],
    ['no free room', 30, (at) => look(at, [jobs(40)], { nodes: [] }), []],
    ['free room that they do not fit into', 30, (at) => look(at, [jobs(40, 8)]), []],
    ['4 free cores without the memory', 30, (at) => look(at, [jobs(40, 1, 9 * GIB)]), []],
    [
      'room that was free for less than 3 cycles',
      30,
      (at) => look(at, [jobs(40)], { nodes: [room({ freeSince: at - MINUTE })] }),
      [],
    ],
    [
      'room of which it is not known since when it is free',
      30,
      (at) => look(at, [jobs(40)], { nodes: [room({ freeSince: undefined })] }),
      [],
    ],
    [
      'only those that were idle all the time: 30 came later',
      4,
      (at) => look(at, [jobs(at < NOW + 2 * MINUTE ? 10 : 40)]),
      [10],
    ],
    [
      'only those that were idle all the time: 30 have gone and come',
      4,
      (at) => look(at, [jobs(at === NOW + 2 * MINUTE ? 10 : 40)]),
      [10],
    ],
    [
      'all but those that are started meanwhile',
      4,
      (at) => look(at, [jobs(40 - Math.floor((at - NOW) / MINUTE))]),
      [36],
    ],
    [
      'a queue that turns over: none was idle all the time',
      10,
      (at) => look(at, [jobs((at / SECOND) % 30 === 0 ? 0 : 40)]),
      [],
    ],
    ['each shape for itself', 3, (at) => look(at, [jobs(7, 8), jobs(5, 4), jobs(3)]), [5, 3]],
  ];
  for (const [what, minutes, sight, expected] of rows) {
    it(`${what}: ${expected.length > 0 ? `${expected.join(' and ')} do not count` : 'all count'}`, () => {
      expect(counts(watch(EMPTY, NOW, minutes, sight))).to.deep.equal(expected);
    });
  }

  it('says on which kinds of node the room stood free, and since when', () => {
    const nodes = [
      room({ cloud: 'b' }),
      room(),
      room({ flavor: 'm1.small', free: shape(1, GIB) }),
      room({ flavor: 'g', free: shape(0, 0) }),
    ];
    const [found] = phantomsIn(watch(EMPTY, NOW, 3, (at) => look(at, [jobs(40)], { nodes })));
    expect(found).to.deep.equal({
      cpus: 1,
      memory: 512,
      disk: 1024,
      gpus: 0,
      count: 40,
      since: GIVEN_UP,
      until: GIVEN_UP + 10 * MINUTE,
      tries: 1,
      retrying: false,
      refusedBy: ['m1.large on a', 'm1.large on b', 'm1.small on a'],
    } satisfies Phantom);
  });
});

describe('phantom demand: what becomes of it', () => {
  const given = watch(EMPTY, NOW, 2.25, (at) => look(at, [jobs(40)]));
  const since = GIVEN_UP;
  const until = since + 10 * MINUTE;
  const gone = { nodes: [] };

  it('holds for 10 minutes, though the room goes', () => {
    const after = watch(given, since, 9, (at) => look(at, [jobs(40)], gone));
    expect(phantomsIn(after)).to.deep.equal(phantomsIn(given));
  });

  it('jobs of the same shape that come later count at first', () => {
    expect(counts(watch(given, since, 1, (at) => look(at, [jobs(60)])))).to.deep.equal([40]);
  });

  it('and no longer when they have waited as long beside free room', () => {
    expect(counts(watch(given, since, 4, (at) => look(at, [jobs(60)])))).to.deep.equal([60]);
  });

  it('is forgotten with the last job of the shape', () => {
    expect(counts(watch(given, since, 0, (at) => look(at, [])))).to.deep.equal([]);
    expect(counts(watch(given, since, 0, (at) => look(at, [jobs(0)])))).to.deep.equal([]);
  });

  it('is never more than there are jobs', () => {
    expect(counts(watch(given, since, 1, (at) => look(at, [jobs(7)])))).to.deep.equal([7]);
  });

  it('goes on while the room stands free: that is trial enough', () => {
    const after = watch(given, since, 11, (at) => look(at, [jobs(40)]));
    expect(phantomsIn(after)[0]).to.include({ count: 40, tries: 1, retrying: false, until: until + 10 * MINUTE });
  });

  it('is tried again after 10 minutes when the room has gone', () => {
    const after = watch(given, since, 10, (at) => look(at, [jobs(40)], gone));
    expect(phantomsIn(after)[0]).to.include({ count: 40, tries: 1, retrying: true });
  });

  const retrying = watch(given, since, 10, (at) => look(at, [jobs(40)], gone));

  it('is over when one was started: all count again', () => {
    expect(counts(watch(retrying, until, 0.25, (at) => look(at, [jobs(39)], gone)))).to.deep.equal([]);
  });

  it('stays on trial as long as nothing comes of it', () => {
    const after = watch(retrying, until, 60, (at) => look(at, [jobs(40)], gone));
    expect(phantomsIn(after)[0]).to.include({ tries: 1, retrying: true });
  });

  it('stays on trial while the new node has not stood free through 3 cycles', () => {
    const nodes = [room({ flavor: 'm1.xlarge', freeSince: until + MINUTE })];
    const after = watch(retrying, until, 3, (at) => look(at, [jobs(40)], { nodes }));
    expect(phantomsIn(after)[0]).to.include({ tries: 1, retrying: true });
  });

  it('refused on another kind of node, too: 20 minutes, and both kinds are told', () => {
    const nodes = [room({ flavor: 'm1.xlarge', freeSince: until + MINUTE })];
    const after = phantomsIn(watch(retrying, until, 5, (at) => look(at, [jobs(40)], { nodes })))[0];
    expect(after).to.include({ count: 40, tries: 2, retrying: false });
    expect(after?.refusedBy).to.deep.equal(['m1.large on a', 'm1.xlarge on a']);
    expect((after?.until ?? 0) - until).to.be.within(23 * MINUTE, 26 * MINUTE);
    expect(after?.since).to.equal(since);
  });

  it('pauses of 10, 20, 40, 80 and then 120 minutes', () => {
    let memory = given;
    const pauses: number[] = [];
    let at = since;
    for (let n = 0; n < 6; n++) {
      const end = phantomsIn(memory)[0]?.until ?? 0;
      pauses.push((end - at) / MINUTE);
      // no room, so that it is tried; then a node that stands free
      memory = watch(memory, end, 0, (now) => look(now, [jobs(40)], gone));
      at = end + 5 * MINUTE;
      const nodes = [room({ freeSince: end })];
      memory = observePhantoms(memory, look(at, [jobs(40)], { nodes }));
    }
    expect(pauses).to.deep.equal([10, 20, 40, 80, 120, 120]);
  });
});

describe('phantom demand: memory', () => {
  const phantom: Phantom = {
    ...shape(1, 512, { disk: 1024 }),
    count: 40,
    since: NOW - MINUTE,
    until: NOW + 9 * MINUTE,
    tries: 3,
    retrying: false,
    refusedBy: ['m1.large on a'],
  };

  it('a restart forgets nothing that was given up', () => {
    expect(phantomsIn(rememberedPhantoms([phantom]))).to.deep.equal([phantom]);
    const after = watch(rememberedPhantoms([phantom]), NOW, 1, (at) => look(at, [jobs(40)], { nodes: [] }));
    expect(phantomsIn(after)).to.deep.equal([phantom]);
  });

  it('after a restart evidence begins anew: nothing is given up that was not', () => {
    expect(counts(observePhantoms(EMPTY, look(NOW, [jobs(40)])))).to.deep.equal([]);
  });

  it("takes HTCondor's words of one job in, and keeps them", () => {
    const example = { job: '12.0', analysis: 'no machine matches Requirements' };
    const told = explained(rememberedPhantoms([phantom]), phantom, example);
    expect(phantomsIn(told)[0]?.example).to.deep.equal(example);
    expect(phantomsIn(watch(told, NOW, 12, (at) => look(at, [jobs(40)])))[0]?.example).to.deep.equal(example);
    expect(phantomsIn(explained(EMPTY, phantom, example))).to.deep.equal([]);
  });

  it('does not grow with the time: a shape that changes at each look keeps a bounded history', () => {
    let memory = EMPTY;
    for (let n = 0; n < 1000; n++)
      memory = observePhantoms(memory, look(NOW + n * SECOND, [jobs(1000 + (n % 7))], { cycles: [] }));
    expect(memory.get(shapeKey(jobs(1)))?.samples.length).to.be.at.most(64);
  });

  it('changes nothing of what it is given', () => {
    const before = structuredClone([...rememberedPhantoms([phantom])]);
    const memory = rememberedPhantoms([phantom]);
    watch(memory, NOW, 30, (at) => look(at, [jobs(60)]));
    expect([...memory]).to.deep.equal(before);
  });
});
