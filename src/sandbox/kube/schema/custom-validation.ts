/** All the checks that a CRD asks for, in the server's order: schema, list types, then CEL if all else is well. */
import type { KubeJson } from '../json.ts';
import type { Cause } from '../status.ts';
import { CelRules } from './cel.ts';
import { duplicateCauses } from './list-types.ts';
import type { SchemaNode } from './schema.ts';
import { SchemaValidator } from './validator.ts';

/** What the server adds when it did not come to the CEL rules. */
const RULES_NOT_CHECKED: Cause = {
  reason: 'FieldValueInvalid',
  message:
    'Invalid value: null: some validation rules were not checked because the object was invalid; correct the existing errors to complete validation',
  field: '<nil>',
};

/** Faults that leave values of the wrong shape, on which rules cannot be run. A number out of range is none. */
const BLOCKING = new Set([
  'FieldValueNotSupported',
  'FieldValueRequired',
  'FieldValueTooLong',
  'FieldValueTooMany',
  'FieldValueTypeInvalid',
]);

export class CustomValidation {
  readonly #schema: SchemaNode;
  readonly #whole: SchemaValidator;
  /** The part of the status alone: writes to the status subresource judge nothing else. */
  readonly #statusOnly: SchemaValidator | undefined;
  readonly #rules: CelRules;
  readonly #replicaPaths: string[][];

  /** `replicaPaths` are those of the scale subresource. Throws where a rule is not CEL or the schema is none. */
  constructor(schema: SchemaNode, replicaPaths: string[][] = []) {
    this.#schema = schema;
    this.#whole = new SchemaValidator(schema);
    const status = schema.properties?.status;
    this.#statusOnly = status && new SchemaValidator(status);
    this.#rules = new CelRules(schema);
    this.#replicaPaths = replicaPaths;
  }

  /** What is wrong beyond `found`, which is what other checks have found: some faults keep the CEL rules from being run. */
  causes(object: KubeJson, old: KubeJson | undefined, statusOnly: boolean, found: Cause[] = []): Cause[] {
    const schemaCauses = statusOnly
      ? (this.#statusOnly?.causes(object.status ?? {}, 'status', old?.status) ?? [])
      : this.#whole.causes(object, '', old);
    const causes = [...found, ...schemaCauses, ...this.#replicaCauses(object), ...duplicates(this.#schema, object)];
    if (causes.some((cause) => BLOCKING.has(cause.reason ?? ''))) return [...causes, RULES_NOT_CHECKED];
    return [
      ...causes,
      ...(statusOnly && old ? this.#rules.statusCauses(object, old) : this.#rules.causes(object, old)),
    ];
  }

  #replicaCauses(object: KubeJson): Cause[] {
    return this.#replicaPaths.flatMap((path) => {
      const value = path.reduce<unknown>((at, key) => (at as Record<string, unknown> | undefined)?.[key], object);
      if (typeof value !== 'number' || value >= 0) return [];
      const message = `Invalid value: ${value}: should be a non-negative integer`;
      return [{ reason: 'FieldValueInvalid', message, field: `.${path.join('.')}` }];
    });
  }
}

function duplicates(schema: SchemaNode, object: KubeJson): Cause[] {
  return ['spec', 'status'].flatMap((part) => {
    const below = schema.properties?.[part];
    return below ? duplicateCauses(object[part], below, part) : [];
  });
}
