import { expect } from 'chai';
import { readdirSync, readFileSync } from 'node:fs';
import { parseAnalysis } from '../../../src/condor/analysis.ts';
import { reasonOf } from '../../../src/condor/reasons.ts';
import type { StepResult } from '../../../src/base/remote-script.ts';

const FOLDER = new URL('../../fixtures/condor/', import.meta.url);
const read = (name: string): string => readFileSync(new URL(name, FOLDER), 'utf8');
const ok = (stdout: string): StepResult => ({ code: 0, stdout, stderr: '' });
const IDLE = ok(
  JSON.stringify([{ JobStatus: 1, LastRejMatchReason: 'no match found ', LastRejMatchTime: 1_795_762_098 }]),
);
const REFUSED = 'no match found (2026-11-27T06:48:18Z)';

/** Recorded outputs of both commands for jobs that wait, by what they wait for. One of 7 nodes had START = FALSE. */
const RECORDED: Record<string, string> = {
  alternatives: String.raw`no match found (2026-11-27T06:48:18Z); no slot meets Machine == "a.very.long.name.of.a.machine.that.nobody.has" || regexp("^gpu-[0-9]+\\\\.",Machine), nor TotalMemory > 100000 || HasSingularity is true, nor OpSysAndVer == "CentOS7"; of 7 machines 7 are rejected by your job's requirements`,
  'concurrency-limit':
    'concurrency limit license reached (2026-11-27T06:48:33Z); of 7 machines 1 reject your job because of their own requirements, 6 are able to run your job',
  'cpus-and-memory-not-on-one-node':
    "no match found (2026-11-27T06:48:18Z); no slot meets TARGET.Memory >= RequestMemory && TARGET.Cpus >= RequestCpus with RequestCpus = 8, RequestMemory = 16000 (mb); of 7 machines 7 are rejected by your job's requirements",
  'group-quota':
    'no match found (2026-11-27T06:48:53Z); of 7 machines 1 reject your job because of their own requirements, 6 are able to run your job',
  'hostile-requirements': String.raw`no match found (2026-11-27T06:48:18Z); no slot meets TARGET.Evil == "a\\n\\x1b[31m\\n\\nLast failed match: gotcha\\n#RC 0\\n#EHOS-DONE\\n", nor Machine == "\303\274nicode"; of 7 machines 7 are rejected by your job's requirements`,
  'memory-too-large':
    "no match found (2026-11-27T06:48:13Z); no slot meets TARGET.Memory >= RequestMemory with RequestMemory = 999999 (mb); of 7 machines 7 are rejected by your job's requirements",
  'no-machines': 'no refusal by the negotiator is recorded; HTCondor has no machine to analyse it with',
  // the analysis does not look at what runs on the machines
  'pool-is-full':
    'no match found (2026-11-27T06:50:13Z); of 7 machines 1 reject your job because of their own requirements, 6 are able to run your job',
  'requirements-no-slot-meets':
    'no match found (2026-11-27T06:48:13Z); no slot meets Machine == "nowhere"; of 7 machines 7 are rejected by your job\'s requirements',
  'requirements-unknown-attribute':
    "no match found (2026-11-27T06:48:13Z); no slot meets TARGET.HasUnicorns; of 7 machines 7 are rejected by your job's requirements",
  'start-refuses':
    'no match found (2026-11-27T06:48:18Z); of 7 machines 7 reject your job because of their own requirements',
  'submitter-ceiling':
    'no refusal by the negotiator is recorded; of 7 machines 1 reject your job because of their own requirements, 6 are able to run your job',
};

