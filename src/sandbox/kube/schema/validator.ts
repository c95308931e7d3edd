/** Validates JSON by a structural schema and words the errors as the API server does. */
import { Ajv, type ErrorObject, type ValidateFunction } from 'ajv';
import addFormatsModule from 'ajv-formats';
import { isObject, jsonEqual, type JsonObject } from '../json.ts';
import { fieldInvalid, fieldNotSupported, fieldRequired, fieldTooLong, type Cause } from '../status.ts';
import { joinPath, type SchemaNode } from './schema.ts';

// the package's types describe a default export, its CommonJS form has it under `default`
const addFormats = addFormatsModule as unknown as typeof addFormatsModule.default;

/** Formats that the server checks; all others are remarks. */
const FORMATS = ['date-time', 'date', 'uri', 'email', 'hostname', 'ipv4', 'ipv6', 'uuid', 'byte'] as const;

/** Go's form, not that of ISO 8601. */
const GO_DURATION = /^[-+]?(?:(?:\d+(?:\.\d*)?|\.\d+)(?:ns|us|µs|ms|s|m|h|d|w))+$/;
const INTEGER_LIMITS: Record<string, number> = { int32: 2 ** 31, int64: 2 ** 63 };

export class SchemaValidator {
  readonly #validate: ValidateFunction;

  constructor(schema: SchemaNode) {
    // unicodeRegExp: patterns are RE2's, which takes escapes that JavaScript's u flag refuses
    const ajv = new Ajv({ strict: false, allErrors: true, verbose: true, unicodeRegExp: false, logger: false });
    addFormats(ajv, [...FORMATS]);
    for (const [name, limit] of Object.entries(INTEGER_LIMITS)) {
      ajv.addFormat(name, {
        type: 'number',
        validate: (value: number) => Number.isInteger(value) && Math.abs(value) <= limit,
      });
    }
    for (const remark of ['float', 'double', 'password']) ajv.addFormat(remark, true);
    ajv.addFormat('duration', GO_DURATION);
    this.#validate = ajv.compile(forAjv(schema));
  }

