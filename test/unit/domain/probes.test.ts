import { expect } from 'chai';
import { plan } from '../../../src/domain/plan.ts';
import type { PlanFlavor, PlanNode } from '../../../src/domain/plan-types.ts';
import {
  cloud,
  flavor,
  GIB,
  GIB_DISK,
  headroom,
  jobs,
  made,
  node,
  nodes,
  resting,
  situation,
  type Situation,
} from './planning.ts';

const unseen = (name: string, cores: number, memory: number): PlanFlavor =>
  flavor(name, cores, memory, {
    learned: false,
    yields: { cpus: cores, memory: Math.floor(memory * 0.95) - 32, disk: 80 * GIB_DISK, gpus: 0 },
  });
const eight = unseen('eight', 4, 8 * GIB);
const seen = (memory: number): PlanFlavor =>
  flavor('eight', 4, 8 * GIB, { yields: { cpus: 4, memory, disk: 80 * GIB_DISK, gpus: 0 } });
const sixteen = unseen('sixteen', 8, 16 * GIB);
const on = (...flavors: PlanFlavor[]): Situation => ({ clouds: [cloud('a', { flavors })] });
const demand = [jobs(12, 1, 8 * GIB)];

describe('what a flavor yields: one node to see, never a second', () => {
  const rows: [what: string, input: Situation, expected: string[]][] = [
    ['12 jobs of 8192 MiB, a flavor of 8192 MiB that nobody has seen', { ...on(eight) }, ['eight@a']],
    ['while it boots', { ...on(eight), nodes: nodes(1, 'Starting', { of: eight }) }, []],
    ['when it is there and has shown nothing yet', { ...on(eight), nodes: [node('n', 'Idle', { of: eight })] }, []],
    ['seen to give 7750 MiB', { ...on(seen(7750)) }, []],
    [
      'seen to give all of it: now for each job one, up to maxNodes',
      { ...on(seen(8192)), pool: { maxNodes: 3 } },
      ['eight@a', 'eight@a', 'eight@a'],
    ],
    [
      'a larger one is expected to give it: no probe',
      { ...on(eight, sixteen), demand: [jobs(1, 1, 8 * GIB)] },
      ['sixteen@a'],
    ],
    ['a flavor that says less is no probe', { ...on(unseen('seven', 4, 7 * GIB)) }, []],
    [
      'no probe where nodes of it are made anyway',
      { ...on(sixteen, eight), demand: [jobs(2, 1, 8 * GIB), jobs(1, 8, 16 * GIB)] },
      ['sixteen@a', 'sixteen@a'],
    ],
    ['quota has no room for it', { clouds: [cloud('a', { flavors: [eight], headroom: headroom(3) })] }, []],
    ['maxNodes has no room for it', { ...on(eight), nodes: nodes(2, 'Busy'), pool: { maxNodes: 2 } }, []],
    ['it rests', { clouds: [cloud('a', { flavors: [eight], rests: resting(['eight']) })] }, []],
    [
      'on another cloud when the first cannot',
      { clouds: [cloud('a', { flavors: [eight], rests: resting(['eight']) }), cloud('b', { flavors: [eight] })] },
      ['eight@b'],
    ],
  ];
  for (const [what, input, expected] of rows) {
    it(`${what}: ${expected.join(', ') || 'none'}`, () => {
      expect(made(plan(situation({ demand, ...input })))).to.deep.equal(expected);
    });
  }

  it('says what it is for', () => {
    const found = plan(situation({ demand, ...on(eight) }));
    expect(found.creates[0]?.reason).to.equal(
      'to see what a node of it gives: 12 jobs of 1 core 8 GiB need nearly all of it',
    );
    expect(found.decision.why).to.contain(
      '1 node to see what a node of it gives: 12 jobs of 1 core 8 GiB need nearly all of it',
    );
    expect(found.unsatisfiable).to.deep.equal([]);
  });

  it('says what they wait for', () => {
    const found = plan(situation({ demand, ...on(eight), nodes: nodes(1, 'Starting', { of: eight }) }));
    expect(found.journal.find(({ kind }) => kind === 'Booting')).to.deep.equal({
      kind: 'Booting',
      message: '12 jobs of 1 core 8 GiB wait for the first eight on a to show what it gives',
      data: { flavor: 'eight', cloud: 'a' },
    });
  });

  it('says why there is none', () => {
    const limits: [input: Situation, reason: string, message: string][] = [
      [
        { clouds: [cloud('a', { flavors: [eight], headroom: headroom(3) })] },
        'Quota',
        'a: only 3 cores are left, eight needs 4',
      ],
      [
        { ...on(eight), nodes: nodes(2, 'Busy'), pool: { maxNodes: 2 } },
        'MaxNodes',
        'maxNodes 2 reached, 12 jobs of 1 core 8 GiB must wait',
      ],
      [
        { clouds: [cloud('a', { flavors: [eight], unavailable: 'spec.suspend is set' })] },
        'CloudUnavailable',
        'a: spec.suspend is set',
      ],
    ];
    for (const [input, reason, message] of limits)
      expect(plan(situation({ demand, ...input })).limited).to.deep.equal({ reason, message });
  });

  it('I29: over ten plans, with a node that gives 7750 of 8192 MiB, one node is made and then the jobs are told to be hopeless', () => {
    let [known, there, total] = [eight, [] as PlanNode[], 0];
    for (let pass = 0; pass < 10; pass++) {
      const found = plan(situation({ demand, nodes: there, ...on(known) }));
      total += found.creates.length;
      if (pass === 0) there = [node('n', 'Starting', { of: eight })];
      if (pass === 2) [known, there] = [seen(7750), [node('n', 'Idle', { of: seen(7750) })]];
      if (found.removals.length > 0) there = [];
      if (pass > 2)
        expect(found.unsatisfiable[0]?.reason).to.equal(
          'needs 8 GiB of memory, nodes of eight on cloud a give 7750 MiB of their 8 GiB to jobs',
        );
    }
    expect(total).to.equal(1);
    expect(there).to.deep.equal([]);
  });
});
