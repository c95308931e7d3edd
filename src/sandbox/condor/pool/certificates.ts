/** The certificates that a collector makes for itself at its first start: an authority and, signed by it, its own (X.509, RFC 5280; DER, X.690). */
import { createHash, generateKeyPairSync, sign, type KeyObject } from 'node:crypto';

export interface PoolCertificates {
  /** PEM of trust_domain_ca.pem. */
  authority: string;
  /** PEM of hostcert.pem. */
  server: string;
}

/** Names as HTCondor chooses them: O=condor, CN=TRUST_DOMAIN for the authority, CN and DNS name = host for the server (measured). */
export function makeCertificates(trustDomain: string, hostname: string, now: number): PoolCertificates {
  const authority = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const server = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const issuer = name([ORGANIZATION, 'condor'], [COMMON_NAME, trustDomain]);
  const signed = (subject: Buffer, key: KeyObject, years: number, extensions: Buffer[]): string =>
    certificate({ issuer, subject, key, signer: authority.privateKey, from: now, years, extensions });
  return {
    authority: signed(issuer, authority.publicKey, 10, [extension(BASIC_CONSTRAINTS, sequence(TRUE))]),
    server: signed(name([COMMON_NAME, hostname]), server.publicKey, 2, [
      extension(ALTERNATIVE_NAME, sequence(element(0x82, Buffer.from(hostname, 'ascii')))),
    ]),
  };
}

// object identifiers, DER-encoded
const ORGANIZATION = Buffer.from('060355040a', 'hex');
const COMMON_NAME = Buffer.from('0603550403', 'hex');
const BASIC_CONSTRAINTS = Buffer.from('0603551d13', 'hex');
const ALTERNATIVE_NAME = Buffer.from('0603551d11', 'hex');
const ECDSA_WITH_SHA256 = Buffer.from('06082a8648ce3d040302', 'hex');
const TRUE = Buffer.from('0101ff', 'hex');

interface CertificateFields {
  issuer: Buffer;
  subject: Buffer;
  key: KeyObject;
  signer: KeyObject;
  from: number;
  years: number;
  extensions: Buffer[];
}

function certificate({ issuer, subject, key, signer, from, years, extensions }: CertificateFields): string {
  const publicKey = key.export({ type: 'spki', format: 'der' });
  const algorithm = sequence(ECDSA_WITH_SHA256);
  const serial = createHash('sha256').update(publicKey).digest().subarray(0, 8);
  // a serial number is positive
  serial.writeUInt8((serial.readUInt8(0) & 0x7f) | 0x40, 0);
  const version3 = element(0xa0, integer(Buffer.from([2])));
  const validity = sequence(time(from), time(from + years * 365 * 24 * 3600 * 1000));
  const body = sequence(
    version3,
    integer(serial),
    algorithm,
    issuer,
    validity,
    subject,
    publicKey,
    element(0xa3, sequence(...extensions)),
  );
  const signature = bitString(sign('sha256', body, signer));
  const base64 = sequence(body, algorithm, signature).toString('base64');
  return `-----BEGIN CERTIFICATE-----\n${(base64.match(/.{1,64}/g) ?? []).join('\n')}\n-----END CERTIFICATE-----\n`;
}

function name(...attributes: [type: Buffer, value: string][]): Buffer {
  return sequence(
    ...attributes.map(([type, value]) => element(0x31, sequence(type, element(0x0c, Buffer.from(value, 'utf8'))))),
  );
}

function extension(type: Buffer, value: Buffer): Buffer {
  return sequence(type, element(0x04, value));
}

/** GeneralizedTime. */
function time(ms: number): Buffer {
  return element(0x18, Buffer.from(`${new Date(ms).toISOString().replace(/[-:T]/g, '').slice(0, 14)}Z`, 'ascii'));
}

function integer(bytes: Buffer): Buffer {
  return element(0x02, bytes);
}

function bitString(bytes: Buffer): Buffer {
  return element(0x03, Buffer.concat([Buffer.from([0]), bytes]));
}

function sequence(...elements: Buffer[]): Buffer {
  return element(0x30, Buffer.concat(elements));
}

function element(tag: number, content: Buffer): Buffer {
  const { length } = content;
  const head = length < 0x80 ? [length] : length < 0x100 ? [0x81, length] : [0x82, length >> 8, length & 0xff];
  return Buffer.concat([Buffer.from([tag, ...head]), content]);
}
