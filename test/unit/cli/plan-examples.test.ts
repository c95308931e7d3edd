import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { expect } from 'chai';
import { planReport, type PlanReport } from '../../../src/cli/plan-report.ts';
import { planText } from '../../../src/cli/plan-text.ts';
import { readSnapshot } from '../../../src/snapshot/read.ts';

const folder = new URL('../../../config/snapshots/', import.meta.url);
const examples = readdirSync(folder).filter((name) => name.endsWith('.yaml'));

function reportOf(example: string, edit: (text: string) => string = (text) => text): PlanReport {
  const text = readFileSync(new URL(example, folder), 'utf8');
  const edited = edit(text);
  const read = readSnapshot(edited, 0);
  if ('problems' in read) throw new Error(`${example}: ${read.problems.join('\n')}`);
  return planReport(read.snapshot);
}

describe('the example snapshots', () => {
  it('are all there', () => expect(examples).to.have.members(['small.yaml', 'shared-quota.yaml', 'phantoms.yaml']));

  for (const example of examples) {
    it(`${example} is planned as golden/${example.replace('yaml', 'txt')} says`, () => {
      const golden = new URL(`golden/${example.replace('yaml', 'txt')}`, import.meta.url);
      const text = planText(reportOf(example));
      if (process.env.UPDATE_GOLDEN === '1') writeFileSync(golden, text);
      expect(text).to.equal(readFileSync(golden, 'utf8'));
    });

    it(`${example} names itself in the command that it gives`, () =>
      expect(readFileSync(new URL(example, folder), 'utf8')).to.contain(`ehos plan -f config/snapshots/${example}`));

    it(`${example} never passes a limit`, () => {
      for (const { resources } of reportOf(example).clouds)
        for (const { limit, after } of Object.values(resources).flat())
          if (limit !== null) expect(after).to.be.at.most(limit);
    });
  }

  it('show that two pools spend no quota twice, and that the small one gets what it needs', () => {
    const { pools, clouds } = reportOf('shared-quota.yaml');
    const imaging = pools.find(({ name }) => name === 'imaging');
    expect(imaging?.creates.map(({ count }) => count)).to.deep.equal([3]);
    expect(clouds[0]?.resources.cores).to.deep.equal([{ by: 'quota', limit: 160, used: 148, after: 160 }]);
  });

  it('answer "what if cloud west were gone?" when its entry is deleted', () => {
    const { pools } = reportOf('shared-quota.yaml', (text) => text.replace(/ {2}- name: west\n(?: {4}.*\n)+/, ''));
    expect(pools.flatMap(({ creates }) => creates).filter(({ cloud }) => cloud === 'west')).to.deep.equal([]);
    expect(pools[0]?.limited?.message).to.contain('west: the snapshot has no such cloud');
  });

  it('answer "what if there were more quota?" when its limit is raised', () => {
    const nodes = ({ pools }: PlanReport): number =>
      pools.flatMap(({ creates }) => creates).reduce((sum, { count }) => sum + count, 0);
    const more = reportOf('shared-quota.yaml', (text) =>
      text.replace('limit: 160, used: 148', 'limit: 260, used: 148'),
    );
    expect(nodes(more)).to.be.greaterThan(nodes(reportOf('shared-quota.yaml')));
  });

  it('tell hopeless and phantom jobs apart from demand', () => {
    const [pool] = reportOf('phantoms.yaml').pools;
    expect(pool?.unsatisfiable.map(({ count, cpus }) => [count, cpus])).to.deep.equal([
      [2, 8],
      [1, 64],
    ]);
    expect(pool?.phantoms.map(({ count, until }) => [count, until])).to.deep.equal([[40, '2026-01-31T12:05:00.000Z']]);
    expect(pool?.removals.map(({ node }) => node)).to.deep.equal(['general-old']);
    expect(pool?.creates.map(({ flavor }) => flavor)).to.not.include('m1.xlarge');
  });
});
