/** Words of JSON Schema (draft 7) for the form of snapshot files. */
export type Json = Record<string, unknown>;

/** Above it numbers are no longer exact when they are added. */
export const MOST = 1e15;
const NAME = '^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$';
const AMOUNT = '^[0-9]+(Mi|Gi|Ti)$';
const DURATION = '^(?=.)([0-9]{1,5}h)?([0-9]{1,6}m)?([0-9]{1,8}s)?$';

export const text = (description: string, maxLength = 255, more: Json = {}): Json => ({
  description,
  type: 'string',
  minLength: 1,
  maxLength,
  ...more,
});
export const name = (description: string): Json => text(description, 253, { pattern: NAME, examples: ['main'] });
export const time = (description: string): Json =>
  text(description, 40, { format: 'date-time', examples: ['2026-01-31T12:00:00Z'] });
export const duration = (description: string): Json =>
  text(description, 20, { pattern: DURATION, examples: ['90s', '1h30m'] });
export const flag = (description: string): Json => ({ description, type: 'boolean', default: false });
export const whole = (description: string, minimum: number, maximum = MOST, more: Json = {}): Json => ({
  description,
  type: 'integer',
  minimum,
  maximum,
  ...more,
});
export const number = (description: string, more: Json = {}): Json => ({
  description,
  type: 'number',
  minimum: 0,
  maximum: MOST,
  ...more,
});
/** A number in the unit of the field, or as people write it. */
export const amount = (description: string, more: Json = {}): Json => ({
  description: `${description} Or an amount such as 8Gi.`,
  type: ['number', 'string'],
  minimum: 0,
  maximum: MOST,
  maxLength: 20,
  pattern: AMOUNT,
  examples: ['8Gi'],
  ...more,
});
export const list = (description: string, items: Json, maxItems = 100_000): Json => ({
  description,
  type: 'array',
  maxItems,
  items,
});
export const map = (description: string, additionalProperties: Json): Json => ({
  description,
  type: 'object',
  maxProperties: 10_000,
  additionalProperties,
});
export const object = (description: string, properties: Json, required: string[] = []): Json => ({
  description,
  type: 'object',
  additionalProperties: false,
  required,
  properties,
});
