/** Who needs which rights in Kubernetes. */
import { GROUP } from '../../api/resources.ts';

export interface Right {
  verb: string;
  group: string;
  /** With its subresource: `ehosnodes/status`. */
  resource: string;
  /** Only this one. */
  name?: string;
  /** It lies outside all namespaces. */
  cluster?: boolean;
}

const rights = (group: string, resources: readonly string[], verbs: readonly string[]): Right[] =>
  resources.flatMap((resource) => verbs.map((verb) => ({ verb, group, resource })));

const KINDS = ['ehosclouds', 'ehosmasters', 'ehosnodepools'];

/** What the operator does; config/rbac.yaml grants it, with the reason for each. */
export const OPERATOR_RIGHTS: readonly Right[] = [
  ...rights(GROUP, KINDS, ['get', 'list', 'watch', 'patch']),
  ...rights(GROUP, ['ehosnodes'], ['get', 'list', 'watch', 'create', 'patch', 'delete']),
  ...rights(
    GROUP,
    [...KINDS, 'ehosnodes'].map((kind) => `${kind}/status`),
    ['patch'],
  ),
  ...rights('', ['secrets', 'configmaps'], ['get']),
  { verb: 'get', group: '', resource: 'namespaces', name: 'kube-system', cluster: true },
  ...rights('events.k8s.io', ['events'], ['create', 'patch']),
];

/** What an admin does with these commands and kubectl. */
export const ADMIN_RIGHTS: readonly Right[] = [
  ...rights(GROUP, KINDS, ['get', 'list', 'create', 'patch', 'delete']),
  ...rights(GROUP, ['ehosnodes'], ['get', 'list', 'patch', 'delete']),
  ...rights('', ['secrets'], ['get', 'create']),
  ...rights('', ['events'], ['list']),
];

/** `delete ehosnodes.ehos.io`, as `kubectl auth can-i` takes it. */
export function rightWords({ verb, group, resource, name }: Right): string {
  const [plural = '', subresource] = resource.split('/');
  const full = `${plural}${group === '' ? '' : `.${group}`}${subresource === undefined ? '' : `/${subresource}`}`;
  return `${verb} ${full}${name === undefined ? '' : ` "${name}"`}`;
}

/** The `resourceAttributes` of an access review. */
export function attributesOf(right: Right, namespace: string | undefined): Record<string, string> {
  const [resource = '', subresource] = right.resource.split('/');
  return {
    verb: right.verb,
    group: right.group,
    resource,
    ...(subresource === undefined ? {} : { subresource }),
    ...(right.name === undefined ? {} : { name: right.name }),
    ...(right.cluster === true || namespace === undefined ? {} : { namespace }),
  };
}
