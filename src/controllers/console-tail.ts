/** How far a server came, in the words of its console. */
import { cut, oneLine } from '../base/text.ts';
import { CONSOLE_PREFIX } from '../cloudinit/join-script.ts';

/** Lines to ask the cloud for: the pictures of the ssh host keys at the end of cloud-init's output are long (measured). */
export const CONSOLE_LINES = 150;
const LONGEST = 300;
/** What is looked at, characters: a cloud that does not keep to the number of lines must not fill the memory with them. */
const MOST = 64 * 1024;

/**
 * The last step that our part of the user data told, or the last line there is. Whatever runs on the server writes the console:
 * control characters go, and the length is bounded.
 */
export function howFarItCame(console: string): string {
  const lines = console
    .slice(-MOST)
    .split('\n')
    .map(oneLine)
    .filter((line) => line !== '');
  const told = lines.findLast((line) => line.includes(CONSOLE_PREFIX.trim())) ?? lines.at(-1);
  return told === undefined ? 'its console is empty' : `the last that its console tells: "${cut(told, LONGEST)}"`;
}
