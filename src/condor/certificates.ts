/** What a node needs to tell the master from an impostor: its certificate authority, and the name in its certificate. */
import { X509Certificate } from 'node:crypto';

export interface ServerIdentity {
  /** PEM of the authority that signed the server's certificate. */
  caCertificate: string;
  /** What the certificate calls the server: goes into `alias=` of COLLECTOR_HOST. */
  certificateName: string | undefined;
}

/**
 * The first authority among `authorities` (texts of PEM files) that signed the certificate in `server`.
 * Undefined when the server has no certificate, or one that none of them signed: nodes could not verify it.
 */
export function serverIdentity(server: string | undefined, authorities: string[]): ServerIdentity | undefined {
  const own = server === undefined ? undefined : certificatesIn(server)[0];
  if (!own) return undefined;
  const signer = authorities
    .flatMap(certificatesIn)
    .find((authority) => own.checkIssued(authority) && own.verify(authority.publicKey));
  return signer && { caCertificate: signer.toString(), certificateName: nameOf(own) };
}

function certificatesIn(pem: string): X509Certificate[] {
  const blocks = pem.match(/-----BEGIN CERTIFICATE-----[\s\S]*?-----END CERTIFICATE-----/g) ?? [];
  return blocks.flatMap((block) => {
    try {
      return [new X509Certificate(block)];
    } catch {
      return [];
    }
  });
}

/** A DNS name of the certificate; its common name where it has none. Wildcards name no server. */
function nameOf(certificate: X509Certificate): string | undefined {
  const alternatives = certificate.subjectAltName?.split(', ') ?? [];
  const dns = alternatives.filter((name) => name.startsWith('DNS:')).map((name) => name.slice('DNS:'.length));
  const common = /^CN=(.+)$/m.exec(certificate.subject)?.[1];
  return [...dns, common].find((name) => name !== undefined && /^[A-Za-z0-9][A-Za-z0-9.-]*$/.test(name));
}
