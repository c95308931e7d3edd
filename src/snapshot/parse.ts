/** The text of a snapshot file as plain data: JSON or YAML, one document. What is wrong with the text itself is told with its line. */
import { messageOf } from '../base/errors.ts';
import { LineCounter, parseAllDocuments, type Document } from 'yaml';

/** JSON is read at once. YAML takes about two seconds and a hundred megabytes of memory for each MiB (measured). */
export const MOST_BYTES = { json: 64 * 1024 * 1024, yaml: 8 * 1024 * 1024 } as const;

export interface Parsed {
  value: unknown;
  /** Where in the text something stands; undefined where it is not known. */
  lineOf(path: readonly (string | number)[]): number | undefined;
}

export type ParseResult = Parsed | { problems: string[] };

export function parseText(text: string): ParseResult {
  if (text.trim() === '') return { problems: ['it is empty: it must hold one EhosSnapshot'] };
  const bytes = Buffer.byteLength(text);
  const json = asJson(text);
  if (json && 'value' in json) return json;
  if (bytes > MOST_BYTES.yaml) return json ?? { problems: [tooLarge(bytes, 'yaml')] };
  return asYaml(text);
}

export function tooLarge(bytes: number, form: keyof typeof MOST_BYTES): string {
  const mib = (n: number): string => `${Math.ceil(n / 1024 / 1024)} MiB`;
  const remedy = form === 'yaml' ? `; as JSON it may have ${mib(MOST_BYTES.json)}` : '';
  return `it has ${mib(bytes)}, the most is ${mib(MOST_BYTES[form])}${form === 'yaml' ? ' of YAML' : ''}${remedy}`;
}

/** undefined: it does not look like JSON. What does and is none may be YAML still. */
function asJson(text: string): ParseResult | undefined {
  if (!/^\s*[{[]/.test(text)) return undefined;
  try {
    return { value: JSON.parse(text) as unknown, lineOf: () => undefined };
  } catch (error) {
    return { problems: [`it is no JSON: ${messageOf(error)}`] };
  }
}

function asYaml(text: string): ParseResult {
  const lines = new LineCounter();
  const documents: Document.Parsed[] = [...parseAllDocuments(text, { lineCounter: lines, prettyErrors: true })];
  const broken = documents.flatMap(({ errors }) => errors.map(({ message }) => firstLine(message)));
  if (broken.length > 0) return { problems: broken };
  const full = documents.filter(({ contents }) => contents !== null);
  const [document] = full;
  if (!document) return { problems: ['it holds nothing but comments: it must hold one EhosSnapshot'] };
  if (full.length > 1)
    return {
      problems: [
        `it holds ${full.length} documents: give one EhosSnapshot, with the EhosNodePools in its list "pools"`,
      ],
    };
  try {
    return { value: document.toJS(), lineOf: (path) => lineIn(document, lines, path) };
  } catch (error) {
    // aliases that multiply each other
    return { problems: [messageOf(error)] };
  }
}

/** `... at line 3, column 5`, without the picture of the line that follows. */
function firstLine(message: string): string {
  return (message.split('\n')[0] ?? '').replace(/:$/, '');
}

function lineIn(document: Document.Parsed, lines: LineCounter, path: readonly (string | number)[]): number | undefined {
  for (let length = path.length; length >= 0; length--) {
    const node = document.getIn(path.slice(0, length), true) as { range?: [number, number, number] | null } | undefined;
    if (node?.range) return lines.linePos(node.range[0]).line;
  }
  return undefined;
}
