/** Ids of events that came without one. */
import { createHash, randomBytes } from 'node:crypto';

const VERSION_BYTE = 6;
const VARIANT_BYTE = 8;

function uuid(bytes: Buffer, version: number): string {
  bytes.writeUInt8((bytes.readUInt8(VERSION_BYTE) & 0x0f) | (version << 4), VERSION_BYTE);
  bytes.writeUInt8((bytes.readUInt8(VARIANT_BYTE) & 0x3f) | 0x80, VARIANT_BYTE);
  const hex = bytes.toString('hex', 0, 16);
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.*)$/, '$1-$2-$3-$4-$5');
}

/** UUIDv7 (RFC 9562): ids made together lie together in the index. */
export function newEventId(now: number): string {
  const bytes = randomBytes(16);
  bytes.writeUIntBE(now, 0, 6);
  return uuid(bytes, 7);
}

/** UUIDv8: the same request sent again gives the same ids. */
export function repeatableEventId(
  keyId: string,
  idempotencyKey: string,
  tenantId: string,
  index: number,
): string {
  const preimage = JSON.stringify(['annals/event-id/v1', keyId, idempotencyKey, tenantId, index]);
  return uuid(createHash('sha256').update(preimage, 'utf8').digest(), 8);
}
