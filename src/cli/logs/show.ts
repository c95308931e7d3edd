/** Reads the logs of all replicas. */
import { EhosError } from '../../base/errors.ts';
import { inCluster, type Cluster } from '../connect.ts';
import type { LogsOptions } from '../logs.ts';
import { operatorPods, type OperatorPod } from '../operator-pods.ts';
import { paintFor } from '../style.ts';
import { lineJson, lineText, parseLine, passes, type LogLine } from './line.ts';

export async function showLogs(options: LogsOptions): Promise<void> {
  await inCluster(options, async (cluster) => {
    const all = await operatorPods(cluster, options.selector);
    const pods = options.namespace === undefined ? all : all.filter(({ namespace }) => namespace === options.namespace);
    if (pods.length === 0)
      throw new EhosError(
        'NotFound',
        `no pod has the labels ${options.selector}, or you may not list pods: see --selector and -n`,
      );
    if (options.follow === true) await follow(cluster, pods, options);
    else await once(cluster, pods, options);
  });
}

async function once({ raw }: Cluster, pods: readonly OperatorPod[], options: LogsOptions): Promise<void> {
  const texts = await Promise.all(
    pods.map(async (pod) => {
      const text = await raw.text(`log of pod ${pod.name}`, pathOf(pod, options, false));
      return text
        .split('\n')
        .filter((line) => line !== '')
        .map((line) => parseLine(pod.name, line));
    }),
  );
  for (const line of merged(texts)) print(line, options);
}

/** In the order of time; what has none stays behind the line that it follows. */
export function merged(logs: readonly (readonly LogLine[])[]): LogLine[] {
  const timed = logs.flatMap((lines) => {
    let last = 0;
    return lines.map((line) => ({ line, at: (last = line.time ?? last) }));
  });
  return timed.sort((a, b) => a.at - b.at).map(({ line }) => line);
}

async function follow({ raw }: Cluster, pods: readonly OperatorPod[], options: LogsOptions): Promise<void> {
  const interrupted = new AbortController();
  process.once('SIGINT', () => interrupted.abort());
  await Promise.all(
    pods.map(async (pod) => {
      const path = pathOf(pod, options, true);
      for await (const line of raw.lines(`log of pod ${pod.name}`, path, interrupted.signal))
        print(parseLine(pod.name, line), options);
    }),
  );
}

function pathOf({ namespace, name }: OperatorPod, { tail, since }: LogsOptions, follow: boolean): string {
  const query = new URLSearchParams({ tailLines: String(tail) });
  if (since !== undefined) query.set('sinceSeconds', String(Math.max(1, Math.ceil(since / 1000))));
  if (follow) query.set('follow', 'true');
  return `/api/v1/namespaces/${namespace}/pods/${name}/log?${query.toString()}`;
}

function print(line: LogLine, { level, object, output }: LogsOptions): void {
  if (!passes(line, { level, object })) return;
  const text = output === 'json' ? lineJson(line) : lineText(line, paintFor(process.stdout, process.env));
  process.stdout.write(`${text}\n`);
}
