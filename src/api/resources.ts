/** The custom resources as the operator handles them: types, names, labels, conditions. */
import type { EhosCloudSpec, EhosCloudStatus } from './generated/ehoscloud.ts';
import type { EhosMasterSpec, EhosMasterStatus } from './generated/ehosmaster.ts';
import type { EhosNodeSpec, EhosNodeStatus } from './generated/ehosnode.ts';
import type { EhosNodePoolSpec, EhosNodePoolStatus } from './generated/ehosnodepool.ts';

export const GROUP = 'ehos.io';
export const VERSION = 'v1alpha1';

/** What of ObjectMeta the operator reads and writes. Times are RFC 3339 texts. */
export interface ObjectMeta {
  name: string;
  namespace?: string;
  uid?: string;
  resourceVersion?: string;
  generation?: number;
  creationTimestamp?: string;
  deletionTimestamp?: string;
  labels?: Record<string, string>;
  annotations?: Record<string, string>;
  finalizers?: string[];
  ownerReferences?: OwnerReference[];
}

export interface OwnerReference {
  apiVersion: string;
  kind: string;
  name: string;
  uid: string;
  controller?: boolean;
  blockOwnerDeletion?: boolean;
}

export interface KubeObject {
  apiVersion?: string;
  kind?: string;
  metadata: ObjectMeta;
}

export interface CustomResource<Spec, Status> extends KubeObject {
  spec: Spec;
  status?: Status;
}

export type EhosCloud = CustomResource<EhosCloudSpec, EhosCloudStatus>;
export type EhosMaster = CustomResource<EhosMasterSpec, EhosMasterStatus>;
export type EhosNodePool = CustomResource<EhosNodePoolSpec, EhosNodePoolStatus>;
export type EhosNode = CustomResource<EhosNodeSpec, EhosNodeStatus>;
export type { EhosCloudSpec, EhosCloudStatus, EhosMasterSpec, EhosMasterStatus };
export type { EhosNodePoolSpec, EhosNodePoolStatus, EhosNodeSpec, EhosNodeStatus };

/** Where a kind lives in the API. */
export interface ResourceType {
  /** Empty for the core group. */
  group: string;
  version: string;
  plural: string;
  kind: string;
}

export const CLOUDS: ResourceType = { group: GROUP, version: VERSION, plural: 'ehosclouds', kind: 'EhosCloud' };
export const MASTERS: ResourceType = { group: GROUP, version: VERSION, plural: 'ehosmasters', kind: 'EhosMaster' };
export const POOLS: ResourceType = { group: GROUP, version: VERSION, plural: 'ehosnodepools', kind: 'EhosNodePool' };
export const NODES: ResourceType = { group: GROUP, version: VERSION, plural: 'ehosnodes', kind: 'EhosNode' };
export const SECRETS: ResourceType = { group: '', version: 'v1', plural: 'secrets', kind: 'Secret' };
export const CONFIG_MAPS: ResourceType = { group: '', version: 'v1', plural: 'configmaps', kind: 'ConfigMap' };
export const NAMESPACES: ResourceType = { group: '', version: 'v1', plural: 'namespaces', kind: 'Namespace' };

/** Keeps the object until its servers are gone. */
export const FINALIZER = 'ehos.io/cleanup';
export const LABEL_POOL = 'ehos.io/pool';
/** On a Secret whose owner agrees that it goes into the user data of servers. */
export const LABEL_FOR_NODES = 'ehos.io/for-nodes';
export const LABEL_CLOUD = 'ehos.io/cloud';
/** Annotations that an admin may set. */
export const DO_NOT_DISRUPT = 'ehos.io/do-not-disrupt';
export const DELETE_FIRST = 'ehos.io/delete-first';
/** On an EhosMaster, a time: nodes that fell silent before it are lost, though they are many. */
export const CONFIRM_LOST = 'ehos.io/confirm-lost';
/** On an EhosNode: jobs that fail there are no reason to keep others from it. */
export const NOT_A_BLACK_HOLE = 'ehos.io/not-a-black-hole';

export interface Condition {
  type: string;
  status: 'True' | 'False' | 'Unknown';
  reason: string;
  message: string;
  lastTransitionTime: string;
  observedGeneration?: number;
}

/** `namespace/name`, the key under which stores and queues know an object. */
export function keyOf(object: { metadata: { namespace?: string; name: string } }): string {
  return `${object.metadata.namespace ?? ''}/${object.metadata.name}`;
}

/** The parts of a key made by `keyOf`. */
export function splitKey(key: string): { namespace: string; name: string } {
  const slash = key.indexOf('/');
  return { namespace: key.slice(0, slash), name: key.slice(slash + 1) };
}

/**
 * Under which id cloud and HTCondor know a node: its uid, or that of the lost record whose server it has taken over. Of the latter it is
 * to be proved that the server is this node's: see `isBound`.
 */
export const nodeIdOf = (node: EhosNode): string => node.spec.adopts ?? node.metadata.uid ?? '';

/** Tag on every server of this Kubernetes cluster's operator; `clusterUid` is the uid of namespace kube-system. */
export const clusterTag = (clusterUid: string): string => `ehos-cluster-${clusterUid}`;
/** Tag on the one server of an EhosNode. */
export const nodeTag = (nodeUid: string): string => `ehos-node-${nodeUid}`;
/** User part of the HTCondor identity of a node; the trust domain follows after an @. */
export const nodeIdentity = (nodeUid: string): string => `ehos-node-${nodeUid}`;
