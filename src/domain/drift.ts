/** Whether a node is still what its pool would make now: decided from what is known anyway, without a call for any node. */
import type { EhosNode } from '../api/resources.ts';
import { formatDuration } from '../base/duration.ts';

/** What the pool would make in one cloud now. */
export interface Making {
  flavors: readonly string[];
  image: { id: string; name: string };
  /** Hash of all that a node of this flavor would be made from. */
  hashOf: (flavor: string) => string;
}

export interface Verdict {
  status: boolean;
  /** CamelCase word. */
  reason: string;
  message: string;
}

const UP_TO_DATE: Verdict = { status: false, reason: 'UpToDate', message: 'it is what its pool would make now' };

/**
 * `makings`: by cloud, one for each that the pool uses; undefined where its template is not known now. Then nothing is said: what cannot
 * be looked up has not changed.
 */
export function driftOf(
  { cloudRef, flavor, image, templateHash }: EhosNode['spec'],
  makings: ReadonlyMap<string, Making | undefined>,
): Verdict | undefined {
  if (!makings.has(cloudRef.name)) return drifted('CloudRemoved', `its pool does not use ${cloudRef.name} any more`);
  const making = makings.get(cloudRef.name);
  if (!making) return undefined;
  if (!making.flavors.includes(flavor)) return drifted('FlavorRemoved', `its pool does not allow ${flavor} any more`);
  if (image !== making.image.id)
    return drifted('ImageChanged', `its pool uses image ${making.image.name} (${making.image.id}) now`);
  if (templateHash !== making.hashOf(flavor)) return drifted('TemplateChanged', 'the template of its pool has changed');
  return UP_TO_DATE;
}

function drifted(reason: string, message: string): Verdict {
  return { status: true, reason, message };
}

/** `expireAfter`: ms; undefined: never. */
export function expiryOf(createdAt: number, expireAfter: number | undefined, now: number): Verdict {
  if (expireAfter === undefined) return { status: false, reason: 'Never', message: 'nodes of its pool do not expire' };
  const after = formatDuration(expireAfter);
  if (now - createdAt < expireAfter)
    return { status: false, reason: 'Young', message: `it expires when it is ${after} old` };
  return { status: true, reason: 'Old', message: `it is older than ${after}` };
}
