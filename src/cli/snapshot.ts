/** `ehos snapshot`: a file of what the live operator would plan from. */
import { Command, Option } from 'commander';
import { writeFileSync } from 'node:fs';
import { EhosError, messageOf } from '../base/errors.ts';
import { KIND, type SnapshotFile } from '../snapshot/file.ts';
import { parseText } from '../snapshot/parse.ts';
import { toJson, toYaml } from '../snapshot/render.ts';
import { withNotes } from './help.ts';
import { httpUrl, namespace } from './options.ts';

/** With 10,000 nodes the answer takes about a second. */
const PATIENCE_MS = 30_000;

interface SnapshotCommandOptions {
  url: string;
  namespace?: string;
  output?: string;
}

export function snapshotCommand(): Command {
  const command = new Command('snapshot')
    .description(
      'Take a snapshot from the running operator, free of secrets: for bug reports, replay and what-if plans.',
    )
    .addOption(
      new Option(
        '--url <url>',
        'where the operator serves its snapshots: kubectl port-forward deploy/ehos-operator 8081',
      )
        .default('http://127.0.0.1:8081')
        .argParser(httpUrl),
    )
    .addOption(
      new Option('-n, --namespace <name>', 'of this namespace; needed when pools are in several').argParser(namespace),
    )
    .addOption(
      new Option('-o, --output <file>', 'write this file, as JSON if it ends in .json (default: standard output)'),
    )
    .action(async (options: SnapshotCommandOptions) => await takeSnapshot(options));
  return withNotes(command, {
    examples: [
      ['snapshot -o now.yaml', 'into a file, for a bug report'],
      ['snapshot | ehos plan -f -', 'what would be done now'],
    ],
  });
}

async function takeSnapshot({ url, namespace: name, output }: SnapshotCommandOptions): Promise<void> {
  const target = new URL(`${url.replace(/\/+$/, '')}/snapshot.json`);
  if (name !== undefined) target.searchParams.set('namespace', name);
  const file = await fetched(target);
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
  const parsed = parseText(text);
  if ('value' in parsed && isSnapshot(parsed.value)) return parsed.value;
  throw new EhosError('Invalid', `--url: what answers at ${target.origin} is no operator`, { field: 'url' });
}

/** Its content is the operator's matter: another version of it may know more fields than this one. */
function isSnapshot(value: unknown): value is SnapshotFile {
  return typeof value === 'object' && value !== null && 'kind' in value && value.kind === KIND;
}

function write(file: string, text: string): void {
  try {
    writeFileSync(file, text);
  } catch (error) {
    throw new EhosError('Invalid', `--output: ${messageOf(error)}`, { field: 'output', cause: error });
  }
}
