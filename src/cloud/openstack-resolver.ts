import type { Clock } from '../base/clock.ts';
import { EhosError } from '../base/errors.ts';
import type { Image, OpenStack } from '../openstack/sdk.ts';
import type { ResolvedTemplate, VmTemplate } from './backend.ts';
import { externalNetwork } from './openstack-external.ts';
import { allOf, invalid, whatThereIs } from './openstack-lookup.ts';
import { TimedCache } from './timed-cache.ts';

const CACHE_MS = 5 * 60_000;
/** Image states that lead to `active` by themselves. */
const ON_THE_WAY = ['queued', 'saving', 'uploading', 'importing'];
/** Nova: keys of metadata; values take 255 characters. */
const METADATA_KEY = /^[a-zA-Z0-9-_:. ]{1,255}$/;
const METADATA_VALUE_LENGTH = 255;
const BYTES_PER_GIB = 1024 ** 3;

interface Named {
  id: string;
  name: string;
}

/** Looks up what templates name. Lists are remembered for 5 minutes, and read anew before anything is called missing. */
export class TemplateResolver {
  readonly #os: OpenStack;
  readonly #cache: TimedCache;

  constructor(os: OpenStack, clock: Clock) {
    this.#os = os;
    this.#cache = new TimedCache(clock, CACHE_MS);
  }

  /** After Nova has refused something that was found here: it is gone. */
  forget(): void {
    this.#cache.clear();
  }

  async resolve(template: VmTemplate): Promise<ResolvedTemplate> {
    checkMetadata(template.metadata);
    const [image, networkIds, securityGroups, keyName, availabilityZones] = await allOf([
      this.#image(template.image),
      this.#networks(template.networks),
      this.#securityGroups(template.securityGroups),
      this.#keyName(template.keyName),
      this.#zones(template.availabilityZones),
      this.#volumeType('rootVolume.type', template.rootVolume?.type),
      this.#volumeType('scratchVolume.type', template.scratchVolume?.type),
    ]);
    await this.#volumeService(template);
    const minDisk = diskOf(image);
    if (template.rootVolume && template.rootVolume.size < minDisk) {
      const { size } = template.rootVolume;
      throw invalid('rootVolume.size', `${size} GiB are too small: image "${image.name}" needs ${minDisk} GiB`);
    }
    return {
      imageId: image.id,
      imageName: image.name,
      minRam: image.minRam,
      minDisk,
      networkIds,
      securityGroups,
      keyName,
      availabilityZones,
      rootVolume: template.rootVolume,
      ...(template.scratchVolume ? { scratchVolume: template.scratchVolume } : {}),
      ...(await this.#floatingIP(template, networkIds[0])),
      serverGroupPolicy: template.serverGroupPolicy,
      metadata: template.metadata,
    };
  }

  async #image(wanted: VmTemplate['image']): Promise<Image> {
    if (wanted?.id !== undefined) return this.#imageById(wanted.id);
    const key = wanted?.name === undefined ? 'tag' : 'name';
    const value = wanted?.[key];
    if (value === undefined) throw invalid('image', `missing: give id, name or tag; ${await this.#activeImages()}`);
    const load = (): Promise<Image | undefined> => this.#os.image.newestImage({ [key]: value, status: 'active' });
    const found = await this.#fresh(`image:${key}=${value}`, load, (image) => image);
    if (found) return found;
    const other = await this.#os.image.newestImage({ [key]: value });
    if (other) throw notActive(`image.${key}`, other);
    throw invalid(`image.${key}`, `no image has the ${key} "${value}": ${await this.#activeImages()}`);
  }

