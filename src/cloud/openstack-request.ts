/** What Nova is asked for a node, and its refusals in the words of the template. */
import { clusterTag, nodeTag } from '../api/resources.ts';
import { EhosError } from '../base/errors.ts';
import type { ServerCreate } from '../openstack/sdk.ts';
import type { VmRequest } from './backend.ts';
import { originMetadata } from './openstack-vm.ts';
import { blockDevicesOf } from './openstack-volumes.ts';

/** Nova's rule for `hostname`; of other names Nova makes one itself. */
const HOSTNAME = /^[a-zA-Z0-9](?:[a-zA-Z0-9-]{0,61}[a-zA-Z0-9])$/;

/** Where in a template stands what Nova calls so. */
const TEMPLATE_FIELDS: Readonly<Record<string, string>> = {
  imageRef: 'image',
  flavorRef: 'flavor',
  key_name: 'keyName',
  security_groups: 'securityGroups',
  availability_zone: 'availabilityZones',
  volume_type: 'rootVolume.type',
  user_data: 'userData',
  volume_size: 'rootVolume.size',
  group: 'serverGroupPolicy',
  policy: 'serverGroupPolicy',
  floating_network_id: 'floatingNetwork',
};

export function serverOf(request: VmRequest, clusterUid: string): ServerCreate {
  const { template, nodeUid, name, availabilityZone, serverGroupId } = request;
  const { imageId, keyName } = template;
  const disks = blockDevicesOf(template);
  return {
    name,
    flavorId: request.flavorId,
    networks: template.networkIds.map((networkId) => ({ networkId })),
    securityGroups: template.securityGroups,
    metadata: {
      ...template.metadata,
      'ehos.cluster': clusterUid,
      'ehos.node': nodeUid,
      ...(request.origin ? originMetadata(request.origin) : {}),
    },
    tags: ['ehos', clusterTag(clusterUid), nodeTag(nodeUid)],
    userData: request.userData,
    // the metadata service may be absent or reached too late; the drive is always there
    configDrive: true,
    // with an empty volume Nova wants the boot disk in the list, and the image named beside it all the same
    ...(template.rootVolume ? {} : { imageId }),
    ...(disks.length === 0 ? {} : { blockDevices: disks }),
    ...(HOSTNAME.test(name) ? { hostname: name } : {}),
    ...(keyName === undefined ? {} : { keyName }),
    ...(availabilityZone === undefined ? {} : { availabilityZone }),
    ...(serverGroupId === undefined ? {} : { serverGroupId }),
  };
}

/** The same error with its field as the template calls it. */
export function inTemplateWords(error: EhosError): EhosError {
  const field = TEMPLATE_FIELDS[error.field ?? ''] ?? error.field;
  return new EhosError(error.errorClass, error.message, {
    cause: error,
    maybeDone: error.maybeDone,
    ...(field === undefined ? {} : { field }),
    ...(error.status === undefined ? {} : { status: error.status }),
    ...(error.requestId === undefined ? {} : { requestId: error.requestId }),
    ...(error.retryAfterMs === undefined ? {} : { retryAfterMs: error.retryAfterMs }),
  });
}
