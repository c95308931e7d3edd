import { expect } from 'chai';
import { UNLIMITED } from '../../../src/domain/amounts.ts';
import { plan } from '../../../src/domain/plan.ts';
import {
  cloud,
  flavor,
  GIB,
  GIB_DISK,
  headroom,
  jobs,
  LARGE,
  made,
  MEDIUM,
  situation,
  SMALL,
  XLARGE,
  type Situation,
} from './planning.ts';

const flavors = [SMALL, MEDIUM, LARGE, XLARGE];
const volume = flavor('vol', 2, 4 * GIB, {
  disk: 0,
  yields: { cpus: 2, memory: 4 * GIB, disk: 40 * GIB_DISK, gpus: 0 },
});
const onVolumes = (more: Parameters<typeof cloud>[1]): ReturnType<typeof cloud> =>
  cloud('a', { flavors: [volume], rootVolumeGiB: 40, ...more });

describe('quota: the best flavor that fits jobs and quota', () => {
  const rows: [what: string, input: Situation, expected: string[], message: string | undefined][] = [
    [
      'room for the best: 16 cores for 16 jobs',
      { demand: [jobs(16)], clouds: [cloud('a', { flavors, headroom: headroom(16) })] },
      ['m1.xlarge@a'],
      undefined,
    ],
    [
      '15 cores: the next ones down the ladder, and one job waits',
      { demand: [jobs(16)], clouds: [cloud('a', { flavors, headroom: headroom(15) })] },
      ['m1.large@a', 'm1.large@a', 'm1.large@a', 'm1.medium@a', 'm1.small@a'],
      'a: 15 cores are left, too little for all',
    ],
    [
      '20 GiB of memory: two of 8, one of 4',
      { demand: [jobs(16)], clouds: [cloud('a', { flavors, headroom: { ...UNLIMITED, memory: 20 * GIB } })] },
      ['m1.large@a', 'm1.large@a', 'm1.medium@a'],
      'a: 20 GiB of memory is left, too little for all',
    ],
    [
      '2 instances: larger nodes although they waste more',
      {
        demand: [jobs(20)],
        clouds: [cloud('a', { flavors, headroom: { ...UNLIMITED, instances: 2 } })],
      },
      ['m1.xlarge@a', 'm1.large@a'],
      undefined,
    ],
    [
      'a large job waits, a small one does not',
      { demand: [jobs(1, 16), jobs(2)], clouds: [cloud('a', { flavors, headroom: headroom(3) })] },
      ['m1.medium@a'],
      'a: only 3 cores are left, m1.xlarge needs 16',
    ],
    [
      'what the first cloud cannot give the second does',
      {
        demand: [jobs(1, 16)],
        clouds: [cloud('a', { flavors, headroom: headroom(15) }), cloud('b', { flavors, headroom: headroom(16) })],
      },
      ['m1.xlarge@b'],
      undefined,
    ],
    [
      '2 volumes: 2 nodes that boot from one',
      { demand: [jobs(6)], clouds: [onVolumes({ headroom: { ...UNLIMITED, volumes: 2 } })] },
      ['vol@a', 'vol@a'],
      'a: 2 volumes are left, too little for all',
    ],
    [
      '100 GiB of volumes: 2 nodes with 40 GiB each',
      { demand: [jobs(6)], clouds: [onVolumes({ headroom: { ...UNLIMITED, gigabytes: 100 } })] },
      ['vol@a', 'vol@a'],
      'a: 100 gigabytes are left, too little for all',
    ],
    [
      '30 GiB of volumes: none',
      { demand: [jobs(6)], clouds: [onVolumes({ headroom: { ...UNLIMITED, gigabytes: 30 } })] },
      [],
      'a: only 30 gigabytes are left, vol needs 40',
    ],
    [
      'no volumes left: none',
      {
        demand: [jobs(1)],
        clouds: [
          onVolumes({
            headroom: { ...UNLIMITED, volumes: 0 },
            usage: { volumes: { limit: 10, used: 10, by: 'quota' } },
          }),
        ],
      },
      [],
      'a: quota of volumes is used up (10 of 10)',
    ],
    [
      'volumes do not limit nodes that boot from the disk of their flavor',
      { demand: [jobs(4)], clouds: [cloud('a', { headroom: { ...UNLIMITED, volumes: 0, gigabytes: 0 } })] },
      ['m1.large@a'],
      undefined,
    ],
    [
      'a server group with room for 3 members: 3 nodes',
      { demand: [jobs(5, 4)], clouds: [cloud('a', { groupRoom: 3 })] },
      ['m1.large@a', 'm1.large@a', 'm1.large@a'],
      'a: the server group of the pool can take no more members',
    ],
    [
      'a full server group: the next cloud',
      { demand: [jobs(2, 4)], clouds: [cloud('a', { groupRoom: 1 }), cloud('b')] },
      ['m1.large@a', 'm1.large@b'],
      undefined,
    ],
    [
      'the own limit is told as such',
      {
        demand: [jobs(2, 4)],
        clouds: [cloud('a', { headroom: headroom(0), usage: { cores: { limit: 8, used: 8, by: 'limit' } } })],
      },
      [],
      'a: limit of cores is used up (8 of 8)',
    ],
  ];
  for (const [what, input, expected, message] of rows) {
    it(what, () => {
      const found = plan(situation({ ...input, pool: { maxNodes: 50, ...input.pool } }));
      expect(made(found)).to.deep.equal(expected);
      expect(found.limited).to.deep.equal(message === undefined ? undefined : { reason: 'Quota', message });
    });
  }

  it('nodes without jobs keep to quota, volumes and server group, too', () => {
    const few: [limit: Partial<ReturnType<typeof cloud>>, n: number][] = [
      [{ headroom: headroom(3) }, 1],
      [{ headroom: { ...UNLIMITED, volumes: 2 } }, 2],
      [{ headroom: { ...UNLIMITED, gigabytes: 79 } }, 1],
      [{ groupRoom: 2 }, 2],
    ];
    for (const [limit, n] of few) {
      const found = plan(situation({ clouds: [onVolumes(limit)], pool: { minNodes: 4 } }));
      expect(found.creates.length, JSON.stringify(limit)).to.equal(n);
      expect(found.limited?.reason).to.equal('Quota');
    }
  });
});
