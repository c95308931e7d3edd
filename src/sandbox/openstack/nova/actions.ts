/** `POST /servers/ID/action`: power, console, lock. */
import { isObject, objectAt, pythonRepr, pythonStr, stringAt } from '../json.ts';
import { empty, json, novaError } from '../reply.ts';
import type { Reply } from '../reply.ts';
import type { Params } from '../router.ts';
import type { Server, VmState } from '../state.ts';
import { bodyOf, serverOf } from './call.ts';
import type { NovaCall } from './call.ts';
import { recordAction } from './new-server.ts';
import { refuse } from './schema.ts';

interface PowerAction {
  /** The word in Nova's conflict texts and in the list of actions. */
  word: string;
  from: VmState[];
  to: VmState;
  powerState: number;
  /** What becomes of the guest. */
  guest: 'on' | 'off' | 'restart' | 'kept';
}

const POWER: Record<string, PowerAction> = {
  'os-stop': { word: 'stop', from: ['active', 'error'], to: 'stopped', powerState: 4, guest: 'off' },
  'os-start': { word: 'start', from: ['stopped'], to: 'active', powerState: 1, guest: 'on' },
  reboot: {
    word: 'reboot',
    from: ['active', 'stopped', 'paused', 'suspended', 'error'],
    to: 'active',
    powerState: 1,
    guest: 'restart',
  },
  suspend: { word: 'suspend', from: ['active'], to: 'suspended', powerState: 4, guest: 'kept' },
  resume: { word: 'resume', from: ['suspended'], to: 'active', powerState: 1, guest: 'kept' },
  pause: { word: 'pause', from: ['active'], to: 'paused', powerState: 3, guest: 'kept' },
  unpause: { word: 'unpause', from: ['paused'], to: 'active', powerState: 1, guest: 'kept' },
};

/** Real actions that only administrators may use. */
const ADMIN_ONLY: Record<string, string> = {
  'os-resetState': 'os_compute_api:os-admin-actions:reset_state',
  'os-migrate': 'os_compute_api:os-migrate-server:migrate',
};

export function serverAction(call: NovaCall, params: Params): Reply {
  const body = bodyOf(call);
  const name = isObject(body) ? Object.keys(body)[0] : undefined;
  if (name === undefined) throw novaError(400, 'Malformed request body');
  const server = serverOf(call, params);
  const admin = ADMIN_ONLY[name];
  if (admin !== undefined) throw novaError(403, `Policy doesn't allow ${admin} to be performed.`);
  const power = POWER[name];
  if (name === 'os-getConsoleOutput') return console(call, server, body);
  if (name === 'lock' || name === 'unlock') return lock(call, server, name, objectAt(body, 'lock'));
  if (!power) throw novaError(400, `There is no such action: ${name}`);
  return setPower(call, server, power, objectAt(body, name));
}

export function checkReady(server: Server): void {
  if (server.buildRequest) throw novaError(409, `Instance ${server.id} is not ready`);
}

export function checkLock(server: Server): void {
  if (server.lockedByAdmin) throw novaError(409, `Instance ${server.id} is locked`);
}

function checkState(server: Server, { word, from }: PowerAction): void {
  const refuse = (state: string): never => {
    throw novaError(409, `Cannot '${word}' instance ${server.id} while it is in ${state}`);
  };
  if (!from.includes(server.vmState)) refuse(`vm_state ${server.vmState}`);
  if (server.taskState !== null) refuse(`task_state ${server.taskState}`);
}

/** The change is immediate: the sandbox's hardware needs no time to switch power. */
function setPower(call: NovaCall, server: Server, power: PowerAction, options: unknown): Reply {
  const { life, project } = call;
  checkReady(server);
  checkLock(server);
  checkState(server, power);
  if (power.word === 'reboot' && !/^(soft|hard)$/i.test(stringAt(options, 'type') ?? '')) {
    refuse('reboot', options, "'type' is a required property");
  }
  if (power.guest === 'off' || power.guest === 'restart') life.powerOff(server);
  server.vmState = power.to;
  server.powerState = power.powerState;
  server.fault = undefined;
  if (power.guest === 'on' || power.guest === 'restart') life.powerOn(project, server);
  life.touch(server);
  record(call, server, power.word);
  return empty(202, { 'content-type': 'application/json' });
}

/** The last `length` lines; all of them without, or with -1. */
function console(call: NovaCall, server: Server, body: unknown): Reply {
  const { length } = objectAt(body, 'os-getConsoleOutput');
  const lines = Number(length ?? -1);
  if (!/^-?[0-9]+$/.test(pythonStr(length ?? -1)))
    refuse('length', length, `${pythonRepr(length)} does not match '^-?[0-9]+$'`);
  if (lines < -1) refuse('length', length, `${pythonRepr(length)} is less than the minimum of -1`);
  checkReady(server);
  const output = call.life.console(server);
  return json(200, { output: lines < 0 ? output : lastLines(output, lines) });
}

function lastLines(text: string, count: number): string {
  const lines = text.split('\n');
  // a final line break ends the last line, it does not begin another
  const ended = lines.at(-1) === '' ? 1 : 0;
  return count === 0 ? '' : lines.slice(-(count + ended)).join('\n');
}

function lock(call: NovaCall, server: Server, name: 'lock' | 'unlock', options: unknown): Reply {
  checkReady(server);
  if (name === 'unlock') checkLock(server);
  server.locked = name === 'lock';
  server.lockedReason = server.locked ? (stringAt(options, 'locked_reason') ?? null) : null;
  call.life.touch(server);
  record(call, server, name);
  return empty(202, { 'content-type': 'application/json' });
}

function record({ project, exchange, world }: NovaCall, server: Server, word: string): void {
  recordAction(server, word, exchange.requestId, project.id, world.clock.now());
}
