import { expect } from 'chai';
import { plan } from '../../../src/domain/plan.ts';
import type { Rest } from '../../../src/domain/plan-types.ts';
import {
  cloud,
  headroom,
  jobs,
  LARGE,
  made,
  MINUTE,
  nodes,
  NOW,
  resting,
  situation,
  SMALL,
  type Situation,
} from './planning.ts';

const zones = ['z1', 'z2', 'z3'];
const over: Partial<Rest> = { until: NOW };

/** `z1 z2 z2` for the nodes made. */
function zonesOf(input: Situation): string {
  return plan(situation(input))
    .creates.map(({ zone }) => zone ?? '-')
    .join(' ');
}

describe('fallback: what rests, rests for its cloud, zone and flavor alone', () => {
  const a = (more: Parameters<typeof cloud>[1]): ReturnType<typeof cloud> => cloud('a', more);
  const rows: [what: string, clouds: ReturnType<typeof cloud>[], expected: string[]][] = [
    [
      'another flavor of the cloud is used in the same pass',
      [a({ rests: resting(['m1.large']) })],
      ['m1.small@a', 'm1.small@a', 'm1.small@a', 'm1.small@a'],
    ],
    [
      'another cloud is used for the flavor',
      [a({ flavors: [LARGE], rests: resting(['m1.large']) }), cloud('b')],
      ['m1.large@b'],
    ],
    [
      'another zone is used for the flavor',
      [a({ zones, rests: resting(['m1.large'], { zone: 'z1' }) })],
      ['m1.large@a'],
    ],
    ['nothing where all flavors rest', [a({ rests: resting(['m1.large', 'm1.small']) })], []],
    [
      'what rests in a zone that is chosen no more says nothing',
      [a({ zones: ['z2'], rests: resting(['m1.large'], { zone: 'z1' }) })],
      ['m1.large@a'],
    ],
    ['another flavor that rests says nothing', [a({ rests: resting(['m9.huge']) })], ['m1.large@a']],
  ];
  for (const [what, clouds, expected] of rows) {
    it(what, () => {
      expect(made(plan(situation({ demand: [jobs(4)], clouds })))).to.deep.equal(expected);
    });
  }

  it('says which zone rests, and the words of the cloud', () => {
    const rests = new Map([
      ...resting(['m1.large'], { zone: 'z1', reason: 'No valid host was found' }),
      ...resting(['m1.large'], { zone: 'z2', reason: 'HTTP 503' }),
    ]);
    const found = plan(
      situation({ demand: [jobs(1, 4)], clouds: [a({ flavors: [LARGE], zones: ['z1', 'z2'], rests })] }),
    );
    expect(found.limited).to.deep.equal({
      reason: 'Cooldown',
      message: 'a: m1.large in zone z1 rests: No valid host was found; a: m1.large in zone z2 rests: HTTP 503',
    });
    expect(found.recheckAfter).to.equal(MINUTE);
  });
});

describe('fallback: when the rest is over, one node at a time', () => {
  const demand = [jobs(12, 4)];
  const tried = cloud('a', { flavors: [LARGE], rests: resting(['m1.large'], over) });

  it('one of three is made as a probe, the others wait', () => {
    const found = plan(situation({ demand, clouds: [tried] }));
    expect(made(found)).to.deep.equal(['m1.large@a']);
    expect(found.limited).to.deep.equal({
      reason: 'Cooldown',
      message: 'a: m1.large is tried with one node first: no valid host',
    });
    expect(found.desiredNodes).to.equal(10);
  });

  it('no second one while the first boots', () => {
    expect(plan(situation({ demand, clouds: [tried], nodes: nodes(1, 'Starting') })).creates).to.deep.equal([]);
  });

  it('nodes of the flavor that run already are no probe', () => {
    expect(made(plan(situation({ demand, clouds: [tried], nodes: nodes(3, 'Busy') })))).to.deep.equal(['m1.large@a']);
  });

  it('other flavors and clouds give the rest in the same pass', () => {
    const clouds = [
      cloud('a', { flavors: [LARGE], rests: resting(['m1.large'], over) }),
      cloud('b', { flavors: [LARGE] }),
    ];
    expect(made(plan(situation({ demand: [jobs(3, 4)], clouds })))).to.deep.equal([
      'm1.large@a',
      'm1.large@b',
      'm1.large@b',
    ]);
  });

  it('all of them when nothing rests any more, and nobody has touched anything', () => {
    expect(plan(situation({ demand, clouds: [cloud('a', { flavors: [LARGE] })] })).creates.length).to.equal(10);
  });

  it('a resting one until the very moment', () => {
    const at = (now: number): string[] => {
      const clouds = [cloud('a', { flavors: [LARGE], rests: resting(['m1.large'], { until: NOW + 1000 }) })];
      return made(plan(situation({ now, demand: [jobs(2, 4)], clouds })));
    };
    expect(at(NOW + 999)).to.deep.equal([]);
    expect(at(NOW + 1000)).to.deep.equal(['m1.large@a']);
  });

  it('quota counts for the probe, too', () => {
    const clouds = [cloud('a', { flavors: [LARGE], headroom: headroom(3), rests: resting(['m1.large'], over) })];
    expect(plan(situation({ demand, clouds })).creates).to.deep.equal([]);
  });
});

describe('fallback: availability zones', () => {
  const on = (more: Parameters<typeof cloud>[1]): Situation => ({
    demand: [jobs(5, 4)],
    clouds: [cloud('a', { flavors: [LARGE], zones, ...more })],
  });
  const rows: [what: string, input: Situation, expected: string][] = [
    ['the cloud chooses where none is named', on({ zones: [] }), '- - - - -'],
    ['the emptiest first, in the order of the list', on({}), 'z1 z2 z3 z1 z2'],
    [
      'nodes that are there count',
      {
        ...on({}),
        nodes: [...nodes(2, 'Busy', { zone: 'z1' }), ...nodes(1, 'Starting', { zone: 'z2', total: SMALL.yields })],
      },
      'z3 z2 z3 z1 z2',
    ],
    ['a zone that rests is left out', on({ rests: resting(['m1.large'], { zone: 'z2' }) }), 'z1 z3 z1 z3 z1'],
    [
      'a zone whose rest is over gets one',
      on({ rests: resting(['m1.large'], { zone: 'z2', ...over }) }),
      'z1 z2 z3 z1 z3',
    ],
    [
      'a zone with its probe under way gets none',
      {
        ...on({ rests: resting(['m1.large'], { zone: 'z2', ...over }) }),
        nodes: nodes(1, 'Starting', { zone: 'z2', total: SMALL.yields }),
      },
      'z1 z3 z1 z3 z1',
    ],
    ['nodes without jobs are spread, too', { clouds: [cloud('a', { zones })], pool: { minNodes: 3 } }, 'z1 z2 z3'],
  ];
  for (const [what, input, expected] of rows) {
    it(`${what}: ${expected}`, () => expect(zonesOf(input)).to.equal(expected));
  }
});
