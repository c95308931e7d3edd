/** The JSONPath of printer columns and selectable fields: fields, indexes, `[*]` and `[?(@.field=="value")]`. */
import { isObject } from '../json.ts';

type Step =
  | { kind: 'field'; name: string }
  | { kind: 'index'; index: number }
  | { kind: 'all' }
  | { kind: 'filter'; path: string[]; equals: boolean; value: unknown };

const STEP =
  /^(?:\.?\[\?\(\s*@((?:\.[\w-]+)+)\s*(==|!=)\s*(?:'([^']*)'|"([^"]*)"|([^\s)]+))\s*\)\]|\.?\['((?:[^'\\]|\\.)*)'\]|\.?\[(-?\d+)\]|\.?\[\*\]|\.((?:[^.[\\]|\\.)+))/;

/** A function that finds all values at `path`. Throws for a path in another form. */
export function compileJsonPath(path: string): (value: unknown) => unknown[] {
  const steps = parse(path);
  return (value) => steps.reduce<unknown[]>((values, step) => values.flatMap((one) => follow(one, step)), [value]);
}

function parse(path: string): Step[] {
  const steps: Step[] = [];
  let rest = path.replace(/^\{(.*)\}$/, '$1').replace(/^\$/, '');
  while (rest !== '' && rest !== '.') {
    const match = STEP.exec(rest);
    if (!match) throw new Error(`not a JSONPath that columns can have: ${path}`);
    steps.push(stepOf(match));
    rest = rest.slice(match[0].length);
  }
  return steps;
}

function stepOf(match: RegExpExecArray): Step {
  const [, filterPath, operator, single, double, bare, quoted, index, field] = match;
  if (filterPath !== undefined) {
    const value = single ?? double ?? literal(bare ?? '');
    return { kind: 'filter', path: filterPath.split('.').slice(1), equals: operator === '==', value };
  }
  const name = quoted ?? field;
  if (name !== undefined) return { kind: 'field', name: name.replace(/\\(.)/g, '$1') };
  return index === undefined ? { kind: 'all' } : { kind: 'index', index: Number(index) };
}

function literal(text: string): unknown {
  if (text === 'true' || text === 'false') return text === 'true';
  return text !== '' && !Number.isNaN(Number(text)) ? Number(text) : text;
}

function follow(value: unknown, step: Step): unknown[] {
  switch (step.kind) {
    case 'field':
      return isObject(value) && Object.hasOwn(value, step.name) ? [value[step.name]] : [];
    case 'index': {
      const item: unknown = Array.isArray(value) ? value.at(step.index) : undefined;
      return item === undefined ? [] : [item];
    }
    case 'all':
      return Array.isArray(value) ? (value as unknown[]) : isObject(value) ? Object.values(value) : [];
    case 'filter':
      return (Array.isArray(value) ? (value as unknown[]) : []).filter(
        (item) =>
          (step.path.reduce<unknown>((at, key) => (isObject(at) ? at[key] : undefined), item) === step.value) ===
          step.equals,
      );
  }
}
