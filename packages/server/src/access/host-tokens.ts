/**
 * Tokens that a host product signs itself (RFC 7519), checked with the public keys that it has
 * registered. The key fixes issuer, audience, algorithm, roles and tenants: nothing of these is
 * taken from the token.
 */
import { createPublicKey, type JsonWebKey, type KeyObject } from 'node:crypto';
import {
  SIGNED_SECONDS,
  TOKEN_ALGORITHMS,
  type TokenAlgorithm,
  ViewerClaims,
} from '@annals/contract/sessions';
import { decodeProtectedHeader, errors, jwtVerify } from 'jose';
import { Compile } from 'typebox/compile';
import { type Fault, invalidBody } from '../fault.ts';
import type { NamedViewerKeyRow } from '../store/store.ts';

/** Clocks of two machines differ, in seconds. */
const TOLERANCE_SECONDS = 5;
const RSA_BITS_LEAST = 2_048;
const PRIVATE_MEMBERS = ['d', 'p', 'q', 'dp', 'dq', 'qi', 'oth', 'k'];

const claimsShape = Compile(ViewerClaims);

export const audienceOf = (project: string): string => `annals/${project}`;

const invalidKey = (detail: string): Fault => invalidBody('/public_key', detail);

/** Whether the key is one that the algorithm is made for. */
function fits(key: KeyObject, algorithm: TokenAlgorithm): boolean {
  const { asymmetricKeyType: type, asymmetricKeyDetails: details = {} } = key;
  if (algorithm === 'EdDSA') return type === 'ed25519';
  if (algorithm === 'ES256') return type === 'ec' && details.namedCurve === 'prime256v1';
  return type === 'rsa' && (details.modulusLength ?? 0) >= RSA_BITS_LEAST;
}

const NEEDED: Readonly<Record<TokenAlgorithm, string>> = {
  EdDSA: 'an Ed25519 key',
  ES256: 'a P-256 key',
  RS256: `an RSA key of at least ${RSA_BITS_LEAST} bits`,
};

function readKey(given: string | Readonly<Record<string, unknown>>): KeyObject {
  const isPrivate =
    typeof given === 'string'
      ? given.includes('PRIVATE KEY')
      : PRIVATE_MEMBERS.some((member) => Object.hasOwn(given, member));
  if (isPrivate) throw invalidKey('is a private key: keep it, and send the public one');
  try {
    // What is no key of a known form is refused by the import itself.
    return typeof given === 'string'
      ? createPublicKey({ key: given, format: 'pem', type: 'spki' })
      : createPublicKey({ key: given as JsonWebKey, format: 'jwk' });
  } catch {
    throw invalidKey('must be a public key, as SPKI in PEM or as a JWK');
  }
}

/** The key as JSON text of a JWK with its public members. Throws Fault `invalid_body`. */
export function publicKeyText(
  given: string | Readonly<Record<string, unknown>>,
  algorithm: TokenAlgorithm,
): string {
  const key = readKey(given);
  if (!fits(key, algorithm)) throw invalidKey(`${algorithm} needs ${NEEDED[algorithm]}`);
  return JSON.stringify(key.export({ format: 'jwk' }));
}

/** The id of the key that a token says it is signed with; undefined if this is no such token. */
export function keyIdOf(token: string): string | undefined {
  try {
    const { kid } = decodeProtectedHeader(token);
    return typeof kid === 'string' ? kid : undefined;
  } catch {
    return undefined;
  }
}

/** What a token says; undefined if it is not signed with the key, or says what it must not. */
export async function claimsOf(
  token: string,
  row: NamedViewerKeyRow,
): Promise<ViewerClaims | undefined> {
  const algorithm = TOKEN_ALGORITHMS.find((one) => one === row.algorithm);
  if (algorithm === undefined) return undefined;
  const key = createPublicKey({ key: JSON.parse(row.public_key) as JsonWebKey, format: 'jwk' });
  try {
    const { payload } = await jwtVerify<unknown>(token, key, {
      algorithms: [algorithm],
      issuer: row.issuer,
      audience: audienceOf(row.project),
      clockTolerance: TOLERANCE_SECONDS,
      maxTokenAge: SIGNED_SECONDS,
    });
    if (!claimsShape.Check(payload)) return undefined;
    const isLong = payload.exp - payload.iat > SIGNED_SECONDS;
    return isLong || !isWithin(payload, row) ? undefined : payload;
  } catch (error) {
    if (error instanceof errors.JOSEError) return undefined;
    throw error;
  }
}

/** Whether the key may give this. */
function isWithin({ roles, tenant_id }: ViewerClaims, row: NamedViewerKeyRow): boolean {
  const given = row.roles.split(' ');
  const tenants: readonly unknown[] | undefined =
    row.tenants === null ? undefined : JSON.parse(row.tenants);
  return roles.every((role) => given.includes(role)) && (tenants?.includes(tenant_id) ?? true);
}
