/** `ehos demo` as a user runs it: a process of its own, in real time. */
import { expect } from 'chai';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ehos, ended, startEhos } from '../unit/cli/command.ts';

describe('ehos demo', function () {
  this.timeout(150_000);
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'ehos-demo-test-'));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  /** tsx keeps a cache of its own there. */
  const leftovers = (): string[] => readdirSync(folder).filter((name) => !name.startsWith('tsx-'));
  /** The loader's own compiler ends a moment after the process that it served. */
  const groupEnds = async (pid = 0): Promise<boolean> => {
    for (const end = Date.now() + 5_000; Date.now() < end; await new Promise((resolve) => setTimeout(resolve, 50)))
      try {
        process.kill(-pid, 0);
      } catch {
        return true;
      }
    return false;
  };

  it('runs ten jobs, each once, leaves no server, and ends well', async () => {
    const { code, stdout, stderr } = await ehos(['demo', '--jobs', '10'], { TMPDIR: folder });
    expect(stderr).to.equal('');
    expect(code).to.equal(0);
    const lines = stdout.split('\n');
    expect(lines[0]).to.match(/sandbox: no real Kubernetes, OpenStack or HTCondor is involved/);
    for (const line of [
      /^ {2}jobs submitted = completed +10 = 10$/,
      /^ {2}each started exactly once +10 of 10$/,
      /^ {2}servers created = deleted +(\d+) = \1$/,
      /^ {2}servers left +0$/,
      /^ {2}clouds used +cloud-a, cloud-b$/,
      /^ {2}time to first job +\d+\.\d s$/,
      /^ {2}calls to OpenStack +[1-9]\d*$/,
      /^ {2}commands to HTCondor +[1-9]\d*$/,
      /^all is as it should be$/,
    ])
      expect(
        lines.filter((candidate) => line.test(candidate)),
        String(line),
      ).to.have.length(1);
    expect(stdout, 'no terminal: no control characters').not.to.match(/\p{Cc}(?<!\n)/u);
    expect(leftovers()).to.deep.equal([]);
  });

  for (const [signal, when, moment] of [
    ['SIGINT', 'while nodes boot', /Booting/],
    ['SIGINT', 'before anything was applied', /Kubernetes API of the sandbox/],
    ['SIGTERM', 'while jobs are queued', /queued 10 jobs/],
  ] as const)
    it(`${signal} ${when} stops it: exit code 130, no file, no process and no port is left`, async () => {
      const child = startEhos(['demo', '--jobs', '10'], { TMPDIR: folder });
      const end = ended(child);
      let seen = '';
      await new Promise<void>((resolve, reject) => {
        child.once('exit', () => reject(new Error(`it ended before:\n${seen}`)));
        child.stdout.on('data', (chunk: Buffer) => {
          seen += chunk.toString();
          if (moment.test(seen)) resolve();
        });
      });
      const kubeconfig = /export KUBECONFIG=(\S+)/.exec(seen)?.[1] ?? '';
      const server = /server: (\S+)/.exec(readFileSync(kubeconfig, 'utf8'))?.[1] ?? '';
      expect(kubeconfig.startsWith(folder), 'the kubeconfig is in TMPDIR').to.equal(true);
      expect((await fetch(`${server}/version`)).status).to.equal(200);
      child.kill(signal);
      const { code, stdout } = await end;
      expect(code).to.equal(130);
      expect(stdout).to.include('interrupted: stopping, nothing is left behind');
      expect(leftovers()).to.deep.equal([]);
      expect(await groupEnds(child.pid), 'no process of its group is left').to.equal(true);
      expect(await fetch(`${server}/version`).catch(() => 'refused')).to.equal('refused');
    });

  it('names the flag when the port is taken, and ends at once', async () => {
    const other = createServer();
    await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
    const { port } = other.address() as AddressInfo;
    const { code, stderr } = await ehos(['demo', '--port', String(port)], { TMPDIR: folder });
    other.close();
    expect(code).to.equal(1);
    expect(stderr).to.match(new RegExp(`^ehos: --port: cannot listen on 127\\.0\\.0\\.1:${port}: [^\\n]+\\n$`));
    expect(leftovers()).to.deep.equal([]);
  });
});
