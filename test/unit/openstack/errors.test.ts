import { expect } from 'chai';
import type { ErrorClass } from '../../../src/base/errors.ts';
import { answerError, failureError } from '../../../src/openstack/errors.ts';
import { allFixtures, answerOf, askedOf, failureOf } from './fixtures.ts';

interface Expected {
  class: ErrorClass;
  field?: string;
  maybeDone?: true;
  retryAfterMs?: number;
  /** Part of the message. */
  says: string;
}

/** Every captured error. A new capture without a row here fails the test. */
const EXPECTED: Record<string, Expected> = {
  'action-create-image-conflict-409': { class: 'Conflict', says: 'while it is in task_state image_uploading' },
  'action-reset-state-as-member-403': { class: 'Auth', says: "Policy doesn't allow os_compute_api:os-admin-actions" },
  'action-stop-again-409': { class: 'Conflict', says: 'while it is in vm_state stopped' },
  'action-stop-locked': { class: 'Conflict', says: 'is locked' },
  'action-unknown-400': { class: 'Invalid', says: 'There is no such action: nonsense' },
  'cinder-bad-token-401': { class: 'Auth', says: '401 The request you have made requires authentication.' },
  'cinder-detach-live-409': { class: 'Conflict', says: 'using the Compute API' },
  'cinder-volume-delete-in-use-400': { class: 'Conflict', says: 'Volume status must be available or error' },
  'neutron-fip-delete-again-404': { class: 'NotFound', says: 'could not be found' },
  'neutron-fip-not-external-400': { class: 'Invalid', says: 'is not a valid external network' },
  'neutron-fip-quota-409': { class: 'Quota', says: "Quota exceeded for resources: ['floatingip']" },
  'neutron-fip-revision-412': { class: 'Conflict', says: 'Constrained to 99, but current revision is 0' },
  'neutron-fip-second-on-port-409': { class: 'Conflict', says: 'already has a floating IP' },
  'neutron-fip-unreachable-404': {
    class: 'Invalid',
    field: 'floating_network_id',
    says: 'is not reachable from subnet',
  },
  'server-create-blank-type-400': { class: 'Invalid', field: 'volume_type', says: 'Volume type nope could not' },
  'server-create-blank-without-boot-400': { class: 'Invalid', says: 'Block Device Mapping is Invalid' },
  'cinder-volume-404': { class: 'NotFound', says: 'could not be found' },
  'cinder-volume-quota-413': { class: 'Quota', retryAfterMs: 0, says: 'Maximum number of volumes allowed (1)' },
  'fault-buildreq-console': { class: 'Conflict', says: 'is not ready' },
  'fault-buildreq-tags-get': { class: 'NotFound', says: 'could not be found' },
  'fault-glance-down-create': {
    class: 'Transient',
    maybeDone: true,
    says: '500 Unexpected API Error: nova.exception.GlanceConnectionFailed',
  },
  'fault-injected-429': { class: 'RateLimited', retryAfterMs: 2000, says: '429 rig: injected failure' },
  'fault-injected-503': { class: 'Transient', maybeDone: true, retryAfterMs: 1000, says: '503 rig: injected failure' },
  'fault-keystone-down-auth': { class: 'Transient', says: 'ECONNREFUSED' },
  'fault-keystone-down-fresh-token': { class: 'Transient', says: 'The Keystone service is temporarily unavailable.' },
  'fault-keystone-down-fresh-token-glance': { class: 'Auth', says: '401 This server could not verify' },
  'fault-lost-post-504': { class: 'Timeout', maybeDone: true, says: '504 gateway time-out' },
  'fault-lost-post-dropped': { class: 'Transient', maybeDone: true, says: 'other side closed' },
  'fault-mariadb-down-auth': { class: 'Transient', says: 'other side closed' },
  'fault-mariadb-down-list': { class: 'Transient', says: 'Unexpected API Error: oslo_db.exception.DBConnectionError' },
  'fault-neutron-down-create': {
    class: 'Transient',
    maybeDone: true,
    says: 'keystoneauth1.exceptions.connection.ConnectFailure',
  },
  'fault-neutron-down-list': { class: 'Transient', says: 'keystoneauth1.exceptions.connection.ConnectFailure' },
  'fault-nova-api-down': { class: 'Transient', says: 'ECONNREFUSED' },
  'fault-rabbitmq-down-create': { class: 'Timeout', maybeDone: true, says: 'timeout' },
  'fault-token-expired': { class: 'Auth', says: '401' },
  'fault-token-expired-glance': { class: 'Auth', says: '401' },
  'fault-token-expired-neutron': { class: 'Auth', says: '401' },
  'glance-bad-token-401': { class: 'Auth', says: '401 This server could not verify' },
  'glance-image-404': { class: 'NotFound', says: '404 No image found with ID 00000000-0000-0000-0000-000000000000' },
  'keystone-appcred-duplicate-409': { class: 'Conflict', says: 'Duplicate entry found' },
  'keystone-appcred-restricted-403': {
    class: 'Auth',
    says: 'is not allowed for managing additional application credentials',
  },
  'keystone-auth-appcred-bad-secret-401': { class: 'Auth', says: '401' },
  'keystone-auth-appcred-unknown-id-401': { class: 'Auth', says: '404 Could not find Application Credential' },
  'keystone-auth-appcred-with-scope-401': { class: 'Auth', says: 'Application credentials cannot request a scope.' },
  'keystone-auth-bad-password-401': { class: 'Auth', says: '401' },
  'keystone-auth-malformed-400': { class: 'Invalid', says: "400 'identity' is a required property" },
  'keystone-auth-no-role-on-project-401': { class: 'Auth', says: '401' },
  'keystone-auth-no-such-project-401': { class: 'Auth', says: '401' },
  'keystone-bad-token-401': { class: 'Auth', says: '401' },
  'neutron-bad-token-401': { class: 'Auth', says: '401' },
  'neutron-fip-already-associated-409': { class: 'Conflict', says: 'already has a floating IP' },
  'neutron-network-404': { class: 'NotFound', says: 'could not be found' },
  'neutron-network-in-use-delete-409': { class: 'Conflict', says: 'still in use on the network' },
  'neutron-port-quota-409': { class: 'Quota', says: "Quota exceeded for resources: ['port']." },
  'neutron-quota-below-used-400': { class: 'Invalid', says: 'Quota limit 0 for port must be' },
  'neutron-sg-in-use-delete-409': { class: 'Conflict', says: 'in use' },
  'neutron-sg-rule-duplicate-409': { class: 'Conflict', says: 'Security group rule already exists' },
  'nova-bad-token-401': { class: 'Auth', says: '401' },
  'nova-flavor-404': { class: 'NotFound', says: 'Flavor nope could not be found.' },
  'nova-keypair-404': { class: 'NotFound', says: 'Keypair nope not found' },
  'nova-keypair-bad-400': { class: 'Invalid', says: 'Keypair data is invalid' },
  'nova-keypair-duplicate-409': { class: 'Conflict', says: "Key pair 'ehos-key' already exists." },
  'nova-microversion-malformed-400': { class: 'Invalid', says: 'is of invalid format' },
  'nova-microversion-too-high-406': { class: 'Transient', says: 'Minimum is 2.1 and maximum is 2.100.' },
  'nova-no-token-401': { class: 'Auth', says: '401' },
  'nova-os-hypervisors-403': { class: 'Auth', says: "Policy doesn't allow" },
  'nova-os-services-403': { class: 'Auth', says: "Policy doesn't allow" },
  'nova-revoked-token-401': { class: 'Auth', says: '401' },
  'nova-server-group-bad-policy-2.60-400': { class: 'Invalid', field: 'policy', says: 'field/attribute 0' },
  'nova-server-group-bad-policy-400': {
    class: 'Invalid',
    field: 'policy',
    says: "'bogus' is not one of ['anti-affinity'",
  },
  'nova-server-group-delete-again-404': { class: 'NotFound', says: 'Instance group' },
  'nova-server-group-empty-name-400': { class: 'Invalid', says: 'field/attribute name' },
  'nova-server-group-policies-2.64-400': { class: 'Invalid', says: "'policy' is a required property" },
  'nova-server-group-policy-2.63-400': { class: 'Invalid', says: "'policies' is a required property" },
  'nova-server-group-quota-403': { class: 'Quota', says: 'Quota exceeded, too many server groups.' },
  'nova-server-group-soft-2.14-400': {
    class: 'Invalid',
    field: 'policy',
    says: "is not one of ['anti-affinity', 'affinity']",
  },
  'nova-token-of-deleted-appcred': { class: 'Auth', says: '401' },
  'nova-unknown-path-404': { class: 'Transient', says: '404 The resource could not be found.' },
  'server-building-create-image-409': { class: 'Conflict', says: '409' },
  'server-create-129-metadata-403': { class: 'Invalid', field: 'metadata', says: 'metadata items exceeds 128' },
  'server-create-51-tags-400': { class: 'Invalid', says: 'field/attribute tags' },
  'server-create-ambiguous-sg-409': {
    class: 'Invalid',
    field: 'security_groups',
    says: "Multiple security_group matches found for name 'ehos-worker'",
  },
  'server-create-bad-az-400': {
    class: 'NoCapacity',
    field: 'availability_zone',
    says: 'availability zone is not available',
  },
  'server-create-bad-flavor-400': { class: 'Invalid', field: 'flavorRef', says: 'Flavor nope could not be found.' },
  'server-create-bad-group-400': { class: 'Invalid', field: 'group', says: 'Instance group' },
  'server-create-bad-image-400': { class: 'Invalid', field: 'imageRef', says: 'Can not find requested image' },
  'server-create-bad-key-400': { class: 'Invalid', field: 'key_name', says: 'Invalid key_name provided.' },
  'server-create-bad-network-400': { class: 'Invalid', field: 'networks', says: 'Network 00000000' },
  'server-create-bad-sg-400': { class: 'Invalid', field: 'security_groups', says: "name or id 'nope'" },
  'server-create-bfv-bad-type-400': {
    class: 'Invalid',
    field: 'volume_type',
    says: 'Volume type nope could not be found.',
  },
  'server-create-bfv-min-disk-400': {
    class: 'Invalid',
    field: 'volume_size',
    says: 'Volume is smaller than the minimum size specified in image metadata.',
  },
  'server-create-bfv-min-ram-400': { class: 'Invalid', field: 'flavorRef', says: "Flavor's memory is too small" },
  'server-create-big-image-400': { class: 'Invalid', field: 'flavorRef', says: "Flavor's disk is too small" },
  'server-create-closed-az-400': {
    class: 'NoCapacity',
    field: 'availability_zone',
    says: 'availability zone is not available',
  },
  'server-create-deleted-group-400': { class: 'Invalid', field: 'group', says: 'Instance group' },
  'server-create-group-members-quota-403': { class: 'Quota', says: 'Quota exceeded, too many servers in group' },
  'server-create-min-disk-400': { class: 'Invalid', field: 'flavorRef', says: "Flavor's disk is smaller than" },
  'server-create-min-ram-400': { class: 'Invalid', field: 'flavorRef', says: "Flavor's memory is too small" },
  'server-create-bfv-volume-type-before-2.67-400': { class: 'Invalid', says: "('volume_type' was unexpected)" },
  'server-create-hostname-before-2.90-400': { class: 'Invalid', says: "('hostname' was unexpected)" },
  'server-create-metadata-256-chars-400': { class: 'Invalid', says: 'is too long' },
  'server-create-metadata-key-chars-400': { class: 'Invalid', field: 'metadata', says: "'ehos/x' does not match" },
  'server-create-name-256-400': { class: 'Invalid', says: 'field/attribute name, is too long' },
  'server-create-name-empty-400': { class: 'Invalid', says: "field/attribute name, '' is too short" },
  'server-create-no-networks-2.37-400': { class: 'Invalid', says: "'networks' is a required property" },
  'server-create-not-json-400': { class: 'Invalid', says: 'Malformed request body' },
  'server-create-port-in-use-409': { class: 'Conflict', says: 'is still in use.' },
  'server-create-port-quota-403': { class: 'Quota', says: 'Maximum number of ports exceeded' },
  'server-create-queued-image-400': { class: 'Transient', field: 'imageRef', says: 'is not active.' },
  'server-create-quota-cores-403': { class: 'Quota', says: 'Quota exceeded for cores: Requested 8' },
  'server-create-quota-instances-403': { class: 'Quota', says: 'Quota exceeded for instances: Requested 1' },
  'server-create-quota-ram-403': { class: 'Quota', says: 'Quota exceeded for ram: Requested 2048' },
  'server-create-tag-61-chars-400': { class: 'Invalid', says: 'is too long' },
  'server-create-tag-slash-400': { class: 'Invalid', says: "'ehos/x' does not match" },
  'server-create-tags-before-2.52-400': { class: 'Invalid', says: "('tags' was unexpected)" },
  'server-create-unknown-key-400': { class: 'Invalid', says: "('bogus' was unexpected)" },
  'server-create-userdata-65536-400': {
    class: 'Invalid',
    field: 'user_data',
    says: 'field/attribute user_data, is too long',
  },
  'server-create-zero-disk-flavor-without-volume': {
    class: 'Invalid',
    field: 'flavorRef',
    says: 'flavors with zero disk',
  },
  'server-delete-gone-404': { class: 'NotFound', says: 'could not be found' },
  'server-deleting-action-409': { class: 'Conflict', says: 'while it is in task_state deleting' },
  'server-get-gone-404': { class: 'NotFound', says: 'could not be found' },
  'server-get-not-uuid-404': { class: 'NotFound', says: 'Instance nope could not be found.' },
  'servers-all-tenants-403': { class: 'Auth', says: "Policy doesn't allow" },
  'servers-bad-marker-400': { class: 'NotFound', field: 'marker', says: 'marker [00000000' },
  'servers-metadata-filter-as-admin': { class: 'Invalid', says: 'Invalid filter field: metadata.' },
  'servers-status-bogus': { class: 'Invalid', says: 'Invalid status value' },
  'servers-status-deleted-403': { class: 'Auth', says: 'Only administrators may list deleted instances' },
  'servers-unknown-filter-2.75-400': { class: 'Invalid', says: "'bogus' does not match" },
};

