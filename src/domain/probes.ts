/**
 * Jobs that a flavor could run by what it says of itself, though its nodes are expected to give a little less: one node shows what there
 * is. Never a second one: what it gave is remembered, with the node or without (incident I29).
 */
import type { Wish } from './job-nodes.ts';
import type { Market } from './market.ts';
import { obstacles } from './obstacles.ts';
import { kindOf, type JournalEntry, type Limited, type PlanInput } from './plan-types.ts';
import type { Survey } from './survey.ts';
import { jobsWords } from './words.ts';

export interface Probes {
  wishes: Wish[];
  limits: Limited[];
  journal: JournalEntry[];
}

/** `wished`: nodes that are made anyway; `room`: how many may be added beside them. */
export function probesFor(
  input: PlanInput,
  survey: Survey,
  market: Market,
  { wished, room }: { wished: readonly Wish[]; room: number },
): Probes {
  const probes: Probes = { wishes: [], limits: [], journal: [] };
  if (survey.uncertain.length === 0) return probes;
  const there = new Set(input.nodes.filter(({ state }) => state !== 'Leaving').map(kindOf));
  for (const { offer } of wished) there.add(kindOf({ cloud: offer.cloudName, flavor: offer.flavor.name }));
  for (const { group, flavors } of survey.uncertain) {
    const offers = market.offers.filter(({ flavor }) => flavors.has(flavor));
    const waited = offers.find((offer) => there.has(kindOf({ cloud: offer.cloudName, flavor: offer.flavor.name })));
    const jobs = jobsWords([group], '');
    if (waited) {
      const message = `${jobs} wait for the first ${waited.flavor.name} on ${waited.cloudName} to show what it gives`;
      probes.journal.push({ kind: 'Booting', message, data: { flavor: waited.flavor.name, cloud: waited.cloudName } });
      continue;
    }
    const open = offers.filter((offer) => market.available(offer) > 0).sort((a, b) => a.cost - b.cost)[0];
    if (open && probes.wishes.length < room) {
      market.take(open);
      there.add(kindOf({ cloud: open.cloudName, flavor: open.flavor.name }));
      probes.wishes.push({ offer: open, reason: `to see what a node of it gives: ${jobs} need nearly all of it` });
      continue;
    }
    const limit = obstacles(market, input.clouds, offers, input.now);
    if (limit) probes.limits.push(limit);
    else if (!survey.size.fixed)
      probes.limits.push({ reason: 'MaxNodes', message: `maxNodes ${input.pool.maxNodes} reached, ${jobs} must wait` });
  }
  return probes;
}
