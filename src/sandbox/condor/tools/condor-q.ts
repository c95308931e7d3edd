/** condor_q(1): the machine forms byte for byte as measured, and the tables that people look at. */
import type { Ad } from '../pool/classad.ts';
import { factoryAd, groupAds, queueAd, type JobOnQueue } from '../pool/job-ads.ts';
import { JobStatus, type Cluster } from '../pool/jobs.ts';
import type { CondorPool } from '../pool/pool.ts';
import { jobId } from '../pool/schedd.ts';
import { constraintOf, renderAds } from './ad-output.ts';
import { allSlots } from './daemon-ads.ts';
import { parseArguments, type OptionSpec, type ParsedArguments } from './arguments.ts';
import { analysisOf } from './job-analysis.ts';
import { batchTable, jobTable, queueHeader, queueTotals } from './queue-tables.ts';
import { failed, ok, pause, type Tool, type ToolContext, type ToolResult } from './tool.ts';

const OPTIONS: OptionSpec = {
  flags: [
    '-allusers',
    '-group-by',
    '-factory',
    '-totals',
    '-hold',
    '-run',
    '-idle',
    '-nobatch',
    '-batch',
    '-global',
    '-wide',
    '-better-analyze',
  ],
  values: ['-name', '-slotconstraint'],
};

/** A schedd that is stopped: the tool gives up after 20 s (measured). */
const HUNG_SCHEDD_MS = 20_000;

export const condorQ: Tool = async (argv, context) => {
  const args = parseArguments(argv, OPTIONS);
  if ('unknown' in args) return failed(`Error: unrecognized argument ${args.unknown}\n`);
  const constraints = args.values.get('-constraint');
  if (!constraintOf(constraints))
    return failed(`\n-- Parse error in constraint expression "${constraints?.join(' && ') ?? ''}"`);
  const { pool } = context;
  const unreachable = await scheddProblem(context, args.values.get('-name')?.at(-1));
  if (unreachable) return unreachable;
  const view = new QueueView(pool, context.account.name, args);
  if (args.flags.has('-group-by')) return ok(renderAds(view.groups(), args.form ?? { kind: 'long' }, undefined));
  if (args.flags.has('-factory'))
    return ok(renderAds(view.factories(), args.form ?? { kind: 'long' }, args.attributes));
  if (args.flags.has('-better-analyze')) return analyses(view, args, context);
  if (args.form) return ok(renderAds(view.jobs(), args.form, args.attributes));
  return ok(human(view, args, pool));
};

/** With the collector down there is no slot to compare with. */
function analyses(view: QueueView, args: ParsedArguments, { pool }: ToolContext): ToolResult {
  const constraints = args.values.get('-slotconstraint');
  const holds = constraintOf(constraints);
  if (!holds) return failed(`Error: invalid slot constraint ${constraints?.join(' ') ?? ''}\n`);
  if (pool.collectorState !== 'Up') return failed('Error: Could not fetch startd ads from the collector\n');
  const slots = allSlots(pool).filter((ad) => holds({ my: ad }) === true);
  const header = queueHeader(pool).replace(/ @ .*/, '');
  return ok(
    header +
      view
        .each()
        .map((job) => analysisOf(job, slots))
        .join(''),
  );
}

async function scheddProblem(context: ToolContext, name: string | undefined): Promise<ToolResult | undefined> {
  const { pool } = context;
  const { hostname, collector } = pool.settings;
  const address = `<${collector.host}:${collector.port}?addrs=${collector.host}-${collector.port}&alias=${hostname}&noUDP&sock=schedd>`;
  if (name !== undefined && !/[@.]/.test(name)) return { ...failed(unknownHost(name)), stdout: '\n' };
  if (name !== undefined && name !== hostname && name !== `${hostname}@${hostname}`)
    return failed('Error: Collector has no record of schedd/submitter\n');
  if (pool.scheddState === 'Down') return failed(`Error: Can't find address for schedd ${hostname}\n`);
  if (pool.scheddState !== 'Hung') return undefined;
  await pause(context, HUNG_SCHEDD_MS);
  return failed(
    `-- Failed to fetch ads from: ${address} : ${hostname}\nSECMAN:2007:Read failure during security negotiation.\n`,
  );
}

