/**
 * The contract against a real master. EHOS_CONTRACT_CONDOR_REAL holds JSON:
 * {"host": "127.0.0.1", "port": 10022, "user": "ehos", "privateKeyFile": "...", "knownHostsFile": "...",
 *  "command": "test/e2e/rigs/condor/rig-condor.sh", "nodeCommand": "...", "collector": {"host": "10.20.0.1", "port": 19618}}
 * `command` is the rig's script, which submits and removes jobs. `nodeCommand` boots servers: `add NAME USER_DATA_FILE` and `remove NAME`;
 * without it the tests that need a node are skipped.
 */
import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { promisify } from 'node:util';
import { renderUserData } from '../../../src/cloudinit/user-data.ts';
import { condorContract } from './contract.ts';
import { drainingContract } from './draining.ts';
import type { CondorTarget } from './target.ts';
import { waitingContract } from './waiting.ts';

interface RealMaster {
  host: string;
  port: number;
  user: string;
  privateKeyFile: string;
  knownHostsFile: string;
  command: string;
  nodeCommand?: string;
  collector?: { host: string; port: number };
}

const setting = process.env.EHOS_CONTRACT_CONDOR_REAL;

if (setting === undefined || setting === '') {
  console.warn('NOT RUN: the HTCondor contract against a real master. Set EHOS_CONTRACT_CONDOR_REAL to run it.');
} else {
  describe('HTCondor contract: a real master', () => {
    const target = (): Promise<CondorTarget> => realMaster(JSON.parse(setting) as RealMaster);
    condorContract(target);
    waitingContract(target);
    drainingContract(target);
  });
}

/** Jobs of this run and no others carry this mark. */
const MARK = `contract-${process.pid}`;
/** Of the pool for the time of this run. */
const LIMIT = 'contract';
const MARKED = `EhosContract == "${MARK}"`;

async function realMaster(real: RealMaster): Promise<CondorTarget> {
  const run = async (args: string[], environment: Record<string, string> = {}): Promise<string> => {
    const options = { env: { ...process.env, ...environment } };
    const { stdout } = await promisify(execFile)(real.command, args, options);
    return stdout;
  };
  // a new configuration also makes the negotiator tell the collector of itself at once
  const limit = `printf '%s_LIMIT = 1\\n' ${LIMIT} > /etc/condor/config.d/95-contract.conf && condor_reconfig`;
  await run(['exec', 'sh', '-c', limit]);
  return {
    limit: LIMIT,
    ssh: {
      host: real.host,
      port: real.port,
      user: real.user,
      privateKey: await readFile(real.privateKeyFile, 'utf8'),
      knownHosts: await readFile(real.knownHostsFile, 'utf8'),
    },
    submit: async (n, cpus, memory, seconds, extra = []) => {
      await run([
        'submit',
        String(n),
        String(cpus),
        String(memory),
        String(seconds),
        `+EhosContract = "${MARK}"`,
        ...extra,
      ]);
    },
    removeAll: async () => {
      const left = (): Promise<string> =>
        run(['exec', 'condor_q', '-allusers', '-constraint', MARKED, '-af', 'ClusterId']);
      if ((await left()).trim() === '') return;
      // an error when there is none left, so the queue is what counts
      await run(['exec', 'condor_rm', '-constraint', MARKED]).catch(() => undefined);
      for (let i = 0; i < 100 && (await left()).trim() !== ''; i++) await wait(200);
    },
    ...(real.nodeCommand !== undefined && real.collector && nodesOf(real.nodeCommand, real.collector)),
  };
}

/** Servers that join with a token in their user data, and the operator's own rendering of it. */
function nodesOf(
  command: string,
  collector: { host: string; port: number },
): Required<Pick<CondorTarget, 'addNode' | 'removeNode'>> {
  const nameOf = (uid: string): string => `ehos-${uid}`;
  return {
    addNode: async ({ uid, pool, token, facts }) => {
      const userData = renderUserData(
        {
          nodeUid: uid,
          pool,
          collector: { ...collector, alias: facts.certificateName },
          trustDomain: facts.trustDomain,
          credentials: { method: 'Token', token },
          startdAttributes: {},
          updateIntervalSeconds: 10,
        },
        undefined,
      );
      const folder = await mkdtemp(join(tmpdir(), 'ehos-contract-'));
      await writeFile(join(folder, 'user-data'), userData, { mode: 0o600 });
      await promisify(execFile)(command, ['add', nameOf(uid), join(folder, 'user-data')]);
      await rm(folder, { recursive: true });
    },
    removeNode: async (uid) => {
      await promisify(execFile)(command, ['remove', nameOf(uid)]);
    },
  };
}
