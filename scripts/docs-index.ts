/** What a reader finds who begins at the index of the documents. */
import { dirname, join } from 'node:path/posix';

/** Targets of the links in a document's prose, as they are written. */
export function linksIn(text: string): string[] {
  const prose = text.replace(/^( *)```[\s\S]*?^\1```/gm, '').replace(/`[^`\n]*`/g, '');
  return [...prose.matchAll(/\]\(([^)\s]+)(?:\s+"[^"]*")?\)/g)].flatMap(([, link = '']) => link);
}

/**
 * Documents to which no way leads from `index`. A link to a folder leads to all that lies in it. Ways through documents that are not in the list do not count:
 * whoever looks for something begins at the index.
 */
export function unreachable(index: string, texts: ReadonlyMap<string, string>): string[] {
  const reached = new Set<string>();
  const ahead = [index];
  for (let document = ahead.pop(); document !== undefined; document = ahead.pop()) {
    const text = texts.get(document);
    if (text === undefined || reached.has(document)) continue;
    reached.add(document);
    for (const link of linksIn(text))
      ahead.push(...documentsAt(join(dirname(document), link.replace(/#.*$/, '')), texts));
  }
  return [...texts.keys()].filter((document) => !reached.has(document));
}

function documentsAt(path: string, texts: ReadonlyMap<string, string>): string[] {
  if (texts.has(path)) return [path];
  const folder = `${path.replace(/\/$/, '')}/`;
  return [...texts.keys()].filter((document) => document.startsWith(folder));
}
