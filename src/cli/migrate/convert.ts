/** Clouds and pool from the settings of ehos-python. */
import { stringify } from 'yaml';
import type { EhosNodePoolSpec } from '../../api/resources.ts';
import { EhosError } from '../../base/errors.ts';
import { objectNameOf, type CloudSetup, type Setup } from '../init/setup.ts';
import type { Ancestor } from './ancestor.ts';

/** What ehos-python takes where nothing is set. */
const DEFAULTS = { nodes_min: 2, nodes_max: 4, nodes_spare: 2 };
/** The words of its `node_allocation`. */
const ALLOCATIONS: Readonly<Record<string, NonNullable<EhosNodePoolSpec['allocation']>>> = {
  'round-robin': 'RoundRobin',
  random: 'Random',
  'fill first': 'FillFirst',
  'fill-first': 'FillFirst',
};

export function cloudsOf(ancestor: Ancestor): CloudSetup[] {
  return ancestor.cloudNames().map((cloudName) => ({
    name: objectNameOf(cloudName, 'cloud'),
    cloudName,
    cloudsYaml: cloudsYamlOf(ancestor, cloudName),
    defaults: defaultsOf(ancestor, cloudName),
  }));
}

const CREDENTIALS = ['auth_url', 'username', 'password', 'project_name', 'user_domain_name', 'project_domain_name'];

function cloudsYamlOf(ancestor: Ancestor, cloudName: string): string {
  const auth = Object.fromEntries(
    CREDENTIALS.flatMap((key) => {
      const value = ancestor.ofCloud(cloudName, key);
      return value === undefined ? [] : [[key, value]];
    }),
  );
  const region = ancestor.ofCloud(cloudName, 'region_name');
  const entry = { auth, ...(region === undefined ? {} : { region_name: region }) };
  return stringify({ clouds: { [cloudName]: entry } }, { lineWidth: 0 });
}

const UUID = /^[0-9a-f]{8}-?(?:[0-9a-f]{4}-?){3}[0-9a-f]{12}$/i;

function defaultsOf(ancestor: Ancestor, cloud: string): CloudSetup['defaults'] {
  const either = (...keys: string[]): string | undefined =>
    ancestor.ofCloud(cloud, ...keys) ?? ancestor.ofEhos(...keys);
  const image = either('image_id', 'base_image_id', 'image');
  const [network, groups, key] = [either('network'), either('security_groups'), either('key')];
  return {
    ...(image === undefined ? {} : { image: UUID.test(image) ? { id: image } : { name: image } }),
    ...(network === undefined
      ? {}
      : { networks: wordsOf(network).map((name) => (UUID.test(name) ? { id: name } : { name })) }),
    ...(groups === undefined ? {} : { securityGroups: wordsOf(groups) }),
    ...(key === undefined ? {} : { keyName: key }),
  };
}

/** Names may have spaces in them; commas separate. */
function wordsOf(text: string): string[] {
  return text
    .split(',')
    .map((word) => word.trim())
    .filter((word) => word !== '');
}

/** Throws `Invalid` for a number that is none. */
export function poolOf(ancestor: Ancestor, name: string): Setup['pool'] {
  const clouds = ancestor.cloudNames();
  const scratch = ancestor.ofEhos('scratch_size');
  const allocation = ALLOCATIONS[ancestor.ofDaemon('node_allocation') ?? 'round-robin'];
  const common = ancestor.ofEhos('flavor');
  const spec: Setup['pool']['spec'] = {
    jobs: { default: true },
    minNodes: numberOf(ancestor, 'nodes_min'),
    maxNodes: numberOf(ancestor, 'nodes_max'),
    spareNodes: numberOf(ancestor, 'nodes_spare'),
    ...(allocation === undefined ? {} : { allocation }),
    clouds: clouds.map((cloud) => {
      const flavor = ancestor.ofCloud(cloud, 'flavor');
      return {
        name: objectNameOf(cloud, 'cloud'),
        ...(flavor === undefined || flavor === common ? {} : { flavors: [flavor] }),
      };
    }),
    template: {
      ...(common === undefined ? {} : { flavors: [common] }),
      ...(scratch === undefined ? {} : { scratchVolume: { size: wholeNumber('ehos.scratch_size', scratch) } }),
    },
  };
  return { name: objectNameOf(name, 'general'), spec };
}

function numberOf(ancestor: Ancestor, key: keyof typeof DEFAULTS): number {
  const text = ancestor.ofDaemon(key);
  return text === undefined ? DEFAULTS[key] : wholeNumber(key, text);
}

function wholeNumber(key: string, text: string): number {
  if (/^\d{1,6}$/.test(text)) return Number(text);
  throw new EhosError('Invalid', `ehos.yaml: ${key}: "${text.slice(0, 40)}" is not a whole number`, { field: key });
}

/** Seconds as the master's interval, within what its CRD allows. */
export function pollIntervalOf(ancestor: Ancestor): string | undefined {
  const seconds = ancestor.ofDaemon('sleep');
  if (seconds === undefined) return undefined;
  return `${Math.min(LONGEST, Math.max(SHORTEST, wholeNumber('sleep', seconds)))}s`;
}

const SHORTEST = 1;
const LONGEST = 3600;
