/** One line of what HTCondor says of a job that waits: LastRejMatchReason, and the essence of its analysis. */
import { cut, oneLine } from '../base/text.ts';
import type { StepResult } from '../base/remote-script.ts';
import { parseAnalysis } from './analysis.ts';
import { parseAds, type Ad } from './classad.ts';

/** Characters of the whole line, and of the conditions in it: these are the users' own texts. */
const MOST = 500;
const MOST_OF_CONDITIONS = 250;

/** `rejection` is of `queryRejection`, `analysis` of `analyseJob`. Undefined when the job has left the queue, or is idle no more. */
export function reasonOf(rejection: StepResult, analysis: StepResult): string | undefined {
  const ad = adOf(rejection);
  if (rejection.code === 0 && ad?.number('JobStatus') !== 1) return undefined;
  const parts = [...(ad === undefined ? [] : [refusalOf(ad)]), ...analysisOf(analysis)];
  return shortened(oneLine(parts.join('; ')), MOST);
}

function adOf({ code, stdout }: StepResult): Ad | undefined {
  if (code !== 0) return undefined;
  try {
    return parseAds(stdout)[0];
  } catch {
    return undefined;
  }
}

/**
 * Of jobs that are alike only the first is told, and one whose submitter has reached a ceiling is told nothing (measured). Reasons that were
 * seen: "no match found ", "concurrency limit NAME reached ", "submitter limit exceeded ".
 */
function refusalOf(ad: Ad): string {
  const reason = ad.text('LastRejMatchReason')?.trim();
  const at = ad.number('LastRejMatchTime');
  if (reason === undefined || reason === '') return 'no refusal by the negotiator is recorded';
  return at === undefined ? reason : `${reason} (${timeOf(at)})`;
}

function timeOf(seconds: number): string {
  const date = new Date(seconds * 1000);
  return Number.isNaN(date.getTime()) ? 'at no time' : `${date.toISOString().slice(0, 19)}Z`;
}

function analysisOf(step: StepResult): string[] {
  if (step.code !== 0)
    return [`no analysis: ${shortened(oneLine(step.stderr || step.stdout), 200) || `exit code ${step.code}`}`];
  const { unmet, machines } = parseAnalysis(step.stdout);
  if (machines === undefined)
    return [unmet.length > 0 ? 'HTCondor has no machine to analyse it with' : firstWords(step)];
  const counts = machines.counts.map((count) => `${count.machines} ${count.words}`).join(', ');
  const summary = `of ${machines.total} machines ${counts === '' ? 'none is told of' : counts}`;
  // what no slot meets is the reason only where machines are refused by the job; conditions of a running pool may be met by none just now
  const refuses = machines.counts.some(({ words }) => words.includes('rejected by your job'));
  return [...(refuses && unmet.length > 0 ? [`no slot meets ${conditionsIn(unmet)}`] : []), summary];
}

function conditionsIn(unmet: string[]): string {
  return shortened(oneLine(unmet.join(', nor ')), MOST_OF_CONDITIONS);
}

/** The first line that says something, of a form that is not known. */
function firstWords({ stdout }: StepResult): string {
  const line = stdout.split('\n').find((text) => /\w/.test(text) && !text.startsWith('-- '));
  return shortened(oneLine(line ?? 'no analysis'), 200);
}

function shortened(text: string, most: number): string {
  return text.length <= most ? text : `${cut(text, most - 1)}…`;
}
