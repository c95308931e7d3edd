/** Randomness as a dependency: everything that draws takes one of these. */
export interface Random {
  /** Uniform in [0, 1). */
  next(): number;
}

export const systemRandom: Random = { next: () => Math.random() };

/** Reproducible generator (mulberry32): the same seed gives the same numbers on every machine. */
export function seededRandom(seed: number): Random {
  let state = seed >>> 0;
  return {
    next: () => {
      state = (state + 0x6d2b79f5) >>> 0;
      let t = state;
      t = Math.imul(t ^ (t >>> 15), t | 1);
      t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
      return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
    },
  };
}

/** Letters and digits without vowels and look-alikes, as Kubernetes uses for generated names. */
const ALPHABET = 'bcdfghjklmnpqrstvwxz2456789';

/** `length` random characters fit for a Kubernetes name. */
export function randomSuffix(random: Random, length: number): string {
  return Array.from({ length }, () => ALPHABET[Math.floor(random.next() * ALPHABET.length)]).join('');
}

/** `ms` varied by up to `share` of itself to either side. */
export function jitter(random: Random, ms: number, share = 0.2): number {
  return Math.round(ms * (1 + share * (2 * random.next() - 1)));
}
