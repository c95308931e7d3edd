/** The log: one record a line, structured fields, no secrets (see redact.ts), nothing that drives a terminal. */
import { Writable } from 'node:stream';
import { createLogger as createWinston, format } from 'winston';
import { systemClock, type Clock } from './clock.ts';
import { scopeFields } from './log-scope.ts';
import { redact } from './plain.ts';
import { redactText } from './redact.ts';
import { oneLine, printableJson } from './text.ts';

export const LOG_LEVELS = ['debug', 'info', 'warn', 'error'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

/** Facts beside the message. Keys are camelCase words; an error goes under `error`. */
export type LogFields = Readonly<Record<string, unknown>>;

export interface Log {
  debug(message: string, fields?: LogFields): void;
  info(message: string, fields?: LogFields): void;
  warn(message: string, fields?: LogFields): void;
  error(message: string, fields?: LogFields): void;
  /** A log whose records also carry `fields`. */
  child(fields: LogFields): Log;
}

/** A log whose least level can be changed while it is used, also by its children. */
export interface AdjustableLog extends Log {
  level: LogLevel;
}

export interface LogOptions {
  /** Records below this level are dropped. */
  level: LogLevel;
  /** `json` for machines, `text` for people. */
  format: 'json' | 'text';
  /** Where lines go; absent: standard error, so that a command's own output stays clean. */
  stream?: NodeJS.WritableStream;
  clock?: Clock;
}

/** Says nothing: for tests, and for parts used as a library. */
export const silentLog: Log = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
  child: () => silentLog,
};

const LEVELS: Record<LogLevel, number> = { error: 0, warn: 1, info: 2, debug: 3 };

/** Where winston's formats leave the finished line. */
const RENDERED = Symbol.for('message');

interface Entry {
  level: string;
  message: unknown;
  /** All fields under one key: winston merges a field called "message" into the message itself. */
  fields?: unknown;
}

export function createLogger(options: LogOptions): AdjustableLog {
  const clock = options.clock ?? systemClock;
  const render = options.format === 'json' ? renderJson : renderText;
  const winston = createWinston({
    level: options.level,
    levels: LEVELS,
    format: format.printf((entry: Entry) => {
      const fields = redact(entry.fields) as Record<string, unknown>;
      return render(new Date(clock.now()).toISOString(), entry.level, redactText(String(entry.message)), fields);
    }),
  });
  const out = options.stream ?? process.stderr;
  winston.pipe(
    new Writable({
      objectMode: true,
      write: (entry: Record<symbol, string>, _encoding, done) => {
        out.write(`${entry[RENDERED] ?? ''}\n`);
        done();
      },
    }),
  );

  const withFields = (bound: LogFields): Log => {
    const at =
      (level: LogLevel) =>
      (message: string, fields: LogFields = {}): void => {
        // winston formats first and filters after: a debug record must not cost anything when nobody reads it
        if (winston.isLevelEnabled(level))
          winston.log({ level, message, fields: { ...scopeFields(), ...bound, ...fields } });
      };
    return {
      debug: at('debug'),
      info: at('info'),
      warn: at('warn'),
      error: at('error'),
      child: (fields) => withFields({ ...bound, ...fields }),
    };
  };
  return {
    ...withFields({}),
    get level() {
      return winston.level as LogLevel;
    },
    set level(level) {
      winston.level = level;
    },
  };
}

function renderJson(time: string, level: string, message: string, fields: Record<string, unknown>): string {
  const head = { time, level, message };
  const rest = Object.entries(fields).map(([key, value]) => [key in head ? `${key}_` : key, value] as const);
  // JSON escapes line breaks and ESC by itself, but neither C1 (one byte of which is an ESC sequence) nor what turns the direction
  return printableJson(JSON.stringify(Object.fromEntries([...Object.entries(head), ...rest])));
}

function renderText(time: string, level: string, message: string, fields: Record<string, unknown>): string {
  const rest = Object.entries(fields)
    .filter(([, value]) => value !== undefined)
    .map(([key, value]) => ` ${oneLine(key)}=${textOf(value)}`);
  return `${time} ${level.toUpperCase().padEnd(5)} ${oneLine(message)}${rest.join('')}`;
}

/** A word as it is; anything else in JSON, which keeps line breaks and terminal escapes out. */
function textOf(value: unknown): string {
  return typeof value === 'string' && /^[\w./:@+-]+$/.test(value) ? value : printableJson(JSON.stringify(value));
}
