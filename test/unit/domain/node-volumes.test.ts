import { expect } from 'chai';
import type { EhosCloud, EhosNodePool } from '../../../src/api/resources.ts';
import { volumesTaken } from '../../../src/domain/amounts.ts';
import { plan } from '../../../src/domain/plan.ts';
import { mergeTemplate } from '../../../src/domain/templates.ts';
import { cloud, GIB, GIB_DISK, flavor, headroom, jobs, made, situation } from './planning.ts';

const SMALL = flavor('small', 1, 2 * GIB, { yields: { cpus: 1, memory: 2 * GIB, disk: 10 * GIB_DISK, gpus: 0 } });

describe('the volumes of a node', () => {
  for (const [sizes, taken] of [
    [{ rootVolumeGiB: undefined }, { volumes: 0, gigabytes: 0 }],
    [{ rootVolumeGiB: 40 }, { volumes: 1, gigabytes: 40 }],
    [
      { rootVolumeGiB: undefined, scratchVolumeGiB: 100 },
      { volumes: 1, gigabytes: 100 },
    ],
    [
      { rootVolumeGiB: 40, scratchVolumeGiB: 100 },
      { volumes: 2, gigabytes: 140 },
    ],
  ] as const)
    it(`${JSON.stringify(sizes)} take ${taken.volumes} and ${taken.gigabytes} GiB of the quota`, () =>
      expect(volumesTaken(sizes)).to.deep.equal(taken));

  it('limit how many nodes are made: a root and an empty volume each', () => {
    const room = { ...headroom(100), volumes: 5, gigabytes: 1000 };
    const on = cloud('a', { flavors: [SMALL], rootVolumeGiB: 10, scratchVolumeGiB: 20, headroom: room });
    expect(made(plan(situation({ demand: [jobs(4)], clouds: [on] })))).to.have.length(2);
    const gigabytes = { ...on, headroom: { ...room, volumes: 100, gigabytes: 95 } };
    expect(made(plan(situation({ demand: [jobs(4)], clouds: [gigabytes] })))).to.have.length(3);
  });
});

describe('what is made beside a server', () => {
  const merged = (template: object, entry: object = {}): ReturnType<typeof mergeTemplate> => {
    const pool = { metadata: { name: 'p' }, spec: { template } } as unknown as EhosNodePool;
    const object = { metadata: { name: 'c' }, spec: {} } as unknown as EhosCloud;
    return mergeTemplate(pool, { name: 'c', ...entry }, object);
  };

  it('is nothing unless the template or the entry of the cloud says so, which goes first', () => {
    expect(merged({})).to.deep.include({ scratchVolume: undefined, floatingIP: undefined, floatingNetwork: undefined });
    const template = { scratchVolume: { size: 10 }, floatingIP: 'Purge', floatingNetwork: { name: 'public' } };
    expect(merged(template)).to.deep.include(template);
    const entry = { scratchVolume: { size: 20 }, floatingIP: 'Assign', floatingNetwork: { name: 'other' } };
    expect(merged(template, entry)).to.deep.include(entry);
    expect(merged(template, { floatingIP: 'None' }).floatingIP).to.equal(undefined);
  });
});
