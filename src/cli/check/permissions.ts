/** Who needs which rights in Kubernetes. */
import { GROUP } from '../../api/resources.ts';
import type { LeasePlace } from '../operator-pods.ts';

export interface Right {
  verb: string;
  group: string;
  /** With its subresource: `ehosnodes/status`. */
  resource: string;
  /** Only this one. */
  name?: string;
  /** It lies outside all namespaces, or is asked for in all of them at once. */
  cluster?: boolean;
  /** In this one, wherever else one looks. */
  namespace?: string;
}

const rights = (group: string, resources: readonly string[], verbs: readonly string[]): Right[] =>
  resources.flatMap((resource) => verbs.map((verb) => ({ verb, group, resource })));

const KINDS = ['ehosclouds', 'ehosmasters', 'ehosnodepools'];

const LEASES = { group: 'coordination.k8s.io', resource: 'leases' };

/**
 * What the operator does; config/rbac.yaml grants it, with the reason for each, and a test keeps the two from differing.
 * `lease` undefined: its replicas do not elect.
 */
export function operatorRights(lease: LeasePlace | undefined): Right[] {
  return [
    ...rights(GROUP, KINDS, ['list', 'watch', 'patch']),
    ...rights(GROUP, ['ehosnodes'], ['get', 'list', 'watch', 'create', 'patch', 'delete']),
    ...rights(
      GROUP,
      [...KINDS, 'ehosnodes'].map((kind) => `${kind}/status`),
      ['patch'],
    ),
    ...rights(GROUP, ['ehosnodepools/finalizers'], ['update']),
    ...rights('', ['secrets', 'configmaps'], ['get']),
    { verb: 'get', group: '', resource: 'namespaces', name: 'kube-system', cluster: true },
    ...rights('events.k8s.io', ['events'], ['create', 'patch']),
    ...(lease ? leaseRights(lease) : []),
  ];
}

/** Its own one, and those of the same name that other installations have, wherever they are. */
function leaseRights({ namespace, name }: LeasePlace): Right[] {
  return [
    ...['list', 'watch'].map((verb) => ({ verb, ...LEASES, name, cluster: true })),
    { verb: 'create', ...LEASES, namespace },
    ...['get', 'patch'].map((verb) => ({ verb, ...LEASES, name, namespace })),
  ];
}

/** What an admin does with these commands and kubectl. */
export const ADMIN_RIGHTS: readonly Right[] = [
  ...rights(GROUP, KINDS, ['get', 'list', 'create', 'patch', 'delete']),
  ...rights(GROUP, ['ehosnodes'], ['get', 'list', 'patch', 'delete']),
  ...rights('', ['secrets'], ['get', 'create']),
  ...rights('', ['events'], ['list']),
];

/** `delete ehosnodes.ehos.io`, as `kubectl auth can-i` takes it. */
export function rightWords({ verb, group, resource, name, namespace }: Right): string {
  const [plural = '', subresource] = resource.split('/');
  const full = `${plural}${group === '' ? '' : `.${group}`}${subresource === undefined ? '' : `/${subresource}`}`;
  const which = name === undefined ? '' : ` "${name}"`;
  return `${verb} ${full}${which}${namespace === undefined ? '' : ` in namespace ${namespace}`}`;
}

/** The `resourceAttributes` of an access review. `scope`: where one looks; undefined: in all namespaces. */
export function attributesOf(right: Right, scope: string | undefined): Record<string, string> {
  const [resource = '', subresource] = right.resource.split('/');
  const namespace = right.cluster === true ? undefined : (right.namespace ?? scope);
  return {
    verb: right.verb,
    group: right.group,
    resource,
    ...(subresource === undefined ? {} : { subresource }),
    ...(right.name === undefined ? {} : { name: right.name }),
    ...(namespace === undefined ? {} : { namespace }),
  };
}
