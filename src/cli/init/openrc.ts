/** OpenRC files, as the dashboard gives them ("Download OpenStack RC File"): shell scripts of exports, of which only these are read. */
import { stringify } from 'yaml';
import { EhosError } from '../../base/errors.ts';

/** The variables of python-openstackclient that say how to log in, and the key of clouds.yaml for each. */
const AUTH: Readonly<Record<string, string>> = {
  OS_AUTH_URL: 'auth_url',
  OS_USERNAME: 'username',
  OS_USER_ID: 'user_id',
  OS_PASSWORD: 'password',
  OS_PROJECT_NAME: 'project_name',
  OS_PROJECT_ID: 'project_id',
  OS_TENANT_NAME: 'project_name',
  OS_TENANT_ID: 'project_id',
  OS_USER_DOMAIN_NAME: 'user_domain_name',
  OS_USER_DOMAIN_ID: 'user_domain_id',
  OS_PROJECT_DOMAIN_NAME: 'project_domain_name',
  OS_PROJECT_DOMAIN_ID: 'project_domain_id',
  OS_DOMAIN_NAME: 'domain_name',
  OS_DOMAIN_ID: 'domain_id',
  OS_APPLICATION_CREDENTIAL_ID: 'application_credential_id',
  OS_APPLICATION_CREDENTIAL_NAME: 'application_credential_name',
  OS_APPLICATION_CREDENTIAL_SECRET: 'application_credential_secret',
};
const CLOUD: Readonly<Record<string, string>> = {
  OS_AUTH_TYPE: 'auth_type',
  OS_REGION_NAME: 'region_name',
  OS_INTERFACE: 'interface',
  OS_ENDPOINT_TYPE: 'interface',
  OS_IDENTITY_API_VERSION: 'identity_api_version',
};

/** Variables that the file sets to a text; one that it takes from a prompt or another variable is undefined. */
export function readOpenRc(text: string): Map<string, string | undefined> {
  const found = new Map<string, string | undefined>();
  for (const line of text.split(/\r?\n/)) {
    const match = /^\s*(?:export\s+)?(OS_[A-Z0-9_]+)=(.*)$/.exec(line);
    if (match) found.set(match[1] ?? '', valueOf(match[2] ?? ''));
    const unset = /^\s*unset\s+(OS_[A-Z0-9_]+)\s*$/.exec(line)?.[1];
    if (unset !== undefined) found.delete(unset);
  }
  return found;
}

/** One word of the shell. Nothing is evaluated: what would be is not known. */
function valueOf(text: string): string | undefined {
  const single = /^'([^']*)'/.exec(text)?.[1];
  if (single !== undefined) return single;
  const double = /^"((?:[^"\\]|\\.)*)"/.exec(text)?.[1];
  const raw = double ?? /^[^\s;#]*/.exec(text)?.[0] ?? '';
  if (/(^|[^\\])[$`]/.test(raw)) return undefined;
  return raw.replace(/\\(["$`\\])/g, '$1');
}

export interface FromOpenRc {
  cloudsYaml: string;
  /** Path of OS_CACERT. */
  cacertFile: string | undefined;
}

/** Does the file ask for the password when it is sourced, as those of the dashboard do? */
export function asksForPassword(variables: ReadonlyMap<string, string | undefined>): boolean {
  return variables.get('OS_PASSWORD') === undefined && variables.get('OS_APPLICATION_CREDENTIAL_SECRET') === undefined;
}

/** Throws `Invalid` when it says too little. */
export function cloudsYamlOf(
  variables: ReadonlyMap<string, string | undefined>,
  cloudName: string,
  password: string | undefined,
): FromOpenRc {
  const all = new Map(variables);
  if (password !== undefined) all.set('OS_PASSWORD', password);
  if ((all.get('OS_AUTH_URL') ?? '') === '')
    throw new EhosError('Invalid', '--openrc: the file sets no OS_AUTH_URL: is it an OpenRC file?', {
      field: 'openrc',
    });
  const pick = (keys: Readonly<Record<string, string>>): Record<string, string> => {
    const values: Record<string, string> = {};
    for (const [variable, key] of Object.entries(keys)) {
      const value = all.get(variable);
      if (value !== undefined && value !== '') values[key] ??= value;
    }
    return values;
  };
  const insecure = /^(true|1|yes)$/i.test(all.get('OS_INSECURE') ?? '');
  const entry = { auth: pick(AUTH), ...pick(CLOUD), ...(insecure ? { verify: false } : {}) };
  return {
    cloudsYaml: stringify({ clouds: { [cloudName]: entry } }, { lineWidth: 0 }),
    cacertFile: all.get('OS_CACERT'),
  };
}
