/** JSON patch (RFC 6902). */
import { isObject, jsonEqual, type JsonObject } from '../json.ts';
import { badRequest, patchRefused } from '../status.ts';

interface Operation {
  op: string;
  path: string;
  from?: string;
  value?: unknown;
}

/** `target` after all operations. Throws 422 for one that does not fit, 400 for what is no patch. */
export function jsonPatch(target: unknown, patch: unknown): unknown {
  if (!Array.isArray(patch)) {
    throw badRequest(
      'error decoding patch: json: cannot unmarshal object into Go value of type []handlers.jsonPatchOp',
    );
  }
  return patch.reduce<unknown>((value, operation) => step(value, asOperation(operation)), target);
}

function asOperation(value: unknown): Operation {
  if (!isObject(value) || typeof value.op !== 'string' || typeof value.path !== 'string') throw patchRefused();
  if (value.from !== undefined && typeof value.from !== 'string') throw patchRefused();
  return value as unknown as Operation;
}

function step(root: unknown, { op, path, from, value }: Operation): unknown {
  const at = pointer(path);
  switch (op) {
    case 'add':
      return edit(root, at, (holder, key) => insert(holder, key, value), value);
    case 'replace':
      return edit(root, at, (holder, key) => replace(holder, key, value), value);
    case 'remove':
      return edit(root, at, remove, undefined);
    case 'test':
      if (!jsonEqual(read(root, at) ?? null, value ?? null)) throw patchRefused();
      return root;
    case 'move': {
      const source = pointer(from ?? '');
      const moved = existing(root, source);
      return edit(edit(root, source, remove, undefined), at, (holder, key) => insert(holder, key, moved), moved);
    }
    case 'copy': {
      const copied = existing(root, pointer(from ?? ''));
      return edit(root, at, (holder, key) => insert(holder, key, copied), copied);
    }
    default:
      throw patchRefused();
  }
}

type Holder = JsonObject | unknown[];

/** Copies the way down to the holder of the last key and lets `change` alter that copy. */
function edit(value: unknown, path: string[], change: (holder: Holder, key: string) => void, whole: unknown): unknown {
  const [key, ...rest] = path;
  if (key === undefined) return whole;
  if (!Array.isArray(value) && !isObject(value)) throw patchRefused();
  const copy: Holder = Array.isArray(value) ? [...(value as unknown[])] : { ...value };
  if (rest.length === 0) change(copy, key);
  else if (Array.isArray(copy)) copy[indexIn(copy, key)] = edit(copy[indexIn(copy, key)], rest, change, whole);
  else if (Object.hasOwn(copy, key)) copy[key] = edit(copy[key], rest, change, whole);
  else throw patchRefused();
  return copy;
}

function insert(holder: Holder, key: string, value: unknown): void {
  if (!Array.isArray(holder)) holder[key] = value;
  else if (key === '-') holder.push(value);
  else holder.splice(indexIn(holder, key, holder.length), 0, value);
}

function replace(holder: Holder, key: string, value: unknown): void {
  if (Array.isArray(holder)) holder[indexIn(holder, key)] = value;
  else if (Object.hasOwn(holder, key)) holder[key] = value;
  else throw patchRefused();
}

function remove(holder: Holder, key: string): void {
  if (Array.isArray(holder)) holder.splice(indexIn(holder, key), 1);
  else if (Object.hasOwn(holder, key)) Reflect.deleteProperty(holder, key);
  else throw patchRefused();
}

function indexIn(list: unknown[], key: string, last = list.length - 1): number {
  const index = /^\d+$/.test(key) ? Number(key) : -1;
  if (index < 0 || index > last) throw patchRefused();
  return index;
}

function existing(root: unknown, path: string[]): unknown {
  const value = read(root, path);
  if (value === undefined) throw patchRefused();
  return value;
}

function read(root: unknown, path: string[]): unknown {
  return path.reduce<unknown>((value, key) => {
    if (Array.isArray(value)) return (value as unknown[])[Number(key)];
    return isObject(value) && Object.hasOwn(value, key) ? value[key] : undefined;
  }, root);
}

function pointer(path: string): string[] {
  if (path === '') return [];
  if (!path.startsWith('/')) throw patchRefused();
  return path
    .slice(1)
    .split('/')
    .map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'));
}
