/** Columns of kubectl's table, of custom resources and of built-in kinds. */
import { isObject, type JsonObject, type KubeJson } from '../json.ts';
import type { Column } from '../resource.ts';
import { compileJsonPath } from './jsonpath.ts';

const NAME_DESCRIPTION =
  'Name must be unique within a namespace. Is required when creating resources, although some resources may allow a client to request the generation of an appropriate name automatically. Name is primarily intended for creation idempotence and configuration definition. Cannot be updated. More info: https://kubernetes.io/docs/concepts/overview/working-with-objects/names#names';

export const nameColumn: Column = {
  name: 'Name',
  type: 'string',
  format: 'name',
  description: NAME_DESCRIPTION,
  priority: 0,
  cell: (object) => object.metadata.name,
};

export const ageColumn = (description = 'When the object was created.'): Column => ({
  name: 'Age',
  type: 'string',
  description,
  priority: 0,
  cell: (object, now) => ageOf(object.metadata.creationTimestamp, now),
});

export function column(name: string, type: string, description: string, cell: Column['cell'], priority = 0): Column {
  return { name, type, description, priority, cell };
}

/** A column as a CRD declares it. Throws for a path that is none. */
export function customColumn(declared: JsonObject): Column {
  const { name, type, jsonPath, description, priority, format } = declared as {
    name: string;
    type: string;
    jsonPath: string;
    description?: string;
    priority?: number;
    format?: string;
  };
  const find = compileJsonPath(jsonPath);
  return {
    name,
    type,
    ...(format === undefined ? {} : { format }),
    description: description ?? `Custom resource definition column (in JSONPath format): ${jsonPath}`,
    priority: priority ?? 0,
    cell: (object, now) => cellOf(find(object), type, now),
  };
}

/** The first value found, where it is of the column's type; nothing otherwise. */
function cellOf(values: unknown[], type: string, now: number): unknown {
  const value = values[0];
  if (value === undefined || value === null) return null;
  switch (type) {
    case 'integer':
      return typeof value === 'number' ? Math.trunc(value) : null;
    case 'number':
      return typeof value === 'number' ? value : null;
    case 'boolean':
      return typeof value === 'boolean' ? value : null;
    case 'date':
      return typeof value === 'string' ? ageOf(value, now) : null;
    default:
      return values.length > 1 ? values.map(textOf).join(',') : textOf(value);
  }
}

function textOf(value: unknown): string {
  if (typeof value === 'string') return value;
  return Array.isArray(value) || isObject(value) ? JSON.stringify(value) : String(value);
}

/** How long ago as kubectl writes it (k8s.io/apimachinery, duration.HumanDuration): two units while they matter. */
export function ageOf(timestamp: string | undefined, now: number): string {
  const at = timestamp === undefined ? NaN : Date.parse(timestamp);
  if (Number.isNaN(at)) return '<unknown>';
  const seconds = Math.floor((now - at) / 1000);
  if (seconds < -1) return '<invalid>';
  if (seconds < 0) return '0s';
  if (seconds < 120) return `${seconds}s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 10) return two(minutes, 'm', seconds % 60, 's');
  if (minutes < 180) return `${minutes}m`;
  const hours = Math.floor(minutes / 60);
  if (hours < 8) return two(hours, 'h', minutes % 60, 'm');
  if (hours < 48) return `${hours}h`;
  const days = Math.floor(hours / 24);
  if (days < 8) return two(days, 'd', hours % 24, 'h');
  if (days < 730) return `${days}d`;
  const years = Math.floor(days / 365);
  return years < 8 ? two(years, 'y', days % 365, 'd') : `${years}y`;
}

const two = (a: number, unitA: string, b: number, unitB: string): string =>
  b === 0 ? `${a}${unitA}` : `${a}${unitA}${b}${unitB}`;

/** How many entries a map field has, all of them together. */
export const countOf =
  (...fields: string[]) =>
  (object: KubeJson): number =>
    fields.reduce((sum, field) => sum + (isObject(object[field]) ? Object.keys(object[field]).length : 0), 0);
