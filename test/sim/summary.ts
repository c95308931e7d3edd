/** What many runs came to. */
import { Counts, type SiteCount } from './counts.ts';
import type { Result } from './tasks.ts';

export class Summary {
  readonly counts = new Counts();
  readonly failures: Result[] = [];
  runs = 0;
  simMs = 0;
  cpuMs = 0;

  add(result: Result): void {
    this.runs++;
    this.simMs += result.simMs;
    this.cpuMs += result.cpuMs;
    this.counts.add(result.counts);
    if (result.violation) this.failures.push(result);
  }

  /** Crash points: each kind of call, before and after. */
  crashPoints(): { points: number; hit: number; missed: string[] } {
    const points = [...this.counts.sites].flatMap(([name, { before, after }]) => [
      { name: `before ${name}`, hits: before },
      { name: `after ${name}`, hits: after },
    ]);
    const missed = points.filter(({ hits }) => hits === 0).map(({ name }) => name);
    return { points: points.length, hit: points.length - missed.length, missed };
  }

  facts(wallMs: number): string[] {
    const { points, hit, missed } = this.crashPoints();
    return [
      `${this.runs} runs, ${this.failures.length} failed`,
      `${Math.round(this.simMs / 3_600_000)} hours simulated in ${Math.round(wallMs / 1000)} s; ${Math.round(this.cpuMs / Math.max(1, this.runs))} ms of CPU a run`,
      `${sum(this.counts.sites.values())} calls, ${total(this.counts.faults)} faults, ${total(this.counts.happenings)} happenings`,
      `crash points: ${hit} of ${points} hit${missed.length === 0 ? '' : `; not hit: ${missed.join(', ')}`}`,
    ];
  }

  /** For docs/reliability.md. */
  markdown(): string {
    const sites = [...this.counts.sites].sort(([a], [b]) => (a < b ? -1 : 1));
    const rows = sites.map(([name, { calls, before, after }]) => [name, calls, before, after]);
    const pairs = (map: ReadonlyMap<string, number>): (string | number)[][] => [...map].sort(([, a], [, b]) => b - a);
    return [
      table(['call', 'calls', 'crashes before', 'crashes after'], rows),
      table(['fault of a call', 'times'], pairs(this.counts.faults)),
      table(['happening', 'times'], pairs(this.counts.happenings)),
    ].join('\n\n');
  }
}

const total = (map: ReadonlyMap<string, number>): number => [...map.values()].reduce((all, count) => all + count, 0);
const sum = (sites: Iterable<SiteCount>): number => [...sites].reduce((all, { calls }) => all + calls, 0);

function table(head: string[], rows: (string | number)[][]): string {
  const line = (cells: (string | number)[]): string => `| ${cells.join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}
