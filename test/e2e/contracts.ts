/** The contract suites against the real peers: the same assertions that the sandbox has to pass. */
import type { Report } from './report.ts';
import { cloudsYaml, helmPath, kubeconfig, kubectlPath, master, run } from './rigs.ts';

export async function runContracts(report: Report): Promise<void> {
  const openstack = {
    cloudsYaml: cloudsYaml(),
    cloudName: 'ehos',
    imageName: 'ehos-worker',
    networkName: 'ehos-net',
    flavorName: 'm1.small',
    keyName: 'ehos-key',
    securityGroup: 'ehos-worker',
  };
  const { host, port, user, keyFile, knownHostsFile, collectorHost, collectorPort } = await master();
  const condor = {
    host,
    port,
    user,
    privateKeyFile: keyFile,
    knownHostsFile,
    command: new URL('rigs/condor/rig-condor.sh', import.meta.url).pathname,
    nodeCommand: new URL('node-command.sh', import.meta.url).pathname,
    collector: { host: collectorHost, port: collectorPort },
  };
  const suites: { name: string; specs: string; env: NodeJS.ProcessEnv }[] = [
    // the other way round: the real kubectl, against the sandbox
    { name: 'kubectl on the sandbox', specs: 'test/integration/kubectl.test.ts', env: { EHOS_KUBECTL: kubectlPath } },
    ...['quickstart', 'howto', 'backup'].map((page) => ({
      name: `commands of docs/${page}.md on the sandbox`,
      specs: `test/integration/${page}.test.ts`,
      env: { EHOS_KUBECTL: kubectlPath },
    })),
    { name: 'Kubernetes API', specs: 'test/contract/kube/real.test.ts', env: { EHOS_CONTRACT_KUBE_REAL: kubeconfig } },
    // without pods: the part "release" has them
    {
      name: 'the life of the chart',
      specs: 'test/integration/chart.test.ts',
      env: { EHOS_CONTRACT_KUBE_REAL: kubeconfig, EHOS_HELM: helmPath },
    },
    {
      name: 'OpenStack',
      specs: 'test/contract/openstack/real.test.ts',
      env: { EHOS_CONTRACT_OPENSTACK_REAL: JSON.stringify(openstack) },
    },
    {
      name: 'condor',
      specs: 'test/contract/condor/real.test.ts',
      env: { EHOS_CONTRACT_CONDOR_REAL: JSON.stringify(condor) },
    },
  ];
  for (const { name, specs, env } of suites)
    await report.step(`contract: ${name}`, async () => {
      const { stdout, stderr } = await run('npx', ['mocha', '--reporter', 'json', '--timeout', '120000', specs], {
        env,
      });
      const found = summary(stdout);
      report.check(`contract suite: ${name}`, found?.failures.length === 0 && found.passes > 0, words(found));
      for (const failure of found?.failures ?? [])
        console.log(`${failure.fullTitle}\n${failure.err.stack ?? failure.err.message ?? ''}\n`);
      if (found === undefined) console.log(`${stdout.slice(-4000)}\n${stderr.slice(-2000)}`);
    });
}

interface Summary {
  passes: number;
  pending: number;
  failures: { fullTitle: string; err: { message?: string; stack?: string } }[];
}

function words(found: Summary | undefined): string {
  if (found === undefined) return 'no result';
  const { passes, pending, failures } = found;
  const names = failures.map(({ fullTitle }) => fullTitle).join('; ');
  const failed = `${failures.length} failed${names === '' ? '' : ` (${names})`}`;
  return `${passes} passed, ${failed}${pending > 0 ? `, ${pending} SKIPPED` : ''}`;
}

/** What mocha's JSON reporter printed, whatever stands before it. */
function summary(stdout: string): Summary | undefined {
  const start = stdout.indexOf('{\n  "stats"');
  if (start < 0) return undefined;
  const { stats, failures } = JSON.parse(stdout.slice(start)) as {
    stats: { passes: number; pending: number };
    failures: Summary['failures'];
  };
  return { passes: stats.passes, pending: stats.pending, failures };
}
