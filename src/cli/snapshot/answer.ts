/** What an operator answers that is asked for a snapshot. */
import { KIND, type SnapshotFile } from '../../snapshot/file.ts';
import { MOST_BYTES, parseText } from '../../snapshot/parse.ts';

/** With 10,000 nodes the answer takes about a second. */
export const PATIENCE_MS = 30_000;
/** No more can be planned. */
export const MOST_ANSWER_BYTES = MOST_BYTES.json;

/** undefined: it is something else. Its content is the operator's matter: another version of it may know more fields than this one. */
export function snapshotIn(text: string): SnapshotFile | undefined {
  const parsed = parseText(text);
  return 'value' in parsed && isSnapshot(parsed.value) ? parsed.value : undefined;
}

function isSnapshot(value: unknown): value is SnapshotFile {
  return typeof value === 'object' && value !== null && 'kind' in value && value.kind === KIND;
}
