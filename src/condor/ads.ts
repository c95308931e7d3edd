/** Ads of machines that are gone: while they are there, the negotiator goes on matching jobs to them. */
import { EhosError } from '../base/errors.ts';
import type { ScriptStep } from '../base/remote-script.ts';
import { parseAds } from './classad.ts';
import { invalidate, queryAdsOf, type AdKind } from './commands.ts';
import type { Answers } from './round-trip.ts';

const KINDS: AdKind[] = ['Startd', 'Master'];

/** Machines in one expression: some kilobytes of names. */
const CHUNK = 100;

/**
 * Drops startd and master ads, then looks whether they are gone: the sender is told "Sent 1 of 1 ad" whatever matched, and also when the
 * collector ignored it. Rejects with `Transient` naming the machines that are still there, `Invalid` for what cannot be a machine.
 */
export async function dropAds(machines: string[], run: (steps: ScriptStep[]) => Promise<Answers>): Promise<void> {
  const names = [...new Set(machines)];
  const odd = names.find((name) => !isMachine(name));
  if (odd !== undefined)
    throw new EhosError('Invalid', `${JSON.stringify(odd.slice(0, 80))} is not the name of a machine`);
  const chunks = Array.from({ length: Math.ceil(names.length / CHUNK) }, (_, i) =>
    names.slice(i * CHUNK, (i + 1) * CHUNK),
  );
  if (chunks.length === 0) return;
  const each = <T>(use: (kind: AdKind, chunk: string[], id: string) => T): T[] =>
    chunks.flatMap((chunk, i) => KINDS.map((kind) => use(kind, chunk, `${kind.toLowerCase()}-ads-${i}`)));
  const answers = await run([
    ...each((kind, chunk, id) => invalidate(`drop-${id}`, kind, chunk)),
    ...each((kind, chunk, id) => queryAdsOf(`left-${id}`, kind, chunk)),
  ]);
  each((_kind, _chunk, id) => answers.output(`drop-${id}`));
  const left = each((_kind, _chunk, id) => machinesIn(answers.output(`left-${id}`))).flat();
  if (left.length > 0)
    throw new EhosError(
      'Transient',
      `the collector still has ads of ${[...new Set(left)].slice(0, 5).join(', ')}: is the account allowed to advertise?`,
    );
}

function machinesIn(output: string): string[] {
  try {
    return parseAds(output).map((ad) => ad.text('Machine') ?? 'a nameless machine');
  } catch (error) {
    throw new EhosError('Transient', 'the collector did not say which ads are left', { cause: error });
  }
}

function isMachine(name: string): boolean {
  return name.length <= 255 && /^[A-Za-z0-9_][\w.:-]*$/.test(name);
}
