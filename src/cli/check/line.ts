/** What a check has found: one line each. */
import { EhosError, messageOf } from '../../base/errors.ts';
import { redactSentence } from '../../base/redact.ts';

export type Result = 'OK' | 'WARN' | 'FAIL' | 'SKIP';

export interface Line {
  /** `kubernetes`, `EhosCloud ns/name`, `EhosNodePool ns/name in cloud`. */
  about: string;
  /** `host key`, `image`. */
  what: string;
  result: Result;
  /** What was found, in a sentence. */
  found: string;
  /** What to do about it; only of WARN and FAIL. */
  remedy?: string;
}

/** Collects lines about one thing. */
export class Findings {
  readonly lines: Line[] = [];

  constructor(private readonly about: string) {}

  ok(what: string, found: string): void {
    this.#add(what, 'OK', found);
  }

  warn(what: string, found: string, remedy: string): void {
    this.#add(what, 'WARN', found, remedy);
  }

  fail(what: string, found: string, remedy: string): void {
    this.#add(what, 'FAIL', found, remedy);
  }

  skip(what: string, why: string): void {
    this.#add(what, 'SKIP', why);
  }

  #add(what: string, result: Result, found: string, remedy?: string): void {
    // words of peers may repeat what they were sent
    const words = redactSentence(found);
    this.lines.push({ about: this.about, what, result, found: words, ...(remedy === undefined ? {} : { remedy }) });
  }
}

/** The message of what was thrown; a fault of ours is not dressed up as a finding. */
export function wordsOf(error: unknown): string {
  if (!(error instanceof EhosError)) throw error;
  return messageOf(error);
}

export function count(lines: readonly Line[], result: Result): number {
  return lines.filter((line) => line.result === result).length;
}
