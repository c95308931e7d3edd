/** What happened to servers, in order: for tests and for the sandbox's own display. */
export interface SandboxEvent {
  /** Milliseconds since the epoch. */
  at: number;
  type: 'requested' | 'active' | 'error' | 'delete-requested' | 'gone';
  project: string;
  serverId: string;
  name: string;
}

/** Old events are dropped beyond this many, so that a sandbox may run for weeks. */
const KEEP = 10_000;

export class EventLog {
  readonly #events: SandboxEvent[] = [];

  add(event: SandboxEvent): void {
    this.#events.push(event);
    if (this.#events.length > KEEP) this.#events.splice(0, this.#events.length - KEEP);
  }

  get all(): readonly SandboxEvent[] {
    return this.#events;
  }
}
