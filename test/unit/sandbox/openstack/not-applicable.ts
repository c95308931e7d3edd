/** The captured exchanges that the sandbox does not answer, and why. */
const ADMIN = 'needs an administrator: the sandbox has members only';
const SNAPSHOT = 'snapshots are not part of the sandbox';
const CLOSED = 'no answer at all: the client saw a closed or refused connection (see faults.test.ts)';
const OUTAGE = 'outage of one service behind another: the sandbox plays it as an injected fault (see faults.test.ts)';

export const NOT_APPLICABLE: Record<string, string> = {
  'action-create-image-2.1': SNAPSHOT,
  'action-create-image-2.96': SNAPSHOT,
  'action-create-image-conflict-409': SNAPSHOT,
  'glance-snapshot-image': SNAPSHOT,
  'server-building-create-image-409': SNAPSHOT,
  'server-while-snapshot': SNAPSHOT,
  'action-lock-by-admin': ADMIN,
  'action-unlock-by-admin': ADMIN,
  'neutron-quota-below-used-400': ADMIN,
  'nova-hypervisors-as-admin': ADMIN,
  'server-error-no-valid-host-as-admin': ADMIN,
  'server-get-as-admin': ADMIN,
  'servers-metadata-filter-as-admin': ADMIN,
  'nova-simple-tenant-usage': 'usage reports are not part of the sandbox',
  'server-error-spawn-failed-action-events': 'events of actions name compute hosts: the sandbox keeps none',
  'nova-flavors-detail-specs-hidden': 'the sandbox has no other policies than the default ones',
  'fault-conductor-hung-create': 'the accepted create of an outage; the same answer as server-create-full',
  'fault-glance-down-create': OUTAGE,
  'fault-neutron-down-create': OUTAGE,
  'fault-neutron-down-create-none': OUTAGE,
  'fault-neutron-down-list': OUTAGE,
  'fault-keystone-down-fresh-token': OUTAGE,
  'fault-keystone-down-fresh-token-glance': OUTAGE,
  'fault-keystone-down-known-token': OUTAGE,
  'fault-mariadb-down-list': OUTAGE,
  'fault-rabbitmq-down-leftover': OUTAGE,
  'fault-rabbitmq-down-list': OUTAGE,
  'fault-injected-delay-3s': 'an ordinary list that came late; delays are tested in faults.test.ts',
  'fault-keystone-down-auth': CLOSED,
  'fault-mariadb-down-auth': CLOSED,
  'fault-nova-api-down': CLOSED,
  'fault-lost-post-dropped': CLOSED,
  'fault-rabbitmq-down-create': CLOSED,
};
