/** Durations as users write them in specs, `1h30m`, and as the program counts them: milliseconds. */
import { EhosError } from './errors.ts';

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;

/** The same form as the pattern in the CRDs: whole hours, minutes and seconds, in this order, at least one of them. */
const FORM = /^(?:(\d+)h)?(?:(\d+)m)?(?:(\d+)s)?$/;

/**
 * Milliseconds of `1h30m`, `15m`, `90s`. `field` names the place in the spec for the error.
 * Throws EhosError `Invalid` when the text is in another form or too long to count.
 */
export function parseDuration(text: string, field = 'duration'): number {
  const parts = FORM.exec(text);
  const ms = parts
    ? Number(parts[1] ?? 0) * HOUR + Number(parts[2] ?? 0) * MINUTE + Number(parts[3] ?? 0) * SECOND
    : NaN;
  if (text === '' || !Number.isSafeInteger(ms)) {
    throw new EhosError(
      'Invalid',
      `${field}: ${JSON.stringify(text.slice(0, 64))} is not a duration: write it like 90s, 15m or 1h30m`,
      { field },
    );
  }
  return ms;
}

/** `1h30m` for 5,400,000 ms, rounded to whole seconds; `0s` for less than half a second. */
export function formatDuration(ms: number): string {
  if (!Number.isFinite(ms)) return String(ms);
  const seconds = Math.round(Math.abs(ms) / SECOND);
  if (seconds === 0) return '0s';
  const parts: [number, string][] = [
    [Math.floor(seconds / 3600), 'h'],
    [Math.floor(seconds / 60) % 60, 'm'],
    [seconds % 60, 's'],
  ];
  const text = parts.filter(([count]) => count > 0).map(([count, unit]) => `${count}${unit}`);
  return `${ms < 0 ? '-' : ''}${text.join('')}`;
}
