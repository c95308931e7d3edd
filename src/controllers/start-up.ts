/** What the operator has to know of its cluster before it lists anything. Asked for until it is there: an admin may be at work on it. */
import { sleep, type Clock } from '../base/clock.ts';
import { EhosError, errorClassOf, messageOf } from '../base/errors.ts';
import type { Log } from '../base/log.ts';
import { jitter, type Random } from '../base/random.ts';
import { NAMESPACES, type KubeObject } from '../api/resources.ts';
import type { KubeClient } from '../kube/types.ts';

interface StartUpOptions {
  client: KubeClient;
  clock: Clock;
  random: Random;
  log: Log;
  /** Ends the tries. */
  signal: AbortSignal;
}

const FIRST_PAUSE = 1_000;
const LONGEST_PAUSE = 15_000;

export class StartUp {
  #obstacle: unknown;

  constructor(private readonly options: StartUpOptions) {}

  /** Why the last try failed; undefined: nothing is in the way. */
  get obstacle(): unknown {
    return this.#obstacle;
  }

  /** The uid of kube-system names the cluster: tags on our servers carry it. */
  async findClusterUid(): Promise<string> {
    const { client, log, signal } = this.options;
    return await this.#untilItWorks(async () => {
      const { metadata } = await client.get<KubeObject>(NAMESPACES, '', 'kube-system', signal);
      if (metadata.uid === undefined) throw new EhosError('Invalid', 'namespace kube-system has no uid');
      log.debug('cluster found', { uid: metadata.uid });
      return metadata.uid;
    });
  }

  /** A list of a namespace that does not exist is empty and no error: without this, a misspelt one would be served in silence. */
  async requireNamespace(name: string): Promise<void> {
    const { client, log, signal } = this.options;
    await this.#untilItWorks(async () => {
      try {
        await client.get<KubeObject>(NAMESPACES, '', name, signal);
      } catch (error) {
        if (errorClassOf(error) === 'NotFound')
          throw new EhosError('Invalid', `--namespace: there is no namespace "${name}" in this cluster`, {
            field: 'namespace',
          });
        // the right to look may not have been given, and nothing else needs it
        if (errorClassOf(error) !== 'Auth') throw error;
        log.debug('whether the namespace exists cannot be seen', { namespace: name, reason: messageOf(error) });
      }
    });
  }

  async #untilItWorks<T>(ask: () => Promise<T>): Promise<T> {
    const { clock, random, log, signal } = this.options;
    for (let failures = 0; ; failures++) {
      try {
        const answer = await ask();
        this.#obstacle = undefined;
        return answer;
      } catch (error) {
        if (signal.aborted) throw error;
        this.#obstacle = error;
        const pauseMs = jitter(random, Math.min(LONGEST_PAUSE, FIRST_PAUSE * 2 ** Math.min(failures, 10)));
        log.warn('cannot start yet', { reason: messageOf(error), retryInMs: Math.round(pauseMs) });
        await sleep(clock, pauseMs, signal);
      }
    }
  }
}
