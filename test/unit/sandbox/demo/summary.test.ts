import { expect } from 'chai';
import type { Observer } from '../../../../src/sandbox/demo/observer.ts';
import type { RunningProgram } from '../../../../src/sandbox/demo/program.ts';
import { summarize } from '../../../../src/sandbox/demo/summary.ts';
import type { Figures } from '../../../../src/controllers/figures.ts';
import type { Sandbox } from '../../../../src/sandbox/sandbox.ts';

interface Truth {
  submitted: number;
  starts: number[];
  created: number;
  deleted: number;
  left: number;
  clouds: string[];
}

const good: Truth = {
  submitted: 3,
  starts: [1, 1, 1],
  created: 2,
  deleted: 2,
  left: 0,
  clouds: ['cloud-b', 'cloud-a'],
};

function summaryOf(change: Partial<Truth>): { ok: boolean; text: string } {
  const truth = { ...good, ...change };
  const events = [
    ...Array.from({ length: truth.created }, () => ({ type: 'requested' })),
    ...Array.from({ length: truth.deleted }, () => ({ type: 'gone' })),
  ];
  const sandbox = {
    pool: { history: () => truth.starts.map((starts) => ({ starts })) },
    openstack: { events, servers: () => Array.from({ length: truth.left }) },
  } as unknown as Sandbox;
  const observer = { clouds: new Set(truth.clouds), peak: 2, firstJob: 1.25, lastJob: 9.96 } as unknown as Observer;
  const calls = [
    { kind: 'kubernetes', request: 'get', code: '200', count: 1000 },
    { namespace: 'default', cloud: 'cloud-a', kind: 'compute', request: 'GET servers', code: '200', count: 4 },
    { namespace: 'default', cloud: 'cloud-b', kind: 'compute', request: 'GET servers', code: '200', count: 3 },
  ];
  const commands = [{ namespace: 'default', master: 'master', kind: 'poll', request: 'poll', code: 'ok', count: 5 }];
  const figures: Pick<Figures, 'calls' | 'commands'> = { calls, commands };
  const operator = { operator: { figures: () => figures } } as unknown as RunningProgram;
  return summarize({ observer, sandbox, operator, submitted: truth.submitted });
}

const wrongLines = (text: string): string[] => text.split('\n').filter((line) => line.endsWith('<-- WRONG'));

describe('the summary of the demo', () => {
  it('of a run in which all went well', () => {
    const { ok, text } = summaryOf({});
    expect(ok).to.equal(true);
    expect(wrongLines(text)).to.deep.equal([]);
    for (const line of ['cloud-a, cloud-b', '3 = 3', '3 of 3', '2 = 2', '1.3 s', '10.0 s', ' 7', ' 5'])
      expect(text).to.include(line);
  });

  for (const [what, change, line] of [
    ['a job is missing', { starts: [1, 1] }, /jobs submitted = completed +3 = 2/],
    ['a job was started twice', { starts: [1, 2, 1] }, /each started exactly once +2 of 3/],
    ['a server was not deleted', { deleted: 1 }, /servers created = deleted +2 = 1/],
    ['a server is left', { left: 1 }, /servers left +1/],
    ['no server was made', { created: 0, deleted: 0, clouds: [] }, /servers created = deleted +0 = 0/],
    ['one of two clouds was not used', { clouds: ['cloud-a'] }, /clouds used +cloud-a/],
  ] as const)
    it(`points at the line when ${what}`, () => {
      const { ok, text } = summaryOf({
        ...change,
        ...('starts' in change ? { starts: [...change.starts] } : {}),
      } as Partial<Truth>);
      expect(ok).to.equal(false);
      expect(
        wrongLines(text).some((candidate) => line.test(candidate)),
        text,
      ).to.equal(true);
    });

  it('a single server needs no second cloud', () =>
    expect(summaryOf({ created: 1, deleted: 1, clouds: ['cloud-a'] }).ok).to.equal(true));
});
