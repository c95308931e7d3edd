import { expect } from 'chai';
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../../..', import.meta.url));
const DOCUMENT = 'docs/incidents.md';
const INCIDENTS = Array.from({ length: 31 }, (_, i) => `I${i + 1}`);

/** Files by the incidents with which titles of their tests begin: `I5, I24: without quota it waits`. */
function tested(): Map<string, string[]> {
  const files = readdirSync(join(root, 'test'), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts') && !/^(fixtures|e2e\/rigs)\b|node_modules/.test(name))
    .map((name) => join('test', name))
    .sort();
  const found = new Map<string, string[]>();
  for (const file of files) {
    const text = readFileSync(join(root, file), 'utf8');
    const ids = [...text.matchAll(/\b(?:it|describe)\(\s*['`"]((?:I\d+, )*I\d+):/g)].flatMap(
      ([, head = '']) => head.match(/I\d+/g) ?? [],
    );
    for (const id of new Set(ids)) found.set(id, [...(found.get(id) ?? []), file]);
  }
  return found;
}

function documented(): Map<string, string[]> {
  const rows = readFileSync(join(root, DOCUMENT), 'utf8').matchAll(/^\| (I\d+) +\|.*\|(.*)\|$/gm);
  return new Map(
    [...rows].map(([, id = '', tests = '']) => [
      id,
      [...tests.matchAll(/\]\(([^)]+)\)/g)].map(([, link = '']) =>
        relative(root, resolve(root, dirname(DOCUMENT), link)),
      ),
    ]),
  );
}

describe('the incidents of others', () => {
  const [tests, rows] = [tested(), documented()];
  for (const id of INCIDENTS)
    it(`${id} is held by the tests that ${DOCUMENT} names, and by no others`, () => {
      expect(tests.get(id)).to.not.equal(undefined);
      expect(rows.get(id)?.toSorted()).to.deep.equal(tests.get(id)?.toSorted());
    });
});
