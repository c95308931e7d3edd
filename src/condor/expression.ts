/**
 * ClassAd expressions as they stand in resource requests: `DiskUsage`, `ifthenelse(MemoryUsage isnt undefined, MemoryUsage, (ImageSize+1023)/1024)`,
 * `max({2048, MemoryUsage * 3 / 2})`. A subset of the ClassAd language reference; what lies outside it, and every error, evaluates to undefined.
 */
export type AdValue = number | string | boolean | undefined | AdValue[];

/** An attribute of the ad that the expression stands in. */
export type Lookup = (name: string) => AdValue;

const MAX_LENGTH = 2048;
/** Of what stands within one another: a job may ask for `((((...1...))))`, and each level takes a dozen calls on the stack. */
const MAX_NESTING = 60;

export function evaluate(source: string, lookup: Lookup): AdValue {
  if (source.length > MAX_LENGTH) return undefined;
  const tokens = tokenize(source);
  if (!tokens) return undefined;
  const parser = new Parser(tokens, lookup);
  const value = parser.conditional();
  return parser.finished() ? value : undefined;
}

type Token = { kind: 'number'; value: number } | { kind: 'string' | 'name' | 'symbol'; value: string };

const TOKEN =
  /\s*(?:(\d+\.?\d*(?:[eE][+-]?\d+)?)|"((?:[^"\\]|\\.)*)"|([A-Za-z_][\w.]*)|(=\?=|=!=|==|!=|<=|>=|&&|\|\||[-+*/%<>!?:(){},]))/y;

function tokenize(source: string): Token[] | undefined {
  const tokens: Token[] = [];
  TOKEN.lastIndex = 0;
  const text = source.trim();
  while (TOKEN.lastIndex < text.length) {
    const match = TOKEN.exec(text);
    if (!match) return undefined;
    const [, number, string, name, symbol] = match;
    if (number !== undefined) tokens.push({ kind: 'number', value: Number(number) });
    else if (string !== undefined) tokens.push({ kind: 'string', value: string.replace(/\\(.)/g, '$1') });
    else if (name !== undefined) tokens.push({ kind: 'name', value: name });
    else if (symbol !== undefined) tokens.push({ kind: 'symbol', value: symbol });
  }
  return tokens;
}

type Binary = (a: AdValue, b: AdValue) => AdValue;

const arithmetic =
  (compute: (a: number, b: number) => number): Binary =>
  (a, b) => {
    const [x, y] = [toNumber(a), toNumber(b)];
    if (x === undefined || y === undefined) return undefined;
    const result = compute(x, y);
    return Number.isFinite(result) ? result : undefined;
  };

const comparison =
  (test: (order: number) => boolean): Binary =>
  (a, b) => {
    // text compares without case, except with =?= and =!=
    if (typeof a === 'string' && typeof b === 'string')
      return test(Number(a.toLowerCase() > b.toLowerCase()) - Number(a.toLowerCase() < b.toLowerCase()));
    const [x, y] = [toNumber(a), toNumber(b)];
    return x === undefined || y === undefined ? undefined : test(x - y);
  };

const identical: Binary = (a, b) => a === b;
const notIdentical: Binary = (a, b) => a !== b;

/** From the weakest to the strongest. Undefined is not an error here: false && undefined is false. */
const LEVELS: Record<string, Binary>[] = [
  { '||': (a, b) => (a === true || b === true ? true : a === false && b === false ? false : undefined) },
  { '&&': (a, b) => (a === false || b === false ? false : a === true && b === true ? true : undefined) },
  {
    '==': comparison((order) => order === 0),
    '!=': comparison((order) => order !== 0),
    '=?=': identical,
    '=!=': notIdentical,
    is: identical,
    isnt: notIdentical,
  },
  {
    '<': comparison((order) => order < 0),
    '<=': comparison((order) => order <= 0),
    '>': comparison((order) => order > 0),
    '>=': comparison((order) => order >= 0),
  },
  { '+': arithmetic((a, b) => a + b), '-': arithmetic((a, b) => a - b) },
  // integers divide to integers; a real operand cannot be told from an integer here, and requests are whole numbers in the end
  { '*': arithmetic((a, b) => a * b), '/': arithmetic((a, b) => divide(a, b)), '%': arithmetic((a, b) => a % b) },
];

function divide(a: number, b: number): number {
  return Number.isInteger(a) && Number.isInteger(b) ? Math.trunc(a / b) : a / b;
}

