/** The file of `-f`, or standard input, bounded. */
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { EhosError } from '../base/errors.ts';
import { MOST_BYTES, tooLarge } from '../snapshot/parse.ts';

/** Throws EhosError `Invalid`. `-` is standard input. */
export async function readInput(file: string): Promise<string> {
  if (file === '-') return await textOf(process.stdin, 'standard input');
  let size: number;
  try {
    const found = await stat(file);
    if (found.isDirectory()) throw refused(file, 'it is a directory: give a file, or - for standard input');
    ({ size } = found);
  } catch (error) {
    throw error instanceof EhosError ? error : unreadable(file, error);
  }
  if (size > MOST_BYTES.json) throw refused(file, tooLarge(size, 'json'));
  return await textOf(createReadStream(file), file);
}

async function textOf(stream: AsyncIterable<Buffer | string>, file: string): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  try {
    for await (const chunk of stream) {
      const part = Buffer.from(chunk);
      bytes += part.length;
      if (bytes > MOST_BYTES.json) throw refused(file, tooLarge(bytes, 'json'));
      chunks.push(part);
    }
  } catch (error) {
    throw error instanceof EhosError ? error : unreadable(file, error);
  }
  return Buffer.concat(chunks).toString('utf8');
}

function refused(file: string, words: string): EhosError {
  return new EhosError('Invalid', `${file}: ${words}`, { field: 'file' });
}

function unreadable(file: string, error: unknown): EhosError {
  const { code, message } = error as NodeJS.ErrnoException;
  const words = code === 'ENOENT' ? 'there is no such file' : message;
  return refused(file, words);
}
