/**
 * Reads one entry of clouds.yaml, the file that openstackclient, gophercloud and cluster-api-provider-openstack share.
 * Source: openstacksdk documentation, "Configuring OpenStack SDK Applications"; keystoneauth plugin options.
 */
import { X509Certificate } from 'node:crypto';
import { LineCounter, parseDocument } from 'yaml';
import { EhosError } from '../base/errors.ts';
import { INTERFACES, type CloudConfig, type Interface, type ServiceName } from './cloud-config.ts';
import { readCredentials } from './clouds-yaml-auth.ts';
import { Section } from './clouds-yaml-section.ts';
import { isObject } from './json.ts';

export interface CloudsYamlInput {
  /** Content of clouds.yaml. */
  text: string;
  /** Which entry below `clouds`. */
  cloudName: string;
  /** Content of the certificate authority's file, PEM; clouds.yaml itself can only name a path, which means nothing here. */
  cacert?: string | undefined;
  /** Overrides region_name. */
  region?: string | undefined;
}

/** Keys of clouds.yaml that replace an endpoint of the catalog, by service. */
const OVERRIDE_KEYS: Record<Exclude<ServiceName, 'identity'>, readonly string[]> = {
  compute: ['compute_endpoint_override'],
  image: ['image_endpoint_override'],
  network: ['network_endpoint_override'],
  volume: [
    'volume_endpoint_override',
    'volumev3_endpoint_override',
    'block_storage_endpoint_override',
    'block_store_endpoint_override',
  ],
};

/**
 * The cloud named `cloudName`. Throws EhosError `Invalid` whose field is the place in the file,
 * `clouds.yaml: clouds.<name>.auth.auth_url`; secrets are never repeated.
 */
export function readCloudsYaml(input: CloudsYamlInput): CloudConfig {
  const cloud = cloudSection(input.text, input.cloudName);
  const auth = cloud.section('auth');
  const version = cloud.text('identity_api_version');
  if (version !== undefined && !/^3(\.\d+)?$/.test(version)) {
    throw cloud.refusal(
      'identity_api_version',
      `"${version}" is not supported: only Keystone v3 is, write 3 or leave it out`,
    );
  }
  for (const key of ['cert', 'key']) {
    if (cloud.text(key) !== undefined) throw cloud.refusal(key, 'client certificates are not supported');
  }
  return {
    name: input.cloudName,
    authUrl: authUrl(auth),
    credentials: readCredentials(cloud, auth),
    region: input.region ?? cloud.text('region_name'),
    interface: endpointInterface(cloud),
    cacert: cacert(cloud, input.cacert),
    verify: cloud.boolean('verify') ?? true,
    endpointOverrides: endpointOverrides(cloud),
  };
}

function cloudSection(text: string, cloudName: string): Section {
  const lines = new LineCounter();
  // failsafe: every scalar is the text that was written, so that a password 0123 or `yes` stays what it is
  const document = parseDocument(text, { schema: 'failsafe', merge: true, prettyErrors: false, lineCounter: lines });
  const problem = document.errors[0];
  if (problem) {
    // only code and place: the parser's own message may quote the line, and the line may hold the password
    const { line, col } = lines.linePos(problem.pos[0]);
    throw invalid('clouds.yaml', `not YAML: ${problem.code} in line ${line}, column ${col}`);
  }
  let root: unknown;
  try {
    root = document.toJS({ maxAliasCount: 100 });
  } catch {
    throw invalid('clouds.yaml', 'not readable: an alias in it names no anchor, or there are more than 100 aliases');
  }
  const clouds = isObject(root) ? root.clouds : undefined;
  if (!isObject(clouds)) throw invalid('clouds.yaml: clouds', 'missing: the file must have a map "clouds"');
  const entry = Object.hasOwn(clouds, cloudName) ? clouds[cloudName] : undefined;
  if (!isObject(entry)) {
    const names = Object.keys(clouds).map((name) => `"${name}"`);
    const there = names.length === 0 ? 'it is empty' : `there are ${names.join(', ')}`;
    throw invalid(`clouds.yaml: clouds.${cloudName}`, `no such cloud: ${there}`);
  }
  return new Section(entry, `clouds.yaml: clouds.${cloudName}`);
}

function invalid(field: string, why: string): EhosError {
  return new EhosError('Invalid', `${field}: ${why}`, { field });
}

function authUrl(auth: Section): string {
  const url = auth.url('auth_url');
  if (url === undefined) {
    throw auth.missing('auth_url', 'the URL of Keystone, such as https://keystone.example.org:5000/v3');
  }
  if (url.endsWith('/v2.0')) throw auth.refusal('auth_url', `"${url}" is Keystone v2.0: only v3 is supported`);
  return url.endsWith('/v3') ? url : `${url}/v3`;
}

function endpointInterface(cloud: Section): Interface {
  const key = cloud.text('interface') === undefined ? 'endpoint_type' : 'interface';
  const text = cloud.text(key);
  if (text === undefined) return 'public';
  // publicURL is how Keystone v2 said it, and many files still do
  const found = INTERFACES.find((name) => name === text.replace(/URL$/, ''));
  if (!found) throw cloud.refusal(key, `"${text.slice(0, 64)}" is not an interface: write ${INTERFACES.join(', ')}`);
  return found;
}

/**
 * A path is one of the machine on which the file was written, and means nothing here: cluster-api-provider-openstack passes it over, too
 * (pkg/scope, NewProviderClient). Without a certificate of its own the cloud is trusted by the well-known authorities, or not at all.
 */
function cacert(cloud: Section, given: string | undefined): string | undefined {
  const inFile = cloud.text('cacert');
  const pem = given !== undefined && given.trim() !== '' ? given : inFile?.includes('-----BEGIN') ? inFile : undefined;
  if (pem === undefined) return undefined;
  const field = given === pem ? 'cacert' : `${cloud.path}.cacert`;
  const blocks = pem.match(/-----BEGIN CERTIFICATE-----[\s\S]*?-----END CERTIFICATE-----/g) ?? [];
  if (blocks.length === 0)
    throw invalid(field, 'holds no certificate: it must be PEM, -----BEGIN CERTIFICATE----- and so on');
  blocks.forEach((block, i) => {
    try {
      new X509Certificate(block);
    } catch (cause) {
      throw new EhosError('Invalid', `${field}: certificate ${i + 1} of ${blocks.length} is damaged`, { field, cause });
    }
  });
  return blocks.join('\n');
}

function endpointOverrides(cloud: Section): CloudConfig['endpointOverrides'] {
  const overrides: CloudConfig['endpointOverrides'] = {};
  for (const [service, keys] of Object.entries(OVERRIDE_KEYS) as [keyof typeof OVERRIDE_KEYS, string[]][]) {
    const url = keys.map((key) => cloud.url(key)).find((candidate) => candidate !== undefined);
    if (url !== undefined) overrides[service] = url;
  }
  return overrides;
}
