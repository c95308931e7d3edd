/** The CEL rules of a schema, compiled once. */
import type { ParseResult } from '@marcbachmann/cel-js';
import { isObject, jsonEqual, type JsonObject } from '../json.ts';
import { celEnvironment } from './cel-library.ts';
import { fieldDuplicate, fieldForbidden, fieldInvalid, fieldRequired, type Cause } from '../status.ts';
import { joinPath, type CelRule, type SchemaNode } from './schema.ts';

interface CompiledRule {
  rule: CelRule;
  holds: ParseResult;
  message: ParseResult | undefined;
  /** Compares with the object before: does not run at creation. */
  isTransition: boolean;
}

/** A node that has rules, itself or below. Others are not visited. */
interface CelNode {
  schema: SchemaNode;
  rules: CompiledRule[];
  properties: [string, CelNode][];
  additional: CelNode | undefined;
  items: CelNode | undefined;
}

const ENVIRONMENT = celEnvironment();

export class CelRules {
  readonly #root: CelNode | undefined;

  /** Throws where a rule is not CEL. */
  constructor(schema: SchemaNode) {
    this.#root = compile(schema);
  }

  /** The rules that do not hold. `old` is undefined at creation; where nothing changed, only transition rules run (ratcheting). */
  causes(value: unknown, old: unknown): Cause[] {
    const causes: Cause[] = [];
    if (this.#root) visit(this.#root, value, old, '', causes);
    return causes;
  }

  /** The same for a write that can change nothing but the status: rules of other parts hold as they did. */
  statusCauses(value: JsonObject, old: JsonObject): Cause[] {
    const root = this.#root;
    // a rule of the whole object may speak of the status
    if (!root || root.rules.length > 0) return this.causes(value, old);
    const causes: Cause[] = [];
    for (const [key, node] of root.properties) if (key === 'status') visit(node, value.status, old.status, key, causes);
    return causes;
  }
}

function compile(schema: SchemaNode): CelNode | undefined {
  const rules = (schema['x-kubernetes-validations'] ?? []).map((rule) => ({
    rule,
    holds: expression(rule.rule),
    message: rule.messageExpression === undefined ? undefined : expression(rule.messageExpression),
    isTransition: /\boldSelf\b/.test(rule.rule) && rule.optionalOldSelf !== true,
  }));
  const properties = Object.entries(schema.properties ?? {}).flatMap(([key, field]): [string, CelNode][] => {
    const node = compile(field);
    return node ? [[key, node]] : [];
  });
  const additional = typeof schema.additionalProperties === 'object' ? compile(schema.additionalProperties) : undefined;
  const items = schema.items ? compile(schema.items) : undefined;
  if (rules.length === 0 && properties.length === 0 && !additional && !items) return undefined;
  return { schema, rules, properties, additional, items };
}

/** A checked expression. Throws for what is not CEL, and for functions that the sandbox does not know. */
function expression(text: string): ParseResult {
  const parsed = ENVIRONMENT.parse(text);
  const { valid, error } = parsed.check();
  if (!valid) throw error ?? new Error(`not a CEL expression: ${text}`);
  return parsed;
}

function visit(node: CelNode, value: unknown, old: unknown, path: string, causes: Cause[]): void {
  if (value === undefined || value === null) return;
  const isUnchanged = old !== undefined && jsonEqual(value, old);
  for (const rule of node.rules) {
    if (rule.isTransition ? old === undefined : isUnchanged) continue;
    const cause = run(rule, node.schema, value, old, path);
    if (cause) causes.push(cause);
  }
  if (isUnchanged) return;
  if (isObject(value)) {
    const before = isObject(old) ? old : undefined;
    for (const [key, below] of node.properties) visit(below, value[key], before?.[key], joinPath(path, key), causes);
    if (!node.additional) return;
    for (const [key, item] of Object.entries(value)) {
      if (!node.schema.properties?.[key]) visit(node.additional, item, before?.[key], `${path}[${key}]`, causes);
    }
  } else if (Array.isArray(value) && node.items) {
    for (const [i, item] of value.entries())
      visit(node.items, item, counterpart(node.schema, item, old), `${path}[${i}]`, causes);
  }
}

/** The item before that is the same one: only lists of type map have such a thing. */
function counterpart(schema: SchemaNode, item: unknown, old: unknown): unknown {
  const keys = schema['x-kubernetes-list-map-keys'];
  if (!keys || !Array.isArray(old) || !isObject(item)) return undefined;
  return old.find((other) => isObject(other) && keys.every((key) => jsonEqual(other[key], item[key])));
}

function run(
  compiled: CompiledRule,
  schema: SchemaNode,
  value: unknown,
  old: unknown,
  path: string,
): Cause | undefined {
  const context = { self: celValue(value, schema), oldSelf: celValue(old, schema) };
  const { rule } = compiled;
  try {
    if (compiled.holds(context) === true) return undefined;
  } catch (error) {
    return fieldInvalid(path, schema.type, `${wordsOf(error)} evaluating rule: ${rule.message ?? rule.rule}`);
  }
  const field =
    rule.fieldPath === undefined ? path : `${path}${path === '' ? rule.fieldPath.replace(/^\./, '') : rule.fieldPath}`;
  const text = messageOf(compiled, context);
  // a rule of the whole object has no field (measured on 1.37)
  return rule.fieldPath === undefined
    ? worded(rule, field === '' ? '<nil>' : field, value, text)
    : worded(rule, field, undefined, text);
}

/** The first line of an evaluation error, as cel-go begins it. */
function wordsOf(error: unknown): string {
  const line = (error instanceof Error ? error.message : String(error)).split('\n')[0] ?? '';
  return line.replace(/^No such key/, 'no such key');
}

function messageOf(compiled: CompiledRule, context: object): string {
  const { rule, message } = compiled;
  if (message) {
    try {
      const text: unknown = message({ ...context });
      if (typeof text === 'string' && text.trim() !== '') return text;
    } catch {
      // as the server: a message that cannot be made gives way to the fixed one
    }
  }
  return rule.message ?? `failed rule: ${rule.rule.trim()}`;
}

/** Single values stand in the message, objects and lists do not. */
function worded(rule: CelRule, field: string, value: unknown, text: string): Cause {
  switch (rule.reason) {
    case 'FieldValueForbidden':
      return fieldForbidden(field, text);
    case 'FieldValueRequired':
      return fieldRequired(field, text);
    case 'FieldValueDuplicate':
      return fieldDuplicate(field, value);
    default:
      if (value !== undefined && typeof value !== 'object') return fieldInvalid(field, value, text);
      return { reason: 'FieldValueInvalid', message: `Invalid value: ${text}`, field };
  }
}

/** A value as CEL sees it: whole numbers of integer fields are int, which JavaScript's numbers are not. */
function celValue(value: unknown, schema: SchemaNode | undefined): unknown {
  if (typeof value === 'number') {
    return schema?.type === 'number' || !Number.isInteger(value) ? value : BigInt(value);
  }
  if (Array.isArray(value)) return value.map((item) => celValue(item, schema?.items));
  if (!isObject(value)) return value;
  const additional = typeof schema?.additionalProperties === 'object' ? schema.additionalProperties : undefined;
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [key, celValue(item, schema?.properties?.[key] ?? additional)]),
  );
}
