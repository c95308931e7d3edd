/** Reads single files out of a ZIP archive, by its central directory (PKWARE APPNOTE, 4.3.12 and 4.3.7). Without encryption and ZIP64. */
import { inflateRawSync } from 'node:zlib';

const END = 0x06054b50;
const ENTRY = 0x02014b50;
const STORED = 0;
const DEFLATED = 8;

/** Throws when the archive is none, or has no such file. */
export function fileFromZip(archive: Buffer, name: string): Buffer {
  const end = archive.lastIndexOf(Buffer.from([0x50, 0x4b, 0x05, 0x06]));
  if (end < 0 || archive.readUInt32LE(end) !== END) throw new Error('this is no ZIP archive');
  let at = archive.readUInt32LE(end + 16);
  for (let left = archive.readUInt16LE(end + 10); left > 0; left--) {
    if (archive.readUInt32LE(at) !== ENTRY) throw new Error(`the directory of the ZIP archive is damaged at ${at}`);
    const [nameSize, extraSize, commentSize] = [28, 30, 32].map((offset) => archive.readUInt16LE(at + offset));
    const start = at + 46;
    if (archive.toString('utf8', start, start + (nameSize ?? 0)) === name) return contents(archive, at);
    at = start + (nameSize ?? 0) + (extraSize ?? 0) + (commentSize ?? 0);
  }
  throw new Error(`the ZIP archive has no file ${name}`);
}

/** `at`: the file's entry in the directory, which leads to its local header. */
function contents(archive: Buffer, at: number): Buffer {
  const method = archive.readUInt16LE(at + 10);
  const size = archive.readUInt32LE(at + 20);
  const local = archive.readUInt32LE(at + 42);
  const start = local + 30 + archive.readUInt16LE(local + 26) + archive.readUInt16LE(local + 28);
  const data = archive.subarray(start, start + size);
  if (method === STORED) return data;
  if (method === DEFLATED) return inflateRawSync(data);
  throw new Error(`the ZIP archive uses compression method ${method}: there are ${STORED} and ${DEFLATED}`);
}
