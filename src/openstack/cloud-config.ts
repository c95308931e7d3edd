/** One cloud as the session needs it: what clouds.yaml says, checked and with its defaults filled in. */

/** The services that this SDK speaks, by the name of their field's usual word. */
export type ServiceName = 'identity' | 'compute' | 'image' | 'network' | 'volume';

export type Interface = 'public' | 'internal' | 'admin';

export const INTERFACES: readonly Interface[] = ['public', 'internal', 'admin'];

/** A Keystone reference to a domain: by id or by name. */
export type DomainRef = { id: string } | { name: string };

/** A user or an application credential's owner: by id, or by name inside a domain. */
export type UserRef = { id: string } | { name: string; domain: DomainRef };

export type ProjectRef = { id: string } | { name: string; domain: DomainRef };

export type Credentials =
  | { method: 'password'; user: UserRef; password: string; project: ProjectRef }
  /** The project is the one of the credential: Keystone refuses a scope beside it (401, observed). */
  | { method: 'application_credential'; credential: { id: string } | { name: string; user: UserRef }; secret: string };

export interface CloudConfig {
  /** Name of the entry below `clouds`. */
  name: string;
  /** Ends in `/v3`, without a trailing slash. */
  authUrl: string;
  credentials: Credentials;
  /** undefined: the catalog's only one. */
  region: string | undefined;
  interface: Interface;
  /** Certificates in PEM that are trusted besides the well-known ones. */
  cacert: string | undefined;
  /** false accepts any certificate. */
  verify: boolean;
  /** Base URLs that replace the catalog's, without trailing slashes. */
  endpointOverrides: Partial<Record<Exclude<ServiceName, 'identity'>, string>>;
}
