/** Glance v2 below /image. */
import type { Tokens } from '../keystone/tokens.ts';
import { isObject, parseJson } from '../json.ts';
import { ApiError, empty, htmlError, htmlNotFound, json } from '../reply.ts';
import type { Reply } from '../reply.ts';
import { Router } from '../router.ts';
import type { Exchange, Params, Service } from '../router.ts';
import type { Project } from '../state.ts';
import type { World } from '../world.ts';
import { glanceError, imageOf, imageView, newImage, patchImage, selectedImages, storeData } from './images.ts';

interface GlanceCall {
  world: World;
  project: Project;
  exchange: Exchange;
  base: string;
}

const VERSIONS = ['17', '16', '15', '13', '12', '11', '10', '9', '8', '7', '6', '5', '4', '3', '2', '1', '0'];

export class Glance implements Service {
  readonly name = 'image';
  readonly #world: World;
  readonly #tokens: Tokens;
  readonly #router = routes();

  constructor(world: World, tokens: Tokens) {
    this.#world = world;
    this.#tokens = tokens;
  }

  resource(method: string, path: string): string | undefined {
    return this.#router.find(method, path)?.pattern;
  }

  answer(exchange: Exchange): Reply {
    const base = `${exchange.origin}/image`;
    if (exchange.path === '/' || exchange.path === '/versions') return versions(base);
    const token = this.#tokens.valid(exchange.headers['x-auth-token'] as string | undefined);
    // the one answer without a request id (measured)
    if (!token?.project) return unauthorized(`${exchange.origin}/identity`);
    const reply = this.#route({ world: this.#world, project: token.project, exchange, base });
    reply.headers['x-openstack-request-id'] = exchange.requestId;
    return reply;
  }

  #route(call: GlanceCall): Reply {
    try {
      return this.#router.find(call.exchange.method, call.exchange.path)?.run(call) ?? htmlNotFound();
    } catch (error) {
      if (error instanceof ApiError) return error.reply;
      throw error;
    }
  }
}

function versions(base: string): Reply {
  const links = [{ rel: 'self', href: `${base}/v2/` }];
  return json(300, {
    versions: VERSIONS.map((minor, i) => ({ id: `v2.${minor}`, status: i === 0 ? 'CURRENT' : 'SUPPORTED', links })),
  });
}

function unauthorized(keystoneUri: string): Reply {
  const text =
    'This server could not verify that you are authorized to access the document you requested. Either you supplied the wrong credentials (e.g., bad password), or your browser does not understand how to supply the credentials required.';
  return htmlError(401, 'Unauthorized', text, { 'www-authenticate': `Keystone uri="${keystoneUri}"` });
}

function routes(): Router<GlanceCall> {
  return new Router<GlanceCall>()
    .on('GET', '/v2/images', listImages)
    .on('POST', '/v2/images', createImage)
    .on('GET', '/v2/images/{id}', showImage)
    .on('PATCH', '/v2/images/{id}', changeImage)
    .on('DELETE', '/v2/images/{id}', deleteImage)
    .on('PUT', '/v2/images/{id}/file', uploadImage)
    .on('GET', '/v2/schemas/image', () =>
      json(200, { name: 'image', properties: {}, additionalProperties: { type: 'string' } }),
    );
}

/** Glance's own page is 25 images; nobody may ask for more than 1000. */
function listImages({ project, exchange }: GlanceCall): Reply {
  const { query } = exchange;
  const asked = query.get('limit') ?? '25';
  if (!/^-?\d+$/.test(asked)) throw glanceError(400, 'Bad Request', 'limit param must be an integer');
  const limit = Math.min(Number(asked), 1000);
  const found = selectedImages(project, query);
  const marker = query.get('marker');
  const markerAt = marker === null ? -1 : found.findIndex(({ id }) => id === marker);
  if (marker !== null && markerAt < 0) throw glanceError(400, 'Bad Request', `No image found with ID ${marker}`);
  const page = found.slice(markerAt + 1, markerAt + 1 + limit);
  const last = page.at(-1);
  const pairs = [...query].filter(([name]) => name !== 'marker');
  const first = pairs.length > 0 ? `/v2/images?${new URLSearchParams(pairs).toString()}` : '/v2/images';
  const next =
    last && page.length === limit
      ? `/v2/images?${new URLSearchParams([...pairs, ['marker', last.id]]).toString()}`
      : undefined;
  const images = page.map((image) => imageView(image, project));
  return json(200, { images, first, schema: '/v2/schemas/images', ...(next === undefined ? {} : { next }) });
}

function showImage({ project }: GlanceCall, { id = '' }: Params): Reply {
  return json(200, imageView(imageOf(project, id), project));
}

function createImage({ world, project, exchange, base }: GlanceCall): Reply {
  const wish = parseJson(exchange.body);
  if (!isObject(wish)) throw glanceError(400, 'Bad Request', 'Malformed JSON in request body.');
  const image = newImage(world, wish);
  project.images.set(image.id, image);
  return json(201, imageView(image, project), {
    location: `${base}/v2/images/${image.id}`,
    'openstack-image-import-methods': 'glance-direct,web-download,copy-image',
    'openstack-image-store-ids': 'fs',
  });
}

function uploadImage({ world, project, exchange }: GlanceCall, { id = '' }: Params): Reply {
  storeData(world, imageOf(project, id), exchange.body);
  return empty(204, { 'content-type': 'text/html; charset=UTF-8' });
}

function changeImage({ world, project, exchange }: GlanceCall, { id = '' }: Params): Reply {
  const image = imageOf(project, id);
  patchImage(world, image, parseJson(exchange.body));
  return json(200, imageView(image, project));
}

function deleteImage({ project }: GlanceCall, { id = '' }: Params): Reply {
  project.images.delete(imageOf(project, id).id);
  return empty(204, { 'content-type': 'text/html; charset=UTF-8' });
}
