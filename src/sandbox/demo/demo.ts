/** `ehos demo`: the whole loop in about a minute, on the sandbox. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sleep, systemClock } from '../../base/clock.ts';
import { EhosError, messageOf } from '../../base/errors.ts';
import { createLogger, silentLog } from '../../base/log.ts';
import { seededRandom, type Random } from '../../base/random.ts';
import {
  CLOUDS,
  MASTERS,
  NODES,
  POOLS,
  SECRETS,
  type EhosNodePool,
  type KubeObject,
  type ResourceType,
} from '../../api/resources.ts';
import type { KubeClient } from '../../kube/types.ts';
import { startSandbox, type Sandbox } from '../sandbox.ts';
import { Display } from './display.ts';
import { Observer } from './observer.ts';
import type { RunningProgram, StartProgram } from './program.ts';
import { summarize } from './summary.ts';

export interface DemoOptions {
  keep: boolean;
  seed: number;
  jobs: number;
  /** Port of the Kubernetes API; 0: any free one. */
  port: number;
  verbose: boolean;
}

const NAMESPACE = 'default';
const POOL = 'demo';
/** Share of the jobs, what they ask for, and how long they run. */
const SHAPES = [
  { share: 0.5, cpus: 1, memory: 512, seconds: 5 },
  { share: 0.33, cpus: 2, memory: 1024, seconds: 6 },
  { share: 0.17, cpus: 4, memory: 2048, seconds: 7 },
];
/** All is over long before; a demo that hangs is a defect and says so. The nodes of the demo finish more than five jobs a second. */
const limitMs = (jobs: number): number => 120_000 + jobs * 200;

/** Resolves with the exit code: 0 when all jobs ran exactly once and nothing is left. */
export async function runDemo(options: DemoOptions, startOperator: StartProgram): Promise<number> {
  const interrupted = new AbortController();
  const interrupt = (): void => interrupted.abort(new Error('interrupted'));
  process.once('SIGINT', interrupt).once('SIGTERM', interrupt);
  const folder = mkdtempSync(join(tmpdir(), 'ehos-demo-'));
  const parts: { sandbox?: Sandbox; operator?: RunningProgram } = {};
  try {
    return await play(options, startOperator, folder, parts, interrupted.signal);
  } catch (error) {
    if (!interrupted.signal.aborted) throw error;
    console.log('\ninterrupted: stopping, nothing is left behind');
    return 130;
  } finally {
    process.off('SIGINT', interrupt).off('SIGTERM', interrupt);
    await parts.operator?.stop();
    await parts.sandbox?.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

async function play(
  options: DemoOptions,
  startOperator: StartProgram,
  folder: string,
  parts: { sandbox?: Sandbox; operator?: RunningProgram },
  signal: AbortSignal,
): Promise<number> {
  const random = seededRandom(options.seed);
  const log = options.verbose ? createLogger({ level: 'debug', format: 'text' }) : silentLog;
  console.log('EHOS demo on the embedded sandbox: no real Kubernetes, OpenStack or HTCondor is involved.');
  const sandbox = (parts.sandbox = await startPeers(options.port, random));
  const kubeconfig = join(folder, 'kubeconfig');
  writeFileSync(kubeconfig, sandbox.kube.kubeconfig(), { mode: 0o600 });
  const operator = (parts.operator = await startOperator({
    config: { files: [kubeconfig] },
    namespaces: undefined,
    log,
    http: undefined,
    random,
    settings: { cloudSyncInterval: 10_000, cloudBusyInterval: 1_000, joinPollInterval: 1_000, nodeUpdateInterval: 10 },
  }));
  console.log(`Kubernetes API of the sandbox: export KUBECONFIG=${kubeconfig}`);
  for (const object of [...sandbox.resources(NAMESPACE), demoPool()]) await apply(operator.client, object);
  console.log('applied: 2 EhosClouds, 1 EhosMaster, 1 EhosNodePool');
  const submitted = queueJobs(sandbox, options.jobs);
  console.log(`queued ${submitted} jobs of ${SHAPES.length} shapes\n`);

  const observer = new Observer(operator.client, sandbox, NAMESPACE, POOL);
  const display = new Display(process.stdout);
  await until(
    observer,
    display,
    limitMs(submitted),
    signal,
    (state) => state.completed >= submitted && state.nodes.length === 0,
  );
  display.end();
  const summary = summarize({ observer, sandbox, operator, submitted });
  console.log(summary.text);
  if (options.keep) await stay(kubeconfig, observer, display, signal);
  return summary.ok ? 0 : 1;
}

async function startPeers(port: number, random: Random): Promise<Sandbox> {
  try {
    return await startSandbox({
      clock: systemClock,
      random,
      kubePort: port,
      pool: { negotiatorIntervalSeconds: 4, negotiatorCycleDelaySeconds: 1 },
      guests: { bootDelayMs: [2_000, 4_000], startMs: 1_000 },
    });
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? '';
    if (!['EADDRINUSE', 'EACCES'].includes(code)) throw error;
    const message = `--port: cannot listen on 127.0.0.1:${port}: ${messageOf(error)}; 0 takes a free port`;
    throw new EhosError('Invalid', message, { field: 'port', cause: error });
  }
}

async function until(
  observer: Observer,
  display: Display,
  limit: number,
  signal: AbortSignal,
  done: (state: Awaited<ReturnType<Observer['look']>>) => boolean,
): Promise<void> {
  const end = systemClock.now() + limit;
  for (;;) {
    const state = await observer.look();
    display.show(state);
    if (done(state)) return;
    if (systemClock.now() > end) {
      display.end();
      console.log(`not finished within ${limit / 1000} s: ${state.decision}`);
      return;
    }
    await sleep(systemClock, 250, signal);
  }
}

async function stay(kubeconfig: string, observer: Observer, display: Display, signal: AbortSignal): Promise<void> {
  console.log(
    `\nStaying up until Ctrl-C. In another terminal:\n  export KUBECONFIG=${kubeconfig}\n  kubectl get ehos -o wide\n  kubectl scale epool ${POOL} --replicas=2\n`,
  );
  while (!signal.aborted) {
    display.show(await observer.look());
    await sleep(systemClock, 1_000, signal).catch(() => undefined);
  }
  display.end();
}

function demoPool(): KubeObject {
  const pool: EhosNodePool = {
    apiVersion: 'ehos.io/v1alpha1',
    kind: 'EhosNodePool',
    metadata: { name: POOL, namespace: NAMESPACE },
    spec: {
      masterRef: { name: 'master' },
      jobs: { default: true },
      maxNodes: 12,
      clouds: [{ name: 'cloud-a' }, { name: 'cloud-b' }],
      template: { flavors: ['m1.medium', 'm1.large', 'm1.xlarge'] },
      scaleDown: { consolidateAfter: '4s' },
    },
  };
  return pool;
}

async function apply(client: KubeClient, object: KubeObject): Promise<void> {
  const types: ResourceType[] = [SECRETS, CLOUDS, MASTERS, POOLS, NODES];
  const type = types.find((candidate) => candidate.kind === object.kind);
  if (!type) throw new Error(`the demo applies no ${object.kind ?? 'object without kind'}`);
  await client.create(type, object);
}

function queueJobs(sandbox: Sandbox, jobs: number): number {
  let left = jobs;
  for (const [i, { share, cpus, memory, seconds }] of SHAPES.entries()) {
    const count = i === SHAPES.length - 1 ? left : Math.min(left, Math.round(jobs * share));
    left -= count;
    if (count > 0) sandbox.pool.submit({ cpus, memory, disk: 1024, runSeconds: seconds }, count);
  }
  return jobs;
}
