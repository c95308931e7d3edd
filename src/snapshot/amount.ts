/** Amounts in a snapshot file: numbers in the unit of their field, or `8Gi`. */
import { parseMemory } from '../base/quantity.ts';
import type { ShapeEntry } from './file.ts';
import type { Shape } from '../domain/snapshots.ts';

const KIB_PER_MIB = 1024;

export function mebibytes(amount: number | string): number {
  return typeof amount === 'number' ? amount : parseMemory(amount);
}

export function kibibytes(amount: number | string): number {
  return typeof amount === 'number' ? amount : KIB_PER_MIB * parseMemory(amount);
}

export function limitOf(limit: number | string): number {
  return limit === 'unlimited' ? -1 : mebibytes(limit);
}

export function shapeOf(entry: ShapeEntry, missing: Shape): Shape {
  return {
    cpus: entry.cpus ?? missing.cpus,
    memory: entry.memory === undefined ? missing.memory : mebibytes(entry.memory),
    disk: entry.disk === undefined ? missing.disk : kibibytes(entry.disk),
    gpus: entry.gpus ?? missing.gpus,
  };
}
