/** The three ways OpenStack writes a time. */

/** `2026-11-23T21:15:23Z`: Nova's created and updated, Glance, Neutron. */
export function isoSeconds(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 19)}Z`;
}

/** `2026-11-23T21:15:23.000000`: Nova's launched_at, Cinder. */
export function isoMicros(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 19)}.000000`;
}

/** `2026-11-23T21:15:23.000000Z`: Keystone's issued_at and expires_at. */
export function isoMicrosZ(ms: number): string {
  return `${isoMicros(ms)}Z`;
}
