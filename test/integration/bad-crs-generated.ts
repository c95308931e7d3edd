/** Objects that were right until something in them was replaced, by what their own schema makes interesting. */
import fc from 'fast-check';
import type { Schema } from '../../scripts/schema.ts';
import { crds, kindOf, schemaOf, type Manifest } from '../unit/config/admission.ts';
import { hostileText } from '../unit/base/hostile.ts';
import { base } from './bad-crs-cases.ts';

/** Where something can be replaced: the keys that lead there, and what the schema says of it. */
interface Spot {
  path: (string | number)[];
  schema: Schema;
}

const KINDS = ['EhosCloud', 'EhosMaster', 'EhosNodePool', 'EhosNode'];

function spotsOf(schema: Schema, path: (string | number)[]): Spot[] {
  return [
    { path, schema },
    ...Object.entries(schema.properties ?? {}).flatMap(([key, child]) => spotsOf(child, [...path, key])),
    ...(schema.items ? spotsOf(schema.items, [...path, 0]) : []),
    ...(schema.additionalProperties ? spotsOf(schema.additionalProperties, [...path, 'key']) : []),
  ];
}

const spots = new Map(
  crds.map((crd) => {
    const spec = schemaOf(crd).properties?.spec;
    if (!spec) throw new Error(`${kindOf(crd)} has no spec`);
    return [kindOf(crd), spotsOf(spec, ['spec'])];
  }),
);

/** What is at the edges of a schema and beyond them, of other types, of other scripts, and of other minds. */
function valuesFor(schema: Schema): fc.Arbitrary<unknown> {
  const { minimum = 0, maximum = 2 ** 31, minLength = 0, maxLength = 64, maxItems = 4 } = schema;
  const edges: unknown[] = [
    ...[minimum - 1, minimum, maximum, maximum + 1],
    ...[minLength - 1, maxLength, maxLength + 1].map((length) => 'x'.repeat(Math.max(0, length))),
    ...(schema.enum ?? []),
    ...[maxItems, maxItems + 1].map((length) => Array.from({ length }, (_, i) => `item-${i}`)),
    ['same', 'same'],
    [null],
  ];
  const odd: unknown[] = [
    ...[
      null,
      true,
      0,
      -0,
      1.5,
      -1,
      2 ** 53,
      1e308,
      '',
      ' ',
      '0',
      'true',
      'null',
      '~',
      '\ufeffx',
      'ｆｕｌｌ',
      'x'.repeat(100_000),
    ],
    ...[[], {}, [[]], [{}], { name: null }, { unknownField: 1 }, { __proto__: null, constructor: 'x' }],
    ...['-1h', '1h1h', '99999999h', '10m ', '1m\n', '0x10', '1e3', '../x', 'a/b', 'UPPER', 'ünï', '$(id)', "';--"],
  ];
  return fc.oneof(fc.constantFrom(...edges), fc.constantFrom(...odd), hostileText, fc.jsonValue({ maxDepth: 2 }));
}

const REMOVED = Symbol('removed');

function put(object: Manifest, path: readonly (string | number)[], value: unknown): void {
  let target = object as unknown as Record<string | number, unknown>;
  for (const [i, key] of path.slice(0, -1).entries()) {
    const next = target[key];
    if (typeof next !== 'object' || next === null) target[key] = typeof path[i + 1] === 'number' ? [] : {};
    target = target[key] as Record<string | number, unknown>;
  }
  const last = path.at(-1) ?? '';
  if (value === REMOVED) Reflect.deleteProperty(target, last);
  else target[last] = value;
}

const change = (kind: string): fc.Arbitrary<{ spot: Spot; value: unknown }> =>
  fc.constantFrom(...(spots.get(kind) ?? [])).chain((spot) =>
    fc.record({
      spot: fc.constant(spot),
      value: fc.oneof({ weight: 9, arbitrary: valuesFor(spot.schema) }, { weight: 1, arbitrary: fc.constant(REMOVED) }),
    }),
  );

/** The first `count` of a seed: always the same ones. */
export function generated(count: number, seed: number): Manifest[] {
  const one = fc
    .constantFrom(...KINDS)
    .chain((kind) =>
      fc.record({ kind: fc.constant(kind), changes: fc.array(change(kind), { minLength: 1, maxLength: 3 }) }),
    );
  return fc.sample(one, { numRuns: count, seed }).map(({ kind, changes }, i) => {
    const object = structuredClone(base(kind, `${kind.slice(4).toLowerCase()}-made-${i}`));
    for (const { spot, value } of changes) put(object, spot.path, value);
    return object;
  });
}
