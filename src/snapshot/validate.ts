/** Whether parsed data are a snapshot: first its form, then what a schema cannot say. */
import { Ajv } from 'ajv';
import { parseDuration } from '../base/duration.ts';
import type { EhosNodePoolSpec } from '../api/resources.ts';
import { placeOf } from '../domain/plan-types.ts';
import type { PoolEntry, SnapshotFile } from './file.ts';
import { nearestWords, problemOf, valueWords, type Path, type Problem } from './problems.ts';
import { SCHEMA } from './schema.ts';

const MOST_NODES = 100_000;
const TIME = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d+)?(Z|[+-]\d{2}:\d{2})$/;

const ajv = new Ajv({ allErrors: true, verbose: true, allowUnionTypes: true, strictRequired: false });
ajv.addFormat('date-time', (text) => TIME.test(text) && !Number.isNaN(Date.parse(text)));
const hasForm = ajv.compile<SnapshotFile>(SCHEMA);

export type Checked = { file: SnapshotFile } | { problems: Problem[] };

export function validate(value: unknown): Checked {
  const other = otherKind(value);
  if (other) return { problems: [other] };
  if (!hasForm(value)) return { problems: (hasForm.errors ?? []).map(problemOf) };
  const many = tooManyNodes(value);
  if (many) return { problems: [many] };
  const problems = [...duplicates(value), ...value.pools.flatMap(poolProblems), ...namespaces(value), ...byPool(value)];
  return problems.length > 0 ? { problems } : { file: value };
}

/** Of something else altogether only that is told. */
function otherKind(value: unknown): Problem | undefined {
  const remedy = 'give one EhosSnapshot of ehos.io/v1alpha1';
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    return { path: [], words: `it is ${Array.isArray(value) ? 'a list' : 'no mapping'}: ${remedy}` };
  const { kind, apiVersion } = value as Record<string, unknown>;
  if (kind === 'EhosSnapshot' && apiVersion === 'ehos.io/v1alpha1') return undefined;
  const what = [apiVersion, kind].map((one) => (one === undefined ? '(nothing)' : valueWords(one))).join(' ');
  const pools = kind === 'EhosNodePool' || kind === 'List' ? ', with the EhosNodePools in its list "pools"' : '';
  return { path: [], words: `apiVersion and kind are ${what}: ${remedy}${pools}` };
}

function tooManyNodes({ nodes = {} }: SnapshotFile): Problem | undefined {
  const all = Object.values(nodes).flat();
  const total = all.reduce((sum, { count = 1 }) => sum + count, 0);
  return total > MOST_NODES
    ? { path: ['nodes'], words: `they are ${total} together: give at most ${MOST_NODES}` }
    : undefined;
}

function duplicates(file: SnapshotFile): Problem[] {
  const nodes = Object.entries(file.nodes ?? {}).flatMap(([pool, entries]) =>
    entries.flatMap(({ name, count }, i) =>
      namesOf(name, count).map((one) => ({ path: ['nodes', pool, i, 'name'], name: one })),
    ),
  );
  return [
    ...twice(
      'pool',
      file.pools.map(({ metadata }, i) => ({ path: ['pools', i, 'metadata', 'name'], name: metadata.name })),
    ),
    ...twice('cloud', named(['clouds'], file.clouds)),
    ...twice('master', named(['masters'], file.masters)),
    ...(file.clouds ?? []).flatMap(({ flavors }, i) =>
      twice('flavor of this cloud', named(['clouds', i, 'flavors'], flavors)),
    ),
    ...twice('node', nodes),
    ...file.pools.flatMap(({ spec }, i) =>
      twice('cloud of this pool', named(['pools', i, 'spec', 'clouds'], spec.clouds)),
    ),
    ...Object.entries(file.remembered ?? {}).flatMap(([pool, { clouds = [] }]) => [
      ...twice('cloud of this pool', named(['remembered', pool, 'clouds'], clouds)),
      ...clouds.flatMap(({ rests = [] }, i) =>
        twice(
          'place that rests',
          rests.map((rest, j) => ({
            path: ['remembered', pool, 'clouds', i, 'rests', j],
            name: placeOf(rest.zone, rest.flavor),
          })),
        ),
      ),
    ]),
  ];
}

