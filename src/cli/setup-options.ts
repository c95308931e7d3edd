/** Options of the commands that write a set-up: how to reach the master, and where to write. */
import { InvalidArgumentError, Option, type Command } from 'commander';
import { namespace } from './options.ts';

export interface SetupOptions {
  master?: { host: string; port: number };
  user: string;
  privateKey?: string;
  hostKey?: string;
  fingerprint?: string;
  condorHost?: string;
  namespace?: string;
  dir: string;
  force: boolean;
}

export function withSetup(command: Command): Command {
  return command
    .addOption(
      new Option('--master <host[:port]>', 'where the operator logs in to the HTCondor master').argParser(hostAndPort),
    )
    .addOption(new Option('--user <name>', 'as which account').default('ehos'))
    .addOption(new Option('--private-key <file>', 'with which SSH key, without a passphrase'))
    .addOption(
      new Option(
        '--host-key <line>',
        'public host key of the master, as in a .pub file there; else it is fetched and shown',
      ),
    )
    .addOption(
      new Option('--fingerprint <SHA256:...>', 'take the fetched host key if this is its fingerprint, without asking'),
    )
    .addOption(new Option('--condor-host <host>', 'the master as worker nodes see it (default: that of --master)'))
    .addOption(new Option('-n, --namespace <name>', 'write this namespace into the files').argParser(namespace))
    .addOption(new Option('--dir <folder>', 'where to write the files').default('ehos'))
    .addOption(new Option('--force', 'overwrite files that are there').default(false));
}

const MOST_PORT = 65_535;

/** `host`, `host:2222`, `[2001:db8::1]:22`. */
export function hostAndPort(text: string): { host: string; port: number } {
  const match = /^(?:\[([0-9a-fA-F:.]+)\]|([A-Za-z0-9][\w.-]*))(?::(\d{1,5}))?$/.exec(text);
  const port = Number(match?.[3] ?? 22);
  const host = match?.[1] ?? match?.[2];
  if (host === undefined || port < 1 || port > MOST_PORT)
    throw new InvalidArgumentError('It must be a host and perhaps a port, such as condor.example.org:22.');
  return { host, port };
}
