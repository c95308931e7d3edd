import { EhosError } from '../base/errors.ts';

/** The oldest release that is supported: drain checks, remote administration by capability and token requests are as measured since. */
const OLDEST = [23, 0];

/** `23.9.6` of `$CondorVersion: 23.9.6 2026-07-12 ... $`. Throws `Invalid` when there is none, or it is too old. */
export function parseVersion(output: string): string {
  const version = /\$CondorVersion:\s+(\d+\.\d+\.\d+)/.exec(output)?.[1];
  if (version === undefined)
    throw new EhosError('Invalid', 'spec.ssh.host: condor_version there names no version: is HTCondor installed?', {
      field: 'spec.ssh.host',
    });
  const [major = 0, minor = 0] = version.split('.').map(Number);
  const [oldestMajor = 0, oldestMinor = 0] = OLDEST;
  if (major < oldestMajor || (major === oldestMajor && minor < oldestMinor))
    throw new EhosError(
      'Invalid',
      `spec.ssh.host: HTCondor ${version} is too old: ${OLDEST.join('.')} or later is needed`,
      {
        field: 'spec.ssh.host',
      },
    );
  return version;
}
