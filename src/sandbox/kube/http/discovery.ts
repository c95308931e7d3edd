/** Which groups, versions and resources there are, in the old form and in the aggregated one. */
import { createHash } from 'node:crypto';
import { apiVersionOf, type Resource } from '../resource.ts';
import { unknownPath, unknownResource } from '../status.ts';
import type { Cluster } from '../storage/cluster.ts';
import { jsonAnswer, parseMediaTypes, type Answer, type ApiRequest } from './request.ts';
import { REVIEWS } from './reviews.ts';

/** The real version that the answers are modelled on, and the word that says what this is. */
export const VERSION_INFO = {
  major: '1',
  minor: '37',
  emulationMajor: '1',
  emulationMinor: '37',
  minCompatibilityMajor: '1',
  minCompatibilityMinor: '36',
  gitVersion: 'v1.37.2-ehos-sandbox',
  gitCommit: 'sandbox',
  gitTreeState: 'clean',
  buildDate: '1970-01-01T00:00:00Z',
  goVersion: 'none: this is the EHOS sandbox on Node.js',
  compiler: 'none',
  platform: `${process.platform}/${process.arch}`,
};

/** One resource or subresource as discovery lists it. */
interface Discovered {
  name: string;
  singularName: string;
  namespaced: boolean;
  kind: string;
  verbs: string[];
  group?: string;
  version?: string;
  shortNames?: string[];
  categories?: string[];
  storageVersionHash?: string;
}

const READ_WRITE = ['get', 'patch', 'update'];

/** The answer to a discovery request, or undefined when the path is none. */
export function discoveryAnswer(cluster: Cluster, request: ApiRequest): Answer | undefined {
  const parts = request.path.split('/').filter((part) => part !== '');
  if (request.method !== 'GET' || parts.length > 3) return undefined;
  const [root, group = '', version] = parts[0] === 'api' ? ['api', '', parts[1]] : parts;
  if (root !== 'api' && root !== 'apis') return undefined;
  if (parts.length === 1)
    return isAggregated(request) ? aggregated(cluster, root === 'api') : rootAnswer(cluster, root, request);
  if (root === 'api' && parts.length > 2) return undefined;
  const known = groupVersions(cluster).get(group);
  if (!known) throw unknownPath();
  if (version === undefined) return jsonAnswer(200, { kind: 'APIGroup', apiVersion: 'v1', ...groupOf(group, known) });
  if (!known.includes(version)) throw group === '' ? unknownResource() : unknownPath();
  return jsonAnswer(200, resourceList(cluster, group, version));
}

function isAggregated(request: ApiRequest): boolean {
  const first = parseMediaTypes(request.headers.accept)[0];
  return first?.params.as === 'APIGroupDiscoveryList' && first.params.v === 'v2';
}

function rootAnswer(cluster: Cluster, root: string, request: ApiRequest): Answer {
  if (root === 'api') {
    const serverAddressByClientCIDRs = [{ clientCIDR: '0.0.0.0/0', serverAddress: request.headers.host ?? '' }];
    return jsonAnswer(200, { kind: 'APIVersions', versions: ['v1'], serverAddressByClientCIDRs });
  }
  const groups = [...groupVersions(cluster)]
    .filter(([name]) => name !== '')
    .map(([name, versions]) => groupOf(name, versions));
  return jsonAnswer(200, { kind: 'APIGroupList', apiVersion: 'v1', groups });
}

function groupOf(name: string, versions: string[]): object {
  const list = versions.map((version) => ({ groupVersion: `${name}/${version}`, version }));
  return { name, versions: list, preferredVersion: list[0] };
}

/** Groups with their versions, the core group under the empty name. */
export function groupVersions(cluster: Cluster): Map<string, string[]> {
  const groups = new Map<string, string[]>();
  const add = (group: string, version: string): void => {
    const versions = groups.get(group) ?? [];
    if (!versions.includes(version)) groups.set(group, [...versions, version]);
  };
  for (const { group, version } of cluster.resources()) add(group, version);
  for (const { group } of REVIEWS) add(group, 'v1');
  return groups;
}

function resourceList(cluster: Cluster, group: string, version: string): object {
  const groupVersion = group === '' ? version : `${group}/${version}`;
  const resources = discovered(cluster, group, version);
  // the real server's old core list has no apiVersion of its own
  return { kind: 'APIResourceList', ...(group === '' ? {} : { apiVersion: 'v1' }), groupVersion, resources };
}

