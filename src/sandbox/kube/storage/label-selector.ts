/** Label selectors: `a=b, c in (d, e), !f`. */
import { badRequest } from '../status.ts';

export type Labels = Readonly<Record<string, string>>;
type Requirement = (labels: Labels) => boolean;

const TOKEN = /\s*(==|!=|[=!,()<>]|[^\s=!,()<>]+)/y;
const OPERATORS = new Set(['=', '==', '!=', 'in', 'notin', '<', '>']);

/** Whether labels are selected; undefined for an empty selector. Throws 400 in the words of k8s.io/apimachinery, labels. */
export function labelSelector(text: string): Requirement | undefined {
  const tokens = tokensOf(text);
  if (tokens.length === 0) return undefined;
  const reader = new Reader(tokens);
  const requirements: Requirement[] = [];
  do requirements.push(reader.requirement());
  while (reader.nextAfterComma());
  return (labels) => requirements.every((holds) => holds(labels));
}

function tokensOf(text: string): string[] {
  const tokens: string[] = [];
  TOKEN.lastIndex = 0;
  for (let match = TOKEN.exec(text); match; match = TOKEN.exec(text)) tokens.push(match[1] ?? '');
  return tokens;
}

const isIdentifier = (token: string): boolean => /^[^=!,()<>]+$/.test(token);

class Reader {
  readonly #tokens: string[];
  #at = 0;

  constructor(tokens: string[]) {
    this.#tokens = tokens;
  }

  /** True after a comma; refuses anything else that stands between requirements. */
  nextAfterComma(): boolean {
    const token = this.#take();
    if (token === '') return false;
    if (token !== ',') throw fault(token, "',' or 'end of string'");
    return true;
  }

  requirement(): Requirement {
    const isNegated = this.#peek() === '!';
    if (isNegated) this.#take();
    const key = this.#identifier();
    const operator = this.#peek();
    if (isNegated || operator === '' || operator === ',') return (labels) => key in labels !== isNegated;
    this.#take();
    if (!OPERATORS.has(operator)) throw fault(operator, 'in, notin, =, ==, !=, gt, lt');
    return comparison(key, operator, operator === 'in' || operator === 'notin' ? this.#list() : [this.#value()]);
  }

  #list(): string[] {
    const open = this.#take();
    if (open !== '(') throw badRequest(`unable to parse requirement: found '${open}' expected: '('`);
    const values: string[] = [];
    for (;;) {
      values.push(this.#value());
      const next = this.#take();
      if (next === ')') return values;
      if (next !== ',') throw fault(next, "',', ')' or identifier");
    }
  }

  #identifier(): string {
    const token = this.#take();
    if (!isIdentifier(token)) throw fault(token, 'identifier');
    return token;
  }

  /** A value may be empty: then what follows it stands in its place. */
  #value(): string {
    const token = this.#peek();
    if (token === '' || token === ',' || token === ')') return '';
    return this.#identifier();
  }

  #peek(): string {
    return this.#tokens[this.#at] ?? '';
  }

  #take(): string {
    return this.#tokens[this.#at++] ?? '';
  }
}

function comparison(key: string, operator: string, values: string[]): Requirement {
  const has = (labels: Labels): boolean => key in labels && values.includes(labels[key] ?? '');
  switch (operator) {
    case '!=':
    case 'notin':
      return (labels) => !has(labels);
    case '>':
      return (labels) => key in labels && Number(labels[key]) > Number(values[0]);
    case '<':
      return (labels) => key in labels && Number(labels[key]) < Number(values[0]);
    default:
      return has;
  }
}

function fault(found: string, expected: string): Error {
  return badRequest(`unable to parse requirement: found '${found}', expected: ${expected}`);
}
