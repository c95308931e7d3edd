/** Label and field selectors. */
import type { KubeJson } from '../json.ts';
import type { Resource } from '../resource.ts';
import { badRequest } from '../status.ts';
import { labelSelector } from './label-selector.ts';

/** Whether an object is meant. */
export type Predicate = (object: KubeJson) => boolean;

/**
 * What a list or watch selects; undefined when it selects all.
 * `object` of the predicate is in the resource's own form. Throws 400 for a selector that is none or a field that cannot be selected.
 */
export function selection(
  resource: Resource,
  labelSelector: string | null,
  fieldSelector: string | null,
): Predicate | undefined {
  const parts = [labelPredicate(labelSelector ?? ''), fieldPredicate(resource, fieldSelector ?? '')].filter(
    (part) => part !== undefined,
  );
  if (parts.length === 0) return undefined;
  return (object) => parts.every((part) => part(object));
}

function labelPredicate(text: string): Predicate | undefined {
  const selects = labelSelector(text);
  return selects && ((object) => selects(object.metadata.labels ?? {}));
}

function fieldPredicate(resource: Resource, selector: string): Predicate | undefined {
  if (selector.trim() === '') return undefined;
  const terms = selector.split(/(?<!\\),/).map((term) => {
    const match = /^([^=!]+)(==|=|!=)(.*)$/.exec(term.trim());
    if (!match) throw badRequest(`invalid selector: '${selector}'; can't understand '${term}'`);
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
  const knowsOnlyNames = !resource.custom && resource.selectable.size === 0;
  throw badRequest(
    knowsOnlyNames
      ? `${JSON.stringify(field)} is not a known field selector: only "metadata.name", "metadata.namespace"`
      : `field label not supported: ${field}`,
  );
}
