/** Evaluation of ClassAd expressions with their three-valued logic (HTCondor manual, "ClassAd Evaluation Semantics"). */
import { Expression, Real, type Ad, type AdValue } from './classad.ts';
import { parseExpression, type Node } from './expression-parser.ts';

/** `undefined` is ClassAd's undefined; ClassAd's error is treated as undefined: neither matches anything. */
export type Value = string | number | boolean | undefined | readonly Value[];

/** The two ads of a match: an unqualified name is looked up in `my` first. */
export interface Scope {
  my: Ad;
  target?: Ad | undefined;
  /** For `time()`, seconds. */
  now?: number;
}

/** A compiled expression. */
export type Evaluator = (scope: Scope) => Value;

const compiled = new Map<string, Evaluator>();

/** Throws an Error when `text` is not an expression. Compiled once per text. */
export function compileExpression(text: string): Evaluator {
  const known = compiled.get(text);
  if (known) return known;
  const node = parseExpression(text);
  const evaluator: Evaluator = (scope) => evaluate(node, scope, 0);
  // START expressions carry no node names, so a pool has few of them; a bound all the same
  if (compiled.size > 1000) compiled.clear();
  compiled.set(text, evaluator);
  return evaluator;
}

/** An attribute's value with expressions evaluated, as `-af` shows them. */
export function resolve(ad: Ad, name: string): AdValue | undefined {
  const value = ad.get(name);
  if (!(value instanceof Expression)) return value;
  return toAdValue(compileExpression(value.text)({ my: ad }));
}

function toAdValue(value: Value): AdValue | undefined {
  return typeof value === 'object' ? value.map((item) => toAdValue(item) ?? null) : value;
}

function evaluate(node: Node, scope: Scope, depth: number): Value {
  switch (node.kind) {
    case 'literal':
      return node.value;
    case 'attribute':
      return attribute(node, scope, depth);
    case 'unary':
      return unary(node.operator, evaluate(node.operand, scope, depth));
    case 'conditional': {
      const condition = evaluate(node.condition, scope, depth);
      if (condition === undefined) return undefined;
      return evaluate(condition === true || condition === 1 ? node.then : node.otherwise, scope, depth);
    }
    case 'list':
      return node.items.map((item) => evaluate(item, scope, depth));
    case 'call':
      return call(
        node.name,
        node.args.map((arg) => evaluate(arg, scope, depth)),
        scope,
      );
    case 'binary':
      return binary(node, scope, depth);
  }
}

function attribute(node: Extract<Node, { kind: 'attribute' }>, scope: Scope, depth: number): Value {
  const inMy = node.scope === 'target' ? undefined : scope.my.get(node.name);
  if (inMy !== undefined) return scalar(inMy, scope, depth);
  const inTarget = node.scope === 'my' ? undefined : scope.target?.get(node.name);
  // an expression in the other ad sees the match from its own side
  return inTarget === undefined || !scope.target
    ? undefined
    : scalar(inTarget, { ...scope, my: scope.target, target: scope.my }, depth);
}

function scalar(value: AdValue, scope: Scope, depth: number): Value {
  if (value instanceof Real) return value.value;
  if (value instanceof Expression) {
    // attributes may refer to each other in a circle
    if (depth > 20) return undefined;
    return evaluate(parseExpression(value.text), scope, depth + 1);
  }
  if (Array.isArray(value)) return (value as readonly AdValue[]).map((item) => scalar(item, scope, depth));
  return value === null ? undefined : (value as string | number | boolean);
}

function unary(operator: string, value: Value): Value {
  if (value === undefined) return undefined;
  if (operator === '!') return typeof value === 'boolean' ? !value : undefined;
  if (typeof value !== 'number') return undefined;
  return operator === '-' ? -value : value;
}

function binary(node: Extract<Node, { kind: 'binary' }>, scope: Scope, depth: number): Value {
  const left = evaluate(node.left, scope, depth);
  if (node.operator === '&&' || node.operator === '||') {
    const decisive = node.operator === '||';
    if (left === decisive) return decisive;
    const right = evaluate(node.right, scope, depth);
    if (right === decisive) return decisive;
    return left === undefined || right === undefined ? undefined : right;
  }
  const right = evaluate(node.right, scope, depth);
  if (node.operator === '=?=' || node.operator === 'is') return left === right;
  if (node.operator === '=!=' || node.operator === 'isnt') return left !== right;
  if (left === undefined || right === undefined) return undefined;
  return isComparison(node.operator) ? compare(node.operator, left, right) : arithmetic(node.operator, left, right);
}

function isComparison(operator: string): boolean {
  return ['==', '!=', '<', '<=', '>', '>='].includes(operator);
}

function compare(operator: string, left: NonNullable<Value>, right: NonNullable<Value>): Value {
  if (typeof left === 'object' || typeof right === 'object') return undefined;
  if ((typeof left === 'string') !== (typeof right === 'string')) return undefined;
  // strings compare without regard to case, except by =?= and =!=
  const a = typeof left === 'string' ? left.toLowerCase() : Number(left);
  const b = typeof right === 'string' ? right.toLowerCase() : Number(right);
  if (operator === '==') return a === b;
  if (operator === '!=') return a !== b;
  if (operator === '<') return a < b;
  if (operator === '<=') return a <= b;
  return operator === '>' ? a > b : a >= b;
}

function arithmetic(operator: string, left: NonNullable<Value>, right: NonNullable<Value>): Value {
  if (typeof left !== 'number' || typeof right !== 'number') return undefined;
  if (operator === '+') return left + right;
  if (operator === '-') return left - right;
  if (operator === '*') return left * right;
  if (right === 0) return undefined;
  return operator === '/' ? left / right : left % right;
}

function call(name: string, args: Value[], scope: Scope): Value {
  const [a, b, c] = args;
  switch (name) {
    case 'ifthenelse':
      return a === undefined ? undefined : a === true || (typeof a === 'number' && a !== 0) ? b : c;
    case 'isundefined':
      return a === undefined;
    case 'regexp':
      return typeof a === 'string' && typeof b === 'string' ? matches(a, b, c === 'i' ? 'i' : '') : undefined;
    case 'member':
      // compares as == does: without regard to case
      return Array.isArray(b)
        ? (b as readonly Value[]).some(
            (item) => a !== undefined && item !== undefined && compare('==', a, item) === true,
          )
        : undefined;
    case 'size':
      return Array.isArray(a) ? a.length : typeof a === 'string' ? a.length : undefined;
    case 'strcat':
      return args.some((arg) => arg === undefined) ? undefined : args.map(String).join('');
    case 'stringlistmember':
      return typeof a === 'string' && typeof b === 'string' ? b.split(/[\s,]+/).includes(a) : undefined;
    case 'time':
      return scope.now;
    default:
      return undefined;
  }
}

/** A pattern that is none is ClassAd's error. */
function matches(pattern: string, text: string, flags: string): boolean | undefined {
  try {
    return new RegExp(pattern, flags).test(text);
  } catch {
    return undefined;
  }
}
