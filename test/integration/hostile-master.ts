/** SSH servers, and what answers at their port, that mean no good. */
import { createServer, type Socket } from 'node:net';
import type { ServerChannel } from 'ssh2';
import { makeKey, TestSshServer, type KeyPair } from '../unit/ssh/ssh-server.ts';

type Answer = (stdin: string, channel: ServerChannel) => void;

const frame = (name: string, stdout: string): string => `\n#EHOS ${name}\n${stdout}\n\n#ERR \n#RC 0\n`;
const steps = (stdin: string): string[] => [...stdin.matchAll(/^s ([A-Za-z0-9-]+) /gm)].map(([, name = '']) => name);

/** What a good master says of itself, and `own` for its queue and nodes. */
function wellBut(own: Record<string, string>): Answer {
  const facts: Record<string, string> = {
    version: '$CondorVersion: 23.9.6 2024-08-08 BuildID: 1 $',
    'trust-domain': 'hostile.example',
    time: String(Math.floor(Date.now() / 1000)),
  };
  return (stdin, channel) => {
    channel.write(
      steps(stdin)
        .map((name) => frame(name, own[name] ?? facts[name] ?? ''))
        .join(''),
    );
    channel.write('\n#EHOS-DONE\n');
    finish(channel);
  };
}

function finish(channel: ServerChannel): void {
  channel.exit(0);
  channel.end();
}

function endless(chunk: string): Answer {
  return (_stdin, channel) => {
    const more = (): void => {
      while (!channel.destroyed && !channel.writableEnded)
        if (!channel.write(chunk)) {
          channel.once('drain', more);
          return;
        }
    };
    more();
  };
}

const NASTY = '\u001b[2J\u0000two\nlines\u202e$(id)`id`\'";#EHOS x';
const ads = (list: object[]): string => JSON.stringify(list);
const million = `${'x'.repeat(9)}\n`.repeat(1_000_000);
const slot = (change: object): object => ({
  Name: `slot1@${NASTY}`,
  SlotType: 'Partitionable',
  LastHeardFrom: 1.8e9,
  ...change,
});

/** By what they do wrong; which condition of the EhosMaster must say so is told by the test. */
export const MASTERS_OF_ILL_WILL: Record<string, Answer> = {
  'a million lines': (_stdin, channel) => {
    channel.write(million);
    finish(channel);
  },
  'output without end': endless('x\n'.repeat(16_384)),
  'frames without end': endless('\n#EHOS a\n#ERR \n#RC 0\n'.repeat(1_000)),
  'an answer that never ends': (_stdin, channel) => void channel.write('\n#EHOS version\n'),
  'an answer that is cut off': (_stdin, channel) => {
    channel.write('\n#EHOS version\n$CondorVer');
    finish(channel);
  },
  'an answer in the name of another command': wellBut({ time: `1\n\n#ERR \n#RC 0\n${frame('startds', '')}` }),
  'a version that drives the terminal': wellBut({ version: `$CondorVersion: ${NASTY}` }),
  'a trust domain that is no name': wellBut({ 'trust-domain': NASTY }),
  'ads that are none': wellBut({ startds: '[1, null]', 'queue-0': '{"a":', collector: '[[]]' }),
  'ads of 100,000 brackets': wellBut({ startds: '['.repeat(100_000), 'queue-0': '['.repeat(100_000) }),
  'ads of hostile words': wellBut({
    startds: ads([
      slot({ State: 5, EhosNodeId: NASTY }),
      slot({ NumDynamicSlots: 1e300, TotalSlotCpus: 1e300, TotalSlotMemory: 1e300 }),
      slot({ Name: '/Expr(strcat("slot1@", "x"))/' }),
    ]),
    'queue-0': ads([
      {
        JobStatus: 1,
        JobCount: 5,
        EhosPool: NASTY,
        RequestMemory: `/Expr(${Array(900).fill('RequestMemory').join('+')})/`,
      },
      { JobStatus: 1, JobCount: 7, EhosPool: 'x'.repeat(1_000_000), RequestCpus: `/Expr(${'('.repeat(900)})/` },
    ]),
    collector: ads([{ Name: NASTY, StatsLifetime: 1e6, StatsLastUpdateTime: 1.8e9 }]),
  }),
};

export class HostileMaster {
  readonly userKey: KeyPair = makeKey();
  readonly #server: TestSshServer;

  constructor(answer: Answer) {
    this.#server = new TestSshServer(
      (_command, channel) => {
        channel.on('error', () => undefined);
        let stdin = '';
        channel.on('data', (chunk: Buffer) => (stdin += chunk.toString()));
        channel.on('end', () => answer(stdin, channel));
      },
      { userKey: this.userKey },
    );
  }

  async start(): Promise<{ port: number; knownHosts: string }> {
    await this.#server.start();
    return { port: this.#server.target().port, knownHosts: this.#server.knownHosts() };
  }
}

/** Before SSH itself: whatever greets, or does not. */
export const GREETINGS: Record<string, (socket: Socket) => void> = {
  silence: () => undefined,
  'lines without end': (socket) => {
    const more = (): void => {
      while (!socket.destroyed)
        if (!socket.write('welcome\r\n'.repeat(1_000))) {
          socket.once('drain', more);
          return;
        }
    };
    more();
  },
  'one line without end': (socket) => {
    const more = (): void => {
      while (!socket.destroyed)
        if (!socket.write('x'.repeat(65_536))) {
          socket.once('drain', more);
          return;
        }
    };
    more();
  },
  'a web server': (socket) => void socket.end('HTTP/1.1 400 Bad Request\r\n\r\n'),
};

export async function greetWith(greeting: (socket: Socket) => void): Promise<{ port: number }> {
  const server = createServer((socket) => {
    socket.on('error', () => undefined);
    socket.resume();
    greeting(socket);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no TCP address');
  return { port: address.port };
}
