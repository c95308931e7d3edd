/** Numbers drawn from a seed and names: what one part of a run draws changes nothing for the others. */
import { seededRandom, type Random } from '../../src/base/random.ts';

/** FNV-1a over the words, mixed with the seed. */
function hash(seed: number, ...words: (string | number)[]): number {
  let value = (0x811c9dc5 ^ seed) >>> 0;
  for (const word of words) {
    const text = String(word);
    for (let i = 0; i < text.length; i++) value = Math.imul(value ^ text.charCodeAt(i), 0x01000193) >>> 0;
    value = Math.imul(value ^ (value >>> 15), 0x2c1b3c6d) >>> 0;
  }
  return value;
}

export function randomOf(seed: number, ...words: (string | number)[]): Random {
  return seededRandom(hash(seed, ...words));
}

export class Draw {
  constructor(private readonly random: Random) {}

  chance(share: number): boolean {
    return this.random.next() < share;
  }

  /** A whole number, both ends included. */
  whole(least: number, most: number): number {
    return least + Math.floor(this.random.next() * (most - least + 1));
  }

  one<T>(items: readonly T[]): T {
    const item = items[Math.floor(this.random.next() * items.length)];
    if (item === undefined) throw new Error('nothing to draw from');
    return item;
  }

  /** Each item as often as its weight says. */
  weighted<T>(items: readonly (readonly [weight: number, item: T])[]): T {
    const total = items.reduce((sum, [weight]) => sum + weight, 0);
    let left = this.random.next() * total;
    for (const [weight, item] of items) {
      left -= weight;
      if (left < 0) return item;
    }
    return items[items.length - 1]![1];
  }

  /** Most often short, now and then long, ms. */
  span(leastMs: number, mostMs: number): number {
    return Math.round(leastMs * (mostMs / leastMs) ** this.random.next());
  }
}
