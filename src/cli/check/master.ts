/** Can an HTCondor master be read and told what to do? */
import type { EhosMaster } from '../../api/resources.ts';
import { EhosError } from '../../base/errors.ts';
import type { ScriptStep } from '../../base/remote-script.ts';
import type { RemoteShell } from '../../base/remote-shell.ts';
import { oneLine } from '../../base/text.ts';
import { CondorMasterClient } from '../../condor/client.ts';
import { queryConfig, queryPermission, queryTime } from '../../condor/commands.ts';
import type { MasterFacts } from '../../condor/master.ts';
import { runSteps } from '../../condor/round-trip.ts';
import { ownIdentity } from '../../condor/token-requests.ts';
import type { MasterAccess } from '../../controllers/context.ts';
import { methodOf, readAccess } from '../../controllers/master-controller.ts';
import { SshConnection } from '../../ssh/connection.ts';
import type { CheckContext } from './context.ts';
import { Findings, wordsOf } from './line.ts';
import { judgeMaster, PERMISSIONS, VARIABLES, type MasterAnswers } from './master-rules.ts';

/** What the master is, when that could be read. */
export async function checkMaster(context: CheckContext, master: EhosMaster): Promise<MasterFacts | undefined> {
  const findings = context.about('EhosMaster', master);
  const access = await readSecrets(context, master, findings);
  if (!access) return undefined;
  const shell = new SshConnection(
    { ...access, hostKeys: sourceOf(access) },
    { clock: context.clock, random: context.random },
  );
  context.closing(() => {
    shell.close();
    return Promise.resolve();
  });
  if (!(await logIn(shell, access, findings))) return undefined;
  const condor = new CondorMasterClient(shell, { clock: context.clock });
  let facts: MasterFacts;
  try {
    facts = await condor.probe();
    findings.ok('HTCondor', `version ${facts.version}, trust domain ${facts.trustDomain}`);
  } catch (error) {
    findings.fail('HTCondor', wordsOf(error), 'install HTCondor 23 or newer, and set TRUST_DOMAIN');
    return undefined;
  }
  await readQueue(condor, master, findings);
  try {
    judgeMaster(await askMaster(shell, context.now), master, facts, findings);
  } catch (error) {
    findings.fail(
      'configuration',
      wordsOf(error),
      'docs/preparing-a-master.md says which commands the account must be able to run',
    );
  }
  return facts;
}

const KEYS =
  'kubectl create secret generic NAME --type=kubernetes.io/ssh-auth --from-file=ssh-privatekey=id_ed25519 --from-file=known_hosts';

async function readSecrets(
  { client, signal }: CheckContext,
  master: EhosMaster,
  findings: Findings,
): Promise<MasterAccess | undefined> {
  try {
    const access = await readAccess({ client, signal }, master);
    findings.ok('Secret', `the private key of "${master.spec.ssh.user}" and the host key are there`);
    return access;
  } catch (error) {
    findings.fail('Secret', wordsOf(error), KEYS);
    return undefined;
  }
}

const sourceOf = ({ hostKeys }: MasterAccess): ConstructorParameters<typeof SshConnection>[0]['hostKeys'] =>
  'publicKey' in hostKeys
    ? { kind: 'HostKey', line: hostKeys.publicKey }
    : { kind: 'KnownHosts', text: hostKeys.knownHosts };

async function logIn(shell: RemoteShell, { host, port, user }: MasterAccess, findings: Findings): Promise<boolean> {
  const peer = `${host}:${port}`;
  try {
    await shell.run('true');
    findings.ok('host key', `${peer} shows the expected one`);
    findings.ok('SSH', `${user}@${peer} lets us in`);
    return true;
  } catch (error) {
    const words = wordsOf(error);
    const { errorClass, field = '' } = error as EhosError;
    if (errorClass === 'Invalid' && field.includes('ost'))
      findings.fail(
        'host key',
        words,
        `compare with /etc/ssh/ssh_host_*_key.pub on the master, then take what ssh-keyscan -p ${port} ${host} prints`,
      );
    else if (errorClass === 'Invalid') findings.fail('private key', words, KEYS);
    else if (errorClass === 'Auth')
      findings.fail('SSH', words, `put the public key into ~${user}/.ssh/authorized_keys on the master`);
    else findings.fail('SSH', words, `${peer} must be reachable from here, and from the operator's pods`);
    return false;
  }
}

/** Queue, nodes and token requests, exactly as the operator reads them. */
async function readQueue(condor: CondorMasterClient, master: EhosMaster, findings: Findings): Promise<void> {
  const remedy =
    'run condor_q -allusers, condor_status and condor_token_request_list as that account: docs/preparing-a-master.md';
  try {
    const tokenRequests = methodOf(master) === 'Approve';
    const snapshot = await condor.poll({ schedds: master.spec.condor.schedds ?? [], tokenRequests });
    for (const error of snapshot.errors) findings.fail('queue and nodes', error, remedy);
    const { jobs, startds } = snapshot;
    if (jobs && startds) {
      const queued = jobs.reduce((sum, { count }) => sum + count, 0);
      findings.ok('queue and nodes', `${queued} jobs in the queue, ${startds.length} machines`);
    }
    if (tokenRequests && snapshot.tokenRequests)
      findings.ok('token requests', `they can be listed, ${snapshot.tokenRequests.length} pending`);
  } catch (error) {
    findings.fail('queue and nodes', wordsOf(error), remedy);
  }
}

const stepOf = (prefix: string, name: string): string => `${prefix}-${name.toLowerCase().replaceAll('_', '-')}`;

async function askMaster(shell: RemoteShell, now: number): Promise<MasterAnswers> {
  const steps: ScriptStep[] = [
    queryTime('time'),
    ...VARIABLES.map((name) => queryConfig(stepOf('config', name), name)),
    ...PERMISSIONS.map(({ level }) => queryPermission(stepOf('may', level), level)),
  ];
  const answers = await runSteps(shell, steps);
  const config = new Map(
    VARIABLES.flatMap((name) => {
      const { code, stdout } = answers.of(stepOf('config', name));
      return code === 0 ? [[name, stdout.trim()] as const] : [];
    }),
  );
  const permissions = new Map(
    PERMISSIONS.map(({ level }) => {
      const { code, stdout, stderr } = answers.of(stepOf('may', level));
      const allowed = code === 0 && !/^Authorized:\s+FALSE/im.test(stdout);
      // condor_ping says on standard output why it was denied (23.9.6)
      return [
        level,
        { allowed, identity: ownIdentity(stdout), words: oneLine(stderr === '' ? stdout : stderr) },
      ] as const;
    }),
  );
  const seconds = Number(answers.output('time'));
  return { config, permissions, clockAheadMs: Number.isFinite(seconds) ? seconds * 1000 - now : 0 };
}
