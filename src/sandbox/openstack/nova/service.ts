/** Nova below /compute: routing, microversions, tokens. */
import type { Tokens } from '../keystone/tokens.ts';
import { ApiError, htmlNotFound, json, middlewareUnauthorized, novaError } from '../reply.ts';
import type { Reply } from '../reply.ts';
import { Router } from '../router.ts';
import type { Exchange, Service } from '../router.ts';
import type { World } from '../world.ts';
import { serverAction } from './actions.ts';
import type { NovaCall } from './call.ts';
import { listFlavors, listZones, showExtraSpecs, showFlavor, showLimits, showQuota } from './catalogue.ts';
import { createServers } from './create.ts';
import { createKeypair, deleteKeypair, listKeypairs, showKeypair } from './keypairs.ts';
import type { ServerLife } from './life.ts';
import { MAX_MINOR, MIN_MINOR, microversionHeaders, microversionOf } from './microversion.ts';
import { createServerGroup, deleteServerGroup, listServerGroups, showServerGroup } from './server-groups.ts';
import { listServers } from './server-list.ts';
import * as servers from './servers.ts';

export class Nova implements Service {
  readonly name = 'compute';
  readonly #world: World;
  readonly #tokens: Tokens;
  readonly #life: ServerLife;
  readonly #router = routes();

  constructor(world: World, tokens: Tokens, life: ServerLife) {
    this.#world = world;
    this.#tokens = tokens;
    this.#life = life;
  }

  resource(method: string, path: string): string | undefined {
    return isVersionPath(path) ? '/' : this.#router.find(method, path)?.pattern;
  }

  answer(exchange: Exchange): Reply {
    const base = `${exchange.origin}/compute`;
    if (exchange.path === '/') return json(200, { versions: [oldVersion(base), currentVersion(base)] });
    const reply = this.#answer(exchange, base);
    reply.headers['x-openstack-request-id'] = exchange.requestId;
    reply.headers['x-compute-request-id'] = exchange.requestId;
    return reply;
  }

  #answer(exchange: Exchange, base: string): Reply {
    if (isVersionPath(exchange.path)) {
      const type = { base: 'application/json', type: 'application/vnd.openstack.compute+json;version=2.1' };
      const version = { ...currentVersion(base), 'media-types': [type] };
      version.links.push({ rel: 'describedby', type: 'text/html', href: 'http://docs.openstack.org/' });
      return json(200, { version }, microversionHeaders(`2.${MIN_MINOR}`));
    }
    const token = this.#tokens.valid(exchange.headers['x-auth-token'] as string | undefined);
    if (!token?.project) return middlewareUnauthorized(`${exchange.origin}/identity`);
    const found = this.#router.find(exchange.method, exchange.path);
    if (!found) return htmlNotFound();
    let headers: Record<string, string> = {};
    try {
      const version = microversionOf(exchange.headers);
      headers = microversionHeaders(`2.${version}`);
      const { project } = token;
      const call: NovaCall = { world: this.#world, life: this.#life, exchange, token, project, version, base };
      return withHeaders(found.run(call), headers);
    } catch (error) {
      if (error instanceof ApiError) return withHeaders(error.reply, headers);
      throw error;
    }
  }
}

function withHeaders(reply: Reply, headers: Record<string, string>): Reply {
  return { ...reply, headers: { ...reply.headers, ...headers } };
}

function isVersionPath(path: string): boolean {
  return /^\/(v2\.1\/?)?$/.test(path);
}

interface Version {
  id: string;
  status: string;
  version: string;
  min_version: string;
  updated: string;
  links: { rel: string; href: string; type?: string }[];
}

function oldVersion(base: string): Version {
  const links = [{ rel: 'self', href: `${base}/v2/` }];
  return { id: 'v2.0', status: 'SUPPORTED', version: '', min_version: '', updated: '2011-01-21T11:33:21Z', links };
}

function currentVersion(base: string): Version {
  return {
    id: 'v2.1',
    status: 'CURRENT',
    version: `2.${MAX_MINOR}`,
    min_version: `2.${MIN_MINOR}`,
    updated: '2013-07-23T11:33:21Z',
    links: [{ rel: 'self', href: `${base}/v2.1/` }],
  };
}

