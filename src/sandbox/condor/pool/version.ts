/** What the sandbox says it is: the version whose answers were measured. */
export const VERSION = '23.9.6';
export const CONDOR_VERSION = `$CondorVersion: ${VERSION} 2026-07-12 PackageID: ${VERSION}+dfsg-2.1+b10 $`;
export const CONDOR_PLATFORM = '$CondorPlatform: X86_64-Debian_13 $';