const FUNCTIONS: Record<string, (args: AdValue[]) => AdValue> = {
  ifthenelse: ([test, yes, no]) => choose(test, yes, no),
  isundefined: ([value]) => value === undefined,
  max: (args) => extreme(args, Math.max),
  min: (args) => extreme(args, Math.min),
  ceiling: ([value]) => mapNumber(value, Math.ceil),
  floor: ([value]) => mapNumber(value, Math.floor),
  round: ([value]) => mapNumber(value, Math.round),
  int: ([value]) => mapNumber(value, Math.trunc),
  // how infinity and not-a-number are printed: real("INF"), real("NaN")
  real: ([value]) => (typeof value === 'string' && /^inf/i.test(value) ? Infinity : toNumber(value)),
  quantize: ([value, step]) => quantize(toNumber(value), toNumber(Array.isArray(step) ? step[0] : step)),
};

class Parser {
  readonly #tokens: Token[];
  readonly #lookup: Lookup;
  #at = 0;
  #nesting = 0;

  constructor(tokens: Token[], lookup: Lookup) {
    this.#tokens = tokens;
    this.#lookup = lookup;
  }

  finished(): boolean {
    return this.#at === this.#tokens.length;
  }

  conditional(): AdValue {
    return this.#nested(() => this.#choice());
  }

  #nested(parse: () => AdValue): AdValue {
    if (this.#nesting >= MAX_NESTING) {
      this.#giveUp();
      return undefined;
    }
    this.#nesting += 1;
    const value = parse();
    this.#nesting -= 1;
    return value;
  }

  #choice(): AdValue {
    const test = this.#binary(0);
    if (!this.#accept('?')) return test;
    const yes = this.conditional();
    this.#expect(':');
    return choose(test, yes, this.conditional());
  }

  #binary(level: number): AdValue {
    const operators = LEVELS[level];
    if (!operators) return this.#unary();
    let left = this.#binary(level + 1);
    for (;;) {
      const token = this.#tokens[this.#at];
      const word = token && (token.kind === 'symbol' || token.kind === 'name') ? token.value.toLowerCase() : '';
      const operator = Object.hasOwn(operators, word) ? operators[word] : undefined;
      if (!operator) return left;
      this.#at += 1;
      left = operator(left, this.#binary(level + 1));
    }
  }

  #unary(): AdValue {
    if (this.#accept('-'))
      return mapNumber(
        this.#nested(() => this.#unary()),
        (x) => -x,
      );
    if (this.#accept('!')) {
      const value = this.#nested(() => this.#unary());
      return typeof value === 'boolean' ? !value : undefined;
    }
    return this.#primary();
  }

  #primary(): AdValue {
    if (this.#accept('(')) {
      const value = this.conditional();
      this.#expect(')');
      return value;
    }
    if (this.#accept('{')) return this.#list('}');
    const token = this.#tokens[this.#at++];
    if (token?.kind === 'number' || token?.kind === 'string') return token.value;
    return token?.kind === 'name' ? this.#named(token.value.toLowerCase()) : undefined;
  }

  #named(name: string): AdValue {
    if (this.#accept('(')) {
      const args = this.#list(')');
      return Object.hasOwn(FUNCTIONS, name) ? FUNCTIONS[name]?.(args) : undefined;
    }
    if (name === 'true' || name === 'false') return name === 'true';
    if (name === 'undefined' || name === 'error') return undefined;
    return this.#lookup(name.replace(/^my\./, ''));
  }

  #list(end: string): AdValue[] {
    const items: AdValue[] = [];
    if (this.#accept(end)) return items;
    do items.push(this.conditional());
    while (this.#accept(','));
    this.#expect(end);
    return items;
  }

  #accept(symbol: string): boolean {
    const token = this.#tokens[this.#at];
    if (token?.kind !== 'symbol' || token.value !== symbol) return false;
    this.#at += 1;
    return true;
  }

  /** What is missing leaves tokens over, or none: the whole then is undefined. */
  #expect(symbol: string): void {
    if (!this.#accept(symbol)) this.#giveUp();
  }

  #giveUp(): void {
    this.#at = this.#tokens.length + 1;
  }
}

function toNumber(value: AdValue): number | undefined {
  if (typeof value === 'boolean') return Number(value);
  return typeof value === 'number' ? value : undefined;
}

function mapNumber(value: AdValue, map: (x: number) => number): AdValue {
  const number = toNumber(value);
  return number === undefined ? undefined : map(number);
}

function choose(test: AdValue, yes: AdValue, no: AdValue): AdValue {
  const truth = typeof test === 'number' ? test !== 0 : test;
  return truth === true ? yes : truth === false ? no : undefined;
}

/** Takes one list or several arguments, as the language does. */
function extreme(args: AdValue[], pick: (...values: number[]) => number): AdValue {
  const numbers = args.flat().map(toNumber);
  return numbers.length > 0 && numbers.every((x) => x !== undefined) ? pick(...numbers) : undefined;
}

function quantize(value: number | undefined, step: number | undefined): AdValue {
  if (value === undefined || step === undefined || step <= 0) return undefined;
  return Math.ceil(value / step) * step;
}
