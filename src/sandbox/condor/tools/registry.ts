/** The commands of the simulated master. */
import { condorQ } from './condor-q.ts';
import { condorStatus } from './condor-status.ts';
import { cat, condorConfigVal, condorPing, condorVersion, date, echo, printf, sleep } from './info-tools.ts';
import { condorHistory, condorHold, condorRelease, condorRm, condorSubmit } from './job-tools.ts';
import { condorAdvertise, condorDrain, condorReconfig, condorReschedule, condorRestart } from './node-tools.ts';
import { tokenRequest, tokenRequestApprove, tokenRequestList } from './token-tools.ts';
import { ok, type Tool } from './tool.ts';

const BIN: Readonly<Record<string, Tool>> = {
  condor_config_val: condorConfigVal,
  condor_drain: condorDrain,
  condor_history: condorHistory,
  condor_hold: condorHold,
  condor_ping: condorPing,
  condor_q: condorQ,
  condor_reconfig: condorReconfig,
  condor_release: condorRelease,
  condor_reschedule: condorReschedule,
  condor_rm: condorRm,
  condor_status: condorStatus,
  condor_submit: condorSubmit,
  condor_token_request: tokenRequest,
  condor_token_request_approve: tokenRequestApprove,
  condor_token_request_list: tokenRequestList,
  condor_version: condorVersion,
};

/** In /usr/sbin: not in the PATH of a non-login shell (measured: rc 127). */
const SBIN: Readonly<Record<string, Tool>> = { condor_advertise: condorAdvertise, condor_restart: condorRestart };

const STANDARD: Readonly<Record<string, Tool>> = {
  cat,
  date,
  echo,
  false: () => ({ code: 1, stdout: '', stderr: '' }),
  hostname: (_argv, { pool }) => ok(`${pool.settings.hostname}\n`),
  printf,
  sleep,
  true: () => ok(''),
};

/** The program that a shell would find for a name or a path; undefined: rc 127. */
export function findTool(name: string, options: { sbinInPath: boolean; noCondor: boolean }): Tool | undefined {
  const base = name.replace(/^\/usr\/s?bin\/|^\/s?bin\//, '');
  if (STANDARD[base]) return STANDARD[base];
  if (options.noCondor) return undefined;
  if (BIN[base]) return BIN[base];
  return options.sbinInPath || name.includes('/sbin/') ? SBIN[base] : undefined;
}