/** What members may not see, by policy. */
function admins(policy: string): () => Reply {
  return () => {
    throw novaError(403, `Policy doesn't allow os_compute_api:${policy} to be performed.`);
  };
}

function routes(): Router<NovaCall> {
  const router = new Router<NovaCall>();
  serverRoutes(router);
  return router
    .on('GET', '/v2.1/flavors', (call) => listFlavors(call, false))
    .on('GET', '/v2.1/flavors/detail', (call) => listFlavors(call, true))
    .on('GET', '/v2.1/flavors/{id}', showFlavor)
    .on('GET', '/v2.1/flavors/{id}/os-extra_specs', showExtraSpecs)
    .on('GET', '/v2.1/limits', showLimits)
    .on('GET', '/v2.1/os-quota-sets/{project}', (call, params) => showQuota(call, params, false))
    .on('GET', '/v2.1/os-quota-sets/{project}/detail', (call, params) => showQuota(call, params, true))
    .on('GET', '/v2.1/os-availability-zone', listZones)
    .on('GET', '/v2.1/os-availability-zone/detail', admins('os-availability-zone:detail'))
    .on('GET', '/v2.1/os-keypairs', listKeypairs)
    .on('POST', '/v2.1/os-keypairs', createKeypair)
    .on('GET', '/v2.1/os-keypairs/{name}', showKeypair)
    .on('DELETE', '/v2.1/os-keypairs/{name}', deleteKeypair)
    .on('GET', '/v2.1/os-server-groups', listServerGroups)
    .on('POST', '/v2.1/os-server-groups', createServerGroup)
    .on('GET', '/v2.1/os-server-groups/{id}', showServerGroup)
    .on('DELETE', '/v2.1/os-server-groups/{id}', deleteServerGroup)
    .on('GET', '/v2.1/os-services', admins('os-services:list'))
    .on('GET', '/v2.1/os-hypervisors', admins('os-hypervisors:list'))
    .on('GET', '/v2.1/os-hypervisors/detail', admins('os-hypervisors:list-detail'));
}

function serverRoutes(router: Router<NovaCall>): void {
  router
    .on('GET', '/v2.1/servers', (call) => listServers(call, false))
    .on('GET', '/v2.1/servers/detail', (call) => listServers(call, true))
    .on('POST', '/v2.1/servers', createServers)
    .on('GET', '/v2.1/servers/{id}', servers.showServer)
    .on('PUT', '/v2.1/servers/{id}', servers.updateServer)
    .on('DELETE', '/v2.1/servers/{id}', servers.deleteServer)
    .on('POST', '/v2.1/servers/{id}/action', serverAction)
    .on('GET', '/v2.1/servers/{id}/ips', servers.showAddresses)
    .on('GET', '/v2.1/servers/{id}/tags', servers.listTags)
    .on('PUT', '/v2.1/servers/{id}/tags', servers.replaceTags)
    .on('GET', '/v2.1/servers/{id}/tags/{tag}', servers.checkHasTag)
    .on('PUT', '/v2.1/servers/{id}/tags/{tag}', servers.addTag)
    .on('DELETE', '/v2.1/servers/{id}/tags/{tag}', servers.removeTag)
    .on('GET', '/v2.1/servers/{id}/metadata', servers.showMetadata)
    .on('POST', '/v2.1/servers/{id}/metadata', (call, params) => servers.setMetadata(call, params, false))
    .on('PUT', '/v2.1/servers/{id}/metadata', (call, params) => servers.setMetadata(call, params, true))
    .on('DELETE', '/v2.1/servers/{id}/metadata/{key}', servers.removeMetadata)
    .on('GET', '/v2.1/servers/{id}/os-interface', servers.listInterfaces)
    .on('GET', '/v2.1/servers/{id}/os-volume_attachments', servers.listVolumes)
    .on('GET', '/v2.1/servers/{id}/os-instance-actions', servers.listActions)
    .on('GET', '/v2.1/servers/{id}/os-instance-actions/{request}', servers.showAction);
}