function unknownHost(name: string): string {
  return `Error: unknown host ${name}
Extra Info: The name given with the -name should be the name of a 
condor_schedd process. Normally it is either a hostname, or "name@hostname". 
In either case, the hostname should be the Internet host name, but it appears 
that it wasn't. 
`;
}

/** What one call sees of the queue. */
class QueueView {
  readonly #pool: CondorPool;
  readonly #args: ParsedArguments;
  readonly #clusters: Cluster[];
  readonly #procs: ReadonlySet<string>;
  readonly onlyOwner: string | undefined;

  constructor(pool: CondorPool, user: string, args: ParsedArguments) {
    this.#pool = pool;
    this.#args = args;
    const ids = args.words.filter((word) => /^\d+(?:\.\d+)?$/.test(word));
    const owners = args.words.filter((word) => !ids.includes(word));
    // only one's own jobs, unless others are asked for (measured)
    this.onlyOwner =
      args.words.length > 0 || args.flags.has('-allusers') || args.flags.has('-global') ? undefined : user;
    const wanted = new Set(ids.map((id) => Number(id.split('.')[0])));
    this.#procs = new Set(ids.filter((id) => id.includes('.')));
    this.#clusters = [...pool.schedd.clusters.values()].filter(
      ({ id, shape }) =>
        (this.onlyOwner === undefined || shape.owner === this.onlyOwner) &&
        (owners.length === 0 || owners.includes(shape.owner)) &&
        (wanted.size === 0 || wanted.has(id)),
    );
  }

  get clusters(): readonly Cluster[] {
    return this.#clusters;
  }

  /** A constraint applies to the groups, not to their jobs (measured). */
  groups(): Ad[] {
    const listed = this.#args.form?.kind === 'autoformat' ? this.#args.form.attributes : (this.#args.attributes ?? []);
    return this.#matching(groupAds(this.#clusters, listed));
  }

  factories(): Ad[] {
    return this.#matching(this.#clusters.filter(({ factory }) => factory).map(factoryAd));
  }

  jobs(): Ad[] {
    return this.#matching(this.each().map(queueAd));
  }

  each(): JobOnQueue[] {
    const { schedd, clock } = this.#pool;
    const now = clock.now();
    return this.#clusters.flatMap((cluster) =>
      [...cluster.procs()]
        .filter((proc) => this.#procs.size === 0 || this.#procs.has(jobId(cluster, proc)))
        .map((proc) => {
          const id = jobId(cluster, proc);
          return { cluster, proc, running: schedd.running.get(id), refusal: schedd.refusals.get(id), now };
        }),
    );
  }

  #matching(ads: Ad[]): Ad[] {
    const { flags, values } = this.#args;
    const holds = constraintOf(values.get('-constraint')) ?? (() => true);
    const states = new Map([
      ['-hold', JobStatus.Held],
      ['-run', JobStatus.Running],
      ['-idle', JobStatus.Idle],
    ]);
    const state = [...states].find(([flag]) => flags.has(flag))?.[1];
    const limit = Number(values.get('-limit')?.at(-1) ?? Infinity);
    return ads
      .filter((ad) => holds({ my: ad }) === true && (state === undefined || ad.get('JobStatus') === state))
      .slice(0, limit);
  }
}

function human(view: QueueView, args: ParsedArguments, pool: CondorPool): string {
  const totals = queueTotals(view.clusters, [...pool.schedd.clusters.values()], view.onlyOwner);
  const header = queueHeader(pool);
  const now = pool.clock.now();
  if (args.flags.has('-totals')) return header + totals;
  if (args.flags.has('-run')) return header + jobTable(view.jobs(), 'run', now);
  if (args.flags.has('-hold')) return header + jobTable(view.jobs(), 'hold', now) + totals;
  const single = args.flags.has('-nobatch') || args.flags.has('-idle');
  return header + (single ? jobTable(view.jobs(), 'all', now) : batchTable(view.clusters)) + totals;
}
