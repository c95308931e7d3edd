/** The service catalog of a token: which URL a service has. */
import { EhosError } from '../base/errors.ts';
import type { Interface, ServiceName } from './cloud-config.ts';

export interface Endpoint {
  /** Service type, `compute`. */
  type: string;
  interface: string;
  region: string;
  /** Without trailing slashes. */
  url: string;
}

/** Names under which catalogs list a service (OpenStack service types authority: official name first, then aliases). */
const SERVICE_TYPES: Record<ServiceName, readonly string[]> = {
  identity: ['identity'],
  compute: ['compute'],
  image: ['image'],
  network: ['network'],
  volume: ['block-storage', 'volumev3', 'block-store'],
};

export function hasService(endpoints: Endpoint[], service: ServiceName): boolean {
  return endpoints.some((endpoint) => SERVICE_TYPES[service].includes(endpoint.type));
}

export interface EndpointWish {
  service: ServiceName;
  interface: Interface;
  region: string | undefined;
}

/**
 * The URL of the one endpoint that fits. Throws EhosError `Invalid` (field `clouds.yaml: region_name` or `interface`)
 * that lists what the catalog has.
 */
export function findEndpoint(endpoints: Endpoint[], wish: EndpointWish): string {
  const types = SERVICE_TYPES[wish.service];
  const ofType = types.map((type) => endpoints.filter((e) => e.type === type)).find((list) => list.length > 0) ?? [];
  if (ofType.length === 0) {
    throw refusal(
      'auth.project_name',
      `the catalog has no ${types.join(' or ')} service: there are ${names(endpoints, 'type')}`,
    );
  }
  const inRegion = ofType.filter((e) => wish.region === undefined || e.region === wish.region);
  if (inRegion.length === 0) {
    throw refusal(
      'region_name',
      `no region "${wish.region ?? ''}" for ${wish.service}: there are ${names(ofType, 'region')}`,
    );
  }
  const fitting = inRegion.filter((e) => e.interface === wish.interface);
  const first = fitting[0];
  if (!first) {
    throw refusal(
      'interface',
      `no ${wish.interface} endpoint for ${wish.service}: there are ${names(inRegion, 'interface')}`,
    );
  }
  if (new Set(fitting.map((e) => e.region)).size > 1) {
    throw refusal('region_name', `missing: ${wish.service} is in several regions, ${names(fitting, 'region')}`);
  }
  return first.url;
}

function refusal(key: string, why: string): EhosError {
  const field = `clouds.yaml: ${key}`;
  return new EhosError('Invalid', `${field}: ${why}`, { field });
}

function names(endpoints: Endpoint[], key: 'type' | 'region' | 'interface'): string {
  const found = [...new Set(endpoints.map((e) => e[key]))].sort();
  return found.length === 0 ? 'none' : found.map((name) => `"${name}"`).join(', ');
}

/**
 * The base of all paths of a service. Catalogs of Glance and Neutron leave the version out (observed), some name an old one,
 * and what a user writes as override may or may not have one.
 */
export function versionedBase(service: ServiceName, url: string, projectId: string): string {
  switch (service) {
    case 'identity':
      return url;
    case 'compute':
      return /\/v2\.1(?:\/|$)/.test(url) ? url : `${url.replace(/\/v2(?:\/[^/]*)?$/, '')}/v2.1`;
    case 'image':
      return `${url.replace(/\/v[12](?:\.\d+)?$/, '')}/v2`;
    case 'network':
      return `${url.replace(/\/v2\.0$/, '')}/v2.0`;
    case 'volume':
      // Cinder before 3.67 needs the project in the path; later ones accept it
      return /\/v3\/[^/]+$/.test(url) ? url : `${url.replace(/\/v3$/, '')}/v3/${projectId}`;
  }
}
