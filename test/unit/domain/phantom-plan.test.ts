import { expect } from 'chai';
import { withoutPhantoms } from '../../../src/domain/phantoms.ts';
import { plan } from '../../../src/domain/plan.ts';
import type { Phantom } from '../../../src/domain/plan-types.ts';
import {
  cloud,
  GPU,
  headroom,
  jobs,
  LARGE,
  made,
  MINUTE,
  node,
  NOW,
  removed,
  situation,
  SMALL,
  XLARGE,
  type Situation,
} from './planning.ts';

function phantom(count: number, more: Partial<Phantom> = {}): Phantom {
  return {
    cpus: 1,
    memory: 512,
    disk: 1024,
    gpus: 0,
    count,
    since: NOW - MINUTE,
    until: NOW + 9 * MINUTE,
    tries: 1,
    retrying: false,
    refusedBy: ['m1.small on a'],
    ...more,
  };
}

const retrying = (count: number, more: Partial<Phantom> = {}): Phantom =>
  phantom(count, { retrying: true, until: NOW, ...more });

describe('phantom demand: what still counts', () => {
  const rows: [what: string, idle: number, phantoms: Phantom[], counted: number, left: number[]][] = [
    ['none of 40', 40, [phantom(40)], 0, [40]],
    ['those that came later', 60, [phantom(40)], 20, [40]],
    ['never less than none', 7, [phantom(40)], 0, [7]],
    ['one that is tried again', 40, [retrying(40)], 1, [39]],
    ['one that is tried again, and those that came later', 60, [retrying(40)], 21, [39]],
    ['the last one, tried again', 1, [retrying(1)], 1, []],
    ['all of another shape', 40, [phantom(40, { cpus: 2 })], 40, []],
    ['all where nothing is given up', 40, [], 40, []],
  ];
  for (const [what, idle, phantoms, counted, left] of rows) {
    it(`${what}: ${counted} of ${idle}`, () => {
      const found = withoutPhantoms([jobs(idle)], phantoms);
      expect(found.demand.reduce((sum, { count }) => sum + count, 0)).to.equal(counted);
      expect(found.left.map(({ count }) => count)).to.deep.equal(left);
    });
  }
});

describe('phantom demand: the plan', () => {
  const rows: [what: string, input: Situation, expected: string[]][] = [
    ['nothing is made for it', { demand: [jobs(40)], phantoms: [phantom(40)] }, []],
    [
      'nothing is made for it, though jobs are rounded up',
      { demand: [jobs(40, 0.5, 400, { disk: 3 })], phantoms: [phantom(40)] },
      [],
    ],
    ['others are served', { demand: [jobs(40), jobs(1, 4)], phantoms: [phantom(40)] }, ['m1.large@a']],
    ['the trial is one job, on another kind of node', { demand: [jobs(40)], phantoms: [retrying(40)] }, ['m1.large@a']],
    [
      'on another cloud, where there is one',
      {
        demand: [jobs(40)],
        phantoms: [retrying(40)],
        clouds: [cloud('a', { flavors: [SMALL] }), cloud('b', { flavors: [SMALL] })],
      },
      ['m1.small@b'],
    ],
    [
      'on the same kind when there is no other',
      { demand: [jobs(40)], phantoms: [retrying(40)], clouds: [cloud('a', { flavors: [SMALL] })] },
      ['m1.small@a'],
    ],
    [
      'not on a GPU machine, while there is one without',
      { demand: [jobs(40)], phantoms: [retrying(40)], clouds: [cloud('a', { flavors: [SMALL, GPU] })] },
      ['m1.small@a'],
    ],
    [
      'on a kind that has not refused yet',
      {
        demand: [jobs(40)],
        phantoms: [retrying(40, { refusedBy: ['m1.small on a', 'm1.large on a'] })],
        clouds: [cloud('a', { flavors: [SMALL, LARGE, XLARGE] })],
      },
      ['m1.xlarge@a'],
    ],
    [
      'on one that has refused, where no other can be had',
      {
        demand: [jobs(40)],
        phantoms: [retrying(40)],
        clouds: [cloud('a', { flavors: [SMALL, LARGE], headroom: headroom(2) })],
      },
      ['m1.small@a'],
    ],
    [
      'the trial needs no node while room stands free',
      { demand: [jobs(40)], phantoms: [retrying(40)], nodes: [node('n', 'Idle')] },
      [],
    ],
  ];
  for (const [what, input, expected] of rows) {
    it(`${what}: ${expected.join(', ') || 'nothing'}`, () => {
      expect(made(plan(situation(input)))).to.deep.equal(expected);
    });
  }

  it('I30: keeps no idle node for it', () => {
    expect(
      removed(plan(situation({ demand: [jobs(40)], phantoms: [phantom(40)], nodes: [node('n', 'Idle')] }))),
    ).to.deep.equal(['n']);
  });

  it('keeps the node on which it is tried', () => {
    expect(
      removed(plan(situation({ demand: [jobs(40)], phantoms: [retrying(40)], nodes: [node('n', 'Idle')] }))),
    ).to.deep.equal([]);
  });

  it('says how many do not count, and why', () => {
    const example = { job: '12.0', analysis: 'no machine matches Requirements' };
    const found = plan(situation({ demand: [jobs(40)], phantoms: [phantom(40, { example })] }));
    expect(found.decision.why).to.equal(
      'no idle jobs that a node could run; 40 jobs of 1 core 512 MiB do not count for now: HTCondor did not start them although room stood free',
    );
    expect(found.journal.find(({ kind }) => kind === 'Phantom')).to.deep.equal({
      kind: 'Phantom',
      message:
        '40 jobs of 1 core 512 MiB do not count for now: HTCondor did not start them although room stood free (m1.small on a); of 12.0 HTCondor says: no machine matches Requirements',
      data: { jobs: 40, cpus: 1, memory: 512, tries: 1 },
    });
  });
});
