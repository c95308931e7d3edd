import { expect } from 'chai';
import type { ServerChannel } from 'ssh2';
import { ManualClock } from '../../../src/base/clock.ts';
import { EhosError } from '../../../src/base/errors.ts';
import { seededRandom } from '../../../src/base/random.ts';
import { TimedGate, type WriteGate } from '../../../src/base/write-gate.ts';
import { SshConnection } from '../../../src/ssh/connection.ts';
import { TestSshServer } from './ssh-server.ts';

/** `echo` answers, anything else never ends. */
function answer(command: string, channel: ServerChannel): void {
  if (!command.startsWith('echo ')) return;
  channel.write(command.slice(5));
  channel.exit(0);
  channel.end();
}

describe('the gate before the master', () => {
  let server: TestSshServer;
  const open: SshConnection[] = [];
  const connect = (behind: WriteGate): SshConnection => {
    const connection = new SshConnection(server.target(), {
      clock: new ManualClock(),
      random: seededRandom(1),
      gate: behind,
    });
    open.push(connection);
    return connection;
  };

  before(async () => {
    server = await new TestSshServer(answer).start();
  });
  afterEach(() => {
    for (const connection of open.splice(0)) connection.close();
  });
  after(async () => await server.stop());

  let gate: TimedGate;
  let steady: ManualClock;
  beforeEach(() => {
    steady = new ManualClock();
    gate = new TimedGate(steady);
    server.commands.length = 0;
    server.logins = 0;
  });
  const refusalOf = async (running: Promise<unknown>): Promise<EhosError> => {
    const error = await running.then(
      () => undefined,
      (reason: unknown) => reason,
    );
    expect(error).to.be.instanceOf(EhosError);
    return error as EhosError;
  };

  it('runs what passes', async () => {
    gate.openUntil(steady.now() + 1_000);
    expect((await connect(gate).run('echo hello')).stdout).to.equal('hello');
  });

  it('does not even log in when it is closed', async () => {
    const { maybeDone, message } = await refusalOf(connect(gate).run('echo hello'));
    expect(maybeDone).to.equal(false);
    expect(message).to.include('a command: not sent, since this process may not change anything');
    expect(server.logins).to.equal(0);
  });

  it('runs nothing when it closes during the login', async () => {
    gate.openUntil(steady.now() + 1_000);
    const refusal = refusalOf(connect(gate).run('echo hello'));
    await steady.advance(1_000);
    await refusal;
    expect(server.commands).to.deep.equal([]);
  });

  it('gives no script to a shell that was opened before its time was over', async () => {
    // timers come late, as after SIGSTOP; it is asked at the start, before the command, and before the input
    let asked = 0;
    const late: WriteGate = {
      signal: new AbortController().signal,
      pass: (what) => {
        if (++asked === 3) throw new EhosError('Transient', `${what}: not sent`);
      },
    };
    const { maybeDone } = await refusalOf(connect(late).run('cat', { stdin: 'condor_drain' }));
    expect(maybeDone).to.equal(false);
    expect(asked).to.equal(3);
  });

  it('ends what runs, which may have been done', async () => {
    gate.openUntil(steady.now() + 1_000);
    const refusal = refusalOf(connect(gate).run('hang'));
    while (server.commands.length === 0) await new Promise((resolve) => setTimeout(resolve, 2));
    await steady.advance(1_000);
    expect((await refusal).maybeDone).to.equal(true);
  });
});
