import { expect } from 'chai';
import { seededRandom } from '../../../src/base/random.ts';
import type { ErrorClass } from '../../../src/base/errors.ts';
import { Cooldowns, type Failure } from '../../../src/domain/cooldown.ts';
import { placeOf } from '../../../src/domain/plan-types.ts';
import { MINUTE, NOW, SECOND } from './lifecycle-fixture.ts';

const small = placeOf('zone-1', 'm1.small');
const failure = (errorClass: ErrorClass, more: Partial<Failure> = {}): Failure => ({
  errorClass,
  reason: 'No valid host was found.',
  ...more,
});

/** How long the place rests from now on. */
function pauseAt(table: Cooldowns, place: string): number {
  return (table.rests(NOW).get(place)?.until ?? NOW) - NOW;
}

describe('fallback: where creating failed', () => {
  const cooldowns = (): Cooldowns => new Cooldowns(seededRandom(1));

  it('rests the place that failed, with the words of the cloud, and no other zone or flavor', () => {
    const table = cooldowns();
    table.fail(small, failure('NoCapacity'), NOW);
    expect([...table.rests(NOW + SECOND).keys()]).to.deep.equal(['zone-1/m1.small']);
    expect(table.rests(NOW + SECOND).get(small)?.reason).to.equal('No valid host was found.');
  });

  const firsts: [errorClass: ErrorClass, seconds: number, longest: number][] = [
    ['Quota', 30, 300],
    ['NoCapacity', 60, 900],
    ['Invalid', 60, 900],
    ['Auth', 30, 300],
    ['NotFound', 30, 300],
    ['Conflict', 15, 300],
    ['RateLimited', 15, 300],
    ['Timeout', 15, 300],
    ['Transient', 15, 300],
  ];
  for (const [errorClass, first, longest] of firsts) {
    it(`after ${errorClass} rests ${first} s, doubling up to ${longest} s, give or take a fifth`, () => {
      const table = cooldowns();
      for (let n = 0, pause = first; n < 9; n++, pause = Math.min(longest, 2 * pause)) {
        table.fail(small, failure(errorClass), NOW);
        expect(pauseAt(table, small) / SECOND, `failure ${n + 1}`).to.be.within(0.8 * pause, 1.2 * pause);
      }
    });
  }

  it('varies the pause, so that not all places are tried again at the same moment', () => {
    const table = cooldowns();
    const places = Array.from({ length: 20 }, (_, i) => placeOf(undefined, `f${i}`));
    places.forEach((place) => table.fail(place, failure('Transient'), NOW));
    expect(new Set(places.map((place) => pauseAt(table, place))).size).to.be.greaterThan(15);
  });

  it('waits at least as long as the peer asked', () => {
    const table = cooldowns();
    table.fail(small, failure('RateLimited', { retryAfterMs: 10 * MINUTE }), NOW);
    expect(pauseAt(table, small)).to.equal(10 * MINUTE);
  });

  it('I5: the pause ends by itself; the place stays known until something has come of it', () => {
    const table = cooldowns();
    table.fail(small, failure('Quota'), NOW);
    const rest = table.rests(NOW + 37 * SECOND).get(small);
    expect(rest?.until).to.be.at.most(NOW + 36 * SECOND);
  });

  it('a further failure after the pause doubles it', () => {
    const table = cooldowns();
    table.fail(small, failure('Transient'), NOW - MINUTE);
    table.fail(small, failure('Transient'), NOW);
    expect(pauseAt(table, small) / SECOND).to.be.within(24, 36);
  });

  it('is forgotten an hour after the pause has ended, when nobody has asked for the place since', () => {
    const table = cooldowns();
    table.fail(small, failure('RateLimited', { retryAfterMs: MINUTE }), NOW);
    expect(table.rests(NOW + 61 * MINUTE - 1).size).to.equal(1);
    expect(table.rests(NOW + 61 * MINUTE).size).to.equal(0);
    table.fail(small, failure('Transient'), NOW);
    expect(pauseAt(table, small) / SECOND).to.be.at.most(18);
  });

  const proofs: [failed: Failure['until'], seen: 'Booted' | 'Joined', over: boolean][] = [
    [undefined, 'Booted', true],
    [undefined, 'Joined', true],
    ['Booted', 'Booted', true],
    ['Joined', 'Booted', false],
    ['Joined', 'Joined', true],
  ];
  for (const [until, proof, over] of proofs) {
    it(`${until ?? 'by default'}: a node that has ${proof.toLowerCase()} ${over ? 'opens' : 'does not open'} it`, () => {
      const table = cooldowns();
      table.fail(small, failure('Transient', until ? { until } : {}), NOW);
      table.succeed(small, proof);
      expect(table.rests(NOW).size).to.equal(over ? 0 : 1);
    });
  }

  it('begins anew after a success', () => {
    const table = cooldowns();
    for (let i = 0; i < 5; i++) table.fail(small, failure('Transient'), NOW);
    table.succeed(small, 'Joined');
    table.fail(small, failure('Transient'), NOW);
    expect(pauseAt(table, small) / SECOND).to.be.at.most(18);
  });
});
