/** The form of snapshot files as JSON Schema, the same file that editors use. */
import published from '../../config/snapshots/snapshot.schema.json' with { type: 'json' };

/** What of JSON Schema that file uses. */
export interface Schema {
  description?: string;
  type?: string | string[];
  enum?: string[];
  default?: unknown;
  examples?: unknown[];
  required?: string[];
  properties?: Record<string, Schema>;
  additionalProperties?: Schema | boolean;
  items?: Schema;
  minimum?: number;
  exclusiveMinimum?: number;
  maximum?: number;
  minLength?: number;
  maxLength?: number;
  minItems?: number;
  maxItems?: number;
  maxProperties?: number;
  pattern?: string;
}

export const SCHEMA: Schema = published;

/** The schema of what stands below these names; `*` is an item of a list or any key of a map. */
export function schemaAt(...path: readonly string[]): Schema {
  return path.reduce<Schema>((schema, step) => {
    const { additionalProperties: each } = schema;
    return (
      (step === '*' ? (schema.items ?? (typeof each === 'object' ? each : undefined)) : schema.properties?.[step]) ?? {}
    );
  }, SCHEMA);
}
