/** Can servers be made in a cloud? */
import { X509Certificate } from 'node:crypto';
import type { EhosCloud, EhosNodePool } from '../../api/resources.ts';
import { formatDuration } from '../../base/duration.ts';
import type { CloudBackend } from '../../cloud/backend.ts';
import { OpenStackBackend } from '../../cloud/openstack.ts';
import type { CloudAccess } from '../../controllers/context.ts';
import { readAccess } from '../../controllers/cloud-controller.ts';
import type { CloudSnapshot } from '../../domain/snapshots.ts';
import { memoryWords } from '../../domain/words.ts';
import { readCloudsYaml, type CloudConfig } from '../../openstack/sdk.ts';
import { EhosError } from '../../base/errors.ts';
import { cacertPath } from '../init/clouds-file.ts';
import type { CheckContext } from './context.ts';
import { Findings, wordsOf } from './line.ts';

/** A cloud that was logged in to. */
export interface OpenCloud {
  cloud: EhosCloud;
  access: CloudAccess;
  backend: CloudBackend;
  snapshot: CloudSnapshot;
}

const SOON_MS = 14 * 86_400_000;

export async function checkCloud(
  context: CheckContext,
  cloud: EhosCloud,
  pools: readonly EhosNodePool[],
): Promise<OpenCloud | undefined> {
  const findings = context.about('EhosCloud', cloud);
  const access = await readSecretOf(context, cloud, findings);
  const config = access && readForm(access, findings);
  if (!access || !config) return undefined;
  checkCertificates(config, access, context.now, findings);
  const backend = new OpenStackBackend({ ...access, clock: context.clock, random: context.random });
  context.closing(async () => await backend.close());
  if (!(await logIn(backend, config, context.now, findings))) return undefined;
  try {
    const snapshot = await backend.observe(undefined, { volumes: pools.some(usesVolumes) });
    checkQuota(snapshot, pools, findings);
    return { cloud, access, backend, snapshot };
  } catch (error) {
    findings.fail(
      'servers and quota',
      wordsOf(error),
      'the account must be able to list servers, limits and flavors of the project',
    );
    return undefined;
  }
}

async function readSecretOf(
  context: CheckContext,
  cloud: EhosCloud,
  findings: Findings,
): Promise<CloudAccess | undefined> {
  const { name } = cloud.spec.openstack.identityRef;
  try {
    const access = await readAccess({ client: context.client, signal: context.signal, clusterUid: CHECKING }, cloud);
    findings.ok('Secret', `Secret "${name}" has clouds.yaml${access.cacert === undefined ? '' : ' and cacert'}`);
    return access;
  } catch (error) {
    const remedy = `kubectl create secret generic ${name} --from-file=clouds.yaml [--from-file=cacert=ca.pem], in the namespace of the EhosCloud`;
    findings.fail('Secret', wordsOf(error), remedy);
    return undefined;
  }
}

/** Marks no server: a check makes none. */
const CHECKING = 'ehos-check';

function readForm(
  { cloudsYaml: text, cloudName, cacert, region }: CloudAccess,
  findings: Findings,
): CloudConfig | undefined {
  try {
    const config = readCloudsYaml({ text, cloudName, cacert, region });
    const { credentials, authUrl } = config;
    const how = credentials.method === 'password' ? 'a password' : 'an application credential';
    findings.ok('clouds.yaml', `entry "${cloudName}" logs in with ${how} at ${authUrl}`);
    return config;
  } catch (error) {
    findings.fail(
      'clouds.yaml',
      wordsOf(error),
      'mend the field that is named; the dashboard gives the file under API Access',
    );
    return undefined;
  }
}

