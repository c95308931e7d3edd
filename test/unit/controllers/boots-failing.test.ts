/** Servers that boot and never join: counted for each pool and cloud, told, tried one at a time, and not forgotten at a restart. */
import { expect } from 'chai';
import { EhosError } from '../../../src/base/errors.ts';
import { NODES, POOLS, type EhosNodeStatus } from '../../../src/api/resources.ts';
import { toTime } from '../../../src/domain/times.ts';
import { startd, vm } from './fixture.ts';
import { idle, Stage } from './stage.ts';

const MINUTE = 60_000;

/** Jobs wait for ten nodes. */
async function staged(): Promise<Stage> {
  const stage = await Stage.set();
  stage.putPool({ bootTimeout: '10m' });
  stage.reading = { jobs: [idle(10, 'pool-a')] };
  stage.backend = {
    console: () => Promise.resolve('cloud-init: condor_master: not found'),
    delete: () => Promise.resolve(),
  };
  await stage.pass(MINUTE);
  return stage;
}

/** A server of the pool that was launched 11 minutes ago and has not joined. */
async function failOne(stage: Stage, name: string): Promise<void> {
  const launched = toTime(stage.fixture.clock.now() - 11 * MINUTE);
  const status: EhosNodeStatus = { serverID: `server-${name}`, requested: launched, launched, booted: launched };
  stage.putNode(name, status);
  stage.listing = { vms: [vm({ id: `server-${name}`, nodeUid: `uid-${name}` })] };
  await stage.pass(MINUTE);
  await stage.nodes.reconcile(`ns/${name}`);
  stage.fixture.kube.remove(NODES, name);
}

const made = (stage: Stage): number => stage.records().length;
const clear = (stage: Stage): void => {
  for (const { metadata } of stage.records()) stage.fixture.kube.remove(NODES, metadata.name);
};

describe('servers that boot and never join', () => {
  it('I15: after three in a row none is made for a while, then one; the pool says why, with the end of the console', async () => {
    const stage = await staged();
    for (const name of ['a', 'b', 'c']) await failOne(stage, name);
    await stage.plan();
    expect(made(stage)).to.equal(0);
    expect(stage.condition('BootsFailing')).to.match(
      /^True ServersDoNotJoin: on 1 cloud: cloud-a: 3 servers in a row did not join/,
    );
    expect(stage.condition('BootsFailing')).to.contain('condor_master: not found');
    expect(stage.condition('ScalingLimited')).to.contain('3 servers in a row did not join');
    expect(stage.told().filter((one) => one === 'pool-a BootsFailing')).to.have.length(1);
    await stage.pass(10 * MINUTE);
    await stage.plan();
    expect(made(stage)).to.equal(1);
    await stage.pass(MINUTE);
    await stage.plan();
    expect(made(stage), 'no second one beside it').to.equal(1);
  });

  it('I15: a restart does not forget it', async () => {
    const stage = await staged();
    for (const name of ['a', 'b', 'c']) await failOne(stage, name);
    await stage.plan();
    expect(stage.pool().status?.boots?.[0]).to.include({ cloud: 'cloud-a', failures: 3 });
    stage.restartAll();
    await stage.look();
    await stage.plan();
    expect(made(stage)).to.equal(0);
    expect(stage.condition('BootsFailing')).to.match(/^True/);
  });

  it('it is over when one joins', async () => {
    const stage = await staged();
    for (const name of ['a', 'b', 'c']) await failOne(stage, name);
    const now = toTime(stage.fixture.clock.now());
    stage.putNode('d', { serverID: 'server-d', requested: now, launched: now, booted: now });
    stage.listing = { vms: [vm({ id: 'server-d', nodeUid: 'uid-d' })] };
    const total = { cpus: 1, memory: 1900, disk: 9_000_000, gpus: 0 };
    const slot = { total, free: total, name: 'slot1@d', nodeId: 'uid-d', identity: 'ehos-node-uid-d@pool.example' };
    stage.reading = {
      ...stage.reading,
      startds: [startd({ ...slot, lastHeardFrom: stage.fixture.clock.now() + MINUTE })],
    };
    await stage.pass(MINUTE);
    await stage.nodes.reconcile('ns/d');
    await stage.plan();
    expect(stage.condition('BootsFailing')).to.match(/^False None/);
    expect(stage.pool().status?.boots).to.equal(undefined);
    expect(stage.told()).to.include('pool-a BootsWork');
    expect(made(stage)).to.be.greaterThan(2);
  });

  it('a new template is tried at once', async () => {
    const stage = await staged();
    for (const name of ['a', 'b', 'c']) await failOne(stage, name);
    await stage.plan();
    expect(made(stage)).to.equal(0);
    const pool = stage.pool();
    const template = { ...pool.spec.template, userData: { inline: '#!/bin/sh' } };
    stage.fixture.kube.put(POOLS, { ...pool, spec: { ...pool.spec, template } });
    await stage.pass(10 * MINUTE);
    await stage.plan();
    expect(stage.condition('BootsFailing')).to.match(/^False/);
    clear(stage);
  });

  it('a cloud that is full says nothing of the template', async () => {
    const stage = await staged();
    for (const name of ['a', 'b', 'c', 'd']) {
      const now = toTime(stage.fixture.clock.now());
      stage.putNode(name, { serverID: `server-${name}`, requested: now, launched: now });
      const fault = 'No valid host was found.';
      stage.listing = { vms: [vm({ id: `server-${name}`, nodeUid: `uid-${name}`, state: 'Error', fault })] };
      await stage.pass(MINUTE);
      await stage.nodes.reconcile(`ns/${name}`);
    }
    await stage.plan();
    expect(stage.condition('BootsFailing')).to.match(/^False/);
  });

  it('a create whose answer was lost counts once against its place', async () => {
    const stage = await staged();
    let creates = 0;
    stage.backend = {
      create: () => {
        creates += 1;
        return Promise.reject(new EhosError('Timeout', 'no answer', { maybeDone: true }));
      },
      findByNode: () => Promise.resolve([]),
    };
    stage.putNode('a', undefined);
    await stage.nodes.reconcile('ns/a');
    await stage.nodes.settled();
    expect(creates).to.equal(1);
    const cooldowns = stage.clouds.session('ns/cloud-a')?.cooldowns;
    const rest = (): { reason: string; until: number }[] => [
      ...(cooldowns?.rests(stage.fixture.clock.now()).values() ?? []),
    ];
    const [first] = rest();
    expect(first?.reason).to.contain('no answer');
    await stage.pass(2 * MINUTE);
    await stage.nodes.reconcile('ns/a');
    expect(rest()).to.deep.equal([first]);
  });
});
