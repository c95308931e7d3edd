/**
 * Makes a status fit its schema, whatever peers said in it. One text that is too long, one number that no machine has, and the API server
 * refuses the whole status, again and again: a cloud or a job could stop a pool with it.
 */
import { redactSentence } from '../base/redact.ts';
import { cut, oneLine } from '../base/text.ts';
import type { Bounds } from './bounds.ts';
import { STATUS_BOUNDS } from './generated/status-bounds.ts';

/** The same status: texts printable, without secrets and no longer, numbers no larger, lists no longer than the CRD of `kind` allows. */
export function fitStatus<Status extends object>(kind: string, status: Status): Status {
  const bounds = STATUS_BOUNDS[kind];
  return bounds === undefined ? status : (fitted(status, bounds) as Status);
}

function fitted(value: unknown, bounds: Bounds): unknown {
  if (typeof value === 'string') return textThatFits(value, bounds);
  if (typeof value === 'number') return numberThatFits(value, bounds);
  if (Array.isArray(value)) return listThatFits(value, bounds);
  if (typeof value !== 'object' || value === null || bounds.fields === undefined) return value;
  const { fields } = bounds;
  // nearly always all of it fits, and nothing need be made anew
  const changed = Object.entries(value).flatMap(([key, item]): [string, unknown][] => {
    const ofItem = Object.hasOwn(fields, key) ? fields[key] : undefined;
    const fit: unknown = ofItem === undefined ? item : fitted(item, ofItem);
    return fit === item ? [] : [[key, fit]];
  });
  return changed.length === 0 ? value : { ...value, ...Object.fromEntries(changed) };
}

function textThatFits(text: string, { length = 4096 }: Bounds): string {
  return cut(oneLine(redactSentence(text, Math.max(length, SHORTEST_CUT))), length);
}

/** Room for what redactSentence says of the length of a text that it cuts. */
const SHORTEST_CUT = 1024;

function numberThatFits(value: number, { least = -Infinity, most = Infinity }: Bounds): number | undefined {
  return Number.isNaN(value) ? undefined : Math.min(most, Math.max(least, Math.trunc(value)));
}

function listThatFits(list: readonly unknown[], { most = Infinity, items }: Bounds): readonly unknown[] {
  const kept = list.length > most ? list.slice(0, most) : list;
  if (items === undefined) return kept;
  const fit = kept.map((item) => fitted(item, items));
  return fit.every((item, i) => item === kept[i]) ? kept : fit;
}
