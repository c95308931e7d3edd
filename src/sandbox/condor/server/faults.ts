/** What can be wrong with the master: switched on and off while it runs. */
import type { CondorPool } from '../pool/pool.ts';

export class MasterFaults {
  /** No HTCondor tools, and no files of it (rc 127). */
  noCondor = false;
  /** condor_version says that it is this one, such as `9.0.17`. */
  version: string | undefined;
  /** The accounts lose their rights at the collector. */
  permissionDenied = false;
  /** Each execution answers so much later, milliseconds of the pool's clock. */
  delayMs = 0;
  #dropConnections = false;
  readonly #pool: CondorPool;
  readonly #dropAll: () => void;

  constructor(pool: CondorPool, dropAll: () => void) {
    this.#pool = pool;
    this.#dropAll = dropAll;
  }

  /** Ends the connections that are there, and new ones at once. */
  get dropConnections(): boolean {
    return this.#dropConnections;
  }

  set dropConnections(drop: boolean) {
    this.#dropConnections = drop;
    if (drop) this.#dropAll();
  }

  get scheddDown(): boolean {
    return this.#pool.scheddState === 'Down';
  }

  set scheddDown(down: boolean) {
    this.#pool.scheddState = down ? 'Down' : 'Up';
  }

  /** Stopped, not gone: condor_q gives up after 20 s (measured). */
  get scheddHung(): boolean {
    return this.#pool.scheddState === 'Hung';
  }

  set scheddHung(hung: boolean) {
    this.#pool.scheddState = hung ? 'Hung' : 'Up';
  }

  /** When it ends the collector has started anew and knows nothing. */
  get collectorDown(): boolean {
    return this.#pool.collectorState === 'Down';
  }

  set collectorDown(down: boolean) {
    this.#pool.collectorState = down ? 'Down' : 'Up';
  }

  /** Stopped, not gone: what asks it never ends by itself (measured). */
  get collectorHung(): boolean {
    return this.#pool.collectorState === 'Hung';
  }

  set collectorHung(hung: boolean) {
    this.#pool.collectorState = hung ? 'Hung' : 'Up';
  }

  /** Everything right again. */
  clear(): void {
    this.noCondor = false;
    this.version = undefined;
    this.permissionDenied = false;
    this.delayMs = 0;
    this.dropConnections = false;
    this.scheddDown = false;
    this.collectorDown = false;
  }
}
