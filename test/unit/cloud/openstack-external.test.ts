import { expect } from 'chai';
import { NEUTRON, type Reply } from '../openstack/fake-transport.ts';
import { errorOf, made, TEMPLATE } from './backend-fixture.ts';

interface Cloud {
  /** Names of the external networks; their ids are `id-NAME`. */
  external: string[];
  /** Router -> the external network that it leads to. */
  routers?: Record<string, string | null>;
  /** Routers with a port on the first network, and how Neutron calls such a port. */
  joined?: string[];
  owner?: string;
}

function answers({ routers = {}, joined = [], owner = 'network:router_interface' }: Cloud): Record<string, Reply> {
  return {
    [`GET ${NEUTRON}/routers`]: {
      body: {
        routers: Object.entries(routers).map(([id, to]) => ({
          id,
          external_gateway_info: to === null ? null : { network_id: `id-${to}` },
        })),
      },
    },
    [`GET ${NEUTRON}/ports`]: {
      body: {
        ports: [
          { id: 'p', network_id: 'id-net', device_id: 'a-server', device_owner: 'compute:nova' },
          ...joined.map((id) => ({ id: `p-${id}`, network_id: 'id-net', device_id: id, device_owner: owner })),
        ],
      },
    },
  };
}

describe('OpenStack backend: where floating IPs come from', () => {
  const resolve = (cloud: Cloud, change: object = {}): ReturnType<ReturnType<typeof made>['backend']['resolve']> => {
    const external = cloud.external.map((name, i) => {
      const twin = cloud.external.indexOf(name) < i;
      return { id: `id-${name}${twin ? '-2' : ''}`, name, 'router:external': true };
    });
    const { backend } = made({
      ...answers(cloud),
      [`GET ${NEUTRON}/networks`]: ({ query }) => ({
        body: { networks: query.has('router:external') ? external : [{ id: 'id-net', name: 'net' }, ...external] },
      }),
    });
    return backend.resolve({ ...TEMPLATE, floatingIP: 'Purge', ...change });
  };

  const found: [string, Cloud, object, string][] = [
    [
      'the one that the router of the first network leads to',
      { external: ['a', 'b'], routers: { r: 'b' }, joined: ['r'] },
      {},
      'id-b',
    ],
    [
      'the same with a router on several hosts',
      { external: ['a', 'b'], routers: { r: 'b' }, joined: ['r'], owner: 'network:ha_router_replicated_interface' },
      {},
      'id-b',
    ],
    ['the only one, where no router is shown', { external: ['a'] }, {}, 'id-a'],
    ['the one that is named', { external: ['a', 'b'] }, { floatingNetwork: { name: 'b' } }, 'id-b'],
    ['the one that is named by id', { external: ['a', 'b'] }, { floatingNetwork: { id: 'id-a' } }, 'id-a'],
  ];
  for (const [what, cloud, change, id] of found)
    it(`is ${what}`, async () => {
      expect((await resolve(cloud, change)).floatingIP).to.deep.equal({
        mode: 'Purge',
        networkId: id,
        portNetworkId: 'id-net',
      });
    });

  const refused: [string, Cloud, object, string][] = [
    ['there is none', { external: [] }, {}, 'floatingIP: the cloud has no external network'],
    [
      'there are several and no router is shown',
      { external: ['a', 'b'] },
      {},
      'floatingNetwork: missing: name one, for from the first network no router is seen that joins an external network; there are "a", "b"',
    ],
    [
      'several can be reached',
      { external: ['a', 'b', 'c'], routers: { r: 'a', s: 'c' }, joined: ['r', 's'] },
      {},
      'floatingNetwork: missing: name one, for from the first network several external networks can be reached; there are "a", "c"',
    ],
    [
      'a wrong one is named',
      { external: ['a'] },
      { floatingNetwork: { name: 'x' } },
      'floatingNetwork.name: no external network has the name "x": there is "a"',
    ],
    [
      'two have the name',
      { external: ['a', 'a'] },
      { floatingNetwork: { name: 'a' } },
      'floatingNetwork.name: 2 external networks are named "a": give the id of one, id-a, id-a-2',
    ],
  ];
  for (const [what, cloud, change, message] of refused)
    it(`is refused when ${what}`, async () => {
      const error = await errorOf(resolve(cloud, change));
      expect(error).to.include({ errorClass: 'Invalid' });
      expect(error.message).to.contain(message);
    });

  it('is not looked up where there are to be none', async () => {
    const { backend, transport } = made();
    const resolved = await backend.resolve(TEMPLATE);
    expect(resolved).to.not.have.property('floatingIP');
    expect(transport.lines.filter((line) => /routers|ports/.test(line))).to.deep.equal([]);
  });
});
