import { mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { parse } from 'yaml';
import type { PlanReport } from '../../../src/cli/plan-report.ts';
import { ehos, ended, startEhos } from './command.ts';

const SHARED = 'config/snapshots/shared-quota.yaml';

describe('ehos plan', function () {
  this.timeout(60_000);
  let folder: string;
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'ehos-plan-test-'));
  });
  after(() => rmSync(folder, { recursive: true, force: true }));

  const write = (name: string, text: string): string => {
    const file = join(folder, name);
    writeFileSync(file, text);
    return file;
  };

  it('prints the plan of each pool, and what it does to each cloud: exit code 0', async () => {
    const { code, stdout, stderr } = await ehos(['plan', '-f', SHARED]);
    expect({ code, stderr }).to.deep.equal({ code: 0, stderr: '' });
    expect(stdout)
      .to.match(/^pool genomics\n {2}what +create /m)
      .and.match(/^pool imaging\n/m);
    expect(stdout).to.match(/^ {2}east +cores +148 +160 +160 {2}quota$/m);
  });

  it('prints one pool, planned beside the others', async () => {
    const { code, stdout } = await ehos(['plan', '-f', SHARED, '--pool', 'imaging']);
    expect(code).to.equal(0);
    expect(stdout)
      .to.match(/^pool imaging$/m)
      .and.not.match(/^pool genomics$/m);
  });

  it('prints the same as JSON and as YAML', async () => {
    const [json, yaml] = await Promise.all(['json', 'yaml'].map((form) => ehos(['plan', '-f', SHARED, '-o', form])));
    const report = JSON.parse(json?.stdout ?? '') as PlanReport;
    expect(report).to.include({ apiVersion: 'ehos.io/v1alpha1', kind: 'EhosPlan', namespace: 'science' });
    expect(report.pools[1]?.creates).to.deep.equal([
      { count: 3, flavor: 'm1.large', cloud: 'east', reason: 'for 2 jobs of 2 cores 3 GiB' },
    ]);
    expect(report.unmatchedJobs).to.deep.equal([{ master: 'main', pool: 'genomic', jobs: 12 }]);
    expect(parse(yaml?.stdout ?? '')).to.deep.equal(report);
  });

  it('reads standard input', async () => {
    const child = startEhos(['plan', '-f', '-', '-o', 'json']);
    child.stdin.end(`{"apiVersion": "ehos.io/v1alpha1", "kind": "EhosSnapshot", "pools": []}`);
    const { code, stdout } = await ended(child);
    expect(code).to.equal(0);
    expect((JSON.parse(stdout) as PlanReport).pools).to.deep.equal([]);
  });

  it('ends without a word when its reader has seen enough', async () => {
    const child = startEhos(['plan', '-f', SHARED]);
    child.stdout.destroy();
    expect(await ended(child)).to.deep.include({ stderr: '' });
  });

  describe('refuses with exit code 2, on standard error only, and never with a stack trace:', () => {
    const cases: [what: string, file: () => string, words: RegExp][] = [
      ['a file that is not there', () => join(folder, 'none'), /^ehos: .*none: there is no such file\n$/],
      ['a directory', () => folder, /^ehos: .*: it is a directory: give a file, or - for standard input\n$/],
      ['an empty file', () => write('empty', ''), /^ehos: .*empty: the snapshot is refused:\n {2}it is empty: .*\n$/],
      ['broken YAML', () => write('broken', 'a: [1\nb: 2\n'), /refused:\n {2}.* at line 2, column 1\n$/],
      [
        'wrong values',
        () => write('wrong', 'apiVersion: ehos.io/v1alpha1\nkind: EhosSnapshot\npools: 3\n'),
        /\n {2}line 3: pools: 3 is not/,
      ],
      ['a binary file', () => write('binary', '\u0000\u0001\u0002'), /refused:\n {2}/],
    ];
    for (const [what, file, words] of cases)
      it(what, async () => {
        const { code, stdout, stderr } = await ehos(['plan', '-f', file()]);
        expect({ code, stdout }).to.deep.equal({ code: 2, stdout: '' });
        expect(stderr)
          .to.match(words)
          .and.not.match(/^ {4}at /m);
      });

    it('a file of 100 MB, without reading it', async () => {
      const file = write('large', '');
      truncateSync(file, 100_000_000);
      const { code, stderr } = await ehos(['plan', '-f', file]);
      expect({ code, stderr }).to.deep.equal({ code: 2, stderr: `ehos: ${file}: it has 96 MiB, the most is 64 MiB\n` });
    });

    it('a pool that is not there, and says which is meant', async () => {
      const { code, stderr } = await ehos(['plan', '-f', SHARED, '--pool', 'imagin']);
      expect({ code, stderr }).to.deep.equal({
        code: 2,
        stderr: `ehos: --pool: ${SHARED} has no pool "imagin": did you mean "imaging"?\n`,
      });
    });
  });
});
