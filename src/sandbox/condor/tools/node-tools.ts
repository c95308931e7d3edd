/** Tools that act on nodes: condor_drain(1), condor_advertise(1), condor_reschedule(1), condor_restart(1), condor_reconfig(1). */
import { compileExpression } from '../pool/expression.ts';
import { masterAd, sinful, slotAds } from '../pool/slot-ads.ts';
import type { CondorPool } from '../pool/pool.ts';
import type { DrainRequest } from '../pool/execution.ts';
import type { Startd } from '../pool/startd.ts';
import { failed, hang, ok, pause, type Tool, type ToolContext, type ToolResult } from './tool.ts';

/** What condor_drain understands (options with their number of values). */
const DRAIN_OPTIONS: Readonly<Record<string, 0 | 1>> = {
  '-graceful': 0,
  '-fast': 0,
  '-quick': 0,
  '-cancel': 0,
  '-exit-on-completion': 0,
  '-resume-on-completion': 0,
  '-reason': 1,
  '-check': 1,
  '-request-id': 1,
  '-start': 1,
};

/** How long a connection to a machine that is gone takes to fail. */
const CONNECT_MS = 20_000;

export const condorDrain: Tool = async (argv, context) => {
  const options = new Map<string, string>();
  const targets: string[] = [];
  for (let i = 0; i < argv.length; i++) {
    const word = argv[i] ?? '';
    const values = DRAIN_OPTIONS[word];
    if (values !== undefined) options.set(word, values === 1 ? (argv[++i] ?? '') : '');
    else if (word.startsWith('-')) return failed(`ERROR: unknown option ${word}\n`, 2);
    else targets.push(word);
  }
  const [target] = targets;
  if (target === undefined || targets.length > 1) return failed('ERROR: must specify one target machine\n', 2);
  if (!/[@.]/.test(target)) return failed(`ERROR: unknown host ${target}\n`);
  const { pool } = context;
  if (pool.collectorState === 'Down') return failed('ERROR: (null)\n');
  if (pool.collectorState === 'Hung') return hang(context);
  const startd = pool.findStartd(target);
  if (!startd) return failed(`ERROR: Can't find address for startd ${target}\n`);
  return options.has('-cancel') ? cancel(startd, context) : drain(startd, options, context);
};

async function drain(startd: Startd, options: ReadonlyMap<string, string>, context: ToolContext): Promise<ToolResult> {
  const blocked = await obstacle(startd, 'DRAIN_JOBS', context);
  if (blocked) return blocked;
  const reason = options.get('-reason');
  const check = options.get('-check');
  const request: DrainRequest = {
    how: options.has('-fast') ? 'fast' : options.has('-quick') ? 'quick' : 'graceful',
    exitOnCompletion: options.has('-exit-on-completion'),
    ...(reason === undefined ? {} : { reason }),
    ...(check === undefined ? {} : { check }),
  };
  const answer = context.pool.execution.drain(startd, request);
  if (answer.accepted)
    return ok(
      `Sent request to drain the startd ${sinful(startd)} with ${startd.slotName}. This only affects the single startd; any other startds running on the same host will not be drained.\n`,
    );
  const said = `response to DRAIN_JOBS request: error code ${answer.code}: ${answer.message}`;
  return failed(`${attemptFailed(startd, 'DRAIN_JOBS')}Received failure from ${startd.slotName} in ${said}\n`);
}

/** rc 0 also when it does not drain (measured). */
async function cancel(startd: Startd, context: ToolContext): Promise<ToolResult> {
  const blocked = await obstacle(startd, 'CANCEL_DRAIN_JOBS', context);
  if (blocked) return blocked;
  context.pool.execution.cancelDrain(startd);
  return ok(`Sent request to cancel draining on ${startd.slotName}\n`);
}

/** A machine that does not answer, or an account without the right: the collector gives no capability, and the startd closes the connection. */
async function obstacle(startd: Startd, command: string, context: ToolContext): Promise<ToolResult | undefined> {
  if (startd.state !== 'Running') await pause(context, CONNECT_MS);
  else if (context.account.administrator) return undefined;
  return failed(`${attemptFailed(startd, command)}Failed to start ${command} command to ${startd.slotName}\n`);
}

function attemptFailed(startd: Startd, command: string): string {
  return `Attempt to send ${command} to startd ${sinful(startd)} failed\n`;
}

/** Reads the ad from standard input or a file; only invalidations are of use here. rc 0 whatever matched (measured). */
export const condorAdvertise: Tool = async (argv, { pool, account }, stdin) => {
  const [command, file] = argv.filter((word) => !word.startsWith('-') || word === '-');
  if (command !== 'INVALIDATE_STARTD_ADS' && command !== 'INVALIDATE_MASTER_ADS')
    return failed(`Unknown command ${command ?? ''}\n`);
  if (file !== undefined && file !== '-') return failed(`couldn't open ${file}: No such file or directory\n`);
  const { host, port } = pool.settings.collector;
  if (!account.administrator || pool.collectorState !== 'Up')
    return {
      code: 1,
      stdout: `Sent 0 of 1 ad to ${host}:${port}.\n`,
      stderr: `failed to send classad to <${host}:${port}>\n`,
    };
  const requirements = /^\s*Requirements\s*=\s*(.+)$/im.exec(await stdin())?.[1];
  if (requirements !== undefined) invalidate(pool, command === 'INVALIDATE_STARTD_ADS', requirements);
  return ok(`Sent 1 of 1 ad to ${host}:${port}.\n`);
};

/** Only attributes without scope, or with `MY.`, match (measured: `TARGET.Machine` matches nothing). */
function invalidate(pool: CondorPool, startds: boolean, requirements: string): void {
  let matches;
  try {
    matches = compileExpression(requirements);
  } catch {
    return;
  }
  const now = pool.clock.now();
  for (const startd of pool.collector.all(now)) {
    const view = { startd, report: startd.report, heardAt: now };
    const hit = startds
      ? slotAds(view).some((ad) => matches({ my: ad }) === true)
      : matches({ my: masterAd(view) }) === true;
    if (hit && startds) startd.slotAdDroppedAt = Math.max(startd.slotAdDroppedAt, now);
    else if (hit) startd.masterAdDroppedAt = Math.max(startd.masterAdDroppedAt, now);
  }
}

export const condorReschedule: Tool = (_argv, { pool }) => {
  if (pool.scheddState === 'Down') return failed(`Can't find address for local schedd\n`);
  pool.reschedule();
  return ok('Sent "Reschedule" command to local schedd\n');
};

/** `condor_restart -collector`: back after some seconds, empty. */
export const condorRestart: Tool = (argv, { pool, account }) => {
  if (!argv.includes('-collector')) return failed('ERROR: only -collector is simulated\n');
  if (!account.administrator) return failed('ERROR: permission denied\n');
  pool.collectorState = 'Down';
  pool.events.after(10_000, () => (pool.collectorState = 'Up'));
  return ok('Sent "Restart" command to local collector\n');
};

export const condorReconfig: Tool = (_argv, { pool }) => {
  pool.reconfigure();
  return ok('Sent "Reconfig" command to local master\n');
};
