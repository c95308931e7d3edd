/** Checks the documents: links lead somewhere, headings that links name exist, and so does every make target that is named; the index leads to all of docs. */
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { linksIn, unreachable } from './docs-index.ts';

const INDEX = 'docs/README.md';
const root = fileURLToPath(new URL('..', import.meta.url));
const problems: string[] = [];

const documents = [
  ...readdirSync(root).filter((name) => name.endsWith('.md')),
  ...['docs', 'src', 'config', 'test'].flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' }).map((name) => join(folder, name)),
  ),
].filter((name) => name.endsWith('.md') && !name.startsWith('test/fixtures/') && !name.includes('node_modules'));

const targets = new Set([...read('Makefile').matchAll(/^([a-z0-9-]+):/gm)].map((match) => match[1]));

for (const document of documents) {
  const text = read(document);
  for (const link of linksIn(text)) checkLink(document, link);
  for (const match of text.matchAll(/(?:`|^\s*\$?\s*)make ([a-z0-9-]+)/gm)) {
    if (!targets.has(match[1] ?? '')) problems.push(`${document}: there is no target "make ${match[1]}"`);
  }
}

const inDocs = documents.filter((document) => dirname(INDEX) === document.split('/')[0]);
for (const document of unreachable(INDEX, new Map(inDocs.map((document) => [document, read(document)]))))
  problems.push(`${document}: no way leads there from ${INDEX}`);

for (const problem of problems) console.error(problem);
console.log(`${documents.length} documents, ${problems.length} problems`);
if (problems.length > 0) process.exitCode = 1;

function read(path: string): string {
  return readFileSync(join(root, path), 'utf8');
}

function checkLink(document: string, link: string): void {
  if (/^(https?|mailto):/.test(link)) return;
  const [path = '', anchor] = link.split('#');
  const target = path === '' ? join(root, document) : resolve(root, dirname(document), decodeURI(path));
  if (relative(root, target).startsWith('..') || !existsSync(target))
    problems.push(`${document}: "${link}" leads nowhere`);
  else if (anchor !== undefined && statSync(target).isFile() && !headings(readFileSync(target, 'utf8')).has(anchor))
    problems.push(`${document}: no heading "#${anchor}" in ${relative(root, target)}`);
}

/** Anchors as GitHub makes them of headings. */
function headings(text: string): Set<string> {
  const lines = text.replace(/^```[\s\S]*?^```/gm, '').matchAll(/^#{1,6}\s+(.*?)\s*#*$/gm);
  return new Set(
    [...lines].map((match) =>
      (match[1] ?? '')
        .toLowerCase()
        .replace(/[^\p{L}\p{N}\s_-]/gu, '')
        .replace(/\s/g, '-'),
    ),
  );
}
