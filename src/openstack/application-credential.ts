import { EhosError } from '../base/errors.ts';
import { objectAt, timeAt } from './json.ts';
import type { CallOptions, Session } from './session.ts';

/**
 * When the credentials of the session end, milliseconds since the epoch; undefined when they do not or Keystone does not say.
 * A password's end is in the token; an application credential's must be read, and old clouds may forbid even its owner that.
 */
export async function credentialExpiry(session: Session, options: CallOptions = {}): Promise<number | undefined> {
  const identity = await session.identity(options.signal);
  if (identity.applicationCredentialId === undefined) return identity.passwordExpiresAt;
  try {
    const path = `/users/${identity.userId}/application_credentials/${identity.applicationCredentialId}`;
    const { body } = await session.request({ ...options, service: 'identity', method: 'GET', path });
    return timeAt(objectAt(body, 'application_credential'), 'expires_at');
  } catch (error) {
    if (error instanceof EhosError && (error.errorClass === 'Auth' || error.errorClass === 'NotFound'))
      return undefined;
    throw error;
  }
}