/** Names of nodes that are alike: `old-1`, `old-2`. */
export function namesOf(name: string, count: number | undefined): string[] {
  return count === undefined ? [name] : Array.from({ length: count }, (_, i) => `${name}-${i + 1}`);
}

function named(path: Path, entries: readonly { name: string }[] = []): { path: Path; name: string }[] {
  return entries.map(({ name }, i) => ({ path: [...path, i, 'name'], name }));
}

function twice(what: string, all: readonly { path: Path; name: string }[]): Problem[] {
  const seen = new Set<string>();
  return all.flatMap(({ path, name }) => {
    if (!seen.has(name)) {
      seen.add(name);
      return [];
    }
    return [{ path, words: `there is another ${what} named "${name}": give each a name of its own` }];
  });
}

/** What the CEL rules of the CRD say, as far as it matters to a plan. */
function poolProblems({ spec }: PoolEntry, i: number): Problem[] {
  const found: Problem[] = [];
  const refuse = (field: Path, words: string): void => {
    found.push({ path: ['pools', i, 'spec', ...field], words });
  };
  for (const field of ['minNodes', 'spareNodes', 'replicas'] as const) {
    const value = spec[field] ?? 0;
    if (value > spec.maxNodes)
      refuse([field], `${value} exceeds maxNodes ${spec.maxNodes}: lower ${field} or raise maxNodes`);
  }
  if (spec.template?.flavors === undefined && spec.clouds.some(({ flavors }) => flavors === undefined))
    refuse(
      ['template'],
      'there is no flavor to choose from: give template.flavors, or flavors for every entry of clouds',
    );
  for (const [field, text] of durationsOf(spec))
    if (!isDuration(text))
      refuse(field, `${JSON.stringify(text)} is not allowed: give a duration of at least 1s such as 90s, 15m or 1h30m`);
  return found;
}

function durationsOf({ scaleDown, bootTimeout }: EhosNodePoolSpec): [Path, string][] {
  const given: [Path, string | undefined][] = [
    [['scaleDown', 'consolidateAfter'], scaleDown?.consolidateAfter],
    [['bootTimeout'], bootTimeout],
  ];
  return given.flatMap(([field, text]): [Path, string][] => (text === undefined ? [] : [[field, text]]));
}

function isDuration(text: string): boolean {
  try {
    return parseDuration(text) >= 1000;
  } catch {
    return false;
  }
}

/** Pools of several namespaces know nothing of each other. */
function namespaces({ namespace, pools }: SnapshotFile): Problem[] {
  const own = namespace ?? pools.find(({ metadata }) => metadata.namespace !== undefined)?.metadata.namespace;
  return pools.flatMap(({ metadata }, i) =>
    metadata.namespace === undefined || metadata.namespace === own
      ? []
      : [
          {
            path: ['pools', i, 'metadata', 'namespace'],
            words: `"${metadata.namespace}" is not the namespace of the snapshot, "${own ?? ''}": a snapshot is of one namespace`,
          },
        ],
  );
}

function byPool({ pools, nodes = {}, remembered = {} }: SnapshotFile): Problem[] {
  const names = pools.map(({ metadata }) => metadata.name);
  const found: Problem[] = [];
  for (const [field, entries] of [
    ['nodes', nodes],
    ['remembered', remembered],
  ] as const)
    for (const pool of Object.keys(entries))
      if (!names.includes(pool))
        found.push({ path: [field, pool], words: `there is no pool of this name${nearestWords(pool, names)}` });
  for (const [pool, entries] of Object.entries(nodes))
    entries.forEach(({ idleSince, idleFor }, i) => {
      if (idleSince !== undefined && idleFor !== undefined)
        found.push({ path: ['nodes', pool, i, 'idleFor'], words: 'idleSince is given, too: give one of them' });
    });
  return found;
}
