/** When HTCondor last heard of one node: asked immediately before a server is deleted without its startd's own proof. */
import type { Clock } from '../base/clock.ts';
import { EhosError, messageOf } from '../base/errors.ts';
import type { ScriptStep } from '../base/remote-script.ts';
import { parseAds, type Ad } from './classad.ts';
import { parseCollectorStart } from './collector.ts';
import { queryCollector, querySlotsOf, queryTime } from './commands.ts';
import type { LastHeard } from './master.ts';
import type { Answers } from './round-trip.ts';
import { MasterTime, parseEpochSeconds } from './times.ts';

/** The uid of a Kubernetes object: it stands in an expression. */
const UID = /^[\w-]{1,64}$/;

/** Rejects with `Invalid` for what cannot be the id of a node, `Transient` when any part of the answer is missing: then nothing is known. */
export async function lastHeard(
  nodeId: string,
  run: (steps: ScriptStep[]) => Promise<Answers>,
  clock: Clock,
): Promise<LastHeard> {
  if (!UID.test(nodeId))
    throw new EhosError('Invalid', `${JSON.stringify(nodeId.slice(0, 80))} is not the id of a node`);
  const beganAt = clock.now();
  const answers = await run([queryTime('time'), queryCollector('collector'), querySlotsOf('slots', nodeId)]);
  try {
    const time = new MasterTime(parseEpochSeconds(answers.output('time')), beganAt);
    const started = parseCollectorStart(answers.output('collector'));
    const ads = parseAds(answers.output('slots'));
    const heard = ads.map((ad) => ad.number('LastHeardFrom') ?? Infinity);
    return {
      heardAt: heard.length === 0 ? undefined : time.ours(Math.max(...heard)),
      drained: ads.length > 0 && ads.every(isDrained),
      collectorStartedAt: started === undefined ? undefined : time.ours(started),
    };
  } catch (error) {
    if (error instanceof EhosError) throw error;
    throw new EhosError('Transient', `whether the node is heard of: ${messageOf(error)}`, { cause: error });
  }
}

/** As in a reading: HTCondor's words for a slot that runs nothing and takes nothing. */
function isDrained(ad: Ad): boolean {
  return ad.text('State') === 'Drained' && ad.text('Activity') === 'Idle' && (ad.number('NumDynamicSlots') ?? 0) === 0;
}
