import { expect } from 'chai';
import { bundledPackages, spdx } from '../../../scripts/image-sbom.ts';

const INTEGRITY = `sha512-${Buffer.alloc(64, 7).toString('base64')}`;
const lock = {
  'node_modules/ssh2': { version: '1.17.0', license: 'MIT', integrity: INTEGRITY },
  'node_modules/@scope/one': { version: '1.0.0', integrity: INTEGRITY },
  'node_modules/ssh2/node_modules/asn1': { version: '0.2.6', license: 'MIT', integrity: INTEGRITY },
  'node_modules/unused': { version: '9.0.0', license: 'MIT', integrity: INTEGRITY },
};
const sources = [
  '../src/cli.ts',
  '../node_modules/ssh2/lib/a.js',
  '../node_modules/ssh2/lib/b.js',
  '../node_modules/ssh2/node_modules/asn1/index.js',
  '../node_modules/@scope/one/index.js',
];

describe('the list of contents of the image', () => {
  it('has what is in the bundle once, inner packages by themselves, and nothing else', () => {
    const found = bundledPackages(sources, lock);
    expect(found.map(({ name, version }) => `${name}@${version}`)).to.deep.equal([
      '@scope/one@1.0.0',
      'ssh2@1.17.0',
      'asn1@0.2.6',
    ]);
  });

  it('does not pass over what the lock file does not know', () =>
    expect(() => bundledPackages(['../node_modules/other/index.js'], lock)).to.throw('node_modules/other'));

  it('names each part by a package URL, and says that the image contains it', () => {
    const deb = { name: 'libc6', version: '2.41-12', architecture: 'amd64', source: 'glibc', control: '' };
    const npm = bundledPackages(sources, lock);
    const made = spdx({ name: 'image', version: '1', created: '2026-01-01T00:00:00Z', npm, debian: [deb] }) as {
      packages: {
        SPDXID: string;
        externalRefs?: { referenceLocator: string }[];
        checksums?: { checksumValue: string }[];
      }[];
      relationships: { relatedSpdxElement: string }[];
    };
    const urls = made.packages.flatMap(({ externalRefs = [] }) => externalRefs.map((ref) => ref.referenceLocator));
    expect(urls).to.include.members(['pkg:npm/%40scope/one@1.0.0', 'pkg:deb/debian/libc6@2.41-12?arch=amd64']);
    const [, ...parts] = made.packages;
    expect(made.relationships.map(({ relatedSpdxElement }) => relatedSpdxElement)).to.deep.equal(
      parts.map(({ SPDXID }) => SPDXID),
    );
    expect(parts.at(-1)?.checksums?.[0]?.checksumValue).to.equal('07'.repeat(64));
    for (const { SPDXID } of made.packages) expect(SPDXID).to.match(/^SPDXRef-[a-zA-Z0-9.-]+$/);
  });
});
