import { expect } from 'chai';
import type { EhosCloud, EhosMaster, EhosNodePool } from '../../../../src/api/resources.ts';
import { statusReport, type StatusReport } from '../../../../src/cli/status/report.ts';
import { statusText } from '../../../../src/cli/status/text.ts';
import { plain } from '../../../../src/cli/style.ts';

const NOW = Date.parse('2026-01-01T12:00:00Z');
const condition = (type: string, status: 'True' | 'False', reason: string, message: string) => ({
  type,
  status,
  reason,
  message,
  lastTransitionTime: '2026-01-01T11:00:00Z',
});
const POOL: EhosNodePool = {
  metadata: { name: 'general', namespace: 'science' },
  spec: { masterRef: { name: 'main' }, maxNodes: 10, clouds: [{ name: 'east' }] },
  status: {
    nodes: 3,
    desiredNodes: 5,
    busy: 2,
    idle: 1,
    jobs: {
      idle: 12,
      running: 2,
      held: 0,
      unsatisfiable: [{ count: 4, reason: 'r' }],
      phantom: [{ count: 2, since: '', until: '' }],
    },
    lastDecision: { what: 'create 2 nodes', why: '12 idle jobs', when: '2026-01-01T11:58:30Z' },
    conditions: [
      condition('Ready', 'True', 'AllWell', ''),
      condition('ScalingLimited', 'True', 'Quota', 'cores of east'),
    ],
  },
};
const CLOUD: EhosCloud = {
  metadata: { name: 'east', namespace: 'science' },
  spec: { openstack: { identityRef: { name: 's', cloudName: 'c' } } },
  status: {
    nodes: { total: 3 },
    foreignInstances: 1,
    quota: { instances: { used: 4, limit: 10 }, cores: { used: 16, limit: -1 }, memory: { used: 2048, limit: 4096 } },
    conditions: [condition('Ready', 'False', 'AuthenticationFailed', '401')],
  },
};
const MASTER: EhosMaster = {
  metadata: { name: 'main', namespace: 'science' },
  spec: { ssh: { host: 'm', user: 'u', privateKeyRef: { name: 'k' } }, condor: { host: 'm' } },
};

describe('ehos status', () => {
  const report = (more: Partial<Parameters<typeof statusReport>[0]> = {}): StatusReport =>
    statusReport({ clouds: [CLOUD], masters: [MASTER], pools: [POOL], nodes: [], ...more }, { problem: 'no pod' }, NOW);

  it('puts what a pool says into numbers and words', () => {
    const [pool] = report().pools;
    expect(pool).to.deep.include({
      jobs: { idle: 12, running: 2, held: 0, unsatisfiable: 4, phantom: 2 },
      nodes: { total: 3, desired: 5, max: 10, busy: 2, idle: 1, starting: 0, draining: 0, lost: 0 },
      limited: 'Quota: cores of east',
      ready: 'True',
    });
  });

  it('tells what nobody has looked at yet, and what is not ready', () => {
    const { masters, clouds } = report();
    expect(masters[0]).to.include({ ready: 'Unknown', problem: 'no operator has looked at it yet' });
    expect(clouds[0]).to.include({ ready: 'False', problem: 'AuthenticationFailed: 401' });
  });

  it('says it for people', () => {
    const text = statusText(report(), plain);
    expect(text).to.match(/^general +3 +5 +10 +2 +1 +0 +0 +0 +12 {2}Active {2}True$/m);
    expect(text).to.match(/^east +3 +1 {2}4 of 10 {2}16 +2 GiB of 4 GiB {2}False$/m);
    expect(text).to.include(
      'pool general\n  create 2 nodes (1m30s ago)\n  why: 12 idle jobs\n  limited: Quota: cores of east\n',
    );
    expect(text).to.include('4 idle jobs that no node could run: ehos why general');
    expect(text).to.include('east: AuthenticationFailed: 401');
    expect(text).to.match(/\nno picture of the last hour: no pod\n$/);
  });

  it('names the namespace only where there are several', () => {
    const other = { ...POOL, metadata: { ...POOL.metadata, namespace: 'other' } };
    expect(statusText(report(), plain)).to.not.include('science/');
    expect(statusText(report({ pools: [POOL, other] }), plain))
      .to.match(/^science\/general /m)
      .and.match(/^other\/general /m);
  });

  it('says what to do where there is no pool', () =>
    expect(statusText(report({ pools: [] }), plain)).to.match(/^there is no EhosNodePool: ehos init /));
});
