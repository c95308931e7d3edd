/** What the status of an EhosCloud says of servers that have no EhosNode. */
import type { ConditionInput } from '../domain/conditions.ts';
import type { OrphanSettings } from '../domain/orphans.ts';
import type { Vm } from '../domain/snapshots.ts';
import { count } from '../domain/words.ts';

/** The last look for orphans, and what was done since the start. */
export interface OrphanReport {
  /** Why nothing can be told, in words. */
  problem: string | undefined;
  waiting: readonly Vm[];
  /** Servers that the brake holds, how many of ours there are, and what an admin has to say. */
  braked: { servers: readonly Vm[]; of: number; confirmation: string } | undefined;
  /** Of which nobody can tell whose they are. */
  untold: readonly Vm[];
  /** Of namespaces or clouds that are not served here. */
  elsewhere: readonly Vm[];
  /** Since the start of the operator. */
  adopted: number;
  released: number;
  addresses: number;
}

export const NO_REPORT: OrphanReport = {
  problem: undefined,
  waiting: [],
  braked: undefined,
  untold: [],
  elsewhere: [],
  adopted: 0,
  released: 0,
  addresses: 0,
};

/** Annotation on an EhosCloud by which an admin lets go what the brake holds. */
export const CONFIRM_ORPHANS = 'ehos.io/confirm-orphans';

export const ORPHAN_CONDITION = 'NoOrphans';

const SHOWN = 5;

export function orphanCondition(cloud: string, report: OrphanReport, settings: OrphanSettings): ConditionInput {
  const type = ORPHAN_CONDITION;
  const { problem, braked, waiting, untold, elsewhere } = report;
  if (problem !== undefined) return { type, status: 'Unknown', reason: 'CannotTell', message: problem };
  const others = elsewhere.length === 0 ? '' : `; ${count(elsewhere.length, 'server')} of clouds not served here`;
  if (braked) {
    const held = `${names(braked.servers)} of our ${count(braked.of, 'server')} ${have(braked.servers.length)} neither EhosNode nor pool`;
    const limit = `more than ${settings.brakeNumber} and ${Math.round(settings.brakeShare * 100)} % at once`;
    const command = `kubectl annotate ehoscloud ${cloud} --overwrite ${CONFIRM_ORPHANS}=${braked.confirmation}`;
    return {
      type,
      status: false,
      reason: 'Brake',
      message: `${held}, ${limit}: none is removed before you say so: ${command}`,
    };
  }
  if (untold.length > 0) {
    const why = 'and nothing on them says which pool they are of: they are not touched';
    return {
      type,
      status: false,
      reason: 'Untold',
      message: `${names(untold)} with our tag ${have(untold.length)} no EhosNode, ${why}${others}`,
    };
  }
  if (waiting.length > 0) {
    const minutes = Math.round(settings.grace / 60_000);
    const message = `${names(waiting)} ${have(waiting.length)} no EhosNode; what stays so for ${minutes} min gets one again${others}`;
    return { type, status: false, reason: 'Waiting', message };
  }
  return { type, status: true, reason: 'None', message: `each server of ours has its EhosNode${others}` };
}

function have(n: number): string {
  return n === 1 ? 'has' : 'have';
}

/** `7 servers (a, b, c and 4 more)`. */
function names(vms: readonly Vm[]): string {
  const shown = vms.slice(0, SHOWN).map(({ name, id }) => `${name} ${id}`);
  const more = vms.length - shown.length;
  return `${count(vms.length, 'server')} (${shown.join(', ')}${more > 0 ? ` and ${more} more` : ''})`;
}
