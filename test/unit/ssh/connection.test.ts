import { expect } from 'chai';
import { createServer, type AddressInfo, type Socket } from 'node:net';
import { once } from 'node:events';
import type { ServerChannel } from 'ssh2';
import { ManualClock } from '../../../src/base/clock.ts';
import { EhosError } from '../../../src/base/errors.ts';
import { seededRandom } from '../../../src/base/random.ts';
import { SshConnection, type SshDependencies, type SshTarget } from '../../../src/ssh/connection.ts';
import { makeKey, publicLine, TestSshServer } from './ssh-server.ts';

/** Commands of the test server. */
function answer(command: string, channel: ServerChannel): void {
  const end = (code: number): void => {
    channel.exit(code);
    channel.end();
  };
  const [word, argument = ''] = command.split(' ');
  if (word === 'echo') {
    channel.write(argument);
    end(0);
  } else if (word === 'fail') {
    channel.stderr.write('no such thing');
    end(Number(argument));
  } else if (word === 'cat') {
    channel.on('data', (chunk: Buffer) => channel.write(chunk));
    channel.on('end', () => end(0));
  } else if (word === 'flood') {
    channel.write(Buffer.alloc(Number(argument), 'x'));
    end(0);
  } else if (word === 'killed') {
    channel.exit('KILL', false, '');
    channel.end();
  } else if (word === 'split') {
    // the two bytes of one character in two packets
    channel.write(Buffer.from([0xc3]));
    channel.write(Buffer.from([0xa4]));
    end(0);
  }
  // anything else never ends
}

