/** Which microversion of Nova is spoken. Source: Compute API, "Microversions" and the REST API version history. */
import { EhosError } from '../base/errors.ts';
import { isObject, textAt } from './json.ts';
import type { VersionHeader } from './rest-service.ts';
import type { CallOptions, Session } from './session.ts';

/** The newest that this SDK was written for (2.96: pinned_availability_zone; 2.98 would embed image properties in every list). */
const NEWEST_MINOR = 96;
/** `tags` in a create: without them a server whose answer is lost could not be found again. */
const OLDEST_MINOR = 52;
/** `volume_type` in block_device_mapping_v2. */
export const VOLUME_TYPE_MINOR = 67;
/** `hostname` in a create. */
export const HOSTNAME_MINOR = 90;
/** `policy` of a server group instead of the list `policies`. */
export const SERVER_GROUP_POLICY_MINOR = 64;

/** Negotiates once for a session, again when Nova refuses the version. */
export class ComputeVersion implements VersionHeader {
  readonly #session: Session;
  #minor: Promise<number> | undefined;

  constructor(session: Session) {
    this.#session = session;
  }

  /** 96 for 2.96. Rejects with `Invalid` when Nova is older than 2.52 (release Pike, 2017). */
  async minor(options: CallOptions = {}): Promise<number> {
    // the signal of one caller must not end what others wait for: the question is small
    this.#minor ??= this.#negotiate({ timeoutMs: options.timeoutMs }).catch((error: unknown) => {
      this.#minor = undefined;
      throw error;
    });
    return this.#minor;
  }

  async current(options: CallOptions): Promise<Readonly<Record<string, string>>> {
    return { 'openstack-api-version': `compute 2.${await this.minor(options)}` };
  }

  forget(): void {
    this.#minor = undefined;
  }

  async #negotiate(options: CallOptions): Promise<number> {
    const endpoint = await this.#session.endpoint('compute', options.signal);
    // endpoints of old catalogs end in the project's id, under which no version document is
    const base = endpoint.replace(/(\/v2\.1)\/.*$/, '$1');
    const { body } = await this.#session.request({ ...options, service: 'compute', method: 'GET', path: '/', base });
    const version = isObject(body) ? textAt(body.version, 'version') : undefined;
    const parts = /^2\.(\d+)$/.exec(version ?? '');
    if (!parts) throw new EhosError('Transient', `compute GET /: unexpected answer: no version document at ${base}/`);
    const minor = Math.min(NEWEST_MINOR, Number(parts[1]));
    if (minor < OLDEST_MINOR) {
      throw new EhosError(
        'Invalid',
        `clouds.yaml: clouds.${this.#session.cloud.name}: its Nova speaks up to 2.${minor}, and 2.${OLDEST_MINOR} is needed (OpenStack Pike or later)`,
        { field: `clouds.yaml: clouds.${this.#session.cloud.name}` },
      );
    }
    return minor;
  }
}
