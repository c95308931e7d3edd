/** Every raw answer of a real master that is kept in test/fixtures/condor is read by the parser that it is for. */
import { expect } from 'chai';
import { readdirSync, readFileSync } from 'node:fs';
import { parseAds } from '../../../src/condor/classad.ts';
import { parseNegotiation } from '../../../src/condor/negotiation.ts';
import { parseFactories, parseGroups } from '../../../src/condor/queue.ts';
import { parseSlots } from '../../../src/condor/slots.ts';
import { MasterTime } from '../../../src/condor/times.ts';
import { parseTokenRequests } from '../../../src/condor/token-requests.ts';
import { parseScriptOutput } from '../../../src/base/remote-script.ts';
import type { JobGroup } from '../../../src/domain/snapshots.ts';

const FOLDER = new URL('../../fixtures/condor/', import.meta.url);
const read = (name: string): string => readFileSync(new URL(name, FOLDER), 'utf8');
const SAME_CLOCK = new MasterTime(0, 0);
const groups = (list: JobGroup[]): string[] =>
  list.map(
    ({ pool, state, count, cpus, memory, disk, gpus }) =>
      `${pool ?? '-'} ${state} ${count}: ${cpus} ${memory} ${disk} ${gpus}`,
  );
const slots = (output: string): string[] =>
  parseSlots(output, SAME_CLOCK).map(
    (slot) =>
      `${slot.name} ${slot.state} ${slot.free.cpus}/${slot.total.cpus} busy ${slot.dynamicSlots}${slot.draining ? ' draining' : ''}`,
  );
const requests = (output: string): string[] =>
  parseTokenRequests(output).map(
    (request) =>
      `${request.id} ${request.requestedIdentity} ${request.authorizations?.join('+') ?? 'unlimited'} ${request.lifetime ?? 'endless'} ${request.authenticatedAs}`,
  );
const textOnly = (output: string): string => {
  expect(() => parseAds(output)).to.throw(Error);
  return 'refused';
};

const MIXED = [
  'pool-q Idle 3: 2 2048 1024 0',
  'pool-q Idle 4: 1 1024 20971520 0',
  'pool-a Running 2: 1 512 1024 0',
  '- Held 2: 1 512 1024 0',
  '- Running 1: 1 512 1024 0',
  '- Idle 2: 1 512 1024 1',
];

