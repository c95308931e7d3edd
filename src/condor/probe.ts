/** What a master is: version, trust domain, certificates. */
import { EhosError } from '../base/errors.ts';
import type { ScriptStep, StepResult } from '../base/remote-script.ts';
import { serverIdentity } from './certificates.ts';
import { queryConfig, queryVersion, readRemoteFile } from './commands.ts';
import type { MasterFacts } from './master.ts';
import type { Answers } from './round-trip.ts';
import { parseVersion } from './version.ts';

/** Of the collector: the certificate it shows, and the authorities it may be signed by (the one it made itself at its first start first). */
const SERVER_CERTIFICATE = 'AUTH_SSL_SERVER_CERTFILE';
const AUTHORITIES = ['TRUST_DOMAIN_CAFILE', 'AUTH_SSL_SERVER_CAFILE'];

const NEGOTIATOR_INTERVAL = 'NEGOTIATOR_INTERVAL';

/** Seconds: what HTCondor takes where nothing is configured (condor_config_val of 23.9.6). */
const DEFAULT_NEGOTIATOR_INTERVAL = 60;

/** Rejects with `Invalid` when there is no HTCondor, an unsupported version or no trust domain. */
export async function probe(run: (steps: ScriptStep[]) => Promise<Answers>): Promise<MasterFacts> {
  const variables = ['TRUST_DOMAIN', NEGOTIATOR_INTERVAL, SERVER_CERTIFICATE, ...AUTHORITIES];
  const answers = await run([
    queryVersion('version'),
    ...variables.map((variable) => queryConfig(stepFor(variable), variable)),
  ]);
  const versionAnswer = answers.of('version');
  if (versionAnswer.code === 127)
    throw new EhosError('Invalid', 'spec.ssh.host: there is no condor_version in the PATH of the account', {
      field: 'spec.ssh.host',
    });
  const version = parseVersion(answers.output('version'));
  const trustDomain = answers.output(stepFor('TRUST_DOMAIN')).trim();
  // it becomes a part of identities and of the configuration of nodes
  if (!/^[A-Za-z0-9][\w.:-]*$/.test(trustDomain))
    throw new EhosError(
      'Invalid',
      `spec.ssh.host: TRUST_DOMAIN of the master is ${JSON.stringify(trustDomain)}: it must be a name`,
      {
        field: 'spec.ssh.host',
      },
    );
  const paths = (variable: string): string[] => pathsOf(answers, variable);
  const identity = await readIdentity(run, paths(SERVER_CERTIFICATE), AUTHORITIES.flatMap(paths));
  return {
    version,
    trustDomain,
    caCertificate: identity?.caCertificate,
    certificateName: identity?.certificateName,
    negotiatorInterval: intervalOf(answers.of(stepFor(NEGOTIATOR_INTERVAL))),
  };
}

async function readIdentity(
  run: (steps: ScriptStep[]) => Promise<Answers>,
  servers: string[],
  authorities: string[],
): Promise<ReturnType<typeof serverIdentity>> {
  const files = [...new Set([...servers, ...authorities])];
  if (files.length === 0) return undefined;
  const answers = await run(files.map((path, i) => readRemoteFile(`file-${i}`, path)));
  const contentOf = (path: string): string | undefined => {
    const step = answers.of(`file-${files.indexOf(path)}`);
    if (step.code === 0) return step.stdout;
    // a file that is not there (Debian names a certificate that no package makes) or not for us counts as none; no answer does not
    if (step.code === 1) return undefined;
    throw new EhosError(
      'Transient',
      `${path} cannot be read on the master: exit code ${step.code} ${step.stderr}`.trim(),
    );
  };
  const server = servers.map(contentOf).find((content) => content !== undefined);
  return serverIdentity(
    server,
    authorities.map(contentOf).filter((content) => content !== undefined),
  );
}

/** Of the master that is logged in to: the negotiator's host has the same configuration, or nobody can tell. */
function intervalOf(step: StepResult): number {
  const value = step.code === 0 && /^\s*\d{1,6}\s*$/.test(step.stdout) ? Number(step.stdout) : 0;
  return value > 0 ? value : DEFAULT_NEGOTIATOR_INTERVAL;
}

function stepFor(variable: string): string {
  return variable.toLowerCase().replaceAll('_', '-');
}

/** A variable that is not defined is no error here (rc 1). Several paths are separated by commas; the first usable one counts. */
function pathsOf(answers: Answers, variable: string): string[] {
  const step = answers.of(stepFor(variable));
  if (step.code !== 0) return [];
  return step.stdout
    .split(',')
    .map((path) => path.trim())
    .filter((path) => path.startsWith('/'));
}
