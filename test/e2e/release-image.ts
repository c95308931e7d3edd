/** The image and the charts of the release. */
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { VERSION } from '../../src/version.ts';
import { loadImage, tagImage } from './kube-nodes.ts';
import { must, NotSetUp, root } from './rigs.ts';

export const REPOSITORY = 'localhost/ehos-operator';
/** Of what stands for the release before: there has been none yet. It is this tree under another version, which makes Helm and Kubernetes replace everything that they would. */
export const VERSION_BEFORE = '0.0.9';

/** With which each release is installed. */
export const VALUES = ['--set', `image.repository=${REPOSITORY}`, '--set', 'settings.nodeUpdateInterval=10'];

export const CHART = join(root, 'charts/ehos-operator');

/** Builds the image from Debian packages, as `make image BASE=debian` does, and puts it on both nodes. */
export async function makeImages(): Promise<void> {
  const script = join(root, 'scripts/image.ts');
  try {
    await must(process.execPath, ['--import', 'tsx', script, '--base', 'debian']);
  } catch (error) {
    throw new NotSetUp(`no image: ${(error as Error).message}`);
  }
  await loadImage(join(root, `dist/image/ehos-operator-${VERSION}.tar`));
  await tagImage(`${REPOSITORY}:${VERSION}`, `${REPOSITORY}:${VERSION_BEFORE}`);
}

/** Calls `use` with the folder of the chart's version before. */
export async function withChartBefore<T>(use: (chart: string) => Promise<T>): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), 'ehos-chart-'));
  try {
    const chart = join(folder, 'ehos-operator');
    cpSync(CHART, chart, { recursive: true });
    const file = join(chart, 'Chart.yaml');
    const text = readFileSync(file, 'utf8').replaceAll(/^(version|appVersion): .*$/gm, `$1: ${VERSION_BEFORE}`);
    writeFileSync(file, text);
    return await use(chart);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
