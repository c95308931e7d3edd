/** What a service said, as one line that may be shown: its own words, without markup, schema dumps and repeated input. */
import { parseJson } from '../base/json.ts';
import { redactText } from '../base/redact.ts';
import { cut, oneLine } from '../base/text.ts';
import { isObject, textAt } from './json.ts';

/** Longest text taken over from an answer, characters. */
const LIMIT = 300;
const LONGEST_KIND = 64;
/** Of a page that is no JSON, characters. */
const PAGE = 8 * 1024;
/** Nova repeats user data twice, 65,535 characters each; the reason stands behind them. */
const LONGEST_MESSAGE = 256 * 1024;
/** An unbroken run as long as this is data, not words: base64 user data, a token, a key. */
const DATA_RUN = /[A-Za-z0-9+/=_-]{80,}/g;

export interface SaidError {
  /** Nova and Cinder: the key around the message (`itemNotFound`); Neutron: `NeutronError.type`. Empty when there is none. */
  kind: string;
  /** One line. */
  text: string;
}

/**
 * Reads an error body. Nova and Cinder wrap `{<kind>: {code, message}}`, Neutron `{NeutronError: {type, message}}`, Keystone and
 * keystonemiddleware `{error: {code, message, title}}`; Glance and Nova's router answer HTML even where the API is JSON (all observed).
 */
export function readError(contentType: string | undefined, body: string): SaidError {
  const parsed = /json/i.test(contentType ?? '') ? jsonIn(body) : undefined;
  if (parsed !== undefined) {
    for (const [kind, value] of Object.entries(isObject(parsed) ? parsed : {})) {
      const message = textAt(value, 'message');
      if (message !== undefined)
        return { kind: cut(textAt(value, 'type') ?? kind, LONGEST_KIND), text: presentable(message) };
    }
    const plain = textAt(parsed, 'message') ?? textAt(parsed, 'error');
    return { kind: '', text: presentable(plain ?? '') };
  }
  // of a page only the beginning says something, and taking the markup out of a long one takes quadratic time
  const page = cut(body, PAGE);
  return { kind: '', text: presentable(/<html/i.test(page) ? textOfHtml(page) : page) };
}

/** One line of at most 300 characters, without secrets and without what Nova repeats of the request. */
export function presentable(message: string): string {
  // Glance and the routers of all services put HTML line breaks even into JSON (observed)
  let text = oneLine(cut(message, LONGEST_MESSAGE).replace(/<br ?\/?>/gi, ' '));
  text = withoutSchemaDump(withoutRepeatedInput(text));
  // Nova's answer to its own bugs and outages: only the exception's class says something
  text = text.replace(/^Unexpected API Error\. Please report this .*?<class '([\w.]+)'>$/, 'Unexpected API Error: $1');
  text = redactText(text.replace(DATA_RUN, '[...]'), Infinity);
  return text.length > LIMIT ? `${text.slice(0, LIMIT)}...` : text;
}

/** undefined for a text that is no JSON. */
export function jsonIn(text: string): unknown {
  try {
    return parseJson(text);
  } catch {
    return undefined;
  }
}

/** Endings of python-jsonschema's messages; what stands before them is the value again. */
const SCHEMA_ENDINGS =
  /(?:is too long|is too short|is a required property|has too many properties|has non-unique elements|is not of type .*|is not one of .*|is not a '.*|does not match (?:any of the regexes: )?'.*|is (?:less|greater) than the (?:minimum|maximum) of .*|is not valid under any of the given schemas)$/;
/** A value may stay in the message when it is one short quoted word. */
const SHORT_VALUE = /'[^']{0,64}' $/;

/** Nova: `Invalid input for field/attribute user_data. Value: <all of it>. <all of it again> is too long`. */
function withoutRepeatedInput(text: string): string {
  const parts = /^Invalid input for field\/attribute (\S+)\. Value: (.*)$/.exec(text);
  if (!parts) return text;
  const [, field = '', rest = ''] = parts;
  const head = `Invalid input for field/attribute ${field}`;
  const unexpected = /Additional properties are not allowed \([^()]*\)$/.exec(rest);
  if (unexpected) return `${head}, ${unexpected[0]}`;
  const ending = SCHEMA_ENDINGS.exec(rest);
  if (!ending) return head;
  const value = SHORT_VALUE.exec(rest.slice(0, ending.index));
  // a comma: `user_data: ` would look like the data itself to whatever redacts logs
  return `${head}, ${field === 'user_data' ? '' : (value?.[0] ?? '')}${ending[0]}`;
}

/** Keystone's 400 appends the schema and the request, password and all. */
function withoutSchemaDump(text: string): string {
  return text.replace(/\s*Failed validating .*$/, '').replace(/\s*On instance.*$/, '');
}

/** Text of an HTML error page; its heading only repeats the status. */
function textOfHtml(html: string): string {
  const title = /<title>([^<]*)<\/title>/i.exec(html)?.[1] ?? '';
  const text = html
    .replace(/<head>[\s\S]*?<\/head>/i, ' ')
    .replace(/<h1>[\s\S]*?<\/h1>/gi, ' ')
    .replace(/<[^>]*>/g, ' ')
    .replace(/&nbsp;/g, ' ')
    .replace(/&(?:quot|#34);/g, '"')
    .replace(/&(?:apos|#39);/g, "'")
    .replace(/&lt;/g, '<')
    .replace(/&gt;/g, '>')
    .replace(/&amp;/g, '&');
  return text.trim() === '' ? title : text;
}
