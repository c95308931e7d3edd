/**
 * Bundles the program: dist/ehos.mjs (operator and command line), dist/sandbox.mjs (the embedded peers of the demo),
 * and dist/openstack.mjs (the OpenStack SDK by itself, what package.json exports).
 * `--out FOLDER` instead of dist. The sandbox never goes into the operator's file: whatever asks for it gets the other file, which the image does not contain.
 */
import { readFileSync, rmSync, statSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
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

/** A module whose names are loaded when they are first used, each by its expression. */
function late(names: Readonly<Record<string, string>>): string {
  const getters = Object.entries(names).map(([name, expression]) => `get ${name}() { return ${expression}; }`);
  return `module.exports = { ${getters.join(', ')} };`;
}

/**
 * What libraries load and we never call. It would stay in memory: 1.5 MB of text, and 7 MB of what is made of it
 * (measured, with PARTS). First the file that asks, in node_modules; then what it asks for, and what it gets.
 */
const UNUSED: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  // src/kube/config.ts has it read kubeconfig files and log in
  '@kubernetes/client-node/dist/config.js': {
    // hundreds of classes of the typed APIs
    './gen/index.js': 'export const createConfiguration = undefined, ServerConfiguration = undefined;',
    // for requests by fetch; it comes with a table of all of Unicode
    'node-fetch': 'export const Headers = undefined;',
    // agents for node:https, of which we take only the certificates; transport.ts knows the proxy
    hpagent: 'export class HttpProxyAgent {} export class HttpsProxyAgent {}',
    'socks-proxy-agent': 'export class SocksProxyAgent {}',
  },
  // nobody sets allowH2; it loads node's HTTP/2
  'undici/lib/dispatcher/client.js': { './client-h2.js': 'module.exports = undefined;' },
  // transport.ts takes http and https proxies only
  'undici/lib/dispatcher/proxy-agent.js': { './socks5-proxy-agent': 'module.exports = undefined;' },
  'prom-client/index.js': {
    // for programs of several processes
    './lib/cluster': 'module.exports = undefined;',
    // for jobs that end before they are scraped
    './lib/pushgateway': 'module.exports = undefined;',
  },
  // links from a metric to a trace, which nobody enables
  'prom-client/lib/metrics/processCpuTotal.js': { '@opentelemetry/api': 'module.exports = undefined;' },
  ...Object.fromEntries(
    // what winston tells those who look for faults in winston, with a table of colours
    ['create-logger', 'exception-handler', 'rejection-handler'].map((name) => [
      `winston/lib/winston/${name}.js`,
      { '@dabh/diagnostics': 'module.exports = () => () => false;' },
    ]),
  ),
};

/** What we import of libraries whose index loads far more, each part when it is first used. */
const PARTS: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  undici: {
    Agent: "withMethods(require('undici/lib/dispatcher/agent.js'))",
    ProxyAgent: "withMethods(require('undici/lib/dispatcher/proxy-agent.js'))",
    fetch: "require('undici/lib/web/fetch/index.js').fetch",
    WebSocket: "require('undici/lib/web/websocket/websocket.js').WebSocket",
  },
  ssh2: {
    Client: "require('ssh2/lib/client.js')",
    utils: "{ parseKey: require('ssh2/lib/protocol/keyParser.js').parseKey }",
  },
};

/** request() and the like, which undici's index gives to all dispatchers. */
const WITH_METHODS = `
  const withMethods = (dispatcher) => {
    Object.assign(require('undici/lib/dispatcher/dispatcher.js').prototype, require('undici/lib/api/index.js'));
    return dispatcher;
  };`;

/** Names that a file of ours takes from a library, and that are not among its parts. */
function beyondParts(file: string, library: string): string[] {
  const text = readFileSync(file, 'utf8');
  const named = new RegExp(`import (?:\\w+, )?\\{([^}]*)\\} from '${library}'`).exec(text)?.[1]?.split(',') ?? [];
  const values = named.map((name) => name.trim()).filter((name) => name !== '' && !name.startsWith('type '));
  // of a default import that bears the library's name
  const members = [...text.matchAll(new RegExp(`\\b${library}\\.(\\w+)`, 'g'))].map(([, name = '']) => name);
  return [...values, ...members].filter((name) => !(name in (PARTS[library] ?? {})));
}

/** Of UNUSED, what was asked for, as `what of whom`. */
const asked = new Set<string>();

const unusedParts: Plugin = {
  name: 'unused-parts',
  setup: (bundler) => {
    bundler.onResolve({ filter: /.*/ }, ({ path, importer }) => {
      const [, asking = ''] = importer.split('/node_modules/');
      const replaced = UNUSED[asking]?.[path];
      if (replaced !== undefined) {
        asked.add(`${path} of ${asking}`);
        return { path: `${path} of ${asking}`, namespace: 'parts', pluginData: replaced };
      }
      const inside = relative(root, importer);
      const parts = PARTS[path];
      if (!parts || !inside.startsWith('src/') || inside.startsWith('src/sandbox/')) return undefined;
      const errors = beyondParts(importer, path).map((name) => ({ text: `${name} is not among the PARTS of ${path}` }));
      return { path, namespace: 'parts', pluginData: `${WITH_METHODS}${late(parts)}`, errors };
    });
    bundler.onLoad({ filter: /.*/, namespace: 'parts' }, ({ pluginData }) => ({
      contents: pluginData as string,
      resolveDir: root,
    }));
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

const { values: options } = parseArgs({ options: { out: { type: 'string', default: join(root, 'dist') } } });
const out = resolve(options.out);
rmSync(out, { recursive: true, force: true });
for (const [entry, name] of [
  ['src/cli.ts', 'ehos.mjs'],
  [SANDBOX, 'sandbox.mjs'],
  ['src/openstack/sdk.ts', 'openstack.mjs'],
] as const) {
  const outfile = join(out, name);
  await build({ ...common, entryPoints: [entry], outfile, plugins: [sandboxApart, unusedParts] });
  console.log(`${relative(root, outfile)}: ${(statSync(outfile).size / 1e6).toFixed(2)} MB`);
}
for (const [asking, modules] of Object.entries(UNUSED))
  for (const path of Object.keys(modules))
    if (!asked.has(`${path} of ${asking}`))
      throw new Error(`UNUSED: ${asking} does not ask for ${path} any more: what does it load now?`);