describe('SshConnection', () => {
  let server: TestSshServer;
  let clock: ManualClock;
  const open: SshConnection[] = [];

  const connect = (change: Partial<SshTarget> = {}, dependencies: SshDependencies = {}): SshConnection => {
    const connection = new SshConnection(server.target(change), { clock, random: seededRandom(1), ...dependencies });
    open.push(connection);
    return connection;
  };

  before(async () => {
    server = await new TestSshServer(answer).start();
  });
  beforeEach(() => {
    clock = new ManualClock();
    server.logins = 0;
  });
  afterEach(() => {
    for (const connection of open.splice(0)) connection.close();
  });
  after(() => server.stop());

  it('runs a command', async () => {
    expect(await connect().run('echo hello')).to.deep.equal({ code: 0, stdout: 'hello', stderr: '' });
  });

  it('gives exit code and standard error of a command that fails', async () => {
    expect(await connect().run('fail 3')).to.deep.equal({ code: 3, stdout: '', stderr: 'no such thing' });
  });

  it('gives no exit code for a command that a signal ended', async () => {
    expect((await connect().run('killed')).code).to.equal(null);
  });

  it('feeds standard input', async () => {
    const text = 'long '.repeat(100_000);
    expect((await connect().run('cat', { stdin: text })).stdout).to.equal(text);
  });

  it('joins characters that arrive in pieces', async () => {
    expect((await connect().run('split')).stdout).to.equal('ä');
  });

  it('uses one connection for many commands, also at a time', async () => {
    const connection = connect();
    const results = await Promise.all(['a', 'b', 'c', 'd'].map((word) => connection.run(`echo ${word}`)));
    await connection.run('echo e');
    expect(results.map((result) => result.stdout)).to.deep.equal(['a', 'b', 'c', 'd']);
    expect(server.logins).to.equal(1);
  });

  it('lets commands wait when too many run', async () => {
    const connection = connect({}, { settings: { maxParallel: 1 } });
    const stuck = settled(connection.run('hang', { timeoutMs: 1_000 }));
    const waiting = settled(connection.run('echo late', { timeoutMs: 60_000 }));
    await untilTrue(() => server.logins === 1);
    await clock.advance(1_000);
    expect(await stuck).to.include({ errorClass: 'Timeout' });
    expect(await waiting).to.include({ stdout: 'late' });
  });

  it('leaves the line when its time is up there', async () => {
    const connection = connect({}, { settings: { maxParallel: 1 } });
    const stuck = settled(connection.run('hang', { timeoutMs: 5_000 }));
    const impatient = settled(connection.run('echo never', { timeoutMs: 1_000 }));
    await untilTrue(() => server.logins === 1);
    await clock.advance(1_000);
    expect(await impatient).to.include({ errorClass: 'Timeout', maybeDone: false });
    await clock.advance(4_000);
    expect(await stuck).to.include({ errorClass: 'Timeout', maybeDone: true });
    expect(await connection.run('echo free')).to.include({ stdout: 'free' });
  });

  it('ends a command at its deadline, and keeps the connection', async () => {
    const connection = connect();
    await connection.run('echo warm');
    const stuck = settled(connection.run('hang', { timeoutMs: 500 }));
    await clock.advance(500);
    expect(await stuck).to.include({ errorClass: 'Timeout', maybeDone: true });
    expect((await connection.run('echo on')).stdout).to.equal('on');
    expect(server.logins).to.equal(1);
  });

  it('ends a command that prints too much', async () => {
    const connection = connect();
    const error = await settled(connection.run('flood 5000', { maxOutputBytes: 4999 }));
    expect(error).to.include({ errorClass: 'Transient', maybeDone: true });
    expect((await connection.run('flood 4999', { maxOutputBytes: 4999 })).stdout).to.have.length(4999);
  });

  it('ends a command when its caller gives up', async () => {
    const connection = connect();
    const controller = new AbortController();
    const stuck = settled(connection.run('hang', { signal: controller.signal }));
    await untilTrue(() => server.logins === 1);
    controller.abort(new Error('enough'));
    expect(await stuck).to.have.property('message', 'enough');
    expect(await settled(connection.run('echo x', { signal: controller.signal }))).to.have.property(
      'message',
      'enough',
    );
  });

  it('comes back after the server dropped the connection', async () => {
    const connection = connect();
    await connection.run('echo one');
    server.drop();
    await untilTrue(() => server.connections.length === 0);
    const second = await retryOnce(() => connection.run('echo two'));
    expect(second.stdout).to.equal('two');
    expect(server.logins).to.equal(2);
  });

  it('says that a command may have run when the connection goes under it', async () => {
    const connection = connect();
    const stuck = settled(connection.run('hang for it'));
    await untilTrue(() => server.commands.includes('hang for it'));
    server.drop();
    expect(await stuck).to.include({ errorClass: 'Transient', maybeDone: true });
  });

  it('refuses everything once it is closed', async () => {
    const connection = connect();
    const stuck = settled(connection.run('hang'));
    await untilTrue(() => server.logins === 1);
    connection.close();
    connection.close();
    expect(await stuck).to.include({ errorClass: 'Transient' });
    expect(await settled(connection.run('echo x')))
      .to.have.property('message')
      .that.contains('closed');
  });

  describe('the host key', () => {
    it('that is not the known one is refused with its fingerprint', async () => {
      const text = server.knownHosts([makeKey()]);
      const error = await settled(connect({ hostKeys: { kind: 'KnownHosts', text } }).run('echo x'));
      expect(error).to.include({ errorClass: 'Invalid', field: 'spec.ssh.knownHostsRef' });
      expect(error)
        .to.have.property('message')
        .that.matches(/SHA256:/);
      expect(server.logins).to.equal(0);
    });

    it('of another type than the known one is refused with its fingerprint too', async () => {
      const text = server.knownHosts([makeKey('ecdsa')]);
      const error = await settled(connect({ hostKeys: { kind: 'KnownHosts', text } }).run('echo x'));
      expect(error).to.include({ errorClass: 'Invalid' });
      expect(error)
        .to.have.property('message')
        .that.matches(/ssh-ed25519 key SHA256:/);
    });

    for (const type of ['ed25519', 'rsa', 'ecdsa'] as const) {
      it(`of the known type is asked for when the server has several: ${type}`, async () => {
        const keys = { ed25519: makeKey(), rsa: makeKey('rsa'), ecdsa: makeKey('ecdsa') };
        const many = await new TestSshServer(answer, { hostKeys: Object.values(keys) }).start();
        const connection = new SshConnection(
          many.target({ hostKeys: { kind: 'HostKey', line: publicLine(keys[type]) } }),
        );
        expect((await connection.run('echo x')).stdout).to.equal('x');
        connection.close();
        await many.stop();
      });
    }
  });

  describe('the login', () => {
    it('with another key is an Auth error that names user and host', async () => {
      const error = await settled(connect({ privateKey: makeKey().private }).run('echo x'));
      expect(error).to.include({ errorClass: 'Auth' });
      expect(error).to.have.property('message').that.contains('"ehos"').and.contains('127.0.0.1');
    });

    it('works with an RSA key', async () => {
      const rsa = await new TestSshServer(answer, { userKey: makeKey('rsa') }).start();
      const connection = new SshConnection(rsa.target());
      expect((await connection.run('echo x')).stdout).to.equal('x');
      connection.close();
      await rsa.stop();
    });

    it('without a key is refused before anything is sent', async () => {
      const error = await settled(connect({ privateKey: 'no key' }).run('echo x'));
      expect(error).to.include({ errorClass: 'Invalid', field: 'spec.ssh.privateKeyRef' });
    });
  });

  describe('a server that', () => {
    const sockets: Socket[] = [];
    const listen = async (onConnection: (socket: Socket) => void): Promise<[port: number, stop: () => void]> => {
      const listener = createServer((socket) => {
        sockets.push(socket);
        socket.on('error', () => undefined);
        onConnection(socket);
      });
      listener.listen(0, '127.0.0.1');
      await once(listener, 'listening');
      return [(listener.address() as AddressInfo).port, () => listener.close()];
    };
    const hostKeys = { kind: 'HostKey', line: publicLine(makeKey()) } as const;
    afterEach(() => {
      for (const socket of sockets.splice(0)) socket.destroy();
    });

    it('never speaks is given up after the connect timeout', async () => {
      const [port, stop] = await listen(() => undefined);
      const attempt = settled(connect({ port, hostKeys }).run('echo x'));
      await untilTrue(() => sockets.length === 1);
      await clock.advance(15_000);
      expect(await attempt).to.include({ errorClass: 'Timeout', maybeDone: false });
      stop();
    });

    it('hangs up is a Transient error', async () => {
      const [port, stop] = await listen((socket) => socket.destroy());
      expect(await settled(connect({ port, hostKeys }).run('echo x'))).to.include({ errorClass: 'Transient' });
      stop();
    });

    it('does not listen is asked again only after a growing, jittered pause', async () => {
      const [port, stop] = await listen((socket) => socket.destroy());
      stop();
      const connection = connect({ port, hostKeys });
      const pauses: number[] = [];
      for (let i = 0; i < 9; i++) {
        const first = await settled(connection.run('echo x'));
        const refused = await settled(connection.run('echo x'));
        expect(first).to.include({ errorClass: 'Transient' });
        expect(refused).to.include({ errorClass: 'Transient', message: (first as EhosError).message });
        pauses.push((refused as EhosError).retryAfterMs ?? 0);
        await clock.advance((refused as EhosError).retryAfterMs ?? 0);
      }
      for (const [i, pause] of pauses.entries()) {
        const nominal = Math.min(60_000, 1_000 * 2 ** i);
        expect(pause, `pause ${i}`).to.be.within(0.8 * nominal, 1.2 * nominal);
      }
    });

    it('stops answering is noticed by keepalive', async () => {
      const [port, stop] = await listen((socket) => {
        const upstream = new (Object.getPrototypeOf(socket) as { constructor: new () => Socket }).constructor();
        upstream.on('error', () => undefined);
        upstream.connect(server.target().port, '127.0.0.1');
        socket.pipe(upstream).pipe(socket);
        sockets.push(upstream);
      });
      const line = publicLine(server.hostKeys[0] ?? makeKey());
      const settings = { keepaliveIntervalMs: 20, keepaliveMissed: 3 };
      const connection = connect({ port, hostKeys: { kind: 'HostKey', line } }, { settings });
      await connection.run('echo warm');
      const stuck = settled(connection.run('hang in silence', { timeoutMs: 3_600_000 }));
      await untilTrue(() => server.commands.includes('hang in silence'));
      for (const socket of sockets) {
        socket.unpipe();
        socket.pause();
      }
      expect(await stuck).to.include({ errorClass: 'Transient' });
      stop();
    });
  });

  it('tries again at once after a login that came through', async () => {
    const connection = connect();
    const wrong = await settled(connect({ privateKey: makeKey().private }).run('echo x'));
    expect((wrong as EhosError).retryAfterMs).to.be.greaterThan(0);
    expect((await connection.run('echo x')).stdout).to.equal('x');
  });
});

/** The value or the error, whichever it is. */
function settled(work: Promise<unknown>): Promise<unknown> {
  return work.then(
    (value: unknown) => value,
    (error: unknown) => error,
  );
}

async function untilTrue(test: () => boolean): Promise<void> {
  while (!test()) await new Promise((resolve) => setImmediate(resolve));
}

/** A dropped connection may be noticed only by the command after it. */
async function retryOnce<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof EhosError && error.errorClass === 'Transient') return work();
    throw error;
  }
}
