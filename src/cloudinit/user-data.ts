/** The user data of a worker node. */
import { gzipSync } from 'node:zlib';
import { stringify } from 'yaml';
import { EhosError } from '../base/errors.ts';
import { normalizePem, requireSound } from './checks.ts';
import { condorConfig } from './condor-config.ts';
import { joinScript } from './join-script.ts';
import { LAYOUT, TOKEN_FILE } from './layout.ts';
import { multipart, textPart } from './mime.ts';
import { userParts } from './user-parts.ts';

export interface WorkerConfig {
  /** uid of the EhosNode. */
  nodeUid: string;
  pool: string;
  collector: { host: string; port: number; alias: string | undefined };
  trustDomain: string;
  /** How the node comes by its token. */
  credentials:
    { method: 'Approve'; caCertificate: string; lifetimeSeconds: number } | { method: 'Token'; token: string };
  /** Attribute name -> ClassAd expression. */
  startdAttributes: Record<string, string>;
  /** Seconds between two updates of the startd's ad; the operator's notion of Lost follows from it. */
  updateIntervalSeconds: number;
  /** Whether jobs that name no pool may run here: those of `spec.jobs.default` (default true). */
  acceptsUnnamedJobs?: boolean;
}

/** Nova takes 65,535 characters of base64 (Compute API, create server, user_data). */
export const MAX_USER_DATA_BYTES = 49_149;

/**
 * A MIME message: the user's own parts first, ours last, because the merge settings of the part that is merged in decide; without them a
 * later part's lists replace those of the earlier ones (measured). As gzip when it would be too large, which cloud-init unpacks.
 * The same input gives the same bytes. Throws `Invalid` naming the field.
 */
export function renderUserData(config: WorkerConfig, ownUserData: string | Buffer | undefined): Buffer {
  requireSound(config);
  const parts = [...userParts(ownUserData), textPart('text/cloud-config', 'ehos', cloudConfig(config))];
  const plain = Buffer.from(multipart(parts, config.nodeUid), 'utf8');
  if (plain.length <= MAX_USER_DATA_BYTES) return plain;
  const packed = gzipSync(plain, { level: 9 });
  if (packed.length <= MAX_USER_DATA_BYTES) return packed;
  throw new EhosError(
    'Invalid',
    `template.userData: with the node's own configuration it is ${packed.length} bytes (gzip), and ${MAX_USER_DATA_BYTES} is the limit`,
    { field: 'template.userData' },
  );
}

interface WrittenFile {
  path: string;
  /** As text: a bare 600 would be read as a decimal number. */
  permissions: string;
  content: string;
}

function cloudConfig(config: WorkerConfig): string {
  const document = {
    merge_how: 'list(append)+dict(recurse_list)+str()',
    write_files: filesOf(config),
    runcmd: [[LAYOUT.joinScript]],
    // the console is what an operator sees of a node: keep it to what went wrong
    no_ssh_fingerprints: true,
    ssh: { emit_keys_to_console: false },
  };
  // cloud-init reads YAML 1.1, where more words need quotes; nothing is folded
  return `#cloud-config\n${stringify(document, { version: '1.1', lineWidth: 0, blockQuote: 'literal' })}`;
}

function filesOf(config: WorkerConfig): WrittenFile[] {
  const { credentials } = config;
  return [
    { path: LAYOUT.configFile, permissions: '0644', content: condorConfig(config) },
    credentials.method === 'Approve'
      ? { path: LAYOUT.caFile, permissions: '0644', content: normalizePem(credentials.caCertificate) }
      : { path: TOKEN_FILE, permissions: '0600', content: `${credentials.token.trim()}\n` },
    { path: LAYOUT.joinScript, permissions: '0755', content: joinScript(config) },
  ];
}
