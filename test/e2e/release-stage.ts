/** What the parts of the release's life work on: a pool with jobs that run all the while, and what there was of it at first. */
import { appendFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { EhosNode } from '../../src/api/resources.ts';
import type { Cluster } from './cluster.ts';
import { helm, NAMESPACE, pods, RELEASE, untilGone } from './helm.ts';
import { marked, submitAll, totalOf, type Jobs } from './jobs.ts';
import { SECOND } from './kube-nodes.ts';
import type { Report } from './report.ts';
import { cache, kubectl } from './rigs.ts';
import { jobStates, serverNames } from './truth.ts';
import { until } from './until.ts';

export const POOL = 'pool-release';
export const MARK = 'release';
/** They run over everything that happens to the release. */
const LONG: Jobs = { count: 8, cpus: 1, memory: 512, seconds: 420 };
/** So many more before each thing that happens: there is something to do while it does. */
const SHORT: Jobs = { count: 4, cpus: 1, memory: 512, seconds: 10 };

export class ReleaseStage {
  readonly report: Report;
  readonly cluster: Cluster;
  /** When the release was being uninstalled, ms since 1970. */
  readonly uninstalled: { from: number; to: number }[] = [];
  /** What all its pods have logged. */
  readonly logFile = join(cache, 'logs/release.log');
  /** Uids of the nodes on which the long jobs run. */
  #held: ReadonlySet<string> = new Set();
  #submitted = 0;

  constructor(report: Report, cluster: Cluster) {
    this.report = report;
    this.cluster = cluster;
    rmSync(this.logFile, { force: true });
  }

  get submitted(): number {
    return this.#submitted;
  }

  async startLongJobs(): Promise<void> {
    await this.#submit(LONG);
    await until('the long jobs run', 180_000, async () => {
      const states = await jobStates(marked(MARK));
      return states.filter((state) => state === '2').length === LONG.count;
    });
    this.#held = new Set((await this.cluster.nodes()).map(uidOf));
  }

  async moreJobs(): Promise<void> {
    await this.#submit(SHORT);
  }

  /** None but the long ones are left. */
  async untilServed(): Promise<void> {
    await until('the short jobs are done', 180_000, async () => (await jobStates(marked(MARK))).length <= LONG.count);
  }

  /** The nodes of the long jobs are there, with their servers, and each of the jobs runs. */
  async checkUntouched(what: string): Promise<void> {
    const nodes = (await this.cluster.nodes()).filter((node) => this.#held.has(uidOf(node)));
    const alive = nodes.filter(({ metadata }) => metadata.deletionTimestamp === undefined);
    const servers = new Set(await serverNames());
    const served = alive.filter(({ metadata }) => servers.has(metadata.name));
    const running = (await jobStates(marked(MARK))).filter((state) => state === '2').length;
    this.report.check(
      `${what}: no node touched, no job ended`,
      this.#held.size > 0 && served.length === this.#held.size && running >= LONG.count,
      `${served.length} of ${this.#held.size} nodes and their servers, ${running} jobs run`,
    );
  }

  /** Before anything ends a pod: its log goes with it. */
  async keepLogs(): Promise<void> {
    for (const { name, node } of await pods()) {
      const text = await kubectl(['-n', NAMESPACE, 'logs', name]).catch((error: unknown) => String(error));
      appendFileSync(
        this.logFile,
        `--- ${name} on ${node === SECOND.name ? 'the second node' : 'the first node'}\n${text}`,
      );
    }
  }

  async uninstall(): Promise<void> {
    const from = Date.now();
    await helm('uninstall', RELEASE, '--wait');
    await untilGone();
    this.uninstalled.push({ from, to: Date.now() });
  }

  async #submit(jobs: Jobs): Promise<void> {
    await submitAll(POOL, MARK, [jobs]);
    this.#submitted += totalOf([jobs]);
  }
}

const uidOf = ({ metadata }: EhosNode): string => metadata.uid ?? '';
