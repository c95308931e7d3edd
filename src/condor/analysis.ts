/**
 * The text of `condor_q -better-analyze ID`, which has no machine-readable form. Recorded outputs of 23.9.6: test/fixtures/condor/analysis-*.txt.
 * It counts slots in the table of conditions, and machines in the summary; it ignores what runs on them: of a full pool it says that all
 * its machines "are able to run your job".
 */

export interface Analysis {
  /** Conditions of the job's Requirements that no slot meets, with what the job asks for. */
  unmet: string[];
  /** `Of 5 machines,` and the lines under it whose number is not 0; undefined where there is no summary, as in a pool without machines. */
  machines: { total: number; counts: { machines: number; words: string }[] } | undefined;
}

/** One line of the table: `[8]           0  [5] && [7]`. */
interface Condition {
  step: string;
  slots: number;
  text: string;
}

export function parseAnalysis(output: string): Analysis {
  const lines = output.split('\n');
  return { unmet: unmetOf(conditionsOf(lines), attributesOf(lines)), machines: machinesOf(lines) };
}

function conditionsOf(lines: string[]): Condition[] {
  return lines.flatMap((line) => {
    const [, step, slots, text] = /^\[(\d+)\]\s+(\d+)\s+(\S.*)$/s.exec(line) ?? [];
    return step === undefined || text === undefined ? [] : [{ step, slots: Number(slots), text: text.trim() }];
  });
}

/** `    RequestMemory = 999999 (mb)`, under `Job 7.000 defines the following attributes:`. */
function attributesOf(lines: string[]): Map<string, string> {
  const start = lines.findIndex((line) => /^Job \d+\.\d+ defines the following attributes:/.test(line));
  if (start < 0) return new Map();
  const end = lines.findIndex((line, i) => i > start + 1 && line.trim() === '');
  return new Map(
    lines.slice(start, end < 0 ? undefined : end).flatMap((line) => {
      const [, name, value] = /^ {4}(\w+) = (.+)$/s.exec(line) ?? [];
      return name === undefined || value === undefined ? [] : [[name, value.trim()]];
    }),
  );
}

/** A line that is a part of another which no slot meets either is told there. */
function unmetOf(conditions: Condition[], attributes: Map<string, string>): string[] {
  const none = conditions.filter(({ slots }) => slots === 0);
  const parts = new Set(none.flatMap(({ text }) => stepsIn(text)));
  const texts = new Map(conditions.map(({ step, text }) => [step, text]));
  return none
    .filter(({ step }) => !parts.has(step))
    .map(({ text }) => {
      const whole = spelledOut(text, texts, 0);
      const asked = [...attributes].filter(([name]) => new RegExp(`\\b${name}\\b`).test(whole));
      return asked.length === 0
        ? whole
        : `${whole} with ${asked.map(([name, value]) => `${name} = ${value}`).join(', ')}`;
    });
}

/** `[5] && [7]` refers to other lines. */
function stepsIn(text: string): string[] {
  return isCombination(text) ? [...text.matchAll(/\[(\d+)\]/g)].map(([, step = '']) => step) : [];
}

function isCombination(text: string): boolean {
  return /^[\s!()&|?:]*\[\d+\](?:[\s!()&|?:]|\[\d+\])*$/.test(text);
}

function spelledOut(text: string, texts: Map<string, string>, depth: number): string {
  if (!isCombination(text) || depth > 20) return text;
  const part = (step: string): string => {
    const whole = texts.get(step);
    if (whole === undefined) return `[${step}]`;
    const spelled = spelledOut(whole, texts, depth + 1);
    return isCombination(whole) ? `(${spelled})` : spelled;
  };
  return text.replace(/\[(\d+)\]/g, (_, step: string) => part(step));
}

function machinesOf(lines: string[]): Analysis['machines'] {
  const start = lines.findIndex((line) => /^\d+\.\d+:\s+Run analysis summary\b/.test(line));
  const [, total] = /\bOf (\d+) machines/.exec(lines[start] ?? '') ?? [];
  if (total === undefined) return undefined;
  const counts: { machines: number; words: string }[] = [];
  for (const line of lines.slice(start + 1)) {
    const [, machines, words] = /^\s+(\d+) (\S.*)$/.exec(line) ?? [];
    if (words === undefined) break;
    if (Number(machines) > 0) counts.push({ machines: Number(machines), words: words.trim() });
  }
  return { total: Number(total), counts };
}