  /**
   * What is wrong with `value`. `root` is where the value stands in the object (`` or `status`).
   * With `old` a fault in a part that did not change is forgiven (the server's validation ratcheting).
   */
  causes(value: unknown, root: string, old?: unknown): Cause[] {
    if (this.#validate(value)) return [];
    const errors = this.#validate.errors ?? [];
    return errors
      .filter((error) => old === undefined || !isUnchanged(segmentsOf(error.instancePath), value, old))
      .flatMap((error) => causesOf(error, value, root));
  }
}

/** ajv's dialect: no defaults (filled in before), nullable types spelled out, int-or-string as two types. */
function forAjv(schema: SchemaNode): JsonObject {
  const out: JsonObject = {};
  for (const [key, value] of Object.entries(schema)) {
    if (key === 'default' || key.startsWith('x-kubernetes-') || key === 'description' || key === 'example') continue;
    out[key] = value;
  }
  if (schema.properties) {
    out.properties = Object.fromEntries(Object.entries(schema.properties).map(([key, field]) => [key, forAjv(field)]));
  }
  if (schema.items) out.items = forAjv(schema.items);
  if (typeof schema.additionalProperties === 'object') out.additionalProperties = forAjv(schema.additionalProperties);
  if (schema['x-kubernetes-int-or-string']) {
    Reflect.deleteProperty(out, 'anyOf');
    out.type = ['integer', 'string'];
  }
  for (const [limit, exclusive] of [
    ['minimum', 'exclusiveMinimum'],
    ['maximum', 'exclusiveMaximum'],
  ] as const) {
    // OpenAPI 3.0 has a flag where JSON schema has a number
    if (out[exclusive] === true) {
      out[exclusive] = out[limit];
      Reflect.deleteProperty(out, limit);
    } else if (out[exclusive] === false) Reflect.deleteProperty(out, exclusive);
  }
  // ajv's own rule wants null among the values of an enum as well; the server does not
  if (schema.nullable === true) {
    Reflect.deleteProperty(out, 'nullable');
    return { anyOf: [{ type: 'null' }, out] };
  }
  return out;
}

function segmentsOf(instancePath: string): string[] {
  return instancePath
    .split('/')
    .slice(1)
    .map((segment) => segment.replaceAll('~1', '/').replaceAll('~0', '~'));
}

/** Whether some part that holds the faulty place is as it was. Items of lists have no identity here: a list counts as a whole. */
function isUnchanged(segments: string[], value: unknown, old: unknown): boolean {
  let [now, before] = [value, old];
  for (const segment of [undefined, ...segments]) {
    if (segment !== undefined) {
      if (!isObject(now) || !isObject(before) || !Object.hasOwn(before, segment)) return false;
      now = now[segment];
      before = before[segment];
    }
    if (jsonEqual(now, before)) return true;
  }
  return false;
}

/** The place in the words of messages: indexes in brackets, keys of maps too are joined by dots. */
function pathOf(segments: string[], value: unknown): string {
  let path = '';
  let at = value;
  for (const segment of segments) {
    const isIndex = Array.isArray(at);
    path = joinPath(path, isIndex ? Number(segment) : segment);
    at = isIndex ? (at as unknown[])[Number(segment)] : isObject(at) ? at[segment] : undefined;
  }
  return path;
}

interface Fault {
  /** The full path of the field. */
  field: string;
  /** The path as it stands inside the message, from the root of what was validated. */
  inBody: string;
  data: unknown;
  error: ErrorObject;
}

type Wording = (fault: Fault) => Cause | Cause[];

const limit = (error: ErrorObject): string => String((error.params as { limit: number }).limit);
const wrong =
  (words: (error: ErrorObject) => string): Wording =>
  (fault) =>
    fieldInvalid(fault.field, fault.data, `${fault.inBody} in body ${words(fault.error)}`);

/** ajv's keyword to the server's words (k8s.io/kube-openapi, validation/errors). */
const WORDINGS: Record<string, Wording> = {
  pattern: wrong((error) => `should match '${(error.params as { pattern: string }).pattern}'`),
  minLength: wrong((error) => `should be at least ${limit(error)} chars long`),
  maxLength: tooLong,
  minimum: wrong((error) => `should be greater than or equal to ${limit(error)}`),
  maximum: wrong((error) => `should be less than or equal to ${limit(error)}`),
  exclusiveMinimum: wrong((error) => `should be greater than ${limit(error)}`),
  exclusiveMaximum: wrong((error) => `should be less than ${limit(error)}`),
  multipleOf: wrong((error) => `should be a multiple of ${(error.params as { multipleOf: number }).multipleOf}`),
  minItems: tooFew,
  maxItems: tooMany,
  uniqueItems: wrong(() => `shouldn't contain duplicates`),
  minProperties: tooFew,
  maxProperties: tooMany,
  type: ofType,
  format: ofFormat,
  enum: notSupported,
  required: (fault) =>
    fieldRequired(joinPath(fault.field, (fault.error.params as { missingProperty: string }).missingProperty)),
};

function causesOf(error: ErrorObject, value: unknown, root: string): Cause[] {
  const inBody = pathOf(segmentsOf(error.instancePath), value);
  const field =
    root === '' ? inBody : inBody.startsWith('[') ? `${root}${inBody}` : inBody === '' ? root : `${root}.${inBody}`;
  return [WORDINGS[error.keyword]?.({ field, inBody, data: error.data, error }) ?? []].flat();
}

function tooLong({ field, error }: Fault): Cause {
  return fieldTooLong(field, (error.params as { limit: number }).limit);
}

const countOf = (data: unknown): number =>
  Array.isArray(data) ? data.length : isObject(data) ? Object.keys(data).length : 0;

function tooMany({ field, data, error }: Fault): Cause {
  const most = limit(error);
  const message = `Too many: ${countOf(data)}: must have at most ${most} ${most === '1' ? 'item' : 'items'}`;
  return { reason: 'FieldValueTooMany', message, field };
}

function tooFew({ field, inBody, data, error }: Fault): Cause {
  const what = error.keyword === 'minItems' ? 'items' : 'properties';
  return fieldInvalid(field, countOf(data), `${inBody} in body should have at least ${limit(error)} ${what}`);
}

function ofType({ field, inBody, data, error }: Fault): Cause | Cause[] {
  const wanted = (error.params as { type: string | string[] }).type;
  const format = (error.parentSchema as SchemaNode).format;
  const isFraction = wanted === 'integer' && typeof data === 'number';
  const type = Array.isArray(wanted) ? wanted.join(',') : isFraction && format !== undefined ? format : wanted;
  const found = isFraction && format !== undefined ? 'float64' : typeName(data);
  const why = `${inBody} in body must be of type ${type}: "${found}"`;
  const cause = { ...fieldInvalid(field, found, why), reason: 'FieldValueTypeInvalid' };
  // with a format the check of the format says it
  return isFraction && format === undefined ? [cause, notInteger(inBody, '(default format)')] : cause;
}

function notInteger(inBody: string, format: string): Cause {
  return fieldInvalid('<nil>', '', `Checked value must be of type integer ${format} in ${inBody}`);
}

function ofFormat({ field, inBody, data, error }: Fault): Cause {
  const format = (error.params as { format: string }).format;
  if (format in INTEGER_LIMITS) return notInteger(inBody, `with format ${format}`);
  const why = `${inBody} in body must be of type ${format}: ${JSON.stringify(data)}`;
  return { ...fieldInvalid(field, data, why), reason: 'FieldValueTypeInvalid' };
}

function notSupported({ field, data, error }: Fault): Cause {
  return fieldNotSupported(field, data, (error.params as { allowedValues: unknown[] }).allowedValues.map(String));
}

function typeName(value: unknown): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'array';
  if (typeof value === 'number') return Number.isInteger(value) ? 'integer' : 'number';
  return typeof value;
}
