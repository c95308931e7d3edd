/** Parser of ClassAd expressions (HTCondor manual, "ClassAd Syntax"), as far as START, Requirements, -constraint and -check use them. */

export type Node =
  | { kind: 'literal'; value: string | number | boolean | undefined }
  | { kind: 'attribute'; scope: 'my' | 'target' | undefined; name: string }
  | { kind: 'unary'; operator: string; operand: Node }
  | { kind: 'binary'; operator: string; left: Node; right: Node }
  | { kind: 'conditional'; condition: Node; then: Node; otherwise: Node }
  | { kind: 'call'; name: string; args: Node[] }
  | { kind: 'list'; items: Node[] };

interface Token {
  kind: 'number' | 'string' | 'name' | 'operator' | 'end';
  text: string;
}

/** Binding strength; higher binds tighter. */
const PRECEDENCE: Readonly<Record<string, number>> = {
  '||': 1,
  '&&': 2,
  '=?=': 3,
  '=!=': 3,
  is: 3,
  isnt: 3,
  '==': 3,
  '!=': 3,
  '<': 4,
  '<=': 4,
  '>': 4,
  '>=': 4,
  '+': 5,
  '-': 5,
  '*': 6,
  '/': 6,
  '%': 6,
};

const TOKEN =
  /\s*(?:(\d+\.?\d*(?:[eE][+-]?\d+)?)|"((?:[^"\\]|\\.)*)"|([A-Za-z_]\w*(?:\.[A-Za-z_]\w*)?)|(=\?=|=!=|==|!=|<=|>=|&&|\|\||[-+*/%<>!?:(),{}]))/y;

/** Throws an Error with the offending text. */
export function parseExpression(text: string): Node {
  const parser = new Parser(tokenize(text));
  const node = parser.conditional();
  parser.expectEnd();
  return node;
}

function tokenize(text: string): Token[] {
  const tokens: Token[] = [];
  TOKEN.lastIndex = 0;
  const end = text.trimEnd().length;
  while (TOKEN.lastIndex < end) {
    const at = TOKEN.lastIndex;
    const match = TOKEN.exec(text);
    if (!match) throw new Error(`cannot parse the expression at: ${text.slice(at).trim()}`);
    const [, number, string, name, operator] = match;
    if (number !== undefined) tokens.push({ kind: 'number', text: number });
    else if (string !== undefined) tokens.push({ kind: 'string', text: unescape(string) });
    else if (name !== undefined) tokens.push({ kind: 'name', text: name });
    else tokens.push({ kind: 'operator', text: operator ?? '' });
  }
  tokens.push({ kind: 'end', text: '' });
  return tokens;
}

/** Octal escapes and escaped characters of a ClassAd string literal. */
function unescape(body: string): string {
  return body.replace(/\\([0-7]{3}|.)/g, (_, escape: string) =>
    escape.length === 3 ? String.fromCharCode(Number.parseInt(escape, 8)) : escape,
  );
}

class Parser {
  readonly #tokens: Token[];
  #at = 0;

  constructor(tokens: Token[]) {
    this.#tokens = tokens;
  }

  conditional(): Node {
    const condition = this.#binary(1);
    if (!this.#take('?')) return condition;
    const then = this.conditional();
    this.#expect(':');
    return { kind: 'conditional', condition, then, otherwise: this.conditional() };
  }

  expectEnd(): void {
    if (this.#peek().kind !== 'end') throw new Error(`unexpected "${this.#peek().text}" in the expression`);
  }

  #binary(minimum: number): Node {
    let left = this.#unary();
    for (;;) {
      const operator = this.#peek().text.toLowerCase();
      const precedence = this.#peek().kind === 'string' ? undefined : PRECEDENCE[operator];
      if (precedence === undefined || precedence < minimum) return left;
      this.#at++;
      left = { kind: 'binary', operator, left, right: this.#binary(precedence + 1) };
    }
  }

  #unary(): Node {
    for (const operator of ['!', '-', '+'])
      if (this.#take(operator)) return { kind: 'unary', operator, operand: this.#unary() };
    return this.#primary();
  }

  #primary(): Node {
    const token = this.#peek();
    this.#at++;
    if (token.kind === 'number') return { kind: 'literal', value: Number(token.text) };
    if (token.kind === 'string') return { kind: 'literal', value: token.text };
    if (token.kind === 'name') return this.#name(token.text);
    if (token.kind === 'operator' && token.text === '(') {
      const inner = this.conditional();
      this.#expect(')');
      return inner;
    }
    if (token.kind === 'operator' && token.text === '{') return { kind: 'list', items: this.#args('}') };
    throw new Error(
      token.kind === 'end' ? 'the expression ends too early' : `unexpected "${token.text}" in the expression`,
    );
  }

  #name(text: string): Node {
    const lower = text.toLowerCase();
    if (lower === 'true' || lower === 'false') return { kind: 'literal', value: lower === 'true' };
    if (lower === 'undefined') return { kind: 'literal', value: undefined };
    if (this.#take('(')) return { kind: 'call', name: lower, args: this.#args(')') };
    const [scope, name] = lower.split('.', 2);
    if (name !== undefined && (scope === 'my' || scope === 'target')) return { kind: 'attribute', scope, name };
    return { kind: 'attribute', scope: undefined, name: lower };
  }

  #args(close: string): Node[] {
    const args: Node[] = [];
    if (this.#take(close)) return args;
    do args.push(this.conditional());
    while (this.#take(','));
    this.#expect(close);
    return args;
  }

  #peek(): Token {
    return this.#tokens[this.#at] ?? { kind: 'end', text: '' };
  }

  #take(operator: string): boolean {
    const token = this.#peek();
    if (token.kind !== 'operator' || token.text !== operator) return false;
    this.#at++;
    return true;
  }

  #expect(operator: string): void {
    if (!this.#take(operator)) throw new Error(`"${operator}" is missing in the expression`);
  }
}
