/** condor_status's table of slots (form: fixture condor_status-draining-retiring-2-jobs-plus-idle-node.txt). */
import { textOf, type Ad } from '../pool/classad.ts';
import { duration, table } from './columns.ts';

const COLUMNS = [
  { title: 'Name', align: 'left' },
  { title: 'OpSys     ', align: 'left' },
  { title: 'Arch  ', align: 'left' },
  { title: 'State    ', align: 'left' },
  { title: 'Activity', align: 'left' },
  { title: 'LoadAv', align: 'right' },
  { title: 'Mem ', align: 'right' },
  { title: ' ActvtyTime', align: 'left' },
] as const;

export function slotTable(slots: readonly Ad[], now: number): string {
  const sorted = [...slots].sort((a, b) => (sortKey(a) < sortKey(b) ? -1 : 1));
  const rows = sorted.map((ad) => [
    textOf(ad, 'Name'),
    textOf(ad, 'OpSys'),
    textOf(ad, 'Arch'),
    textOf(ad, 'State'),
    textOf(ad, 'Activity'),
    '0.000',
    textOf(ad, 'Memory'),
    ` ${duration(now / 1000 - Number(ad.get('EnteredCurrentActivity')))}`,
  ]);
  const [head = '', ...lines] = table(COLUMNS, rows);
  return `${head}\n\n${lines.join('\n')}\n`;
}

/** A drained partitionable slot counts as Drain, one with dynamic slots as Unclaimed. */
export function slotTotals(slots: readonly Ad[]): string {
  const count = (state: string): number => slots.filter((ad) => ad.get('State') === state).length;
  const numbers = [slots.length, 0, count('Claimed'), count('Unclaimed'), 0, 0, count('Drained'), 0, 0];
  const widths = [5, 5, 7, 9, 7, 10, 6, 8, 6];
  const line = (label: string): string =>
    `${label.padStart(14)} ${numbers.map((number, i) => String(number).padStart(widths[i] ?? 0)).join(' ')}\n`;
  const head = `${' '.repeat(15)}Total Owner Claimed Unclaimed Matched Preempting  Drain Backfill BkIdle\n`;
  return `\n${head}\n${line('X86_64/LINUX')}\n${line('Total')}`;
}

/** By machine, then by slot. */
function sortKey(ad: Ad): string {
  return `${textOf(ad, 'Machine')} ${textOf(ad, 'Name')}`;
}
