/** Leases: what leader election is made of. */
import { isObject, type JsonObject } from '../json.ts';
import type { Resource } from '../resource.ts';
import { badRequest, fieldInvalid } from '../status.ts';
import { ageColumn, column, nameColumn } from '../views/columns.ts';
import { builtIn } from './built-in.ts';

export const leases: Resource = builtIn({
  group: 'coordination.k8s.io',
  plural: 'leases',
  kind: 'Lease',
  namespaced: true,
  unconditionalUpdate: false,
  schema: {
    type: 'object',
    description: 'Lease defines a lease concept.',
    properties: {
      spec: {
        type: 'object',
        description: 'Who holds it, since when and for how long.',
        properties: {
          holderIdentity: { type: 'string', description: 'Who holds it.' },
          leaseDurationSeconds: {
            type: 'integer',
            format: 'int32',
            description: 'How long others wait after renewTime, seconds.',
          },
          acquireTime: { type: 'string', format: 'date-time', description: 'When the holder took it.' },
          renewTime: { type: 'string', format: 'date-time', description: 'When the holder last renewed it.' },
          leaseTransitions: { type: 'integer', format: 'int32', description: 'How often the holder changed.' },
          strategy: { type: 'string', description: 'How the leader is chosen in coordinated election.' },
          preferredHolder: { type: 'string', description: 'Who should become the holder.' },
        },
      },
    },
  },
  columns: [
    nameColumn,
    column('Holder', 'string', 'Who holds the lease.', (object) =>
      isObject(object.spec) ? object.spec.holderIdentity : '',
    ),
    ageColumn(),
  ],
  check: (object) => {
    const { leaseDurationSeconds: seconds, leaseTransitions: transitions } = isObject(object.spec) ? object.spec : {};
    return [
      ...(typeof seconds === 'number' && seconds <= 0
        ? [fieldInvalid('spec.leaseDurationSeconds', seconds, 'must be greater than 0')]
        : []),
      ...(typeof transitions === 'number' && transitions < 0
        ? [fieldInvalid('spec.leaseTransitions', transitions, 'must be greater than or equal to 0')]
        : []),
    ];
  },
  prepare: (object) => checkMicroTimes('Lease', isObject(object.spec) ? object.spec : {}, ['acquireTime', 'renewTime']),
});

const MICRO_TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/;
const SIX_DIGITS = /\.\d{6}(Z|[+-]\d\d:\d\d)$/;

/** MicroTime wants exactly six digits: three, as a Date has them, are refused (fixture lease-milliseconds-400). */
export function checkMicroTimes(kind: string, holder: JsonObject, fields: string[]): void {
  for (const field of fields) {
    const value = holder[field];
    if (value === undefined || value === null) continue;
    if (typeof value === 'string' && MICRO_TIME.test(value) && SIX_DIGITS.test(value)) continue;
    const layout = '2006-01-02T15:04:05.000000Z07:00';
    const rest = /T\d\d:\d\d:\d\d(.*)$/.exec(typeof value === 'string' ? value : '')?.[1];
    const why =
      rest === undefined ? `cannot parse ${JSON.stringify(value)} as "2006"` : `cannot parse "${rest}" as ".000000"`;
    throw badRequest(
      `${kind} in version "v1" cannot be handled as a ${kind}: parsing time ${JSON.stringify(value)} as "${layout}": ${why}`,
    );
  }
}
