/** Neutron v2.0 below /network. */
import type { Tokens } from '../keystone/tokens.ts';
import { ApiError, json, middlewareUnauthorized, neutronError } from '../reply.ts';
import type { Reply } from '../reply.ts';
import { Router } from '../router.ts';
import type { Exchange, Service } from '../router.ts';
import type { World } from '../world.ts';
import type { NeutronCall } from './call.ts';
import * as floatingIps from './floating-ips.ts';
import * as networks from './networks.ts';
import * as ports from './ports.ts';
import { showNetworkQuota } from './quotas.ts';
import * as groups from './security-groups.ts';

export class Neutron implements Service {
  readonly name = 'network';
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
    const base = `${exchange.origin}/network`;
    if (exchange.path === '/') {
      const links = [{ rel: 'self', href: `${base}/v2.0/` }];
      return json(200, { versions: [{ id: 'v2.0', status: 'CURRENT', links }] });
    }
    const reply = this.#answer(exchange, base);
    reply.headers['x-openstack-request-id'] = exchange.requestId;
    return reply;
  }

  #answer(exchange: Exchange, base: string): Reply {
    const token = this.#tokens.valid(exchange.headers['x-auth-token'] as string | undefined);
    if (!token?.project) return middlewareUnauthorized(`${exchange.origin}/identity`);
    const call: NeutronCall = { world: this.#world, project: token.project, exchange, base };
    try {
      const found = this.#router.find(exchange.method, exchange.path);
      return found?.run(call) ?? neutronError(404, 'HTTPNotFound', 'The resource could not be found.').reply;
    } catch (error) {
      if (error instanceof ApiError) return error.reply;
      throw error;
    }
  }
}

function resources({ base }: NeutronCall): Reply {
  const names = ['network', 'subnet', 'subnetpool', 'port'];
  const list = names.map((name) => {
    const collection = `${name}s`;
    return { name, collection, links: [{ rel: 'self', href: `${base}/v2.0/${collection}` }] };
  });
  return json(200, { resources: list });
}

function routes(): Router<NeutronCall> {
  return new Router<NeutronCall>()
    .on('GET', '/v2.0', resources)
    .on('GET', '/v2.0/extensions', () => json(200, { extensions: [] }))
    .on('GET', '/v2.0/networks', networks.listNetworks)
    .on('GET', '/v2.0/networks/{id}', networks.showNetwork)
    .on('DELETE', '/v2.0/networks/{id}', networks.deleteNetwork)
    .on('GET', '/v2.0/subnets', networks.listSubnets)
    .on('GET', '/v2.0/subnets/{id}', networks.showSubnet)
    .on('GET', '/v2.0/routers', networks.listRouters)
    .on('GET', '/v2.0/ports', ports.listPorts)
    .on('POST', '/v2.0/ports', ports.createPort)
    .on('GET', '/v2.0/ports/{id}', ports.showPort)
    .on('PUT', '/v2.0/ports/{id}', ports.updatePort)
    .on('DELETE', '/v2.0/ports/{id}', ports.deletePort)
    .on('PUT', '/v2.0/ports/{id}/tags', ports.setPortTags)
    .on('GET', '/v2.0/security-groups', groups.listGroups)
    .on('POST', '/v2.0/security-groups', groups.createGroup)
    .on('GET', '/v2.0/security-groups/{id}', groups.showGroup)
    .on('DELETE', '/v2.0/security-groups/{id}', groups.deleteGroup)
    .on('GET', '/v2.0/security-group-rules', groups.listRules)
    .on('POST', '/v2.0/security-group-rules', groups.createRule)
    .on('DELETE', '/v2.0/security-group-rules/{id}', groups.deleteRule)
    .on('GET', '/v2.0/floatingips', floatingIps.listFloatingIps)
    .on('POST', '/v2.0/floatingips', floatingIps.createFloatingIp)
    .on('GET', '/v2.0/floatingips/{id}', floatingIps.showFloatingIp)
    .on('PUT', '/v2.0/floatingips/{id}', floatingIps.updateFloatingIp)
    .on('DELETE', '/v2.0/floatingips/{id}', floatingIps.deleteFloatingIp)
    .on('GET', '/v2.0/quotas/{project}', (call, params) => showNetworkQuota(call, params, false))
    .on('GET', '/v2.0/quotas/{project}/details.json', (call, params) => showNetworkQuota(call, params, true));
}
