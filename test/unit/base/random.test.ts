import { expect } from 'chai';
import { jitter, randomSuffix, seededRandom, systemRandom, type Random } from '../../../src/base/random.ts';

const always = (value: number): Random => ({ next: () => value });
const draw = (random: Random, count: number): number[] => Array.from({ length: count }, () => random.next());

describe('seededRandom', () => {
  it('gives the same numbers for the same seed', () => {
    expect(draw(seededRandom(42), 20)).to.deep.equal(draw(seededRandom(42), 20));
  });

  it('gives other numbers for another seed', () => {
    expect(draw(seededRandom(42), 5)).not.to.deep.equal(draw(seededRandom(43), 5));
  });

  it('gives known numbers, so that a seed printed on one machine replays on another', () => {
    expect(draw(seededRandom(1), 3).map((value) => value.toFixed(9))).to.deep.equal([
      '0.627073941',
      '0.002735721',
      '0.527447040',
    ]);
  });

  it('is spread evenly over [0, 1)', () => {
    const values = draw(seededRandom(7), 10_000);
    expect(values.every((value) => value >= 0 && value < 1)).to.equal(true);
    const tenths = Array.from({ length: 10 }, (_, i) => values.filter((value) => Math.floor(value * 10) === i).length);
    for (const count of tenths) expect(count).to.be.within(900, 1100);
  });
});

describe('systemRandom', () => {
  it('draws from [0, 1), and not the same each time', () => {
    const values = draw(systemRandom, 100);
    expect(values.every((value) => value >= 0 && value < 1)).to.equal(true);
    expect(new Set(values).size).to.be.greaterThan(90);
  });
});

describe('randomSuffix', () => {
  it('has the length asked for and only characters fit for a name that spells nothing', () => {
    const random = seededRandom(3);
    for (let i = 0; i < 200; i++) expect(randomSuffix(random, 6)).to.match(/^[b-df-hj-np-tv-xz2456789]{6}$/);
  });

  it('uses the first and the last character of its alphabet', () => {
    expect(randomSuffix(always(0), 3)).to.equal('bbb');
    expect(randomSuffix(always(1 - Number.EPSILON), 3)).to.equal('999');
  });

  it('is empty for length 0', () => expect(randomSuffix(seededRandom(1), 0)).to.equal(''));
});

describe('jitter', () => {
  const table: [drawn: number, share: number | undefined, result: number][] = [
    [0, undefined, 800],
    [0.5, undefined, 1000],
    [1, undefined, 1200],
    [0, 0.5, 500],
    [1, 0.5, 1500],
    [0.25, 0, 1000],
  ];
  for (const [drawn, share, result] of table) {
    it(`makes ${result} of 1000 when ${drawn} is drawn and the share is ${share ?? 'the default'}`, () => {
      expect(jitter(always(drawn), 1000, share)).to.equal(result);
    });
  }
});
