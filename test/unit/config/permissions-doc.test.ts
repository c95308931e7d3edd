/** docs/permissions.md says what each right is for: it must have them all, and no other. */
import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import { parseAllDocuments } from 'yaml';
import { root } from './admission.ts';

interface Rule {
  apiGroups: string[];
  resources: string[];
  verbs: string[];
  resourceNames?: string[];
}

const rows = readFileSync(new URL('docs/permissions.md', root), 'utf8')
  .split('\n')
  .filter((line) => line.startsWith('| ') && !/^\| (resource|-)/.test(line))
  .map((line) => line.split('|').map((cell) => cell.trim()));

/** `group` resource, resource (name), where */
function rightsOf([, what = '', verbs = '']: string[]): string[] {
  const [, group = '', rest = ''] = /^(?:`([\w.]+)` )?(.*?)(?:, in .*)?$/.exec(what) ?? [];
  const [, resources = '', name = ''] = /^([^(]*?)(?: \(([\w-]+)\))?$/.exec(rest) ?? [];
  return resources
    .split(', ')
    .flatMap((resource) => verbs.split(', ').map((verb) => textOf(group, resource, name, verb)));
}

const textOf = (group: string, resource: string, name: string, verb: string): string =>
  `${group}/${resource} ${name} ${verb}`;

const granted = parseAllDocuments(readFileSync(new URL('config/rbac.yaml', root), 'utf8'))
  .flatMap((document) => (document.toJS() as { rules?: Rule[] }).rules ?? [])
  .flatMap(({ apiGroups, resources, verbs, resourceNames = [''] }) =>
    apiGroups.flatMap((group) =>
      resources.flatMap((resource) =>
        resourceNames.flatMap((name) => verbs.map((verb) => textOf(group, resource, name, verb))),
      ),
    ),
  );

describe('docs/permissions.md', () => {
  it('has each right of config/rbac.yaml, and no other', () => {
    expect(rows.flatMap(rightsOf).sort()).to.deep.equal([...granted].sort());
  });

  it('says of each what it is for', () => {
    for (const [, what, , reason = ''] of rows) expect(reason.length, what).to.be.greaterThan(10);
  });
});
