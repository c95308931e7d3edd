/** What every check is given. */
import { keyOf, type KubeObject } from '../../api/resources.ts';
import type { Clock } from '../../base/clock.ts';
import type { Random } from '../../base/random.ts';
import { Findings, type Line } from './line.ts';
import type { Reader } from './objects.ts';

export interface CheckContext {
  /** Reads Secrets and ConfigMaps, of files or of the cluster. */
  client: Reader;
  clock: Clock;
  random: Random;
  now: number;
  signal: AbortSignal;
  /** Findings about an object, shown in the order in which they were asked for. */
  about(kind: string, object: KubeObject, more?: string): Findings;
  /** What is to be done at the end. */
  closing(close: () => Promise<void>): void;
}

export class Checking implements CheckContext {
  readonly now: number;
  readonly #findings: Findings[] = [];
  readonly #closers: (() => Promise<void>)[] = [];

  constructor(
    readonly client: Reader,
    readonly clock: Clock,
    readonly random: Random,
    readonly signal: AbortSignal,
  ) {
    this.now = clock.now();
  }

  about(kind: string, object: KubeObject, more = ''): Findings {
    const findings = new Findings(`${kind} ${keyOf(object)}${more}`);
    this.#findings.push(findings);
    return findings;
  }

  /** Findings about what is no object. */
  aboutAll(about: string): Findings {
    const findings = new Findings(about);
    this.#findings.push(findings);
    return findings;
  }

  closing(close: () => Promise<void>): void {
    this.#closers.push(close);
  }

  lines(): Line[] {
    return this.#findings.flatMap(({ lines }) => lines);
  }

  async close(): Promise<void> {
    await Promise.all(this.#closers.map(async (close) => await close()));
  }
}