function discovered(cluster: Cluster, group: string, version: string): Discovered[] {
  const stored = cluster.resources().filter((resource) => resource.group === group && resource.version === version);
  const reviews = REVIEWS.filter((review) => review.group === group && version === 'v1').map((review) => ({
    name: review.plural,
    singularName: review.kind.toLowerCase(),
    namespaced: review.namespaced,
    kind: review.kind,
    verbs: ['create'],
  }));
  return [...stored.flatMap(entriesOf), ...reviews];
}

function entriesOf(resource: Resource): Discovered[] {
  const { plural, kind, namespaced } = resource;
  const sub = (name: string, verbs: string[], more: object = {}): Discovered => ({
    name: `${plural}/${name}`,
    singularName: '',
    namespaced,
    kind,
    verbs,
    ...more,
  });
  return [
    {
      name: plural,
      singularName: resource.singular,
      namespaced,
      kind,
      verbs: resource.verbs,
      ...(resource.shortNames.length === 0 ? {} : { shortNames: resource.shortNames }),
      ...(resource.categories.length === 0 ? {} : { categories: resource.categories }),
      storageVersionHash: hash(`${apiVersionOf(resource)}/${kind}`, 'base64').slice(0, 11) + '=',
    },
    ...(resource.status ? [sub('status', READ_WRITE)] : []),
    ...(resource.scale ? [sub('scale', READ_WRITE, { group: 'autoscaling', version: 'v1', kind: 'Scale' })] : []),
    ...(plural === 'namespaces' ? [sub('finalize', ['update'])] : []),
    ...(plural === 'serviceaccounts'
      ? [sub('token', ['create'], { group: 'authentication.k8s.io', version: 'v1', kind: 'TokenRequest' })]
      : []),
  ];
}

export function hash(text: string, encoding: 'hex' | 'base64' = 'hex'): string {
  return createHash('sha512').update(text).digest(encoding);
}

const AGGREGATED = 'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList';

function aggregated(cluster: Cluster, isCore: boolean): Answer {
  const items = [...groupVersions(cluster)]
    .filter(([group]) => (group === '') === isCore)
    .map(([group, versions]) => ({
      metadata: group === '' ? {} : { name: group },
      versions: versions.map((version) => ({
        version,
        resources: aggregatedResources(discovered(cluster, group, version), ownKind(cluster, group, version)),
        freshness: 'Current',
      })),
    }));
  const text = JSON.stringify({
    kind: 'APIGroupDiscoveryList',
    apiVersion: 'apidiscovery.k8s.io/v2',
    metadata: {},
    items,
  });
  return {
    status: 200,
    text,
    contentType: AGGREGATED,
    headers: { etag: `"${hash(text).toUpperCase()}"`, vary: 'Accept' },
  };
}

/** Subresources stand inside their resource. */
function aggregatedResources(list: Discovered[], own: GroupVersion): object[] {
  return list
    .filter((entry) => !entry.name.includes('/'))
    .map((entry) => {
      const subresources = list
        .filter((sub) => sub.name.startsWith(`${entry.name}/`))
        .map((sub) => ({
          subresource: sub.name.slice(entry.name.length + 1),
          responseKind: responseKind(sub, own),
          verbs: sub.verbs,
        }));
      return {
        resource: entry.name,
        responseKind: responseKind(entry, own),
        scope: entry.namespaced ? 'Namespaced' : 'Cluster',
        singularResource: entry.singularName,
        verbs: entry.verbs,
        ...(entry.shortNames ? { shortNames: entry.shortNames } : {}),
        ...(entry.categories ? { categories: entry.categories } : {}),
        ...(subresources.length === 0 ? {} : { subresources }),
      };
    });
}

interface GroupVersion {
  group: string;
  version: string;
}

/** Custom resources name the group of their kind, built-in ones leave it empty. */
function ownKind(cluster: Cluster, group: string, version: string): GroupVersion {
  const isCustom = cluster.resources().some((resource) => resource.custom && resource.group === group);
  return isCustom ? { group, version } : { group: '', version: '' };
}

const responseKind = ({ group, version, kind }: Discovered, own: GroupVersion): object => ({
  group: group ?? own.group,
  version: version ?? own.version,
  kind,
});
