import type { Clock } from '../base/clock.ts';
import { EhosError } from '../base/errors.ts';
import type { Random } from '../base/random.ts';
import type { Token } from './identity.ts';

/** A token is renewed when this share of its life is left, at most so long before its end. */
const RENEW_SHARE = 0.1;
const RENEW_AT_MOST_MS = 5 * 60_000;
/** After a failed renewal the old token, while it lives, is used for so long before the next try. */
const RENEW_AGAIN_MS = 10_000;
/** Refused credentials are not tried again for so long: Keystone may lock the account (security_compliance.lockout_failure_attempts). */
const REFUSED_HOLD_MS = 10_000;

/**
 * Keeps one token. A password authentication costs Keystone a quarter of a second of CPU (measured), so there is never one per call,
 * and never two at a time.
 */
export class TokenKeeper {
  readonly #authenticate: () => Promise<Token>;
  readonly #clock: Clock;
  readonly #random: Random;
  #token: Token | undefined;
  #renewAt = 0;
  #pending: Promise<Token> | undefined;
  #refused: { error: EhosError; until: number } | undefined;

  constructor(authenticate: () => Promise<Token>, clock: Clock, random: Random) {
    this.#authenticate = authenticate;
    this.#clock = clock;
    this.#random = random;
  }

  /** A token that lives; rejects as `authenticate` does. */
  async current(): Promise<Token> {
    const held = this.#token;
    const now = this.#clock.now();
    if (held && now < this.#renewAt) return held;
    try {
      return await this.#fresh();
    } catch (error) {
      const outage = !(error instanceof EhosError) || error.errorClass !== 'Auth';
      if (!held || !outage || this.#token !== held || this.#clock.now() >= held.expiresAt) throw error;
      this.#renewAt = this.#clock.now() + RENEW_AGAIN_MS;
      return held;
    }
  }

  /** Another token than `refused`, which a service did not accept. */
  async replace(refused: Token): Promise<Token> {
    if (this.#token !== undefined && this.#token !== refused) return this.#token;
    this.#token = undefined;
    return this.#fresh();
  }

  #fresh(): Promise<Token> {
    if (this.#refused && this.#clock.now() < this.#refused.until) return Promise.reject(this.#refused.error);
    this.#pending ??= this.#renew().finally(() => (this.#pending = undefined));
    return this.#pending;
  }

  async #renew(): Promise<Token> {
    try {
      const token = await this.#authenticate();
      const margin = Math.min(token.lifetimeMs * RENEW_SHARE, RENEW_AT_MOST_MS);
      // spread: many clouds of one operator share a Keystone, and restarts align them
      this.#renewAt = token.expiresAt - margin * (1 + this.#random.next());
      this.#token = token;
      this.#refused = undefined;
      return token;
    } catch (error) {
      if (error instanceof EhosError && error.errorClass === 'Auth') {
        this.#refused = { error, until: this.#clock.now() + REFUSED_HOLD_MS };
      }
      throw error;
    }
  }
}
