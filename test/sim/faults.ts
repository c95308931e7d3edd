/** What can go wrong with one call to a peer, and where it is decided. */

export type Peer = 'kube' | 'cloud' | 'condor';

export type Fault =
  /** The operator dies, and is started again. */
  | { kind: 'crash'; when: 'before' | 'after'; restartAfterMs: number }
  /** The connection is refused: certainly nothing was sent. */
  | { kind: 'unreachable' }
  /** It goes out and never arrives; the caller sees a broken connection, or nothing until its deadline. */
  | { kind: 'request-lost'; silent: boolean }
  /** It takes effect, and the answer is lost in the same two ways. */
  | { kind: 'reply-lost'; silent: boolean }
  /** It arrives late: perhaps when its caller has given up, or is dead. */
  | { kind: 'slow-request'; ms: number }
  | { kind: 'slow-reply'; ms: number }
  /** It is delivered twice; the caller sees the first or the second answer. */
  | { kind: 'duplicate'; second: boolean }
  /** Answered with an error instead, or in spite of having taken effect (a proxy that gave up waiting). */
  | { kind: 'status'; status: number; afterEffect: boolean }
  /** The answer of a moment ago. */
  | { kind: 'stale' }
  /** The connection breaks when half of the script has run. */
  | { kind: 'half' }
  /** Of a watch, some time after it began. */
  | { kind: 'watch-closed' | 'watch-silent' | 'watch-expired'; ms: number };

export interface ListedFault {
  site: string;
  /** Which call of this site, from 1. */
  call: number;
  fault: Fault;
}

/** Where it is decided what goes wrong. */
export interface FaultSource {
  /** The fault of the `call`-th call at a site; undefined: none. */
  faultOf(site: Site, call: number): Fault | undefined;
}

/** One kind of call. */
export interface Site {
  peer: Peer;
  /** Stable, whatever the seed: `cloud compute POST servers`. */
  name: string;
  mutates: boolean;
  /** Another delivery of the same request is allowed by the protocol. */
  repeatable: boolean;
  watch: boolean;
}

/** Only what is listed goes wrong. */
export class ListedFaults implements FaultSource {
  readonly #faults: Map<string, Fault>;

  constructor(faults: readonly ListedFault[]) {
    this.#faults = new Map(faults.map(({ site, call, fault }) => [`${site}#${call}`, fault]));
  }

  faultOf({ name }: Site, call: number): Fault | undefined {
    return this.#faults.get(`${name}#${call}`);
  }
}

export const noFaults: FaultSource = { faultOf: () => undefined };
