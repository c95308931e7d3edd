/** What a success of the API says, checked for the form that everything behind it relies on. */
import type { KubeObject } from '../api/resources.ts';
import { EhosError, messageOf } from '../base/errors.ts';
import { parseJson } from '../base/json.ts';
import type { Attempt } from './errors.ts';
import type { ApiAnswer } from './transport.ts';
import type { ListPage } from './types.ts';

type Json = Readonly<Record<string, unknown>>;

/** The object of an answer. Rejects with `Transient` when it is none: what answered was no API server, or not the whole of one. */
export function objectIn(answer: ApiAnswer, attempt: Attempt): KubeObject {
  const object = parsed(answer, attempt);
  if (!isKubeObject(object)) throw unexpected(attempt, 'no object with metadata');
  return object;
}

/** A page of a list. One that does not say what is in it, or how to go on, is not an empty one. */
export function pageIn(answer: ApiAnswer, attempt: Attempt): ListPage<KubeObject> {
  const list = parsed(answer, attempt);
  if (!isJson(list) || !isJson(list.metadata) || !('items' in list)) throw unexpected(attempt, 'no list');
  const { resourceVersion, continue: continueToken = '' } = list.metadata;
  if (typeof resourceVersion !== 'string' || resourceVersion === '' || typeof continueToken !== 'string')
    throw unexpected(attempt, 'a list without a version');
  // the server writes null for none, where its own list was never filled
  const items = list.items ?? [];
  if (!Array.isArray(items) || !items.every(isKubeObject)) throw unexpected(attempt, 'a list of what are no objects');
  return { items, resourceVersion, continueToken: continueToken === '' ? undefined : continueToken };
}

/** What is read of the metadata of any object has the form that it must have. */
export function isKubeObject(value: unknown): value is KubeObject {
  if (!isJson(value) || !isJson(value.metadata)) return false;
  const { name, namespace, uid, resourceVersion, deletionTimestamp, labels, annotations, finalizers } = value.metadata;
  return (
    typeof name === 'string' &&
    [namespace, uid, resourceVersion, deletionTimestamp].every(isTextOrAbsent) &&
    [labels, annotations].every((map) => map === undefined || map === null || isTexts(map)) &&
    (finalizers === undefined || finalizers === null || (Array.isArray(finalizers) && finalizers.every(isText))) &&
    [value.spec, value.status].every((part) => part === undefined || part === null || isJson(part))
  );
}

function parsed(answer: ApiAnswer, attempt: Attempt): unknown {
  try {
    return parseJson(answer.body);
  } catch (error) {
    throw unexpected(attempt, messageOf(error));
  }
}

/** Whatever answered may have done what was asked. */
function unexpected({ what, mutates }: Attempt, why: string): EhosError {
  return new EhosError('Transient', `${what}: unexpected answer of the Kubernetes API: ${why}`, { maybeDone: mutates });
}

function isJson(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isText(value: unknown): value is string {
  return typeof value === 'string';
}

function isTextOrAbsent(value: unknown): boolean {
  return value === undefined || value === null || isText(value);
}

function isTexts(value: unknown): boolean {
  return isJson(value) && Object.values(value).every(isText);
}
