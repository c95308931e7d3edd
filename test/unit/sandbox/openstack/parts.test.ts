import { createServer } from 'node:http';
import { expect } from 'chai';
import { ManualClock } from '../../../../src/base/clock.ts';
import { seededRandom } from '../../../../src/base/random.ts';
import { EventLog } from '../../../../src/sandbox/openstack/events.ts';
import { Ids } from '../../../../src/sandbox/openstack/ids.ts';
import {
  isObject,
  objectAt,
  parseJson,
  pythonRepr,
  pythonStr,
  stringAt,
  stringsAt,
} from '../../../../src/sandbox/openstack/json.ts';
import { isRefusedByFetch, listenLocally } from '../../../../src/sandbox/listen.ts';
import { hostnameFor } from '../../../../src/sandbox/openstack/nova/new-server.ts';
import { Router } from '../../../../src/sandbox/openstack/router.ts';
import { empty } from '../../../../src/sandbox/openstack/reply.ts';
import { Timers } from '../../../../src/sandbox/openstack/timers.ts';
import { isoMicros, isoMicrosZ, isoSeconds } from '../../../../src/sandbox/openstack/times.ts';

describe('sandbox OpenStack: ids', () => {
  const forms: [name: string, draw: (ids: Ids) => string, form: RegExp][] = [
    ['uuid', (ids) => ids.uuid(), /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/],
    ['hex', (ids) => ids.hex(), /^[0-9a-f]{32}$/],
    ['request id', (ids) => ids.requestId(), /^req-[0-9a-f-]{36}$/],
    ['token', (ids) => ids.token(), /^gAAAAAB[A-Za-z0-9]{113}$/],
    ['MAC', (ids) => ids.mac(), /^fa:16:3e(:[0-9a-f]{2}){3}$/],
    ['reservation', (ids) => ids.reservationId(), /^r-[a-z0-9]{8}$/],
  ];
  for (const [name, draw, form] of forms) {
    it(`${name} has OpenStack's form, differs, and repeats with the seed`, () => {
      const ids = new Ids(seededRandom(1));
      const drawn = Array.from({ length: 200 }, () => draw(ids));
      for (const id of drawn) expect(id).to.match(form);
      expect(new Set(drawn).size).to.equal(200);
      expect(draw(new Ids(seededRandom(1)))).to.equal(drawn[0]);
    });
  }
});

describe('sandbox OpenStack: Python texts', () => {
  const values: [value: unknown, repr: string][] = [
    [null, 'None'],
    [undefined, 'None'],
    [true, 'True'],
    [false, 'False'],
    [3, '3'],
    [1.5, '1.5'],
    ['a', "'a'"],
    ["it's", '"it\'s"'],
    [`it's "b"`, `'it\\'s "b"'`],
    ['a\\b\n\t', "'a\\\\b\\n\\t'"],
    [[1, 'a', []], "[1, 'a', []]"],
    [{ a: { b: null } }, "{'a': {'b': None}}"],
  ];
  for (const [value, repr] of values) {
    it(`repr of ${JSON.stringify(value)}`, () => {
      expect(pythonRepr(value)).to.equal(repr);
    });
  }

  it('str leaves text bare', () => {
    expect([pythonStr('a'), pythonStr(['a'])]).to.deep.equal(['a', "['a']"]);
  });
});

describe('sandbox OpenStack: reading JSON', () => {
  it('takes only what has the right type', () => {
    const value = { o: { s: 'x' }, s: 'y', l: ['a', 1], n: 1 };
    expect([objectAt(value, 'o'), objectAt(value, 's'), objectAt(null, 'o')]).to.deep.equal([{ s: 'x' }, {}, {}]);
    expect([stringAt(value, 's'), stringAt(value, 'n'), stringAt(undefined, 's')]).to.deep.equal([
      'y',
      undefined,
      undefined,
    ]);
    expect([stringsAt(value, 'l'), stringsAt(value, 's')]).to.deep.equal([['a'], undefined]);
    expect([isObject([]), isObject(null), isObject({})]).to.deep.equal([false, false, true]);
    expect([parseJson(Buffer.from('{')), parseJson(Buffer.from('1'))]).to.deep.equal([undefined, 1]);
  });
});

