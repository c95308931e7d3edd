/** One reading of a master, as the operator makes it, on a connection of its own: commands, bytes, time. */
import { performance } from 'node:perf_hooks';
import { systemClock } from '../../src/base/clock.ts';
import type { RemoteShell, RunOptions, RunResult } from '../../src/base/remote-shell.ts';
import type { EhosMaster, KubeObject } from '../../src/api/resources.ts';
import { CondorMasterClient } from '../../src/condor/client.ts';
import { SshConnection } from '../../src/ssh/connection.ts';
import type { PeerAccess } from './peer-api.ts';
import { exactly, kibibytes, median, type Row } from './table.ts';

const RUNS = 7;

/** Counts what comes back. */
class CountingShell implements RemoteShell {
  bytes = 0;

  constructor(private readonly shell: RemoteShell) {}

  async run(command: string, options?: RunOptions): Promise<RunResult> {
    const result = await this.shell.run(command, options);
    this.bytes += Buffer.byteLength(result.stdout) + Buffer.byteLength(result.stderr);
    return result;
  }

  close(): void {
    this.shell.close();
  }
}

export async function pollBench(access: PeerAccess, nodes: number): Promise<Row[]> {
  const shell = new CountingShell(connection(access));
  const condor = new CondorMasterClient(shell, { clock: systemClock });
  try {
    // the first one pays for the login
    await condor.poll({ schedds: [], tokenRequests: false });
    const times: number[] = [];
    const cpu: number[] = [];
    let found = 0;
    const before = { commands: condor.commands(), bytes: shell.bytes };
    for (let run = 0; run < RUNS; run++) {
      const began = performance.now();
      const used = process.cpuUsage();
      const { startds } = await condor.poll({ schedds: [], tokenRequests: false });
      const { user, system } = process.cpuUsage(used);
      times.push(performance.now() - began);
      cpu.push((user + system) / 1000);
      found = startds?.length ?? 0;
    }
    const bytes = (shell.bytes - before.bytes) / RUNS;
    const commands = String((condor.commands() - before.commands) / RUNS);
    return [
      {
        what: 'commands',
        value: commands,
        ...exactly(commands, '1'),
        how: 'SSH round trips a poll',
      },
      {
        what: 'bytes',
        value: kibibytes(bytes),
        how: `standard output of the round trip; ${Math.round(bytes / nodes)} bytes a node`,
      },
      {
        what: 'time',
        value: `${median(times).toFixed(0)} ms`,
        how: `median of ${RUNS}, worst ${Math.max(...times).toFixed(0)} ms, the sandbox's own work included; ${found} startds`,
      },
      { what: 'CPU of the operator', value: `${median(cpu).toFixed(0)} ms`, how: 'decrypting and parsing, median' },
    ];
  } finally {
    condor.close();
  }
}

/** As src/main.ts makes it from the EhosMaster and its Secret. */
function connection({ objects }: PeerAccess): SshConnection {
  const master = objects.find(({ kind }) => kind === 'EhosMaster') as EhosMaster | undefined;
  const secret = objects.find(({ metadata }) => metadata.name === master?.spec.ssh.privateKeyRef.name);
  const data = (secret as (KubeObject & { stringData?: Record<string, string> }) | undefined)?.stringData ?? {};
  const { host = '', port = 22, user = '' } = master?.spec.ssh ?? {};
  const hostKeys = { kind: 'KnownHosts', text: data.known_hosts ?? '' } as const;
  return new SshConnection({ host, port, user, privateKey: data['ssh-privatekey'] ?? '', hostKeys });
}
