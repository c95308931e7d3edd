/**
 * Where HTCondor lives on a worker. Debian's, Ubuntu's and the HTCondor project's own packages agree on these (HTCondor manual,
 * "Configuration: introduction"; tried with Debian 13); a distribution that differs gets its own row here.
 */
export const LAYOUT = {
  /** Files are read in the order of their names; later ones win. */
  configFile: '/etc/condor/config.d/50-ehos.conf',
  caFile: '/etc/condor/ehos-ca.pem',
  /** SEC_TOKEN_SYSTEM_DIRECTORY: only root may read it, so that jobs cannot. */
  tokenDirectory: '/etc/condor/tokens.d',
  tokenName: 'ehos',
  joinScript: '/usr/local/sbin/ehos-join',
  service: 'condor',
} as const;

export const TOKEN_FILE = `${LAYOUT.tokenDirectory}/${LAYOUT.tokenName}`;
