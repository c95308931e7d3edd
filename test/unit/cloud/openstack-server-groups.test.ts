import { expect } from 'chai';
import { captured, NOVA, type Handler } from '../openstack/fake-transport.ts';
import { errorOf, made, RESOLVED, type Made } from './backend-fixture.ts';

interface Group {
  id: string;
  name?: string;
  policy?: string;
  members?: string[];
}

const GROUPS = `${NOVA}/os-server-groups`;
const POLICY = 'soft-anti-affinity';

/** A Nova that has these groups, lists them in this order, and makes and deletes as asked. */
function cloudWith(...groups: Group[]): Made & { left: () => string[] } {
  const all = groups.map((group) => ({ name: 'pool', policy: POLICY, members: [] as string[], ...group }));
  const gone: Record<string, Handler> = Object.fromEntries(
    all.map(({ id }): [string, Handler] => [
      `DELETE ${GROUPS}/${id}`,
      () => {
        const at = all.findIndex((group) => group.id === id);
        if (at < 0) return captured('server-get-gone-404');
        all.splice(at, 1);
        return { status: 204 };
      },
    ]),
  );
  const cloud = made({
    ...gone,
    [`GET ${GROUPS}`]: ({ query }) => {
      const offset = Number(query.get('offset') ?? 0);
      return { body: { server_groups: all.slice(offset, offset + Number(query.get('limit') ?? 0)) } };
    },
    [`POST ${GROUPS}`]: ({ body }) => {
      const wish = (body as { server_group: { name: string; policy: string } }).server_group;
      all.push({ id: 'made', members: [], ...wish });
      return { body: { server_group: all.at(-1) } };
    },
  });
  return { ...cloud, left: () => all.map(({ id }) => id) };
}

