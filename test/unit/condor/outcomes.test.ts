import { expect } from 'chai';
import { readFileSync } from 'node:fs';
import { rejectionOf, setUp } from './well.ts';

const fixture = (name: string): string =>
  readFileSync(new URL(`../../fixtures/condor/${name}`, import.meta.url), 'utf8');
const time = { stdout: '1795773000\n' };

describe('CondorMasterClient.outcomes', () => {
  it('counts by machine what the real HTCondor tells of a node on which jobs fail at once', async () => {
    const { client } = setUp({
      time,
      history: { stdout: fixture('condor_history-one-node-fails-at-once.json') },
      failing: { stdout: fixture('condor_q-starter-fails-on-one-node.json') },
    });
    const found = await client.outcomes(900);
    expect([...found.keys()].sort()).to.deep.equal(['n1', 'n2']);
    expect(found.get('n2')?.bad).to.equal(0);
    expect(found.get('n2')?.good).to.be.greaterThan(4);
    // three jobs that were begun 3, 3 and 4 times in vain, beside those of the history
    expect(found.get('n1')?.bad).to.be.greaterThan(10);
  });

  it('asks for what ended lately, and for no more than so many', async () => {
    const { fake, client } = setUp({ time, history: { stdout: '[\n]\n' } });
    expect(await client.outcomes(900)).to.deep.equal(new Map());
    const argv = fake.steps.map((step) => step.argv.join(' '));
    expect(argv[1]).to.contain('condor_history -completedsince 1795772100 -limit 2000 -scanlimit 5000');
    expect(argv[2]).to.contain('EnteredCurrentStatus > 1795772100');
  });

  it('jobs that were removed, and those that failed after they had worked, say nothing', async () => {
    const ads = [
      { LastRemoteHost: 'slot1_1@n1', JobStatus: 3, ExitBySignal: true, RemoteWallClockTime: 1 },
      { LastRemoteHost: 'slot1_1@n1', JobStatus: 4, ExitCode: 1, ExitBySignal: false, RemoteWallClockTime: 600 },
      { LastRemoteHost: 'slot1_2@N1', JobStatus: 4, ExitBySignal: true, RemoteWallClockTime: 2 },
      { JobStatus: 4, ExitCode: 1, ExitBySignal: false, RemoteWallClockTime: 1 },
    ];
    const { client } = setUp({ time, history: { stdout: JSON.stringify(ads) } });
    expect(await client.outcomes(900)).to.deep.equal(new Map([['n1', { bad: 1, good: 0 }]]));
  });

  it('one job that is begun again and again counts as ten at most', async () => {
    const failing = [{ LastRemoteHost: 'slot1_1@n1', JobStatus: 1, NumShadowStarts: 500, NumJobStarts: 0 }];
    const { client } = setUp({ time, history: { stdout: '[\n]\n' }, failing: { stdout: JSON.stringify(failing) } });
    expect((await client.outcomes(900)).get('n1')).to.deep.equal({ bad: 10, good: 0 });
  });

  it('half an answer is none', async () => {
    const { client } = setUp({ time, history: { code: 1, stderr: 'Error: no history' } });
    expect((await rejectionOf(client.outcomes(900))).message).to.contain('no history');
  });
});
