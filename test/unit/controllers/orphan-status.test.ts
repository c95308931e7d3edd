import { expect } from 'chai';
import { NO_REPORT, orphanCondition, type OrphanReport } from '../../../src/controllers/orphan-status.ts';
import { defaultOrphanSettings } from '../../../src/domain/orphans.ts';
import { vm } from './fixture.ts';

const say = (change: Partial<OrphanReport>): string => {
  const { status, reason, message } = orphanCondition('cloud-a', { ...NO_REPORT, ...change }, defaultOrphanSettings);
  return `${status} ${reason}: ${message}`;
};
const vms = (n: number): ReturnType<typeof vm>[] =>
  Array.from({ length: n }, (_, i) => vm({ id: `s${i}`, name: `n${i}` }));

describe('the condition NoOrphans', () => {
  for (const [change, said] of [
    [{}, 'true None: each server of ours has its EhosNode'],
    [{ elsewhere: vms(2) }, 'true None: each server of ours has its EhosNode; 2 servers of clouds not served here'],
    [{ waiting: vms(1) }, 'false Waiting: 1 server (n0 s0) has no EhosNode; what stays so for 10 min gets one again'],
    [
      { untold: vms(7) },
      'false Untold: 7 servers (n0 s0, n1 s1, n2 s2, n3 s3, n4 s4 and 2 more) with our tag have no EhosNode, and nothing on them says which pool they are of: they are not touched',
    ],
    [
      { braked: { servers: vms(4), of: 20, confirmation: '4-abc' }, waiting: vms(1) },
      'false Brake: 4 servers (n0 s0, n1 s1, n2 s2, n3 s3) of our 20 servers have neither EhosNode nor pool, more than 3 and 10 % at once: none is removed before you say so: kubectl annotate ehoscloud cloud-a --overwrite ehos.io/confirm-orphans=4-abc',
    ],
    [{ problem: 'no answer', waiting: vms(1) }, 'Unknown CannotTell: no answer'],
  ] as const)
    it(said.slice(0, 60), () => expect(say(change)).to.equal(said));
});
