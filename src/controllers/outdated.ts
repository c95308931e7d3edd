/** Which nodes of a pool are outdated, and whether one that was made as the pool says now has shown to work. */
import { keyOf, type EhosNode, type EhosNodePool } from '../api/resources.ts';
import { parseDuration } from '../base/duration.ts';
import type { ResolvedTemplate } from '../cloud/backend.ts';
import { driftOf, expiryOf, type Making, type Verdict } from '../domain/drift.ts';
import type { CloudSight } from '../domain/fleet-sight.ts';
import type { PlanNode } from '../domain/plan-types.ts';
import { OUTDATED_MARK } from '../domain/replacement.ts';
import { mergeTemplate } from '../domain/templates.ts';
import { fromTime } from '../domain/times.ts';
import { templateHash } from './node-launch.ts';

export interface Judged {
  /** undefined: it is not known now. */
  drift: Verdict | undefined;
  expiry: Verdict;
}

export interface Judgement {
  /** By the name of the node. */
  nodes: ReadonlyMap<string, Judged>;
  /** Nodes have drifted, and none of the new making has joined yet. */
  unproven: boolean;
}

interface Sight {
  pool: EhosNodePool;
  nodes: readonly EhosNode[];
  templates: ReadonlyMap<string, ResolvedTemplate>;
  /** By name. */
  clouds: ReadonlyMap<string, CloudSight['object']>;
  now: number;
}

type KeyedMaking = Making & { key: string };

export class OutdatedWatch {
  /** Pool -> makings of which a node has joined. After a restart one more node shows it, if none is there any more. */
  readonly #proven = new Map<string, Set<string>>();

  judge(sight: Sight): Judgement {
    const { pool, nodes, now } = sight;
    const field = 'spec.disruption.expireAfter';
    const given = pool.spec.disruption?.expireAfter;
    const expireAfter = given === undefined ? undefined : parseDuration(given, field);
    const makings = makingsOf(sight);
    const proven = this.#proven.get(keyOf(pool)) ?? new Set<string>();
    this.#proven.set(keyOf(pool), proven);
    let drifted = false;
    const judged = new Map<string, Judged>();
    for (const node of nodes) {
      const { metadata, spec, status = {} } = node;
      const drift = driftOf(spec, makings);
      const expiry = expiryOf(fromTime(metadata.creationTimestamp) ?? now, expireAfter, now);
      judged.set(metadata.name, { drift, expiry });
      if (drift?.status === true) drifted = true;
      else if (drift && status.joined !== undefined) proven.add(makings.get(spec.cloudRef.name)?.key ?? '');
    }
    const known = [...makings.values()].flatMap((making) => making ?? []);
    return { nodes: judged, unproven: drifted && !known.some(({ key }) => proven.has(key)) };
  }

  forget(poolKey: string): void {
    this.#proven.delete(poolKey);
  }
}

function makingsOf({ pool, templates, clouds }: Sight): Map<string, KeyedMaking | undefined> {
  return new Map(
    pool.spec.clouds.map((entry) => {
      const template = templates.get(entry.name);
      const cloud = clouds.get(entry.name);
      if (!template || !cloud) return [entry.name, undefined];
      const { flavors } = mergeTemplate(pool, entry, cloud);
      const hashes = new Map<string, string>();
      const hashOf = (flavor: string): string => {
        const hash = hashes.get(flavor) ?? templateHash(pool, template, flavor);
        hashes.set(flavor, hash);
        return hash;
      };
      const image = { id: template.imageId, name: template.imageName };
      return [entry.name, { flavors, image, hashOf, key: `${entry.name}/${hashOf('')}` }];
    }),
  );
}

/** What the plan has to know of it. */
export function flagsOf(
  { status = {}, metadata }: EhosNode,
  judged: Judged | undefined,
): Pick<PlanNode, 'outdated' | 'released'> {
  if (!judged) return {};
  const { drift, expiry } = judged;
  if (drift?.status === true) return { outdated: drift.message };
  if (expiry.status) return { outdated: expiry.message };
  const wasOutdated = status.drainReason?.startsWith(OUTDATED_MARK) === true && status.mustLeaveSince !== undefined;
  const stays = metadata.deletionTimestamp === undefined && status.deleted === undefined && status.joined !== undefined;
  return drift && wasOutdated && stays && status.lostSince === undefined ? { released: true } : {};
}
