/** What runs last on a new server: get a token if there is none, then start HTCondor. It tells the console how far it is. */
import { LAYOUT, TOKEN_FILE } from './layout.ts';
import type { WorkerConfig } from './user-data.ts';

/** The first words of each line that the script prints on the console. */
export const CONSOLE_PREFIX = 'ehos: ';

/** Takes values that `requireSound` has seen: none of them needs quoting in a shell. */
export function joinScript(config: WorkerConfig): string {
  const { credentials } = config;
  const blocks = [
    HEAD,
    credentials.method === 'Approve' ? askForToken(config, credentials.lifetimeSeconds) : '',
    START,
  ];
  return blocks.join('');
}

/** A console that is a character device is written to directly; elsewhere cloud-init's own output goes there. */
const HEAD = `#!/bin/sh
# Written by EHOS: makes this server an execute node of its HTCondor pool.
if [ -c /dev/console ] && (: >/dev/console) 2>/dev/null; then exec 3>/dev/console; else exec 3>&1; fi
say() { echo "${CONSOLE_PREFIX}$*" >&3; }
`;

/**
 * The daemons do not ask by themselves, and the tool gives up when the collector is restarted or reconfigured: hence the loop.
 * The tool makes the file for root only; the directory is made so where it is missing.
 */
function askForToken(config: WorkerConfig, lifetimeSeconds: number): string {
  const identity = `ehos-node-${config.nodeUid}@${config.trustDomain}`;
  return `mkdir -p -m 0700 ${LAYOUT.tokenDirectory}
until [ -s ${TOKEN_FILE} ]; do
  say "asking for a token"
  if answer=$(timeout 600 condor_token_request -identity '${identity}' \\
    -authz ADVERTISE_STARTD -authz ADVERTISE_MASTER -lifetime ${lifetimeSeconds} -token ${LAYOUT.tokenName} 2>&1)
  then say "token received"
  else say "no token yet: $(printf %s "$answer" | tail -n 1 | cut -c 1-200)"; sleep 5
  fi
done
`;
}

/**
 * Where the image has HTCondor enabled it runs already. A restart would kill a job that it may have taken; but a daemon that started
 * without a token does not look for one again until it is reconfigured (measured: not within five minutes, then within two seconds).
 */
const START = `if systemctl is-active --quiet ${LAYOUT.service} 2>/dev/null; then
  systemctl enable ${LAYOUT.service} >/dev/null 2>&1
  tries=0
  until condor_reconfig >/dev/null 2>&1; do
    tries=$((tries + 1))
    if [ "$tries" -ge 30 ]; then say "condor did not take the token"; exit 1; fi
    sleep 1
  done
elif ! systemctl enable --now ${LAYOUT.service} >/dev/null 2>&1; then
  say "condor did not start"
  exit 1
fi
say "condor started"
`;