describe('sandbox OpenStack: routes', () => {
  const router = new Router<string[]>();
  router
    .on('GET', '/', () => empty(200))
    .on('GET', '/a/detail', () => empty(201))
    .on('GET', '/a/{id}', (seen, params) => {
      seen.push(params.id ?? '');
      return empty(202);
    });

  const paths: [method: string, path: string, pattern: string | undefined][] = [
    ['GET', '/', '/'],
    ['GET', '/a/detail', '/a/detail'],
    ['GET', '/a/detail/', '/a/detail'],
    ['GET', '/a/x', '/a/{id}'],
    ['POST', '/a/x', undefined],
    ['GET', '/a', undefined],
    ['GET', '/a/x/y', undefined],
  ];
  for (const [method, path, pattern] of paths) {
    it(`${method} ${path} -> ${pattern ?? 'none'}`, () => {
      expect(router.find(method, path)?.pattern).to.equal(pattern);
    });
  }

  it('decodes what a segment holds', () => {
    const seen: string[] = [];
    router.find('GET', '/a/x%20y')?.run(seen);
    expect(seen).to.deep.equal(['x y']);
  });
});

describe('sandbox OpenStack: small parts', () => {
  const names: [name: string, hostname: string][] = [
    ['node-1', 'node-1'],
    ['My Node_1', 'my-node-1'],
    ['-.x.-', 'x'],
    ['a!b', 'ab'],
    ['n'.repeat(70), 'n'.repeat(63)],
  ];
  for (const [name, hostname] of names) {
    it(`host name of ${name}`, () => {
      expect(hostnameFor(name)).to.equal(hostname);
    });
  }

  it('writes times in three ways', () => {
    const at = Date.UTC(2026, 10, 23, 21, 15, 23, 999);
    expect([isoSeconds(at), isoMicros(at), isoMicrosZ(at)]).to.deep.equal([
      '2026-11-23T21:15:23Z',
      '2026-11-23T21:15:23.000000',
      '2026-11-23T21:15:23.000000Z',
    ]);
  });

  it('keeps the last ten thousand events', () => {
    const log = new EventLog();
    for (let at = 1; at <= 10_005; at++) log.add({ at, type: 'active', project: 'p', serverId: 's', name: 'n' });
    expect([log.all.length, log.all[0]!.at]).to.deep.equal([10_000, 6]);
  });

  it('fires timers once, and none after cancelAll', async () => {
    const clock = new ManualClock();
    const timers = new Timers(clock);
    const fired: number[] = [];
    timers.after(1, () => fired.push(1));
    timers.after(5, () => fired.push(5));
    await clock.advance(1);
    timers.cancelAll();
    await clock.advance(10);
    expect(fired).to.deep.equal([1]);
  });
});

describe('sandbox OpenStack: listening', () => {
  for (const [port, refused] of [
    [2049, true],
    [6667, true],
    [10080, true],
    [8080, false],
    [40000, false],
  ] as const) {
    it(`fetch ${refused ? 'refuses' : 'takes'} port ${port}`, () => {
      expect(isRefusedByFetch(port)).to.equal(refused);
    });
  }

  it('takes another port while the one it got is refused', async () => {
    const server = createServer();
    const seen: number[] = [];
    try {
      const port = await listenLocally(server, 0, (got) => seen.push(got) < 3);
      expect(seen).to.have.length(3);
      expect(port).to.equal(seen[2]);
      expect(server.listening).to.equal(true);
    } finally {
      await new Promise((resolve) => server.close(resolve));
    }
  });

  it('keeps the port it was told, refused or not', async () => {
    const server = createServer();
    try {
      const free = await listenLocally(server, 0);
      await new Promise((resolve) => server.close(resolve));
      expect(await listenLocally(server, free, () => true)).to.equal(free);
    } finally {
      await new Promise((resolve) => server.close(resolve));
    }
  });
});
