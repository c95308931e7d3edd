/** The functions that Kubernetes adds to CEL (k8s.io/apiserver, cel/library; cel-go, ext/strings), as far as CRD rules use them. */
import { Environment } from '@marcbachmann/cel-js';

/** An environment in which rules are compiled. Functions that are not here make a rule refused when its CRD is installed. */
export function celEnvironment(): Environment {
  return new Environment({
    unlistedVariablesAreDyn: true,
    homogeneousAggregateLiterals: false,
    enableOptionalTypes: true,
  })
    .registerFunction('string.format(list<dyn>): string', format)
    .registerFunction('string.charAt(int): string', (text: string, at: bigint) => text.charAt(Number(at)))
    .registerFunction('string.replace(string, string): string', (text: string, from: string, to: string) =>
      text.replaceAll(from, to),
    )
    .registerFunction(
      'string.find(string): string',
      (text: string, pattern: string) => new RegExp(pattern).exec(text)?.[0] ?? '',
    )
    .registerFunction(
      'string.findAll(string): list<string>',
      (text: string, pattern: string) => text.match(new RegExp(pattern, 'g')) ?? [],
    )
    .registerFunction('list.sum(): dyn', (list: Number_[]) => list.reduce((a, b) => add(a, b), 0n))
    .registerFunction('list.min(): dyn', (list: Number_[]) => list.reduce((a, b) => (b < a ? b : a)))
    .registerFunction('list.max(): dyn', (list: Number_[]) => list.reduce((a, b) => (b > a ? b : a)))
    .registerFunction('list.isSorted(): bool', (list: Number_[]) =>
      list.every((item, i) => i === 0 || item >= (list[i - 1] ?? item)),
    )
    .registerFunction('list.indexOf(dyn): int', (list: unknown[], item: unknown) => BigInt(list.indexOf(item)));
}

type Number_ = bigint | number;

function add(a: Number_, b: Number_): Number_ {
  return typeof a === 'bigint' && typeof b === 'bigint' ? a + b : Number(a) + Number(b);
}

/** `%s`, `%d`, `%f` with a precision, `%e`, `%x`, `%X`, `%o`, `%b` and `%%`. Throws where values are missing. */
function format(template: string, values: unknown[]): string {
  let next = 0;
  return template.replace(/%(?:\.(\d+))?([sdfexXob%])/g, (_, precision: string | undefined, verb: string) => {
    if (verb === '%') return '%';
    if (next >= values.length) throw new Error(`format: no value for %${verb}`);
    return formatted(values[next++], verb, precision === undefined ? 6 : Number(precision));
  });
}

const RADIX: Record<string, number> = { x: 16, X: 16, o: 8, b: 2 };

function formatted(value: unknown, verb: string, precision: number): string {
  const radix = RADIX[verb];
  if (radix !== undefined && (typeof value === 'bigint' || typeof value === 'number')) {
    const digits = value.toString(radix);
    return verb === 'X' ? digits.toUpperCase() : digits;
  }
  if (verb === 'f') return Number(value).toFixed(precision);
  if (verb === 'e') return Number(value).toExponential(precision);
  return textOf(value);
}

function textOf(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(textOf).join(', ')}]`;
  if (typeof value === 'object' && value !== null) {
    return `{${Object.entries(value)
      .map(([key, item]) => `${key}: ${textOf(item)}`)
      .join(', ')}}`;
  }
  return String(value);
}
