/** A day with the `ehos` command, beside an operator that works: status, why, nodes, protect, drain, and the picture of the last hour. */
import { expect } from 'chai';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { parse } from 'yaml';
import { DO_NOT_DISRUPT, NODES, POOLS } from '../../src/api/resources.ts';
import type { NodeLine } from '../../src/cli/nodes/report.ts';
import type { StatusReport } from '../../src/cli/status/report.ts';
import type { WhyReport } from '../../src/cli/why/report.ts';
import { Cli } from './cli.ts';
import { Harness, NAMESPACE, pool } from './harness.ts';

describe('ehos, beside an operator that works', function () {
  this.timeout(180_000);
  let harness: Harness;
  let cli: Cli;
  let history: Server;
  let url: string;
  before(async () => {
    harness = await Harness.start();
    cli = new Cli(harness.sandbox.kube);
    await harness.applyPeers();
    await harness.apply(pool({ clouds: [{ name: 'cloud-a' }], maxNodes: 2, template: { flavors: ['m1.small'] } }));
    harness.sandbox.pool.submit({ cpus: 1, memory: 512, disk: 1024, runSeconds: 3600 });
    harness.sandbox.pool.submit({ cpus: 64, memory: 512, disk: 1024, runSeconds: 60 });
    await harness.until('a job runs', 300, () =>
      harness.sandbox.pool.jobs().some(({ status }) => status === 'Running'),
    );
    await harness.until('the node is known to be busy', 60, async () =>
      (await harness.nodes()).some(({ status }) => status?.nodeState === 'Busy'),
    );
    history = createServer((_request, response) => {
      const pools = { [`${NAMESPACE}/pool-a`]: { idle: 1, running: 1, nodes: 1, desired: 1 } };
      response.end(JSON.stringify({ interval: 60, points: [{ time: new Date().toISOString(), pools }] }));
    });
    await new Promise<void>((resolve) => history.listen(0, '127.0.0.1', resolve));
    url = `http://127.0.0.1:${(history.address() as AddressInfo).port}`;
  });
  after(async () => {
    history.close();
    cli.close();
    await harness.close();
  });

  it('status shows queue, pool and clouds, and why, with the picture that the operator has', async () => {
    const { code, stdout, stderr } = await cli.run('status', '--url', url);
    expect({ code, stderr }).to.deep.equal({ code: 0, stderr: '' });
    expect(stdout)
      .to.match(/^MASTER +IDLE +RUNNING/m)
      .and.match(/^master +1 +1 +0 .*True$/m);
    expect(stdout).to.match(/^pool-a +1 +1 +2 +1 .*Active +True$/m);
    expect(stdout)
      .to.match(/^cloud-a +1 /m)
      .and.match(/^cloud-b +0 /m);
    expect(stdout).to.match(/^ {2}why: /m);
    expect(stdout).to.match(/^ {2}jobs running .*█ {2}now 1, most 1$/m);
    expect(stdout).to.match(/1 idle jobs that no node could run: ehos why pool-a/);
  });

  it('status says the same to programs, and why there is no picture', async () => {
    const { stdout } = await cli.run('status', '-A', '-o', 'json');
    const report = JSON.parse(stdout) as StatusReport;
    expect(report.pools.map(({ name, jobs }) => [name, jobs.idle, jobs.unsatisfiable])).to.deep.equal([
      ['pool-a', 1, 1],
    ]);
    expect(report.history).to.equal(null);
    expect(report.historyProblem).to.match(/no pod has the labels/);
  });

  it('why explains the pool: decision, hopeless jobs with their remedy, conditions, events', async () => {
    const { code, stdout } = await cli.run('why', 'pool-a');
    expect(code).to.equal(0);
    expect(stdout).to.match(/^pool pool-a in namespace default \(Active\): 1 node, 1 wanted, between 0 and 2;/);
    expect(stdout).to.match(/Last decision, .* ago:\n {2}\S/);
    expect(stdout).to.match(/Jobs that no node could run:\n {2}- 1 job of 64 cores .*Remedy: /);
    expect(stdout)
      .to.match(/^Conditions:\n {2}TYPE +STATUS/m)
      .and.match(/^ {2}UnsatisfiableJobs +True/m);
    expect(stdout)
      .to.match(/^Events:\n/m)
      .and.match(/EhosNode pool-a-/);
    const report = parse((await cli.run('why', 'pool-a', '-o', 'yaml')).stdout) as WhyReport;
    expect(report).to.include({ kind: 'EhosWhy', pool: 'pool-a', mode: 'Active' });
  });

  it('why refuses a pool that is not there, and says which are: exit code 1', async () =>
    expect(await cli.run('why', 'pool-b')).to.deep.equal({
      code: 1,
      stdout: '',
      stderr: 'ehos: no EhosNodePool "pool-b" in namespace default: there is pool-a\n',
    }));

  it('nodes lists them with both their states', async () => {
    const [node] = await harness.nodes();
    const { stdout } = await cli.run('nodes', 'pool-a');
    expect(stdout).to.match(
      new RegExp(`^${node!.metadata.name} +pool-a +Ready +Active +Busy +- +cloud-a +m1\\.small `, 'm'),
    );
    const lines = JSON.parse((await cli.run('nodes', '-o', 'json')).stdout) as NodeLine[];
    expect(lines.map(({ name, vmState, nodeState }) => [name, vmState, nodeState])).to.deep.equal([
      [node!.metadata.name, 'Active', 'Busy'],
    ]);
  });

  it('protect sets the annotation of a node or a pool, and takes it away', async () => {
    const [node] = await harness.nodes();
    const { name } = node!.metadata;
    const annotation = async (type: typeof NODES, of: string): Promise<string | undefined> =>
      (await harness.client.get(type, NAMESPACE, of)).metadata.annotations?.[DO_NOT_DISRUPT];
    expect((await cli.run('protect', name)).stdout).to.equal(
      `EhosNode ${name} is protected: scaling removes nothing of it\n`,
    );
    expect(await annotation(NODES, name)).to.equal('true');
    expect((await cli.run('nodes')).stdout).to.match(/protected$/m);
    await cli.run('protect', 'pool/pool-a');
    expect(await annotation(POOLS, 'pool-a')).to.equal('true');
    await cli.run('protect', 'pool-a', '--off');
    expect(await annotation(POOLS, 'pool-a')).to.equal(undefined);
    expect((await cli.run('protect', 'nobody')).code).to.equal(1);
  });

  it('drain refuses a protected node, and drains it when it no longer is: its job ends first', async () => {
    const [node] = await harness.nodes();
    const { name } = node!.metadata;
    const refused = await cli.run('drain', name);
    expect(refused.code).to.equal(2);
    expect(refused.stderr).to.match(/is not drained: it is protected .*ehos protect .* --off/);
    await cli.run('protect', name, '--off');
    const late = await cli.run('drain', name, '--timeout', '3s');
    expect(late.code, late.stderr).to.equal(2);
    expect(late.stdout)
      .to.match(/^\S+ is drained, and deleted when it is idle$/m)
      .and.match(/waits for 1 running job$/m);
    expect(late.stderr).to.match(/is not gone within 3s: .*It goes on leaving\./);
    expect(harness.sandbox.pool.killedByDrain).to.deep.equal([]);
    const again = await cli.run('drain', name);
    expect({ code: again.code, stdout: again.stdout }).to.deep.equal({
      code: 0,
      stdout: `${name} is being drained already: Draining: the node was deleted by hand or with its pool; waits for 1 running job\n`,
    });
  });

  it('drain --wait sees an idle node go', async () => {
    await harness.patch(POOLS, 'pool-a', { spec: { minNodes: 1, maxNodes: 2 } });
    const idle = await harness.until('an idle node', 300, async () =>
      (await harness.nodes()).find(({ status }) => status?.nodeState === 'Idle' && status.drainRequested === undefined),
    );
    const { name } = idle.metadata;
    const { code, stdout, stderr } = await cli.run('drain', name, '--wait', '--timeout', '60s');
    expect({ code, stderr }, stdout).to.deep.equal({ code: 0, stderr: '' });
    expect(stdout).to.match(new RegExp(`${name} is gone\\n$`));
  });

  it('drain names the nodes that there are when it is given another: exit code 1', async () => {
    const { code, stderr } = await cli.run('drain', 'pool-a-none');
    expect(code).to.equal(1);
    expect(stderr).to.match(/no EhosNode "pool-a-none" in namespace default: there (is|are) pool-a-/);
  });
});
