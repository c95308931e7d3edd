/** What happened in a run, in order: for people who want to know why it failed. */
import type { Log, LogFields } from '../../src/base/log.ts';
import { messageOf } from '../../src/base/errors.ts';
import type { SimClock } from './clock.ts';

export class Trace {
  readonly lines: string[] = [];
  readonly #startedAt: number;

  constructor(
    private readonly clock: SimClock,
    readonly enabled: boolean,
  ) {
    this.#startedAt = clock.now();
  }

  note(who: string, text: string): void {
    if (this.enabled) this.lines.push(`${this.#time()} ${who.padEnd(9)} ${text}`);
  }

  /** A log of one process. `onError` hears of what a sound operator never logs: errors of its own. */
  log(who: string, onError: (text: string) => void): Log {
    const at =
      (level: string) =>
      (message: string, fields: LogFields = {}) => {
        if (this.enabled) this.note(who, `${level} ${message}${textOf(fields)}`);
        if (isMistake(fields.error)) onError(`${message}${textOf(fields)}`);
      };
    const make = (bound: string): Log => ({
      debug: () => undefined,
      info: at('info '),
      warn: at('warn '),
      error: (message, fields = {}) => {
        at('ERROR')(message, fields);
        onError(`${message}${bound}${textOf(fields)}`);
      },
      child: (fields) => make(bound + textOf(fields)),
    });
    return make('');
  }

  #time(): string {
    const ms = this.clock.now() - this.#startedAt;
    const two = (value: number): string => String(value).padStart(2, '0');
    const seconds = Math.floor(ms / 1000);
    return `${two(Math.floor(seconds / 3600))}:${two(Math.floor(seconds / 60) % 60)}:${two(seconds % 60)}.${String(ms % 1000).padStart(3, '0')}`;
  }
}

/** What no peer can cause in a sound program, here or as the cause of something. */
function isMistake(error: unknown): boolean {
  if (error instanceof ReferenceError || error instanceof TypeError || error instanceof RangeError) return true;
  if (error instanceof Error && error.message.startsWith('livelock')) return true;
  return error instanceof Error && isMistake(error.cause);
}

function textOf(fields: LogFields): string {
  return Object.entries(fields)
    .map(
      ([key, value]) =>
        ` ${key}=${value instanceof Error ? messageOf(value) : typeof value === 'string' ? value : JSON.stringify(value)}`,
    )
    .join('');
}
