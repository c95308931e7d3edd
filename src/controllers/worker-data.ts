/** What a node is given to become a worker: the master's address and certificate, its credentials, and the user's own part. */
import { createHash } from 'node:crypto';
import { EhosError } from '../base/errors.ts';
import { parseDuration } from '../base/duration.ts';
import { CONFIG_MAPS, nodeIdentity, type EhosMaster, type EhosNodePool } from '../api/resources.ts';
import { renderUserData, type WorkerConfig } from '../cloudinit/user-data.ts';
import type { Context } from './context.ts';
import { methodOf } from './master-controller.ts';
import type { MasterSession } from './master-session.ts';
import { readKey, readKeyForNodes, type Reading } from './objects.ts';

type WorkerContext = Reading & Pick<Context, 'settings'>;

export interface WorkerPlace {
  pool: EhosNodePool;
  master: EhosMaster | undefined;
  masterSession: MasterSession | undefined;
}

type Credentials = WorkerConfig['credentials'];

/** Rejects with `Invalid` for what an admin must mend, `Transient` while the master is not known. */
export async function workerData(context: WorkerContext, nodeUid: string, place: WorkerPlace): Promise<Buffer> {
  const { master, session } = known(place);
  const credentials = await credentialsFor(context, nodeUid, master, session);
  return renderUserData(...(await ingredients(context, nodeUid, place, credentials)));
}

/**
 * The same without a node, so that nothing is made that could not be launched; asks the master for no token. Returns a hash of what it
 * was made from: while that is still `right`, it need not be made again.
 */
export async function checkWorkerData(context: WorkerContext, place: WorkerPlace, right?: string): Promise<string> {
  const { master, session } = known(place);
  const asksForToken = methodOf(master) === 'TokenRequest';
  const credentials = asksForToken ? PLACEHOLDER : await credentialsFor(context, NO_NODE, master, session);
  const [config, own] = await ingredients(context, NO_NODE, place, credentials);
  // of secrets that are in it nothing is kept
  const from = createHash('sha256')
    .update(JSON.stringify(config))
    .update(own ?? '')
    .digest('base64');
  if (from !== right) renderUserData(config, own);
  return from;
}

/** As long as a real one, since the size of the user data is checked as well. */
const NO_NODE = '00000000-0000-0000-0000-000000000000';
const PLACEHOLDER: Credentials = { method: 'Token', token: ['a', 'b', 'c'].map((part) => part.repeat(150)).join('.') };

function known({ master, masterSession }: WorkerPlace): { master: EhosMaster; session: MasterSession } {
  if (!master || !masterSession?.facts) throw new EhosError('Transient', 'the master is gone or was not read yet');
  return { master, session: masterSession };
}

async function ingredients(
  context: WorkerContext,
  nodeUid: string,
  place: WorkerPlace,
  credentials: Credentials,
): Promise<[config: WorkerConfig, own: string | Buffer | undefined]> {
  const { pool, masterSession } = place;
  const { master } = known(place);
  const { host, port = 9618 } = master.spec.condor;
  const config: WorkerConfig = {
    nodeUid,
    pool: pool.metadata.name,
    collector: { host, port, alias: masterSession?.facts?.certificateName },
    trustDomain: masterSession?.facts?.trustDomain ?? '',
    credentials,
    startdAttributes: pool.spec.template?.startdAttributes ?? {},
    acceptsUnnamedJobs: pool.spec.jobs?.default ?? false,
    updateIntervalSeconds: context.settings.nodeUpdateInterval,
  };
  return [config, await userPart(context, pool)];
}

async function credentialsFor(
  context: WorkerContext,
  nodeUid: string,
  master: EhosMaster,
  { facts, condor }: MasterSession,
): Promise<Credentials> {
  const { nodeCredentials = {} } = master.spec;
  const lifetimeSeconds = parseDuration(nodeCredentials.lifetime ?? '720h', 'spec.nodeCredentials.lifetime') / 1000;
  switch (methodOf(master)) {
    case 'Approve': {
      const field = 'spec.nodeCredentials.method';
      const message = `${field}: Approve needs a certificate authority on the master (docs/preparing-a-master.md); the other methods are TokenRequest and SecretRef`;
      if (facts?.caCertificate === undefined) throw new EhosError('Invalid', message, { field });
      return { method: 'Approve', caCertificate: facts.caCertificate, lifetimeSeconds };
    }
    case 'TokenRequest': {
      if (!condor || !facts) throw new EhosError('Transient', 'the master has not been read yet');
      const identity = `${nodeIdentity(nodeUid)}@${facts.trustDomain}`;
      return { method: 'Token', token: await condor.obtainToken(identity, lifetimeSeconds, context.signal) };
    }
    case 'SecretRef': {
      const field = 'spec.nodeCredentials.secretRef';
      const reference = { name: '', key: 'token', ...nodeCredentials.secretRef };
      const token = await readKeyForNodes(context, master.metadata.namespace ?? '', reference, field);
      return { method: 'Token', token: token.toString('utf8').trim() };
    }
  }
}

async function userPart(context: Reading, pool: EhosNodePool): Promise<string | Buffer | undefined> {
  const { inline, configMapRef, secretRef } = pool.spec.template?.userData ?? {};
  if (inline !== undefined) return inline;
  const namespace = pool.metadata.namespace ?? '';
  const field = 'spec.template.userData';
  if (configMapRef)
    return await readKey(
      context,
      CONFIG_MAPS,
      namespace,
      { key: 'userdata', ...configMapRef },
      `${field}.configMapRef`,
    );
  if (secretRef)
    return await readKeyForNodes(context, namespace, { key: 'userdata', ...secretRef }, `${field}.secretRef`);
  return undefined;
}
