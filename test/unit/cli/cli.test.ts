import { expect } from 'chai';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { VERSION } from '../../../src/version.ts';
import { ehos, ended, startEhos } from './command.ts';

const CLUSTER = { '--kubeconfig': undefined, '--namespace': undefined };
const OUTPUT = { '--output': 'choices: "table", "json", "yaml", default: "table"' };
const SETUP = {
  '--master': undefined,
  '--user': 'default: "ehos"',
  '--private-key': undefined,
  '--host-key': undefined,
  '--fingerprint': undefined,
  '--condor-host': undefined,
  '--namespace': undefined,
  '--dir': 'default: "ehos"',
  '--force': undefined,
};

/** Flags with their default, as `ehos COMMAND --help` must tell them; no other may be there. */
const FLAGS: Record<string, Record<string, string | undefined>> = {
  run: {
    '--kubeconfig': undefined,
    '--namespace': undefined,
    '--log-level': 'default: "info"',
    '--log-format': 'default: "json"',
    '--metrics-host': 'default: "0.0.0.0"',
    '--metrics-port': '(0 to 65535) (default: 8080)',
    '--namespaces': 'with commas between',
    '--leader-elect': "(default: with the pod's own account)",
    '--no-leader-elect': undefined,
    '--lease-name': '(default: "ehos-operator")',
    '--lease-namespace': "(default: that of the pod, or of the kubeconfig's context)",
    '--release': '(default: "ehos")',
    '--identity': '(default: the name of the host)',
    '--admin-host': 'default: "127.0.0.1"',
    '--admin-port': '(0 to 65535) (default: 8081)',
    '--otlp-endpoint': 'env: OTEL_EXPORTER_OTLP_ENDPOINT',
    '--trace-share': '(1 to 100) (default: 100)',
    '--cloud-sync-interval': '(5 to 3600) (default: 60)',
    '--node-update-interval': '(5 to 3600) (default: 60)',
    '--create-concurrency': '(1 to 64) (default: 8)',
    '--orphan-grace': '(60 to 86400) (default: 600)',
    '--orphan-brake-number': '(0 to 1000) (default: 3)',
    '--orphan-brake-share': '(0 to 100) (default: 10)',
  },
  plan: {
    '--file': undefined,
    '--output': 'choices: "table", "json", "yaml", default: "table"',
    '--pool': undefined,
  },
  snapshot: {
    ...CLUSTER,
    '--url': '(default: through the Kubernetes API, to the pod that leads)',
    '--output': '(default: standard output)',
    '--selector': 'default: "app.kubernetes.io/name=ehos-operator"',
  },
  init: {
    ...SETUP,
    '--clouds-yaml': undefined,
    '--openrc': undefined,
    '--cloud': undefined,
    '--cacert': undefined,
    '--image': undefined,
    '--network': undefined,
    '--security-group': undefined,
    '--key-name': undefined,
    '--flavor': undefined,
    '--pool': 'default: "general"',
    '--max-nodes': '(1 to 10000) (default: 10)',
  },
  migrate: { ...SETUP, ...OUTPUT, '--pool': 'default: "general"', '--dry-run': undefined },
  check: {
    ...CLUSTER,
    ...OUTPUT,
    '--all-namespaces': undefined,
    '--file': undefined,
    '--operator-account': undefined,
    '--no-kubernetes': undefined,
    '--strict': undefined,
  },
  status: {
    ...CLUSTER,
    ...OUTPUT,
    '--all-namespaces': undefined,
    '--watch': undefined,
    '--interval': '(1 to 3600) (default: 5)',
    '--url': undefined,
    '--selector': 'default: "app.kubernetes.io/name=ehos-operator"',
  },
  why: { ...CLUSTER, ...OUTPUT },
  nodes: { ...CLUSTER, ...OUTPUT, '--all-namespaces': undefined },
  drain: { ...CLUSTER, '--wait': undefined, '--timeout': undefined },
  protect: { ...CLUSTER, '--off': undefined },
  logs: {
    ...CLUSTER,
    '--follow': undefined,
    '--object': undefined,
    '--level': 'choices: "debug", "info", "warn", "error", default: "debug"',
    '--output': 'choices: "text", "json", default: "text"',
    '--since': undefined,
    '--tail': '(1 to 100000) (default: 1000)',
    '--selector': 'default: "app.kubernetes.io/name=ehos-operator"',
  },
  completion: {},
  demo: {
    '--keep': undefined,
    '--seed': '(0 to 2147483648) (default: 1)',
    '--jobs': '(1 to 100000) (default: 60)',
    '--port': '(0 to 65535) (default: 0)',
    '--verbose': undefined,
  },
};

