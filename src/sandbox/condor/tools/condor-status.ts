/** condor_status(1): slots, and the ads of the daemons. */
import { plainAd, textOf, type Ad } from '../pool/classad.ts';
import { JobStatus } from '../pool/jobs.ts';
import type { CondorPool } from '../pool/pool.ts';
import { masterAd, slotAds } from '../pool/slot-ads.ts';
import { CONDOR_PLATFORM, CONDOR_VERSION } from '../pool/version.ts';
import { constraintOf, renderAds } from './ad-output.ts';
import { parseArguments, type OptionSpec, type ParsedArguments } from './arguments.ts';
import { slotTable, slotTotals } from './slot-tables.ts';
import { table } from './columns.ts';
import { failed, hang, ok, type Tool } from './tool.ts';

const OPTIONS: OptionSpec = {
  flags: ['-schedd', '-collector', '-master', '-negotiator', '-submitters', '-total', '-slot', '-wide', '-absent'],
  values: [],
};

const COMMUNICATION_ERROR = `Error: communication error
SECMAN:2011:Connection closed during command authorization. Probably due to an unknown command.
`;

const seconds = (ms: number): number => Math.floor(ms / 1000);

export const condorStatus: Tool = (argv, context) => {
  const args = parseArguments(argv, OPTIONS);
  if ('unknown' in args) return failed(`Error:  Unknown option ${args.unknown}\n`);
  const holds = constraintOf(args.values.get('-constraint'));
  if (!holds) return failed('Error: invalid constraint\n\n');
  const { pool } = context;
  if (pool.collectorState === 'Down') return failed(COMMUNICATION_ERROR);
  if (pool.collectorState === 'Hung') return hang(context);
  const limit = Number(args.values.get('-limit')?.at(-1) ?? Infinity);
  const ads = adsOf(pool, args)
    .filter((ad) => holds({ my: ad }) === true && named(ad, args.words))
    .slice(0, limit);
  return ok(args.form ? renderAds(ads, args.form, args.attributes) : human(pool, args, ads));
};

/** Words are names of machines or slots. */
function named(ad: Ad, words: readonly string[]): boolean {
  return words.length === 0 || words.some((word) => [ad.get('Machine'), ad.get('Name')].includes(word));
}

function adsOf(pool: CondorPool, { flags }: ParsedArguments): Ad[] {
  if (flags.has('-schedd')) return [scheddAd(pool)];
  if (flags.has('-collector')) return collectorAds(pool);
  if (flags.has('-master')) return masterAds(pool);
  if (flags.has('-submitters')) return submitterAds(pool);
  // without COLLECTOR_PERSISTENT_AD_LOG nothing is ever kept as absent
  if (flags.has('-negotiator') || flags.has('-absent')) return [];
  const now = pool.clock.now();
  return pool.collector
    .visible(now)
    .flatMap((startd) => slotAds({ startd, report: startd.report, heardAt: startd.lastHeardAt(now) }));
}

function masterAds(pool: CondorPool): Ad[] {
  const now = pool.clock.now();
  const nodes = pool.collector.all(now).filter((startd) => pool.collector.hasMasterAd(startd, now));
  const own = plainAd({
    ...daemon(pool, 'DaemonMaster'),
    Name: pool.settings.hostname,
    DaemonStartTime: seconds(pool.collector.startedAt),
  });
  return [
    own,
    ...nodes.map((startd) => masterAd({ startd, report: startd.report, heardAt: startd.masterHeardAt(now) })),
  ];
}

/** Its MyCurrentTime stays at its start and DaemonStartTime is missing (measured). */
function collectorAds(pool: CondorPool): Ad[] {
  const { collector, settings, clock } = pool;
  const started = seconds(collector.startedAt);
  const now = seconds(clock.now());
  return [
    plainAd({
      ...daemon(pool, 'Collector'),
      HostsTotal: collector.visible(clock.now()).length,
      MyCurrentTime: started,
      Name: `My Pool - ${settings.collector.host}@${settings.hostname}`,
      StatsLastUpdateTime: now,
      StatsLifetime: now - started,
    }),
  ];
}

function scheddAd(pool: CondorPool): Ad {
  const { schedd, settings } = pool;
  return plainAd({
    ...daemon(pool, 'Scheduler'),
    Name: settings.hostname,
    TotalHeldJobs: schedd.count(JobStatus.Held),
    TotalIdleJobs: schedd.count(JobStatus.Idle),
    TotalRunningJobs: schedd.count(JobStatus.Running),
  });
}

function submitterAds(pool: CondorPool): Ad[] {
  const counts = new Map<string, Uint32Array>();
  for (const { shape, counts: own } of pool.schedd.clusters.values()) {
    const sum = counts.get(shape.owner) ?? new Uint32Array(8);
    own.forEach((count, status) => (sum[status] = (sum[status] ?? 0) + count));
    counts.set(shape.owner, sum);
  }
  return [...counts].map(([owner, sum]) =>
    plainAd({
      ...daemon(pool, 'Submitter'),
      HeldJobs: sum[JobStatus.Held] ?? 0,
      IdleJobs: sum[JobStatus.Idle] ?? 0,
      Name: `${owner}@${pool.settings.trustDomain}`,
      RunningJobs: sum[JobStatus.Running] ?? 0,
    }),
  );
}

function daemon(pool: CondorPool, type: string): Record<string, string | number> {
  const { hostname, collector } = pool.settings;
  return {
    CondorPlatform: CONDOR_PLATFORM,
    CondorVersion: CONDOR_VERSION,
    LastHeardFrom: seconds(pool.clock.now()),
    Machine: hostname,
    MyAddress: `<${collector.host}:${collector.port}?addrs=${collector.host}-${collector.port}&alias=${hostname}&noUDP&sock=${type.toLowerCase()}>`,
    MyType: type,
  };
}

const COLUMNS: readonly { flag: string; attributes: readonly string[]; titles: readonly string[] }[] = [
  {
    flag: '-schedd',
    attributes: ['Name', 'Machine', 'TotalRunningJobs', 'TotalIdleJobs', 'TotalHeldJobs'],
    titles: ['Name', 'Machine', 'RunningJobs', 'IdleJobs', 'HeldJobs'],
  },
  {
    flag: '-submitters',
    attributes: ['Name', 'Machine', 'RunningJobs', 'IdleJobs', 'HeldJobs'],
    titles: ['Name', 'Machine', 'RunningJobs', 'IdleJobs', 'HeldJobs'],
  },
  { flag: '-collector', attributes: ['Name', 'Machine', 'HostsTotal'], titles: ['Name', 'Machine', 'HostsTotal'] },
  { flag: '-master', attributes: ['Name', 'CondorVersion'], titles: ['Name', 'Version'] },
];

function human(pool: CondorPool, args: ParsedArguments, ads: readonly Ad[]): string {
  if (ads.length === 0) return '';
  const columns = COLUMNS.find(({ flag }) => args.flags.has(flag));
  if (!columns) return (args.flags.has('-total') ? '' : slotTable(ads, pool.clock.now())) + slotTotals(ads);
  const rows = ads.map((ad) =>
    columns.attributes.map((name) => textOf(ad, name).replace('$CondorVersion: ', '').slice(0, 40)),
  );
  const [head = '', ...lines] = table(
    columns.titles.map((title, i) => ({ title, align: i < 2 ? 'left' : 'right' })),
    rows,
  );
  return `${[head, '', ...lines].join('\n')}\n`;
}
