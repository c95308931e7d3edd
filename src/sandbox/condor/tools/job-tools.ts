/** condor_submit(1), condor_rm(1), condor_hold(1), condor_release(1), condor_history(1). */
import { plainAd, textOf, type Ad } from '../pool/classad.ts';
import { parseExpression } from '../pool/expression-parser.ts';
import { historyAd, queueAd } from '../pool/job-ads.ts';
import type { Cluster } from '../pool/jobs.ts';
import type { CondorPool } from '../pool/pool.ts';
import { jobId } from '../pool/schedd.ts';
import { constraintOf, renderAds } from './ad-output.ts';
import { parseArguments } from './arguments.ts';
import { dayAndTime, duration } from './columns.ts';
import { parseSubmitDescription } from './submit-description.ts';
import { failed, ok, type Tool, type ToolContext } from './tool.ts';

/** Reads a submit description from standard input. */
export const condorSubmit: Tool = async (argv, { pool, account }, stdin) => {
  if (pool.scheddState !== 'Up') return failed("\nERROR: Can't find address of local schedd\n");
  const description = parseSubmitDescription(await stdin(), account.name);
  if (!description) return { code: 1, stdout: '\nSubmitting job(s)', stderr: NO_QUEUE };
  const { spec, count } = description;
  if (spec.requirements !== undefined && !isExpression(spec.requirements))
    return failed(`ERROR: Parse error in expression: \n\tRequirements = (${spec.requirements})\n\t`);
  const id = pool.submit(spec, count);
  if (argv.includes('-terse')) return ok(`${id}.0 - ${id}.${count - 1}\n`);
  return ok(`Submitting job(s).\n${count} job(s) submitted to cluster ${id}.\n`);
};

function isExpression(text: string): boolean {
  try {
    parseExpression(text);
    return true;
  } catch {
    return false;
  }
}

const NO_QUEUE =
  '\nERROR: on Line 0 of submit file: no queue statement\n\nERROR: Failed to parse command file (line 0).\n';

interface QueueCommand {
  verb: string;
  done: string;
  act: (pool: CondorPool, ids: string[]) => number;
}

export const condorRm = queueCommand({
  verb: 'remove',
  done: 'marked for removal',
  act: (pool, ids) => pool.remove(ids),
});
export const condorHold = queueCommand({ verb: 'hold', done: 'held', act: (pool, ids) => pool.hold(ids) });
export const condorRelease = queueCommand({ verb: 'release', done: 'released', act: (pool, ids) => pool.release(ids) });

function queueCommand({ verb, done, act }: QueueCommand): Tool {
  return (argv, context) => {
    const { pool } = context;
    if (pool.scheddState !== 'Up') return failed("Can't find address of local schedd\n");
    const all = argv.includes('-all');
    const constraint = argv.filter((_, i) => argv[i - 1]?.startsWith('-const'));
    const holds = constraintOf(constraint);
    if (!holds) return failed(`Invalid constraint: ${constraint.join(' ')}\n`);
    const targets = argv.filter((word) => !word.startsWith('-') && !constraint.includes(word));
    const wanted = (id: string): boolean =>
      all || constraint.length > 0 || targets.some((target) => target === id || id.startsWith(`${target}.`));
    const ids = ownClusters(context).flatMap((cluster) => {
      const matching = jobsOf(cluster, pool).filter(({ id, ad }) => wanted(id) && holds({ my: ad }) === true);
      // with all its jobs a cluster comes to its end: nothing more materialises of it
      return matching.length === cluster.present ? [String(cluster.id)] : matching.map(({ id }) => id);
    });
    const what = all ? 'all jobs' : `all jobs in cluster ${targets.join(' ')}`;
    if (act(pool, ids) === 0) return failed(`\nCouldn't find/${verb} ${what}\n`);
    return ok(all ? `All jobs have been ${done}\n` : `${capitalized(what)} have been ${done}\n`);
  };
}

/** One may change one's own jobs; an administrator of the sandbox all. */
function ownClusters({ pool, account }: ToolContext): Cluster[] {
  const all = [...pool.schedd.clusters.values()];
  return all.filter(({ shape }) => account.administrator || shape.owner === account.name);
}

function jobsOf(cluster: Cluster, pool: CondorPool): { id: string; ad: Ad }[] {
  const { schedd, clock } = pool;
  const now = clock.now();
  return [...cluster.procs()].map((proc) => {
    const id = jobId(cluster, proc);
    return {
      id,
      ad: queueAd({ cluster, proc, running: schedd.running.get(id), refusal: schedd.refusals.get(id), now }),
    };
  });
}

function capitalized(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

/** The last job to leave comes first. With -json an empty history prints `[` and `]`, unlike condor_q (measured). */
export const condorHistory: Tool = (argv, { pool }) => {
  const args = parseArguments(argv, { flags: [], values: ['-completedsince', '-scanlimit'] });
  if ('unknown' in args) return failed(`Error: unrecognized argument ${args.unknown}\n`);
  const holds = constraintOf(args.values.get('-constraint'));
  if (!holds) return failed('Error: could not parse constraint\n');
  const since = Number(args.values.get('-completedsince')?.at(-1) ?? 0) * 1000;
  const limit = Number(args.values.get('-limit')?.at(-1) ?? Infinity);
  const ads: Ad[] = [];
  for (let i = pool.schedd.history.length - 1; i >= 0 && ads.length < limit; i--) {
    const record = pool.schedd.history[i];
    if (record && record.endedAt < since) break;
    const ad = record ? historyAd(record) : plainAd({});
    const id = record?.id ?? '';
    const wanted =
      args.words.length === 0 ||
      args.words.some((word) => word === id || id.startsWith(`${word}.`) || word === record?.owner);
    if (wanted && holds({ my: ad }) === true) ads.push(ad);
  }
  if (args.form)
    return ok(ads.length === 0 && args.form.kind === 'json' ? '[\n]\n' : renderAds(ads, args.form, args.attributes));
  return ok(
    ` ID     OWNER          SUBMITTED   RUN_TIME     ST COMPLETED   CMD            \n${ads.map(historyLine).join('')}`,
  );
};

function historyLine(ad: Ad): string {
  const id = `${textOf(ad, 'ClusterId').padStart(4)}.${textOf(ad, 'ProcId').padEnd(3)}`;
  const ended = Number(ad.get('CompletionDate'));
  const ran = duration(Number(ad.get('RemoteWallClockTime') ?? 0)).padStart(12);
  const state = ad.get('JobStatus') === 4 ? 'C' : 'X';
  return `${id}${textOf(ad, 'Owner').padEnd(14)} ${dayAndTime(Number(ad.get('QDate')) * 1000)} ${ran} ${state}  ${dayAndTime(ended * 1000)} /bin/sleep\n`;
}
