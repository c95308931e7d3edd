/** The worker's HTCondor configuration. */
import { isIP, isIPv6 } from 'node:net';
import { LAYOUT } from './layout.ts';
import type { WorkerConfig } from './user-data.ts';

/**
 * Seconds, from its start on, that a running job is left alone when a drain is asked for: without it "graceful" kills it at once (measured).
 * Ten years: a drain of ours waits for jobs as long as they take, and asks the startd before whether it will (CORDON_CHECK).
 */
const RETIREMENT_SECONDS = 10 * 365 * 24 * 3600;

/** Takes values that `requireSound` has seen. */
export function condorConfig(config: WorkerConfig): string {
  const attributes = Object.entries(config.startdAttributes);
  const advertised = ['EhosNodeId', 'EhosPool', ...attributes.map(([name]) => name)];
  return `${[
    '# Written by EHOS when this server was made. It is never read again by EHOS: a change here is a change of this node only.',
    ...attributes.map(([name, expression]) => `${name} = ${expression}`),
    'DAEMON_LIST = MASTER, STARTD',
    `CONDOR_HOST = ${config.collector.host}`,
    `COLLECTOR_HOST = ${collectorAddress(config.collector)}`,
    ...authentication(config.credentials),
    '# One slot that jobs take what they ask for from',
    'NUM_SLOTS = 1',
    'NUM_SLOTS_TYPE_1 = 1',
    'SLOT_TYPE_1 = 100%',
    'SLOT_TYPE_1_PARTITIONABLE = TRUE',
    '# Whose node this is, in the ads of startd and master',
    `EhosNodeId = "${config.nodeUid}"`,
    `EhosPool = "${config.pool}"`,
    `STARTD_ATTRS = $(STARTD_ATTRS) ${advertised.join(' ')}`,
    'MASTER_ATTRS = $(MASTER_ATTRS) EhosNodeId EhosPool',
    `START = ${startExpression(config.acceptsUnnamedJobs ?? true)}`,
    '# A drain waits for running jobs',
    `MAXJOBRETIREMENTTIME = ${RETIREMENT_SECONDS}`,
    `UPDATE_INTERVAL = ${config.updateIntervalSeconds}`,
    `MASTER_UPDATE_INTERVAL = ${config.updateIntervalSeconds}`,
    '# Ten seconds less until the node is idle',
    'RUNBENCHMARKS = FALSE',
    '# The others are Python programs that each start of the startd would run once',
    'FILETRANSFER_PLUGINS = $(LIBEXEC)/curl_plugin, $(LIBEXEC)/data_plugin',
  ].join('\n')}\n`;
}

/** Jobs that name this pool; and, where the pool serves those too, jobs that name none. */
function startExpression(acceptsUnnamedJobs: boolean): string {
  return acceptsUnnamedJobs
    ? '(TARGET.EhosPool =?= undefined || TARGET.EhosPool == MY.EhosPool)'
    : '(TARGET.EhosPool =!= undefined && TARGET.EhosPool == MY.EhosPool)';
}

/**
 * The alias is the name that the server's certificate has, which an address alone never matches. A host given by name is checked by that
 * name, whatever the alias (measured): `requireSound` sees to it that they agree.
 */
function collectorAddress({ host, port, alias }: WorkerConfig['collector']): string {
  const address = `${isIPv6(host) ? `[${host}]` : host}:${port}`;
  return alias !== undefined && isIP(host) !== 0 ? `<${address}?alias=${alias}>` : address;
}

function authentication(credentials: WorkerConfig['credentials']): string[] {
  if (credentials.method === 'Token') return ['SEC_CLIENT_AUTHENTICATION_METHODS = FS, IDTOKENS'];
  return [
    '# SSL only shows whether the master is the right one, while this node asks it for a token',
    'SEC_CLIENT_AUTHENTICATION_METHODS = FS, IDTOKENS, SSL',
    `AUTH_SSL_CLIENT_CAFILE = ${LAYOUT.caFile}`,
  ];
}
