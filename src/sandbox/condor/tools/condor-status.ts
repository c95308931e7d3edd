/** condor_status(1): slots, and the ads of the daemons. */
import { textOf, type Ad } from '../pool/classad.ts';
import type { CondorPool } from '../pool/pool.ts';
import { constraintOf, renderAds } from './ad-output.ts';
import { parseArguments, type OptionSpec, type ParsedArguments } from './arguments.ts';
import {
  allSlots,
  collectorAds,
  masterAds,
  negotiatorAd,
  negotiatorAds,
  scheddAd,
  submitterAds,
} from './daemon-ads.ts';
import { slotTable, slotTotals } from './slot-tables.ts';
import { table } from './columns.ts';
import { failed, hang, ok, type Tool, type ToolResult } from './tool.ts';

const OPTIONS: OptionSpec = {
  flags: ['-schedd', '-collector', '-master', '-negotiator', '-submitters', '-total', '-slot', '-wide', '-absent'],
  values: ['-direct'],
};

const COMMUNICATION_ERROR = `Error: communication error
SECMAN:2011:Connection closed during command authorization. Probably due to an unknown command.
`;

export const condorStatus: Tool = (argv, context) => {
  const args = parseArguments(argv, OPTIONS);
  if ('unknown' in args) return failed(`Error:  Unknown option ${args.unknown}\n`);
  const holds = constraintOf(args.values.get('-constraint'));
  if (!holds) return failed('Error: invalid constraint\n\n');
  const { pool } = context;
  const address = args.values.get('-direct')?.at(-1);
  if (address === undefined && pool.collectorState === 'Down') return failed(COMMUNICATION_ERROR);
  if (address === undefined && pool.collectorState === 'Hung') return hang(context);
  const limit = Number(args.values.get('-limit')?.at(-1) ?? Infinity);
  const found = address === undefined ? adsOf(pool, args) : direct(pool, args, address);
  if (!Array.isArray(found)) return found;
  const ads = found.filter((ad) => holds({ my: ad }) === true && named(ad, args.words)).slice(0, limit);
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
  if (flags.has('-negotiator')) return negotiatorAds(pool);
  // without COLLECTOR_PERSISTENT_AD_LOG nothing is ever kept as absent
  return flags.has('-absent') ? [] : allSlots(pool);
}

/** `-direct`: from the daemon itself, at its address. A host name without a dot is not looked up (measured). */
function direct(pool: CondorPool, args: ParsedArguments, address: string): ToolResult | Ad[] {
  const ad = negotiatorAd(pool, pool.clock.now());
  if (!args.flags.has('-negotiator')) return failed('Error: -direct is only simulated for the negotiator\n');
  if (!address.startsWith('<'))
    return failed(`Error: Failed to locate negotiator ${address}\nunknown host ${address}\n`);
  if (address === ad.get('MyAddress')) return [ad];
  return failed(
    `Error: communication error\nSECMAN:2007:Failed to end classad message.\nError: Failed to contact negotiator at ${address.replace(/\?.*/, '>')} at ${address}\n`,
  );
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
