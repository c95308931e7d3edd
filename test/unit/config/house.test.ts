/** The house itself: what a fresh clone relies on. */
import { spawnSync } from 'node:child_process';
import { readFileSync, statSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { root } from './admission.ts';

const read = (file: string): string => readFileSync(new URL(file, root), 'utf8');
const makefile = read('Makefile');
const targets = [...makefile.matchAll(/^\.PHONY: (\S+)$/gm)].map((match) => match[1] ?? '');

describe('make', () => {
  it('help lists every target with what it does', () => {
    const { stdout, status } = spawnSync('make', ['--no-print-directory', 'help'], {
      cwd: fileURLToPath(root),
      encoding: 'utf8',
    });
    expect(status).to.equal(0);
    const listed = [...stdout.matchAll(/^ {2}(\S+) +\S.{10,}$/gm)].map((match) => match[1]);
    expect(listed).to.deep.equal(targets);
  });

  it('has the targets that documents and CI call', () => {
    expect(targets).to.include.members(
      'help setup demo test e2e e2e-clean presubmit verify bench generate format lint types unit integration contract coverage build clean'.split(
        ' ',
      ),
    );
  });

  it('declares every target that is not a file', () => {
    const rules = [...makefile.matchAll(/^([a-z0-9-]+):/gm)].map((match) => match[1]);
    expect(rules).to.deep.equal(targets);
  });
});

describe('the lock file', () => {
  const lock = JSON.parse(read('package-lock.json')) as {
    packages: Record<string, { integrity?: string; optionalDependencies?: Record<string, string> }>;
  };

  it('names no host, so that it works behind any mirror', () => {
    expect(read('package-lock.json')).not.to.match(/"resolved": "(https?|git)/);
  });

  it('is complete: an optional package of another platform that is missing makes "npm ci" refuse the whole', () => {
    const names = new Set(Object.keys(lock.packages).map((path) => path.replace(/^.*node_modules\//, '')));
    const optional = Object.values(lock.packages).flatMap((entry) => Object.keys(entry.optionalDependencies ?? {}));
    expect(optional.filter((name) => !names.has(name))).to.deep.equal([]);
  });

  it('pins every package by its hash', () => {
    const loose = Object.entries(lock.packages).filter(([path, entry]) => path !== '' && entry.integrity === undefined);
    expect(loose.map(([path]) => path)).to.deep.equal([]);
  });
});

describe('package.json', () => {
  const manifest = JSON.parse(read('package.json')) as {
    dependencies: Record<string, string>;
    devDependencies: Record<string, string>;
    exports: Record<string, { types: string }>;
  };

  it('names every dependency in one exact version', () => {
    const versions = Object.entries({ ...manifest.dependencies, ...manifest.devDependencies });
    expect(versions.filter(([, version]) => !/^\d+\.\d+\.\d+$/.test(version))).to.deep.equal([]);
  });

  it('exports the OpenStack SDK from a file that exists', () => {
    expect(statSync(new URL(manifest.exports['./openstack']?.types ?? '', root)).isFile()).to.equal(true);
  });
});

describe('.ci/run', () => {
  it('can be executed, and is bash without mistakes in its syntax', () => {
    const file = fileURLToPath(new URL('.ci/run', root));
    expect(statSync(file).mode & 0o111).to.equal(0o111);
    expect(spawnSync('bash', ['-n', file], { encoding: 'utf8' })).to.include({ status: 0, stderr: '' });
  });
});