describe('ehos', function () {
  this.timeout(60_000);
  let folder: string;
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'ehos-cli-test-'));
  });
  after(() => rmSync(folder, { recursive: true, force: true }));

  const kubeconfigFor = (server: string): string => {
    const file = join(folder, 'kubeconfig');
    const cluster = { name: 'a', cluster: { server } };
    const context = { name: 'a', context: { cluster: 'a', user: '' } };
    writeFileSync(
      file,
      JSON.stringify({ 'current-context': 'a', clusters: [cluster], contexts: [context], users: [] }),
    );
    return file;
  };

  it('--version prints the version and nothing else', async () =>
    expect(await ehos(['--version'])).to.deep.equal({ code: 0, stdout: `${VERSION}\n`, stderr: '' }));

  it('--help names each command with what it does', async () => {
    const { code, stdout } = await ehos(['--help']);
    expect(code).to.equal(0);
    for (const command of Object.keys(FLAGS))
      expect(stdout).to.match(new RegExp(`^ {2}${command} .*[A-Z]\\w+ .*`, 'm'));
  });

  it('without a command shows its help, and fails', async () => {
    const { code, stderr } = await ehos([]);
    expect(code).to.equal(1);
    expect(stderr).to.match(/^Usage: ehos /);
  });

  for (const [command, flags] of Object.entries(FLAGS))
    it(`${command} --help names every flag with its range and default, and no other`, async () => {
      const { code, stdout } = await ehos([command, '--help']);
      expect(code).to.equal(0);
      const text = stdout.replace(/\s+/g, ' ');
      const named = [...stdout.matchAll(/^ {2}(?:-\w, )?(--[a-z-]+)/gm)].map(([, flag]) => flag);
      expect(named.sort()).to.deep.equal([...Object.keys(flags), '--help'].sort());
      for (const [flag, words] of Object.entries(flags)) {
        const from = text.slice(text.indexOf(flag));
        const next = from.slice(2).search(/ --[a-z]/);
        if (words !== undefined) expect(next < 0 ? from : from.slice(0, next + 2), flag).to.include(words);
      }
    });

  for (const [args, words] of [
    [['run', '--metrics-port', '65536'], "'65536' is invalid. It must be a whole number from 0 to 65535."],
    [['run', '--metrics-port', '-1'], "'-1' is invalid. It must be a whole number from 0 to 65535."],
    [['run', '--metrics-port', '80.5'], "'80.5' is invalid. It must be a whole number from 0 to 65535."],
    [['run', '--metrics-port', ''], "'' is invalid. It must be a whole number from 0 to 65535."],
    [['run', '--cloud-sync-interval', '4'], "'4' is invalid. It must be a whole number from 5 to 3600."],
    [['run', '--node-update-interval', '1m'], "'1m' is invalid. It must be a whole number from 5 to 3600."],
    [['run', '--create-concurrency', '0'], "'0' is invalid. It must be a whole number from 1 to 64."],
    [['run', '--log-level', 'loud'], "'loud' is invalid. Allowed choices are debug, info, warn, error."],
    [['run', '--log-format', 'xml'], "'xml' is invalid. Allowed choices are json, text."],
    [['run', '--namespace', ''], "'' is invalid. It must be the name of a namespace"],
    [['run', '--namespace', 'My_Space'], "'My_Space' is invalid. It must be the name of a namespace"],
    [['run', '--namespaces', 'a,,b'], "'a,,b' is invalid. It must be the name of a namespace"],
    [['run', '--namespaces', 'a,B'], "'a,B' is invalid. It must be the name of a namespace"],
    [['run', '--namespaces', 'a', '--namespace', 'b'], "option '--namespaces <names>' cannot be used with option '-n"],
    [['run', '--lease-namespace', 'x y'], "'x y' is invalid. It must be the name of a namespace"],
    [['run', '--lease-name', 'Lease'], "'Lease' is invalid. It must be the name of an object"],
    [['run', '--release', ''], "'' is invalid. It must be the name of an object"],
    [['demo', '--jobs', '0'], "'0' is invalid. It must be a whole number from 1 to 100000."],
    [['demo', '--seed', '0x10'], "'0x10' is invalid. It must be a whole number from 0 to 2147483648."],
    [['run', '--no-such-flag'], "unknown option '--no-such-flag'"],
    [['plan', '-f', 'a.yaml', '-o', 'xml'], "'xml' is invalid. Allowed choices are table, json, yaml."],
    [['plan'], "required option '-f, --file <file>' not specified"],
    [['snapshot', '--url', 'localhost'], "'localhost' is invalid. It must be a URL such as http://127.0.0.1:8081."],
    [['snapshot', '--namespace', 'A'], "'A' is invalid. It must be the name of a namespace"],
    [['status', '-n', 'a', '-A'], "option '-A, --all-namespaces' cannot be used with option '-n, --namespace <name>'"],
    [['why'], "missing required argument 'pool'"],
    [['why', 'A_B'], "'A_B' is invalid for argument 'pool'. It must be the name of an object"],
    [['drain', 'a', '--timeout', 'soon'], "'soon' is invalid. It must be a duration such as 90s, 15m or 1h30m."],
    [['init', '--master', 'a b'], "'a b' is invalid. It must be a host and perhaps a port"],
    [['completion', 'csh'], "'csh' is invalid for argument 'shell'. Allowed choices are bash, zsh, fish."],
    [['fly'], "unknown command 'fly'"],
    [['run', 'now'], 'too many arguments'],
  ] as const)
    it(`refuses "${args.join(' ')}", and says what is allowed`, async () => {
      const { code, stdout, stderr } = await ehos(args);
      expect(code).to.equal(1);
      expect(stdout).to.equal('');
      expect(stderr.split('\n')[0]).to.include(words);
      expect(stderr).to.include('Usage: ehos');
    });

  it('refuses a wrong value from the environment, and names the variable', async () => {
    const { code, stderr } = await ehos(['run'], { EHOS_LOG_LEVEL: 'loud' });
    expect(code).to.equal(1);
    expect(stderr).to.match(/EHOS_LOG_LEVEL.*Allowed choices are debug, info, warn, error\./);
  });

  describe('run', () => {
    for (const [what, args, env, words] of [
      ['without a cluster', [], {}, /no Kubernetes cluster is named: .*KUBECONFIG/],
      ['with a kubeconfig that is not there', ['--kubeconfig', '/nonexistent/config'], {}, /\/nonexistent\/config/],
      ['with a KUBECONFIG that is not there', [], { KUBECONFIG: '/nonexistent/c' }, /kubeconfig: .*\/nonexistent\/c/],
    ] as const)
      it(`${what} says what to give: one line, exit code 1`, async () => {
        const { code, stderr } = await ehos(['run', ...args], { HOME: folder, ...env });
        expect(code).to.equal(1);
        expect(stderr).to.match(words);
        expect(stderr).to.match(/^ehos: [^\n]+\n$/);
      });

    it('says in its log which cluster does not answer, and goes on asking', async () => {
      const file = kubeconfigFor('http://127.0.0.1:1');
      const child = startEhos(['run', '--kubeconfig', file, '--metrics-port', '0', '--admin-port', '0']);
      const end = ended(child);
      const line = await new Promise<string>((resolve) => child.stderr.once('data', (data) => resolve(String(data))));
      expect(line).to.match(/"level":"warn","message":"cannot start yet"[^\n]*ECONNREFUSED 127\.0\.0\.1:1/);
      child.kill('SIGTERM');
      expect(await end).to.include({ code: 0 });
    });

    it('names the flag when the port of the metrics is taken', async () => {
      const other = createServer();
      await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
      const { port } = other.address() as AddressInfo;
      const where = ['--metrics-host', '127.0.0.1', '--metrics-port', String(port), '--admin-port', '0'];
      const { code, stderr } = await ehos(['run', '--kubeconfig', kubeconfigFor('http://127.0.0.1:1'), ...where]);
      other.close();
      expect(code).to.equal(1);
      expect(stderr).to.match(
        new RegExp(`^ehos: --metrics-port: cannot listen on 127\\.0\\.0\\.1:${port}: [^\\n]+\\n$`),
      );
    });

    for (const signal of ['SIGINT', 'SIGTERM'] as const)
      it(`ends at ${signal} although the API has never answered`, async () => {
        const silent = createServer();
        await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
        const { port } = silent.address() as AddressInfo;
        const asked = new Promise((resolve) => silent.once('connection', resolve));
        const file = kubeconfigFor(`http://127.0.0.1:${port}`);
        const child = startEhos(['run', '--kubeconfig', file, '--metrics-port', '0', '--admin-port', '0']);
        const end = ended(child);
        await asked;
        child.kill(signal);
        expect(await end).to.include({ code: 0 });
        silent.close();
      });
  });
});
