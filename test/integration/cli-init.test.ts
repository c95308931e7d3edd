/** `ehos init` and `ehos migrate` against the sandbox: what they write passes `ehos check`, and nothing is overwritten. */
import { expect } from 'chai';
import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse, stringify } from 'yaml';
import { systemClock } from '../../src/base/clock.ts';
import { seededRandom } from '../../src/base/random.ts';
import type { CheckReport } from '../../src/cli/check/run.ts';
import { fetchHostKey } from '../../src/cli/init/host-key.ts';
import { startSandbox, type Sandbox } from '../../src/sandbox/sandbox.ts';
import { Cli } from './cli.ts';
import { NAMESPACE } from './harness.ts';

const OWNER_ONLY = 0o600;

describe('ehos init and migrate', function () {
  this.timeout(120_000);
  let sandbox: Sandbox;
  let cli: Cli;
  let address: string;
  let cloudsYaml: string;
  let fingerprint: string;
  before(async () => {
    sandbox = await startSandbox({ clock: systemClock, random: seededRandom(3) });
    cli = new Cli(sandbox.kube);
    address = `${sandbox.master.host}:${sandbox.master.port}`;
    const data = (name: string): Record<string, string> => {
      const secret = sandbox.resources(NAMESPACE).find(({ metadata }) => metadata.name === name);
      return (secret as unknown as { stringData: Record<string, string> }).stringData;
    };
    cloudsYaml = data('openstack')['clouds.yaml']!;
    cli.write('clouds.yaml', cloudsYaml);
    cli.write('id_ed25519', data('master-ssh')['ssh-privatekey']!);
    ({ fingerprint } = await fetchHostKey(sandbox.master.host, sandbox.master.port, systemClock));
  });
  after(async () => {
    cli.close();
    await sandbox.close();
  });

  const at = (name: string): string => join(cli.folder, name);
  const login = (): string[] => ['--master', address, '--private-key', at('id_ed25519'), '--condor-host', '10.0.0.1'];
  const servers = [
    '--image',
    'ehos-worker',
    '--network',
    'ehos-net',
    '--security-group',
    'ehos-worker',
    '--flavor',
    'm1.small',
    'm1.medium',
  ];
  const failedChecks = async (dir: string): Promise<string[]> => {
    const { stdout } = await cli.run('check', '-f', dir, '-o', 'json');
    const { lines } = JSON.parse(stdout) as CheckReport;
    expect(lines.some(({ what, result }) => what === 'host key' && result === 'OK')).to.equal(true);
    return lines
      .filter(({ result }) => result === 'FAIL')
      .map(({ about, what, found }) => `${about}: ${what}: ${found}`);
  };

  it('init shows the host key that is to be compared, and writes nothing unless somebody vouches for it', async () => {
    const { code, stderr } = await cli.run(
      'init',
      '--clouds-yaml',
      at('clouds.yaml'),
      '--cloud',
      'ehos',
      ...login(),
      ...servers,
      '--dir',
      at('none'),
    );
    expect(code).to.equal(1);
    expect(stderr)
      .to.include(`shows the host key ${fingerprint} (ssh-ed25519)`)
      .and.include(`then give --fingerprint ${fingerprint}`);
    expect(existsSync(at('none'))).to.equal(false);
    const wrong = await cli.run(
      'init',
      '--clouds-yaml',
      at('clouds.yaml'),
      '--cloud',
      'ehos',
      ...login(),
      ...servers,
      '--dir',
      at('none'),
      '--fingerprint',
      'SHA256:other',
    );
    expect(wrong.code).to.equal(1);
    expect(wrong.stderr).to.match(/not SHA256:other: refused/);
  });

  it('init writes what ehos check finds right, secrets for their owner only, and never twice without --force', async () => {
    const args = [
      'init',
      '--clouds-yaml',
      at('clouds.yaml'),
      '--cloud',
      'ehos',
      ...login(),
      ...servers,
      '--fingerprint',
      fingerprint,
      '--dir',
      at('first'),
    ];
    const { code, stdout, stderr } = await cli.run(...args);
    expect({ code, stderr }).to.deep.equal({ code: 0, stderr: '' });
    expect(stdout)
      .to.match(/wrote .*secrets\.yaml \(holds secrets\)/)
      .and.include(`ehos check -f ${at('first')}`);
    expect(statSync(at('first/secrets.yaml')).mode & 0o777).to.equal(OWNER_ONLY);
    expect(readFileSync(at('first/secrets.yaml'), 'utf8'), 'the other entry').to.not.include('ehos-b');
    expect(await failedChecks(at('first'))).to.deep.equal([]);

    writeFileSync(at('first/pool.yaml'), 'mine\n');
    const again = await cli.run(...args);
    expect(again.code).to.equal(1);
    expect(again.stderr).to.match(/there already, nothing was written; give another --dir, or --force/);
    expect(readFileSync(at('first/pool.yaml'), 'utf8')).to.equal('mine\n');
    expect((await cli.run(...args, '--force')).code).to.equal(0);
    expect(readFileSync(at('first/pool.yaml'), 'utf8')).to.include('mode: Observe');
  });

  it('migrate writes what ehos check finds right, and says what becomes of each setting', async () => {
    const { auth } = (parse(cloudsYaml) as { clouds: Record<string, { auth: object }> }).clouds['ehos-b']!;
    const old = cli.write(
      'ehos.yaml',
      stringify({
        clouds: { lab: { ...auth, region_name: 'RegionOne', no_cache: 1 } },
        ehos: {
          flavor: 'm1.small',
          image: 'ehos-worker',
          network: 'ehos-net',
          key: 'ehos-key',
          security_groups: 'ehos-worker',
        },
        daemon: { nodes_min: 0, nodes_max: 5, nodes_spare: 1, sleep: 15, node_allocation: 'round-robin' },
        condor: { password: 'pool-secret' },
      }),
    );
    const { code, stdout, stderr } = await cli.run(
      'migrate',
      old,
      ...login(),
      '--fingerprint',
      fingerprint,
      '--dir',
      at('migrated'),
    );
    expect({ code, stderr }).to.deep.equal({ code: 0, stderr: '' });
    expect(stdout).to.match(/^daemon\.nodes_max +5 +kept +EhosNodePool spec\.maxNodes/m);
    expect(stdout)
      .to.match(/^condor\.password +\(not shown\) +gone /m)
      .and.not.include('pool-secret');
    expect(await failedChecks(at('migrated'))).to.deep.equal([]);
  });

  it('migrate --dry-run needs no master and writes nothing', async () => {
    const { code, stdout } = await cli.run(
      'migrate',
      'test/fixtures/ehos-python/ehos.yaml',
      '--dry-run',
      '-o',
      'json',
      '--dir',
      at('dry'),
    );
    expect(code).to.equal(0);
    expect(JSON.parse(stdout)).to.be.an('array');
    expect(existsSync(at('dry'))).to.equal(false);
  });

  for (const [what, args, words] of [
    ['init without a login to OpenStack', ['init'], /--clouds-yaml: give --clouds-yaml or --openrc/],
    [
      'init with a file that is not there',
      ['init', '--clouds-yaml', 'none.yaml'],
      /--clouds-yaml: none\.yaml: there is no such file/,
    ],
    ['migrate of another file', ['migrate', 'package.json'], /ehos\.yaml: it has neither "clouds" nor "cloud"/],
    ['migrate without a master', ['migrate', 'test/fixtures/ehos-python/ehos-old.yaml'], /--master: give the address/],
  ] as const)
    it(`refuses ${what}: exit code 1`, async () => {
      const { code, stderr } = await cli.run(...args);
      expect(code).to.equal(1);
      expect(stderr).to.match(words);
    });
});
