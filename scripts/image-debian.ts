/**
 * The least root file system that runs node, from Debian packages: for where no image registry can be reached, but Debian's archive can.
 * apt and dpkg-deb do the work, in folders of their own; nothing on the machine changes, and root is not needed.
 */
import { execFileSync } from 'node:child_process';
import {
  cpSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  realpathSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join, relative } from 'node:path';

export interface DebianPackage {
  name: string;
  version: string;
  architecture: string;
  /** Of the package's source, where it is another. */
  source: string;
  /** Its control file. */
  control: string;
}

export interface RootFileSystem {
  /** A tar archive. */
  tar: string;
  /** Packages of which anything is in it. */
  packages: DebianPackage[];
}

/** trixie: its nodejs is 20.19, the least that we take; that of bookworm is 18. */
const SUITE = 'trixie';
const WANTED = ['nodejs', 'ca-certificates'];
const NODE = 'usr/bin/node';
/** Built-in modules of node that Debian keeps apart, undici among them; */
const NODE_MODULES = 'usr/share/nodejs';
/** and what lies there and does not run: a package manager, and types. */
const NOT_NEEDED = /^(corepack|@types|undici-types)\//;
const AUTHORITIES = 'usr/share/ca-certificates/mozilla';

/** `work` is an empty folder; `time` is what files are dated, seconds since 1970, so that one input makes one image. */
export function debianRoot(work: string, time: number): RootFileSystem {
  const archives = download(work);
  const full = join(work, 'full');
  for (const folder of ['usr/lib', 'usr/lib64']) mkdirSync(join(full, folder), { recursive: true });
  // merged /usr, without which the loader's path leads nowhere
  for (const name of ['lib', 'lib64']) symlinkSync(`usr/${name}`, join(full, name));
  const owners = new Map<string, DebianPackage>();
  for (const archive of archives) {
    run('dpkg-deb', ['--extract', archive, full]);
    const owner = packageOf(run('dpkg-deb', ['--field', archive]));
    for (const path of filesIn(archive)) owners.set(path, owner);
  }
  const root = join(work, 'root');
  mkdirSync(root);
  const kept = neededFiles(full);
  for (const path of kept) copy(full, root, path);
  // the authorities are there as one file, which no package holds
  const held = [...kept, ...readdirSync(join(full, AUTHORITIES)).map((name) => join(AUTHORITIES, name))];
  const packages = [...new Set(held.map((path) => owners.get(path)).filter((owner) => owner !== undefined))];
  for (const owner of packages) describePackage(owner, full, root);
  writeConfiguration(full, root);
  const tar = join(work, 'root.tar');
  const neutral = ['--sort=name', `--mtime=@${time}`, '--owner=0', '--group=0', '--numeric-owner'];
  run('tar', [...neutral, '-C', root, '-cf', tar, '.']);
  return { tar, packages: packages.sort((a, b) => a.name.localeCompare(b.name)) };
}

/** Paths of the wanted packages and all that they depend on. */
function download(work: string): string[] {
  const apt = join(work, 'apt');
  for (const folder of ['state/lists/partial', 'cache/archives/partial', 'parts'])
    mkdirSync(join(apt, folder), { recursive: true });
  writeFileSync(join(apt, 'sources.list'), `deb ${mirror()} ${SUITE} main\n`);
  // nothing is installed yet, so that everything is fetched
  writeFileSync(join(apt, 'status'), '');
  const options = {
    'Dir::State': `${apt}/state`,
    'Dir::State::status': `${apt}/status`,
    'Dir::Cache': `${apt}/cache`,
    'Dir::Etc::sourcelist': `${apt}/sources.list`,
    'Dir::Etc::sourceparts': `${apt}/parts`,
    'Dir::Etc::preferences': '/dev/null',
    'Dir::Etc::preferencesparts': `${apt}/parts`,
    // apt's own user cannot write here, and need not exist
    'APT::Sandbox::User': '',
    'APT::Install-Recommends': 'false',
  };
  const given = Object.entries(options).flatMap(([key, value]) => ['-o', `${key}=${value}`]);
  run('apt-get', [...given, '-qq', 'update']);
  run('apt-get', [...given, '-qq', '--yes', '--download-only', 'install', ...WANTED]);
  const folder = join(apt, 'cache/archives');
  return readdirSync(folder)
    .filter((name) => name.endsWith('.deb'))
    .map((name) => join(folder, name));
}

/** Where this machine has its own packages from. */
function mirror(): string {
  const lines = run('apt-get', ['indextargets', '--format', '$(REPO_URI)', 'Origin: Debian']).split('\n');
  const [first] = lines.filter((line) => line !== '' && !line.includes('security'));
  if (first === undefined)
    throw new Error("apt's configuration names no archive of Debian: the image is made of its packages");
  return first;
}

