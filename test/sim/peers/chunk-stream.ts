/** An answer that goes on, as it comes over a connection: in order, some time after it was sent. */
import type { SimClock } from '../clock.ts';

const STATUS = {
  kind: 'Status',
  apiVersion: 'v1',
  status: 'Failure',
  reason: 'Expired',
  message: 'too old resource version',
  code: 410,
};
const EXPIRED = `${JSON.stringify({ type: 'ERROR', object: STATUS })}\n`;

export interface ChunkStreamOptions {
  clock: SimClock;
  latencyMs: () => number;
  /** False while nothing comes through: what is sent meanwhile is lost, and so the rest of the stream is worth nothing. */
  passes: () => boolean;
}

export class ChunkStream implements AsyncIterable<Uint8Array> {
  readonly #options: ChunkStreamOptions;
  readonly #ready: Uint8Array[] = [];
  #onTheWay: string[] = [];
  #travels = false;
  #ended = false;
  #error: Error | undefined;
  #silent = false;
  #wake: (() => void) | undefined;
  #onLeft: (() => void) | undefined;

  constructor(options: ChunkStreamOptions) {
    this.#options = options;
  }

  /** Calls `fn` once when the reader has gone. */
  onLeft(fn: () => void): void {
    this.#onLeft = fn;
  }

  push(text: string): void {
    if (this.#ended) return;
    this.#onTheWay.push(text);
    this.#travel();
  }

  /** The peer ends it. */
  end(): void {
    this.#ended = true;
    this.#travel();
  }

  /** The connection breaks: what is on its way is lost. */
  fail(error: Error): void {
    this.#error ??= error;
    this.#onTheWay = [];
    this.#wakeReader();
    this.leave();
  }

  /** What an API server, or something before it, does to a watch: it is closed, its history is gone, or nothing comes any more. */
  break(how: string): void {
    if (how === 'watch-silent') this.silence();
    else if (how === 'watch-closed') this.end();
    else {
      this.push(EXPIRED);
      this.end();
    }
  }

  /** Nothing comes any more, and nobody says so. */
  silence(): void {
    this.#silent = true;
    this.#onTheWay = [];
  }

  /** The reader has gone. */
  leave(): void {
    const left = this.#onLeft;
    this.#onLeft = undefined;
    left?.();
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array> {
    try {
      for (;;) {
        for (let chunk = this.#ready.shift(); chunk; chunk = this.#ready.shift()) yield chunk;
        if (this.#error) throw this.#error;
        if (this.#ended && !this.#travels && !this.#silent) return;
        await new Promise<void>((resolve) => (this.#wake = resolve));
      }
    } finally {
      this.leave();
    }
  }

  #travel(): void {
    if (this.#travels) return;
    this.#travels = true;
    const { clock, latencyMs, passes } = this.#options;
    clock.after(latencyMs(), () => {
      this.#travels = false;
      if (!passes()) this.silence();
      if (this.#silent) return;
      if (this.#onTheWay.length > 0) this.#ready.push(Buffer.from(this.#onTheWay.join('')));
      this.#onTheWay = [];
      this.#wakeReader();
    });
  }

  #wakeReader(): void {
    const wake = this.#wake;
    this.#wake = undefined;
    wake?.();
  }
}
