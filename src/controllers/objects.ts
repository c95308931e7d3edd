/** Writing back: status once at the end and only if it changed, finalizers before effects, Secrets by name. */
import { EhosError, errorClassOf } from '../base/errors.ts';
import { rememberSecret } from '../base/known-secrets.ts';
import { fitStatus } from '../api/fit-status.ts';
import {
  FINALIZER,
  LABEL_FOR_NODES,
  SECRETS,
  type CustomResource,
  type KubeObject,
  type ResourceType,
} from '../api/resources.ts';
import { statusPatch } from '../kube/status.ts';
import type { KubeClient } from '../kube/types.ts';
import type { Context } from './context.ts';

/**
 * Patches the status if it differs from what the object has; returns the object as it is then. What peers said in it is made to fit the schema.
 * The patch carries the resourceVersion: if anyone has written since the object was read, the server answers Conflict, and the
 * decision is made anew from what is there. That orders, for one node, a token approval and a removal: the second one fails.
 */
export async function writeStatus<Spec, Status extends object>(
  context: Context,
  type: ResourceType,
  object: CustomResource<Spec, Status>,
  status: Status,
): Promise<CustomResource<Spec, Status>> {
  const patch = statusPatch(object.status ?? {}, fitStatus(type.kind, status));
  if (patch === undefined) return object;
  const { namespace = '', name } = object.metadata;
  const written = await context.client.patchStatus<CustomResource<Spec, Status>>(
    type,
    namespace,
    name,
    { metadata: { resourceVersion: object.metadata.resourceVersion }, status: patch },
    context.signal,
  );
  context.remember(type, written);
  return written;
}

/** Puts our finalizer on before anything is made in the object's name. */
export async function ensureFinalizer<T extends KubeObject>(
  context: Context,
  type: ResourceType,
  object: T,
): Promise<T> {
  const { namespace = '', name, finalizers = [] } = object.metadata;
  if (finalizers.includes(FINALIZER)) return object;
  return await patchFinalizers(context, type, namespace, name, object, [...finalizers, FINALIZER]);
}

/** Lets a deleted object go. */
export async function removeFinalizer(context: Context, type: ResourceType, object: KubeObject): Promise<void> {
  const { namespace = '', name, finalizers = [] } = object.metadata;
  if (!finalizers.includes(FINALIZER)) return;
  try {
    const rest = finalizers.filter((finalizer) => finalizer !== FINALIZER);
    await patchFinalizers(context, type, namespace, name, object, rest);
  } catch (error) {
    if (errorClassOf(error) !== 'NotFound') throw error;
  }
}

/** With the resourceVersion in the patch a list that another changed meanwhile is not overwritten: the server answers Conflict. */
async function patchFinalizers<T extends KubeObject>(
  context: Context,
  type: ResourceType,
  namespace: string,
  name: string,
  object: KubeObject,
  finalizers: string[],
): Promise<T> {
  const patch = { metadata: { finalizers, resourceVersion: object.metadata.resourceVersion } };
  const written = await context.client.patch<T>(type, namespace, name, patch, context.signal);
  context.remember(type, written);
  return written;
}

/** What it takes to read a Secret or ConfigMap. */
export interface Reading {
  client: Pick<KubeClient, 'get'>;
  signal: AbortSignal;
}

interface DataObject extends KubeObject {
  data?: Record<string, unknown> | null;
  /** Only of ConfigMaps. */
  binaryData?: Record<string, unknown> | null;
}

/** A key or a token is shorter, bytes. User data from a Secret may not be; they are read by every process of a node. */
const LARGEST_SECRET = 16 * 1024;

/** What stands under a key of a Secret or ConfigMap. Refusals name the field that refers to it. */
export async function readKey(
  context: Reading,
  type: ResourceType,
  namespace: string,
  reference: { name: string; key: string },
  field: string,
): Promise<Buffer> {
  const data = await readData(context, type, namespace, reference.name, field);
  const value = data.get(reference.key);
  if (value !== undefined) {
    if (type.kind === SECRETS.kind && value.length <= LARGEST_SECRET) rememberSecret(value.toString('utf8'));
    return value;
  }
  const there = data.size > 0 ? `it has: ${[...data.keys()].sort().join(', ')}` : 'it is empty';
  const message = `${field}: ${type.kind} "${reference.name}" has no key "${reference.key}"; ${there}`;
  throw new EhosError('Invalid', message, { field });
}

/**
 * The same of a Secret whose content leaves the cluster: it goes into user data, where every job of a node may read it. The operator may read any
 * Secret by name, and who may write a pool need not be one who may: so whoever owns the Secret has to say that it is meant for this.
 */
export async function readKeyForNodes(
  context: Reading,
  namespace: string,
  reference: { name: string; key: string },
  field: string,
): Promise<Buffer> {
  const { metadata } = await getData(context, SECRETS, namespace, reference.name, field);
  if (metadata.labels?.[LABEL_FOR_NODES] === 'true')
    return await readKey(context, SECRETS, namespace, reference, field);
  const label = `kubectl label secret ${reference.name} -n ${namespace} ${LABEL_FOR_NODES}=true`;
  const message = `${field}: Secret "${reference.name}" would go into the user data of servers, where jobs can read it: if it is meant for them, ${label}`;
  throw new EhosError('Invalid', message, { field });
}

/** The whole of a Secret as text. */
export async function readSecret(
  context: Reading,
  namespace: string,
  name: string,
  field: string,
): Promise<Map<string, string>> {
  const data = await readData(context, SECRETS, namespace, name, field);
  return new Map([...data].map(([key, value]) => [key, value.toString('utf8')]));
}

/** Secrets, and `binaryData` of ConfigMaps, are in base64; `data` of ConfigMaps is text. */
async function readData(
  context: Reading,
  type: ResourceType,
  namespace: string,
  name: string,
  field: string,
): Promise<Map<string, Buffer>> {
  const { data, binaryData } = await getData(context, type, namespace, name, field);
  const encoding = type.kind === SECRETS.kind ? 'base64' : 'utf8';
  return new Map([
    ...textsIn(data).map(([key, value]) => [key, Buffer.from(value, encoding)] as const),
    ...textsIn(binaryData).map(([key, value]) => [key, Buffer.from(value, 'base64')] as const),
  ]);
}

/** What the server has checked to be texts; anything else is no value. */
function textsIn(map: Record<string, unknown> | null | undefined): [string, string][] {
  return Object.entries(map ?? {}).filter((entry): entry is [string, string] => typeof entry[1] === 'string');
}

async function getData(
  context: Reading,
  type: ResourceType,
  namespace: string,
  name: string,
  field: string,
): Promise<DataObject> {
  try {
    return await context.client.get<DataObject>(type, namespace, name, context.signal);
  } catch (error) {
    if (errorClassOf(error) !== 'NotFound') throw error;
    throw new EhosError('Invalid', `${field}: there is no ${type.kind} "${name}" in namespace "${namespace}"`, {
      field,
      cause: error,
    });
  }
}
