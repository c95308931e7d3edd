/** From two states of a status to the JSON merge patch (RFC 7396) that leads from one to the other. */

type Json = Record<string, unknown>;

/**
 * The patch that makes `wanted` of `current`: null for what is to go, arrays whole, only what differs; undefined when nothing does.
 * `undefined` and null in `wanted` mean absent: a merge patch cannot say null.
 */
export function statusPatch(current: object, wanted: object): Record<string, unknown> | undefined {
  const patch = objectPatch(current as Json, wanted as Json);
  return Object.keys(patch).length === 0 ? undefined : patch;
}

function objectPatch(current: Json, wanted: Json): Json {
  const removed = Object.keys(current)
    .filter((key) => isPresent(current, key) && !isPresent(wanted, key))
    .map((key): [string, unknown] => [key, null]);
  const changed = Object.keys(wanted)
    .filter((key) => isPresent(wanted, key) && !(isPresent(current, key) && isSame(current[key], wanted[key])))
    .map((key): [string, unknown] => {
      const to = wanted[key];
      if (!isObject(to)) return [key, withoutAbsent(to)];
      // onto anything but an object a merge patch begins with an empty one
      const from = isPresent(current, key) ? current[key] : undefined;
      return [key, objectPatch(isObject(from) ? from : {}, to)];
    });
  // fromEntries defines properties: a key "__proto__" stays a key
  return Object.fromEntries([...removed, ...changed]);
}

function isPresent(object: Json, key: string): boolean {
  return Object.hasOwn(object, key) && object[key] !== undefined && object[key] !== null;
}

function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Equal as JSON, where a key without a value is the same as no key. */
function isSame(a: unknown, b: unknown): boolean {
  if (Array.isArray(a) && Array.isArray(b)) return a.length === b.length && a.every((item, i) => isSame(item, b[i]));
  if (!isObject(a) || !isObject(b)) return a === b;
  const keys = Object.keys(a).filter((key) => isPresent(a, key));
  return (
    keys.length === Object.keys(b).filter((key) => isPresent(b, key)).length &&
    keys.every((key) => isPresent(b, key) && isSame(a[key], b[key]))
  );
}

/** What goes into an array goes there as it is: its objects must not carry keys without values. */
function withoutAbsent(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutAbsent);
  if (!isObject(value)) return value;
  const present = Object.keys(value).filter((key) => isPresent(value, key));
  return Object.fromEntries(present.map((key) => [key, withoutAbsent(value[key])]));
}
