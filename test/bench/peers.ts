/** The process of the peers: Kubernetes API, OpenStack and HTCondor of the sandbox, apart from the operator that is measured. */
import { systemClock } from '../../src/base/clock.ts';
import { messageOf } from '../../src/base/errors.ts';
import { seededRandom, type Random } from '../../src/base/random.ts';
import type { EhosNode, KubeObject } from '../../src/api/resources.ts';
import { defaultSandboxClouds, type SandboxCloud } from '../../src/sandbox/openstack/clouds.ts';
import { startSandbox, type Sandbox } from '../../src/sandbox/sandbox.ts';
import { JobStatus } from '../../src/sandbox/condor/pool/jobs.ts';
import { multiply } from './multiply.ts';
import type { PeerApi, PeerReply, PeerRequest, PeerSize, Truth } from './peer-api.ts';

const NAMESPACE = 'default';
/** The CRD's default; the sandbox's own sample is faster than anyone would set it. */
const POLL_INTERVAL = '15s';

/** The two of the sandbox, and further ones like its second. */
function clouds({ clouds: count, instances, spawnDelayMs }: PeerSize): SandboxCloud[] {
  const quota = { instances, cores: instances * 8, ram: instances * 16_384 };
  const [first, second] = defaultSandboxClouds();
  if (!first || !second) throw new Error('the sandbox has no two clouds');
  const further = Array.from({ length: Math.max(0, count - 2) }, (_, i): SandboxCloud => {
    const cidr = `10.${40 + 10 * i}.0.0/16`;
    const networks = second.networks.map((network) => (network.external ? network : { ...network, cidr }));
    return { ...second, project: `ehos-further-${i}`, networks };
  });
  return [first, second, ...further].slice(0, count).map((cloud) => ({ ...cloud, quota, spawnDelayMs }));
}

/** As an admin would apply them, with the poll interval of the CRD. */
function applied(objects: KubeObject[]): KubeObject[] {
  return objects.map((object) => {
    if (object.kind !== 'EhosMaster') return object;
    const { spec, ...rest } = object as KubeObject & { spec: object };
    return { ...rest, spec: { ...spec, pollInterval: POLL_INTERVAL } };
  });
}

class Observer {
  readonly #lost = new Set<string>();

  constructor(private readonly sandbox: Sandbox) {}

  truth(): Truth {
    const { sandbox } = this;
    const requested = sandbox.openstack.events.filter(({ type }) => type === 'requested');
    const times = requested.map(({ at }) => at);
    const nodes = sandbox.kube.objects('ehosnodes') as unknown as EhosNode[];
    for (const { metadata, status } of nodes)
      if (status?.lostSince !== undefined) this.#lost.add(metadata.uid ?? metadata.name);
    const { pool } = sandbox;
    return {
      servers: sandbox.openstack.servers().length,
      creates: requested.length,
      twins: requested.length - new Set(requested.map(({ name }) => name)).size,
      firstCreateAt: times.length > 0 ? Math.min(...times) : undefined,
      lastCreateAt: times.length > 0 ? Math.max(...times) : undefined,
      busiestSecond: busiestSecond(times),
      records: nodes.length,
      joined: nodes.filter(({ status }) => status?.joined !== undefined && status.lostSince === undefined).length,
      busy: nodes.filter(({ status }) => status?.nodeState === 'Busy').length,
      everLost: this.#lost.size,
      startds: pool.collector.startds.size,
      idleJobs: pool.schedd.count(JobStatus.Idle),
      killed: pool.killedByVmLoss.length + pool.killedByDrain.length,
      revision: sandbox.kube.revision(),
    };
  }
}

function busiestSecond(times: number[]): number {
  const ordered = times.toSorted((a, b) => a - b);
  let most = 0;
  let first = 0;
  for (const [last, at] of ordered.entries()) {
    while (at - (ordered[first] ?? at) >= 1000) first++;
    most = Math.max(most, last - first + 1);
  }
  return most;
}

function handlers(sandbox: Sandbox, random: Random): PeerApi {
  const observer = new Observer(sandbox);
  return {
    access: () => ({ kubeconfig: sandbox.kube.kubeconfig(), objects: applied(sandbox.resources(NAMESPACE)) }),
    submit: (batches) => {
      const at = Date.now();
      for (const { pool, seconds, count, ...shape } of batches)
        sandbox.pool.submit(
          { ...shape, ...(pool === undefined ? {} : { pool }), disk: 1024, runSeconds: seconds },
          count,
        );
      return at;
    },
    multiply: (perCloud) => multiply(sandbox, perCloud, random),
    truth: () => observer.truth(),
    counters: () => ({
      openstack: Object.fromEntries(sandbox.openstack.calls()),
      commands: sandbox.master.executions(),
      tools: sandbox.master.commands(),
    }),
    usage: () => {
      const { user, system } = process.cpuUsage();
      return { cpuSeconds: (user + system) / 1e6, rss: process.memoryUsage.rss() };
    },
  };
}

function answer(api: PeerApi, { id, method, args }: PeerRequest): PeerReply {
  try {
    return { id, result: (api[method] as (...args: unknown[]) => unknown)(...args) };
  } catch (error) {
    return { id, error: messageOf(error) };
  }
}

const size = JSON.parse(process.argv[2] ?? '') as PeerSize;
const random = seededRandom(2026);
const sandbox = await startSandbox({
  clock: systemClock,
  random,
  clouds: clouds(size),
  guests: { bootDelayMs: size.bootDelayMs, startMs: 500 },
});
const api = handlers(sandbox, random);
process.on('message', (request: PeerRequest) => void process.send?.(answer(api, request)));
// the bench has ended, or was killed: nothing of it stays
process.once('disconnect', () => process.exit(0));
process.on('SIGINT', () => undefined);
process.send?.({ id: 0, result: 'ready' } satisfies PeerReply);
