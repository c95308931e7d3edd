/** Takes the snapshot, where it was said or where the operator is found, and writes it. */
import { writeFileSync } from 'node:fs';
import { EhosError, messageOf } from '../../base/errors.ts';
import type { SnapshotFile } from '../../snapshot/file.ts';
import { toJson, toYaml } from '../../snapshot/render.ts';
import { inCluster } from '../connect.ts';
import type { SnapshotOptions } from '../snapshot.ts';
import { PATIENCE_MS, snapshotIn } from './answer.ts';
import { snapshotOfLeader } from './leader.ts';

export async function takeSnapshot(options: SnapshotOptions): Promise<void> {
  const { url, namespace, output, selector } = options;
  const query = namespace === undefined ? '' : `?${new URLSearchParams({ namespace }).toString()}`;
  const path = `/snapshot.json${query}`;
  const file =
    url === undefined
      ? await inCluster(options, async (cluster) => await snapshotOfLeader(cluster, selector, path))
      : await fetched(new URL(`${url.replace(/\/+$/, '')}${path}`));
  // YAML is written here: it takes ten times as long as JSON, and the operator has other things to do
  const text = output?.endsWith('.json') === true ? toJson(file) : toYaml(file);
  if (output === undefined) process.stdout.write(text);
  else write(output, text);
}

async function fetched(target: URL): Promise<SnapshotFile> {
  let response: Response;
  let text: string;
  try {
    response = await fetch(target, { signal: AbortSignal.timeout(PATIENCE_MS) });
    text = await response.text();
  } catch (error) {
    const why = messageOf(error instanceof Error && error.cause !== undefined ? error.cause : error);
    const message = `--url: no operator answers at ${target.origin}: ${why}`;
    throw new EhosError('Transient', message, { field: 'url', cause: error });
  }
  if (!response.ok) {
    const words = text.split('\n')[0]?.slice(0, 500) ?? '';
    throw new EhosError('Invalid', `${target.href} answers ${response.status}: ${words}`, { status: response.status });
  }
  const file = snapshotIn(text);
  if (file) return file;
  throw new EhosError('Invalid', `--url: what answers at ${target.origin} is no operator`, { field: 'url' });
}

function write(file: string, text: string): void {
  try {
    writeFileSync(file, text);
  } catch (error) {
    throw new EhosError('Invalid', `--output: ${messageOf(error)}`, { field: 'output', cause: error });
  }
}
