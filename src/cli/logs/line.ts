/** One line of an operator's log, as JSON (`--log-format json`) or as text. */
import type { LogLevel } from '../../base/log.ts';
import { oneLine, printableJson } from '../../base/text.ts';
import type { Paint, Style } from '../style.ts';

export interface LogLine {
  pod: string;
  /** Milliseconds; undefined for what is no line of a log, such as a stack trace. */
  time: number | undefined;
  level: LogLevel | undefined;
  message: string;
  fields: Record<string, unknown>;
}

const LEVELS: readonly LogLevel[] = ['debug', 'info', 'warn', 'error'];
const TEXT = /^(\d{4}-\d\d-\d\dT[\d:.]+Z) (DEBUG|INFO|WARN|ERROR) +(.*)$/;

export function parseLine(pod: string, text: string): LogLine {
  return fromJson(pod, text) ?? fromText(pod, text);
}

function fromJson(pod: string, text: string): LogLine | undefined {
  if (!text.startsWith('{')) return undefined;
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch {
    return undefined;
  }
  const { time, level, message, ...fields } = parsed as Record<string, unknown>;
  if (typeof time !== 'string' || typeof message !== 'string') return undefined;
  return { pod, time: timeOf(time), level: LEVELS.find((one) => one === level), message, fields };
}

function fromText(pod: string, text: string): LogLine {
  const [, time, level = '', message = ''] = TEXT.exec(text) ?? [];
  if (time === undefined) return { pod, time: undefined, level: undefined, message: text, fields: {} };
  return { pod, time: timeOf(time), level: LEVELS.find((one) => one === level.toLowerCase()), message, fields: {} };
}

function timeOf(text: string): number | undefined {
  const ms = Date.parse(text);
  return Number.isNaN(ms) ? undefined : ms;
}

export interface Filter {
  level: LogLevel;
  /** `name` or `namespace/name`. */
  object: string | undefined;
}

/** What has no level is shown with every level: it is what a crash leaves. */
export function passes({ level, message, fields }: LogLine, filter: Filter): boolean {
  if (level !== undefined && LEVELS.indexOf(level) < LEVELS.indexOf(filter.level)) return false;
  if (filter.object === undefined) return true;
  const { object } = filter;
  return Object.values(fields).some((value) => names(value, object)) || wordsOf(message).includes(object);
}

/** Fields hold `namespace/name`. */
function names(value: unknown, object: string): boolean {
  return typeof value === 'string' && (value === object || value.endsWith(`/${object}`));
}

function wordsOf(message: string): string[] {
  return message.split(/[^\w./-]+/).flatMap((word) => [word, word.split('/').at(-1) ?? '']);
}

const STYLES: Partial<Record<LogLevel, Style>> = { warn: 'yellow', error: 'red', debug: 'dim' };

export function lineText({ pod, time, level, message, fields }: LogLine, paint: Paint): string {
  const rest = Object.entries(fields).map(([key, value]) => ` ${oneLine(key)}=${valueText(value)}`);
  const when = time === undefined ? '' : `${new Date(time).toISOString()} `;
  const word = level === undefined ? '' : `${level.toUpperCase().padEnd(5)} `;
  const text = `${when}${word}${pod} ${oneLine(message)}${rest.join('')}`;
  const style = level === undefined ? undefined : STYLES[level];
  return style === undefined ? text : paint(style, text);
}

function valueText(value: unknown): string {
  return typeof value === 'string' && /^[\w./:@+-]+$/.test(value) ? value : printableJson(JSON.stringify(value));
}

export function lineJson({ pod, time, level, message, fields }: LogLine): string {
  const when = time === undefined ? undefined : new Date(time).toISOString();
  return printableJson(JSON.stringify({ time: when, level, pod, message, ...fields }));
}
