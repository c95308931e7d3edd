/** The script itself, run by this machine's sh with stand-ins for the commands that it calls. */
import { expect } from 'chai';
import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { joinScript } from '../../../src/cloudinit/join-script.ts';
import type { WorkerConfig } from '../../../src/cloudinit/user-data.ts';
import { TOKEN, worker } from './worker.ts';

const TOKEN_METHOD: Partial<WorkerConfig> = { credentials: { method: 'Token', token: TOKEN } };

describe('the join script', () => {
  let folder: string;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'ehos-join-'));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  /** Runs it with `commands` (name -> body) in the PATH; each call is noted. Files of the real script are looked for below `folder`. */
  function run(
    config: WorkerConfig,
    commands: Record<string, string>,
  ): { code: number | null; said: string[]; calls: string[] } {
    const calls = join(folder, 'calls');
    for (const [name, body] of Object.entries({ sleep: ':', ...commands })) {
      const path = join(folder, name);
      writeFileSync(path, `#!/bin/sh\necho "${name} $*" >>'${calls}'\n${body}\n`);
      chmodSync(path, 0o755);
    }
    const script = joinScript(config)
      .replaceAll('/etc/condor', join(folder, 'etc'))
      .replaceAll('/dev/console', '/no/console');
    const { status, stdout, stderr } = spawnSync('/bin/sh', ['-s'], {
      input: `mkdir -p '${folder}/etc'\n${script}`,
      env: { PATH: `${folder}:/usr/bin:/bin`, TOKEN_FILE: join(folder, 'etc/tokens.d/ehos') },
      encoding: 'utf8',
      timeout: 10_000,
    });
    expect(stderr).to.equal('');
    const said = stdout.split('\n').filter((line) => line !== '');
    return { code: status, said, calls: existsSync(calls) ? readFileSync(calls, 'utf8').trim().split('\n') : [] };
  }

  const STOPPED = '[ "$1" != is-active ]';
  const GIVEN = 'echo token >"$TOKEN_FILE"';

  it('asks, waits for the approval, and starts HTCondor', () => {
    const { code, said, calls } = run(worker(), { condor_token_request: GIVEN, systemctl: STOPPED });
    expect(code).to.equal(0);
    expect(said).to.deep.equal(['ehos: asking for a token', 'ehos: token received', 'ehos: condor started']);
    expect(calls[0]).to.equal(
      'condor_token_request -identity ehos-node-4a91ad8d-f3e5-4d80-a628-896b509204cf@pool.example -authz ADVERTISE_STARTD -authz ADVERTISE_MASTER -lifetime 2592000 -token ehos',
    );
    expect(calls).to.include('systemctl enable --now condor');
  });

  it('asks again when the collector was restarted', () => {
    const counted = 'n=$(cat "$0.n" 2>/dev/null || echo 0); echo $((n + 1)) >"$0.n"';
    const twice = `${counted}; if [ "$n" -lt 2 ]; then echo first line >&2; echo "SECMAN:2007:Failed" >&2; exit 1; fi; ${GIVEN}`;
    const { said } = run(worker(), { condor_token_request: twice, systemctl: STOPPED });
    expect(said).to.deep.equal([
      'ehos: asking for a token',
      'ehos: no token yet: SECMAN:2007:Failed',
      'ehos: asking for a token',
      'ehos: no token yet: SECMAN:2007:Failed',
      'ehos: asking for a token',
      'ehos: token received',
      'ehos: condor started',
    ]);
  });

  it('reconfigures an HTCondor that runs already, and never restarts it', () => {
    const { code, said, calls } = run(worker(), {
      condor_token_request: GIVEN,
      systemctl: 'true',
      condor_reconfig: 'true',
    });
    expect(code).to.equal(0);
    expect(said.at(-1)).to.equal('ehos: condor started');
    expect(calls.slice(1)).to.deep.equal([
      'systemctl is-active --quiet condor',
      'systemctl enable condor',
      'condor_reconfig',
    ]);
    expect(joinScript(worker())).not.to.match(/restart condor|systemctl restart/);
  });

  it('tries the reconfiguration for a while, then says so', () => {
    const { code, said, calls } = run(worker(TOKEN_METHOD), { systemctl: 'true', condor_reconfig: 'false' });
    expect(code).to.equal(1);
    expect(said).to.deep.equal(['ehos: condor did not take the token']);
    expect(calls.filter((call) => call.startsWith('condor_reconfig'))).to.have.length(30);
  });

  it('says when HTCondor is not there', () => {
    const { code, said } = run(worker(TOKEN_METHOD), { systemctl: 'echo "Unit condor.service not found." >&2; false' });
    expect(code).to.equal(1);
    expect(said).to.deep.equal(['ehos: condor did not start']);
  });

  it('does not ask when its token came with the user data', () => {
    expect(joinScript(worker(TOKEN_METHOD))).not.to.contain('condor_token_request');
    expect(run(worker(TOKEN_METHOD), { systemctl: STOPPED }).said).to.deep.equal(['ehos: condor started']);
  });
});