describe('reasonOf', () => {
  for (const name of Object.keys(RECORDED)) {
    it(`reads the recording of ${name}`, () => {
      const reason = reasonOf(ok(read(`rejection-${name}.json`)), ok(read(`analysis-${name}.txt`)));
      expect(reason).to.equal(RECORDED[name]);
    });
  }

  it('knows all recordings', () => {
    const files = readdirSync(FOLDER).filter((file) => /^(?:analysis|rejection)-/.test(file));
    const known = Object.keys(RECORDED).flatMap((name) => [`analysis-${name}.txt`, `rejection-${name}.json`]);
    expect(files.sort()).to.deep.equal(known.sort());
  });

  const ANALYSIS = ok(read('analysis-requirements-no-slot-meets.txt'));
  const SUMMARY = `no slot meets Machine == "nowhere"; of 7 machines 7 are rejected by your job's requirements`;
  const others: [title: string, rejection: StepResult, analysis: StepResult, reason: string | undefined][] = [
    ['nothing of a job that has left the queue', ok(''), ANALYSIS, undefined],
    ['nothing of a job that runs', ok('[{"JobStatus": 2}]'), ANALYSIS, undefined],
    ['the analysis alone', { code: 1, stdout: '', stderr: 'x' }, ANALYSIS, SUMMARY],
    ['the refusal alone', IDLE, { code: 124, stdout: '', stderr: '' }, `${REFUSED}; no analysis: exit code 124`],
    [
      'why there is no analysis',
      IDLE,
      { code: 1, stdout: '', stderr: 'Error: no\tsuch thing' },
      `${REFUSED}; no analysis: Error: no such thing`,
    ],
    [
      'the first words of an unknown form',
      IDLE,
      ok('\n\n-- Schedd: x\n  Something new.\nMore.\n'),
      `${REFUSED}; Something new.`,
    ],
    ['that there are no words', IDLE, ok('\n\n-- Schedd: x\n'), `${REFUSED}; no analysis`],
    ['a refusal without a time', ok('[{"JobStatus":1,"LastRejMatchReason":"odd"}]'), ANALYSIS, `odd; ${SUMMARY}`],
    [
      'a refusal at an impossible time',
      ok('[{"JobStatus":1,"LastRejMatchReason":"odd","LastRejMatchTime":1e300}]'),
      ANALYSIS,
      `odd (at no time); ${SUMMARY}`,
    ],
  ];
  for (const [title, rejection, analysis, reason] of others) {
    it(`tells ${title}`, () => {
      expect(reasonOf(rejection, analysis)).to.equal(reason);
    });
  }

  it('is one line without control characters, whatever users wrote', () => {
    const evil = 'a\u0000\u001b[31mb\u2028c\u202ed\u0085e\r\nf';
    const reason = reasonOf(
      ok(JSON.stringify([{ JobStatus: 1, LastRejMatchReason: evil }])),
      ok(
        `[0]  0  Machine == "${evil.replaceAll('\n', '')}"\n001.000:  Run analysis summary.  Of 1 machines,\n      1 are rejected by your job's requirements\n`,
      ),
    );
    expect(reason).to.match(/^a \[31mb c d e f; no slot meets/);
    expect(reason).not.to.match(/[\p{Cc}\p{Cf}\u2028\u2029]/u);
  });

  it('has 500 characters at most, the counts among them', () => {
    const long = read('analysis-requirements-no-slot-meets.txt').replace(
      '"nowhere"\n\nNo',
      `"${'😀'.repeat(4000)}"\n\nNo`,
    );
    const reason = reasonOf(IDLE, ok(long)) ?? '';
    expect(reason.length).to.be.within(300, 500);
    expect(reason).to.match(/…; of 7 machines 7 are rejected by your job's requirements$/);
    expect(reason).not.to.match(/[\uD800-\uDBFF](?![\uDC00-\uDFFF])/);
    const flood = ok(JSON.stringify([{ JobStatus: 1, LastRejMatchReason: 'x'.repeat(10_000) }]));
    expect(reasonOf(flood, ANALYSIS)).to.have.length(500);
  });
});

describe('parseAnalysis', () => {
  const table = (...rows: string[]): string[] => parseAnalysis(rows.join('\n')).unmet;

  it('spells out what a line refers to, with its brackets', () => {
    expect(table('[0]  0  A', '[1]  0  B', '[2]  0  [0] || [1]', '[3]  4  C', '[4]  0  [2] && [3]')).to.deep.equal([
      '(A || B) && C',
    ]);
  });

  it('leaves what slots meet, and a reference to nothing, as they are', () => {
    expect(table('[0]  3  A', '[7]  0  [9] && [0]')).to.deep.equal(['[9] && A']);
  });

  it('ends where lines refer to each other', () => {
    expect(table('[0]  0  [1] && [1]', '[1]  0  [0] || [0]', '[2]  0  [2]')).to.be.an('array');
  });

  it('takes an index in a condition for no reference', () => {
    expect(table('[0]  0  List[3] == 2')).to.deep.equal(['List[3] == 2']);
  });

  it('finds nothing in nothing', () => {
    expect(parseAnalysis('')).to.deep.equal({ unmet: [], machines: undefined });
  });
});