/** File -> what is read from it. Text for people is kept for reading; the parsers must refuse it. */
const EXPECTED: Record<string, { read: (output: string) => unknown; is: unknown }> = {
  'condor_q-group-by-100k-jobs-no-nodes.json': {
    read: (output) => groups(parseGroups(output)),
    is: [
      '- Idle 4403: 1 512 1024 0',
      'pool-a Idle 3302: 2 2048 1024 0',
      '- Idle 2302: 1 512 1024 1',
      '- Held 1: 1 512 1024 0',
      '- Idle 90000: 1 1024 1024 0',
    ],
  },
  // DiskUsage of the jobs is 45
  'condor_q-group-by-RequestDisk-is-expression.json': {
    read: (output) => groups(parseGroups(output)),
    is: ['pool-z Idle 50: 1 256 45 0', '- Running 1: 2 256 45 0', '- Idle 19: 2 256 45 0', '- Removed 1: 1 512 1024 0'],
  },
  'condor_q-group-by-mixed-idle-running-held.json': { read: (output) => groups(parseGroups(output)), is: MIXED },
  'condor_q-group-by-with-Requirements-mixed.json': { read: (output) => groups(parseGroups(output)), is: MIXED },
  // 100,000 less the 50 that are in the queue; the other cluster is limited to the 20 that it has
  'condor_q-factory-late-materialization.json': {
    read: (output) => groups(parseFactories(output)),
    is: ['pool-z Idle 99950: 1 256 45 0'],
  },
  // as typed by somebody who tries everything: condor_submit takes it all
  'condor_q-group-by-odd-requests.json': {
    read: (output) => [...new Set(groups(parseGroups(output)))],
    is: [
      '- Held 1: 1 1 45 0',
      '- Held 1: 1 0 45 0',
      '["a"] Held 1: 1 1 45 0',
      'true Held 1: 1 1 45 0',
      '- Held 1: 1 128 45 0',
      '{"a":1} Held 1: 1 1 45 0',
      '- Held 2: 1 9007199254740991 45 0',
      'a\\nb Held 1: 1 1 45 0',
      '/expr(pool - a)/ Held 1: 1 1 45 0',
      '/expr(strcat("p","q"))/ Held 1: 1 1 45 0',
      'pool-a Removed 21: 1 128 1024 0',
      '- Held 1: 9007199254740991 1 45 0',
      '- Held 1: 1 1 8796093022208 0',
    ],
  },
  'condor_status-negotiator-direct.json': {
    read: (output) => {
      const read = parseNegotiation(output, SAME_CLOCK);
      return [read?.address?.slice(0, 20), read?.cycles.map(({ startedAt, endedAt }) => [startedAt, endedAt])];
    },
    is: [
      '<127.0.0.1:19818?add',
      [
        [1_795_762_213_000, 1_795_762_213_000],
        [1_795_762_208_000, 1_795_762_208_000],
        [1_795_762_203_000, 1_795_762_203_000],
      ],
    ],
  },
  'condor_status-slots-start-false-gpus-and-full.json': {
    read: (output) =>
      parseSlots(output, SAME_CLOCK).map(
        ({ name, accepts, free, total, jobStarts }) =>
          `${name} ${accepts ? 'accepts' : 'refuses'} ${free.cpus}/${total.cpus} cpus ${free.gpus}/${total.gpus} gpus ${jobStarts ?? '?'} started`,
      ),
    is: [
      'slot1@f1.pool accepts 0/8 cpus 0/0 gpus 9 started',
      'slot1@f2.pool accepts 0/8 cpus 0/0 gpus 8 started',
      'slot1@f3.pool accepts 0/8 cpus 0/0 gpus 8 started',
      'slot1@f4.pool accepts 0/8 cpus 0/0 gpus 9 started',
      'slot1@f5.pool accepts 0/2 cpus 0/0 gpus 4 started',
      'slot1@g2.pool accepts 0/4 cpus 2/2 gpus 9 started',
      'slot1@n2.pool refuses 2/2 cpus 0/0 gpus 0 started',
    ],
  },
  'condor_status-absent-2-nodes.json': {
    read: slots,
    is: ['slot1@ehos-pool-a-eeeee Unclaimed 2/2 busy 0', 'slot1@ehos-pool-a-fffff Unclaimed 2/2 busy 0'],
  },
  'condor_status-drained-idle-node.json': {
    read: slots,
    is: ['slot1@cnd-n1.novalocal Drained 2/2 busy 0 draining'],
  },
  'condor_status-draining-retiring-2-jobs-plus-idle-node.json': {
    read: slots,
    is: ['slot1@ehos-pool-a-ccccc Drained 2/4 busy 2 draining', 'slot1@ehos-pool-b-bbbbb Unclaimed 2/2 busy 0'],
  },
  'condor_status-mixed-2-nodes-3-dynamic-busy.json': {
    read: slots,
    is: [
      'slot1@ehos-b-1.novalocal Unclaimed 3/4 busy 1',
      'slot1@ehos-pool-a-m1 Unclaimed 2/4 busy 2',
      'slot1@ehos-pool-a-race Unclaimed 2/2 busy 0',
    ],
  },
  'condor_status-pslot-4-dynamic-claimed-busy.json': {
    read: slots,
    is: ['slot1@ehos-pool-a-x7k2p Unclaimed 0/4 busy 4'],
  },
  // a job of 20 s has just ended, and the slot still carries the time at which it began
  'condor_status-pslot-job-just-ended-stale-time.json': {
    read: (output) =>
      parseSlots(output, SAME_CLOCK).map((slot) => [slot.dynamicSlots, slot.lastHeardFrom - (slot.idleSince ?? 0)]),
    is: [[0, 23_000]],
  },
  'token-request-list-50-nodes-plus-6-others.json': {
    read: (output) => {
      const ofNodes = parseTokenRequests(output).filter((request) =>
        /^ehos-node-m\d+@ehos\.rig$/.test(request.requestedIdentity),
      );
      const identities = new Set(ofNodes.map((request) => request.requestedIdentity));
      return [requests(output).length, identities.size, new Set(ofNodes.map((request) => request.peer)).size];
    },
    is: [56, 50, 1],
  },
  'token-request-list-attacks-and-2-abandoned.json': {
    read: requests,
    is: [
      '7689463 ehos-node-a1@ehos.rig ADVERTISE_STARTD+ADVERTISE_MASTER 3600 unauthenticated@unmapped',
      '4503344 ehos-node-a1@ehos.rig unlimited endless unauthenticated@unmapped',
      '0009824 x"; evil@ehos.rig ADVERTISE_STARTD+ADMINISTRATOR 3600 unauthenticated@unmapped',
      '4523803 ehos-node-kh@ehos.rig ADVERTISE_STARTD endless unauthenticated@unmapped',
      '0093045 ehos-node-a1@ehos.rig ADVERTISE_STARTD+ADVERTISE_MASTER 3600 unauthenticated@unmapped',
      '9640687 ehos-node-tofu@ehos.rig ADVERTISE_STARTD endless unauthenticated@unmapped',
    ],
  },
  'token-request-list-pending-admin-and-condor-identities.json': {
    read: requests,
    is: [
      '9036532 condor@ehos.rig unlimited endless unauthenticated@unmapped',
      '4994641 condor@na ADMINISTRATOR endless unauthenticated@unmapped',
      '1667017 ehos-node-a1@ehos.rig ADVERTISE_STARTD+ADVERTISE_MASTER 3600 unauthenticated@unmapped',
      '1804403 ehos-node-1@ehos.rig ADVERTISE_STARTD+ADVERTISE_MASTER 3600 unauthenticated@unmapped',
      '6570947 ehos-node-1@ehos.rig ADVERTISE_STARTD+ADVERTISE_MASTER 3600 unauthenticated@unmapped',
    ],
  },
  'token-request-list-renewal-authenticated.json': {
    read: requests,
    is: [
      '5301680 ehos-node-a1@ehos.rig ADVERTISE_STARTD+ADVERTISE_MASTER 99999 unauthenticated@unmapped',
      '9644693 ehos-node-a1@ehos.rig ADVERTISE_STARTD+ADVERTISE_MASTER 99999 ehos-node-a1@ehos.rig',
    ],
  },
  'token-request-list-with-request-limits.json': {
    read: requests,
    is: [
      '3841704 ehos-node-z1@ehos.rig ADVERTISE_STARTD 7200 unauthenticated@unmapped',
      '5331472 ehos-node-z2@ehos.rig ADVERTISE_MASTER+ADVERTISE_STARTD 7200 unauthenticated@unmapped',
    ],
  },
  // the frames of this recording are an older form of ours: no line for errors, no end
  'ssh-one-roundtrip-all.txt': {
    read: (output) => {
      const { steps, complete } = parseScriptOutput(output);
      const of = (name: string): string => steps.get(name)?.stdout ?? 'missing';
      return [
        complete,
        parseGroups(of('groups')).length,
        parseFactories(of('factories')).length,
        slots(of('startds')).length,
      ];
    },
    is: [false, 6, 0, 3],
  },
  'ssh-one-roundtrip-everything-empty.txt': {
    read: (output) => {
      const { steps, complete } = parseScriptOutput(output);
      const of = (name: string): string => steps.get(name)?.stdout ?? 'missing';
      return [complete, groups(parseGroups(of('groups'))), parseFactories(of('factories')), slots(of('startds'))];
    },
    is: [false, ['pool-a Removed 2: 1 512 1024 0'], [], []],
  },
  // not asked for, but in the same form
  'condor_q-autocluster-4-clusters-100k-jobs.json': { read: (output) => parseAds(output).length, is: 4 },
  'condor_q-autocluster-mixed-counts-all-states.json': { read: (output) => parseAds(output).length, is: 6 },
  'condor_q-full-json-mixed-14-jobs.json': {
    read: (output) =>
      parseAds(output)
        .map((ad) => ad.number('JobStatus'))
        .sort(),
    is: [1, 1, 1, 1, 1, 1, 1, 1, 1, 2, 2, 2, 5, 5],
  },
  'condor_q-running-full-ads.json': {
    read: (output) => parseAds(output).map((ad) => ad.number('JobStatus')),
    is: [2, 2, 2, 2],
  },
  // what they say of a machine is read in outcomes.test.ts
  'condor_history-one-node-fails-at-once.json': {
    read: (output) => parseAds(output).filter((ad) => ad.number('ExitCode') === 1).length,
    is: 28,
  },
  'condor_q-starter-fails-on-one-node.json': {
    read: (output) => parseAds(output).map((ad) => ad.number('NumShadowStarts')),
    is: [3, 3, 4],
  },
  'condor_status-master-ads.json': {
    read: (output) => parseAds(output).map((ad) => ad.text('MyType')),
    is: ['DaemonMaster', 'DaemonMaster'],
  },
  'condor_status-schedd-ad.json': {
    read: (output) => parseAds(output).map((ad) => ad.text('MyType')),
    is: ['Scheduler'],
  },
  'condor_status-submitter-ads.json': {
    read: (output) => parseAds(output).map((ad) => ad.text('MyType')),
    is: ['Submitter'],
  },
  'condor_q-global-two-schedds.txt': { read: textOnly, is: 'refused' },
  'condor_q-held-af.txt': { read: textOnly, is: 'refused' },
  'condor_q-totals-100k-jobs.txt': { read: textOnly, is: 'refused' },
  'condor_q-totals-mixed.txt': { read: textOnly, is: 'refused' },
  'condor_status-absent-2-nodes.txt': { read: textOnly, is: 'refused' },
  'condor_status-draining-retiring-2-jobs-plus-idle-node.txt': { read: textOnly, is: 'refused' },
  'condor_status-pslot-4-dynamic-claimed-busy.long.txt': { read: textOnly, is: 'refused' },
};

describe('fixtures of a real master', () => {
  // what HTCondor says of jobs that wait is read in reasons.test.ts
  for (const name of readdirSync(FOLDER).filter((file) => !/^(?:analysis|rejection)-/.test(file))) {
    it(name, () => {
      const expectation = EXPECTED[name];
      if (!expectation) throw new Error(`${name}: say in this test what is to be read from it`);
      expect(expectation.read(read(name))).to.deep.equal(expectation.is);
    });
  }

  it('are all there', () => {
    expect(Object.keys(EXPECTED).filter((name) => !readdirSync(FOLDER).includes(name))).to.deep.equal([]);
  });
});
