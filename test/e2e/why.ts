/** "Why is nothing happening?": what an admin is told without reading a log. */
import { conditionOf } from './cluster.ts';
import type { Jobs } from './jobs.ts';
import type { Stage } from './stage.ts';

export interface Waiting {
  /** Its Requirements name the attribute HasUnobtainium. */
  phantom: Jobs;
  hopeless: Jobs[];
  /** A pool that does not exist, named by one job. */
  misspelt: string;
}

const REMEDY = 'allow a larger flavor or request less';

export async function checkWhy(stage: Stage, waiting: Waiting): Promise<void> {
  await checkStatus(stage, waiting);
  await checkMaster(stage, waiting.misspelt);
  await checkKubectl(stage);
}

async function checkStatus(stage: Stage, { phantom, hopeless }: Waiting): Promise<void> {
  const { report, cluster, pool } = stage;
  const object = await cluster.pool(pool);
  const { jobs, lastDecision } = object.status ?? {};
  const refused = jobs?.phantom ?? [];
  const [first] = refused;
  report.check(
    'status.jobs.phantom has the shape, its count and where it was refused',
    refused.length === 1 &&
      first?.count === phantom.count &&
      first.cpus === phantom.cpus &&
      first.memory === phantom.memory &&
      (first.refusedBy?.length ?? 0) > 0,
    `${first?.count ?? 0} x ${first?.cpus ?? 0} core ${first?.memory ?? 0} MiB, refused by ${first?.refusedBy?.join(', ') ?? 'nobody'}`,
  );
  says(stage, "HTCondor's own analysis of one of them names the attribute", first?.analysis, 'HasUnobtainium');
  says(
    stage,
    'condition PhantomJobs',
    conditionOf(object, 'PhantomJobs').message,
    'although room stood free',
    'HasUnobtainium',
  );
  for (const { count, cpus, memory } of hopeless) {
    const group = jobs?.unsatisfiable?.find((one) => one.cpus === cpus && one.memory === memory);
    const words = memory > 100_000 ? `needs ${memory / 1024} GiB of memory` : `needs ${cpus} cores`;
    says(
      stage,
      `status.jobs.unsatisfiable: ${words}`,
      group && `${group.count} jobs: ${group.reason}: ${group.remedy}`,
      `${count} jobs`,
      words,
      REMEDY,
    );
  }
  says(
    stage,
    'condition UnsatisfiableJobs',
    conditionOf(object, 'UnsatisfiableJobs').message,
    'needs 64 cores',
    'needs 1024 GiB of memory',
    REMEDY,
  );
  says(stage, 'status.lastDecision.what', lastDecision?.what, 'nothing to do');
  says(
    stage,
    'status.lastDecision.why',
    lastDecision?.why,
    'cannot be run by any node of the pool',
    'do not count for now',
  );
}

async function checkMaster(stage: Stage, misspelt: string): Promise<void> {
  const object = await stage.cluster.masterObject();
  const { unmatchedJobs = 0, unmatchedPools = [] } = object.status ?? {};
  stage.report.check(
    'a pool that does not exist shows at the master',
    unmatchedJobs === 1 && unmatchedPools.length === 1 && unmatchedPools[0]?.pool === misspelt,
    JSON.stringify(unmatchedPools),
  );
  says(
    stage,
    'condition JobsServed',
    conditionOf(object, 'JobsServed').message,
    `"${misspelt}", which does not exist`,
    stage.pool,
  );
}

async function checkKubectl(stage: Stage): Promise<void> {
  const { report, cluster, pool } = stage;
  const wide = await cluster.kubectl('get', 'epool', '-o', 'wide');
  const described = await cluster.kubectl('describe', 'epool', pool);
  report.section(
    `## Why is nothing happening?\n\nAsked while one node is idle, and jobs of three shapes wait that no node will run.\n\n${quoted('kubectl get epool -o wide', wide)}\n${quoted(`kubectl describe epool ${pool}`, described)}`,
  );
  says(
    stage,
    'kubectl get epool -o wide',
    wide.split('\n')[1],
    'nothing to do',
    'cannot be run by any node of the pool',
  );
  says(stage, 'kubectl describe epool', described, 'HasUnobtainium', REMEDY, 'needs 64 cores');
}

/** The text has all these parts. */
function says({ report }: Stage, what: string, text = '', ...parts: string[]): void {
  const missing = parts.filter((part) => !text.includes(part));
  const found = missing.length > 0 ? `without ${missing.map((part) => `"${part}"`).join(', ')}: ${text}` : text;
  report.check(what, missing.length === 0, found.replace(/\s+/g, ' ').slice(0, 600));
}

function quoted(command: string, output: string): string {
  return `\`${command}\`:\n\n\`\`\`\n${output.trimEnd()}\n\`\`\`\n`;
}
