/**
 * Which cluster, and as whom. The one file that knows @kubernetes/client-node: its KubeConfig reads kubeconfig files, merges several,
 * and logs in by certificate, token file, exec plugin or OpenID Connect. Requests do not go through it (client.ts says why).
 */
import { existsSync, readFileSync } from 'node:fs';
import type { RequestOptions } from 'node:https';
import { homedir } from 'node:os';
import { delimiter, dirname, join, resolve } from 'node:path';
import type { Cluster } from '@kubernetes/client-node';
// not the index, which loads all typed APIs
import { KubeConfig } from '@kubernetes/client-node/dist/config.js';
import { parse } from 'yaml';
import type { Clock } from '../base/clock.ts';
import { EhosError, messageOf } from '../base/errors.ts';

/** What a connection and a request need to be trusted, on both sides. */
export interface Credentials {
  /** Authorization and Impersonate-User. */
  headers: Readonly<Record<string, string>>;
  /** Certificate authority, PEM; absent: the well-known ones. */
  ca?: string;
  /** Client certificate and its key, PEM. */
  cert?: string;
  key?: string;
}

export interface ClusterAccess {
  /** `https://host:port`, perhaps with a path, without a slash at the end. */
  readonly server: string;
  /** Namespace of the kubeconfig's context, or of the pod's service account. */
  readonly namespace: string | undefined;
  readonly proxyUrl: string | undefined;
  /** false accepts any certificate. */
  readonly verify: boolean;
  /** Name that the certificate must bear, if not the host's. */
  readonly tlsServerName: string | undefined;
  /**
   * The credentials as they are now; `fresh` reads everything anew, for when the server has refused what it was given.
   * Rejects with EhosError `Auth` when a file cannot be read or a plugin fails.
   */
  credentials(fresh?: boolean): Promise<Credentials>;
}

/** A kubeconfig's text (paths in it are taken as they are), files to merge, or the pod's own service account. */
export type ConfigSource = { text: string } | { files: string[] } | { inCluster: true };

/** Credentials are asked for anew this often, ms: kubelet renews a mounted token when 80 % of its life (at least 10 min) are over. */
const REFRESH_MS = 60_000;

/** Where tools of Kubernetes look, in their order: what was named, KUBECONFIG, the pod's own account, ~/.kube/config. */
export function findConfigSource(
  named: string | undefined,
  env: Readonly<Record<string, string | undefined>>,
): ConfigSource {
  if (named !== undefined && named !== '') return { files: [named] };
  const listed = (env.KUBECONFIG ?? '').split(delimiter).filter((file) => file !== '');
  if (listed.length > 0) return { files: listed };
  if (env.KUBERNETES_SERVICE_HOST) return { inCluster: true };
  const own = join(env.HOME ?? homedir(), '.kube', 'config');
  if (existsSync(own)) return { files: [own] };
  throw new EhosError(
    'Invalid',
    `no Kubernetes cluster is named: give a kubeconfig, set KUBECONFIG, or run in a pod; there is no ${own} either`,
  );
}

/** Throws EhosError `Invalid` when the configuration cannot be read or names no cluster. */
export function clusterAccess(source: ConfigSource, clock: Clock): ClusterAccess {
  const config = load(source);
  const cluster = config.getCurrentCluster();
  const context = config.getCurrentContext();
  if (!cluster) {
    const message = `kubeconfig: current-context: "${context}" does not lead to a cluster that is defined there`;
    throw new EhosError('Invalid', message, { field: 'current-context' });
  }
  let current = config;
  let kept: { at: number; credentials: Promise<Credentials> } | undefined;
  return {
    server: cluster.server,
    namespace: config.getContextObject(context)?.namespace,
    proxyUrl: cluster.proxyUrl,
    verify: !cluster.skipTLSVerify,
    tlsServerName: cluster.tlsServerName,
    credentials: (fresh = false) => {
      if (kept && !fresh && clock.now() - kept.at < REFRESH_MS) return kept.credentials;
      // OpenID Connect renews its refresh token in memory: the file's may be used up already
      if (fresh && !usesOpenId(current)) current = load(source);
      const asked = { at: clock.now(), credentials: credentialsOf(current, cluster) };
      kept = asked;
      asked.credentials.catch(() => {
        if (kept === asked) kept = undefined;
      });
      return asked.credentials;
    },
  };
}

function usesOpenId(config: KubeConfig): boolean {
  const provider = config.getCurrentUser()?.authProvider as { name?: string } | null | undefined;
  return provider?.name === 'oidc';
}

function load(source: ConfigSource): KubeConfig {
  const config = new KubeConfig();
  try {
    if ('inCluster' in source) config.loadFromCluster();
    else if ('text' in source) loadText(config, source.text, '.');
    else {
      for (const [i, file] of source.files.entries()) {
        const one = i === 0 ? config : new KubeConfig();
        loadText(one, readFileSync(file, 'utf8'), dirname(file));
        if (i > 0) config.mergeConfig(one, true);
      }
    }
  } catch (error) {
    throw new EhosError('Invalid', `kubeconfig: ${messageOf(error)}`, { cause: error });
  }
  // client-node refuses plain http unless told that there is no certificate to verify
  config.clusters = config.clusters.map((cluster) =>
    cluster.server.startsWith('http:') ? { ...cluster, skipTLSVerify: true } : cluster,
  );
  return config;
}

interface RawKubeconfig {
  users?: { name?: string; user?: { tokenFile?: string } }[];
}

function loadText(config: KubeConfig, text: string, folder: string): void {
  config.loadFromString(text);
  config.makePathsAbsolute(folder);
  // client-node 1.4.0 looks for `token-file`; the API calls it `tokenFile`, and such a token is renewed in place
  const raw = parse(text) as RawKubeconfig;
  const tokenFiles = new Map((raw.users ?? []).map(({ name, user }) => [name, user?.tokenFile]));
  config.users = config.users.map((user) => {
    const tokenFile = tokenFiles.get(user.name);
    if (tokenFile === undefined) return user;
    return { ...user, authProvider: { name: 'tokenFile', config: { tokenFile: resolve(folder, tokenFile) } } };
  });
}

async function credentialsOf(config: KubeConfig, cluster: Cluster): Promise<Credentials> {
  const options: RequestOptions = {};
  try {
    await config.applyToHTTPSOptions(options);
    // without a user client-node does not even look at the cluster
    const ca = cluster.caFile ? readFileSync(cluster.caFile) : cluster.caData && Buffer.from(cluster.caData, 'base64');
    const headers: Record<string, string> = {};
    if (options.auth) headers.authorization = `Basic ${Buffer.from(options.auth).toString('base64')}`;
    for (const [name, value] of Object.entries(options.headers ?? {})) {
      // a token file may end in a line break, which no header may
      if (typeof value === 'string') headers[name.toLowerCase()] = value.trim();
    }
    return { headers, ...pem('ca', ca), ...pem('cert', options.cert), ...pem('key', options.key) };
  } catch (error) {
    // an exec plugin's standard error comes as the message, and may be long
    throw new EhosError('Auth', `kubeconfig: no credentials for ${cluster.server}: ${messageOf(error).slice(0, 500)}`, {
      cause: error,
    });
  }
}

function pem(key: 'ca' | 'cert' | 'key', value: unknown): Partial<Record<'ca' | 'cert' | 'key', string>> {
  if (Buffer.isBuffer(value)) return { [key]: value.toString('utf8') };
  return typeof value === 'string' && value !== '' ? { [key]: value } : {};
}
