/**
 * `make image`: builds the image with docker, podman or buildah, whichever is there, and writes it and the list of its contents (SPDX) into dist/image/.
 * The base is that of the Dockerfile, or Debian packages where its registry cannot be reached.
 *
 * Usage: node --import tsx scripts/image.ts [--name NAME:TAG] [--base registry|debian]; EHOS_IMAGE_TOOL=docker|podman|buildah
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { debianRoot, type RootFileSystem } from './image-debian.ts';
import { bundledPackages, spdx } from './image-sbom.ts';
import { VERSION } from '../src/version.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
const out = join(root, 'dist/image');
const TOOLS = ['docker', 'podman', 'buildah'] as const;
type Tool = (typeof TOOLS)[number];

const { values: options } = parseArgs({
  options: { name: { type: 'string', default: `localhost/ehos-operator:${VERSION}` }, base: { type: 'string' } },
});
if (options.base !== undefined && !['registry', 'debian'].includes(options.base))
  throw new Error(`--base: ${options.base} is none; there are registry and debian`);

const tool = findTool();
const revision = git('rev-parse', 'HEAD');
const committed = Number(git('log', '-1', '--format=%ct'));
const registryBase = /^ARG RUNTIME=(\S+)$/m.exec(readFileSync(join(root, 'Dockerfile'), 'utf8'))?.[1] ?? '';
const fromRegistry = options.base === undefined ? canPull(registryBase) : options.base === 'registry';

const work = mkdtempSync(join(tmpdir(), 'ehos-image-'));
try {
  mkdirSync(out, { recursive: true });
  const made = fromRegistry ? undefined : fromDebian();
  if (fromRegistry) build(root, []);
  const archive = save();
  const sbom = writeContents(made);
  for (const file of [archive, sbom]) console.log(`${file}: ${(statSync(file).size / 1e6).toFixed(1)} MB`);
  console.log(`${options.name} (${tool}, base ${fromRegistry ? registryBase : 'Debian packages'})`);
} finally {
  rmSync(work, { recursive: true, force: true });
}

function findTool(): Tool {
  const named = process.env.EHOS_IMAGE_TOOL;
  const usable = TOOLS.filter((name) => named === undefined || name === named).find(
    // the command of docker may be there without its server
    (name) => spawnSync(name, [name === 'docker' ? 'version' : '--version'], { stdio: 'ignore' }).status === 0,
  );
  if (usable) return usable;
  const what = named ?? TOOLS.join(', ');
  throw new Error(
    `no program to build images works here (tried: ${what}): on Debian, "apt-get install buildah" brings one`,
  );
}

function canPull(image: string): boolean {
  const { status, stderr } = spawnSync(tool, ['pull', '--quiet', image], { encoding: 'utf8', timeout: 120_000 });
  if (status === 0) return true;
  console.log(
    `${image} cannot be had (${stderr.trim().split('\n').at(-1) ?? ''}): the base is made from Debian packages`,
  );
  return false;
}

function fromDebian(): RootFileSystem {
  const made = debianRoot(work, committed);
  const context = join(work, 'context');
  mkdirSync(join(context, 'dist'), { recursive: true });
  renameSync(made.tar, join(context, 'root.tar'));
  cpSync(join(root, 'Dockerfile'), join(context, 'Dockerfile'));
  for (const file of ['ehos.mjs', 'ehos.mjs.LEGAL.txt']) cpSync(join(root, 'dist', file), join(context, 'dist', file));
  build(context, ['--build-arg', 'BUNDLE=built-before', '--build-arg', 'RUNTIME=debian-packages']);
  return made;
}

function build(context: string, more: string[]): void {
  const args = ['--build-arg', `VERSION=${VERSION}`, '--build-arg', `REVISION=${revision}`, ...more];
  // one revision makes one image
  const dates = tool === 'docker' ? [] : ['--timestamp', String(committed)];
  execFileSync(tool, ['build', ...dates, ...args, '--tag', options.name, context], {
    stdio: ['ignore', 'ignore', 'inherit'],
  });
}

/** The image as a file that docker, podman, and containerd's ctr load. */
function save(): string {
  const file = join(out, `ehos-operator-${VERSION}.tar`);
  rmSync(file, { force: true });
  const args = {
    docker: ['save', '--output', file, options.name],
    podman: ['save', '--quiet', '--format', 'docker-archive', '--output', file, options.name],
    buildah: ['push', '--quiet', options.name, `docker-archive:${file}:${options.name}`],
  };
  execFileSync(tool, args[tool], { stdio: ['ignore', 'ignore', 'inherit'] });
  return file;
}

function writeContents(made: RootFileSystem | undefined): string {
  const file = join(out, `ehos-operator-${VERSION}.spdx.json`);
  const { sources } = JSON.parse(readFileSync(join(root, 'dist/ehos.mjs.map'), 'utf8')) as { sources: string[] };
  const lock = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')) as {
    packages: Parameters<typeof bundledPackages>[1];
  };
  const contents = spdx({
    name: 'ehos-operator',
    version: VERSION,
    created: new Date(committed * 1000).toISOString().replace('.000', ''),
    npm: bundledPackages(sources, lock.packages),
    debian: made?.packages ?? [],
    ...(made ? {} : { base: registryBase }),
  });
  writeFileSync(file, `${JSON.stringify(contents, undefined, 2)}\n`);
  return file;
}

function git(...args: string[]): string {
  return execFileSync('git', args, { cwd: root, encoding: 'utf8' }).trim();
}
