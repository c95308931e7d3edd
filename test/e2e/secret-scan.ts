/** No secret in anything that the operator writes or serves: its log, all objects and events of the namespace, its metrics, its snapshot. */
import { readFileSync } from 'node:fs';
import { SecretFinder } from '../secret-finder.ts';
import type { Cluster } from './cluster.ts';
import type { Report } from './report.ts';
import type { Master } from './rigs.ts';

/** Kinds that the operator writes; Secrets are where secrets belong. */
const KINDS = ['ecloud', 'emaster', 'epool', 'enode', 'events.v1.events.k8s.io', 'configmap'];

/** Where an operator serves health and metrics, and, where that can be reached, snapshots. */
interface Served {
  url: string;
  adminUrl?: string;
}

export class SecretScan {
  readonly #finder: SecretFinder;
  readonly #found = new Set<string>();
  readonly #cluster: Cluster;
  #characters = 0;

  constructor(cluster: Cluster, ssh: Master) {
    this.#cluster = cluster;
    this.#finder = new SecretFinder().add('the key of the master', ssh.privateKey);
  }

  /** Everything as it is now: what comes and goes is to be looked at while it is there. */
  async look({ url: operator, adminUrl }: Served): Promise<void> {
    for (const kind of KINDS) this.#search(kind, await this.#cluster.kubectl('get', kind, '-o', 'json'));
    this.#search('/metrics', await (await fetch(new URL('/metrics', operator))).text());
    if (adminUrl === undefined) return;
    for (const path of ['/snapshot', '/snapshot.json', '/history']) {
      const url = new URL(path, adminUrl);
      url.searchParams.set('namespace', this.#cluster.namespace);
      this.#search(path, await (await fetch(url)).text());
    }
  }

  /** The log at the end of the run, and what was found in all. */
  tell(report: Report, logFile: string): void {
    this.#search('the log', readFileSync(logFile, 'utf8'));
    const found = [...this.#found];
    const detail = `${found.join('; ') || 'none'}; ${this.#characters} characters were searched`;
    report.check('no secret in log, objects, events, metrics and snapshot', found.length === 0, detail);
  }

  #search(where: string, text: string): void {
    this.#characters += text.length;
    for (const what of this.#finder.in(text)) this.#found.add(`${where}: ${what}`);
  }
}
