/** `condor_q -better-analyze`: why a job is not matched (forms: fixtures analysis-*.txt; times in UTC). */
import { textOf, type Ad } from '../pool/classad.ts';
import { classadText } from '../pool/classad-text.ts';
import { compileExpression, resolve } from '../pool/expression.ts';
import { jobAd, queueAd, type JobOnQueue } from '../pool/job-ads.ts';
import { JobStatus, type JobShape } from '../pool/jobs.ts';

interface Condition {
  text: string;
  /** Of each slot, in their order. */
  met: boolean[];
}

/** One job's part of the output. */
export function analysisOf(job: JobOnQueue, slots: readonly Ad[]): string {
  const { shape } = job.cluster;
  const id = `${job.cluster.id}.${String(job.proc).padStart(3, '0')}`;
  const conditions = requirementsOf(shape).map((text) => ({
    text,
    met: slots.map((slot) => holds(text, shape, slot)),
  }));
  return [
    `The Requirements expression for job ${id} is\n`,
    `    ${conditions.map(({ text }) => `(${text})`).join(' &&\n    ')}\n`,
    `Job ${id} defines the following attributes:\n`,
    ...requestsOf(shape),
    `\nThe Requirements expression for job ${id} reduces to these conditions:\n`,
    tableOf(conditions),
    ...stateOf(job, id.padStart(7, '0')),
    slots.length === 0 ? '' : summaryOf(conditions, shape, slots, id.padStart(7, '0')),
    '',
  ].join('\n');
}

/** The user's own conditions, and those that condor_submit adds: of cores only when it is more than one (measured). */
function requirementsOf({ requirements, cpus, gpus }: JobShape): string[] {
  return [
    ...(requirements === undefined ? [] : conjuncts(requirements)),
    'TARGET.Arch == "X86_64"',
    'TARGET.OpSys == "LINUX"',
    'TARGET.Disk >= RequestDisk',
    'TARGET.Memory >= RequestMemory',
    ...(cpus > 1 ? ['TARGET.Cpus >= RequestCpus'] : []),
    ...(gpus === undefined ? [] : ['TARGET.GPUs >= RequestGPUs']),
    'TARGET.HasFileTransfer',
  ];
}

/** The parts that `&&` joins outside of all brackets and literals. */
function conjuncts(expression: string): string[] {
  const text = withoutBrackets(expression.trim());
  const parts: string[] = [];
  let depth = 0;
  let start = 0;
  for (const { 0: token, index } of text.matchAll(/"(?:[^"\\]|\\.)*"|[(){}]|&&/g)) {
    if (token === '(' || token === '{') depth++;
    else if (token === ')' || token === '}') depth--;
    else if (token === '&&' && depth === 0) {
      parts.push(text.slice(start, index));
      start = index + token.length;
    }
  }
  if (start === 0) return [text.replaceAll('=?=', 'is').replaceAll('=!=', 'isnt')];
  return [...parts, text.slice(start)].flatMap(conjuncts);
}

/** Without the pair of brackets around the whole. */
function withoutBrackets(text: string): string {
  if (!text.startsWith('(') || !text.endsWith(')')) return text;
  const inner = text.slice(1, -1);
  let depth = 0;
  for (const { 0: token } of inner.matchAll(/"(?:[^"\\]|\\.)*"|[()]/g)) {
    if (token === '(') depth++;
    else if (token === ')' && --depth < 0) return text;
  }
  return withoutBrackets(inner.trim());
}

function holds(text: string, shape: JobShape, slot: Ad): boolean {
  try {
    return compileExpression(text)({ my: jobAd(shape), target: slot }) === true;
  } catch {
    return false;
  }
}

function requestsOf(shape: JobShape): string[] {
  const ad = jobAd(shape);
  const units: Record<string, string> = { RequestDisk: ' (kb)', RequestMemory: ' (mb)' };
  const names = [
    ...(shape.cpus > 1 ? ['RequestCpus'] : []),
    'RequestDisk',
    ...(shape.gpus === undefined ? [] : ['RequestGPUs']),
    'RequestMemory',
  ];
  return names.map((name) => `    ${name} = ${classadText(resolve(ad, name))}${units[name] ?? ''}`);
}

