/**
 * A key and a certificate of its own for localhost, 127.0.0.1, ::1 and receiver.example, good until
 * 2126: Node makes none. Both are public, so nothing but tests may trust it.
 */
import { readFileSync } from 'node:fs';
import { getCACertificates, setDefaultCACertificates } from 'node:tls';

const PEM = readFileSync(new URL('localhost.pem', import.meta.url), 'utf8');

export const CERTIFICATE = { key: PEM, cert: PEM } as const;

/** What is done while this process takes the certificate for a valid one. */
export async function trusting<T>(work: () => Promise<T>): Promise<T> {
  const before = getCACertificates('default');
  setDefaultCACertificates([...before, PEM.slice(PEM.indexOf('-----BEGIN CERT'))]);
  try {
    return await work();
  } finally {
    setDefaultCACertificates(before);
  }
}
