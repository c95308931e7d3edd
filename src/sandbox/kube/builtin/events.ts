/** Events: one object, two APIs. Stored as core/v1, shown as events.k8s.io/v1 as well. */
import { isObject, type JsonObject, type KubeJson } from '../json.ts';
import type { Resource } from '../resource.ts';
import { qualifiedNameCauses } from '../schema/metadata.ts';
import type { SchemaNode } from '../schema/schema.ts';
import { fieldInvalid, fieldRequired, type Cause } from '../status.ts';
import { ageOf, column, nameColumn } from '../views/columns.ts';
import { builtIn } from './built-in.ts';
import { checkMicroTimes } from './leases.ts';

/** Field of core/v1 to field of events.k8s.io/v1; all others have the same name. */
const RENAMED: Record<string, string> = {
  involvedObject: 'regarding',
  message: 'note',
  source: 'deprecatedSource',
  firstTimestamp: 'deprecatedFirstTimestamp',
  lastTimestamp: 'deprecatedLastTimestamp',
  count: 'deprecatedCount',
  reportingComponent: 'reportingController',
};
const TO_CORE = Object.fromEntries(Object.entries(RENAMED).map(([core, modern]) => [modern, core]));

const text = (description: string): SchemaNode => ({ type: 'string', description });
const time = (description: string): SchemaNode => ({ type: 'string', format: 'date-time', description });

const REFERENCE: SchemaNode = {
  type: 'object',
  description: 'The object that the event is about.',
  properties: Object.fromEntries(
    ['apiVersion', 'kind', 'namespace', 'name', 'uid', 'resourceVersion', 'fieldPath'].map((key) => [
      key,
      text(`Its ${key}.`),
    ]),
  ),
};

const FIELDS: Record<string, SchemaNode> = {
  involvedObject: REFERENCE,
  related: { ...REFERENCE, description: 'A second object, for more complex actions.' },
  reason: text('Why, in one CamelCase word for machines.'),
  message: text('What happened, for people.'),
  type: text('Normal or Warning.'),
  action: text('What was done or failed.'),
  count: { type: 'integer', format: 'int32', description: 'How often it occurred.' },
  eventTime: time('When it was first seen.'),
  firstTimestamp: time('When it was first recorded.'),
  lastTimestamp: time('When it was last recorded.'),
  reportingComponent: text('Which controller reports it.'),
  reportingInstance: text('Which instance of the controller.'),
  source: {
    type: 'object',
    description: 'Who reported it.',
    properties: { component: text('The component.'), host: text('The host.') },
  },
  series: {
    type: 'object',
    description: 'The repetitions.',
    properties: {
      count: { type: 'integer', format: 'int32', description: 'How many.' },
      lastObservedTime: time('When it was last seen.'),
    },
  },
};

const schemaOf = (rename: Record<string, string>): SchemaNode => ({
  type: 'object',
  description: 'Event is a report of an event somewhere in the cluster.',
  properties: Object.fromEntries(Object.entries(FIELDS).map(([key, field]) => [rename[key] ?? key, field])),
});

const part = (object: KubeJson, field: string): JsonObject => (isObject(object[field]) ? object[field] : {});
const textAt = (value: unknown): string => (typeof value === 'string' ? value : '');

/** Fields that both APIs select by, with the names of each. */
function selectable(about: string): Resource['selectable'] {
  const reference = ['kind', 'namespace', 'name', 'uid', 'apiVersion', 'resourceVersion', 'fieldPath'];
  const isCore = about === 'involvedObject';
  return new Map([
    ...reference.map((key): [string, (object: KubeJson) => string] => [
      `${about}.${key}`,
      (object) => textAt(part(object, about)[key]),
    ]),
    ['reason', (object) => textAt(object.reason)],
    ['type', (object) => textAt(object.type)],
    ['reportingComponent', (object) => textAt(object[isCore ? 'reportingComponent' : 'reportingController'])],
    [
      'source',
      (object) =>
        textAt(part(object, isCore ? 'source' : 'deprecatedSource').component) || textAt(object.reportingComponent),
    ],
  ]);
}

/** When it was last seen, by whichever field says so. */
const lastSeen = (event: KubeJson): string | undefined =>
  (part(event, 'series').lastObservedTime ?? event.lastTimestamp ?? event.eventTime ?? undefined) as string | undefined;
const firstSeen = (event: KubeJson): string | undefined =>
  (event.firstTimestamp ?? event.eventTime ?? undefined) as string | undefined;
const countOf = (event: KubeJson): unknown => part(event, 'series').count ?? event.count ?? 1;

