/**
 * `make e2e`: the operator against real peers. Exit codes: 0 all checks passed, 1 one failed, 75 the peers could not be set up.
 *   --clean          stop the peers and remove the cache
 *   --running        use the peers as they run now: no install, no empty start, no stop (for work on the operator)
 *   --keep           leave the peers running afterwards
 *   --report FILE    write the report there, instead of to logs/report.md in the cache
 *   --only scenario|chaos|release|contract|capacity    capacity is measured only when it is asked for: make bench has it, too
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { parseArgs } from 'node:util';
import { messageOf } from '../../src/base/errors.ts';
import { asText } from '../bench/table.ts';
import { capacityBench } from './capacity.ts';
import { runChaos } from './chaos.ts';
import { runContracts } from './contracts.ts';
import { destroyNodes, resetNodes } from './kube-nodes.ts';
import { runRelease } from './release.ts';
import { Report } from './report.ts';
import { cache, checkMachine, destroyAll, install, must, NotSetUp, root, startFresh, stopAll } from './rigs.ts';
import { runScenario } from './scenario.ts';

const NOT_SET_UP = 75;
const { values } = parseArgs({
  options: {
    clean: { type: 'boolean' },
    keep: { type: 'boolean' },
    running: { type: 'boolean' },
    report: { type: 'string' },
    only: { type: 'string' },
  },
});

const REAL = `## What was real

| part | real | what it is |
|---|---|---|
| HTCondor | yes | Debian's condor 23.9.6: collector, negotiator, schedd; condor_submit, condor_history; startds and starters on every node |
| SSH | yes | Debian's OpenSSH server on the master |
| OpenStack | yes | Debian's Keystone, Nova, Neutron, Glance, Placement, Cinder 2025.1 with MariaDB and RabbitMQ |
| hypervisor | no | Nova's driver boots namespaces of this machine's kernel instead of virtual machines |
| cloud-init | yes | Debian's cloud-init 25.1 on the config drive that Nova made |
| systemd on nodes | no | a stand-in starts the units that cloud-init enables |
| Kubernetes API | yes | kube-apiserver, etcd, kube-controller-manager 1.37, built from their Go modules; RBAC on; the operator with a service account's token and config/rbac.yaml |
| Kubernetes nodes | yes, for the release | two: kubelet, kube-proxy, kube-scheduler 1.37 and containerd 2.4, built from their Go modules; runc and CNI from Debian; each in namespaces of this machine, one kernel for both |
| NetworkPolicy | no | it is accepted, and nothing enforces it there |
| container image | yes, for the release | made by make image BASE=debian, run by containerd as the pods of the chart |
| Helm, kubectl | yes | 4.2, 1.36 |
| release before | no | there has been none: this chart and image under another version, which Helm and Kubernetes replace all the same |
| Prometheus | yes, for the release | Debian's package |
`;

const PARTS: Record<string, (report: Report) => Promise<void>> = {
  scenario: runScenario,
  chaos: runChaos,
  release: runRelease,
  contract: runContracts,
  capacity: async () => console.log(asText([await capacityBench()])),
};

const notRun: string[] = [];

/** A part whose own peers cannot be set up is left out, loudly; the others run. */
async function orSayWhyNot(report: Report, name: string, part: (report: Report) => Promise<void>): Promise<void> {
  try {
    await part(report);
  } catch (error) {
    if (!(error instanceof NotSetUp)) throw error;
    const what = `NOT RUN: ${name}: its peers could not be set up: ${error.message}`;
    notRun.push(what);
    report.say(`*** ${what} ***`);
    report.section(`**${what}**\n`);
  }
}

function keep(report: Report, file: string): void {
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, report.markdown());
  report.say(`the report is ${file}`);
}

async function main(): Promise<number> {
  if (values.only !== undefined && !(values.only in PARTS))
    throw new Error(`--only: there is no "${values.only}"; there are: ${Object.keys(PARTS).join(', ')}`);
  if (values.clean === true) {
    await destroyNodes();
    await destroyAll();
    console.log(`removed what lay in ${cache}`);
    return 0;
  }
  const report = new Report();
  report.section(REAL);
  try {
    checkMachine();
    await report.step(
      'bundle the operator',
      async () => await must(process.execPath, ['--import', 'tsx', join(root, 'scripts/build.ts')]),
    );
    if (values.running !== true) {
      await report.step('install the real peers (cached)', install);
      await report.step('start them, empty', async () => {
        await resetNodes();
        await startFresh();
      });
    }
    for (const [name, part] of Object.entries(PARTS))
      if (values.only === undefined ? name !== 'capacity' : name === values.only) await orSayWhyNot(report, name, part);
  } catch (error) {
    report.section(`**The run broke off: ${messageOf(error)}**\n`);
    throw error;
  } finally {
    if (values.keep !== true && values.running !== true) await report.step('stop the real peers', stopAll);
    keep(report, values.report ?? join(cache, 'logs/report.md'));
  }
  console.log(`\n${REAL}`);
  const { failures } = report;
  // once more where a reader of a long log looks first
  for (const failure of failures) console.log(`FAIL ${failure}`);
  console.log(`e2e: ${report.passes} checks passed, ${failures.length} failed`);
  if (failures.length > 0) return 1;
  if (notRun.length > 0) console.error(notRun.map((what) => `*** ${what} ***`).join('\n'));
  return notRun.length > 0 ? NOT_SET_UP : 0;
}

try {
  process.exitCode = await main();
} catch (error) {
  const notSetUp = error instanceof NotSetUp;
  console.error(notSetUp ? `*** the real peers could not be set up: ${error.message} ***` : error);
  process.exitCode = notSetUp ? NOT_SET_UP : 1;
}
