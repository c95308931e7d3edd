/** Objects in YAML files, as they will be applied. */
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { parseAllDocuments } from 'yaml';
import {
  CLOUDS,
  CONFIG_MAPS,
  MASTERS,
  NODES,
  POOLS,
  SECRETS,
  type KubeObject,
  type ResourceType,
} from '../../api/resources.ts';
import { EhosError } from '../../base/errors.ts';
import { isKubeObject } from '../../kube/answers.ts';
import { apiVersionOf } from '../../kube/paths.ts';
import { readInput } from '../input.ts';

export const KINDS: readonly ResourceType[] = [CLOUDS, MASTERS, POOLS, NODES, SECRETS, CONFIG_MAPS];

export interface Manifest {
  file: string;
  type: ResourceType;
  /** With its namespace, and Secrets with `data` only, as the server would store them. */
  object: KubeObject;
  /** As written. */
  written: KubeObject;
}

export interface Manifests {
  known: Manifest[];
  /** Of other kinds: they are the server's matter. */
  others: string[];
}

/** Of a folder all its .yaml, .yml and .json; `-` is standard input. Throws EhosError `Invalid`, naming the file. */
export async function readManifests(files: readonly string[], namespace: string): Promise<Manifests> {
  const manifests: Manifests = { known: [], others: [] };
  for (const file of (await Promise.all(files.map(filesIn))).flat()) {
    const name = file === '-' ? 'standard input' : file;
    for (const written of objectsIn(name, await readInput(file))) {
      const type = KINDS.find((kind) => kind.kind === written.kind && apiVersionOf(kind) === written.apiVersion);
      if (type) manifests.known.push({ file: name, type, written, object: asStored(name, type, written, namespace) });
      else manifests.others.push(`${written.kind ?? '?'} "${written.metadata.name}"`);
    }
  }
  return manifests;
}

async function filesIn(file: string): Promise<string[]> {
  const isFolder = file !== '-' && (await stat(file).catch(() => undefined))?.isDirectory() === true;
  if (!isFolder) return [file];
  const names = (await readdir(file)).filter((name) => /\.(ya?ml|json)$/.test(name)).sort();
  if (names.length === 0)
    throw new EhosError('Invalid', `${file}: the folder holds no .yaml, .yml or .json`, { field: 'file' });
  return names.map((name) => join(file, name));
}

function objectsIn(file: string, text: string): KubeObject[] {
  const documents = parseAllDocuments(text, { prettyErrors: false });
  return [...documents].flatMap((document, i) => {
    const [problem] = document.errors;
    // only code and place: the parser's own words may quote a line, which may hold a secret
    if (problem) throw invalid(file, `document ${i + 1} is not YAML: ${problem.code} at character ${problem.pos[0]}`);
    const value: unknown = document.toJS({ maxAliasCount: 100 });
    if (value === null || value === undefined) return [];
    return itemsOf(value).map((item) => {
      if (!isKubeObject(item) || typeof item.kind !== 'string' || typeof item.apiVersion !== 'string')
        throw invalid(file, `document ${i + 1} is no Kubernetes object: it needs apiVersion, kind and metadata.name`);
      return item;
    });
  });
}

/** `kubectl get -o yaml` of several writes a List. */
function itemsOf(value: unknown): unknown[] {
  const { kind, items } = value as { kind?: unknown; items?: unknown };
  return typeof kind === 'string' && kind.endsWith('List') && Array.isArray(items) ? items : [value];
}

function asStored(file: string, type: ResourceType, written: KubeObject, namespace: string): KubeObject {
  const object = { ...written, metadata: { namespace, ...written.metadata } };
  if (type.kind !== SECRETS.kind) return object;
  const { stringData, data, ...rest } = object as KubeObject & { stringData?: unknown; data?: unknown };
  const texts = textsIn(file, written, stringData).map(([key, value]): [string, string] => [
    key,
    Buffer.from(value).toString('base64'),
  ]);
  return {
    ...rest,
    data: Object.fromEntries([...textsIn(file, written, data), ...texts]) as Record<string, string>,
  } as KubeObject;
}

function textsIn(file: string, { metadata: { name } }: KubeObject, map: unknown): [string, string][] {
  return Object.entries((map ?? {}) as Record<string, unknown>).map(([key, value]) => {
    if (typeof value !== 'string')
      throw invalid(file, `Secret "${name}": the value of "${key}" must be a text: quote it`);
    return [key, value];
  });
}

/** What the checks rely on, as the CRDs require it. */
const REQUIRED: Readonly<Record<string, readonly string[]>> = {
  [CLOUDS.kind]: ['spec.openstack.identityRef.name', 'spec.openstack.identityRef.cloudName'],
  [MASTERS.kind]: ['spec.ssh.host', 'spec.ssh.user', 'spec.ssh.privateKeyRef.name', 'spec.condor.host'],
  [POOLS.kind]: ['spec.masterRef.name', 'spec.clouds.0.name'],
};

/** The field without which an object cannot be checked; undefined when all are there. The API server judges the rest. */
export function missingField({ type, object }: Manifest): string | undefined {
  return REQUIRED[type.kind]?.find((path) => typeof valueAt(object, path.split('.')) !== 'string');
}

function valueAt(value: unknown, [key, ...rest]: readonly string[]): unknown {
  if (key === undefined) return value;
  if (typeof value !== 'object' || value === null || !Object.hasOwn(value, key)) return undefined;
  return valueAt((value as Record<string, unknown>)[key], rest);
}

function invalid(file: string, why: string): EhosError {
  return new EhosError('Invalid', `${file}: ${why}`, { field: 'file' });
}
