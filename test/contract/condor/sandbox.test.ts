/** The contract against the sandbox's master: in process, behind a real SSH server, in real time. */
import { systemClock } from '../../../src/base/clock.ts';
import { seededRandom } from '../../../src/base/random.ts';
import { renderUserData } from '../../../src/cloudinit/user-data.ts';
import { GuestFarm } from '../../../src/sandbox/condor/guest/guest-farm.ts';
import { CondorPool } from '../../../src/sandbox/condor/pool/pool.ts';
import { startCondorMaster, type CondorMasterServer } from '../../../src/sandbox/condor/server/condor-master.ts';
import { parseSubmitDescription } from '../../../src/sandbox/condor/tools/submit-description.ts';
import { newSshKey } from '../../../src/sandbox/ssh-key.ts';
import { condorContract } from './contract.ts';
import { drainingContract } from './draining.ts';
import type { CondorTarget } from './target.ts';
import { waitingContract } from './waiting.ts';

/** Seconds between two updates of the ad: fewer than on a real node, for the sake of time. */
const UPDATE_SECONDS = 3;

/** Allows one job at a time. */
const LIMIT = 'contract';

describe('HTCondor contract: the sandbox', () => {
  const keys = newSshKey();
  const pool = new CondorPool({
    clock: systemClock,
    random: seededRandom(1),
    negotiatorIntervalSeconds: 2,
    negotiatorCycleDelaySeconds: 1,
    concurrencyLimits: { [LIMIT]: 1 },
  });
  const farm = new GuestFarm({ pool, bootDelayMs: [50, 100], startMs: 50 });
  let server: CondorMasterServer;

  before(async () => {
    server = await startCondorMaster({ pool, users: [{ name: 'ehos', publicKey: keys.public }] });
  });

  after(async () => {
    await server.close();
    pool.close();
  });

  const { trustDomain, hostname, collector } = pool.settings;
  const target = (): Promise<CondorTarget> =>
    Promise.resolve({
      limit: LIMIT,
      ssh: {
        host: server.host,
        port: server.port,
        user: 'ehos',
        privateKey: keys.private,
        knownHosts: server.knownHostsLine,
      },
      submit: (n, cpus, memory, seconds, extra = []) => {
        const size = [`request_cpus = ${cpus}`, `request_memory = ${memory}`, 'request_disk = 1M'];
        const text = [`arguments = ${seconds}`, ...size, ...extra, `queue ${n}`].join('\n');
        const description = parseSubmitDescription(text, 'alice');
        if (description) pool.submit(description.spec, description.count);
        return Promise.resolve();
      },
      removeAll: () => {
        pool.remove([...pool.schedd.clusters.keys()].map(String));
        return Promise.resolve();
      },
      addNode: ({ uid, pool: name }) => {
        const identity = `ehos-node-${uid}@${trustDomain}`;
        const { token } = pool.tokens.issue(identity, ['ADVERTISE_STARTD', 'ADVERTISE_MASTER'], 3600, pool.clock.now());
        const userData = renderUserData(
          {
            nodeUid: uid,
            pool: name,
            collector: { ...collector, alias: hostname },
            trustDomain,
            credentials: { method: 'Token', token },
            startdAttributes: {},
            updateIntervalSeconds: UPDATE_SECONDS,
          },
          undefined,
        );
        const size = { cores: 2, memory: 2048, disk: 10 };
        const place = { serverId: uid, name: `cnd-${uid}`, projectId: 'p', addresses: ['10.20.1.1'], metadata: {} };
        farm.boot({ ...place, ...size, userData });
        return Promise.resolve();
      },
      removeNode: (uid) => {
        farm.destroy(uid);
        return Promise.resolve();
      },
    });
  condorContract(target);
  waitingContract(target);
  drainingContract(target);
});