const COLUMNS: Resource['columns'] = [
  column('Last Seen', 'string', 'Time that the event was last seen', (event, now) => ageOf(lastSeen(event), now)),
  column('Type', 'string', 'Type of event', (event) => event.type),
  column('Reason', 'string', 'Reason that the event occurred', (event) => event.reason),
  column('Object', 'string', 'Object that the event is about', (event) => {
    const about = part(event, 'involvedObject');
    return `${textAt(about.kind).toLowerCase()}/${textAt(about.name)}`;
  }),
  column(
    'Subobject',
    'string',
    'Part of the object that the event is about',
    (event) => textAt(part(event, 'involvedObject').fieldPath),
    1,
  ),
  column(
    'Source',
    'string',
    'Source of the event',
    (event) =>
      [
        textAt(part(event, 'source').component) || textAt(event.reportingComponent),
        textAt(part(event, 'source').host) || textAt(event.reportingInstance),
      ]
        .filter((word) => word !== '')
        .join(', '),
    1,
  ),
  column('Message', 'string', 'Message of the event', (event) => textAt(event.message).trim()),
  column('First Seen', 'string', 'Time that the event was first seen', (event, now) => ageOf(firstSeen(event), now), 1),
  column('Count', 'string', 'Number of times the event occurred', (event) => String(countOf(event)), 1),
  { ...nameColumn, priority: 1 },
];

export const coreEvents: Resource = builtIn({
  plural: 'events',
  kind: 'Event',
  namespaced: true,
  shortNames: ['ev'],
  schema: schemaOf({}),
  columns: COLUMNS,
  selectable: selectable('involvedObject'),
  prepare: (event) => {
    checkMicroTimes('Event', event, ['eventTime']);
    event.source ??= {};
    event.firstTimestamp ??= null;
    event.lastTimestamp ??= null;
    event.eventTime ??= null;
    event.reportingComponent ??= '';
    event.reportingInstance ??= '';
  },
  check: (event, old) => eventCauses(event, old, CORE_NAMES),
});

export const events: Resource = builtIn({
  group: 'events.k8s.io',
  plural: 'events',
  kind: 'Event',
  namespaced: true,
  shortNames: ['ev'],
  schema: schemaOf(RENAMED),
  columns: COLUMNS.map((given) => ({
    ...given,
    cell: (event: KubeJson, now: number) => given.cell(renamed(event, TO_CORE, 'v1'), now),
  })),
  selectable: selectable('regarding'),
  view: {
    fromStored: (event) => renamed(event, RENAMED, 'events.k8s.io/v1'),
    toStored: (event) => renamed(event, TO_CORE, 'v1'),
  },
  prepare: (event) => {
    checkMicroTimes('Event', event, ['eventTime']);
    if (isObject(event.series)) checkMicroTimes('Event', event.series, ['lastObservedTime']);
    event.deprecatedSource ??= {};
    event.deprecatedFirstTimestamp ??= null;
    event.deprecatedLastTimestamp ??= null;
  },
  check: (event, old) => (old ? [] : eventCauses(event, old, MODERN_NAMES)),
});

function renamed(event: KubeJson, names: Record<string, string>, apiVersion: string): KubeJson {
  const entries = Object.entries(event).map(([key, value]) => [names[key] ?? key, value] as const);
  return { ...(Object.fromEntries(entries) as unknown as KubeJson), apiVersion };
}

/** The same fields in both APIs; only core/v1 accepts events of the old form, which have no eventTime. */
const MODERN_NAMES = { about: 'regarding', message: 'note', controller: 'reportingController', needsTime: true };
const CORE_NAMES = { about: 'involvedObject', message: 'message', controller: 'reportingComponent', needsTime: false };

/** What makes an event invalid, in the words of the internal type that both APIs share (its words are core's). */
function eventCauses(event: KubeJson, old: KubeJson | undefined, names: typeof MODERN_NAMES): Cause[] {
  const namespace = textAt(part(event, names.about).namespace);
  const isHere = namespace === event.metadata.namespace || (namespace === '' && event.metadata.namespace === 'default');
  const causes = isHere ? [] : [fieldInvalid('involvedObject.namespace', namespace, 'does not match event.namespace')];
  const hasTime = textAt(event.eventTime) !== '';
  if (!hasTime && names.needsTime) causes.push(fieldRequired('eventTime'));
  if (event.type !== 'Normal' && event.type !== 'Warning' && names.needsTime) {
    causes.push(fieldInvalid('type', '', `has invalid value: ${textAt(event.type)}`));
  }
  return hasTime && !old ? [...causes, ...newFormCauses(event, names)] : causes;
}

/** The limits of events that have an eventTime. */
function newFormCauses(event: KubeJson, { controller, message }: typeof MODERN_NAMES): Cause[] {
  const causes: Cause[] = [];
  const bounded = (field: string, isRequired: boolean, max: number, shown = field): void => {
    const value = textAt(event[field]);
    if (isRequired && value === '') causes.push(fieldRequired(shown));
    if (Buffer.byteLength(value) > max) causes.push(fieldInvalid(shown, '', `can have at most ${max} characters`));
  };
  bounded(controller, true, 256);
  causes.push(...qualifiedNameCauses(textAt(event[controller]), controller));
  bounded('reportingInstance', true, 128);
  bounded('action', true, 128);
  bounded('reason', true, 128);
  bounded(message, false, 1024, 'message');
  return causes;
}
