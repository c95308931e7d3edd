/** Between one process of the operator and its peers: every call takes time, and anything may happen to it on its way. */
import type { Random } from '../../../src/base/random.ts';
import type { SimClock } from '../clock.ts';
import type { Fault, Peer, Site } from '../faults.ts';
import type { Process } from '../process.ts';
import type { ChunkStream } from './chunk-stream.ts';

/** How a call ends without an answer. */
export type Break = 'unreachable' | 'lost' | 'timeout' | 'aborted';

export interface Call<A> {
  site: Site;
  timeoutMs: number;
  signal: AbortSignal | undefined;
  /** What the peer does, and answers. `gone` ends when nobody waits any more. */
  effect: (gone: () => AbortSignal, fault: Fault | undefined) => A | Promise<A>;
  /** The error that the caller's transport throws. */
  broken: (how: Break) => Error;
  /** An answer with this status that the peer, or something before it, gives instead. */
  refusal: (status: number) => { value: A } | { error: Error };
  /** Names equal requests whose answers may be stale. */
  staleKey?: string;
}

/** What a wire tells of. */
export interface WireObserver {
  /** The fault of this call, counted. */
  begin(site: Site): Fault | undefined;
  crash(process: Process, site: Site, fault: Fault & { kind: 'crash' }): void;
  /** How the peer cannot be reached at the moment. */
  outage(peer: Peer): 'refused' | 'silent' | undefined;
  /** A call took effect. */
  after(site: Site): void;
  /** A watch began: it may break later. */
  watching(stream: ChunkStream, fault: Fault | undefined): void;
}

/** Travel times one way, ms. */
const LATENCY: Record<Peer, { least: number; most: number }> = {
  kube: { least: 1, most: 12 },
  cloud: { least: 10, most: 150 },
  condor: { least: 20, most: 120 },
};
/** A broken connection is noticed after at most this, ms. */
const NOTICED_MS = 2_000;
/** Older answers are not given any more, ms. */
const STALE_MS = 20_000;

export class Wire {
  readonly #stale = new Map<string, { at: number; answer: unknown }>();

  constructor(
    readonly clock: SimClock,
    readonly random: Random,
    readonly process: Process,
    readonly observer: WireObserver,
  ) {}

  latency(peer: Peer): number {
    const { least, most } = LATENCY[peer];
    return least + Math.floor(this.random.next() * (most - least + 1));
  }

  /** The promise never settles once the process has ended. */
  carry<A>(call: Call<A>): Promise<A> {
    return new Promise<A>((resolve, reject) => {
      if (this.process.alive) new Trip(this, call, resolve, reject).begin();
    });
  }

  remember(key: string, answer: unknown): void {
    this.#stale.set(key, { at: this.clock.now(), answer });
  }

  recall(key: string): unknown {
    const known = this.#stale.get(key);
    return known && this.clock.now() - known.at <= STALE_MS ? known.answer : undefined;
  }

  noticedAfter(): number {
    return Math.floor(this.random.next() * NOTICED_MS);
  }
}

/** One for all: making an error with its stack costs more than a call. */
const GONE = new Error('the caller has gone');

/** One call on its way. */
class Trip<A> {
  #gone: AbortController | undefined;
  #cancelDeadline: () => void = () => undefined;
  #over = false;

  constructor(
    private readonly wire: Wire,
    private readonly call: Call<A>,
    private readonly resolve: (answer: A) => void,
    private readonly reject: (error: Error) => void,
  ) {}

  begin(): void {
    const { wire, call } = this;
    const { site, signal, timeoutMs } = call;
    const fault = wire.observer.begin(site);
    if (fault?.kind === 'crash' && fault.when === 'before') {
      wire.observer.crash(wire.process, site, fault);
      return;
    }
    if (signal?.aborted) {
      this.#fail('aborted');
      return;
    }
    signal?.addEventListener('abort', this.#onAbort, { once: true });
    this.#cancelDeadline = wire.clock.after(timeoutMs, () => this.#fail('timeout'));
    const outage = wire.observer.outage(site.peer);
    if (fault?.kind === 'unreachable' || outage === 'refused') this.#failSoon('unreachable');
    else if (fault?.kind === 'request-lost') {
      if (!fault.silent) this.#failSoon('lost');
    } else if (outage === undefined) {
      const slow = fault?.kind === 'slow-request' ? fault.ms : 0;
      wire.clock.after(wire.latency(site.peer) + slow, () => void this.#arrive(fault));
    }
  }

  /** At the peer. It does what it is asked even if the caller has died meanwhile. */
  async #arrive(fault: Fault | undefined): Promise<void> {
    const { wire, call } = this;
    const { site } = call;
    const answer = await this.#answered(fault);
    if (wire.process.alive && fault?.kind === 'crash') {
      wire.observer.crash(wire.process, site, fault);
      return;
    }
    // an outage that began meanwhile takes the answers with it
    const outage = wire.observer.outage(site.peer);
    const isLost = fault?.kind === 'reply-lost' || fault?.kind === 'half' || outage !== undefined;
    if (isLost) {
      const silent = (fault?.kind === 'reply-lost' && fault.silent) || outage === 'silent';
      if (!silent) this.#failSoon('lost');
      return;
    }
    const slow = fault?.kind === 'slow-reply' ? fault.ms : 0;
    wire.clock.after(wire.latency(site.peer) + slow, () => {
      this.#settle(() => ('error' in answer ? this.reject(answer.error) : this.resolve(answer.value)));
    });
  }

  async #answered(fault: Fault | undefined): Promise<{ value: A } | { error: Error }> {
    const { call } = this;
    if (fault?.kind === 'status' && !fault.afterEffect) return call.refusal(fault.status);
    const stale = fault?.kind === 'stale' && call.staleKey !== undefined ? this.wire.recall(call.staleKey) : undefined;
    if (stale !== undefined) return { value: stale as A };
    let value = await this.#carriedOut(fault);
    if (call.staleKey !== undefined) this.wire.remember(call.staleKey, value);
    if (fault?.kind === 'duplicate') {
      const second = await this.#carriedOut(undefined);
      if (fault.second) value = second;
    }
    return fault?.kind === 'status' ? call.refusal(fault.status) : { value };
  }

  async #carriedOut(fault: Fault | undefined): Promise<A> {
    const answer = await this.call.effect(this.#goneSignal, fault);
    this.wire.observer.after(this.call.site);
    return answer;
  }

  /** Made for those who ask for it: most calls never do. */
  readonly #goneSignal = (): AbortSignal => (this.#gone ??= new AbortController()).signal;

  readonly #onAbort = (): void => this.#fail('aborted');

  #failSoon(how: Break): void {
    this.wire.clock.after(this.wire.noticedAfter(), () => this.#fail(how));
  }

  #fail(how: Break): void {
    this.#settle(() => this.reject(this.call.broken(how)));
  }

  #settle(settle: () => void): void {
    if (this.#over) return;
    this.#over = true;
    this.#cancelDeadline();
    this.call.signal?.removeEventListener('abort', this.#onAbort);
    this.#gone?.abort(GONE);
    if (this.wire.process.alive) settle();
  }
}
