/** The credentials in an entry of clouds.yaml. */
import { rememberSecret } from '../base/known-secrets.ts';
import type { Credentials, DomainRef, ProjectRef, UserRef } from './cloud-config.ts';
import type { Section } from './clouds-yaml-section.ts';

const PASSWORD_TYPES = ['password', 'v3password'];
const CREDENTIAL_TYPES = ['v3applicationcredential', 'application_credential'];

export function readCredentials(cloud: Section, auth: Section): Credentials {
  const type = cloud.text('auth_type') ?? impliedType(auth);
  if (CREDENTIAL_TYPES.includes(type)) return applicationCredential(auth);
  if (PASSWORD_TYPES.includes(type)) return password(auth);
  throw cloud.refusal(
    'auth_type',
    `"${type.slice(0, 64)}" is not supported: use ${[...PASSWORD_TYPES, CREDENTIAL_TYPES[0]].join(', ')}`,
  );
}

/** Files written by hand often leave auth_type out and give an application credential (gophercloud accepts that). */
function impliedType(auth: Section): string {
  const given = auth.firstText(
    'application_credential_id',
    'application_credential_name',
    'application_credential_secret',
  );
  return given === undefined ? 'password' : 'v3applicationcredential';
}

function applicationCredential(auth: Section): Credentials {
  const secret = auth.text('application_credential_secret');
  if (secret === undefined) throw auth.missing('application_credential_secret');
  rememberSecret(secret);
  const id = auth.text('application_credential_id');
  if (id !== undefined) return { method: 'application_credential', credential: { id }, secret };
  const name = auth.text('application_credential_name');
  if (name === undefined) {
    throw auth.missing('application_credential_id', 'give it, or application_credential_name with the user');
  }
  return { method: 'application_credential', credential: { name, user: user(auth) }, secret };
}

function password(auth: Section): Credentials {
  const owner = user(auth);
  const secret = auth.text('password');
  if (secret === undefined) throw auth.missing('password');
  rememberSecret(secret);
  return { method: 'password', user: owner, password: secret, project: project(auth) };
}

function user(auth: Section): UserRef {
  const id = auth.text('user_id');
  if (id !== undefined) return { id };
  const name = auth.firstText('username', 'user_name');
  if (name === undefined) throw auth.missing('username', 'give username with user_domain_name, or user_id');
  const domain = domainOf(auth, 'user');
  if (!domain) {
    throw auth.missing('user_domain_name', `user "${name}" needs user_domain_name or user_domain_id, often "Default"`);
  }
  return { name, domain };
}

function project(auth: Section): ProjectRef {
  const id = auth.firstText('project_id', 'tenant_id');
  if (id !== undefined) return { id };
  const name = auth.firstText('project_name', 'tenant_name');
  if (name === undefined) throw auth.missing('project_name', 'give project_id, or project_name with its domain');
  const domain = domainOf(auth, 'project');
  if (!domain) {
    throw auth.missing('project_domain_name', `project "${name}" needs project_domain_name or project_domain_id`);
  }
  return { name, domain };
}

/** The domain of its own, or the one that stands for both (`domain_*`, `default_domain*`: keystoneauth, gophercloud). */
function domainOf(auth: Section, what: 'user' | 'project'): DomainRef | undefined {
  for (const prefix of [`${what}_domain`, 'domain', 'default_domain']) {
    const id = auth.text(`${prefix}_id`);
    if (id !== undefined) return { id };
    const name = auth.text(`${prefix}_name`);
    if (name !== undefined) return { name };
  }
  const id = auth.text('default_domain');
  return id === undefined ? undefined : { id };
}
