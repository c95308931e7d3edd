import { expect } from 'chai';
import type { EhosNode, EhosNodeStatus } from '../../../src/api/resources.ts';
import type { Flavor } from '../../../src/domain/snapshots.ts';
import { estimateYield, seenFlavors, seenWith, type SeenFlavor } from '../../../src/domain/yields.ts';
import { ago, node, readyStatus, SECOND } from './lifecycle-fixture.ts';

const GIB_KIB = 1024 * 1024;
const small: Flavor = { id: '2', name: 'm1.small', cores: 2, memory: 4096, disk: 20 * GIB_KIB, gpus: 0 };
const FLAVORS = new Map([['m1.small', small]]);
const seen: SeenFlavor = {
  flavor: 'm1.small',
  image: 'image-1',
  cores: 2,
  memory: 3900,
  disk: 20_000_000,
  bootSeconds: 120,
};

/** A node that joined so many seconds after its launch, `ago` seconds ago. */
function joined(seconds: number, more: Partial<EhosNodeStatus> = {}, since = 0): EhosNode {
  const status = { ...readyStatus, launched: ago((since + seconds) * SECOND), joined: ago(since * SECOND), ...more };
  return node(status);
}

const withImage = (image: string, flavor = 'm1.small'): EhosNode => {
  const one = joined(120);
  return { ...one, spec: { ...one.spec, image, flavor } };
};

describe('what a flavor yields', () => {
  const estimates: [
    what: string,
    flavor: Partial<Flavor>,
    rootVolumeGiB: number | undefined,
    expected: Partial<ReturnType<typeof estimateYield>>,
  ][] = [
    ['95 % of the memory less 32 MiB: 4096 as 3859', {}, undefined, { cpus: 2, memory: 3859, gpus: 0 }],
    ['a small disk gives half: 1 GiB', { disk: GIB_KIB }, undefined, { disk: Math.floor(0.5 * GIB_KIB) }],
    ['a large disk gives 90 % less 2 GiB: 20 GiB as 16', {}, undefined, { disk: 16 * GIB_KIB }],
    ['a root volume takes the place of the disk: 100 GiB as 88', { disk: 0 }, 100, { disk: 88 * GIB_KIB }],
    ['GPUs as the flavor says', { gpus: 2 }, undefined, { gpus: 2 }],
    ['no memory, no memory', { memory: 0 }, undefined, { memory: 0 }],
  ];
  for (const [what, more, volume, expected] of estimates) {
    it(`is estimated before a node has joined: ${what}`, () => {
      expect(estimateYield({ ...small, ...more }, volume)).to.include(expected);
    });
  }

  it('I29: is what joined nodes show, the least of them', () => {
    const all = [joined(100, { memory: 3900 }), joined(100, { memory: 3800, disk: 19_000_000 })];
    expect(seenFlavors([], all, FLAVORS)).to.deep.equal([
      { ...seen, memory: 3800, disk: 19_000_000, bootSeconds: 100 },
    ]);
  });

  it('I29: is kept when all nodes are gone and the operator is restarted', () => {
    expect(seenFlavors([seen], [], FLAVORS)).to.deep.equal([seen]);
  });

  it('I29: what was known and what is seen now: the least counts', () => {
    expect(seenFlavors([{ ...seen, memory: 3700 }], [joined(120)], FLAVORS)).to.deep.equal([{ ...seen, memory: 3700 }]);
    expect(seenFlavors([seen], [joined(120, { memory: 3600 })], FLAVORS)).to.deep.equal([{ ...seen, memory: 3600 }]);
  });

  it('says nothing of nodes that have shown nothing yet', () => {
    expect(seenFlavors([], [node(undefined), node({ requested: ago(SECOND) })], FLAVORS)).to.deep.equal([]);
  });

  it('is learned apart for each flavor and image', () => {
    const large: Flavor = { ...small, name: 'm1.large' };
    const all = [withImage('image-2'), withImage('image-1'), withImage('image-1', 'm1.large')];
    const found = seenFlavors([], all, new Map([...FLAVORS, ['m1.large', large]]));
    expect(found.map(({ flavor, image }) => `${flavor} ${image}`)).to.deep.equal([
      'm1.large image-1',
      'm1.small image-1',
      'm1.small image-2',
    ]);
    expect([...seenWith(found, 'image-2').keys()]).to.deep.equal(['m1.small']);
    expect(seenWith(found, 'image-3').size).to.equal(0);
    expect(seenWith(found, undefined).size).to.equal(0);
  });

  it('is forgotten with the flavor, but not while the flavors are not known', () => {
    expect(seenFlavors([seen], [], new Map())).to.deep.equal([]);
    expect(seenFlavors([seen], [], undefined)).to.deep.equal([seen]);
  });

  it('is bounded: 256 pairs of flavor and image', () => {
    const many = Array.from({ length: 300 }, (_, i) => ({ ...seen, image: `image-${1000 + i}` }));
    expect(seenFlavors(many, [], FLAVORS)).to.have.length(256);
  });

  it('does not depend on the order of nodes', () => {
    const all = [joined(100, { memory: 3900 }, 60), joined(140, { memory: 3800 }, 10), withImage('image-2')];
    expect(seenFlavors([], [...all].reverse(), FLAVORS)).to.deep.equal(seenFlavors([], all, FLAVORS));
  });

  const boots: [what: string, nodes: EhosNode[], before: number | undefined, expected: number | undefined][] = [
    ['95 s as 100: in steps of 10 s, so that it is not written each time', [joined(95)], undefined, 100],
    ['the last to join counts: 40 s, not 200', [joined(200, {}, 300), joined(40, {}, 5)], undefined, 40],
    ['kept when no node says it', [], 120, 120],
    ['kept when a node was launched before that was written down', [node({ ...readyStatus, launched: '' })], 120, 120],
    ['none when it joined before its launch', [joined(-30)], undefined, undefined],
  ];
  for (const [what, all, before, expected] of boots) {
    it(`the time to boot: ${what}`, () => {
      const known = before === undefined ? [] : [{ ...seen, bootSeconds: before }];
      expect(seenFlavors(known, all, FLAVORS)[0]?.bootSeconds).to.equal(expected);
    });
  }
});
