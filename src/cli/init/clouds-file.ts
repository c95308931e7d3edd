/** One entry out of a clouds.yaml, written as it was. */
import { isMap, parseDocument, type Document } from 'yaml';
import { EhosError } from '../../base/errors.ts';

/** Without a name: the only entry. Throws `Invalid`. */
export function entryName(text: string, wanted: string | undefined): string {
  const names = namesIn(documentOf(text));
  const there = names.length === 0 ? 'there is none' : `there are ${names.join(', ')}`;
  if (wanted === undefined) {
    const [only] = names;
    if (names.length === 1 && only !== undefined) return only;
    throw new EhosError('Invalid', `--cloud: say which entry of the clouds.yaml: ${there}`, { field: 'cloud' });
  }
  if (names.includes(wanted)) return wanted;
  throw new EhosError('Invalid', `--cloud: the clouds.yaml has no entry "${wanted}": ${there}`, { field: 'cloud' });
}

/** The file without its other entries: what is not needed does not go into the cluster. An entry that shares parts with others keeps them. */
export function onlyEntry(text: string, name: string): string {
  const document = documentOf(text);
  const sharesParts = /(^|[\s:[{,-])[&*][^\s,\]}]+/m.test(text);
  if (sharesParts) return text;
  for (const other of namesIn(document)) if (other !== name) document.deleteIn(['clouds', other]);
  return document.toString({ lineWidth: 0 });
}

/** The path in its `cacert`, which is one of this machine. */
export function cacertPath(text: string, name: string): string | undefined {
  const path = documentOf(text).getIn(['clouds', name, 'cacert']);
  return typeof path === 'string' && path !== '' && !path.includes('-----BEGIN') ? path : undefined;
}

/** Failsafe: every scalar stays the text that was written, such as a password 0123. */
function documentOf(text: string): Document {
  const document = parseDocument(text, { schema: 'failsafe', prettyErrors: false });
  const [problem] = document.errors;
  if (problem) throw new EhosError('Invalid', `clouds.yaml: not YAML: ${problem.code} at character ${problem.pos[0]}`);
  return document;
}

function namesIn(document: Document): string[] {
  const clouds = document.get('clouds');
  return isMap(clouds) ? clouds.items.map(({ key }) => String(key)) : [];
}
