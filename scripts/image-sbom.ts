/** What is in the image, as SPDX 2.3 (https://spdx.github.io/spdx-spec/v2.3/): the bundled npm packages, and the base. */
import { createHash } from 'node:crypto';
import type { DebianPackage } from './image-debian.ts';

export interface NpmPackage {
  name: string;
  version: string;
  license: string;
  /** sha512 of the package's archive in base64, after `sha512-`. */
  integrity: string;
}

export interface Contents {
  name: string;
  version: string;
  /** When, as RFC 3339. */
  created: string;
  npm: readonly NpmPackage[];
  debian: readonly DebianPackage[];
  /** The base image, where it was not made here. */
  base?: string;
}

interface LockEntry {
  version?: string;
  license?: string;
  integrity?: string;
}

/** Of what is locked, the packages of which any file is in the bundle. `sources`: those of its source map. */
export function bundledPackages(sources: readonly string[], lock: Record<string, LockEntry>): NpmPackage[] {
  const folders = sources.map(
    (source) => /(node_modules\/(?:.*\/node_modules\/)?(?:@[^/]+\/)?[^/]+)\//.exec(source)?.[1],
  );
  return [...new Set(folders)]
    .filter((folder) => folder !== undefined)
    .sort()
    .map((folder) => {
      const entry = lock[folder];
      if (entry?.version === undefined)
        throw new Error(`package-lock.json does not know ${folder}, which is in the bundle`);
      const { version, license = 'NOASSERTION', integrity = '' } = entry;
      return { name: folder.replace(/^.*node_modules\//, ''), version, license, integrity };
    });
}

export function spdx({ name, version, created, npm, debian, base }: Contents): object {
  const npmParts = npm.map((part) => ({
    SPDXID: spdxId(`npm-${part.name}-${part.version}`),
    name: part.name,
    versionInfo: part.version,
    licenseDeclared: part.license,
    ...common(`pkg:npm/${part.name.replace('@', '%40')}@${part.version}`),
    checksums: [{ algorithm: 'SHA512', checksumValue: hexOf(part.integrity) }],
  }));
  const debianParts = debian.map((part) => ({
    SPDXID: spdxId(`deb-${part.name}`),
    name: part.name,
    versionInfo: part.version,
    sourceInfo: `Debian source package ${part.source}`,
    licenseDeclared: 'NOASSERTION',
    ...common(`pkg:deb/debian/${part.name}@${encodeURIComponent(part.version)}?arch=${part.architecture}`),
  }));
  const baseParts = (base === undefined ? [] : [base]).map((image) => ({
    SPDXID: spdxId('base-image'),
    name: image,
    licenseDeclared: 'NOASSERTION',
    ...common(`pkg:oci/${image.split('/').at(-1)?.split(':')[0] ?? ''}`),
  }));
  const parts = [...baseParts, ...debianParts, ...npmParts];
  const image = { SPDXID: 'SPDXRef-image', name, versionInfo: version, licenseDeclared: 'Apache-2.0', ...common() };
  const hash = createHash('sha256').update(JSON.stringify(parts)).digest('hex');
  return {
    spdxVersion: 'SPDX-2.3',
    dataLicense: 'CC0-1.0',
    SPDXID: 'SPDXRef-DOCUMENT',
    name: `${name}-${version}`,
    documentNamespace: `https://ehos.io/spdx/${name}-${version}-${hash}`,
    creationInfo: { created, creators: ['Tool: ehos-operator scripts/image.ts'] },
    documentDescribes: [image.SPDXID],
    packages: [image, ...parts],
    relationships: parts.map(({ SPDXID }) => ({
      spdxElementId: image.SPDXID,
      relationshipType: 'CONTAINS',
      relatedSpdxElement: SPDXID,
    })),
  };
}

function common(purl?: string): object {
  return {
    downloadLocation: 'NOASSERTION',
    filesAnalyzed: false,
    licenseConcluded: 'NOASSERTION',
    copyrightText: 'NOASSERTION',
    ...(purl === undefined
      ? {}
      : { externalRefs: [{ referenceCategory: 'PACKAGE-MANAGER', referenceType: 'purl', referenceLocator: purl }] }),
  };
}

/** Letters, digits, dots and hyphens only. */
const spdxId = (text: string): string => `SPDXRef-${text.replace(/[^a-zA-Z0-9.]+/g, '-')}`;
const hexOf = (integrity: string): string => Buffer.from(integrity.replace(/^sha512-/, ''), 'base64').toString('hex');
