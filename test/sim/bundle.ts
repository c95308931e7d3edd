/** The worker as one file: as it is loaded otherwise, each function is given its name again whenever it is made (a twentieth of the CPU, measured). */
import { build, type Plugin } from 'esbuild';
import { readFile } from 'node:fs/promises';
import { fileURLToPath, pathToFileURL } from 'node:url';

const WORKER = fileURLToPath(new URL('worker.ts', import.meta.url));
/** Beside the libraries, which it finds there. */
const BUNDLE = fileURLToPath(new URL('../../node_modules/.cache/ehos/sim-worker.mjs', import.meta.url));

/** What a module reads beside itself stays where it is. */
const ownPlaces: Plugin = {
  name: 'own-places',
  setup: (bundler) => {
    bundler.onLoad({ filter: /\/(?:src|test)\/.*\.ts$/ }, async ({ path }) => {
      const source = await readFile(path, 'utf8');
      return { contents: source.replaceAll('import.meta.url', JSON.stringify(pathToFileURL(path).href)), loader: 'ts' };
    });
  },
};

/** Resolves with the path of the file. */
export async function bundleWorker(): Promise<string> {
  await build({
    entryPoints: [WORKER],
    outfile: BUNDLE,
    bundle: true,
    packages: 'external',
    platform: 'node',
    format: 'esm',
    target: 'node20.19',
    sourcemap: 'inline',
    plugins: [ownPlaces],
    logLevel: 'warning',
  });
  return BUNDLE;
}