  async #imageById(id: string): Promise<Image> {
    const load = async (): Promise<Image | undefined> => {
      try {
        return await this.#os.image.getImage(id);
      } catch (error) {
        if (error instanceof EhosError && error.errorClass === 'NotFound') return undefined;
        throw error;
      }
    };
    const found = await this.#fresh(`image:id=${id}`, load, (image) =>
      image?.status === 'active' ? image : undefined,
    );
    if (found) return found;
    const image = await load();
    if (image) throw notActive('image.id', image);
    throw invalid('image.id', `no image has the id "${id}": ${await this.#activeImages()}`);
  }

  async #activeImages(): Promise<string> {
    const images = await this.#cache.get('images', () => this.#os.image.listImages({ status: 'active' }));
    return whatThereIs(images.map((image) => image.name));
  }

  async #networks(wanted: VmTemplate['networks']): Promise<string[]> {
    const load = (): Promise<Named[]> => this.#os.network.listNetworks();
    if (wanted.length === 0) return [await this.#onlyNetwork()];
    return allOf(
      wanted.map(async (ref, i) => {
        const key = ref.id === undefined ? 'name' : 'id';
        const value = ref.id ?? ref.name ?? '';
        const field = `networks[${i}].${key}`;
        const fitting = await this.#fresh('networks', load, (list) =>
          someOf(list, (network) => network[key] === value),
        );
        if (!fitting) {
          const names = (await this.#cache.get('networks', load)).map((network) => network.name);
          throw invalid(field, `no network has the ${key} "${value}": ${whatThereIs(names)}`);
        }
        return theOne(field, 'networks', value, fitting).id;
      }),
    );
  }

  /** No network named: Nova would take the project's only one, and fail late when there are more. */
  async #onlyNetwork(): Promise<string> {
    const inner = (await this.#os.network.listNetworks()).filter((network) => !network.external);
    const [only] = inner;
    if (inner.length === 1 && only) return only.id;
    throw invalid('networks', `missing: name one; ${whatThereIs(inner.map((network) => network.name))}`);
  }

  /**
   * Names, each the only one of its kind: Nova refuses a name that two groups have, and takes the id of such a group
   * only to let the server end in ERROR (both observed).
   */
  async #securityGroups(wanted: string[]): Promise<string[]> {
    if (wanted.length === 0) return [];
    const load = async (): Promise<Named[]> => {
      const { projectId } = await this.#os.session.identity();
      return this.#os.network.listSecurityGroups({ projectId });
    };
    const names = await allOf(
      wanted.map(async (value, i) => {
        const field = `securityGroups[${i}]`;
        const fitting = await this.#fresh('groups', load, (list) =>
          someOf(list, (group) => group.name === value || group.id === value),
        );
        const list = await this.#cache.get('groups', load);
        const name = fitting?.[0]?.name;
        if (name === undefined) {
          throw invalid(field, `no security group "${value}": ${whatThereIs(list.map((group) => group.name))}`);
        }
        const same = list.filter((group) => group.name === name);
        if (same.length > 1) {
          const ids = same.map((group) => group.id).join(', ');
          throw invalid(
            field,
            `${same.length} security groups are named "${name}" (${ids}): Nova cannot tell them apart, rename one`,
          );
        }
        return name;
      }),
    );
    return [...new Set(names)];
  }

  async #keyName(wanted: string | undefined): Promise<string | undefined> {
    if (wanted === undefined) return undefined;
    const load = async (): Promise<string[]> => (await this.#os.compute.listKeyPairs()).map((pair) => pair.name);
    await this.#mustHave('keyName', 'key pair of this user', 'keys', wanted, load);
    return wanted;
  }

  async #zones(wanted: string[]): Promise<string[]> {
    const load = async (): Promise<string[]> =>
      (await this.#os.compute.listAvailabilityZones()).map((zone) => zone.name);
    await allOf(
      wanted.map((name, i) => this.#mustHave(`availabilityZones[${i}]`, 'availability zone', 'zones', name, load)),
    );
    return wanted;
  }

  async #volumeType(field: string, wanted: string | undefined): Promise<void> {
    if (wanted === undefined) return;
    const load = async (): Promise<string[]> => (await this.#os.volume.listVolumeTypes()).map((type) => type.name);
    await this.#mustHave(field, 'volume type', 'volume-types', wanted, load);
  }

  /** Without one Nova would take the server and let it end in ERROR. */
  async #volumeService({ rootVolume, scratchVolume }: VmTemplate): Promise<void> {
    if ((rootVolume ?? scratchVolume) === undefined || (await this.#os.session.offers('volume'))) return;
    throw invalid(rootVolume ? 'rootVolume' : 'scratchVolume', 'the cloud has no volume service');
  }

  async #floatingIP(
    { floatingIP: mode, floatingNetwork: named }: VmTemplate,
    portNetworkId: string | undefined,
  ): Promise<Pick<ResolvedTemplate, 'floatingIP'>> {
    if (mode === undefined || portNetworkId === undefined) return {};
    const key = `external:${JSON.stringify([named, portNetworkId])}`;
    const load = (): Promise<string> => externalNetwork(this.#os, { named, networkId: portNetworkId });
    return { floatingIP: { mode, networkId: await this.#cache.get(key, load), portNetworkId } };
  }

  async #mustHave(
    field: string,
    what: string,
    key: string,
    wanted: string,
    load: () => Promise<string[]>,
  ): Promise<void> {
    const found = await this.#fresh(key, load, (names) => (names.includes(wanted) ? wanted : undefined));
    if (found === undefined) {
      throw invalid(field, `no ${what} "${wanted}": ${whatThereIs(await this.#cache.get(key, load))}`);
    }
  }

  /** What `find` finds in the remembered answer, else in a new one: what was made a minute ago must be found. */
  async #fresh<T, R>(key: string, load: () => Promise<T>, find: (from: T) => R | undefined): Promise<R | undefined> {
    const remembered = this.#cache.holds(key);
    const found = find(await this.#cache.get(key, load));
    if (found !== undefined || !remembered) return found;
    this.#cache.forget(key);
    return find(await this.#cache.get(key, load));
  }
}

/** The image's own demand, and room for its file: Nova refuses a flavor with less, and a volume with less ends in ERROR (observed). */
function diskOf({ minDisk, size = 0 }: Image): number {
  return Math.max(minDisk, Math.ceil(size / BYTES_PER_GIB));
}

function someOf<T>(list: T[], fits: (item: T) => boolean): T[] | undefined {
  const some = list.filter(fits);
  return some.length === 0 ? undefined : some;
}

function theOne(field: string, what: string, value: string, fitting: Named[]): Named {
  const [first] = fitting;
  if (fitting.length === 1 && first) return first;
  const ids = fitting.map((item) => item.id).join(', ');
  throw invalid(field, `${fitting.length} ${what} are named "${value}": give the id of one, ${ids}`);
}

function notActive(field: string, image: Image): EhosError {
  const message = `${field}: image "${image.name}" (${image.id}) is ${image.status}, not active`;
  return new EhosError(ON_THE_WAY.includes(image.status) ? 'Transient' : 'Invalid', message, { field });
}

function checkMetadata(metadata: Record<string, string>): void {
  for (const [key, value] of Object.entries(metadata)) {
    if (!METADATA_KEY.test(key)) {
      throw invalid(
        'metadata',
        `key "${key.slice(0, 64)}" is refused by Nova: letters, digits, space and - _ : . only, 255 at most`,
      );
    }
    if (value.length > METADATA_VALUE_LENGTH) {
      throw invalid(
        'metadata',
        `the value of "${key}" has ${value.length} characters: Nova takes ${METADATA_VALUE_LENGTH}`,
      );
    }
  }
}
