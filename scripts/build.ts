/**
 * Bundles the program: dist/ehos.mjs (operator and command line), dist/sandbox.mjs (the embedded peers of the demo),
 * and dist/openstack.mjs (the OpenStack SDK by itself, what package.json exports).
 * The sandbox never goes into the operator's file: whatever asks for it gets the other file, which the image does not contain.
 */
import { rmSync, statSync } from 'node:fs';
import { relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build, type BuildOptions, type Plugin } from 'esbuild';

const root = fileURLToPath(new URL('..', import.meta.url));
const SANDBOX = 'src/sandbox/demo/demo.ts';

const sandboxApart: Plugin = {
  name: 'sandbox-apart',
  setup: (bundler) => {
    bundler.onResolve({ filter: /\/sandbox\// }, ({ path, importer, kind }) => {
      if (kind === 'entry-point') return undefined;
      const inside = relative(root, importer).startsWith('src/sandbox/') || importer.includes('node_modules');
      if (inside) return undefined;
      if (`src/sandbox/${path.split('/sandbox/')[1] ?? ''}` === SANDBOX)
        return { path: './sandbox.mjs', external: true };
      return {
        errors: [{ text: `${path}: only ${SANDBOX} may be imported from outside the sandbox, as a bundle of its own` }],
      };
    });
  },
};

const common: BuildOptions = {
  absWorkingDir: root,
  bundle: true,
  platform: 'node',
  target: 'node20.19',
  format: 'esm',
  // names stay as they are: those of classes stand in errors and logs, and all of them in profiles. esbuild's keepNames would name each
  // function again whenever it is made: measured, a fifth of the time in which the ads of many slots are read
  minifyWhitespace: true,
  minifySyntax: true,
  sourcemap: 'linked',
  legalComments: 'linked',
  // ssh2's optional native parts; it runs without them
  external: ['cpu-features', '*.node'],
  // what CommonJS libraries expect, and an ES module has not
  banner: {
    js: [
      "import { createRequire as ehosRequire } from 'node:module';",
      "import { fileURLToPath as ehosPath } from 'node:url';",
      'const require = ehosRequire(import.meta.url);',
      "const __filename = ehosPath(import.meta.url), __dirname = ehosPath(new URL('.', import.meta.url));",
    ].join('\n'),
  },
  logLevel: 'warning',
};

rmSync(`${root}dist`, { recursive: true, force: true });
for (const [entry, outfile] of [
  ['src/cli.ts', 'dist/ehos.mjs'],
  [SANDBOX, 'dist/sandbox.mjs'],
  ['src/openstack/sdk.ts', 'dist/openstack.mjs'],
] as const) {
  await build({ ...common, entryPoints: [entry], outfile, plugins: [sandboxApart] });
  console.log(`${outfile}: ${(statSync(root + outfile).size / 1e6).toFixed(2)} MB`);
}
