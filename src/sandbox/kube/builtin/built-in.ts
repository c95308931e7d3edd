/** What built-in kinds have in common. */
import type { Resource } from '../resource.ts';
import { ageColumn, nameColumn } from '../views/columns.ts';

const VERBS = ['create', 'delete', 'deletecollection', 'get', 'list', 'patch', 'update', 'watch'];

type Given = Pick<Resource, 'plural' | 'kind' | 'namespaced' | 'schema'> & Partial<Resource>;

export function builtIn(given: Given): Resource {
  return {
    group: '',
    version: 'v1',
    singular: given.kind.toLowerCase(),
    listKind: `${given.kind}List`,
    shortNames: [],
    categories: [],
    verbs: given.plural === 'namespaces' ? VERBS.filter((verb) => verb !== 'deletecollection') : VERBS,
    storage: given.plural,
    custom: false,
    status: false,
    scale: undefined,
    generation: false,
    unconditionalUpdate: true,
    columns: [nameColumn, ageColumn()],
    selectable: new Map(),
    validation: undefined,
    ...given,
  };
}
