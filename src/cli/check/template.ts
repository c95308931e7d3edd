/** Everything that a template names, looked up in a cloud: all that is wrong, not only the first. */
import { EhosError } from '../../base/errors.ts';
import type { CloudBackend, ResolvedTemplate, VmTemplate } from '../../cloud/backend.ts';
import { OpenStack } from '../../openstack/sdk.ts';
import type { CloudAccess } from '../../controllers/context.ts';
import { whatThereIs } from '../../cloud/openstack-lookup.ts';
import type { Flavor } from '../../domain/snapshots.ts';
import { diskWords } from '../../domain/words.ts';
import type { CheckContext } from './context.ts';
import { wordsOf, type Findings } from './line.ts';

/** An image and a network that exist, to stand in for those that do not, so that the rest can be looked up. */
export interface StandIns {
  image(): Promise<string | undefined>;
  network(): Promise<string | undefined>;
}

export interface TemplateProblem {
  /** Relative to the template: `image.name`. */
  field: string;
  message: string;
  /** What was written is wrong; otherwise the cloud did not say. */
  mustMend: boolean;
}

/** More than a template can have fields. */
const MOST_LOOKS = 50;

/** Looks until nothing more is found wrong. What was resolved may have stand-ins in it. */
export async function lookUpAll(
  backend: Pick<CloudBackend, 'resolve'>,
  template: VmTemplate,
  standIns: StandIns,
): Promise<{ resolved: ResolvedTemplate | undefined; problems: TemplateProblem[] }> {
  const problems: TemplateProblem[] = [];
  let left: VmTemplate | undefined = template;
  for (let look = 0; left !== undefined && look < MOST_LOOKS; look++) {
    try {
      return { resolved: await backend.resolve(left), problems };
    } catch (error) {
      const message = wordsOf(error);
      const { field = '', errorClass } = error as EhosError;
      // a stand-in that does not help either
      if (problems.some((known) => known.message === message)) break;
      problems.push({ field: fieldIn(template, left, field), message, mustMend: errorClass === 'Invalid' });
      left = await without(left, field, standIns);
    }
  }
  return { resolved: undefined, problems };
}

/** `securityGroups[0]` after the first was taken away was the second one. */
function fieldIn(template: VmTemplate, left: VmTemplate, field: string): string {
  const match = /^(networks|securityGroups|availabilityZones)\[(\d+)\](.*)$/.exec(field);
  if (!match) return field;
  const [, key = '', index = '', rest = ''] = match;
  const list = key as 'networks' | 'securityGroups' | 'availabilityZones';
  const i = (template[list] as unknown[]).indexOf(left[list][Number(index)]);
  return i < 0 ? field : `${key}[${i}]${rest}`;
}

/** The template without what is wrong in it; undefined when there is no going on. */
async function without(template: VmTemplate, field: string, standIns: StandIns): Promise<VmTemplate | undefined> {
  const [key = '', index] = field.split(/[.[\]]/);
  const drop = <T>(list: readonly T[]): T[] => list.filter((_, i) => i !== Number(index));
  switch (key) {
    case 'image': {
      const id = await standIns.image();
      return id === undefined ? undefined : { ...template, image: { id } };
    }
    case 'networks': {
      const networks = drop(template.networks);
      const id = networks.length === 0 ? await standIns.network() : undefined;
      if (networks.length === 0 && id === undefined) return undefined;
      return { ...template, networks: id === undefined ? networks : [{ id }] };
    }
    case 'securityGroups':
      return { ...template, securityGroups: drop(template.securityGroups) };
    case 'availabilityZones':
      return { ...template, availabilityZones: drop(template.availabilityZones) };
    case 'keyName':
      return { ...template, keyName: undefined };
    case 'rootVolume':
      return { ...template, rootVolume: undefined };
    case 'scratchVolume':
      return { ...template, scratchVolume: undefined };
    case 'floatingIP':
    case 'floatingNetwork':
      return { ...template, floatingIP: undefined, floatingNetwork: undefined };
    case 'metadata':
      return { ...template, metadata: {} };
    default:
      return undefined;
  }
}

/** Over a login of their own, made when one is needed. */
export function standInsFrom(access: CloudAccess, context: CheckContext): StandIns {
  let made: OpenStack | undefined;
  const os = (): OpenStack => {
    if (made) return made;
    const { cloudsYaml: text, cloudName, cacert, region } = access;
    const opened = OpenStack.fromCloudsYaml({ text, cloudName, cacert, region }, context);
    context.closing(async () => await opened.close());
    made = opened;
    return opened;
  };
  return {
    image: async () => (await os().image.listImages({ status: 'active' }))[0]?.id,
    network: async () => (await os().network.listNetworks()).find(({ external }) => !external)?.id,
  };
}

/** A line for each thing that the template names. */
export function tellTemplate(
  template: VmTemplate,
  { resolved, problems }: Awaited<ReturnType<typeof lookUpAll>>,
  findings: Findings,
): void {
  for (const { field, message, mustMend } of problems)
    findings.fail(
      field === '' ? 'template' : field,
      message,
      mustMend ? 'name one that the cloud has' : 'try again; the cloud did not say',
    );
  const isWrong = (key: string): boolean => problems.some(({ field }) => field.split(/[.[]/)[0] === key);
  if (resolved === undefined && problems.length === 0) return;
  const named: [key: string, words: string | undefined][] = [
    ['image', resolved && `"${resolved.imageName}" (${resolved.imageId})`],
    ['networks', template.networks.map(({ name, id }) => name ?? id ?? '').join(', ') || 'the only one of the project'],
    ['securityGroups', template.securityGroups.join(', ')],
    ['keyName', template.keyName],
    ['availabilityZones', template.availabilityZones.join(', ')],
    ['rootVolume', template.rootVolume && `${template.rootVolume.size} GiB`],
    ['scratchVolume', template.scratchVolume && `${template.scratchVolume.size} GiB`],
    ['floatingIP', template.floatingIP],
  ];
  // what was not looked at because something before it stopped the look is not called good
  if (resolved !== undefined)
    for (const [key, words] of named) if (words !== undefined && words !== '' && !isWrong(key)) findings.ok(key, words);
}

const KIB_PER_GIB = 1024 * 1024;

/** Flavors, and whether the image fits on them. */
export function tellFlavors(
  wanted: readonly string[],
  known: ReadonlyMap<string, Pick<Flavor, 'cores' | 'memory' | 'disk'>>,
  image: Pick<ResolvedTemplate, 'minRam' | 'minDisk' | 'rootVolume'> | undefined,
  findings: Findings,
): void {
  for (const name of wanted) {
    const what = `flavor ${name}`;
    const flavor = known.get(name);
    if (!flavor)
      findings.fail(
        what,
        `the cloud has no such flavor: ${whatThereIs([...known.keys()])}`,
        'name one that the cloud has',
      );
    else if (image && flavor.memory < image.minRam)
      findings.fail(
        what,
        `${flavor.memory} MiB, and the image needs ${image.minRam} MiB`,
        'take a larger flavor, or leave this one out',
      );
    else if (image && image.rootVolume === undefined && flavor.disk > 0 && flavor.disk < image.minDisk * KIB_PER_GIB)
      findings.fail(
        what,
        `a disk of ${diskWords(flavor.disk)}, and the image needs ${image.minDisk} GiB`,
        'take a flavor with a larger disk, or give the pool a rootVolume',
      );
    else findings.ok(what, `${flavor.cores} cores, ${flavor.memory} MiB`);
  }
}
