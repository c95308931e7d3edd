import { expect } from 'chai';
import { EhosError } from '../../../src/base/errors.ts';
import {
  FINALIZER,
  MASTERS,
  NODES,
  POOLS,
  SECRETS,
  type EhosMaster,
  type EhosNode,
} from '../../../src/api/resources.ts';
import { MasterController } from '../../../src/controllers/master-controller.ts';
import type { MasterFacts } from '../../../src/condor/master.ts';
import type { MasterSnapshot, TokenRequest } from '../../../src/domain/snapshots.ts';
import { condor, ehosMaster, ehosPool, facts, Fixture, masterSnapshot, startd } from './fixture.ts';
import { NODE_SPEC } from './node-spec.ts';

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const KEY = 'ns/master';

describe('MasterController', () => {
  let fixture: Fixture;
  let controller: MasterController;
  let polls: { tokenRequests: boolean; schedds: string[] }[];
  let probes: number;
  let closed: number;
  let poll: () => Promise<MasterSnapshot>;
  let probe: () => Promise<MasterFacts>;
  let approved: string[];
  let reschedule: () => Promise<void>;

  beforeEach(() => {
    fixture = new Fixture();
    controller = new MasterController(fixture.context);
    [polls, approved, probes, closed] = [[], [], 0, 0];
    probe = () => Promise.resolve(facts);
    poll = () => Promise.resolve(masterSnapshot({ observedAt: fixture.clock.now() }));
    reschedule = () => Promise.resolve();
    fixture.master = () =>
      condor({
        probe: () => {
          probes++;
          return probe();
        },
        poll: (options) => {
          polls.push(options);
          return poll();
        },
        approveTokenRequests: (ids) => {
          approved.push(...ids);
          return Promise.resolve(new Map(ids.map((id) => [id, { approved: true, message: '' }])));
        },
        reschedule: () => reschedule(),
        close: () => {
          closed++;
        },
      });
    fixture.kube.put(MASTERS, ehosMaster());
    fixture.secret('ssh', { 'ssh-privatekey': 'key', known_hosts: 'hosts' });
  });

  const master = (): EhosMaster => fixture.kube.find(MASTERS, 'master') as EhosMaster;
  const condition = (type: string): string | undefined => {
    const found = master().status?.conditions?.find((candidate) => candidate.type === type);
    return found && `${found.status} ${found.reason}`;
  };
  const change = (spec: Partial<EhosMaster['spec']>, metadata: object = {}): void =>
    void fixture.kube.put(MASTERS, {
      ...master(),
      metadata: { ...master().metadata, generation: (master().metadata.generation ?? 0) + 1, ...metadata },
      spec: { ...master().spec, ...spec },
    });
  const run = async (ms: number): Promise<void> => {
    const end = fixture.clock.now() + ms;
    while (fixture.clock.now() <= end) {
      const again = await controller.reconcile(KEY);
      await fixture.clock.advance(again?.afterMs ?? MINUTE);
    }
  };
  const putNode = (status: EhosNode['status']): void =>
    void fixture.kube.put(NODES, {
      metadata: { name: 'node-1', uid: 'uid-1' },
      spec: NODE_SPEC,
      ...(status ? { status } : {}),
    });
  const booting = { serverID: 'server-1', addresses: ['10.20.0.5'] };
  const request: TokenRequest = {
    id: '0000001',
    requestedIdentity: 'ehos-node-uid-1@pool.example',
    authorizations: ['ADVERTISE_STARTD', 'ADVERTISE_MASTER'],
    lifetime: 3600,
    authenticatedAs: 'unauthenticated@unmapped',
    peer: '10.20.0.5',
  };

  it('reads with the access that the spec and its Secrets give', async () => {
    await controller.reconcile(KEY);
    expect(fixture.madeMasters).to.deep.equal([
      { host: 'master.example', port: 22, user: 'ehos', privateKey: 'key', hostKeys: { knownHosts: 'hosts' } },
    ]);
    expect(condition('Ready')).to.equal('True Ready');
    expect(master().metadata.finalizers).to.deep.equal([FINALIZER]);
  });

  it('takes a host key that stands in the spec itself', async () => {
    const { knownHostsRef, ...ssh } = master().spec.ssh;
    expect(knownHostsRef).to.deep.equal({ name: 'ssh' });
    change({ ssh: { ...ssh, hostKey: 'ssh-ed25519 AAAA' } });
    await controller.reconcile(KEY);
    expect(fixture.madeMasters[0]?.hostKeys).to.deep.equal({ publicKey: 'ssh-ed25519 AAAA' });
  });

  it('polls in the interval of the spec with one connection, and asks what the master is every ten minutes', async () => {
    await run(30 * MINUTE);
    expect(polls.length).to.be.within(120, 122);
    expect(fixture.madeMasters).to.have.length(1);
    expect(probes).to.be.within(3, 4);
  });

  it('polls every 5 s and asks for token requests while a node boots', async () => {
    putNode(booting);
    expect(await controller.reconcile(KEY)).to.deep.equal({ afterMs: 5 * SECOND });
    expect(polls).to.deep.equal([{ schedds: [], tokenRequests: true }]);
  });

  /** A poll that takes so long. */
  const takes = (ms: number) => async (): Promise<MasterSnapshot> => {
    const observedAt = fixture.clock.now();
    await fixture.clock.advance(ms);
    return masterSnapshot({ observedAt });
  };

  for (const [tookMs, startToStart] of [
    [500, 5 * SECOND],
    [1_000, 8 * SECOND],
    // the interval of the spec, which it has while nothing comes or goes
    [4_000, 15 * SECOND],
  ] as const)
    it(`polls every ${startToStart / SECOND} s where the master takes ${tookMs} ms to answer, although a node boots`, async () => {
      putNode(booting);
      poll = takes(tookMs);
      expect(await controller.reconcile(KEY)).to.deep.equal({ afterMs: startToStart - tookMs });
      await run(10 * MINUTE);
      expect(polls.length).to.be.within((10 * MINUTE) / startToStart, (10 * MINUTE) / startToStart + 2);
    });

  it('polls as often as before once the master answers fast again', async () => {
    putNode({ ...booting, joined: '2026-01-01T00:00:00Z', drainRequested: '2026-01-01T00:00:00Z' });
    poll = takes(1_000);
    expect(await controller.reconcile(KEY)).to.deep.equal({ afterMs: 7 * SECOND });
    poll = takes(0);
    await fixture.clock.advance(7 * SECOND);
    expect(await controller.reconcile(KEY)).to.deep.equal({ afterMs: 5 * SECOND });
  });

  it('learns a new certificate after a failure: nodes that are made then need it', async () => {
    await run(SECOND);
    poll = () => Promise.reject(new EhosError('Transient', 'connection lost'));
    await run(30 * SECOND);
    probe = () => Promise.resolve({ ...facts, trustDomain: 'new.example' });
    poll = () => Promise.resolve(masterSnapshot({ observedAt: fixture.clock.now() }));
    await run(MINUTE);
    expect(controller.session(KEY)?.facts?.trustDomain).to.equal('new.example');
  });

  for (const [what, error, expected] of [
    ['unreachable', new EhosError('Transient', 'ECONNREFUSED'), 'False ConnectionFailed'],
    ['that refuses the key', new EhosError('Auth', 'refused'), 'False AuthenticationFailed'],
    ['with a version that is too old', new EhosError('Invalid', 'too old'), 'False InvalidConfiguration'],
  ] as const)
    it(`a master ${what} is tried at growing intervals, at most a minute, and heals by itself`, async () => {
      probe = () => Promise.reject(error);
      await run(10 * MINUTE);
      expect(condition('Connected')).to.equal(expected);
      expect(probes).to.be.within(12, 16);
      probe = () => Promise.resolve(facts);
      await run(MINUTE);
      expect(condition('Ready')).to.equal('True Ready');
    });

  it('takes up a mended key within 15 s', async () => {
    fixture.kube.remove(SECRETS, 'ssh');
    await run(10 * MINUTE);
    expect(condition('Connected')).to.equal('False InvalidConfiguration');
    fixture.secret('ssh', { 'ssh-privatekey': 'key', known_hosts: 'hosts' });
    await run(15 * SECOND);
    expect(condition('Ready')).to.equal('True Ready');
  });

  it('takes up a changed spec at once', async () => {
    probe = () => Promise.reject(new EhosError('Transient', 'ECONNREFUSED'));
    await run(10 * MINUTE);
    probe = () => Promise.resolve(facts);
    change({ ssh: { ...master().spec.ssh, port: 2222 } });
    await controller.reconcile(KEY);
    expect(fixture.madeMasters.at(-1)?.port).to.equal(2222);
    expect(condition('Ready')).to.equal('True Ready');
    expect(closed, 'the connection to the old port').to.equal(1);
  });

  it('a changed poll interval costs no new connection', async () => {
    await run(SECOND);
    change({ pollInterval: '30s' });
    expect(await controller.reconcile(KEY)).to.deep.equal({ afterMs: 30 * SECOND });
    expect(fixture.madeMasters).to.have.length(1);
  });

  it('of a reading with a part that failed: it is connected, is not polled less, and the rest counts', async () => {
    poll = () =>
      Promise.resolve(masterSnapshot({ jobs: undefined, errors: ['queue: schedd is down'], startds: [startd()] }));
    expect(await controller.reconcile(KEY)).to.deep.equal({ afterMs: 15 * SECOND });
    expect([condition('Connected'), condition('Synced')]).to.deep.equal(['True Connected', 'False TransientError']);
    expect(controller.session(KEY)?.startds.size).to.equal(1);
  });

  describe('letting nodes in', () => {
    beforeEach(() => {
      putNode(booting);
      poll = () => Promise.resolve(masterSnapshot({ observedAt: fixture.clock.now(), tokenRequests: [request] }));
    });

    it('approves the request of a node that boots, and writes that down before', async () => {
      await controller.reconcile(KEY);
      expect(approved).to.deep.equal(['0000001']);
      const node = fixture.kube.find(NODES, 'node-1') as EhosNode | undefined;
      expect(node?.status?.conditions?.map(({ type, reason }) => `${type} ${reason}`)).to.deep.equal([
        'Joined TokenApproved',
      ]);
    });

    it('approves nothing when it could not be written down: the removal of the node may have been', async () => {
      fixture.kube.failing = { line: /^patchStatus ehosnodes/, error: new EhosError('Conflict', 'modified') };
      await controller.reconcile(KEY);
      expect(approved).to.deep.equal([]);
    });

    for (const [what, requests, note] of [
      [
        'from another address',
        [{ ...request, peer: '10.20.0.66' }],
        /comes from 10\.20\.0\.66, the server has 10\.20\.0\.5/,
      ],
      [
        'of a node that is not ours',
        [{ ...request, requestedIdentity: 'ehos-node-x@pool.example' }],
        /no node of ours/,
      ],
      ['for all rights', [{ ...request, authorizations: undefined }], /asks for unlimited rights/],
    ] as const)
      it(`refuses a request ${what}, and says so`, async () => {
        poll = () => Promise.resolve(masterSnapshot({ tokenRequests: [...requests] }));
        await controller.reconcile(KEY);
        expect(approved).to.deep.equal([]);
        expect(fixture.events.map(({ reason }) => reason)).to.deep.equal(['TokenRequestRefused']);
        expect(fixture.events[0]?.note).to.match(note);
      });

    it('refuses a request in the name of a node that has joined: a job may be asking', async () => {
      putNode({ ...booting, joined: '2026-01-01T00:00:00Z' });
      await controller.reconcile(KEY);
      expect(approved).to.deep.equal([]);
      expect(fixture.events[0]?.note).to.match(/has joined already/);
    });

    it('a schedd that does not answer to condor_reschedule does not make the reading a failure', async () => {
      poll = () => Promise.resolve(masterSnapshot({ observedAt: fixture.clock.now(), startds: [startd()] }));
      reschedule = () => Promise.reject(new EhosError('Transient', 'schedd is down'));
      expect(await controller.reconcile(KEY)).to.deep.equal({ afterMs: 5 * SECOND });
      expect(condition('Ready')).to.equal('True Ready');
      expect(fixture.events.map(({ reason }) => reason)).to.deep.equal(['JoinFailed']);
    });
  });

  it('wakes its pools and the nodes that look different', async () => {
    fixture.kube.put(POOLS, ehosPool());
    fixture.kube.put(POOLS, ehosPool({ masterRef: { name: 'other' } }, { name: 'pool-b' }));
    putNode({ ...booting, joined: '2026-01-01T00:00:00Z' });
    poll = () => Promise.resolve(masterSnapshot({ startds: [startd()] }));
    await controller.reconcile(KEY);
    expect(fixture.wakes).to.deep.equal(['pool ns/pool-a at once', 'node ns/node-1']);
    fixture.wakes.length = 0;
    await fixture.clock.advance(MINUTE);
    await controller.reconcile(KEY);
    expect(fixture.wakes, 'later looks wake it with all that happens meanwhile').to.deep.equal(['pool ns/pool-a']);
  });

  describe('that is being deleted', () => {
    const leave = (): void => change({}, { deletionTimestamp: '2026-01-01T00:00:00Z' });

    it('lets it go when it has no nodes', async () => {
      await run(SECOND);
      leave();
      expect(await controller.reconcile(KEY)).to.equal(undefined);
      expect(master().metadata.finalizers).to.deep.equal([]);
    });

    it('keeps reading while it has nodes, although its Secrets are gone: they must be drained', async () => {
      await run(SECOND);
      putNode({ ...booting, joined: '2026-01-01T00:00:00Z' });
      fixture.kube.remove(SECRETS, 'ssh');
      leave();
      await run(5 * MINUTE);
      expect(condition('Synced')).to.equal('True Read');
      expect(condition('Ready')).to.equal('False Deleting');
    });
  });

  it('forgets a master that is gone', async () => {
    await run(SECOND);
    fixture.kube.remove(MASTERS, 'master');
    expect(await controller.reconcile(KEY)).to.equal(undefined);
    expect(controller.session(KEY)).to.equal(undefined);
    expect(closed).to.equal(1);
  });
});