describe('OpenStack backend: server groups', () => {
  it('makes a group that is not there, and finds it the next time', async () => {
    const { backend, transport, left } = cloudWith({ id: 'x', name: 'other' });
    expect(await backend.ensureServerGroup('pool', POLICY)).to.deep.equal({ id: 'made', members: 0 });
    expect(await backend.ensureServerGroup('pool', POLICY)).to.deep.equal({ id: 'made', members: 0 });
    expect(transport.count(`POST ${GROUPS}`)).to.equal(1);
    expect(left()).to.deep.equal(['x', 'made']);
  });
  it('makes one group for all who ask at the same time', async () => {
    const { backend, transport } = cloudWith();
    const asked = Array.from({ length: 10 }, () => backend.ensureServerGroup('pool', POLICY));
    expect(new Set((await Promise.all(asked)).map(({ id }) => id))).to.deep.equal(new Set(['made']));
    expect(transport.count(`POST ${GROUPS}`)).to.equal(1);
    expect(transport.count(`GET ${GROUPS}`)).to.equal(1);
  });
  it('asks anew after a failure', async () => {
    let fails = true;
    const { backend } = made({
      [`GET ${GROUPS}`]: () => {
        if (fails) return captured('nova-os-services-403');
        return { body: { server_groups: [{ id: 'a', name: 'pool', policy: POLICY, members: [] }] } };
      },
    });
    expect(await errorOf(backend.ensureServerGroup('pool', POLICY))).to.include({ errorClass: 'Auth' });
    fails = false;
    expect(await backend.ensureServerGroup('pool', POLICY)).to.deep.equal({ id: 'a', members: 0 });
  });
  it('tells a caller who has given up nothing', async () => {
    const { backend } = cloudWith({ id: 'a' });
    const error = await errorOf(backend.ensureServerGroup('pool', POLICY, AbortSignal.abort()));
    expect(error).to.include({ errorClass: 'Transient' });
  });
  it('finds by name and policy a group that speaks the form before 2.64', async () => {
    const group = { id: 'a', name: 'pool', policies: [POLICY], metadata: {}, members: [] };
    const { backend } = made({ [`GET ${GROUPS}`]: { body: { server_groups: [group] } } });
    expect(await backend.ensureServerGroup('pool', POLICY)).to.deep.equal({ id: 'a', members: 0 });
  });
  it('says how many members a group has', async () => {
    const { backend } = cloudWith({ id: 'a', members: ['s1', 's2'] });
    expect(await backend.ensureServerGroup('pool', POLICY)).to.deep.equal({ id: 'a', members: 2 });
  });

  const twins: [string, Group[], string, string[]][] = [
    ['keeps the first by id of two empty twins', [{ id: 'b' }, { id: 'a' }], 'a', ['a']],
    ['keeps the twin that has members', [{ id: 'a' }, { id: 'b', members: ['s'] }], 'b', ['b']],
    [
      'leaves a twin that has members, too',
      [{ id: 'b', members: ['s', 't'] }, { id: 'a', members: ['u'] }, { id: 'c' }],
      'a',
      ['b', 'a'],
    ],
    ['removes an empty group of an earlier policy', [{ id: 'a', policy: 'affinity' }, { id: 'b' }], 'b', ['b']],
    [
      'leaves a group of an earlier policy while it has members',
      [{ id: 'a', policy: 'affinity', members: ['s'] }],
      'made',
      ['a', 'made'],
    ],
    ['does not touch groups of other names', [{ id: 'a' }, { id: 'b', name: 'pool-2' }], 'a', ['a', 'b']],
  ];
  for (const [what, groups, kept, left] of twins) {
    it(what, async () => {
      const cloud = cloudWith(...groups);
      expect((await cloud.backend.ensureServerGroup('pool', POLICY)).id).to.equal(kept);
      expect(cloud.left()).to.deep.equal(left);
    });
  }

  for (const [name, errorClass, field] of [
    ['nova-server-group-bad-policy-400', 'Invalid', 'serverGroupPolicy'],
    ['nova-server-group-quota-403', 'Quota', undefined],
  ] as const) {
    it(`${name} is ${errorClass} of ${field ?? 'no field'}`, async () => {
      const { backend } = made({
        [`GET ${GROUPS}`]: { body: { server_groups: [] } },
        [`POST ${GROUPS}`]: captured(name),
      });
      expect(await errorOf(backend.ensureServerGroup('pool', 'bogus'))).to.include({ errorClass, field });
    });
  }
  it('finds a group beyond the first thousand', async () => {
    const others = Array.from({ length: 1000 }, (_, i) => ({ id: `x${i}`, name: 'other' }));
    const { backend, transport } = cloudWith(...others, { id: 'a' });
    expect(await backend.ensureServerGroup('pool', POLICY)).to.deep.equal({ id: 'a', members: 0 });
    expect(transport.count(`GET ${GROUPS}`)).to.equal(2);
  });
  it('deletes all groups of a name, of whatever policy, and is content when none is left', async () => {
    const groups = [
      { id: 'a', members: ['s'] },
      { id: 'b', policy: 'affinity' },
      { id: 'c', name: 'other' },
    ];
    const { backend, left } = cloudWith(...groups);
    await backend.deleteServerGroups('pool');
    expect(left()).to.deep.equal(['c']);
    await backend.deleteServerGroups('pool');
  });
  it('is content with a group that another has just deleted', async () => {
    const { backend } = made({
      [`GET ${GROUPS}`]: { body: { server_groups: [{ id: 'a', name: 'pool', policy: POLICY, members: [] }] } },
      [`DELETE ${GROUPS}/a`]: captured('server-get-gone-404'),
    });
    await backend.deleteServerGroups('pool');
  });
  it('says what could not be deleted', async () => {
    const { backend } = made({
      [`GET ${GROUPS}`]: { body: { server_groups: [{ id: 'a', name: 'pool', policy: POLICY, members: [] }] } },
      [`DELETE ${GROUPS}/a`]: captured('nova-os-services-403'),
    });
    expect(await errorOf(backend.deleteServerGroups('pool'))).to.include({ errorClass: 'Auth', status: 403 });
  });
  it('puts a server into a group by a scheduler hint', async () => {
    const { backend, transport } = made();
    await backend.create({
      name: 'n',
      nodeUid: 'u',
      flavorId: '2',
      template: RESOLVED,
      availabilityZone: undefined,
      serverGroupId: 'group-1',
      userData: Buffer.from(''),
    });
    expect(transport.seen.at(-1)?.body).to.deep.include({ 'os:scheduler_hints': { group: 'group-1' } });
  });
});
