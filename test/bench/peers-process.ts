/** The bench's side of the peers' process. */
import { fork, type ChildProcess } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { PeerApi, PeerReply, PeerRequest, PeerSize } from './peer-api.ts';

interface Waiting {
  resolve: (result: unknown) => void;
  reject: (error: Error) => void;
}

export class PeersProcess {
  readonly #child: ChildProcess;
  readonly #waiting = new Map<number, Waiting>();
  #nextId = 0;

  private constructor(child: ChildProcess) {
    this.#child = child;
    child.on('message', (reply: PeerReply) => this.#settle(reply));
    child.once('exit', (code) =>
      this.#rejectAll(new Error(`the process of the peers has ended with code ${code ?? '-'}`)),
    );
  }

  /** Resolves when all peers listen. */
  static async start(size: PeerSize): Promise<PeersProcess> {
    // it inherits --import tsx
    const child = fork(fileURLToPath(new URL('peers.ts', import.meta.url)), [JSON.stringify(size)]);
    const peers = new PeersProcess(child);
    await peers.#reply(0);
    return peers;
  }

  async call<K extends keyof PeerApi>(method: K, ...args: Parameters<PeerApi[K]>): Promise<ReturnType<PeerApi[K]>> {
    const id = ++this.#nextId;
    const reply = this.#reply(id);
    this.#child.send({ id, method, args } satisfies PeerRequest);
    return (await reply) as ReturnType<PeerApi[K]>;
  }

  async stop(): Promise<void> {
    if (this.#child.exitCode !== null) return;
    const ended = new Promise((resolve) => this.#child.once('exit', resolve));
    this.#child.disconnect();
    await ended;
  }

  #reply(id: number): Promise<unknown> {
    return new Promise((resolve, reject) => this.#waiting.set(id, { resolve, reject }));
  }

  #settle(reply: PeerReply): void {
    const waiting = this.#waiting.get(reply.id);
    this.#waiting.delete(reply.id);
    if ('error' in reply) waiting?.reject(new Error(reply.error));
    else waiting?.resolve(reply.result);
  }

  #rejectAll(error: Error): void {
    for (const { reject } of this.#waiting.values()) reject(error);
    this.#waiting.clear();
  }
}