function tableOf(conditions: readonly Condition[]): string {
  const count = ({ met }: Condition): number => met.filter(Boolean).length;
  const line = (step: number, slots: number, text: string): string =>
    `${`[${step}]`.padEnd(5)}  ${String(slots).padStart(7)}  ${text}\n`;
  const lines = conditions.map((condition, step) => line(step, count(condition), condition.text));
  const pair = conditions.some((condition) => count(condition) === 0) ? undefined : incompatible(conditions);
  if (pair) lines.push(line(conditions.length, 0, `[${pair[0]}] && [${pair[1]}]`));
  return `         Slots\nStep    Matched  Condition\n-----  --------  ---------\n${lines.join('')}`;
}

/** Two conditions that slots meet, but none meets both. */
function incompatible(conditions: readonly Condition[]): [number, number] | undefined {
  for (const [i, a] of conditions.entries())
    for (const [j, b] of conditions.entries())
      if (i < j && a.met.length > 0 && !a.met.some((met, slot) => met && b.met[slot])) return [i, j];
  return undefined;
}

function stateOf(job: JobOnQueue, id: string): string[] {
  const status = job.cluster.statusOf(job.proc);
  if (status === JobStatus.Held)
    return [`\n${id}:  Job is held.\n\nHold reason: ${textOf(queueAd(job), 'HoldReason')}\n\n`];
  if (status === JobStatus.Running) return [`\n${id}:  Job is running.\n\n`];
  if (!job.refusal) return [''];
  const at = new Date(job.refusal.at).toUTCString();
  return [
    `No successful match recorded.\nLast failed match: ${at}\n\nReason for last match failure: ${job.refusal.reason}\n`,
  ];
}

/** It looks at START and Requirements, and not at what the machines run (measured: those of a full pool "are able to run your job"). */
function summaryOf(conditions: readonly Condition[], shape: JobShape, slots: readonly Ad[], id: string): string {
  const machines = new Map<string, { wanted: boolean; willing: boolean }>();
  slots.forEach((slot, i) => {
    const known = machines.get(textOf(slot, 'Machine')) ?? { wanted: false, willing: false };
    const wanted = conditions.every(({ met }) => met[i]);
    const willing = wanted && starts(slot, shape);
    machines.set(textOf(slot, 'Machine'), { wanted: known.wanted || wanted, willing: known.willing || willing });
  });
  const all = [...machines.values()];
  const rejected = all.filter(({ wanted }) => !wanted).length;
  const able = all.filter(({ willing }) => willing).length;
  const counts: [number, string][] = [
    [rejected, "are rejected by your job's requirements"],
    [all.length - rejected - able, 'reject your job because of their own requirements'],
    [0, 'match and are already running your jobs'],
    [0, 'match but are serving other users'],
    [able, 'are able to run your job'],
  ];
  const lines = counts.map(([count, words]) => `${String(count).padStart(7)} ${words}\n`);
  const head = `${id}:  Run analysis summary ignoring user priority.  Of ${all.length} machines,\n`;
  return head + lines.join('') + (able > 0 ? '' : warningOf(rejected === all.length));
}

function warningOf(noneWanted: boolean): string {
  return noneWanted
    ? `\nWARNING:  Be advised:\n   No machines matched the jobs's constraints\n`
    : `\nWARNING:  Be advised:\n   Job did not match any machines's constraints\n   To see why, pick a machine that you think should match and add\n     -reverse -machine <name>\n   to your query.\n`;
}

/** START of the slot with the job as TARGET; a slot that drains has none. */
function starts(slot: Ad, shape: JobShape): boolean {
  return compileExpression('TARGET.Start')({ my: jobAd(shape), target: slot }) === true;
}
