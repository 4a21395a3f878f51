/** What became of a try to deliver, and why, in words that may be shown to whoever asked for it. */
import assert from 'node:assert/strict';

interface Failed {
  readonly kind: 'failed';
  readonly reason: string;
  /** Another try cannot do better. */
  readonly isFinal: boolean;
  /** The receiver wants no other try before. */
  readonly retryAfterMs?: number;
}
export type Outcome = { readonly kind: 'sent' } | Failed;

export const SENT: Outcome = { kind: 'sent' };
export const failed = (reason: string): Failed => ({ kind: 'failed', reason, isFinal: false });
export const failedForGood = (reason: string): Failed => ({ ...failed(reason), isFinal: true });

/** Ids go into headers, and stand before a full stop in what is signed. */
export function assertId(id: string): void {
  assert.match(id, /^[\w-]{1,100}$/, 'the id of a delivery');
}

const UNRESOLVED = /^(ENOTFOUND|ENODATA|ESERVFAIL|EAI_\w+|EDNS)$/;
const CLOSED = /^(ECONNRESET|EPIPE|ECONNECTION)$/;
const CERTIFICATE = /CERT|CRL|SELF_SIGNED|VERIFY|HOSTNAME_MISMATCH/;

/** Why no connection came about, or none that lasted: never the system's words. */
export function connectionReason(who: string, code: string | undefined): string {
  if (code === undefined) return `The ${who} cannot be reached.`;
  if (UNRESOLVED.test(code)) return `The name of the ${who} cannot be resolved.`;
  if (CLOSED.test(code)) return `The ${who} closed the connection.`;
  if (CERTIFICATE.test(code)) return `The certificate of the ${who} is not valid.`;
  if (/SSL|TLS|EPROTO/.test(code)) return `No secure connection to the ${who} came about.`;
  if (code.startsWith('HPE_')) return `The ${who} does not speak HTTP.`;
  return `The ${who} cannot be reached.`;
}
