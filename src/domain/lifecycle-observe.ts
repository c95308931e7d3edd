/** What cloud and HTCondor show of a node, written into its status; and what of it means that the node must leave. */
import type { Draft } from './lifecycle-draft.ts';
import type { MasterView } from './lifecycle-types.ts';
import { isDrained, nodeStateOf } from './node-states.ts';
import { exitAfter, EXITS, isOff } from './server-exits.ts';
import type { Startd, Vm } from './snapshots.ts';

/** As many as the record takes. */
const MOST_VOLUMES = 32;

export function observe(draft: Draft): void {
  adopt(draft);
  if (draft.status.serverID === undefined) return;
  const vm = draft.seen.cloud.vms.find((candidate) => candidate.id === draft.status.serverID);
  observeServer(draft, vm);
  observeStartd(draft, vm);
}

/** A server with our tag, known to the cloud and not to the record: the answer to its create was lost. The oldest is kept. */
function adopt(draft: Draft): void {
  const { seen, status } = draft;
  if (status.serverID !== undefined || seen.launching) return;
  const oldest = seen.cloud.vms.toSorted((a, b) => a.createdAt - b.createdAt || (a.id < b.id ? -1 : 1))[0];
  if (!oldest) return;
  status.serverID = oldest.id;
  draft.setTime('requested', draft.time('requested') ?? oldest.createdAt);
  draft.setTime('launched', oldest.createdAt);
  // what became of it while it had no record is not known: it may have joined, and jobs may run there
  if (seen.node.spec.adopts !== undefined) draft.setTime('joined', seen.now);
  draft.event('Normal', 'Adopted', `found server ${oldest.id} by its tag`);
}

function observeServer(draft: Draft, vm: Vm | undefined): void {
  const { seen, status } = draft;
  if (!vm) {
    if (seen.cloud.fresh && listedAfter(draft, 'launched', seen.settings.listLag)) vanished(draft);
    else status.vmState ??= 'Booting';
    return;
  }
  status.vmState = vm.state;
  if (vm.state === 'Deleted') {
    vanished(draft);
    return;
  }
  if (vm.addresses.length > 0) status.addresses = vm.addresses;
  rememberVolumes(draft, vm);
  if (vm.state === 'Active' && status.booted === undefined) draft.setTime('booted', seen.now);
  if (vm.fault !== undefined) status.fault = vm.fault.slice(0, 4096);
  if (EXITS[vm.state].NotJoined.after === 0 && status.joined === undefined && status.drainRequested === undefined) {
    const fault = vm.fault ?? `the cloud shows it as ${vm.state} and gives no reason`;
    draft.fail('ServerError', fault);
    draft.event('Warning', 'ServerFailed', `server ${vm.id}: ${fault}`);
    draft.leave(`the server failed: ${fault}`);
  }
}

/** Those that go with the server: a cloud that forgets them when it deletes the server can be reminded. None is forgotten here. */
function rememberVolumes({ status }: Draft, { volumes = [] }: Vm): void {
  const known = status.volumes ?? [];
  const fresh = volumes.filter((id) => !known.includes(id));
  if (fresh.length > 0) status.volumes = [...known, ...fresh].slice(0, MOST_VOLUMES);
}

function vanished(draft: Draft): void {
  const { status } = draft;
  status.vmState = 'Deleted';
  if (status.drainRequested !== undefined) return;
  draft.event('Warning', 'ServerVanished', `server ${status.serverID ?? ''} is gone and was not deleted by us`);
  draft.leave('the server is gone');
}

/** The listing began late enough after a step that a server which exists must be in it. */
export function listedAfter(draft: Draft, field: 'launched' | 'deleted', lag: number): boolean {
  const at = draft.time(field);
  return at !== undefined && (draft.seen.cloud.observedAt ?? 0) > at + lag;
}

function observeStartd(draft: Draft, vm: Vm | undefined): void {
  const { seen, status } = draft;
  const { startd } = seen.master;
  if (!seen.master.fresh) {
    // told where something waits for it: it would be one write for each node of the pool, and one more when the master is back
    if (status.joined === undefined) draft.waitsFor = seen.master.problem ?? 'HTCondor has not been read yet';
    return;
  }
  // measured against the reading, not against now: an old reading does not make a node silent
  const silentFor = (seen.master.observedAt ?? seen.now) - (startd?.lastHeardFrom ?? -Infinity);
  if (startd && silentFor <= seen.settings.lostAfter) present(draft, startd, vm);
  else if (status.joined === undefined) notJoined(draft, vm);
  else absent(draft, seen.master);
}

