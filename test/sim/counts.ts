/** What was called how often, and what went wrong with it: the coverage of a run, or of many. */
import type { Fault, ListedFault, Site } from './faults.ts';

export interface SiteCount {
  calls: number;
  /** Crashes just before and just after. */
  before: number;
  after: number;
}

/** What can be sent from process to process. */
export interface CountsData {
  sites: [string, SiteCount][];
  faults: [string, number][];
  happenings: [string, number][];
}

export class Counts {
  /** What went wrong, in order: with it the run can be made again without its rates. */
  readonly fired: ListedFault[] = [];
  readonly sites = new Map<string, SiteCount>();
  readonly faults = new Map<string, number>();
  readonly happenings = new Map<string, number>();

  /** Counts a call and the fault that is found for it; `find` is given the number of the call at its site. */
  call(site: Site, find: (call: number) => Fault | undefined): Fault | undefined {
    const count = this.#site(site.name);
    const fault = find(++count.calls);
    if (!fault) return undefined;
    if (fault.kind === 'crash') count[fault.when]++;
    this.fired.push({ site: site.name, call: count.calls, fault });
    this.#add(this.faults, fault.kind === 'status' ? `status ${fault.status}` : fault.kind, 1);
    return fault;
  }

  happening(kind: string): void {
    this.#add(this.happenings, kind, 1);
  }

  add({ sites, faults, happenings }: CountsData): void {
    for (const [name, { calls, before, after }] of sites) {
      const count = this.#site(name);
      count.calls += calls;
      count.before += before;
      count.after += after;
    }
    for (const [kind, count] of faults) this.#add(this.faults, kind, count);
    for (const [kind, count] of happenings) this.#add(this.happenings, kind, count);
  }

  data(): CountsData {
    return { sites: [...this.sites], faults: [...this.faults], happenings: [...this.happenings] };
  }

  #site(name: string): SiteCount {
    let count = this.sites.get(name);
    if (!count) this.sites.set(name, (count = { calls: 0, before: 0, after: 0 }));
    return count;
  }

  #add(map: Map<string, number>, key: string, count: number): void {
    map.set(key, (map.get(key) ?? 0) + count);
  }
}
