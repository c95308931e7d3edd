/** Label and field selectors. */
import type { KubeJson } from '../json.ts';
import type { Resource } from '../resource.ts';
import { badRequest } from '../status.ts';

/** Whether an object is meant. */
export type Predicate = (object: KubeJson) => boolean;

/**
 * What a list or watch selects; undefined when it selects all.
 * `object` of the predicate is in the resource's own form. Throws 400 for a selector that is none or a field that cannot be selected.
 */
export function selection(resource: Resource, labelSelector: string | null, fieldSelector: string | null): Predicate | undefined {
  const parts = [labelPredicate(labelSelector ?? ''), fieldPredicate(resource, fieldSelector ?? '')].filter(
    (part) => part !== undefined,
  );
  if (parts.length === 0) return undefined;
  return (object) => parts.every((part) => part(object));
}

function labelPredicate(selector: string): Predicate | undefined {
  if (selector.trim() === '') return undefined;
  const requirements = splitRequirements(selector).map(requirement);
  return (object) => {
    const labels = object.metadata.labels ?? {};
    return requirements.every((holds) => holds(labels));
  };
}

type Requirement = (labels: Record<string, string>) => boolean;

/** Commas inside parentheses part values, not requirements. */
function splitRequirements(selector: string): string[] {
  return (selector.match(/(?:[^,(]|\([^)]*\)?)+/g) ?? []).map((part) => part.trim());
}

const KEY = '[A-Za-z0-9](?:[-A-Za-z0-9_./]*[A-Za-z0-9])?';
const SET = new RegExp(`^(${KEY})\\s+(in|notin)\\s*\\(([^)]*)\\)$`);
const EQUALITY = new RegExp(`^(${KEY})\\s*(==|=|!=|>|<)\\s*([A-Za-z0-9](?:[-A-Za-z0-9_.]*[A-Za-z0-9])?)?$`);
const EXISTS = new RegExp(`^(!?)\\s*(${KEY})$`);

function requirement(text: string): Requirement {
  const set = SET.exec(text);
  if (set) {
    const [, key = '', operator, list = ''] = set;
    const values = new Set(list.split(',').map((value) => value.trim()));
    return operator === 'in'
      ? (labels) => key in labels && values.has(labels[key] ?? '')
      : (labels) => !(key in labels && values.has(labels[key] ?? ''));
  }
  const equality = EQUALITY.exec(text);
  if (equality) return comparison(equality[1] ?? '', equality[2] ?? '', equality[3] ?? '');
  const exists = EXISTS.exec(text);
  if (exists) return (labels) => (exists[2] ?? '') in labels === (exists[1] === '');
  throw badRequest(`unable to parse requirement: found '${text}', expected: a label requirement`);
}

function comparison(key: string, operator: string, value: string): Requirement {
  switch (operator) {
    case '!=':
      return (labels) => labels[key] !== value;
    case '>':
      return (labels) => key in labels && Number(labels[key]) > Number(value);
    case '<':
      return (labels) => key in labels && Number(labels[key]) < Number(value);
    default:
      return (labels) => key in labels && labels[key] === value;
  }
}

function fieldPredicate(resource: Resource, selector: string): Predicate | undefined {
  if (selector.trim() === '') return undefined;
  const terms = selector.split(/(?<!\\),/).map((term) => {
    const match = /^([^=!]+)(==|=|!=)(.*)$/.exec(term.trim());
    if (!match) throw badRequest(`invalid field selector; can't understand '${term}'`);
    const [, field = '', operator, value = ''] = match;
    return { get: getter(resource, field.trim()), value: value.replace(/\\(.)/g, '$1'), isEqual: operator !== '!=' };
  });
  return (object) => terms.every(({ get, value, isEqual }) => (get(object) === value) === isEqual);
}

function getter(resource: Resource, field: string): (object: KubeJson) => string {
  if (field === 'metadata.name') return (object) => object.metadata.name;
  if (field === 'metadata.namespace') return (object) => object.metadata.namespace ?? '';
  const get = resource.selectable.get(field);
  if (get) return get;
  throw badRequest(resource.custom ? `field label not supported: ${field}` : `"${field}" is not a known field selector: only "metadata.name", "metadata.namespace"`);
}