function present(draft: Draft, startd: Startd, vm: Vm | undefined): void {
  const { seen, status } = draft;
  if (status.joined === undefined) {
    draft.setTime('joined', seen.now);
    draft.event('Normal', 'Joined', `${startd.name} joined the pool`);
  }
  if (status.lostSince !== undefined) {
    draft.setTime('lostSince', undefined);
    draft.event('Normal', 'FoundAgain', `${startd.name} is heard of again`);
  }
  status.slotName = startd.name;
  status.cores = startd.total.cpus;
  status.memory = startd.total.memory;
  status.disk = startd.total.disk;
  status.nodeState = nodeStateOf(startd);
  if (status.vmState !== 'Error') Reflect.deleteProperty(status, 'fault');
  voidDeletion(draft, startd, vm);
  stayIfBusy(draft, startd);
  if (startd.dynamicSlots > 0) {
    draft.setTime('idleSince', undefined);
    if (status.firstBusy === undefined) draft.setTime('firstBusy', seen.now);
  } else if (status.idleSince === undefined) {
    // the first ad after a job still shows the time of its start (measured): a node that was busy is idle since now
    const since = status.firstBusy === undefined ? (startd.idleSince ?? seen.now) : seen.now;
    draft.setTime('idleSince', Math.min(seen.now, Math.max(since, draft.time('joined') ?? 0)));
  }
  const asked = status.drainRequested !== undefined && status.drained === undefined;
  if (asked && isDrained(startd) && isSinceCalledOff(draft)) {
    draft.setTime('drained', seen.now);
    draft.event('Normal', 'Drained', 'HTCondor proved that it runs nothing and takes no job any more');
  }
  // a reading that is late must not make this a busy loop: the next one wakes the node anyway
  draft.lookAgainIn(Math.max(1_000, startd.lastHeardFrom + seen.settings.lostAfter - seen.now + 1_000));
}

/** A drain that was called off a moment ago may still show in a reading, and is no proof for the next one that is asked for. */
function isSinceCalledOff({ seen }: Draft): boolean {
  return (seen.master.observedAt ?? -Infinity) > (seen.calledOffUntil ?? -Infinity);
}

/**
 * The cloud has not begun the deletion that was asked for (a locked server, a lost request), and by now its startd takes jobs: it joined after
 * all, was heard again, or was restarted and has forgotten its drain. What the deletion stood on holds no longer.
 */
function voidDeletion(draft: Draft, startd: Startd, vm: Vm | undefined): void {
  const { status } = draft;
  if (status.deleted === undefined || isDrained(startd)) return;
  if (!vm || vm.deleting || !listedAfter(draft, 'deleted', 0)) return;
  draft.setTime('deleted', undefined);
  draft.setTime('drained', undefined);
  draft.event(
    'Warning',
    'DeletionVoid',
    'its server is not being deleted, and its startd takes jobs: it is drained anew',
  );
}

/** A job that arrives between the decision to remove a node and its proof of idleness keeps the node (incident I2). */
function stayIfBusy(draft: Draft, startd: Startd): void {
  const { status } = draft;
  if (startd.dynamicSlots === 0 || status.mustLeaveSince !== undefined || draft.seen.mustLeave !== undefined) return;
  if (status.drainRequested === undefined || status.deleted !== undefined || status.vmState === 'Deleted') return;
  draft.setTime('drainRequested', undefined);
  draft.setTime('drained', undefined);
  Reflect.deleteProperty(status, 'drainReason');
  Reflect.deleteProperty(status, 'unneeded');
  draft.event('Normal', 'DrainCancelled', 'a job arrived: the node stays');
}

function notJoined(draft: Draft, vm: Vm | undefined): void {
  const { seen, status } = draft;
  status.nodeState = 'Starting';
  const age = draft.since('launched');
  // what is replaced at once is seen to where the server is looked at
  const limit = exitAfter(EXITS[status.vmState ?? 'Booting'].NotJoined, seen.settings) || seen.settings.bootTimeout;
  if (age <= limit) {
    draft.lookAgainIn(limit - age + 1_000);
    return;
  }
  if (status.drainRequested !== undefined || status.vmState === 'Deleted') return;
  const message = `server ${status.serverID ?? ''} (${vm?.state ?? 'Unknown'}) has not joined the pool within ${Math.round(limit / 1000)} s`;
  status.fault ??= message;
  draft.fail('BootTimeout', message);
  draft.event('Warning', 'BootTimeout', `${message}; it is replaced`);
  draft.leave(message);
}

function absent(draft: Draft, master: MasterView): void {
  const { seen, status } = draft;
  // its ads go away once it is drained or deleted; and a collector that has just started knows nobody (incident I27)
  if (status.drained !== undefined || status.deleted !== undefined) return;
  if (!master.collectorWarm && !master.startd) {
    draft.waitsFor = 'the collector has just started: nodes have not reported yet';
    draft.lookAgainIn(30_000);
    return;
  }
  if (status.lostSince === undefined) {
    draft.setTime('lostSince', seen.now);
    draft.event(
      'Warning',
      'Lost',
      `its startd was not heard of for ${Math.round(seen.settings.lostAfter / 1000)} s; the server is ${status.vmState ?? 'Unknown'}`,
    );
  }
  status.nodeState = 'Lost';
  draft.setTime('idleSince', undefined);
  lostWithServer(draft);
}

/** What is done, and when, is said by EXITS. */
function lostWithServer(draft: Draft): void {
  const { seen, status } = draft;
  const state = status.vmState ?? 'Unknown';
  draft.waitsFor = `not heard of, while the cloud says ${state}: jobs may run there, so it is kept`;
  if (!seen.cloud.fresh) {
    draft.waitsFor = seen.cloud.problem ?? 'the cloud has not been listed yet';
    return;
  }
  if (seen.master.massLost !== undefined && !isOff(state)) {
    draft.waitsFor = `not heard of, and kept: ${seen.master.massLost}`;
    draft.lookAgainIn(30_000);
    return;
  }
  const after = exitAfter(EXITS[state].Lost, seen.settings);
  const left = after - draft.since('lostSince');
  if (left > 0) draft.lookAgainIn(Math.min(left, 30_000));
  else if (after === 0) draft.leave(`the server does not run (${state}) and HTCondor has lost it`);
  else draft.leave(`HTCondor has not heard of it for ${Math.round(after / 60_000)} min, and the cloud says ${state}`);
}
