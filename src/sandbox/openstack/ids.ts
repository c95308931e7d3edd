/** The identifiers an OpenStack hands out, drawn from an injected Random so that a run can be repeated. */
import type { Random } from '../../base/random.ts';

const BASE62 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';

export class Ids {
  readonly #random: Random;

  constructor(random: Random) {
    this.#random = random;
  }

  /** `length` lower-case hexadecimal digits: Keystone's form of an id has 32. */
  hex(length = 32): string {
    return this.#draw('0123456789abcdef', length);
  }

  /** A random (version 4) UUID. */
  uuid(): string {
    const h = this.hex();
    const variant = '89ab'.charAt(Math.floor(this.#random.next() * 4));
    return `${h.slice(0, 8)}-${h.slice(8, 12)}-4${h.slice(13, 16)}-${variant}${h.slice(17, 20)}-${h.slice(20)}`;
  }

  requestId(): string {
    return `req-${this.uuid()}`;
  }

  /** Looks like a Fernet token, holds nothing. */
  token(): string {
    return `gAAAAAB${this.#draw(BASE62, 113)}`;
  }

  password(length = 12): string {
    return this.#draw(BASE62, length);
  }

  /** A MAC address with Neutron's default prefix. */
  mac(): string {
    const h = this.hex(6);
    return `fa:16:3e:${h.slice(0, 2)}:${h.slice(2, 4)}:${h.slice(4)}`;
  }

  reservationId(): string {
    return `r-${this.#draw('abcdefghijklmnopqrstuvwxyz0123456789', 8)}`;
  }

  #draw(alphabet: string, length: number): string {
    let text = '';
    for (let i = 0; i < length; i++) text += alphabet.charAt(Math.floor(this.#random.next() * alphabet.length));
    return text;
  }
}