function checkCertificates(
  { cacert, verify, authUrl }: CloudConfig,
  { cloudsYaml, cloudName }: CloudAccess,
  now: number,
  findings: Findings,
): void {
  const path = cacert === undefined ? cacertPath(cloudsYaml, cloudName) : undefined;
  if (path !== undefined)
    findings.warn(
      'cacert',
      `clouds.yaml names ${path}, a file of another machine: it is passed over`,
      'if the cloud has an authority of its own, put its certificate under the key cacert of the Secret',
    );
  if (!verify)
    findings.warn(
      'certificate',
      "verify: false accepts any certificate, an impostor's too",
      "put the authority's certificate under the key cacert and remove verify",
    );
  else if (!authUrl.startsWith('https:'))
    findings.warn(
      'certificate',
      `${authUrl} is not encrypted: everybody on the way can read the credentials`,
      'use the https URL of Keystone',
    );
  for (const pem of cacert?.match(/-----BEGIN CERTIFICATE-----[\s\S]*?-----END CERTIFICATE-----/g) ?? []) {
    const { subject, validTo } = new X509Certificate(pem);
    const left = Date.parse(validTo) - now;
    const name = subject.replaceAll('\n', ', ');
    const remedy = 'put the new certificate of the authority under the key cacert';
    if (left < 0) findings.fail('cacert', `the certificate of ${name} ended at ${validTo}`, remedy);
    else if (left < SOON_MS) findings.warn('cacert', `the certificate of ${name} ends at ${validTo}`, remedy);
    else findings.ok('cacert', `${name}, valid to ${validTo}`);
  }
}

async function logIn(backend: CloudBackend, config: CloudConfig, now: number, findings: Findings): Promise<boolean> {
  try {
    const { projectId, credentialExpiresAt } = await backend.connect();
    findings.ok(
      'authentication',
      `project ${projectId}${config.region === undefined ? '' : ` in region ${config.region}`}`,
    );
    if (credentialExpiresAt === undefined) return true;
    const left = credentialExpiresAt - now;
    const words = `they end at ${new Date(credentialExpiresAt).toISOString()}, in ${formatDuration(left)}`;
    if (left < SOON_MS)
      findings.warn('credentials', words, 'make new ones in time; the operator takes a changed Secret up by itself');
    else findings.ok('credentials', words);
    return true;
  } catch (error) {
    findings.fail('authentication', wordsOf(error), remedyOf(error, config));
    return false;
  }
}

function remedyOf(error: unknown, { authUrl }: CloudConfig): string {
  const { errorClass } = error as EhosError;
  if (errorClass === 'Auth') return 'check user, domain, project and password, or make a new application credential';
  if (errorClass === 'Invalid') return 'mend the field that is named';
  return `${authUrl} must be reachable from here, and from the operator's pods; a certificate of an own authority goes under the key cacert`;
}

const usesVolumes = ({ spec: { template, clouds } }: EhosNodePool): boolean =>
  (template?.rootVolume ?? template?.scratchVolume) !== undefined || clouds.some(({ scratchVolume }) => scratchVolume);

function checkQuota(snapshot: CloudSnapshot, pools: readonly EhosNodePool[], findings: Findings): void {
  const { instances, cores, memory } = snapshot.quota;
  const words = [
    figure(instances, (n) => `${n}`, 'servers'),
    figure(cores, (n) => `${n}`, 'cores'),
    figure(memory, memoryWords, 'memory'),
  ];
  const full = [instances, cores, memory].some(({ limit, used }) => limit >= 0 && used >= limit);
  if (full)
    findings.warn('quota', `nothing is left: ${words.join(', ')} in use`, 'free some, or ask the cloud for more');
  else findings.ok('quota', `${words.join(', ')} in use`);
  if (snapshot.volumesProblem !== undefined)
    findings.fail('volumes', snapshot.volumesProblem, 'the pool wants volumes: the project needs a volume service');
  const grouped = pools.filter(({ spec }) => spec.template?.serverGroupPolicy !== undefined).length;
  if (grouped > 0) checkServerGroups(snapshot, grouped, findings);
}

interface Quota {
  limit: number;
  used: number;
}

/** A negative limit is none (Compute API, "Show Rate And Absolute Limits"). */
function figure({ limit, used }: Quota, words: (n: number) => string, what: string): string {
  return `${words(used)} of ${limit < 0 ? 'any number of' : words(limit)} ${what}`;
}

/** Each pool takes a group of its own. */
function checkServerGroups(
  { serverGroups, serverGroupMembers }: CloudSnapshot,
  wanted: number,
  findings: Findings,
): void {
  const what = 'server groups';
  if (!serverGroups || serverGroups.limit < 0) {
    findings.ok(what, 'not limited');
    return;
  }
  const left = serverGroups.limit - serverGroups.used;
  const words = `${serverGroups.used} of ${serverGroups.limit} in use, ${serverGroupMembers < 0 ? 'any number of' : serverGroupMembers} servers in each`;
  if (left < wanted)
    findings.warn(
      what,
      `${words}; pools here want ${wanted}, unless they have theirs already`,
      'remove unused ones (openstack server group list), or ask for more',
    );
  else findings.ok(what, words);
}
