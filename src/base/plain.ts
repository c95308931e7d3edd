/** Makes any value fit for a log record: bounded, free of cycles, errors spelled out with their causes, and without secrets. */
import { EhosError, messageOf } from './errors.ts';
import { isSecretKey, REDACTED, redactText } from './redact.ts';

const MAX_ITEMS = 50;
const MAX_DEPTH = 6;
const MAX_CAUSES = 6;
const MAX_FRAMES = 12;

/** Any value as plain JSON data without secrets. Never throws. */
export function redact(value: unknown): unknown {
  return plain(value, 0, new Set());
}

function plain(value: unknown, depth: number, above: Set<object>): unknown {
  switch (typeof value) {
    case 'string':
      return redactText(value);
    case 'number':
      return Number.isFinite(value) ? value : String(value);
    case 'bigint':
    case 'symbol':
      return String(value);
    case 'function':
      return '[function]';
    case 'object':
      break;
    default:
      return value;
  }
  if (value === null) return null;
  if (above.has(value)) return '[circular]';
  if (depth >= MAX_DEPTH) return '[too deep]';
  above.add(value);
  try {
    return plainObject(value, depth, above);
  } catch {
    // a getter or a proxy that throws must not take the record with it
    return '[unreadable]';
  } finally {
    above.delete(value);
  }
}

function plainObject(value: object, depth: number, above: Set<object>): unknown {
  if (value instanceof Error) return plainError(value, depth, above);
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? 'Invalid Date' : value.toISOString();
  if (ArrayBuffer.isView(value)) return `[${value.byteLength} bytes]`;
  if (value instanceof URL) return redactText(value.href);
  if (Array.isArray(value) || value instanceof Set) {
    const items = [...(value as Iterable<unknown>)];
    const shown = items.slice(0, MAX_ITEMS).map((item) => plain(item, depth + 1, above));
    return items.length > MAX_ITEMS ? [...shown, `... ${items.length - MAX_ITEMS} more`] : shown;
  }
  const entries: [string, unknown][] =
    value instanceof Map
      ? [...(value as Map<unknown, unknown>)].map(([key, item]) => [String(key), item])
      : Object.entries(value);
  const shown = entries
    .slice(0, MAX_ITEMS)
    .map(([key, item]): [string, unknown] => [key.slice(0, 128), secretAware(key, item, depth, above)]);
  if (entries.length > MAX_ITEMS) shown.push(['...', `${entries.length - MAX_ITEMS} more`]);
  // fromEntries defines properties: a key "__proto__" stays a key
  return Object.fromEntries(shown);
}

function secretAware(key: string, value: unknown, depth: number, above: Set<object>): unknown {
  const isSecret = isSecretKey(key) && value !== undefined && value !== null && typeof value !== 'boolean';
  return isSecret ? REDACTED : plain(value, depth + 1, above);
}

/** An error with what one needs to act on it; causes follow as a list, nearest first. */
function plainError(error: Error, depth: number, above: Set<object>): Record<string, unknown> {
  const out = describe(error);
  const causes: Record<string, unknown>[] = [];
  const seen = new Set<unknown>([error]);
  for (let cause = error.cause; cause !== undefined && causes.length < MAX_CAUSES && !seen.has(cause);) {
    seen.add(cause);
    causes.push(cause instanceof Error ? describe(cause) : { message: redactText(messageOf(cause)) });
    cause = cause instanceof Error ? cause.cause : undefined;
  }
  if (causes.length > 0) out.causes = causes;
  if (error instanceof AggregateError) out.errors = plain(error.errors, depth + 1, above);
  // an EhosError says by itself what happened; of anything else one wants to know where it came from
  if (!(error instanceof EhosError) && error.stack !== undefined) out.stack = framesOf(error.stack);
  return out;
}

function describe(error: Error): Record<string, unknown> {
  const out: Record<string, unknown> = { type: error.name, message: redactText(error.message) };
  const code = (error as { code?: unknown }).code;
  if (typeof code === 'string' || typeof code === 'number') out.code = code;
  if (error instanceof EhosError) {
    out.class = error.errorClass;
    for (const key of ['field', 'status', 'requestId', 'retryAfterMs'] as const) {
      if (error[key] !== undefined) out[key] = error[key];
    }
    if (error.maybeDone) out.maybeDone = true;
  }
  return out;
}

/** The frames only: the head of a stack repeats the message. */
function framesOf(stack: string): string[] {
  return stack
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line.startsWith('at '))
    .slice(0, MAX_FRAMES)
    .map((line) => line.slice(3, 300));
}
