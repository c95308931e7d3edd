/** Which nodes of a master are not heard of, and whether so many that HTCondor's silence says nothing of one of them. */
import { CONFIRM_LOST, keyOf, nodeIdOf, type EhosMaster, type EhosNode } from '../api/resources.ts';
import { massLostWords, observeMassLost, type HearingSight, type MassLost } from '../domain/mass-lost.ts';
import { isCollectorWarm } from '../domain/freshness.ts';
import { isOff } from '../domain/server-exits.ts';
import { fromTime, toTime } from '../domain/times.ts';
import type { Context } from './context.ts';
import type { MasterSession } from './master-session.ts';

/** Condition of a master; False while many nodes are silent. */
export const NODES_HEARD = 'NodesHeard';

/** Takes a reading in. A collector that has just started knows nobody: that says nothing either way. */
export function hear(context: Context, master: EhosMaster, session: MasterSession, nodes: readonly EhosNode[]): void {
  const now = context.clock.now();
  const { nodeUpdateInterval, lifecycle } = context.settings;
  const started = session.snapshot?.collectorStartedAt;
  if (session.startdsAt === undefined) return;
  if (!session.hears) session.massLost = inStatus(master);
  session.hears = true;
  if (!isCollectorWarm(started, now, nodeUpdateInterval * 1000)) return;
  const before = session.massLost;
  session.massLost = observeMassLost(before, sightOf(master, session, nodes, { now, lostAfter: lifecycle.lostAfter }));
  tell(context, master, before, session.massLost);
}

function sightOf(
  { metadata }: EhosMaster,
  session: MasterSession,
  nodes: readonly EhosNode[],
  { now, lostAfter }: { now: number; lostAfter: number },
): HearingSight {
  const readAt = session.startdsAt ?? now;
  const expected = nodes.filter(isExpected);
  const joins = expected.flatMap(({ status }) => fromTime(status?.joined) ?? []);
  return {
    now,
    silentSince: expected.map((node) => {
      const heardAt = session.startds.get(nodeIdOf(node))?.lastHeardFrom;
      if (heardAt !== undefined && readAt - heardAt <= lostAfter) return undefined;
      return heardAt ?? fromTime(node.status?.lostSince) ?? readAt;
    }),
    lastJoin: joins.length === 0 ? undefined : Math.max(...joins),
    confirmedAt: fromTime(metadata.annotations?.[CONFIRM_LOST]),
  };
}

/** It joined and should run: one that was drained or deleted goes silent in order, and the cloud's word explains one that is switched off. */
function isExpected({ status = {} }: EhosNode): boolean {
  const ended = status.drained !== undefined || status.deleted !== undefined || isOff(status.vmState);
  return status.joined !== undefined && !ended;
}

/** After a restart the condition says since when. */
function inStatus({ status }: EhosMaster): MassLost | undefined {
  const condition = status?.conditions?.find(({ type }) => type === NODES_HEARD);
  const since = condition?.status === 'False' ? fromTime(condition.lastTransitionTime) : undefined;
  return since === undefined ? undefined : { since, silent: 0, nodes: 0, confirmed: false, hears: false };
}

function tell(context: Context, master: EhosMaster, before: MassLost | undefined, after: MassLost | undefined): void {
  if ((before === undefined) === (after === undefined)) return;
  const note = after
    ? `${massLostWords(after)}; none is given up until they are heard again, or you say that they are lost: ${howToConfirm(master)}`
    : 'the nodes that had fallen silent at once are heard again, or are gone';
  context.events.event(master, after ? 'Warning' : 'Normal', after ? 'ManyNodesSilent' : 'NodesHeard', note);
  context.log[after ? 'warn' : 'info'](note, { master: keyOf(master) });
}

/** The moment of the confirmation counts, so that it is none for another time. */
function howToConfirm({ metadata: { name, namespace = '' } }: EhosMaster): string {
  return `kubectl annotate --overwrite emaster ${name} -n ${namespace} ${CONFIRM_LOST}=$(date -u +%FT%TZ)`;
}

/** For the condition. */
export function hearingWords(master: EhosMaster, lost: MassLost): string {
  const since = toTime(lost.since);
  return lost.confirmed
    ? `${massLostWords(lost)}; they are taken for lost, as confirmed by ${CONFIRM_LOST}`
    : `${massLostWords(lost)}; since ${since} none is given up for it. If they are lost: ${howToConfirm(master)}`;
}
