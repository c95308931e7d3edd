/** Images as Glance shows, filters, makes and changes them. */
import { createHash } from 'node:crypto';
import { isObject, pythonStr, stringAt, stringsAt } from '../json.ts';
import type { JsonObject } from '../json.ts';
import { ApiError, htmlError } from '../reply.ts';
import type { Image, Project } from '../state.ts';
import { isoSeconds } from '../times.ts';
import type { World } from '../world.ts';

/** Glance's errors are HTML pages. */
export function glanceError(status: number, title: string, text: string): ApiError {
  return new ApiError(htmlError(status, title, text));
}

export function imageOf(project: Project, id: string): Image {
  const image = project.images.get(id);
  if (!image) throw glanceError(404, 'Not Found', `No image found with ID ${id}`);
  return image;
}

/** The user's own properties stand beside the standard fields, not below them. */
export function imageView(image: Image, project: Project): Record<string, unknown> {
  const self = `/v2/images/${image.id}`;
  return {
    ...image.properties,
    name: image.name,
    disk_format: image.diskFormat,
    container_format: image.containerFormat,
    visibility: image.visibility,
    size: image.size ?? null,
    virtual_size: image.size ?? null,
    status: image.status,
    checksum: image.checksum ?? null,
    protected: false,
    min_ram: image.minRam,
    min_disk: image.minDisk,
    owner: project.id,
    os_hidden: image.hidden,
    os_hash_algo: image.hash === undefined ? null : 'sha512',
    os_hash_value: image.hash ?? null,
    id: image.id,
    created_at: isoSeconds(image.created),
    updated_at: isoSeconds(image.updated),
    tags: image.tags,
    self,
    file: `${self}/file`,
    schema: '/v2/schemas/image',
    ...(image.size === undefined ? {} : { stores: 'fs' }),
  };
}

/** Query parameters that page and sort; every other one filters. */
const CONTROL = new Set(['limit', 'marker', 'sort', 'sort_key', 'sort_dir', 'os_hidden', 'member_status', 'owner']);

/** The images a query selects, in order: newest first unless it says otherwise. */
export function selectedImages(project: Project, query: URLSearchParams): Image[] {
  const hidden = query.get('os_hidden') === 'true';
  const filters = [...query].filter(([name]) => !CONTROL.has(name));
  const found = [...project.images.values()].filter(
    (image) => image.hidden === hidden && filters.every(([name, value]) => hasValue(image, project, name, value)),
  );
  const [sortKey = 'created_at', sortDir] = (query.get('sort') ?? '').split(':');
  const key = query.get('sort_key') ?? (sortKey || 'created_at');
  const sign = (query.get('sort_dir') ?? sortDir ?? 'desc') === 'asc' ? 1 : -1;
  const order = new Map(found.map((image, i) => [image.id, i]));
  const textOf = (image: Image): string => pythonStr(imageView(image, project)[key]);
  return found.sort((a, b) => {
    const [x, y] = [textOf(a), textOf(b)];
    const byKey = x < y ? -1 : x > y ? 1 : 0;
    return sign * (byKey || (order.get(a.id) ?? 0) - (order.get(b.id) ?? 0));
  });
}

/** A `tag` must be there; everything else is compared as text; an `in:` list is one of several. */
function hasValue(image: Image, project: Project, name: string, value: string): boolean {
  if (name === 'tag') return image.tags.includes(value);
  const actual = imageView(image, project)[name];
  const wanted = value.startsWith('in:') ? value.slice(3).split(',') : [value];
  return actual !== undefined && wanted.includes(pythonStr(actual));
}

const STANDARD = new Set([
  'name',
  'disk_format',
  'container_format',
  'visibility',
  'min_disk',
  'min_ram',
  'tags',
  'os_hidden',
  'protected',
  'id',
]);

export function newImage(world: World, wish: JsonObject): Image {
  const now = world.clock.now();
  const properties = Object.fromEntries(
    Object.entries(wish).filter(
      (entry): entry is [string, string] => !STANDARD.has(entry[0]) && typeof entry[1] === 'string',
    ),
  );
  return {
    id: stringAt(wish, 'id') ?? world.ids.uuid(),
    name: stringAt(wish, 'name') ?? '',
    status: 'queued',
    hidden: wish.os_hidden === true,
    visibility: wish.visibility === 'private' ? 'private' : 'shared',
    tags: stringsAt(wish, 'tags') ?? [],
    size: undefined,
    checksum: undefined,
    hash: undefined,
    minDisk: Number(wish.min_disk ?? 0),
    minRam: Number(wish.min_ram ?? 0),
    properties,
    diskFormat: stringAt(wish, 'disk_format') ?? 'raw',
    containerFormat: stringAt(wish, 'container_format') ?? 'bare',
    created: now,
    updated: now,
  };
}

/** Data makes a queued image active. */
export function storeData(world: World, image: Image, data: Buffer): void {
  if (image.status !== 'queued')
    throw glanceError(409, 'Conflict', `Image status transition from ${image.status} to saving is not allowed`);
  image.size = data.length;
  image.checksum = createHash('md5').update(data).digest('hex');
  image.hash = createHash('sha512').update(data).digest('hex');
  image.status = 'active';
  image.updated = world.clock.now();
}

/** JSON patch of `name`, `os_hidden`, `tags` and of the user's own properties. */
export function patchImage(world: World, image: Image, patch: unknown): void {
  if (!Array.isArray(patch))
    throw glanceError(400, 'Bad Request', 'Request body must be a JSON array of operation objects.');
  for (const operation of patch.filter(isObject)) applyOperation(image, operation);
  image.updated = world.clock.now();
}

function applyOperation(image: Image, { op, path, value }: JsonObject): void {
  const key = typeof path === 'string' ? path.slice(1) : '';
  if (key === 'os_hidden') image.hidden = value === true;
  else if (key === 'name') image.name = String(value);
  else if (key === 'tags') image.tags = Array.isArray(value) ? value.map(String) : [];
  else if (STANDARD.has(key)) throw glanceError(403, 'Forbidden', `Attribute '${key}' is read-only.`);
  else if (op === 'remove')
    image.properties = Object.fromEntries(Object.entries(image.properties).filter(([name]) => name !== key));
  else image.properties = { ...image.properties, [key]: String(value) };
}