/** node, the libraries that it and they load, and its modules. */
function neededFiles(full: string): string[] {
  const libraries = join(full, 'usr/lib');
  const loader = realpathSync(
    join(full, 'usr/lib64', readdirSync(join(full, 'usr/lib64')).find((name) => name.startsWith('ld-linux')) ?? ''),
  );
  const paths = readdirSync(libraries)
    .filter((name) => name.endsWith('-linux-gnu'))
    .map((name) => join(libraries, name));
  // the loader itself says what it would load: a program of this root, on this kernel
  const listed = run(loader, ['--library-path', paths.join(':'), '--list', join(full, NODE)]);
  const found = [...listed.matchAll(/(\/\S+) \(0x/g)]
    .map((match) => match[1] ?? '')
    .filter((path) => path.startsWith(full));
  const modules = existsSync(join(full, NODE_MODULES)) ? walk(join(full, NODE_MODULES)) : [];
  const loaderLink = readdirSync(join(full, 'usr/lib64')).map((name) => join(full, 'usr/lib64', name));
  const all = [join(full, NODE), ...loaderLink, ...found, ...modules].flatMap((path) => chain(path, full));
  return [...new Set(all.map((path) => relative(full, path)))].sort();
}

/** A path, and what it leads to, link by link. */
function chain(path: string, full: string): string[] {
  const real = join(realpathSync(dirname(path)), path.slice(dirname(path).length + 1));
  if (!lstatSync(real).isSymbolicLink()) return [real];
  const target = readlinkSync(real);
  return [real, ...chain(target.startsWith('/') ? join(full, target) : join(dirname(real), target), full)];
}

function walk(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => !entry.isDirectory())
    .map((entry) => join(entry.parentPath, entry.name))
    .filter((path) => !NOT_NEEDED.test(relative(folder, path)))
    .filter((path) => existsSync(path));
}

function copy(from: string, to: string, path: string): void {
  mkdirSync(dirname(join(to, path)), { recursive: true });
  cpSync(join(from, path), join(to, path), { verbatimSymlinks: true, recursive: true });
}

/** Its licence, and its control file where scanners look for it in images without dpkg. */
function describePackage({ name, control }: DebianPackage, full: string, root: string): void {
  const status = join(root, 'var/lib/dpkg/status.d');
  mkdirSync(status, { recursive: true });
  writeFileSync(join(status, name), control);
  const copyright = `usr/share/doc/${name}/copyright`;
  if (existsSync(join(full, copyright))) copy(full, root, realCopyright(full, copyright));
}

/** Packages of one source share the folder of one of them by a link. */
function realCopyright(full: string, path: string): string {
  const real = relative(full, realpathSync(join(full, path)));
  return real.startsWith('..') ? path : real;
}

/** What packages make when they are installed: the authorities in one file; and who uid 65532 is. */
function writeConfiguration(full: string, root: string): void {
  for (const name of ['lib', 'lib64']) symlinkSync(`usr/${name}`, join(root, name));
  const authorities = join(full, AUTHORITIES);
  const bundle = readdirSync(authorities)
    .sort()
    .map((name) => readFileSync(join(authorities, name), 'utf8').trimEnd());
  const files = {
    'etc/ssl/certs/ca-certificates.crt': `${bundle.join('\n')}\n`,
    'etc/passwd': 'root:x:0:0:root:/root:/sbin/nologin\nnonroot:x:65532:65532:nonroot:/:/sbin/nologin\n',
    'etc/group': 'root:x:0:\nnonroot:x:65532:\n',
    'etc/nsswitch.conf': 'passwd: files\ngroup: files\nhosts: files dns\n',
    'etc/os-release': `PRETTY_NAME="Debian GNU/Linux ${SUITE}, without a system"\nID=debian\nVERSION_CODENAME=${SUITE}\n`,
  };
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  }
}

function filesIn(archive: string): string[] {
  const listed = run('sh', ['-c', 'dpkg-deb --fsys-tarfile "$1" | tar -t', 'sh', archive]);
  return listed.split('\n').map((path) => path.replace(/^\.\//, '').replace(/^lib(64)?\//, 'usr/lib$1/'));
}

function packageOf(control: string): DebianPackage {
  const field = (name: string): string => new RegExp(`^${name}: (.*)$`, 'm').exec(control)?.[1] ?? '';
  const name = field('Package');
  const source = field('Source').replace(/ .*/, '');
  return { name, version: field('Version'), architecture: field('Architecture'), source: source || name, control };
}

function run(program: string, args: string[]): string {
  return execFileSync(program, args, {
    encoding: 'utf8',
    maxBuffer: 256 * 1024 * 1024,
    env: { ...process.env, LC_ALL: 'C' },
  });
}