const fixtures = allFixtures();
const errorFixtures = fixtures.filter((f) => f.response.status === 0 || f.response.status >= 400);

describe('errors of OpenStack: every captured error answer', () => {
  it('has a row here', () => {
    expect(errorFixtures.map((f) => f.name).sort()).to.deep.equal(Object.keys(EXPECTED).sort());
  });

  for (const f of errorFixtures) {
    const expected = EXPECTED[f.name];
    if (!expected) continue;
    it(`${f.name} is ${expected.class}`, () => {
      const asked = askedOf(f);
      const error = f.response.status === 0 ? failureError(asked, failureOf(f)) : answerError(asked, answerOf(f));
      expect(error.errorClass).to.equal(expected.class);
      expect(error.field).to.equal(expected.field);
      expect(error.maybeDone).to.equal(expected.maybeDone ?? false);
      expect(error.retryAfterMs).to.equal(expected.retryAfterMs);
      expect(error.message).to.contain(expected.says);
      expect(error.message).to.not.match(/\n|<\/?[a-z]+>/);
      expect(error.message.length).to.be.lessThan(450);
      if (f.response.status !== 0) expect(error.status).to.equal(f.response.status);
      expect(error.requestId).to.equal(f.response.headers['x-openstack-request-id']);
    });
  }
});
